//! What the client's generated code may import.

use proc_macro2::TokenStream;

use crate::emit::rust_syntax::imports as syntax;

/// In the order in which it is imported.
const KNOWN: [syntax::Known; 29] = [
    ("std::collections", "BTreeMap", "BTreeMap"),
    ("bytes", "Bytes", "Bytes"),
    ("chrono", "DateTime", "DateTime<"),
    ("chrono", "NaiveDate", "NaiveDate"),
    ("chrono", "Utc", "DateTime<"),
    ("reqwest::header", "ACCEPT", "ACCEPT"),
    ("reqwest::header", "CONTENT_TYPE", "CONTENT_TYPE"),
    ("reqwest::header", "HeaderMap", "HeaderMap"),
    ("reqwest::header", "HeaderValue", "HeaderValue"),
    ("serde", "Deserialize", "Deserialize"),
    ("serde", "Serialize", "Serialize"),
    ("serde_json", "Value", "Value"),
    ("super", "raw", "raw::"),
    ("super", "types", "types::"),
    ("crate::internal", "Call", "Call"),
    ("crate::internal", "Idempotency", "Idempotency::"),
    ("crate::internal", "Invalid", "Invalid"),
    ("crate::internal", "Need", "Need::"),
    ("crate::internal", "Operation", "Operation"),
    ("crate::internal", "OptionalBody", "optional_body"),
    ("crate::internal", "OptionalBody", "optional_form"),
    ("crate::internal", "OptionalJson", "optional_json"),
    ("crate::internal", "ParamValue", "wire_text_of"),
    ("crate::internal", "RawResult", "RawResult"),
    ("crate::internal", "RequestOptions", "RequestOptions"),
    ("crate::internal", "check", "check::"),
    ("crate::internal", "collect_bytes", "collect_bytes"),
    ("crate::internal", "collect_text", "collect_text"),
    ("crate::internal", "path_segment", "path_segment"),
];

/// Returns the imports among `wanted` that these tokens use.
pub(super) fn imports(tokens: &TokenStream, wanted: &[&str]) -> TokenStream {
    syntax::imports(tokens, KNOWN.into_iter().filter(|(_, word, _)| wanted.contains(word)))
}
