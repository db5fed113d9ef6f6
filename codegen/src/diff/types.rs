//! Compares named types, each once for requests and once for answers.

use indexmap::IndexMap;

use crate::model::{Discriminator, EnumValue, Field, Struct, TypeDef, TypeKind, Union, Variant};

use super::pairing::{Pairs, pair};
use super::reach::{Key, Use};
use super::usage::{Difference, continues, difference, renamed};
use super::{API, Apis, Change, Direction, Level, Scope, fields, words};

pub(super) fn compare(apis: Apis<'_>, uses: &IndexMap<Key, Use>, out: &mut Vec<Change>) {
    let mut all: Vec<Change> = Vec::new();
    for ((old, new, direction), used) in uses {
        let (Some(old), Some(new)) = (apis.old.types.get(*old), apis.new.types.get(*new)) else { continue };
        let name = new.name.pascal();
        let owner = if used.flat && used.operations.len() == 1 { String::new() } else { format!("{name}.") };
        let mut changes = Vec::new();
        let mut scope = Scope { out: &mut changes, operation: &name, reach: &used.operations };
        naming(apis, &mut scope, old, new);
        kind(apis, &mut scope, &owner, (old, new), *direction);
        merge(apis, changes, &mut all);
    }
    for change in &mut all {
        if let [one] = change.reach.as_slice() {
            change.operation.clone_from(one);
            change.reach.clear();
        }
    }
    out.append(&mut all);
    aliases(apis, out);
}

/// What is the same in requests and in answers is said once.
fn merge(apis: Apis<'_>, changes: Vec<Change>, all: &mut Vec<Change>) {
    for change in changes {
        let same = |known: &&mut Change| {
            (known.level, known.span, known.side, &known.text) == (change.level, change.span, change.side, &change.text)
                && known.operation == change.operation
        };
        if let Some(known) = all.iter_mut().find(same) {
            let ids = apis.new.operations.iter().map(|operation| &operation.id);
            let either = ids.filter(|id| known.reach.contains(id) || change.reach.contains(id));
            known.reach = either.cloned().collect();
        } else {
            all.push(change);
        }
    }
}

/// Names that stood for other types and are gone. What they stood for is compared where it is used.
fn aliases(apis: Apis<'_>, out: &mut Vec<Change>) {
    let mut scope = Scope { out, operation: API, reach: &[] };
    for (index, old) in apis.old.types.iter().enumerate().filter(|(_, ty)| ty.in_request || ty.in_response) {
        let TypeKind::Alias(target) = &old.kind else { continue };
        if !(0..apis.new.types.len()).any(|new| continues(apis, index, new)) {
            let (name, target) = (old.name.pascal(), words::ty(apis.old, target));
            scope.was(
                Level::Breaking,
                old.span,
                format!("the type `{name}` is gone; it was another name for {target}"),
            );
        }
    }
}

fn naming(apis: Apis<'_>, scope: &mut Scope<'_>, old: &TypeDef, new: &TypeDef) {
    let (name, before) = (new.name.pascal(), old.name.pascal());
    if renamed(apis, old, new) {
        let text = format!("`{before}` is now called `{name}`: no matter on the wire, but Rust code names it");
        scope.say(Level::Breaking, new.span, text);
    }
    if old.description != new.description {
        scope.say(Level::Docs, new.span, format!("`{name}` reads differently"));
    }
}

fn kind(apis: Apis<'_>, scope: &mut Scope<'_>, owner: &str, (old, new): (&TypeDef, &TypeDef), direction: Direction) {
    let name = new.name.pascal();
    match (&old.kind, &new.kind) {
        (TypeKind::Struct(before), TypeKind::Struct(now)) => {
            fields::compare_all(apis, scope, owner, (&before.fields, &now.fields), direction);
            if direction == Direction::Request && !owner.is_empty() {
                order(apis, scope, (before, now), new);
            }
            extra(apis, scope, (before, now), new);
        }
        (TypeKind::Enum(before), TypeKind::Enum(now)) => values(scope, &name, (before, now)),
        (TypeKind::Union(before), TypeKind::Union(now)) => union(apis, scope, (before, now), (old, new)),
        (TypeKind::Alias(before), TypeKind::Alias(now)) => {
            if difference(apis, before, now) != Difference::None {
                let (now, before) = (words::ty(apis.new, now), words::ty(apis.old, before));
                scope.say(Level::Breaking, new.span, format!("`{name}` is now {now}; it was {before}"));
            }
        }
        (before, now) => {
            let (now, before) = (words::kind(now), words::kind(before));
            scope.say(Level::Breaking, new.span, format!("`{name}` is now {now}; it was {before}"));
        }
    }
}

