//! Days and moments, in the forms of RFC 3339, section 5.6.
//!
//! chrono alone reads `2026-1-5`, a space for the `T` and years of any length. Whether there is such a day is left to it.

use serde::de::{Error as _, Unexpected, Visitor};

use super::fault::Fault;

/// Reads a text as what is made of texts alone: of all types in generated code, days and moments.
pub(super) fn read<'de, V: Visitor<'de>>(text: &str, visitor: V) -> Result<V::Value, Fault> {
    let fault = Fault::invalid_value(Unexpected::Str(text), &visitor);
    if is_day(text) || is_moment(text) { visitor.visit_str(text).map_err(|_: Fault| fault) } else { Err(fault) }
}

fn is_day(text: &str) -> bool {
    is_like(text, "0000-00-00")
}

fn is_moment(text: &str) -> bool {
    const SECOND: &str = "0000-00-00T00:00:00";
    let Some((second, rest)) = text.split_at_checked(SECOND.len()) else { return false };
    let zone = match rest.strip_prefix('.') {
        Some(fraction) if fraction.starts_with(|c: char| c.is_ascii_digit()) => {
            fraction.trim_start_matches(|c: char| c.is_ascii_digit())
        }
        _ => rest,
    };
    is_like(second, SECOND) && ["Z", "+00:00", "-00:00"].into_iter().any(|form| is_like(zone, form))
}

/// Whether a text has a form, in which `0` is any digit, and a letter also a small one.
fn is_like(text: &str, form: &str) -> bool {
    let fits = |(byte, form): (u8, u8)| match form {
        b'0' => byte.is_ascii_digit(),
        form => byte.eq_ignore_ascii_case(&form),
    };
    text.len() == form.len() && text.bytes().zip(form.bytes()).all(fits)
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, NaiveDate, Utc};
    use serde::de::DeserializeOwned;
    use serde_json::{Value, json};

    use crate::api::{json, text};

    /// What a text is read as in a body, in a list of one, and as a parameter, which must agree.
    fn of<T: DeserializeOwned + PartialEq + std::fmt::Debug>(written: &str) -> Result<T, String> {
        let body = |value: Value| value.to_string().into_bytes();
        let alone = json::read::<T>(&body(json!(written)));
        let listed = json::read::<Vec<T>>(&body(json!([written])));
        let param = text::read::<T>(vec![written.to_owned()]).map_err(|fault| fault.to_string());
        assert_eq!(alone.is_ok(), param.is_ok(), "{written}");
        assert_eq!(listed.as_ref().ok().and_then(|list| list.first()), param.as_ref().ok(), "{written}");
        param
    }

    #[test]
    fn days() {
        for day in ["2026-01-15", "2024-02-29", "0001-01-01"] {
            assert_eq!(of::<NaiveDate>(day).map(|read| read.to_string()), Ok(day.to_owned()));
        }
        for wrong in [
            "2026-1-5",
            "2026-02-29",
            "2026-13-01",
            "+12345-6-7",
            "12345-06-07",
            " 2026-01-15",
            "2026-01-15 ",
            "2026-01-15T09:30:00Z",
            "2026-01-1é",
            "",
        ] {
            let says = format!("must be a day such as `2026-01-15`, not `{wrong}`");
            assert_eq!(of::<NaiveDate>(wrong), Err(says));
        }
    }

    #[test]
    fn moments() {
        for (written, moment) in [
            ("2026-01-15T09:30:00Z", "2026-01-15T09:30:00Z"),
            ("2026-01-15t10:30:00.25+01:00", "2026-01-15T09:30:00.250Z"),
            ("2026-01-15T09:30:00z", "2026-01-15T09:30:00Z"),
            ("2026-01-15T09:30:00-00:00", "2026-01-15T09:30:00Z"),
        ] {
            let read: DateTime<Utc> = of(written).expect(written);
            assert_eq!(json!(read), json!(moment), "{written}");
        }
        for wrong in [
            "2026-01-15 09:30:00Z",
            "2026-01-15T09:30Z",
            "2026-1-15T09:30:00Z",
            "2026-01-15T9:30:00Z",
            "2026-01-15T24:00:00Z",
            "2026-01-15T09:30:00",
            "2026-01-15T09:30:00.Z",
            "2026-01-15T09:30:00+0100",
            "2026-01-15T09:30:00 +01:00",
            "2026-01-15T09:30:00+24:00",
            "2026-01-15T09:30:00 UTC",
            "+12345-06-07T09:30:00Z",
            "2026-02-29T09:30:00Z",
            "2026-01-15",
            "é",
        ] {
            let says = format!("must be a moment such as `2026-01-15T09:30:00Z`, not `{wrong}`");
            assert_eq!(of::<DateTime<Utc>>(wrong), Err(says));
        }
    }
}
