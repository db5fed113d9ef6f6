//! Compares operations: which there are, what they are called, where they are, what they answer.

use crate::model::{Content, Name, Need, Operation, Param, Piece, Success};

use super::pairing::{Pairs, pair as matched};
use super::usage::{Difference, difference};
use super::{Apis, Change, Level, Scope, arguments, words};

/// Matches operations by id, and what is left by verb and path: then it was renamed.
pub(super) fn pair(apis: Apis<'_>) -> Pairs<'_, Operation> {
    let same_place = |a: &Operation, b: &Operation| a.method == b.method && bare(a) == bare(b);
    matched(&apis.old.operations, &apis.new.operations, &[&|a, b| a.id == b.id, &same_place])
}

/// The path with its parameters' names left out: they are not part of any request.
fn bare(operation: &Operation) -> Vec<Option<&str>> {
    operation.route.pieces.iter().map(text).collect()
}

fn text(piece: &Piece) -> Option<&str> {
    match piece {
        Piece::Text(text) => Some(text),
        Piece::Param(_) => None,
    }
}

pub(super) fn compare(apis: Apis<'_>, pairs: &Pairs<'_, Operation>, out: &mut Vec<Change>) {
    for old in &pairs.gone {
        let mut scope = Scope { out, operation: &old.id, reach: &[] };
        scope.was(Level::Breaking, old.span, format!("is gone ({})", address(old)));
    }
    for new in &pairs.new {
        let mut scope = Scope { out, operation: &new.id, reach: &[] };
        scope.say(Level::Additive, new.span, format!("is new ({})", address(new)));
    }
    for (old, new) in &pairs.both {
        let mut scope = Scope { out, operation: &new.id, reach: &[] };
        naming(&mut scope, old, new);
        let params = arguments::params(apis, old, new);
        route(&mut scope, old, new, &params);
        arguments::compare(apis, &mut scope, (old, new), &params);
        success(apis, &mut scope, &old.success, &new.success);
        conduct(&mut scope, old, new);
        docs(&mut scope, old, new);
    }
}

fn address(operation: &Operation) -> String {
    format!("{} {}", operation.method, operation.route.template)
}

fn naming(scope: &mut Scope<'_>, old: &Operation, new: &Operation) {
    let path = |operation: &Operation| operation.path.iter().map(Name::snake).collect::<Vec<_>>().join(".");
    if old.id != new.id {
        scope.say(Level::Breaking, new.id_span, format!("is the new name of `{}`", old.id));
    } else if old.path != new.path {
        let text = format!("is called as `{}`; it was `{}`", path(new), path(old));
        scope.say(Level::Breaking, new.id_span, text);
    }
}

fn route(scope: &mut Scope<'_>, old: &Operation, new: &Operation, params: &Pairs<'_, Param>) {
    if old.method != new.method || bare(old) != bare(new) {
        scope.say(Level::Breaking, new.span, format!("moved to {}; it was {}", address(new), address(old)));
        return;
    }
    let swapped = old.route.pieces.iter().zip(&new.route.pieces).any(|pieces| {
        let (Piece::Param(a), Piece::Param(b)) = pieces else { return false };
        let (Some(a), Some(b)) = (old.params.get(*a), new.params.get(*b)) else { return false };
        params.both.iter().any(|(from, to)| std::ptr::eq(*from, a) != std::ptr::eq(*to, b))
    });
    if swapped {
        let text = format!("its path's parameters changed places: {}; it was {}", address(new), address(old));
        scope.say(Level::Breaking, new.span, text);
    }
}

fn success(apis: Apis<'_>, scope: &mut Scope<'_>, old: &Success, new: &Success) {
    if old.statuses.iter().any(|status| !new.statuses.contains(status))
        || new.statuses.iter().any(|status| !old.statuses.contains(status))
    {
        let common = old.statuses.iter().any(|status| new.statuses.contains(status));
        let level = if common { Level::Behaviour } else { Level::Breaking };
        let (now, before) = (words::list(&new.statuses), words::list(&old.statuses));
        scope.say(level, new.span, format!("answers {now}; it answered {before}"));
    }
    let text = match (&old.content, &new.content) {
        (Content::Json(before), Content::Json(now)) => match difference(apis, before, now) {
            Difference::None => return,
            Difference::Null => "the answer may now be null".to_owned(),
            Difference::NotNull => "the answer is no longer null: in Rust no longer an `Option`".to_owned(),
            Difference::Type => answers(apis, old, new),
        },
        (before, now) if std::mem::discriminant(before) == std::mem::discriminant(now) => return,
        _ => answers(apis, old, new),
    };
    scope.say(Level::Breaking, new.span, text);
}

fn answers(apis: Apis<'_>, old: &Success, new: &Success) -> String {
    let (now, before) = (words::content(apis.new, &new.content), words::content(apis.old, &old.content));
    format!("answers with {now}; it answered with {before}")
}

/// What a caller has to do, or may do, around a call.
fn conduct(scope: &mut Scope<'_>, old: &Operation, new: &Operation) {
    match (old.auth, new.auth) {
        (Need::No | Need::Optional, Need::Yes) => {
            scope.say(Level::Breaking, new.span, "now wants callers to prove who they are".to_owned());
        }
        (Need::Yes, Need::Optional) => {
            scope.say(Level::Additive, new.span, "no longer insists on knowing who its callers are".to_owned());
        }
        (Need::Yes | Need::Optional, Need::No) => {
            scope.say(Level::Additive, new.span, "no longer asks who its callers are".to_owned());
        }
        (Need::No, Need::Optional) => {
            scope.say(Level::Additive, new.span, "lets callers prove who they are".to_owned());
        }
        (Need::No, Need::No) | (Need::Optional, Need::Optional) | (Need::Yes, Need::Yes) => {}
    }
    if old.idempotency != new.idempotency {
        let (now, before) = (words::idempotency(new.idempotency), words::idempotency(old.idempotency));
        scope.say(Level::Behaviour, new.span, format!("is now {now}, which decides on repeats; it was {before}"));
    }
    match (old.deprecated, new.deprecated) {
        (false, true) => scope.say(Level::Additive, new.span, "is now deprecated".to_owned()),
        (true, false) => scope.say(Level::Docs, new.span, "is no longer deprecated".to_owned()),
        _ => {}
    }
}

fn docs(scope: &mut Scope<'_>, old: &Operation, new: &Operation) {
    if (&old.summary, &old.description) != (&new.summary, &new.description) {
        scope.say(Level::Docs, new.span, "reads differently".to_owned());
    }
    if old.errors != new.errors {
        let (now, before) = (words::list(&new.errors), words::list(&old.errors));
        scope.say(Level::Docs, new.span, format!("documents the errors {now}; it was {before}"));
    }
    if old.samples != new.samples {
        scope.say(Level::Docs, new.span, "has other code samples".to_owned());
    }
}
