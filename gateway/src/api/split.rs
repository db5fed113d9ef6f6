//! Path templates against raw paths.
//!
//! A path is taken apart as it came, before anything is decoded, and is never tidied: an encoded slash is not a slash,
//! and `..` and `//` are text like any other. A parameter is one segment or a part of one. Only `{*name}`, which is the last, may hold
//! slashes, so an object's key may come as one encoded segment or with plain slashes; text behind it is looked for at the path's end, once.

use percent_encoding::percent_decode_str;

/// A path template, such as `/v1/buckets/{bucket}/objects/{*key}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Template {
    /// The text before the first parameter; all of it where there are none.
    start: &'static str,
    slots: Vec<Slot>,
}

/// A parameter and the text behind it, up to the next or to the end.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Slot {
    name: &'static str,
    /// Whether its value may hold slashes.
    wide: bool,
    text: &'static str,
    /// Whether another parameter follows in the same segment.
    shared: bool,
}

/// Parameters by name, as they stand in the path.
pub(super) type Raw = Vec<(&'static str, String)>;

impl Template {
    /// Reads a template.
    pub(super) fn new(text: &'static str) -> Self {
        let (start, mut rest) = text.split_once('{').unwrap_or((text, ""));
        let mut slots = Vec::new();
        while let Some((name, behind)) = rest.split_once('}') {
            let (text, after) = behind.split_once('{').unwrap_or((behind, ""));
            let shared = !after.is_empty() && !text.contains('/');
            let wide = name.strip_prefix('*');
            slots.push(Slot { name: wide.unwrap_or(name), wide: wide.is_some(), text, shared });
            rest = after;
        }
        Self { start, slots }
    }

    /// Returns how much text the template has. Where several match, the one with the most says most about the path.
    pub(super) fn weight(&self) -> usize {
        self.start.len() + self.slots.iter().map(|slot| slot.text.len()).sum::<usize>()
    }

    /// Returns the parameters of a path, or nothing if the path is not of this form.
    pub(super) fn split(&self, path: &str) -> Option<Raw> {
        let mut found = Raw::with_capacity(self.slots.len());
        let mut rest = path.strip_prefix(self.start)?;
        for slot in &self.slots {
            let value = slot.value(rest)?;
            found.push((slot.name, value.to_owned()));
            rest = rest.strip_prefix(value)?.strip_prefix(slot.text)?;
        }
        rest.is_empty().then_some(found)
    }
}

impl Slot {
    /// Returns what stands for the parameter at the beginning of `rest`: all up to the segment's end, less the text there. Only where
    /// another parameter shares the segment, the text ends the value where it stands first.
    fn value<'a>(&self, rest: &'a str) -> Option<&'a str> {
        if self.wide {
            return rest.strip_suffix(self.text);
        }
        let first = |text: &'a str| text.split('/').next();
        let (segment, text) = (first(rest)?, first(self.text)?);
        if self.shared { segment.split_once(text).map(|(value, _)| value) } else { segment.strip_suffix(text) }
    }
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

    const OBJECT: &str = "/v1/storage/buckets/{bucket}/objects/{*key}";
    const PRESIGN: &str = "/v1/storage/buckets/{bucket}/objects/{*key}/presign";

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
    fn every_other_parameter_is_one_segment() {
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
        for (path, bucket) in [
            ("demo", Some("demo")),
            ("a%2Fb", Some("a/b")),
            ("", Some("")),
            ("demo/", None),
            ("demo/objects", None),
            ("demo/objects/a", None),
        ] {
            assert_eq!(split("/v1/buckets/{bucket}", &format!("/v1/buckets/{path}")).as_deref(), bucket, "{path}");
            let rules = format!("/v1/buckets/{path}/rules");
            assert_eq!(split("/v1/buckets/{bucket}/rules", &rules).as_deref(), bucket, "{rules}");
        }
    }

    #[test]
    fn text_at_a_segments_end_is_looked_for_there() {
        for (template, path, parts) in [
            ("/reports/{name}.json/items/{id}", "/reports/a.json.json/items/b", Some("a.json|b")),
            ("/reports/{name}.json/items/{id}", "/reports/a.json/items/b", Some("a|b")),
            ("/reports/{name}.json/items/{id}", "/reports/a.json.xml/items/b", None),
            ("/reports/{name}.json", "/reports/a.json.json", Some("a.json")),
            ("/reports/{name}.json", "/reports/a/b.json", None),
            ("/reports/{name}.{kind}", "/reports/a.b.c", Some("a|b.c")),
            ("/reports/{name}.{kind}.gz/{*key}", "/reports/a.b.gz.gz/c/d", Some("a|b.gz|c/d")),
        ] {
            assert_eq!(split(template, path).as_deref(), parts, "{template} {path}");
        }
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
