//! Path templates against raw paths.
//!
//! A path is taken apart as it came, before anything is decoded, and is never tidied: an encoded slash is not a slash,
//! and `..` and `//` are text like any other. What a template's last parameter stands for may hold slashes, so an object's key may
//! come as one encoded segment or with plain slashes; text behind that parameter is looked for at the path's end, once.

use percent_encoding::percent_decode_str;

/// A path template, such as `/v1/buckets/{bucket}/objects/{key}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Template {
    /// Pairs of a text and the parameter behind it.
    head: Vec<(&'static str, &'static str)>,
    /// The text at the end; all of it where there are no parameters.
    tail: &'static str,
}

/// Parameters by name, as they stand in the path.
pub(super) type Raw = Vec<(&'static str, String)>;

impl Template {
    /// Reads a template.
    pub(super) fn new(text: &'static str) -> Self {
        let mut head = Vec::new();
        let mut tail = text;
        while let Some((before, rest)) = tail.split_once('{') {
            let Some((name, after)) = rest.split_once('}') else { break };
            head.push((before, name));
            tail = after;
        }
        Self { head, tail }
    }

    /// Returns how much text the template has. Where several match, the one with the most says most about the path.
    pub(super) fn weight(&self) -> usize {
        self.head.iter().map(|(text, _)| text.len()).sum::<usize>() + self.tail.len()
    }

    /// Returns the parameters of a path, or nothing if the path is not of this form.
    pub(super) fn split(&self, path: &str) -> Option<Raw> {
        let Some(((text, last), before)) = self.head.split_last() else {
            return (path == self.tail).then(Vec::new);
        };
        let mut found = Raw::with_capacity(self.head.len());
        let mut rest = path;
        let ends = before.iter().skip(1).map(|(text, _)| *text).chain([*text]);
        for ((text, name), end) in before.iter().zip(ends) {
            let (value, after) = segment(rest.strip_prefix(text)?, end);
            found.push((name, value.to_owned()));
            rest = after;
        }
        let value = rest.strip_prefix(text)?.strip_suffix(self.tail)?;
        found.push((last, value.to_owned()));
        Some(found)
    }
}

/// Splits off what stands before `end`, within one segment.
fn segment<'a>(rest: &'a str, end: &str) -> (&'a str, &'a str) {
    let length = rest.find('/').unwrap_or(rest.len());
    let within = end.split('/').next().unwrap_or_default();
    let at = match rest[..length].find(within) {
        Some(at) if !within.is_empty() => at,
        _ => length,
    };
    rest.split_at(at)
}

/// Returns a text without its percent-encoding, or nothing if an escape is broken or the bytes are not UTF-8. A `+` is a plus.
pub(super) fn decode(raw: &str) -> Option<String> {
    let sound = raw.split('%').skip(1).all(|rest| {
        let digits = rest.as_bytes().get(..2);
        digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
    });
    if !sound {
        return None;
    }
    percent_decode_str(raw).decode_utf8().ok().map(std::borrow::Cow::into_owned)
}

#[cfg(test)]
mod tests {
    use super::{Template, decode};

    const OBJECT: &str = "/v1/storage/buckets/{bucket}/objects/{key}";
    const PRESIGN: &str = "/v1/storage/buckets/{bucket}/objects/{key}/presign";

    /// The decoded parameters of a path, joined by `|`.
    fn split(template: &'static str, path: &str) -> Option<String> {
        let raw = Template::new(template).split(path)?;
        let texts: Vec<String> =
            raw.iter().map(|(_, text)| decode(text).unwrap_or_else(|| format!("broken {text}"))).collect();
        Some(texts.join("|"))
    }

