//! `unknown-key`: an object has only keys that `OpenAPI` 3.0.3 gives it, or extensions (`x-…`).
//!
//! A misspelt key is dropped in silence by every reader, and with it whatever it was to say.

use super::grammar::{Keys, Kind, Want};
use super::walk::{self, Seen};
use super::words;
use crate::diag::{Diagnostic, Report};
use crate::spec::Spec;
use crate::spec::node::Entry;

const CODE: &str = "unknown-key";

pub(super) fn check(spec: &Spec, report: &mut Report) {
    walk::walk(spec, &mut |seen| {
        if let Some(kind) = seen.kind() {
            for (key, entry) in seen.node.entries() {
                if kind.key(key).is_none() && !key.starts_with("x-") && !merged(key) {
                    report.push(unknown(kind, key, entry, seen));
                }
            }
        }
        if let Want::Map(Keys::Statuses, _) = seen.want {
            for (key, entry) in seen.node.entries().filter(|(key, _)| !is_status(key) && !key.starts_with("x-")) {
                report.push(
                    Diagnostic::error(CODE, entry.key, format!("`{key}` is no response status"))
                        .label("not known here")
                        .help("write a status such as `'200'`, a range such as `4XX`, or `default`"),
                );
            }
        }
    });
}

/// The parser speaks about merge keys.
fn merged(key: &str) -> bool {
    key == "<<"
}

fn unknown(kind: Kind, key: &str, entry: &Entry, seen: &Seen) -> Diagnostic {
    let message = format!("{} has no key `{key}`", kind.called());
    let diagnostic = Diagnostic::error(CODE, entry.key, message).label("not known here");
    let free = kind.keys().iter().map(|key| key.name).filter(|name| seen.node.get(name).is_none());
    if let Some(meant) = words::near(key, free) {
        return diagnostic.help(format!("did you mean `{meant}`?"));
    }
    if let Some(instead) = newer(kind, key) {
        return diagnostic.help(format!("`{key}` came with OpenAPI 3.1; {instead}"));
    }
    let owners = owners(key);
    if !owners.is_empty() {
        return diagnostic.help(format!("`{key}` belongs in {}; check the indentation", owners.join(" or ")));
    }
    diagnostic.help("remove it, or begin it with `x-` if it is an extension")
}

/// What 3.0 has for a key of 3.1.
fn newer(kind: Kind, key: &str) -> Option<&'static str> {
    Some(match (kind, key) {
        (Kind::Schema, "const") => "write an `enum` with one value",
        (Kind::Schema, "examples") => "write one `example`",
        (Kind::Schema, "contentEncoding" | "contentMediaType") => "write `format: byte` or `format: binary`",
        (Kind::Schema, "prefixItems" | "contains" | "if" | "then" | "else" | "$defs" | "patternProperties") => {
            "remove it, or say it in the `description`"
        }
        (Kind::Document, "webhooks" | "jsonSchemaDialect") | (Kind::Components, "pathItems") => "remove it",
        (Kind::Info, "summary") => "write it in the `description`",
        (Kind::License, "identifier") => "write the `url`",
        _ => return None,
    })
}

/// The objects that a key was probably written for; none where it could be any.
fn owners(key: &str) -> Vec<&'static str> {
    const OWNERS: [Kind; 7] = [
        Kind::Document,
        Kind::Operation,
        Kind::RequestBody,
        Kind::Response,
        Kind::MediaType,
        Kind::Parameter,
        Kind::Schema,
    ];
    let owners: Vec<&str> = OWNERS.into_iter().filter(|kind| kind.key(key).is_some()).map(Kind::called).collect();
    if owners.len() > 3 { Vec::new() } else { owners }
}

fn is_status(key: &str) -> bool {
    match key.as_bytes() {
        b"default" => true,
        [b'1'..=b'5', rest @ ..] => rest == b"XX" || (rest.len() == 2 && rest.iter().all(u8::is_ascii_digit)),
        _ => false,
    }
}
