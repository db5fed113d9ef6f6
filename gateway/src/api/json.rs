//! JSON as requests bring it, read strictly.
//!
//! A key that stands twice is refused, an object is never read from a list, a word never from an object, and `1.0` is the whole
//! number that JSON Schema takes it for.

use serde::de::value::{MapDeserializer, SeqDeserializer, StringDeserializer};
use serde::de::{
    Deserialize, DeserializeOwned, DeserializeSeed, Deserializer, Error as _, IntoDeserializer, MapAccess, SeqAccess,
    Unexpected, Visitor,
};
use serde::forward_to_deserialize_any;
use serde_json::{Map, Number, Value};

use super::fault::{Fault, short};
use super::moment;

/// Reads a text as a value of a type; the error is a sentence for whoever sent it.
pub(super) fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, String> {
    let text = std::str::from_utf8(bytes).map_err(|_| "the body is not UTF-8".to_owned())?;
    let mut source = serde_json::Deserializer::from_str(text);
    let value = Strict.deserialize(&mut source).and_then(|value| source.end().map(|()| value));
    let value = value.map_err(|error| format!("the body is not JSON that can be read: {error}"))?;
    serde_path_to_error::deserialize(Reader(value)).map_err(|error| match error.path().to_string().as_str() {
        "." if error.inner().to_string().starts_with('`') => error.inner().to_string(),
        "." => format!("the body {}", error.inner()),
        path => format!("`{path}`: {}", error.inner()),
    })
}

