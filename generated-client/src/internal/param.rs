//! The text that a parameter has on the wire, in a path or a header.

use serde::Serialize;
use serde_json::Value;

use super::check::Invalid;

/// What can be a parameter: a string, a number, a boolean, whatever is written as one (a time, an open enum), or a list of these.
pub(crate) trait ParamValue {
    /// Returns the wire text: the JSON form without quotes, a list's items with commas between (RFC 6570 §3.2.2). An item with
    /// a comma of its own is refused, since the service would read two.
    fn wire_text(&self) -> Result<String, Invalid>;

    /// The same, and a refusal names the parameter.
    fn wire_text_of(&self, name: &str) -> Result<String, Invalid> {
        self.wire_text().map_err(|why| Invalid::new(format!("`{name}`: {why}")))
    }
}

impl<T: Serialize + ?Sized> ParamValue for T {
    fn wire_text(&self) -> Result<String, Invalid> {
        let other = || Invalid::new("a parameter must be a string, a number, a boolean or a list of these");
        let value = serde_json::to_value(self).map_err(|_| other())?;
        let Value::Array(items) = value else {
            return scalar(value).ok_or_else(other);
        };
        let items = items.into_iter().map(scalar).collect::<Option<Vec<_>>>().ok_or_else(other)?;
        if items.iter().any(|item| item.contains(',')) {
            let why =
                "an item of a list that is sent as one value must not contain a comma: it would be read as two items";
            return Err(Invalid::new(why));
        }
        Ok(items.join(","))
    }
}

fn scalar(value: Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, Utc};

    use super::ParamValue;

    #[test]
    fn values_are_written_as_in_json_without_quotes() {
        assert_eq!("a/b".wire_text().ok().as_deref(), Some("a/b"));
        assert_eq!(7.wire_text().ok().as_deref(), Some("7"));
        assert_eq!(true.wire_text().ok().as_deref(), Some("true"));
        assert_eq!(DateTime::<Utc>::UNIX_EPOCH.wire_text().ok().as_deref(), Some("1970-01-01T00:00:00Z"));
        assert_eq!(["a", "b"].wire_text().ok().as_deref(), Some("a,b"));
        assert_eq!(None::<u8>.wire_text().ok(), None);
    }

    #[test]
    fn items_keep_their_borders() {
        assert_eq!("a,b".wire_text().ok().as_deref(), Some("a,b"));
        assert_eq!([1.5, 2.0].wire_text().ok().as_deref(), Some("1.5,2.0"));
        assert_eq!(Vec::<u8>::new().wire_text().ok().as_deref(), Some(""));
        let fault = ["a", "canary,b"].wire_text().map_err(|fault| fault.to_string());
        assert!(fault.is_err_and(|text| text.contains("comma") && !text.contains("canary")));
        let named = [[1, 2], [3, 4]].wire_text_of("sizes").map_err(|fault| fault.to_string());
        assert!(named.is_err_and(|text| text.starts_with("`sizes`: a parameter must be ")));
    }
}
