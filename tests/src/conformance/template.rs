//! Texts with holes: `{any}`, `{number}`, `{uuid:a}`.

use std::collections::BTreeMap;

/// The UUIDs that letters stand for so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Letters(BTreeMap<String, String>);

/// A part of a template.
enum Part<'a> {
    Text(&'a str),
    Any,
    Number,
    Uuid(&'a str),
}

impl Letters {
    /// Returns whether `text` is what `template` says. If so, letters that are new stand for what they met.
    pub fn fits(&mut self, template: &str, text: &str) -> bool {
        let mut letters = self.clone();
        let fits = letters.rest_fits(&parts(template), text);
        if fits {
            *self = letters;
        }
        fits
    }

    fn rest_fits(&mut self, parts: &[Part<'_>], text: &str) -> bool {
        let Some((first, others)) = parts.split_first() else { return text.is_empty() };
        match first {
            Part::Text(own) => text.strip_prefix(own).is_some_and(|rest| self.rest_fits(others, rest)),
            Part::Any => {
                let ends = text.char_indices().map(|(at, _)| at).chain([text.len()]);
                ends.into_iter().any(|at| self.attempt(others, &text[at..]))
            }
            Part::Number => {
                let ends = text.char_indices().map(|(at, c)| at + c.len_utf8());
                ends.take_while(|end| text[..*end].bytes().all(|byte| byte.is_ascii_digit() || byte == b'.'))
                    .filter(|end| is_number(&text[..*end]))
                    .any(|end| self.attempt(others, &text[end..]))
            }
            Part::Uuid(letter) => text.split_at_checked(36).is_some_and(|(uuid, rest)| {
                is_uuid(uuid) && self.stands_for(letter, uuid) && self.rest_fits(others, rest)
            }),
        }
    }

    /// The same, but letters are as before where it doesn't fit.
    fn attempt(&mut self, parts: &[Part<'_>], text: &str) -> bool {
        let mut letters = self.clone();
        let fits = letters.rest_fits(parts, text);
        if fits {
            *self = letters;
        }
        fits
    }

    fn stands_for(&mut self, letter: &str, uuid: &str) -> bool {
        match self.0.get(letter) {
            Some(own) => own == uuid,
            None if self.0.values().any(|other| other == uuid) => false,
            None => self.0.insert(letter.to_owned(), uuid.to_owned()).is_none(),
        }
    }
}

fn parts(template: &str) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let (mut rest, mut from) = (template, 0);
    while let Some(at) = rest[from..].find('{').map(|at| at + from) {
        let hole = rest[at..].find('}').map(|end| (&rest[at + 1..at + end], at + end + 1));
        let part = match hole {
            Some(("any", _)) => Part::Any,
            Some(("number", _)) => Part::Number,
            Some((name, _)) if name.starts_with("uuid:") => Part::Uuid(&name[5..]),
            _ => {
                from = at + 1;
                continue;
            }
        };
        parts.extend([Part::Text(&rest[..at]), part]);
        (rest, from) = (&rest[hole.map_or(rest.len(), |(_, end)| end)..], 0);
    }
    parts.push(Part::Text(rest));
    parts
}

fn is_number(text: &str) -> bool {
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    text.split_once('.').map_or(digits(text), |(whole, part)| digits(whole) && digits(part))
}

fn is_uuid(text: &str) -> bool {
    let groups: Vec<&str> = text.split('-').collect();
    let lengths: Vec<usize> = groups.iter().map(|group| group.len()).collect();
    lengths == [8, 4, 4, 4, 12] && groups.concat().bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

#[cfg(test)]
mod tests {
    use super::Letters;

    const ONE: &str = "11111111-2222-4333-8444-555555555555";
    const TWO: &str = "aaaaaaaa-2222-4333-8444-555555555555";

    #[test]
    fn holes_take_what_they_say() {
        let fits = |template: &str, text: &str| Letters::default().fits(template, text);
        assert!(fits("a{any}b{any}", "a b b") && fits("{any}", "") && !fits("a{any}b", "a"));
        assert!(fits("after {number} s", "after 0.25 s") && fits("{number}", "12"));
        assert!(!fits("{number}", "1.") && !fits("{number}", ".5") && !fits("{number} s", "-1 s"));
        assert!(fits("{other} {", "{other} {") && fits("{{any}}", "{x}"));
        assert!(
            !fits("{uuid:a}", &ONE.to_uppercase().replace('1', "a").to_uppercase())
                && fits("<{uuid:a}>", &format!("<{ONE}>"))
        );
    }

    #[test]
    fn letters_are_kept_apart() {
        let mut letters = Letters::default();
        assert!(letters.fits("{uuid:a}", ONE) && letters.fits("{uuid:a}", ONE));
        assert!(!letters.fits("{uuid:a}", TWO) && !letters.fits("{uuid:b}", ONE));
        assert!(letters.fits("{any}{uuid:b}.", &format!("-{TWO}.")) && !letters.fits("{uuid:c}", TWO));
    }
}