    #[test]
    fn keys_come_encoded_plain_or_both() {
        for (path, key) in [
            ("a", "a"),
            ("a%2Fb", "a/b"),
            ("a%2fb", "a/b"),
            ("a/b", "a/b"),
            ("a/b%2Fc/d", "a/b/c/d"),
            ("a%252Fb", "a%2Fb"),
            ("a+b", "a+b"),
            ("a%2Bb", "a+b"),
            ("a%20b", "a b"),
            ("%C3%A9", "é"),
            ("é", "é"),
            ("a/", "a/"),
            ("/a", "/a"),
            ("//", "//"),
            ("..", ".."),
            ("a/../b", "a/../b"),
            ("a/./b", "a/./b"),
            ("%2e%2e", ".."),
            ("a%00b", "a\0b"),
            ("", ""),
            ("objects/x", "objects/x"),
            ("{key}", "{key}"),
            ("a;v=1", "a;v=1"),
            ("a:b@c", "a:b@c"),
            ("a%3Fb", "a?b"),
            ("%25", "%"),
        ] {
            let path = format!("/v1/storage/buckets/demo/objects/{path}");
            assert_eq!(split(OBJECT, &path), Some(format!("demo|{key}")), "{path}");
            assert_eq!(split(PRESIGN, &format!("{path}/presign")), Some(format!("demo|{key}")), "{path}");
        }
    }

    #[test]
    fn one_final_presign_is_the_templates_and_all_before_it_the_keys() {
        for (path, presigned) in [
            ("a/presign", Some("demo|a")),
            ("a/presign/presign", Some("demo|a/presign")),
            ("a%2Fpresign/presign", Some("demo|a/presign")),
            ("presign/presign", Some("demo|presign")),
            ("/presign", Some("demo|")),
            ("//presign", Some("demo|/")),
            ("a//presign", Some("demo|a/")),
            ("presign", None),
            ("a%2Fpresign", None),
            ("a/presign/", None),
            ("a/Presign", None),
            ("a/presign%20", None),
            ("a", None),
        ] {
            let path = format!("/v1/storage/buckets/demo/objects/{path}");
            assert_eq!(split(PRESIGN, &path).as_deref(), presigned, "{path}");
        }
        assert_eq!(split(OBJECT, "/v1/storage/buckets/demo/objects/a/presign").as_deref(), Some("demo|a/presign"));
    }

    #[test]
    fn what_is_before_the_last_parameter_is_one_segment() {
        assert_eq!(split(OBJECT, "/v1/storage/buckets/a%2Fb/objects/c").as_deref(), Some("a/b|c"));
        assert_eq!(split(OBJECT, "/v1/storage/buckets/a/b/objects/c"), None);
        assert_eq!(split(OBJECT, "/v1/storage/buckets//objects/c").as_deref(), Some("|c"));
        assert_eq!(split(OBJECT, "/v1/storage/buckets/../objects/c").as_deref(), Some("..|c"));
        assert_eq!(
            split(OBJECT, "/v1/storage/buckets/objects/objects/objects/c").as_deref(),
            Some("objects|objects/c")
        );
        assert_eq!(split("/{a}.{b}/{c}", "/x.y.z/w").as_deref(), Some("x|y.z|w"));
        assert_eq!(split("/{a}.{b}/{c}", "/xyz/w"), None);
    }

    #[test]
    fn other_paths_are_of_another_form() {
        let objects = [
            "",
            "/",
            "*",
            "/v1/storage/buckets/demo/objects",
            "/v1/storage/buckets/demo",
            "//v1/storage/buckets/a/objects/b",
        ];
        for path in objects.into_iter().chain(["/v1/storage%2Fbuckets/a/objects/b", "/V1/storage/buckets/a/objects/b"])
        {
            assert_eq!(split(OBJECT, path), None, "{path}");
        }
        let buckets = "/v1/storage/buckets";
        assert_eq!(split(buckets, "/v1/storage/buckets").as_deref(), Some(""));
        for path in ["/v1/storage/buckets/", "/v1/storage//buckets", "/v1/storage/bucket", "/v1/storage/buckets/x", ""]
        {
            assert_eq!(split(buckets, path), None, "{path}");
        }
    }

    #[test]
    fn broken_escapes_and_bytes_that_are_no_text_are_refused() {
        for raw in ["%", "a%", "%4", "%zz", "%%20", "%C3", "%FF", "%C3%28", "a%2", "%ED%A0%80", "%C0%AF", "% 41", "%+1"]
        {
            assert_eq!(decode(raw), None, "{raw}");
        }
        assert_eq!(decode("%41%c3%A9+").as_deref(), Some("Aé+"));
    }
}
