//! What a store says went wrong: S3's `<Error>`, as far as it is asked for.

/// The deepest nesting that is read.
const DEEPEST: usize = 16;

/// A store's error.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct StoreError {
    pub(super) code: Option<String>,
    pub(super) message: Option<String>,
    pub(super) request_id: Option<String>,
}

/// Reads the body of an error; nothing, if it is something else, or ends before its end.
pub(super) fn read(body: &[u8]) -> Option<StoreError> {
    let mut rest = str::from_utf8(body).ok()?.trim_start_matches('\u{FEFF}');
    let mut found = StoreError::default();
    let mut open: Vec<&str> = Vec::new();
    let mut text = String::new();
    loop {
        let (before, after) = rest.split_once('<')?;
        if open.is_empty() && !before.trim().is_empty() {
            return None;
        }
        entities(before, &mut text);
        rest = if let Some(after) = after.strip_prefix("![CDATA[") {
            let (words, after) = after.split_once("]]>")?;
            text.push_str(words);
            after
        } else if let Some(after) = after.strip_prefix("!--") {
            after.split_once("-->")?.1
        } else if let Some(after) = after.strip_prefix('?') {
            after.split_once("?>")?.1
        } else if let Some(after) = after.strip_prefix('/') {
            let (name, after) = after.split_once('>')?;
            if open.pop() != Some(name.trim_end()) {
                return None;
            }
            match (open.len(), name.trim_end()) {
                (0, _) => return Some(found),
                (1, "Code") => found.code = said(&mut text),
                (1, "Message") => found.message = said(&mut text),
                (1, "RequestId") => found.request_id = said(&mut text),
                _ => {}
            }
            text.clear();
            after
        } else {
            let (tag, after) = tag(after)?;
            let (name, is_empty) = tag.strip_suffix('/').map_or((tag, false), |tag| (tag, true));
            let name = name.split(|c: char| c.is_ascii_whitespace()).next().unwrap_or_default();
            let is_wrong = open.is_empty() && (name != "Error" || is_empty);
            if name.is_empty() || is_wrong || open.len() >= DEEPEST {
                return None;
            }
            if !is_empty {
                open.push(name);
                text.clear();
            }
            after
        };
    }
}

fn said(text: &mut String) -> Option<String> {
    Some(std::mem::take(text).trim().to_owned()).filter(|text| !text.is_empty())
}

/// Splits off a tag, in whose attributes a `>` may stand.
fn tag(text: &str) -> Option<(&str, &str)> {
    let mut quote = None;
    for (at, c) in text.char_indices() {
        match (quote, c) {
            (None, '>') => return Some((&text[..at], &text[at + 1..])),
            (None, '"' | '\'') => quote = Some(c),
            (Some(begun), _) if begun == c => quote = None,
            _ => {}
        }
    }
    None
}

/// Adds text with its entities (XML 1.0 §4.6) resolved. What is none stays as it is.
fn entities(mut text: &str, into: &mut String) {
    while let Some(at) = text.find('&') {
        into.push_str(&text[..at]);
        text = &text[at..];
        let entity = text.find(';').and_then(|end| Some((character(&text[1..end])?, end + 1)));
        let (character, length) = entity.unwrap_or(('&', 1));
        into.push(character);
        text = &text[length..];
    }
    into.push_str(text);
}

fn character(name: &str) -> Option<char> {
    Some(match name {
        "lt" => '<',
        "gt" => '>',
        "amp" => '&',
        "quot" => '"',
        "apos" => '\'',
        _ => {
            let number = name.strip_prefix('#')?;
            let number = match number.strip_prefix('x') {
                Some(digits) => u32::from_str_radix(digits, 16),
                None => number.parse(),
            };
            char::from_u32(number.ok()?)?
        }
    })
}

#[cfg(test)]
mod tests {
    use super::{StoreError, read};

    fn parts(body: &str) -> Option<[Option<String>; 3]> {
        read(body.as_bytes()).map(|StoreError { code, message, request_id }| [code, message, request_id])
    }

    #[test]
    fn an_error_is_read() {
        let body = "<?xml version=\"1.0\"?>\n<!-- <Error> -->\n<Error xmlns='a>b'><Code>NoSuchKey</Code><Deep><Code>no</Code></Deep>\
                    <Message>a &lt;b&gt; &amp;amp; &#x20;&#101; &none; <![CDATA[<&amp;>]]></Message><Empty/><RequestId> T1 </RequestId></Error>";
        let text = |text: &str| Some(text.to_owned());
        assert_eq!(parts(body), Some([text("NoSuchKey"), text("a <b> &amp;  e &none; <&amp;>"), text("T1")]));
        assert_eq!(parts("<Error><Code></Code></Error>"), Some([None, None, None]));
    }

    #[test]
    fn what_is_no_error_is_none() {
        for body in [
            "",
            "no",
            "{}",
            "<html><Code>a</Code></html>",
            "<Error><Code>a</Code>",
            "<Error><Code>a</Error></Code>",
            "<Error/>",
            "x<Error></Error>",
            "<Error",
            "<",
            "<>",
            "</Error>",
        ] {
            assert_eq!(parts(body), None, "{body}");
        }
        assert_eq!(parts(&"<Error>".repeat(100)), None);
        assert_eq!(read(&[0xFF]), None);
    }
}
