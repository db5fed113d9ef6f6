//! Why a value can't be read as its type, in words for whoever sent it.

use std::borrow::Cow;
use std::fmt::{self, Display};

use serde::de::{self, Expected, Unexpected};

/// Why a value can't be read as its type. Reads on behind the value's name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fault(String);

impl Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Fault {}

impl de::Error for Fault {
    fn custom<T: Display>(message: T) -> Self {
        Self(message.to_string())
    }

    fn invalid_type(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        let found = match found {
            Unexpected::Bool(_) => "a boolean",
            Unexpected::Unsigned(_) | Unexpected::Signed(_) => "a whole number",
            // Of a whole number, that is what no integer holds.
            Unexpected::Float(number) if number.fract() == 0.0 => "one that is too large",
            Unexpected::Float(_) => "a number with a fraction",
            Unexpected::Char(_) | Unexpected::Str(_) => "a string",
            Unexpected::Unit | Unexpected::Option => "`null`",
            Unexpected::Seq => "a list",
            Unexpected::Map => "an object",
            _ => "another value",
        };
        Self(format!("must be {}, not {found}", wanted(expected)))
    }

    fn invalid_value(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        let found = match found {
            Unexpected::Str(text) => format!("`{}`", short(text)),
            Unexpected::Unsigned(number) => format!("{number}"),
            Unexpected::Signed(number) => format!("{number}"),
            other => other.to_string(),
        };
        Self(format!("must be {}, not {found}", wanted(expected)))
    }

    fn unknown_variant(found: &str, expected: &'static [&'static str]) -> Self {
        let words: Vec<String> = expected.iter().map(|word| format!("`{word}`")).collect();
        Self(format!("must be {}, not `{}`", words.join(" or "), short(found)))
    }

    fn unknown_field(found: &str, _: &'static [&'static str]) -> Self {
        Self(format!("`{}` is not known here; leave it out", short(found)))
    }

    fn missing_field(field: &'static str) -> Self {
        Self(format!("`{field}` is missing"))
    }
}

/// A text as messages repeat it: its beginning says what it is, and the rest may be as long as a body.
pub(super) fn short(text: &str) -> Cow<'_, str> {
    const LONGEST: usize = 100;
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]).into(),
        None => text.into(),
    }
}

/// What serde expects, without Rust's names for it.
fn wanted(expected: &dyn Expected) -> String {
    let text = expected.to_string();
    let plain = match text.as_str() {
        "i64" => "a whole number of 64 bits",
        "i32" => "a whole number of 32 bits",
        "u64" => "a whole number of 64 bits that is not negative",
        "f64" => "a number",
        "a sequence" => "a list",
        "a map" => "an object",
        // What chrono says of its own types.
        "a formatted date string" => "a day such as `2026-01-15`",
        "an RFC 3339 formatted date and time string" => "a moment such as `2026-01-15T09:30:00Z`",
        _ => return text,
    };
    plain.to_owned()
}
