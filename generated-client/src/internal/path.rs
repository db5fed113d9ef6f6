//! Path parameters: one value, one segment, whatever the value holds.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::check::{Invalid, segment};
use super::param::ParamValue;

/// Everything but the unreserved characters of RFC 3986 §2.3.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Returns `value` as one segment of a path, percent-encoded so that the URL isn't normalised again.
///
/// Refuses `""`, `.` and `..`: URL parsers take these for steps, encoded or not (RFC 3986 §5.2.4), so the request would go to
/// another resource.
pub(crate) fn path_segment(name: &str, value: &(impl ParamValue + ?Sized)) -> Result<String, Invalid> {
    let text = value.wire_text_of(name)?;
    segment(name, &text)?;
    // Room for what is mostly letters.
    let mut encoded = String::with_capacity(text.len() + text.len() / 2);
    encoded.extend(utf8_percent_encode(&text, ENCODED));
    Ok(encoded)
}

#[cfg(test)]
mod tests {
    use super::path_segment;

    #[test]
    fn only_unreserved_characters_stay() {
        let all: String = (0..=127u8).map(char::from).collect();
        let encoded = path_segment("key", &all).unwrap_or_default();
        let kept: String = encoded
            .split('%')
            .enumerate()
            .map(|(i, part)| part.get(if i == 0 { 0 } else { 2 }..).unwrap_or_default())
            .collect();
        assert_eq!(kept, "-.0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz~");
    }

    #[test]
    fn an_encoded_segment_survives_the_url_parser() {
        for value in
            ["a/b", "a\\b", "%2e%2e", ".%2e", "a\tb", "a\nb", " ", "...", "..;", "é", "http://x", "//", "?", "#"]
        {
            let segment = path_segment("key", value).unwrap_or_default();
            let path = reqwest::Url::parse(&format!("http://h/b/{segment}/p")).map(|url| url.path().to_owned());
            assert_eq!(path.ok(), Some(format!("/b/{segment}/p")), "{value:?}");
        }
    }

    #[test]
    fn steps_are_refused() {
        for value in ["", ".", ".."] {
            assert!(path_segment("key", value).is_err(), "{value:?}");
        }
    }
}
