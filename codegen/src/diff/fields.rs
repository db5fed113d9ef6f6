//! Compares parameters and properties: what they have in common.

use crate::model::Field;

use super::pairing::{Pairs, pair};
use super::usage::{Difference, difference};
use super::{Apis, Direction, Level, Scope, limits, words};

/// Matches properties by name, and what is left by type: then it was renamed.
pub(super) fn pairs<'a>(apis: Apis<'_>, old: &'a [Field], new: &'a [Field]) -> Pairs<'a, Field> {
    pair(old, new, &[&|a, b| a.wire == b.wire, &|a, b| difference(apis, &a.ty, &b.ty) == Difference::None])
}

/// Compares the properties of an object. `owner` stands before their names, such as `Bucket.`.
pub(super) fn compare_all(
    apis: Apis<'_>,
    scope: &mut Scope<'_>,
    owner: &str,
    (old, new): (&[Field], &[Field]),
    direction: Direction,
) {
    let pairs = pairs(apis, old, new);
    for field in &pairs.gone {
        gone(scope, owner, field);
    }
    for field in &pairs.new {
        added(scope, owner, field, direction);
    }
    for (old, new) in &pairs.both {
        compare(apis, scope, owner, (old, new), direction);
    }
}

pub(super) fn gone(scope: &mut Scope<'_>, owner: &str, old: &Field) {
    scope.was(Level::Breaking, old.span, format!("`{owner}{}` is gone", old.wire));
}

pub(super) fn added(scope: &mut Scope<'_>, owner: &str, new: &Field, direction: Direction) {
    let (level, more) = match (direction, new.required) {
        (Direction::Request, true) => (Level::Breaking, " and required"),
        _ => (Level::Additive, ""),
    };
    scope.say(level, new.span, format!("`{owner}{}` is new{more}", new.wire));
}

/// Compares one parameter or property with its predecessor.
pub(super) fn compare(
    apis: Apis<'_>,
    scope: &mut Scope<'_>,
    owner: &str,
    (old, new): (&Field, &Field),
    direction: Direction,
) {
    let name = format!("`{owner}{}`", new.wire);
    naming(scope, owner, old, new);
    presence(scope, &name, old, new, direction);
    let difference = difference(apis, &old.ty, &new.ty);
    values(apis, scope, &name, (old, new), (difference, direction));
    if old.default != new.default {
        let (default, before) = (words::default(new.default.as_ref()), words::default(old.default.as_ref()));
        scope.say(Level::Behaviour, new.span, format!("{name} defaults to {default}; it defaulted to {before}"));
    }
    if difference != Difference::Type {
        for moved in limits::moved(&old.limits, &new.limits) {
            let (level, wider) = match (direction, moved.narrower) {
                (Direction::Request, true) => (Level::Breaking, "takes fewer values"),
                (Direction::Request, false) => (Level::Additive, "takes more values"),
                (Direction::Response, true) => (Level::Additive, "has fewer values in answers"),
                (Direction::Response, false) => (Level::Behaviour, "has more values in answers"),
            };
            scope.say(level, new.type_span, format!("{name} {wider}: {}", moved.text));
        }
    }
    notes(scope, &name, old, new);
}

fn naming(scope: &mut Scope<'_>, owner: &str, old: &Field, new: &Field) {
    if old.wire != new.wire {
        scope.say(Level::Breaking, new.span, format!("`{owner}{}` is now called `{owner}{}`", old.wire, new.wire));
    } else if old.name != new.name {
        let (name, before) = (new.name.snake(), old.name.snake());
        scope.say(Level::Breaking, new.span, format!("`{owner}{}` is `{name}` in code; it was `{before}`", new.wire));
    }
}

/// Whether Rust takes it by position: it must be there and nothing stands in for it.
pub(super) fn positional(field: &Field) -> bool {
    field.required && field.default.is_none()
}

fn presence(scope: &mut Scope<'_>, name: &str, old: &Field, new: &Field, direction: Direction) {
    const BY_NAME: &str = "in Rust no longer positional but set by name";
    let (level, text) = match (direction, old.required, new.required) {
        (Direction::Request, false, true) => (Level::Breaking, "is now required".to_owned()),
        (Direction::Request, true, false) if positional(old) => {
            (Level::Breaking, format!("is now optional: {BY_NAME}"))
        }
        (Direction::Request, true, false) => (Level::Additive, "is now optional".to_owned()),
        (Direction::Request, true, true) if positional(new) && !positional(old) => {
            (Level::Breaking, "must now be given, since it has no default".to_owned())
        }
        (Direction::Request, true, true) if positional(old) && !positional(new) => {
            (Level::Breaking, format!("need not be given now: {BY_NAME}"))
        }
        (Direction::Response, false, true) => {
            (Level::Breaking, "is now always in answers: in Rust no longer an `Option`".to_owned())
        }
        (Direction::Response, true, false) => (Level::Breaking, "may now be missing in answers".to_owned()),
        _ => return,
    };
    scope.say(level, new.span, format!("{name} {text}"));
}

fn values(
    apis: Apis<'_>,
    scope: &mut Scope<'_>,
    name: &str,
    (old, new): (&Field, &Field),
    (difference, direction): (Difference, Direction),
) {
    let text = match (difference, direction) {
        (Difference::None, _) => return,
        (Difference::Null, Direction::Request) => "may now be null in requests: in Rust another type".to_owned(),
        (Difference::Null, Direction::Response) => "may now be null in answers".to_owned(),
        (Difference::NotNull, Direction::Request) => "may no longer be null in requests".to_owned(),
        (Difference::NotNull, Direction::Response) => "is no longer null in answers: in Rust another type".to_owned(),
        (Difference::Type, _) => {
            let (ty, before) = (words::ty(apis.new, &new.ty), words::ty(apis.old, &old.ty));
            format!("is now {ty}; it was {before}")
        }
    };
    scope.say(Level::Breaking, new.type_span, format!("{name} {text}"));
}

/// What no program depends on, or only a log.
fn notes(scope: &mut Scope<'_>, name: &str, old: &Field, new: &Field) {
    match (old.sensitive, new.sensitive) {
        (false, true) => scope.say(Level::Behaviour, new.span, format!("{name} is now kept out of logs")),
        (true, false) => scope.say(Level::Behaviour, new.span, format!("{name} is no longer kept out of logs")),
        _ => {}
    }
    match (old.deprecated, new.deprecated) {
        (false, true) => scope.say(Level::Additive, new.span, format!("{name} is now deprecated")),
        (true, false) => scope.say(Level::Docs, new.span, format!("{name} is no longer deprecated")),
        _ => {}
    }
    if old.description != new.description {
        scope.say(Level::Docs, new.span, format!("{name} reads differently"));
    }
    if old.example != new.example {
        scope.say(Level::Docs, new.span, format!("{name} has another example"));
    }
}
