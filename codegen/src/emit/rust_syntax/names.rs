//! Rust identifiers: only a [`Scope`] makes one, so no two in it are the same and none is a keyword.

use std::collections::HashSet;

use proc_macro2::{Ident, Span};

use crate::model::Name;

/// How an identifier is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::emit) enum Case {
    /// `like_this`
    Snake,
    /// `LikeThis`
    Pascal,
}

/// A place in which identifiers must differ.
#[derive(Default)]
pub(in crate::emit) struct Scope {
    taken: HashSet<String>,
}

impl Scope {
    /// Returns a scope in which these identifiers stand already.
    pub(in crate::emit) fn with(reserved: &[&str]) -> Self {
        Self { taken: reserved.iter().map(|word| (*word).to_owned()).collect() }
    }

    /// Returns the identifier of a name. One that is taken gets `suffix`, then a number.
    pub(in crate::emit) fn ident(&mut self, name: &Name, case: Case, suffix: &str) -> Ident {
        let base = spell(name, case);
        let fallback = name.join(&Name::new(suffix));
        let free = std::iter::once(base.clone())
            .chain([spell(&fallback, case)])
            .chain((2..=usize::MAX).map(|number| spell(&name.numbered(number), case)))
            .find(|candidate| !self.taken.contains(candidate))
            .unwrap_or(base);
        self.taken.insert(free.clone());
        ident(&free)
    }
}

/// Returns an identifier. A text that is none is made one.
pub(in crate::emit) fn ident(text: &str) -> Ident {
    Ident::new(&sound(text), Span::call_site())
}

fn spell(name: &Name, case: Case) -> String {
    match case {
        Case::Snake => sound(&name.snake()),
        Case::Pascal => {
            let mut text = sound(&name.pascal());
            if let Some(first) = text.get_mut(..1) {
                first.make_ascii_uppercase();
            }
            text
        }
    }
}

/// Makes a text an identifier: a keyword gets an underscore behind it, a digit one before it.
fn sound(text: &str) -> String {
    let mut text: String = text.chars().map(letter).collect();
    if !text.starts_with(|c: char| c == '_' || c.is_alphabetic()) {
        text.insert(0, '_');
    }
    if text.bytes().all(|b| b == b'_') {
        text.push('x');
    }
    // `gen` is a keyword since edition 2024, which syn doesn't know.
    if text == "gen" || syn::parse_str::<Ident>(&text).is_err() {
        text.push('_');
    }
    text
}

/// What stands for a character: itself among Latin letters and digits, else its code point, for compilers warn of others.
fn letter(c: char) -> String {
    match c {
        '_' | '0'..='9' | 'A'..='Z' | 'a'..='z' => c.to_string(),
        '\u{c0}'..='\u{24f}' if c.is_alphabetic() => c.to_string(),
        c => format!("u{:x}", u32::from(c)),
    }
}
