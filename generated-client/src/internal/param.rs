//! The text that a parameter has on the wire, in a path or a header.

use serde::Serialize;
use serde_json::Value;

use super::check::Invalid;

/// What can be a parameter: a string, a number, a boolean, whatever is written as one (a time, an open enum), or a list of these.
pub(crate) trait ParamValue {
    /// Returns the wire text: the JSON form without quotes, a list's items with commas between (RFC 6570 §3.2.2).
    fn wire_text(&self) -> Result<String, Invalid>;
}

impl<T: Serialize + ?Sized> ParamValue for T {
    fn wire_text(&self) -> Result<String, Invalid> {
        let value = serde_json::to_value(self).ok();
        value
            .as_ref()
            .and_then(text)
            .ok_or_else(|| Invalid::new("a parameter must be a string, a number, a boolean or a list of these"))
    }
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Array(items) => items.iter().map(text).collect::<Option<Vec<_>>>().map(|items| items.join(",")),
        Value::Null | Value::Object(_) => None,
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
}
