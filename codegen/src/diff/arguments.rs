//! Compares what a caller passes to an operation: parameters, the body, and their order.
//!
//! The fields of a flattened body are compared with its type; only their order is looked at here.

use crate::model::{Api, Argument, Body, Field, Operation, Param, Place, Type, TypeKind};

use super::pairing::{Pairs, pair};
use super::usage::{Difference, difference, through};
use super::{Apis, Direction, Level, Scope, fields, words};

/// Matches parameters by place and name, then by name, then by place and type: then it was renamed.
pub(super) fn params<'a>(apis: Apis<'_>, old: &'a Operation, new: &'a Operation) -> Pairs<'a, Param> {
    let same_name = |a: &Param, b: &Param| a.field.wire == b.field.wire;
    let same_type = |a: &Param, b: &Param| difference(apis, &a.field.ty, &b.field.ty) == Difference::None;
    let rules: [super::pairing::Rule<'_, Param>; 3] =
        [&|a, b| a.place == b.place && same_name(a, b), &same_name, &|a, b| a.place == b.place && same_type(a, b)];
    pair(&old.params, &new.params, &rules)
}

pub(super) fn compare(
    apis: Apis<'_>,
    scope: &mut Scope<'_>,
    (old, new): (&Operation, &Operation),
    params: &Pairs<'_, Param>,
) {
    for param in &params.gone {
        fields::gone(scope, "", &param.field);
    }
    for param in &params.new {
        fields::added(scope, "", &param.field, Direction::Request);
    }
    for (old, new) in &params.both {
        travel(apis, scope, old, new);
        fields::compare(apis, scope, "", (&old.field, &new.field), Direction::Request);
    }
    match (&old.body, &new.body) {
        (None, None) => {}
        (Some(old), None) => scope.was(Level::Breaking, old.span, "no longer takes a body".to_owned()),
        (None, Some(new)) if new.required => scope.say(Level::Breaking, new.span, "now requires a body".to_owned()),
        (None, Some(new)) => scope.say(Level::Additive, new.span, "now takes a body".to_owned()),
        (Some(old), Some(new)) => body(apis, scope, old, new),
    }
    order(apis, scope, (old, new), params);
}

fn travel(apis: Apis<'_>, scope: &mut Scope<'_>, old: &Param, new: &Param) {
    let name = &new.field.wire;
    if old.place != new.place {
        let (now, before) = (words::place(new.place), words::place(old.place));
        scope.say(Level::Breaking, new.field.span, format!("`{name}` travels in the {now}; it was in the {before}"));
    }
    match (old.slashes, new.slashes) {
        (true, false) => {
            scope.say(Level::Breaking, new.field.span, format!("the slashes of `{name}` must now be sent as `%2F`"));
        }
        (false, true) => {
            scope.say(Level::Additive, new.field.span, format!("the slashes of `{name}` may now be sent as they are"));
        }
        _ => {}
    }
    if old.list != new.list && is_list(apis.old, &old.field.ty) && is_list(apis.new, &new.field.ty) {
        let (now, before) = (words::list_style(new.list), words::list_style(old.list));
        let text = format!("the list `{name}` travels {now}; it was {before}");
        scope.say(Level::Breaking, new.field.span, text);
    }
}

fn is_list(api: &Api, ty: &Type) -> bool {
    match through(&api.types, ty) {
        Type::Nullable(inner) => is_list(api, inner),
        ty => matches!(ty, Type::List(_)),
    }
}

fn body(apis: Apis<'_>, scope: &mut Scope<'_>, old: &Body, new: &Body) {
    match (old.required, new.required) {
        (false, true) => scope.say(Level::Breaking, new.span, "the body is now required".to_owned()),
        (true, false) if new.flattened => scope.say(Level::Additive, new.span, "the body is now optional".to_owned()),
        (true, false) => {
            let text = "the body is now optional: in Rust no longer positional but set by name";
            scope.say(Level::Breaking, new.span, text.to_owned());
        }
        _ => {}
    }
    if old.encoding != new.encoding {
        let (now, before) = (words::encoding(&new.encoding), words::encoding(&old.encoding));
        scope.say(Level::Breaking, new.span, format!("the body travels as {now}; it was {before}"));
    }
    if old.flattened != new.flattened {
        let text = if new.flattened { "an argument each" } else { "one argument together" };
        scope.say(Level::Breaking, new.span, format!("the body's fields are now {text}"));
    }
    if !(old.flattened && new.flattened) {
        let text = match difference(apis, &old.ty, &new.ty) {
            Difference::None => None,
            Difference::Null => Some("the body may now be null: in Rust another type".to_owned()),
            Difference::NotNull => Some("the body may no longer be null".to_owned()),
            Difference::Type => {
                let (now, before) = (words::ty(apis.new, &new.ty), words::ty(apis.old, &old.ty));
                Some(format!("the body is now {now}; it was {before}"))
            }
        };
        if let Some(text) = text {
            scope.say(Level::Breaking, new.span, text);
        }
    }
    if old.description != new.description {
        scope.say(Level::Docs, new.span, "the body reads differently".to_owned());
    }
}

/// The fields of a flattened body.
pub(super) fn flattened<'a>(api: &'a Api, operation: &Operation) -> &'a [Field] {
    let Some(Body { flattened: true, ty, .. }) = &operation.body else { return &[] };
    let Type::Named(index) = through(&api.types, ty) else { return &[] };
    match api.types.get(*index).map(|def| &def.kind) {
        Some(TypeKind::Struct(object)) => &object.fields,
        _ => &[],
    }
}

/// An argument's place and name; a body's field has no place, and the body no name.
type Key<'a> = (Option<Place>, &'a str);

fn required<'a>(api: &'a Api, operation: &'a Operation) -> Vec<Key<'a>> {
    let key = |argument: &Argument| match *argument {
        Argument::Param(index) => {
            let param = operation.params.get(index).filter(|param| fields::positional(&param.field))?;
            Some((Some(param.place), param.field.wire.as_str()))
        }
        Argument::Field(index) => {
            let field = flattened(api, operation).get(index).filter(|field| fields::positional(field))?;
            Some((None, field.wire.as_str()))
        }
        Argument::Body => operation.body.as_ref().filter(|body| body.required).map(|_| (None, "")),
    };
    operation.arguments.iter().filter_map(key).collect()
}

fn order(apis: Apis<'_>, scope: &mut Scope<'_>, (old, new): (&Operation, &Operation), params: &Pairs<'_, Param>) {
    let bodies = fields::pairs(apis, flattened(apis.old, old), flattened(apis.new, new));
    let successor = |key: Key<'_>| match key {
        (Some(place), wire) => params
            .both
            .iter()
            .find(|(from, _)| from.place == place && from.field.wire == wire)
            .map(|(_, to)| (Some(to.place), to.field.wire.as_str())),
        (None, "") => Some((None, "")),
        (None, wire) => bodies.both.iter().find(|(from, _)| from.wire == wire).map(|(_, to)| (None, to.wire.as_str())),
    };
    let mut before: Vec<Key<'_>> = required(apis.old, old).into_iter().filter_map(successor).collect();
    let mut now = required(apis.new, new);
    now.retain(|key| before.contains(key));
    before.retain(|key| now.contains(key));
    if now != before {
        let say = |keys: &[Key<'_>]| {
            let names = keys.iter().map(|(_, wire)| if wire.is_empty() { "the body" } else { wire });
            names.collect::<Vec<_>>().join(", ")
        };
        let text = format!("takes its required arguments in another order: {}; it was {}", say(&now), say(&before));
        scope.say(Level::Breaking, new.span, text);
    }
}
