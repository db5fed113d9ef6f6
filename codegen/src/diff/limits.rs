//! Compares which values are allowed.

use std::cmp::Ordering;

use crate::model::Limits;

/// One limit that moved.
pub(super) struct Moved {
    /// Whether fewer values are allowed than before.
    pub(super) narrower: bool,
    /// The new limit and the old one.
    pub(super) text: String,
}

pub(super) fn moved(old: &Limits, new: &Limits) -> Vec<Moved> {
    let length = |value: Option<u64>| value.map(|value| (value, format!("{value} characters")));
    let items = |value: Option<u64>| value.map(|value| (value, format!("{value} elements")));
    let number = |value: Option<f64>| value.map(|value| (value, value.to_string()));
    let ends = [
        end("minimum", false, number(old.minimum), number(new.minimum)),
        end("maximum", true, number(old.maximum), number(new.maximum)),
        end("minimum", false, length(old.min_length), length(new.min_length)),
        end("maximum", true, length(old.max_length), length(new.max_length)),
        end("minimum", false, items(old.min_items), items(new.min_items)),
        end("maximum", true, items(old.max_items), items(new.max_items)),
        pattern(old.pattern.as_deref(), new.pattern.as_deref()),
    ];
    ends.into_iter().flatten().collect()
}

fn end<T: PartialOrd>(name: &str, upper: bool, old: Option<(T, String)>, new: Option<(T, String)>) -> Option<Moved> {
    let order = match (&old, &new) {
        (None, None) => return None,
        (None, Some(_)) => return Some(Moved { narrower: true, text: text(name, None, new.map(|(_, text)| text)) }),
        (Some(_), None) => Ordering::Equal,
        (Some((old, _)), Some((new, _))) => match new.partial_cmp(old) {
            Some(Ordering::Equal) => return None,
            order => order.unwrap_or(Ordering::Equal),
        },
    };
    let narrower = order == if upper { Ordering::Less } else { Ordering::Greater };
    Some(Moved { narrower, text: text(name, old.map(|(_, text)| text), new.map(|(_, text)| text)) })
}

/// Which of two patterns allows more can't be told, so a changed one counts as narrower.
fn pattern(old: Option<&str>, new: Option<&str>) -> Option<Moved> {
    let quote = |pattern: &str| format!("`{pattern}`");
    (old != new).then(|| Moved { narrower: new.is_some(), text: text("pattern", old.map(quote), new.map(quote)) })
}

fn text(name: &str, old: Option<String>, new: Option<String>) -> String {
    match (old, new) {
        (Some(old), Some(new)) => format!("{name} {new}; it was {old}"),
        (None, Some(new)) => format!("{name} {new}; there was none"),
        (Some(old), None) => format!("no {name}; it was {old}"),
        (None, None) => String::new(),
    }
}
