//! `path-parameter`: what a path has in braces is declared with `in: path` and `required: true`, and nothing else is.

use super::grammar::Kind;
use super::path_template::{self, Slot};
use super::walk::{self, Taken};
use super::words;
use crate::diag::{Diagnostic, Report};
use crate::spec::{OperationAt, Spec};

const CODE: &str = "path-parameter";

pub(super) fn check(spec: &Spec, report: &mut Report) {
    let mut before: Vec<(&str, &str)> = Vec::new();
    for operation in spec.operations() {
        if before.first().is_some_and(|(path, _)| *path != operation.path) {
            before.clear();
        }
        compare(spec, &operation, &mut before, report);
    }
    required(spec, report);
}

/// Holds a path's braces against an operation's parameters. What was said for the path before is not said again.
fn compare<'n>(spec: &'n Spec, operation: &OperationAt<'n>, before: &mut Vec<(&'n str, &'n str)>, report: &mut Report) {
    let slots = path_template::slots(spec, operation.path, operation.path_span);
    let declared: Vec<Taken> =
        walk::parameters(spec, operation).into_iter().filter(|taken| taken.place == "path").collect();
    let mut unused: Vec<Taken> = declared.iter().filter(|taken| !has(&slots, taken.name)).copied().collect();
    for slot in &slots {
        // A broken reference may be the one that is missed; it is reported as that.
        if declared.iter().any(|taken| taken.name == slot.name) || has_broken_reference(spec, operation) {
            continue;
        }
        let near = words::near(slot.name, unused.iter().map(|taken| taken.name));
        let near = near.and_then(|name| unused.iter().position(|taken| taken.name == name)).map(|at| unused.remove(at));
        if !before.contains(&(operation.path, slot.name)) {
            before.push((operation.path, slot.name));
            report.push(undeclared(slot, operation, near));
        }
    }
    for taken in unused {
        report.push(
            Diagnostic::error(CODE, taken.at, format!("`{}` is not in the path `{}`", taken.name, operation.path))
                .label("declared with `in: path`")
                .related(operation.path_span, "the path")
                .help(format!("write `{{{}}}` into the path, or remove the parameter", taken.name)),
        );
    }
}

fn has(slots: &[Slot], name: &str) -> bool {
    slots.iter().any(|slot| slot.name == name)
}

fn has_broken_reference(spec: &Spec, operation: &OperationAt) -> bool {
    let lists = [operation.item, operation.node];
    lists.iter().any(|node| node.list("parameters").iter().any(|item| spec.resolve(item).is_err()))
}

fn undeclared(slot: &Slot, operation: &OperationAt, near: Option<Taken>) -> Diagnostic {
    let message = format!("the path parameter `{}` is not declared", slot.name);
    let diagnostic = Diagnostic::error(CODE, slot.span, message);
    match near {
        Some(taken) => diagnostic
            .label("not declared")
            .related(taken.at, "this one is near")
            .help(format!("did you mean `{{{}}}`?", taken.name)),
        None => diagnostic
            .label("not declared")
            .related(operation.verb_span, "by this operation")
            .help(format!("add a parameter with `name: {}`, `in: path` and `required: true`", slot.name)),
    }
}

/// A path can't be sent without its parameters.
fn required(spec: &Spec, report: &mut Report) {
    walk::each(spec, Kind::Parameter, &mut |seen| {
        if seen.node.str("in") != Some("path") || seen.node.is_true("required") {
            return;
        }
        let Some(name) = seen.node.get("name") else { return };
        let text = name.as_str().unwrap_or_default();
        let (span, label) = match seen.node.get("required") {
            Some(flag) if flag.as_bool().is_none() => return,
            Some(flag) => (flag.span, "a path has all its parameters"),
            None => (name.span, "`required` is missing"),
        };
        let message = format!("the path parameter `{text}` must be required");
        report.push(Diagnostic::error(CODE, span, message).label(label).help("write `required: true`"));
    });
}
