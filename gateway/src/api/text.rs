//! Parameters: texts of paths, queries and headers as the values that they stand for.

use serde::de::value::{SeqDeserializer, StringDeserializer};
use serde::de::{DeserializeOwned, Deserializer, Error as _, IntoDeserializer, Unexpected, Visitor};
use serde::forward_to_deserialize_any;

use super::fault::Fault;
use super::moment;

/// Reads what came for a parameter as a type: nothing as `None`, several as a list.
pub(super) fn read<T: DeserializeOwned>(texts: Vec<String>) -> Result<T, Fault> {
    T::deserialize(Texts(texts))
}

/// All that came for a parameter, decoded.
struct Texts(Vec<String>);

impl Texts {
    /// Returns the one text that a plain value has.
    fn one(mut self) -> Result<String, Fault> {
        match (self.0.pop(), self.0.is_empty()) {
            (None, _) => Err(Fault::custom("is missing")),
            (Some(text), true) => Ok(text),
            (Some(_), false) => Err(Fault::custom("is there more than once")),
        }
    }
}

macro_rules! parsed {
    ($($method:ident $ty:ty => $visit:ident;)*) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
            let text = self.one()?;
            match text.parse::<$ty>() {
                Ok(value) => visitor.$visit(value),
                Err(_) => Err(Fault::invalid_value(Unexpected::Str(&text), &visitor)),
            }
        })*
    };
}

impl<'de> Deserializer<'de> for Texts {
    type Error = Fault;

    parsed! {
        deserialize_bool bool => visit_bool;
        deserialize_i32 i32 => visit_i32;
        deserialize_i64 i64 => visit_i64;
        deserialize_u64 u64 => visit_u64;
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        let text = self.one()?;
        match text.parse::<f64>() {
            Ok(value) if value.is_finite() => visitor.visit_f64(value),
            _ => Err(Fault::invalid_value(Unexpected::Str(&text), &visitor)),
        }
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_string(self.one()?)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        if self.0.is_empty() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        if self.0.is_empty() {
            return Err(Fault::custom("is missing"));
        }
        visitor.visit_seq(SeqDeserializer::new(self.0.into_iter().map(|text| Texts(vec![text]))))
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        words: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        StringDeserializer::<Fault>::new(self.one()?).deserialize_enum(name, words, visitor)
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        moment::read(&self.one()?, visitor)
    }

    forward_to_deserialize_any! {
        i8 i16 i128 u8 u16 u32 u128 f32 char string bytes byte_buf unit unit_struct tuple tuple_struct map struct
        identifier ignored_any
    }
}

impl IntoDeserializer<'_, Fault> for Texts {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, Utc};

    use super::{DeserializeOwned, read};
    use crate::generated::types::PresignMethod;

    fn of<T: DeserializeOwned>(texts: &[&str]) -> Result<T, String> {
        read(texts.iter().map(|text| (*text).to_owned()).collect()).map_err(|fault| fault.to_string())
    }

    #[test]
    fn texts_become_what_they_stand_for() {
        assert_eq!(of(&["-7"]), Ok(-7_i64));
        assert_eq!(of(&["0.5"]), Ok(0.5_f64));
        assert_eq!(of(&["true"]), Ok(true));
        assert_eq!(of(&["7"]), Ok("7".to_owned()));
        assert_eq!(of(&["GET"]), Ok(PresignMethod::Get));
        assert_eq!(of(&["1", "2"]), Ok(vec![1_i32, 2]));
        assert_eq!(of(&[]), Ok(None::<i64>));
        assert_eq!(of(&["3"]), Ok(Some(3_u64)));
        assert_eq!(of::<Option<Vec<String>>>(&["a"]), Ok(Some(vec!["a".to_owned()])));
        let moment: DateTime<Utc> = of(&["2026-01-15T10:30:00+01:00"]).expect("a moment");
        assert_eq!(serde_json::to_string(&moment).expect("text"), "\"2026-01-15T09:30:00Z\"");
    }

    #[test]
    fn what_stands_for_nothing_is_refused_in_words() {
        assert_eq!(of::<i64>(&[]), Err("is missing".to_owned()));
        assert_eq!(of::<i64>(&["1", "2"]), Err("is there more than once".to_owned()));
        assert_eq!(of::<i32>(&["many"]), Err("must be a whole number of 32 bits, not `many`".to_owned()));
        assert_eq!(of::<i32>(&[""]), Err("must be a whole number of 32 bits, not ``".to_owned()));
        assert_eq!(of::<f64>(&["inf"]), Err("must be a number, not `inf`".to_owned()));
        assert_eq!(of::<PresignMethod>(&["get"]), Err("must be `GET` or `PUT`, not `get`".to_owned()));
        assert_eq!(of::<Vec<String>>(&[]), Err("is missing".to_owned()));
    }
}
