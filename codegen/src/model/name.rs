//! Names as lists of words. Casing happens at the last moment, in the emitter that prints.

use heck::{ToPascalCase, ToSnakeCase};

/// A name: lower-case words, at least one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Name(Vec<String>);

impl Name {
    /// Splits any text into words by case and by everything that is no letter or digit.
    ///
    /// Signs that carry meaning become words, so that `+1` and `-1`, `name` and `-name` stay apart.
    pub fn new(text: &str) -> Self {
        let words: Vec<String> = words(text);
        if !words.is_empty() {
            return Self(words);
        }
        let spelt: Vec<String> = text.chars().filter_map(sign).map(str::to_owned).collect();
        if spelt.is_empty() { Self(vec!["value".to_owned()]) } else { Self(spelt) }
    }

    /// Returns this name followed by the words of another.
    #[must_use]
    pub fn join(&self, other: &Self) -> Self {
        Self(self.0.iter().chain(&other.0).cloned().collect())
    }

    /// Returns one name of several, in order.
    pub fn concat<'a>(names: impl IntoIterator<Item = &'a Name>) -> Self {
        Self(names.into_iter().flat_map(|name| name.0.iter().cloned()).collect())
    }

    /// Returns this name with a number behind it.
    #[must_use]
    pub fn numbered(&self, number: usize) -> Self {
        Self(self.0.iter().cloned().chain([number.to_string()]).collect())
    }

    /// Returns the words.
    pub fn words(&self) -> &[String] {
        &self.0
    }

    /// Returns `like_this`.
    pub fn snake(&self) -> String {
        self.0.join("_").to_snake_case()
    }

    /// Returns `LikeThis`.
    pub fn pascal(&self) -> String {
        capitals(String::new(), &self.0)
    }
}

/// Puts words behind a text, each with a capital. Numbers stay apart: `1.5` is `1_5`, and not `15`.
fn capitals(mut text: String, words: &[String]) -> String {
    for word in words {
        let digit = |c: char| c.is_ascii_digit();
        if text.ends_with(digit) && word.starts_with(digit) {
            text.push('_');
        }
        text.push_str(&word.to_pascal_case());
    }
    text
}

fn words(text: &str) -> Vec<String> {
    let mut spelt = String::with_capacity(text.len());
    let next = |at: usize, test: fn(char) -> bool| text[at..].chars().nth(1).is_some_and(test);
    for (at, c) in text.char_indices() {
        match c {
            '+' if next(at, |c| c.is_ascii_digit()) => spelt.push_str(" plus "),
            '+' if at == 0 && next(at, char::is_alphanumeric) => spelt.push_str("plus "),
            '-' if at == 0 && next(at, char::is_alphanumeric) => spelt.push_str("minus "),
            '\'' | '’' => {}
            c => spelt.push(c),
        }
    }
    spelt.to_snake_case().split('_').filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

/// The word for a sign.
fn sign(c: char) -> Option<&'static str> {
    Some(match c {
        '*' => "star",
        '=' => "eq",
        '!' => "not",
        '<' => "less",
        '>' => "greater",
        '+' => "plus",
        '-' => "minus",
        '/' => "slash",
        '.' => "dot",
        ',' => "comma",
        '%' => "percent",
        '&' => "and",
        '|' => "or",
        '~' => "tilde",
        '?' => "question",
        '#' => "hash",
        '@' => "at",
        '$' => "dollar",
        '^' => "caret",
        ':' => "colon",
        ';' => "semicolon",
        '_' => "underscore",
        _ => return None,
    })
}
