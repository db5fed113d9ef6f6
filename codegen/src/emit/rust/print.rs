//! From tokens to text: prettyplease, the imports that a file needs, blank lines between items, the banner.

use std::collections::HashSet;

use proc_macro2::{Ident, Spacing, TokenStream, TokenTree};
use quote::quote;

use super::names::ident;
use crate::emit::{EmitError, OutFile};

/// Returns a file with the banner and a module doc before its items.
pub(super) fn file(path: &str, banner: &str, about: &str, items: TokenStream) -> Result<OutFile, EmitError> {
    let file = syn::parse2(items).map_err(|error| EmitError(format!("{path}: not Rust: {error}")))?;
    Ok(text(path, banner, about, &file))
}

/// The same for a file that is parsed already.
pub(super) fn text(path: &str, banner: &str, about: &str, file: &syn::File) -> OutFile {
    let code = airy(&prettyplease::unparse(file));
    OutFile { path: path.to_owned(), text: format!("{banner}\n//! {about}\n\n{code}") }
}

/// The words that code uses: its identifiers, and pairs such as `types::`. A text counts as a whole.
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
                TokenTree::Punct(punct) if punct.as_char() == ':' && punct.spacing() == Spacing::Joint => {
                    self.0.insert(format!("{last}::"));
                }
                TokenTree::Literal(literal) => {
                    // Attributes name functions in texts.
                    self.0.insert(literal.to_string());
                }
                TokenTree::Punct(_) => {}
            }
        }
    }

    /// Returns the imports of other crates that these words need.
    pub(super) fn imports(&self) -> TokenStream {
        let chrono: Vec<_> =
            ["DateTime", "NaiveDate", "Utc"].into_iter().filter(|word| self.has(word)).map(ident).collect();
        let serde: Vec<_> = ["Deserialize", "Serialize"].into_iter().filter(|word| self.has(word)).map(ident).collect();
        let lines = [
            self.has("BTreeMap").then(|| {
                quote!(
                    use std::collections::BTreeMap;
                )
            }),
            self.has("Bytes").then(|| {
                quote!(
                    use bytes::Bytes;
                )
            }),
            import(&quote!(chrono), &chrono),
            import(&quote!(serde), &serde),
            self.has("Value").then(|| {
                quote!(
                    use serde_json::Value;
                )
            }),
        ];
        lines.into_iter().flatten().collect()
    }
}

/// Returns the import of some words from a module, or nothing for no words.
pub(super) fn import(module: &TokenStream, words: &[Ident]) -> Option<TokenStream> {
    match words {
        [] => None,
        [one] => Some(quote!(use #module::#one;)),
        several => Some(quote!(use #module::{#(#several),*};)),
    }
}

/// Puts a blank line between items, and between imports and what follows, as people do.
fn airy(code: &str) -> String {
    let mut out = String::with_capacity(code.len() + code.len() / 20);
    let mut previous = "";
    for line in code.lines() {
        if parts(previous, line) {
            out.push('\n');
        }
        out.push_str(line);
        out.push('\n');
        previous = line;
    }
    out
}

fn parts(previous: &str, line: &str) -> bool {
    let indent = |line: &str| line.len() - line.trim_start().len();
    let (before, after) = (previous.trim_start(), line.trim_start());
    if before.is_empty() || indent(previous) != indent(line) {
        return false;
    }
    let begins = ["///", "#[", "pub ", "pub(", "impl", "fn ", "async fn", "const ", "type ", "crate::internal::"];
    let item = begins.iter().any(|word| after.starts_with(word)) && !after.starts_with("pub mod");
    let import = before.starts_with("use ") || before.starts_with("};");
    let ended = before.starts_with('}') || (before.ends_with(");") && before.starts_with("crate::internal::"));
    (ended && item)
        || (import && !after.starts_with("use ") && indent(line) == 0)
        || (before.ends_with(';') && item && after.starts_with("const ") && before.starts_with("type "))
        || (before.ends_with(';')
            && indent(line) == 0
            && item
            && !before.starts_with("mod ")
            && !after.starts_with("mod "))
}
