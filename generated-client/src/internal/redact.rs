//! Keeps secrets out of text that is shown: signed URLs lose their query, messages lose the API key.

use std::borrow::Cow;
use std::fmt;

use http::{HeaderMap, HeaderName};

use crate::credentials::ApiKey;

/// The most characters of a foreign text that are shown.
const LONGEST: usize = 1000;

/// A shorter key isn't looked for in messages: it would be found in every other word, and guards nothing.
const KEY_FROM: usize = 8;

/// A sensitive value. Printed, it is a URL without user, query and fragment; anything else isn't shown at all.
pub(crate) struct Redacted<'a>(pub(crate) &'a str);

impl fmt::Debug for Redacted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.contains("://") { fmt::Debug::fmt(&*url(self.0), f) } else { f.write_str("…") }
    }
}

/// Returns a URL, absolute or not, without user, query and fragment.
pub(crate) fn url(url: &str) -> String {
    let (place, cut) = match url.find(['?', '#']) {
        Some(at) => (&url[..at], if url[at..].starts_with('?') { "?…" } else { "" }),
        None => (url, ""),
    };
    let (scheme, rest) = place.split_once("//").map_or(("", place), |(scheme, rest)| (scheme, rest));
    let has_authority = place.starts_with("//") || scheme.ends_with(':');
    if !has_authority {
        return format!("{place}{cut}");
    }
    let authority = rest.find('/').unwrap_or(rest.len());
    let user = rest[..authority].rfind('@').map_or(0, |at| at + 1);
    format!("{scheme}//{}{cut}", &rest[user..])
}

/// Returns foreign text as it may be shown: without `key`, without the queries of URLs, on one line, and not too long.
pub(crate) fn text(text: &str, key: Option<&ApiKey>) -> String {
    let mut text = Cow::Borrowed(text);
    if let Some(key) = key.filter(|key| key.expose().len() >= KEY_FROM && text.contains(key.expose())) {
        text = text.replace(key.expose(), key.redacted()).into();
    }
    let mut shown: String =
        without_queries(&text).chars().take(LONGEST + 1).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if let Some((end, _)) = shown.char_indices().nth(LONGEST) {
        shown.truncate(end);
        shown.push('…');
    }
    shown
}

/// Returns the names of headers, which may be shown where their values may not.
pub(crate) fn names(headers: &HeaderMap) -> Vec<&str> {
    headers.keys().map(HeaderName::as_str).collect()
}

/// Cuts the query of each URL, absolute or not: from a `?` to the URL's end, if there is a `=` between them.
fn without_queries(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(mark) = rest.find('?') {
        let (before, after) = rest.split_at(mark + 1);
        let end =
            after.find(|c: char| c.is_whitespace() || c.is_control() || "\"<>`".contains(c)).unwrap_or(after.len());
        shown.push_str(before);
        rest = after;
        if after[..end].contains('=') {
            shown.push('…');
            rest = &after[end..];
        }
    }
    shown + rest
}

#[cfg(test)]
mod tests {
    use super::{LONGEST, Redacted, text, url};
    use crate::credentials::ApiKey;

    #[test]
    fn urls_lose_user_query_and_fragment() {
        assert_eq!(url("https://u:p@host/a?sig=1#f"), "https://host/a?…");
        assert_eq!(url("https://host/a@b"), "https://host/a@b");
        assert_eq!(url("/a/b?sig=1"), "/a/b?…");
        assert_eq!(url("/a//b@c"), "/a//b@c");
        assert_eq!(url("//host/a#f"), "//host/a");
    }

    #[test]
    fn sensitive_values_are_shown_as_urls_only() {
        assert_eq!(format!("{:?}", Redacted("https://h/b/k?X-Amz-Signature=1")), r#""https://h/b/k?…""#);
        assert_eq!(format!("{:?}", Redacted("token")), "…");
    }

    #[test]
    fn messages_lose_queries_and_the_key() {
        let key = ApiKey::new("bk_live_0123456789", "bk_", "a test").ok();
        assert_eq!(text("no key bk_live_0123456789 here", key.as_ref()), "no key bk_…6789 here");
        assert_eq!(text("GET http://h/a?X-Amz-Signature=1&b=2 failed?", None), "GET http://h/a?… failed?");
        assert_eq!(text("at \"/a?sig=1\", why? no", None), "at \"/a?…\", why? no");
        assert_eq!(text("/a?b&sig=1 /a?x=1\\u0026sig=1 why?", None), "/a?… /a?… why?");
        assert_eq!(text("two\r\nlines", None), "two  lines");
        assert_eq!(text(&"é".repeat(LONGEST + 5), None).chars().count(), LONGEST + 1);
    }
}
