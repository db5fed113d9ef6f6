//! `unknown-word`: where `OpenAPI` 3.0.3 leaves a choice of words (`type`, `in`, `style`), one of them is written,
//! and a `format` is one that has a meaning here.
//!
//! An unknown `format` would be taken for none: `date-tiem` would make a string of a date.

use super::grammar::{Kind, Want};
use super::walk;
use super::words;
use crate::diag::{Diagnostic, Report, Span};
use crate::spec::Spec;

const CODE: &str = "unknown-word";

/// The formats of `OpenAPI` 3.0.3, then those of JSON Schema and of the format registry that say something of a type.
const FORMATS: &[&str] = &[
    "int32",
    "int64",
    "float",
    "double",
    "byte",
    "binary",
    "date",
    "date-time",
    "password",
    "uint64",
    "uri",
    "uuid",
    "email",
    "hostname",
    "ipv4",
    "ipv6",
    "uri-reference",
    "time",
    "duration",
    "regex",
];

pub(super) fn check(spec: &Spec, report: &mut Report) {
    walk::walk(spec, &mut |seen| {
        let known = match seen.want {
            Want::Word(known) => *known,
            Want::Text if seen.parent == Some(Kind::Schema) && seen.name == "format" => FORMATS,
            _ => return,
        };
        if let Some(word) = seen.node.as_str()
            && !known.contains(&word)
        {
            report.push(unknown(seen.name, word, known, seen.node.span));
        }
    });
}

fn unknown(name: &str, word: &str, known: &[&str], span: Span) -> Diagnostic {
    let short = known.iter().copied().find(|known| word.len() >= 3 && known.starts_with(word));
    let help = match words::near(word, known.iter().copied()).or(short) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => match (name, word) {
            ("type", "null") => "in OpenAPI 3.0 write `nullable: true` beside another `type`".to_owned(),
            ("in", "body" | "formData") => "in OpenAPI 3.0 a body is described by `requestBody`".to_owned(),
            ("format", _) => format!("remove it, or write one of {}", words::choice(known)),
            _ => format!("write {}", words::choice(known)),
        },
    };
    Diagnostic::error(CODE, span, format!("`{name}: {word}` is not known")).label("not known here").help(help)
}