/// Reads a value in which no key stands twice.
struct Strict;

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, source: D) -> Result<Value, D::Error> {
        source.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict {
    type Value = Value;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Value, E> {
        Ok(flag.into())
    }

    fn visit_i64<E>(self, number: i64) -> Result<Value, E> {
        Ok(number.into())
    }

    fn visit_u64<E>(self, number: u64) -> Result<Value, E> {
        Ok(number.into())
    }

    #[expect(clippy::cast_possible_truncation, reason = "the number is whole and small enough")]
    fn visit_f64<E>(self, number: f64) -> Result<Value, E> {
        /// 2⁵³: up to here, `f64` has every whole number.
        const EXACT: f64 = 9_007_199_254_740_992.0;
        let whole = number.fract() == 0.0 && number.abs() <= EXACT;
        Ok(if whole { (number as i64).into() } else { Number::from_f64(number).map_or(Value::Null, Value::Number) })
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(text.into())
    }

    fn visit_string<E>(self, text: String) -> Result<Value, E> {
        Ok(text.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(Self)? {
            list.push(item);
        }
        Ok(list.into())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut map = Map::new();
        while let Some(key) = entries.next_key::<String>()? {
            if map.contains_key(&key) {
                return Err(A::Error::custom(format_args!("the key `{}` stands there twice", short(&key))));
            }
            map.insert(key, entries.next_value_seed(Self)?);
        }
        Ok(map.into())
    }
}

/// Reads a value as a type, without serde's other ways to write one.
pub(super) struct Reader(pub(super) Value);

impl<'de> Deserializer<'de> for Reader {
    type Error = Fault;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.0 {
            Value::Null => visitor.visit_unit(),
            Value::Bool(flag) => visitor.visit_bool(flag),
            Value::Number(number) => match (number.as_u64(), number.as_i64(), number.as_f64()) {
                (Some(number), _, _) => visitor.visit_u64(number),
                (_, Some(number), _) => visitor.visit_i64(number),
                (_, _, Some(number)) => visitor.visit_f64(number),
                _ => Err(Fault::custom("is a number that can't be read")),
            },
            Value::String(text) => visitor.visit_string(text),
            Value::Array(items) => visitor.visit_seq(SeqDeserializer::new(items.into_iter().map(Reader))),
            Value::Object(map) => {
                visitor.visit_map(MapDeserializer::new(map.into_iter().map(|(key, value)| (key, Reader(value)))))
            }
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        if self.0.is_null() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        match self.0 {
            Value::Array(_) => Err(Fault::invalid_type(Unexpected::Seq, &visitor)),
            other => Self(other).deserialize_any(visitor),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        words: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        match self.0 {
            Value::String(text) => StringDeserializer::<Fault>::new(text).deserialize_enum(name, words, visitor),
            other => Err(Fault::invalid_type(kind(&other), &"a string")),
        }
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match &self.0 {
            Value::String(text) => moment::read(text, visitor),
            _ => self.deserialize_any(visitor),
        }
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char string bytes byte_buf unit unit_struct seq tuple
        tuple_struct map identifier ignored_any
    }
}

impl IntoDeserializer<'_, Fault> for Reader {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

/// What a value is, for messages.
fn kind(value: &Value) -> Unexpected<'_> {
    match value {
        Value::Null => Unexpected::Unit,
        Value::Bool(flag) => Unexpected::Bool(*flag),
        Value::Number(_) => Unexpected::Unsigned(0),
        Value::String(text) => Unexpected::Str(text),
        Value::Array(_) => Unexpected::Seq,
        Value::Object(_) => Unexpected::Map,
    }
}

/// Reads an optional field that is there: `null` counts only where the type has it.
pub fn some<'de, T: Deserialize<'de>, D: Deserializer<'de>>(source: D) -> Result<Option<T>, D::Error> {
    T::deserialize(source).map(Some)
}

/// Reads a required field that may be `null`: to leave it out is another thing.
pub fn present<'de, T: Deserialize<'de>, D: Deserializer<'de>>(source: D) -> Result<T, D::Error> {
    T::deserialize(source)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::read;
    use crate::generated::types::{CreateBucketRequest, PresignObjectRequest};

    fn refused(text: &str) -> String {
        read::<PresignObjectRequest>(text.as_bytes()).expect_err(text)
    }

    #[test]
    fn faults_name_the_place_and_what_is_wanted() {
        for (text, says) in [
            (r#"{"expires_seconds":"9"}"#, "`expires_seconds`: must be a whole number of 64 bits, not a string"),
            (
                r#"{"expires_seconds":1.5}"#,
                "`expires_seconds`: must be a whole number of 64 bits, not a number with a fraction",
            ),
            (
                r#"{"expires_seconds":1e30}"#,
                "`expires_seconds`: must be a whole number of 64 bits, not one that is too large",
            ),
            (r#"{"expires_seconds":null}"#, "`expires_seconds`: must be a whole number of 64 bits, not `null`"),
            (r#"{"method":"DELETE"}"#, "`method`: must be `GET` or `PUT`, not `DELETE`"),
            (r#"{"method":{"GET":null}}"#, "`method`: must be a string, not an object"),
            (r#"{"method":null}"#, "`method`: must be a string, not `null`"),
            ("[]", "the body must be an object, not a list"),
            ("null", "the body must be an object, not `null`"),
            ("\"{}\"", "the body must be an object, not a string"),
        ] {
            assert_eq!(refused(text), says, "{text}");
        }
        assert_eq!(read::<CreateBucketRequest>(b"{}").expect_err("no bucket"), "`bucket` is missing");
    }

    #[test]
    fn what_is_not_one_json_value_is_refused() {
        let deep = format!("{{\"x\":{}{}}}", "[".repeat(200), "]".repeat(200));
        for text in
            ["", " ", "{", "{}x", "{} {}", "{'a':1}", "{\"a\":1,}", "\u{feff}{}", "NaN", "{\"x\":\"\n\"}", &deep]
        {
            assert!(refused(text).starts_with("the body is not JSON that can be read: "), "{text}");
        }
        assert!(refused(&deep).contains("recursion limit"), "{}", refused(&deep));
        assert_eq!(read::<Value>(b"\"\xff\"").expect_err("no text"), "the body is not UTF-8");
        for text in [r#"{"method":"PUT","method":"PUT"}"#, r#"{"x":1,"x":2}"#, r#"{"x":[{"y":1,"\u0079":2}]}"#] {
            assert!(refused(text).contains("stands there twice"), "{text}");
        }
    }

    #[test]
    fn a_whole_number_may_be_written_with_a_fraction_of_nothing() {
        let read = |text: &str| read::<PresignObjectRequest>(text.as_bytes()).map(|request| request.expires_seconds);
        assert_eq!(read(r#"{"expires_seconds":9.0}"#), Ok(Some(9)));
        assert_eq!(read(r#"{"expires_seconds":1e2,"unknown":{"a":[1]}}"#), Ok(Some(100)));
        assert_eq!(read("{}"), Ok(None));
        assert_eq!(
            super::read::<Value>(br#"{"b":[1.5,null,true],"a":"x"}"#),
            Ok(json!({"a": "x", "b": [1.5, null, true]}))
        );
    }
}
