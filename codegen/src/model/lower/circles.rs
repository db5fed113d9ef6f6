//! Types that lead back to themselves in a way that has no end.
//!
//! An alternative that is the whole again would be tried for ever; a struct that needs itself can't be filled. A
//! circle through a list, a map, `null` or an optional field is fine.

use std::collections::HashSet;

use super::Lower;
use crate::diag::Span;
use crate::model::{Discriminator, Type, TypeDef, TypeKind};

impl Lower<'_> {
    /// Opens every circle that has no end, and names it.
    pub(super) fn open_circles(&mut self) {
        for index in 0..self.types.defs().len() {
            self.open_alternatives(index);
        }
        let mut filled = fillable(self.types.defs());
        for index in 0..filled.len() {
            while let Some((wire, span)) = open_field(self.types.defs(), index, &filled) {
                self.unsupported(
                    span,
                    format!("`{wire}` needs a value that needs another without end"),
                    "it is read as any JSON value; make it optional or nullable",
                );
                filled = fillable(self.types.defs());
            }
        }
    }

    /// Takes away the alternatives of a type that are the type itself.
    fn open_alternatives(&mut self, index: usize) {
        let defs = self.types.defs();
        let Some(def) = defs.get(index) else { return };
        let (span, size) = (def.span, same(&def.kind).len());
        let back: Vec<bool> =
            same(&def.kind).iter().map(|next| next.is_some_and(|next| leads(defs, next, index))).collect();
        if !back.contains(&true) {
            return;
        }
        let Some(def) = defs.get_mut(index) else { return };
        let left = back.iter().filter(|back| !**back).count();
        match &mut def.kind {
            TypeKind::Union(union) if left > 0 => {
                let mut at = 0;
                union.variants.retain(|_| {
                    at += 1;
                    back.get(at - 1) == Some(&false)
                });
                union.discriminator = union.discriminator.take().and_then(|told| without(told, &back));
            }
            kind => *kind = TypeKind::Alias(Type::Any),
        }
        // A circle of references alone is named by a rule.
        if !self.is_named("circular-ref", span) {
            let (what, so) = if size > 1 && left > 0 {
                ("an alternative of this type is the type itself", "that alternative is left out")
            } else {
                ("this type is nothing but itself", "it is read as any JSON value")
            };
            self.unsupported(span, what, so);
        }
    }
}

/// What a value of this kind also is, without a list, map or field between, one for each alternative.
fn same(kind: &TypeKind) -> Vec<Option<usize>> {
    match kind {
        TypeKind::Alias(ty) => vec![named(ty)],
        TypeKind::Union(union) => union.variants.iter().map(|variant| named(&variant.ty)).collect(),
        TypeKind::Struct(_) | TypeKind::Enum(_) => Vec::new(),
    }
}

fn named(ty: &Type) -> Option<usize> {
    match ty {
        Type::Named(index) => Some(*index),
        Type::Nullable(inner) => named(inner),
        _ => None,
    }
}

/// Whether a value of the type `from` may also be one of the type `to`.
fn leads(defs: &[TypeDef], from: usize, to: usize) -> bool {
    reaches(from, to, |index| defs.get(index).map(|def| same(&def.kind)).unwrap_or_default())
}

fn reaches(from: usize, to: usize, next: impl Fn(usize) -> Vec<Option<usize>>) -> bool {
    let mut seen = HashSet::new();
    let mut queue = vec![from];
    while let Some(index) = queue.pop() {
        if index == to {
            return true;
        }
        if seen.insert(index) {
            queue.extend(next(index).into_iter().flatten());
        }
    }
    false
}

/// A discriminator without the variants that are taken away.
fn without(mut told: Discriminator, gone: &[bool]) -> Option<Discriminator> {
    told.mapping.retain(|_, index| gone.get(*index) == Some(&false));
    for index in told.mapping.values_mut() {
        *index -= gone.iter().take(*index).filter(|gone| **gone).count();
    }
    (!told.mapping.is_empty()).then_some(told)
}

/// Which types have a value that ends.
fn fillable(defs: &[TypeDef]) -> Vec<bool> {
    let mut filled = vec![false; defs.len()];
    loop {
        let mut more = false;
        for (index, def) in defs.iter().enumerate() {
            if filled.get(index) == Some(&false) && ends(&def.kind, &filled) {
                if let Some(slot) = filled.get_mut(index) {
                    *slot = true;
                }
                more = true;
            }
        }
        if !more {
            return filled;
        }
    }
}

fn ends(kind: &TypeKind, filled: &[bool]) -> bool {
    match kind {
        TypeKind::Alias(ty) => is_filled(ty, filled),
        TypeKind::Enum(_) => true,
        TypeKind::Union(union) => {
            union.variants.is_empty() || union.variants.iter().any(|variant| is_filled(&variant.ty, filled))
        }
        TypeKind::Struct(object) => object.fields.iter().all(|field| !field.required || is_filled(&field.ty, filled)),
    }
}

fn is_filled(ty: &Type, filled: &[bool]) -> bool {
    match ty {
        Type::Named(index) => filled.get(*index) != Some(&false),
        _ => true,
    }
}

/// Opens a struct's first field that needs the struct, and returns its name and place.
fn open_field(defs: &mut [TypeDef], index: usize, filled: &[bool]) -> Option<(String, Span)> {
    if filled.get(index) != Some(&false) {
        return None;
    }
    let needs = |index: usize| -> Vec<Option<usize>> {
        let unfilled = |ty: &Type| named(ty).filter(|_| !is_filled(ty, filled));
        match defs.get(index).map(|def| &def.kind) {
            Some(TypeKind::Alias(ty)) => vec![unfilled(ty)],
            Some(TypeKind::Union(union)) => union.variants.iter().map(|variant| unfilled(&variant.ty)).collect(),
            Some(TypeKind::Struct(object)) => {
                object.fields.iter().filter(|field| field.required).map(|field| unfilled(&field.ty)).collect()
            }
            Some(TypeKind::Enum(_)) | None => Vec::new(),
        }
    };
    let Some(TypeKind::Struct(object)) = defs.get(index).map(|def| &def.kind) else { return None };
    let at = object.fields.iter().position(|field| {
        let inner = named(&field.ty).filter(|_| field.required && !is_filled(&field.ty, filled));
        inner.is_some_and(|inner| reaches(inner, index, needs))
    })?;
    let Some(TypeKind::Struct(object)) = defs.get_mut(index).map(|def| &mut def.kind) else { return None };
    let field = object.fields.get_mut(at)?;
    field.ty = Type::Any;
    Some((field.wire.clone(), field.type_span))
}
