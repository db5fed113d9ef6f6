//! Helpers of the generated types' `Deserialize`: `null` is a value of its own, not another way to be absent.

#![expect(clippy::option_option, reason = "absent, `null` and a value are three things on the wire")]

use serde::{Deserialize, Deserializer};

/// Reads an optional field that, where it is present, may not be `null`.
///
/// Goes with `#[serde(default)]`, which stands for the absent field.
pub(crate) fn some<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    T::deserialize(deserializer).map(Some)
}

/// Reads an optional field that may be `null`: `None` is absent, `Some(None)` is `null`.
///
/// Goes with `#[serde(default)]`, which stands for the absent field.
pub(crate) fn double_option<'de, D, T>(deserializer: D) -> Result<Option<Option<T>>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    Option::deserialize(deserializer).map(Some)
}

/// Reads a required field that may be `null`.
///
/// Goes without `#[serde(default)]`: without a reader of its own, serde takes an absent `Option` for `None`.
pub(crate) fn present<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    T::deserialize(deserializer)
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    #[derive(Debug, Deserialize, PartialEq)]
    struct Fields {
        #[serde(default, deserialize_with = "crate::internal::some")]
        plain: Option<u8>,
        #[serde(default, deserialize_with = "crate::internal::double_option")]
        nullable: Option<Option<u8>>,
    }

    #[derive(Debug, Deserialize, PartialEq)]
    struct Required {
        #[serde(deserialize_with = "crate::internal::present")]
        nullable: Option<u8>,
    }

    fn read(text: &str) -> Option<(Option<u8>, Option<Option<u8>>)> {
        serde_json::from_str(text).ok().map(|Fields { plain, nullable }| (plain, nullable))
    }

    #[test]
    fn null_is_not_absent() {
        assert_eq!(read("{}"), Some((None, None)));
        assert_eq!(read(r#"{"plain": 1, "nullable": 2}"#), Some((Some(1), Some(Some(2)))));
        assert_eq!(read(r#"{"nullable": null}"#), Some((None, Some(None))));
        assert_eq!(read(r#"{"plain": null}"#), None);
    }

    #[test]
    fn absent_is_some() {
        let nullable = |text| serde_json::from_str(text).ok().map(|Required { nullable }| nullable);
        assert_eq!(nullable(r#"{"nullable": null}"#), Some(None));
        assert_eq!(nullable("{}"), None);
    }
}
