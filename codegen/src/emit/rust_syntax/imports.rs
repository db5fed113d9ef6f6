//! The imports that a generated file needs, and no others.

use std::collections::HashSet;

use proc_macro2::{Ident, Spacing, TokenStream, TokenTree};
use quote::quote;

use super::names::ident;

/// What generated code may import: module, word, and the sign that the word is used.
pub(in crate::emit) type Known = (&'static str, &'static str, &'static str);

/// Returns those imports, in the order in which they are known, that these tokens use.
pub(in crate::emit) fn imports(tokens: &TokenStream, known: impl IntoIterator<Item = Known>) -> TokenStream {
    let words = Words::of(tokens);
    let mut modules: Vec<(&str, Vec<Ident>)> = Vec::new();
    for (module, word, _) in known.into_iter().filter(|(_, _, sign)| words.has(sign)) {
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
pub(in crate::emit) fn import(module: &str, words: &[Ident]) -> Option<TokenStream> {
    let module: syn::Path = syn::parse_str(module).ok()?;
    match words {
        [] => None,
        [one] => Some(quote!(use #module::#one;)),
        several => Some(quote!(use #module::{#(#several),*};)),
    }
}

/// The words that code uses: its identifiers, and those before a sign, such as `types::` and `Vec<`. Words of comments
/// and texts are none.
pub(in crate::emit) struct Words(HashSet<String>);

impl Words {
    /// Collects the words of tokens.
    pub(in crate::emit) fn of(tokens: &TokenStream) -> Self {
        let mut words = Self(HashSet::new());
        words.collect(tokens.clone());
        words
    }

    /// Returns whether a word is used.
    pub(in crate::emit) fn has(&self, word: &str) -> bool {
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
