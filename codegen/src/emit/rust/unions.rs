//! Enums for types that are one of several.

use proc_macro2::{Ident, TokenStream};
use quote::quote;

use crate::emit::rust_syntax::context::Context;
use crate::emit::rust_syntax::leniency::leniency;
use crate::emit::rust_syntax::names::{Case, Scope};
use crate::model::{Type, TypeKind, Union};

/// Emits the enum of a union.
pub(super) fn one_of(cx: &Context<'_>, index: usize, docs: &TokenStream, union: &Union) -> TokenStream {
    let name = cx.ident(index);
    let mut scope = Scope::with(&["Unknown", "Self"]);
    let variants: Vec<Ident> =
        union.variants.iter().map(|variant| scope.ident(&variant.name, Case::Pascal, "value")).collect();
    let types: Vec<TokenStream> = union.variants.iter().map(|variant| cx.held(&variant.ty, index)).collect();
    let lines = variants.iter().map(|variant| format!(" The alternative `{variant}`."));
    let reader = match &union.discriminator {
        None => {
            let tried = tried(cx, index, union, &variants);
            quote!(crate::internal::untagged_union!(#name { #(#tried),* });)
        }
        Some(discriminator) => {
            let property = &discriminator.property;
            let arms = discriminator.mapping.iter().filter_map(|(value, index)| {
                let variant = variants.get(*index)?;
                Some(quote!(#value => #variant))
            });
            quote!(crate::internal::tagged_union!(#name by #property { #(#arms),* });)
        }
    };
    quote! {
        #docs
        #[derive(Clone, Debug, PartialEq, Serialize)]
        #[serde(untagged)]
        #[non_exhaustive]
        pub enum #name {
            #(#[doc = #lines] #variants(#types),)*
            /// An alternative that this version of the client does not know, as it came.
            Unknown(Value),
        }
        #reader
    }
}

/// The variants in the order in which they are tried. One that takes what it doesn't know is tried for what it knows where
/// another may know the rest.
fn tried(cx: &Context<'_>, index: usize, union: &Union, variants: &[Ident]) -> Vec<TokenStream> {
    let mut order: Vec<(&Ident, &Type)> =
        variants.iter().zip(union.variants.iter().map(|variant| &variant.ty)).collect();
    order.sort_by_key(|(_, ty)| leniency(cx, ty));
    let mut rest = order.as_slice();
    let mut out = Vec::new();
    while let [(variant, ty), later @ ..] = rest {
        let open = match cx.kind(ty) {
            Some((at, TypeKind::Enum(_))) => later.iter().any(|(_, ty)| takes_text(cx, ty)).then(|| cx.ident(at)),
            Some((at, TypeKind::Union(_))) if !cx.is_boxed(ty, index) && !later.is_empty() => Some(cx.ident(at)),
            _ => None,
        };
        out.push(match open {
            Some(open) => quote!(#variant not #open::Unknown(_)),
            None => quote!(#variant),
        });
        rest = later;
    }
    out
}

/// Whether a type takes any text.
fn takes_text(cx: &Context<'_>, ty: &Type) -> bool {
    match (cx.resolve(ty), cx.kind(ty)) {
        (_, Some((_, TypeKind::Enum(_) | TypeKind::Union(_)))) | (Type::String | Type::Any, _) => true,
        (Type::Nullable(inner), _) => takes_text(cx, inner),
        _ => false,
    }
}
