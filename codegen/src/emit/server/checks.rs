//! Which types have limits within, and the checks of fields.

use proc_macro2::{Ident, TokenStream};
use quote::quote;

use super::calls::CallInfo;
use super::endless;
use crate::emit::rust_syntax::bounds::{Bounds, bounds};
use crate::emit::rust_syntax::context::Context;
use crate::model::{Field, Type, TypeDef, TypeKind};

/// For each named type, whether its values have limits to be checked: its own or those of what it holds.
pub(super) struct Checked(Vec<bool>);

/// Finds the types with limits among those that requests hold. A body whose fields are arguments isn't held itself.
pub(super) fn checked(cx: &Context<'_>, calls: &[CallInfo<'_>]) -> Checked {
    let mut limited = limited(cx);
    let held = held(cx, calls);
    for (limited, held) in limited.0.iter_mut().zip(held) {
        *limited &= held;
    }
    limited
}

/// For each named type, whether a request's field leads to it.
fn held(cx: &Context<'_>, calls: &[CallInfo<'_>]) -> Vec<bool> {
    let mut held = vec![false; cx.api.types.len()];
    let mut queue: Vec<&Type> = calls.iter().flat_map(|call| &call.arguments).map(|argument| &argument.ty).collect();
    while let Some(ty) = queue.pop() {
        match ty {
            Type::List(inner) | Type::Map(inner) | Type::Nullable(inner) => queue.push(inner),
            Type::Named(index) => {
                let Some(slot) = held.get_mut(*index).filter(|held| !**held) else { continue };
                *slot = true;
                queue.extend(cx.def(*index).into_iter().flat_map(endless::held));
            }
            _ => {}
        }
    }
    held
}

fn limited(cx: &Context<'_>) -> Checked {
    let mut checked = Checked(vec![false; cx.api.types.len()]);
    // Each round finds at least one more type, or is the last.
    loop {
        let now: Vec<bool> = cx.api.types.iter().map(|def| checked.is_limited(cx, def)).collect();
        if now == checked.0 {
            return checked;
        }
        checked = Checked(now);
    }
}

impl Checked {
    /// Returns whether a type has limits within its values.
    pub(super) fn has(&self, ty: &Type) -> bool {
        match ty {
            Type::List(inner) | Type::Map(inner) | Type::Nullable(inner) => self.has(inner),
            Type::Named(index) => self.is_checked(*index),
            _ => false,
        }
    }

    /// Returns whether a named type has limits within its values.
    pub(super) fn is_checked(&self, index: usize) -> bool {
        self.0.get(index).copied().unwrap_or(false)
    }

    fn is_limited(&self, cx: &Context<'_>, def: &TypeDef) -> bool {
        match &def.kind {
            TypeKind::Struct(object) => {
                let limited = |field: &Field| !own(cx, &quote!(x), field).is_empty() || self.has(&field.ty);
                object.fields.iter().any(limited) || self.has(&object.extra)
            }
            TypeKind::Union(union) => union.variants.iter().any(|variant| self.has(&variant.ty)),
            TypeKind::Alias(ty) => self.has(ty),
            TypeKind::Enum(_) => false,
        }
    }

    /// Returns the checks of a field that is kept in `self` under an identifier.
    pub(super) fn field(&self, cx: &Context<'_>, ident: &Ident, field: &Field) -> Vec<TokenStream> {
        let wire = &field.wire;
        let within = self.has(&field.ty).then(|| quote!(check::within(#wire, &self.#ident)));
        own(cx, &quote!(self.#ident), field).into_iter().chain(within).collect()
    }
}

/// The checks of a field's own limits.
fn own(cx: &Context<'_>, place: &TokenStream, field: &Field) -> Vec<TokenStream> {
    let wire = &field.wire;
    let mut ty = cx.resolve(&field.ty);
    if let Type::Nullable(inner) = ty {
        ty = cx.resolve(inner);
    }
    let Bounds { range, length } = bounds(cx, ty, &field.limits);
    let range = range.map(|(least, most)| quote!(check::range(#wire, &#place, #least, #most)));
    let length = length.map(|(least, most)| quote!(check::length(#wire, &#place, #least, #most)));
    range.into_iter().chain(length).collect()
}

/// Emits the implementation of `Check` by these checks.
pub(super) fn implementation(name: &Ident, checks: Vec<TokenStream>) -> TokenStream {
    let mut checks = checks;
    let last = checks.pop().unwrap_or_else(|| quote!(Ok(())));
    quote! {
        impl Check for #name {
            fn check(&self) -> Result<(), Broken> {
                #(#checks?;)*
                #last
            }
        }
    }
}
