//! `missing-key`: an object has the keys that `OpenAPI` 3.0.3 requires of it.

use super::grammar::Kind;
use super::walk::{self, Seen};
use super::words;
use crate::diag::{Diagnostic, Report};
use crate::spec::Spec;

const CODE: &str = "missing-key";

pub(super) fn check(spec: &Spec, report: &mut Report) {
    walk::walk(spec, &mut |seen| {
        let Some(kind) = seen.kind() else { return };
        let always = kind.keys().iter().filter(|key| key.required).map(|key| key.name);
        for name in always.chain(conditional(kind, seen).iter().copied()) {
            if seen.node.get(name).is_none() && !misspelt(kind, name, seen) {
                report.push(missing(kind, name, seen));
            }
        }
    });
}

/// Keys that are required because of what other keys say.
fn conditional(kind: Kind, seen: &Seen) -> &'static [&'static str] {
    match (kind, seen.node.str("type")) {
        (Kind::Schema, Some("array")) => &["items"],
        (Kind::SecurityScheme, Some("apiKey")) => &["name", "in"],
        (Kind::SecurityScheme, Some("http")) => &["scheme"],
        (Kind::SecurityScheme, Some("oauth2")) => &["flows"],
        (Kind::SecurityScheme, Some("openIdConnect")) => &["openIdConnectUrl"],
        _ => &[],
    }
}

/// A key that was misspelt is reported as that.
fn misspelt(kind: Kind, name: &str, seen: &Seen) -> bool {
    let strange = seen.node.entries().map(|(key, _)| key).filter(|key| kind.key(key).is_none());
    words::near(name, strange).is_some()
}

fn missing(kind: Kind, name: &str, seen: &Seen) -> Diagnostic {
    let message = format!("{} needs `{name}`", kind.called());
    let at = if kind == Kind::Document { seen.node.key_span("openapi") } else { seen.at };
    Diagnostic::error(CODE, at, message).label(format!("`{name}` is missing")).help(help(kind, name))
}

fn help(kind: Kind, name: &str) -> String {
    match (kind, name) {
        (Kind::Response, "description") => "add a `description` that says when this answer comes".to_owned(),
        (Kind::Schema, "items") => "add `items` with the schema of the elements".to_owned(),
        (Kind::Info, "version") => "add `version`, in quotes: `version: '1.0'`".to_owned(),
        (Kind::Operation, "responses") => "add `responses` with the answers that the operation gives".to_owned(),
        (Kind::RequestBody, "content") => "add `content` with one media type, such as `application/json`".to_owned(),
        (Kind::Parameter, "in") => "add `in: path`, `in: query` or `in: header`".to_owned(),
        (Kind::Document, "paths") => "add `paths`; it may be empty: `paths: {}`".to_owned(),
        _ => format!("add `{name}`"),
    }
}
