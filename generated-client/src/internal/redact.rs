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

/// Returns foreign text as it may be shown: without `key`, without the users, queries and fragments of URLs, on one line, and
/// not too long.
pub(crate) fn text(text: &str, key: Option<&ApiKey>) -> String {
    // Nearly all of what is shown is an id or a word, and nearly every call shows one.
    if is_word(text) && !key.is_some_and(|key| key.is_in(text)) {
        return text.to_owned();
    }
    let mut text = Cow::Borrowed(text);
    for (secret, shown) in key.into_iter().flat_map(ApiKey::secrets) {
        if secret.len() >= KEY_FROM && text.contains(&secret) {
            text = text.replace(&secret, shown).into();
        }
    }
    let mut shown: String =
        without_secrets(&text).chars().take(LONGEST + 1).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if let Some((end, _)) = shown.char_indices().nth(LONGEST) {
        shown.truncate(end);
        shown.push('…');
    }
    shown
}

/// Whether this is so short and plain that nothing but a key can hide in it.
fn is_word(text: &str) -> bool {
    text.len() <= LONGEST && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
}

/// Returns the names of headers, which may be shown where their values may not.
pub(crate) fn names(headers: &HeaderMap) -> Vec<&str> {
    headers.keys().map(HeaderName::as_str).collect()
}

/// Takes the secrets out of every word that is a URL, absolute or not, or ends with one.
fn without_secrets(text: &str) -> String {
    text.split_inclusive(|c: char| c.is_whitespace() || c.is_control() || "\"<>`".contains(c)).map(word).collect()
}

/// Cuts the users of the URLs in a word, and the word from the first `?` or `#` that begins a query or fragment. In one pass: a
/// server may write megabytes.
fn word(word: &str) -> String {
    let end =
        word.char_indices().next_back().filter(|(_, c)| c.is_whitespace() || c.is_control() || "\"<>`".contains(*c));
    let (word, end) = word.split_at(end.map_or(word.len(), |(at, _)| at));
    let last_equals = word.rfind('=');
    let mut shown = String::with_capacity(word.len());
    // Where is looked on, and where the part of the word begins that follows the last host's mark and user.
    let (mut at, mut part, mut absolute) = (0, 0, false);
    while let Some(mark) = next_mark(word, at) {
        let is_host_mark = word[mark..].starts_with("//");
        let behind = mark + if is_host_mark { 2 } else { 1 };
        shown.push_str(&word[at..behind]);
        let before = &word[part..mark];
        at = behind;
        if is_host_mark {
            if begins_host(before) {
                absolute = true;
                let authority = word[at..].find(['/', '?', '#']).map_or(word.len(), |length| at + length);
                at += word[at..authority].rfind('@').map_or(0, |user| user + 1);
            }
            part = at;
        } else if last_equals.is_some_and(|equals| equals >= at) || absolute && at < word.len() {
            // A `=` makes a query of what stands behind a `?` or `#`; in a URL that is known to be one, anything does.
            return shown + "…" + end;
        }
    }
    shown + &word[at..] + end
}

/// Where the next `?`, `#` or `//` stands.
fn next_mark(word: &str, from: usize) -> Option<usize> {
    let mut marks = word[from..].match_indices(['?', '#', '/']).map(|(at, _)| from + at);
    marks.find(|at| !word[*at..].starts_with('/') || word[*at..].starts_with("//"))
}

/// Whether a `//` behind this begins a host. In the middle of a path it doesn't.
fn begins_host(before: &str) -> bool {
    before.ends_with(':') || !before.ends_with(|c: char| c.is_alphanumeric() || "-._~%/@".contains(c))
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
    }

    /// These would take minutes, if each mark led to a look at all that follows.
    #[test]
    fn long_words_are_read_once() {
        for part in ["a://", "//a", "?", "/", "a?", "a:/", "//@"] {
            let foreign = part.repeat(1 << 16);
            assert_eq!(text(&foreign, None).chars().count(), LONGEST + 1, "{part}");
        }
    }

    #[test]
    fn messages_lose_users_and_fragments() {
        for (foreign, shown) in [
            ("to https://u:p@h/a#access_token=1, or", "to https://h/a#… or"),
            ("(https://h#t)", "(https://h#…"),
            ("//u@h/a@b //h /a//u@h", "//h/a@b //h /a//u@h"),
            ("a=http://u:p@h,b=ftp://v:q@h?", "a=http://h,b=ftp://h?"),
            ("http://h/?x=//u@h", "http://h/?…"),
            ("/a#token=1 issue #5 = x", "/a#… issue #5 = x"),
            ("why://u:p@h\nnow?", "why://h now?"),
            ("é://é@é/é", "é://é/é"),
            ("a?b//u@h?c=1", "a?…"),
            ("a?b//u@h", "a?b//u@h"),
            ("a:////u@h ///u@h", "a:////h ///u@h"),
        ] {
            assert_eq!(text(foreign, None), shown, "{foreign}");
        }
    }

    #[test]
    fn messages_lose_each_form_of_user_and_password() {
        let key = ApiKey::new("user:canary-0123456789", "", "a test").ok();
        let forms = "user:canary-0123456789 dXNlcjpjYW5hcnktMDEyMzQ1Njc4OQ== canary-0123456789";
        assert_eq!(text(forms, key.as_ref()), "…6789 …6789== …6789");
    }

    #[test]
    fn messages_are_not_long() {
        assert_eq!(text(&"é".repeat(LONGEST + 5), None).chars().count(), LONGEST + 1);
    }
}
