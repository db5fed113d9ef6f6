//! `no-effect`: a schema's keywords speak about its type.
//!
//! `maxLength` on an integer or `items` on a string is ignored by all, and was meant to do something.

use super::grammar::Kind;
use super::{walk, words};
use crate::diag::{Diagnostic, Report};
use crate::spec::Spec;
use crate::spec::node::Value;

const CODE: &str = "no-effect";

/// Keywords, and the types that they speak about.
const KEYWORDS: &[(&[&str], &[&str])] = &[
    (&["minLength", "maxLength", "pattern"], &["string"]),
    (&["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"], &["integer", "number"]),
    (&["items", "minItems", "maxItems", "uniqueItems"], &["array"]),
    (&["properties", "additionalProperties", "required", "minProperties", "maxProperties"], &["object"]),
];

/// Formats, and the types that they speak about.
const FORMATS: &[(&[&str], &[&str])] = &[
    (&["int32", "int64", "uint64"], &["integer"]),
    (&["float", "double"], &["number"]),
    (&["date", "date-time", "byte", "binary", "password", "uri", "uuid", "email", "hostname"], &["string"]),
];

pub(super) fn check(spec: &Spec, report: &mut Report) {
    walk::each(spec, Kind::Schema, &mut |seen| {
        let Some(node) = seen.node.get("type") else { return };
        let Some(kind) = node.as_str() else { return };
        let stray = KEYWORDS.iter().filter(|(_, types)| !types.contains(&kind));
        for (keyword, types) in stray.flat_map(|(words, types)| words.iter().map(move |word| (word, types))) {
            let Some(entry) = seen.node.entry(keyword) else { continue };
            if *keyword == "required" && !matches!(entry.node.value, Value::List(_)) {
                continue;
            }
            report.push(
                Diagnostic::error(CODE, entry.key, format!("`{keyword}` has no effect on a schema of type `{kind}`"))
                    .label(format!("is for {}", words::choice(types)))
                    .related(node.span, "the type")
                    .help("remove it, or change the type"),
            );
        }
        let Some(format) = seen.node.get("format") else { return };
        let stray = FORMATS.iter().filter(|(_, types)| !types.contains(&kind));
        for (_, types) in stray.filter(|(words, _)| format.as_str().is_some_and(|format| words.contains(&format))) {
            let text = format.as_str().unwrap_or_default();
            report.push(
                Diagnostic::error(CODE, format.span, format!("the format `{text}` has no effect on type `{kind}`"))
                    .label(format!("is for {}", words::choice(types)))
                    .related(node.span, "the type")
                    .help("change the format, or the type"),
            );
        }
    });
}
