//! The imports that a generated file needs, and no others.

use std::collections::HashSet;

use proc_macro2::{Ident, Spacing, TokenStream, TokenTree};
use quote::quote;

use super::names::ident;

/// What generated code may import, in the order in which it does: module, word, and the sign that the word is used.
const KNOWN: [(&str, &str, &str); 29] = [
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
    let words = Words::of(tokens);
    let mut modules: Vec<(&str, Vec<Ident>)> = Vec::new();
    for (module, word, sign) in KNOWN {
        if !wanted.contains(&word) || !words.has(sign) {
            continue;
        }
        match modules.last_mut() {
            Some((last, found)) if *last == module => {
                if found.last().is_none_or(|known| known != word) {
                    found.push(ident(word));
                }
            }
            _ => modules.push((module, vec![ident(word)])),
        }
    }
    modules.iter().filter_map(|(module, words)| import(module, words)).collect()
}

/// Returns the import of some words from a module, or nothing for no words.
pub(super) fn import(module: &str, words: &[Ident]) -> Option<TokenStream> {
    let module: syn::Path = syn::parse_str(module).ok()?;
    match words {
        [] => None,
        [one] => Some(quote!(use #module::#one;)),
        several => Some(quote!(use #module::{#(#several),*};)),
    }
}

/// The words that code uses: its identifiers, and those before a sign, such as `types::` and `Vec<`. Words of comments
/// and texts are none.
pub(super) struct Words(HashSet<String>);

impl Words {
    /// Collects the words of tokens.
    pub(super) fn of(tokens: &TokenStream) -> Self {
        let mut words = Self(HashSet::new());
        words.collect(tokens.clone());
        words
    }

    /// Returns whether a word is used.
    pub(super) fn has(&self, word: &str) -> bool {
        self.0.contains(word)
    }

    fn collect(&mut self, tokens: TokenStream) {
        let mut last = String::new();
        for token in tokens {
            match token {
                TokenTree::Group(group) => self.collect(group.stream()),
                TokenTree::Ident(ident) => {
                    last = ident.to_string();
                    self.0.insert(last.clone());
                }
                TokenTree::Punct(punct) => match (punct.as_char(), punct.spacing()) {
                    ('<', _) => {
                        self.0.insert(format!("{last}<"));
                    }
                    (':', Spacing::Joint) => {
                        self.0.insert(format!("{last}::"));
                    }
                    _ => {}
                },
                TokenTree::Literal(_) => {}
            }
        }
    }
}
