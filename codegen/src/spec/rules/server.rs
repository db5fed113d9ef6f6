//! `server`: there is one server, with an absolute `http` or `https` URL and nothing in it that changes or is secret.
//!
//! It is the address that clients use unless told another.

use crate::diag::{Diagnostic, Report};
use crate::spec::Spec;
use crate::spec::node::{Node, Value};

const CODE: &str = "server";

pub(super) fn check(spec: &Spec, report: &mut Report) {
    let Some(servers) = spec.root.entry("servers") else {
        report.push(
            Diagnostic::error(CODE, spec.root.key_span("openapi"), "the document names no server")
                .label("`servers` is missing")
                .help("add `servers` with one `- url: https://…`"),
        );
        return;
    };
    let Value::List(items) = &servers.node.value else { return };
    let mut items = items.iter();
    match items.next() {
        Some(first) => one(first, report),
        None => report.push(
            Diagnostic::error(CODE, servers.key, "the document names no server").help("add one `- url: https://…`"),
        ),
    }
    for other in items {
        let span = other.get("url").unwrap_or(other).span;
        report.push(
            Diagnostic::error(CODE, span, "a second server is not used by clients")
                .label("one too many")
                .help("keep one; callers can give their client another address"),
        );
    }
}

fn one(server: &Node, report: &mut Report) {
    if let Some(entry) = server.entry("variables") {
        report.push(
            Diagnostic::error(CODE, entry.key, "server variables are not supported")
                .label("clients can't fill them in")
                .help("write the URL out"),
        );
    }
    let Some(url) = server.get("url") else { return };
    let Some(text) = url.as_str() else { return };
    if let Some((what, help)) = fault(text) {
        report.push(
            Diagnostic::error(CODE, url.span, format!("the server's URL {what}"))
                .label("not usable as it is")
                .help(help),
        );
    }
}

/// What is wrong with a URL, and what to do.
fn fault(url: &str) -> Option<(&'static str, &'static str)> {
    let Some(rest) = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://")) else {
        return Some((
            "is not an absolute `http` or `https` URL",
            "write it with scheme and host, as in `https://api.example`",
        ));
    };
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    if url.contains(['{', '}']) {
        Some(("has variables", "write the URL out"))
    } else if url.contains(['?', '#']) {
        Some(("has a query or a fragment", "keep scheme, host and path only"))
    } else if host.contains('@') {
        Some(("holds a name or a password", "remove what is before `@`; callers give their own key"))
    } else if host.is_empty() || url.contains(char::is_whitespace) {
        Some(("has no host", "write it with scheme and host, as in `https://api.example`"))
    } else {
        None
    }
}
