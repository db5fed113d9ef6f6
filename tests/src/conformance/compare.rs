//! Comparing what is with what was to be, and saying where they part.

use std::collections::BTreeMap;
use std::fmt::Display;

use serde_json::Value;

use super::template::Letters;

/// How far two numbers of seconds may lie apart.
pub const CLOSE: f64 = 1e-6;

/// What was compared so far.
#[derive(Debug, Default)]
pub struct Comparison {
    /// The UUIDs that letters stand for.
    pub letters: Letters,
    wrong: Vec<String>,
}

impl Comparison {
    /// Returns everything that was wrong.
    pub fn into_wrong(self) -> Vec<String> {
        self.wrong
    }

    /// Notes that something is wrong.
    pub fn wrong(&mut self, place: &str, expected: impl Display, got: impl Display) {
        self.wrong.push(format!("{place}\n      expected {expected}\n      got      {got}"));
    }

    /// Compares texts.
    pub fn text(&mut self, place: &str, expected: &str, got: &str) {
        if !self.letters.fits(expected, got) {
            self.wrong(place, on_one_line(expected), on_one_line(got));
        }
    }

    /// Compares a text that may be absent.
    pub fn option(&mut self, place: &str, expected: Option<&str>, got: Option<&str>) {
        match (expected, got) {
            (Some(expected), Some(got)) => self.text(place, expected, got),
            (None, None) => {}
            (expected, got) => {
                let shown = |text: Option<&str>| text.map_or("nothing".to_owned(), |text| format!("{text:?}"));
                self.wrong(place, shown(expected), shown(got));
            }
        }
    }

    /// Compares what can be told apart and shown.
    pub fn equal<T: PartialEq + std::fmt::Debug>(&mut self, place: &str, expected: &T, got: &T) {
        if expected != got {
            self.wrong(place, format!("{expected:?}"), format!("{got:?}"));
        }
    }

    /// Compares numbers of seconds.
    pub fn seconds(&mut self, place: &str, expected: &[f64], got: &[f64]) {
        let same = expected.len() == got.len() && expected.iter().zip(got).all(|(a, b)| (a - b).abs() <= CLOSE);
        if !same {
            self.wrong(place, format!("{expected:?}"), format!("{got:?}"));
        }
    }

    /// Compares the headers that are named, by `value`: what of that name there is.
    pub fn headers(
        &mut self,
        place: &str,
        expected: &BTreeMap<String, Option<String>>,
        value: impl Fn(&str) -> Option<String>,
    ) {
        for (name, expected) in expected {
            self.option(&format!("{place}.{name}"), expected.as_deref(), value(name).as_deref());
        }
    }

    /// Compares JSON whole. Texts may have holes; numbers are compared by value.
    pub fn json(&mut self, place: &str, expected: &Value, got: &Value) {
        match (expected, got) {
            (Value::String(expected), Value::String(got)) => self.text(place, expected, got),
            (Value::Array(expected), Value::Array(got)) if expected.len() == got.len() => {
                for (at, (expected, got)) in expected.iter().zip(got).enumerate() {
                    self.json(&format!("{place}[{at}]"), expected, got);
                }
            }
            (Value::Object(expected), Value::Object(got)) => {
                let names: std::collections::BTreeSet<_> = expected.keys().chain(got.keys()).collect();
                for name in names {
                    let place = format!("{place}.{name}");
                    match (expected.get(name), got.get(name)) {
                        (Some(expected), Some(got)) => self.json(&place, expected, got),
                        (Some(expected), None) => self.wrong(&place, expected, "no such member"),
                        (None, Some(got)) => self.wrong(&place, "no such member", got),
                        (None, None) => {}
                    }
                }
            }
            (Value::Number(a), Value::Number(b)) if a == b || a.is_f64() != b.is_f64() && a.as_f64() == b.as_f64() => {}
            (expected, got) if expected == got => {}
            (expected, got) => self.wrong(place, expected, got),
        }
    }
}

/// A text with nothing in it that would move what stands behind it.
fn on_one_line(text: &str) -> String {
    let shown = |c: char| if c.is_control() { c.escape_debug().to_string() } else { c.to_string() };
    text.chars().map(shown).collect()
}
