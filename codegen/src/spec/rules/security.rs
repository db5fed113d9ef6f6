//! `security`: requirements name schemes that are declared, one scheme for the whole API, of a kind that clients can
//! send: a bearer token, a name with a password, or a key in a header or in the query.

use super::grammar::Kind;
use super::{walk, words};
use crate::diag::{Diagnostic, Report, Span};
use crate::spec::node::{ABSENT, Node};
use crate::spec::{Profile, Spec};

const CODE: &str = "security";

pub(super) fn check(spec: &Spec, report: &mut Report) {
    let mut lists: Vec<&Node> = spec.root.get("security").into_iter().collect();
    lists.extend(spec.operations().filter_map(|operation| operation.node.get("security")));
    let requirements = || lists.iter().flat_map(|list| list.items());
    for requirement in requirements() {
        for (name, entry) in requirement.entries() {
            if scheme(spec, name).is_none() {
                report.push(undeclared(spec, name, entry.key));
            }
        }
    }
    if spec.profile == Profile::House {
        schemes(spec, report);
        one_scheme(&lists, report);
    }
}

fn scheme<'n>(spec: &'n Spec, name: &str) -> Option<&'n Node> {
    spec.root.pointer("/components/securitySchemes")?.get(name)
}

fn undeclared(spec: &Spec, name: &str, span: Span) -> Diagnostic {
    let schemes = spec.root.pointer("/components/securitySchemes").unwrap_or(&ABSENT);
    let diagnostic = Diagnostic::error(CODE, span, format!("the security scheme `{name}` is not declared"))
        .label("not under `components/securitySchemes`");
    match words::near(name, schemes.entries().map(|(name, _)| name)) {
        Some(near) => {
            diagnostic.related(schemes.key_span(near), "this one is near").help(format!("did you mean `{near}`?"))
        }
        None => diagnostic.help(format!("declare `{name}` under `components/securitySchemes`")),
    }
}

/// Each requirement names one scheme, and all the same one.
fn one_scheme(lists: &[&Node], report: &mut Report) {
    let mut first: Option<(&str, Span)> = None;
    for requirement in lists.iter().flat_map(|list| list.items()) {
        if requirement.as_map().is_some_and(indexmap::IndexMap::is_empty) {
            report.push(
                Diagnostic::error(CODE, requirement.span, "this requirement names no scheme")
                    .label("optional authentication is not supported")
                    .help("remove it, or write `security: []` on operations that need no key"),
            );
        }
        for (name, entry) in requirement.entries() {
            if let Some(scope) = entry.node.items().first() {
                report.push(
                    Diagnostic::error(CODE, scope.span, format!("`{name}` has no scopes"))
                        .label("scopes are for OAuth")
                        .help(format!("write `{name}: []`")),
                );
            }
            match first {
                Some((scheme, place)) if scheme != name => report.push(
                    Diagnostic::error(CODE, entry.key, format!("`{name}` is a second scheme beside `{scheme}`"))
                        .label("clients send one")
                        .related(place, "the first")
                        .help(format!("use `{scheme}` here, too")),
                ),
                Some(_) => {}
                None => first = Some((name, entry.key)),
            }
        }
    }
}

/// Schemes are of kinds that clients can send.
fn schemes(spec: &Spec, report: &mut Report) {
    walk::each(spec, Kind::SecurityScheme, &mut |seen| {
        let text = |key: &str| seen.node.str(key).unwrap_or_default();
        let (key, what) = match (text("type"), text("in"), text("scheme").to_ascii_lowercase().as_str()) {
            ("oauth2" | "openIdConnect", ..) => ("type", format!("`{}` is", text("type"))),
            ("apiKey", "cookie", _) => ("in", "keys in cookies are".to_owned()),
            ("http", _, "bearer" | "basic" | "") => return,
            ("http", ..) => ("scheme", format!("the HTTP scheme `{}` is", text("scheme"))),
            _ => return,
        };
        let span = seen.node.get(key).map_or(seen.at, |node| node.span);
        report.push(
            Diagnostic::error(CODE, span, format!("{what} not supported")).label("clients can't send it").help(
                "use `type: http` with `scheme: bearer` or `basic`, or `type: apiKey` in a header or in the query",
            ),
        );
    });
}