/// `new` takes the required fields by position.
fn order(apis: Apis<'_>, scope: &mut Scope<'_>, (before, now): (&Struct, &Struct), new: &TypeDef) {
    let both = fields::pairs(apis, &before.fields, &now.fields).both;
    let still = |old: &Field, new: &Field| fields::positional(old) && fields::positional(new);
    let wires = |both: &[(&Field, &Field)]| {
        let names = both.iter().filter(|(old, new)| still(old, new)).map(|(_, new)| new.wire.as_str());
        names.collect::<Vec<_>>().join(", ")
    };
    let now = wires(&both);
    let mut both = both;
    both.sort_by_key(|(old, _)| before.fields.iter().position(|field| std::ptr::eq(field, *old)));
    let before = wires(&both);
    if now != before {
        let text = format!("`{}` has its required fields in another order: {now}; it was {before}", new.name.pascal());
        scope.say(Level::Breaking, new.span, text);
    }
}

fn extra(apis: Apis<'_>, scope: &mut Scope<'_>, (before, now): (&Struct, &Struct), new: &TypeDef) {
    if difference(apis, &before.extra, &now.extra) != Difference::None {
        let (now, before) = (words::ty(apis.new, &now.extra), words::ty(apis.old, &before.extra));
        let text = format!("further fields of `{}` are now {now}; they were {before}", new.name.pascal());
        scope.say(Level::Breaking, new.span, text);
    }
}

/// Enums are open, so that another value in answers stops nobody; one less takes a name from Rust code in any case.
fn values(scope: &mut Scope<'_>, name: &str, (before, now): (&[EnumValue], &[EnumValue])) {
    let pairs = pair(before, now, &[&|a, b| a.wire == b.wire]);
    for value in pairs.gone {
        scope.was(Level::Breaking, value.span, format!("`{name}` no longer has `{}`", value.wire));
    }
    for value in pairs.new {
        scope.say(Level::Additive, value.span, format!("`{name}` also has `{}`", value.wire));
    }
    for (before, now) in pairs.both {
        if before.name != now.name {
            let (wire, now_name, before) = (&now.wire, now.name.pascal(), before.name.pascal());
            let text = format!("`{wire}` of `{name}` is `{now_name}` in code; it was `{before}`");
            scope.say(Level::Breaking, now.span, text);
        }
    }
}

/// Matches a union's types by type, then by name.
pub(super) fn variants<'a>(apis: Apis<'_>, old: &'a Union, new: &'a Union) -> Pairs<'a, Variant> {
    let same_type = |a: &Variant, b: &Variant| difference(apis, &a.ty, &b.ty) == Difference::None;
    pair(&old.variants, &new.variants, &[&same_type, &|a, b| a.name == b.name])
}

fn union(apis: Apis<'_>, scope: &mut Scope<'_>, (before, now): (&Union, &Union), (old, new): (&TypeDef, &TypeDef)) {
    let name = new.name.pascal();
    let pairs = variants(apis, before, now);
    for variant in &pairs.gone {
        let text = format!("`{name}` can no longer be {}", words::ty(apis.old, &variant.ty));
        scope.was(Level::Breaking, old.span, text);
    }
    for variant in &pairs.new {
        scope.say(Level::Additive, new.span, format!("`{name}` can also be {}", words::ty(apis.new, &variant.ty)));
    }
    for (before, now) in &pairs.both {
        if difference(apis, &before.ty, &now.ty) != Difference::None {
            let (now, before) = (words::ty(apis.new, &now.ty), words::ty(apis.old, &before.ty));
            scope.say(Level::Breaking, new.span, format!("`{name}` is now {now} where it was {before}"));
        } else if before.name != now.name {
            let (now, before) = (now.name.pascal(), before.name.pascal());
            scope.say(Level::Breaking, new.span, format!("`{name}` has a `{now}` in code; it was `{before}`"));
        }
    }
    if let Some(text) = discriminator((before, now), &pairs) {
        scope.say(Level::Breaking, new.span, format!("`{name}` {text}"));
    }
}

fn discriminator((before, now): (&Union, &Union), pairs: &Pairs<'_, Variant>) -> Option<String> {
    let (old, new) = match (&before.discriminator, &now.discriminator) {
        (None, None) => return None,
        (Some(_), None) => return Some("is no longer told apart by a property".to_owned()),
        (None, Some(new)) => return Some(format!("is now told apart by `{}`", new.property)),
        (Some(old), Some(new)) => (old, new),
    };
    if old.property != new.property {
        return Some(format!("is told apart by `{}`; it was by `{}`", new.property, old.property));
    }
    let moved = old.mapping.iter().find(|(value, index)| {
        let from = before.variants.get(**index);
        let to = new.mapping.get(*value).and_then(|index| now.variants.get(*index));
        let gone = from.is_none_or(|from| pairs.gone.iter().any(|gone| std::ptr::eq(*gone, from)));
        !gone && !to.is_some_and(|to| is_pair(pairs, from, to))
    });
    moved.map(|(value, _)| told_otherwise(new, value))
}

fn is_pair(pairs: &Pairs<'_, Variant>, from: Option<&Variant>, to: &Variant) -> bool {
    from.is_some_and(|from| pairs.both.iter().any(|(old, new)| std::ptr::eq(*old, from) && std::ptr::eq(*new, to)))
}

fn told_otherwise(new: &Discriminator, value: &str) -> String {
    let what = if new.mapping.contains_key(value) { "means another type" } else { "means nothing" };
    format!("is told apart otherwise: `{}` = `{value}` now {what}", new.property)
}
