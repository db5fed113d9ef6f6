//! `dangling-ref`: a reference names something that is there, and something of the right kind.

use super::grammar::Kind;
use super::{pointer, walk};
use crate::diag::{Diagnostic, Report};
use crate::spec::node::Node;
use crate::spec::{BadRef, Profile, Spec};

const CODE: &str = "dangling-ref";

pub(super) fn check(spec: &Spec, report: &mut Report) {
    walk::references(spec, &mut |kind, node, text| match spec.target(text) {
        Err(BadRef::Dangling) => report.push(dangling(spec, node, text)),
        Ok(_) if spec.profile == Profile::House => report.extend(kindred(kind, node, text)),
        _ => {}
    });
    mappings(spec, report);
}

/// A discriminator's mapping names schemas, too, by reference or by bare name.
fn mappings(spec: &Spec, report: &mut Report) {
    walk::each(spec, Kind::Discriminator, &mut |seen| {
        for (_, entry) in seen.node.map("mapping") {
            let Some(text) = entry.node.as_str() else { continue };
            let bare = !text.contains(['/', '#']);
            let reference = if bare { format!("#/components/schemas/{text}") } else { text.to_owned() };
            if matches!(spec.target(&reference), Err(BadRef::Dangling)) {
                report.push(dangling(spec, &entry.node, &reference));
            }
        }
    });
}

/// Says what is missing, and what may be meant: the near name beside the first part that isn't there.
fn dangling(spec: &Spec, node: &Node, text: &str) -> Diagnostic {
    let diagnostic =
        Diagnostic::error(CODE, node.span, format!("`{text}` points at nothing")).label("nothing is there");
    match text.strip_prefix('#').and_then(|at| pointer::lost(spec, at)) {
        // A section that is misspelt is reported where it stands; the reference is right.
        Some(lost) if lost.walked == "/components" && Kind::Components.key(&lost.token).is_some() => {
            diagnostic.help(format!("add `{}` under `#/components`", lost.token))
        }
        Some(lost) => lost.explain(diagnostic, "#", |lost| {
            format!("add `{}` under `#{}`, or name something that is there", lost.token, lost.walked)
        }),
        None => diagnostic.help("begin the reference with `#/components/`"),
    }
}

/// A reference in a schema's place names a schema.
fn kindred(kind: Kind, node: &Node, text: &str) -> Report {
    let mut report = Report::default();
    let Some(section) = kind.section() else { return report };
    let home = format!("#/components/{section}/");
    let is_home = text.strip_prefix(&home).is_some_and(|name| !name.contains('/'));
    if !is_home {
        report.push(
            Diagnostic::error(
                CODE,
                node.span,
                format!("{} must be named here, `{text}` is something else", kind.called()),
            )
            .label(format!("not under `{home}`"))
            .help(format!("move what it names to `{home}` and refer to it there")),
        );
    }
    report
}
