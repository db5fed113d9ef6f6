//! Values of the document that stay values: examples and defaults.

use crate::model::Json;
use crate::spec::node::{Node, Value};

/// Copies a value out of the document.
pub(super) fn json(node: &Node) -> Json {
    match &node.value {
        Value::Null => Json::Null,
        Value::Bool(flag) => Json::Bool(*flag),
        Value::Int(number) => Json::Int(*number),
        Value::Float(number) => Json::Float(*number),
        Value::Str(text) => Json::String(text.clone()),
        Value::List(items) => Json::List(items.iter().map(json).collect()),
        Value::Map(map) => Json::Object(map.iter().map(|(key, entry)| (key.clone(), json(&entry.node))).collect()),
    }
}
