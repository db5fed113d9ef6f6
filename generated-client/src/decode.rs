//! Where a body isn't of the documented type: decodes it once more, watching the path.

use std::fmt::{self, Write as _};

use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::Value;
use serde_path_to_error::{Path, Segment};

/// A fault's place, as a JSON path, and its reason, which quotes no value of the body.
pub(crate) struct Fault {
    pub(crate) path: String,
    pub(crate) why: String,
}

impl Fault {
    /// A fault of the whole body.
    pub(crate) fn whole(why: impl Into<String>) -> Self {
        Self { path: "$".to_owned(), why: why.into() }
    }
}

/// Explains why `body` is no `T`, after `error` said that it isn't.
pub(crate) fn explain<T: DeserializeOwned>(body: &[u8], error: &serde_json::Error) -> Fault {
    // A fault of the type is told only of what is JSON to its end.
    if error.line() > 0 && serde_json::from_slice::<IgnoredAny>(body).is_err() {
        return Fault::whole("the body is not JSON");
    }
    // An error without a line isn't about JSON: bytes that aren't text, for example.
    let mut json = serde_json::Deserializer::from_slice(body);
    let again = if error.line() == 0 { None } else { serde_path_to_error::deserialize::<_, T>(&mut json).err() };
    if again.as_ref().is_some_and(|again| again.inner().to_string().starts_with("duplicate field")) {
        // The last value counts, so it is the one to be explained.
        let last = serde_json::from_slice::<Value>(body).and_then(|value| serde_json::to_vec(&value));
        if let Ok(last) = last {
            return explain::<T>(&last, error);
        }
    }
    match again {
        Some(again) if again.inner().is_data() => {
            let told = without_value(&again.inner().to_string());
            Fault { path: json_path(again.path(), &told), why: reason(&told) }
        }
        _ if error.line() == 0 => Fault::whole(format!("the body can't be read: {error}")),
        _ => Fault::whole("the body is not JSON"),
    }
}

/// Says in the words of JSON, which are the same in every language, what serde says in those of Rust.
fn reason(told: &str) -> String {
    let told = told.rsplit_once(" at line ").map_or(told, |(told, _)| told);
    if told.starts_with("missing field ") {
        return "missing".to_owned();
    }
    let types = told.strip_prefix("invalid type: ").and_then(|types| types.split_once(", expected "));
    if let Some((found, expected)) = types {
        return format!("expected {}, found {}", json_type(expected), json_type(found));
    }
    if told.starts_with("invalid value: ") {
        return "out of range".to_owned();
    }
    // The words of chrono, which has no types for its errors here.
    if ["input ", "premature end of input", "trailing input"].iter().any(|word| told.starts_with(word)) {
        return "expected date-time, found string".to_owned();
    }
    told.to_owned()
}

/// The JSON type of what serde calls so; what it has other words for stays as it is.
fn json_type(word: &str) -> &str {
    const INTEGERS: [&str; 10] = ["i8", "i16", "i32", "i64", "i128", "u8", "u16", "u32", "u64", "u128"];
    match word {
        "map" | "a map" => "object",
        "sequence" | "a sequence" => "list",
        "a string" | "a formatted date and time string or a unix timestamp" => "string",
        "a boolean" => "boolean",
        "floating point" | "f32" | "f64" => "number",
        "unit value" => "null",
        _ if word.starts_with("struct ") => "object",
        _ if word.contains("date and time string") => "string",
        _ if INTEGERS.contains(&word) => "integer",
        _ => word,
    }
}

/// Takes the value that was found out of a message of serde's: `invalid type: string "a", expected i64` keeps its first two
/// words and `string`, since the value may be a secret in the wrong field.
fn without_value(why: &str) -> String {
    let found =
        ["invalid type: ", "invalid value: ", "unknown variant "].map(|start| Some(why.find(start)? + start.len()));
    let Some(at) = found.into_iter().flatten().min() else { return why.to_owned() };
    let (kept, found) = why.split_at(at);
    let Some(quote) = found.find(['"', '`']).filter(|quote| found.find(", expected").is_none_or(|end| *quote < end))
    else {
        return why.to_owned();
    };
    let value = &found[quote..];
    // A string is quoted as in Rust. Between backticks stand numbers, or words that may have backticks of their own.
    let end = if value.starts_with('"') { end_of_string(value) } else { value.rfind("`, expected").map(|end| end + 1) };
    let rest = end.map_or("", |end| &value[end..]);
    format!("{}{rest}", format_args!("{kept}{}", &found[..quote]).to_string().trim_end())
}

