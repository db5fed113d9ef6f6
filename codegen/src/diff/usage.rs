//! Compares types where they are used. Named types that continue one another count as the same here: what differs
//! within them is said once, at the type.

use crate::model::{Type, TypeDef, TypeKind};

use super::Apis;

/// How a type differs from its predecessor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Difference {
    /// Not at all.
    None,
    /// Only in that it may now be `null`.
    Null,
    /// Only in that it may no longer be `null`.
    NotNull,
    /// It is another type.
    Type,
}

/// Aliases that lead through one another deeper than this are taken for the same.
pub(super) const DEEPEST: usize = 24;

pub(super) fn difference(apis: Apis<'_>, old: &Type, new: &Type) -> Difference {
    within(apis, old, new, DEEPEST)
}

fn within(apis: Apis<'_>, old: &Type, new: &Type, depth: usize) -> Difference {
    let Some(depth) = depth.checked_sub(1) else { return Difference::None };
    let inner =
        |old, new, same| if within(apis, old, new, depth) == Difference::None { same } else { Difference::Type };
    match (old, new) {
        (Type::Named(a), Type::Named(b)) if continues(apis, *a, *b) => Difference::None,
        (Type::Named(_), _) | (_, Type::Named(_)) => match (alias(&apis.old.types, old), alias(&apis.new.types, new)) {
            (None, None) => Difference::Type,
            (a, b) => within(apis, a.unwrap_or(old), b.unwrap_or(new), depth),
        },
        (Type::Nullable(a), Type::Nullable(b)) | (Type::List(a), Type::List(b)) | (Type::Map(a), Type::Map(b)) => {
            inner(a, b, Difference::None)
        }
        (Type::Nullable(a), b) => inner(a, b, Difference::NotNull),
        (a, Type::Nullable(b)) => inner(a, b, Difference::Null),
        (a, b) if a == b => Difference::None,
        _ => Difference::Type,
    }
}

/// What a type stands for, if it is an alias.
pub(super) fn alias<'a>(types: &'a [TypeDef], ty: &Type) -> Option<&'a Type> {
    let Type::Named(index) = ty else { return None };
    match types.get(*index)?.kind {
        TypeKind::Alias(ref target) => Some(target),
        _ => None,
    }
}

/// Follows aliases. One that leads back to itself is left after a while.
pub(super) fn through<'a>(types: &'a [TypeDef], ty: &'a Type) -> &'a Type {
    std::iter::successors(Some(ty), |ty| alias(types, ty)).take(DEEPEST).last().unwrap_or(ty)
}

/// Returns whether a new named type is the old one: by its name, or because it only got another one.
pub(super) fn continues(apis: Apis<'_>, old: usize, new: usize) -> bool {
    let (Some(old), Some(new)) = (apis.old.types.get(old), apis.new.types.get(new)) else { return false };
    old.name == new.name || renamed(apis, old, new)
}

/// Returns whether a type got another name: both names are in one document only, and most of what it holds is the same.
pub(super) fn renamed(apis: Apis<'_>, old: &TypeDef, new: &TypeDef) -> bool {
    let has = |types: &[TypeDef], wanted: &TypeDef| types.iter().any(|ty| ty.name == wanted.name);
    old.name != new.name
        && std::mem::discriminant(&old.kind) == std::mem::discriminant(&new.kind)
        && !has(&apis.new.types, old)
        && !has(&apis.old.types, new)
        && alike(&parts(&old.kind), &parts(&new.kind))
}

/// Words that tell a type from others of its kind.
fn parts(kind: &TypeKind) -> Vec<String> {
    match kind {
        TypeKind::Struct(object) => object.fields.iter().map(|field| field.wire.clone()).collect(),
        TypeKind::Enum(values) => values.iter().map(|value| value.wire.clone()).collect(),
        TypeKind::Union(union) => union.variants.iter().map(|variant| variant.name.snake()).collect(),
        TypeKind::Alias(_) => Vec::new(),
    }
}

fn alike(old: &[String], new: &[String]) -> bool {
    let common = old.iter().filter(|part| new.contains(part)).count();
    common * 2 > old.len().max(new.len()) || old == new
}