/// Returns where a string ends that is written as in Rust.
fn end_of_string(text: &str) -> Option<usize> {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return Some(at + 1),
            _ => {}
        }
    }
    None
}

/// Writes a path in the manner of RFC 9535, short where names allow it: `$.items[3]["x-y"]`. A missing field is named, too.
fn json_path(path: &Path, why: &str) -> String {
    let mut text = "$".to_owned();
    for segment in path {
        // Writing to a string can't fail.
        let _ = match segment {
            Segment::Seq { index } => write!(text, "[{index}]"),
            Segment::Map { key: name } | Segment::Enum { variant: name } => {
                write!(text, "{}", Member(name))
            }
            Segment::Unknown => write!(text, ".?"),
        };
    }
    // serde says which field is missing in its message only; the path is that of the object.
    if let Some((name, _)) = why.strip_prefix("missing field `").and_then(|rest| rest.split_once('`')) {
        let _ = write!(text, "{}", Member(name));
    }
    text
}

struct Member<'a>(&'a str);

impl fmt::Display for Member<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.0;
        let plain = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        if plain && !name.starts_with(|c: char| c.is_ascii_digit()) && !name.is_empty() {
            write!(f, ".{name}")
        } else {
            write!(f, "[{}]", Value::from(name))
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde::Deserialize;
    use serde::de::{DeserializeOwned, Error as _};

    use super::explain;

    #[derive(Debug, Deserialize)]
    struct Book {
        #[expect(dead_code, reason = "only read")]
        title: String,
        #[serde(flatten)]
        _extra: BTreeMap<String, serde_json::Value>,
    }

    fn fault<T: DeserializeOwned>(body: &str) -> Option<(String, String)> {
        let error = serde_json::from_str::<T>(body).err()?;
        let fault = explain::<T>(body.as_bytes(), &error);
        Some((fault.path, fault.why))
    }

    fn path<T: DeserializeOwned>(body: &str) -> Option<String> {
        fault::<T>(body).map(|(path, _)| path)
    }

    #[test]
    fn the_path_leads_to_the_fault() {
        assert_eq!(path::<Vec<Book>>(r#"[{"title": "a"}, {"title": null}]"#).as_deref(), Some("$[1].title"));
        assert_eq!(path::<Vec<Book>>(r#"[{"title": "a"}, {"year": 1}]"#).as_deref(), Some("$[1].title"));
        assert_eq!(path::<BTreeMap<String, Vec<u8>>>(r#"{"x-y": [1, -1]}"#).as_deref(), Some(r#"$["x-y"][1]"#));
        assert_eq!(path::<BTreeMap<String, u8>>(r#"{"1": "a"}"#).as_deref(), Some(r#"$["1"]"#));
        assert_eq!(path::<Book>("{").as_deref(), Some("$"));
    }

    #[test]
    fn values_are_not_quoted() {
        let why = |body: &str| {
            let error = serde_json::from_str::<Vec<u8>>(body).err();
            error.map(|error| super::without_value(&error.to_string())).unwrap_or_default()
        };
        assert_eq!(why(r#"["canary"]"#), "invalid type: string, expected u8 at line 1 column 9");
        assert_eq!(why(r#"["a\", expected canary"]"#), "invalid type: string, expected u8 at line 1 column 23");
        assert_eq!(why("[1000]"), "invalid value: integer, expected u8 at line 1 column 5");
        assert_eq!(why("[1.5]"), "invalid type: floating point, expected u8 at line 1 column 4");
        assert_eq!(why("[true]"), "invalid type: boolean, expected u8 at line 1 column 5");
        assert_eq!(why("[[]]"), "invalid type: sequence, expected u8 at line 1 column 1");
        assert_eq!(
            super::without_value("unknown variant `a`, expected `b`, expected `c`"),
            "unknown variant, expected `c`"
        );
        assert_eq!(super::without_value("invalid type: string \"canary"), "invalid type: string");
        assert_eq!(super::without_value("missing field `a`"), "missing field `a`");
    }

    #[test]
    fn what_is_not_about_json_is_said_as_it_is() {
        let fault = explain::<String>(b"\xff", &serde_json::Error::custom("not UTF-8"));
        assert_eq!((&*fault.path, &*fault.why), ("$", "the body can't be read: not UTF-8"));
    }
}
