//! `types.rs`: what requests and answers carry, strictly.

use proc_macro2::{Ident, TokenStream};
use quote::quote;

use super::checks::{self, Checked};
use crate::emit::rust_syntax::context::Context;
use crate::emit::rust_syntax::docs::{self, doc};
use crate::emit::rust_syntax::leniency::leniency;
use crate::emit::rust_syntax::literal::variants;
use crate::emit::rust_syntax::names::{Case, Scope};
use crate::model::{EnumValue, Field, Name, Struct, Type, TypeDef, TypeKind, Union};

/// Emits all types.
pub(super) fn types(cx: &Context<'_>, checked: &Checked) -> TokenStream {
    let items = cx.api.types.iter().enumerate().map(|(index, def)| definition(cx, checked, index, def));
    quote!(#(#items)*)
}

/// Returns whether a type holds values of any kind.
pub(super) fn holds_any(cx: &Context<'_>) -> bool {
    cx.api.types.iter().any(|def| match &def.kind {
        TypeKind::Struct(object) => {
            object.fields.iter().any(|field| is_any(&field.ty)) || (keeps_extra(object) && is_any(&object.extra))
        }
        TypeKind::Union(union) => union.variants.iter().any(|variant| is_any(&variant.ty)),
        TypeKind::Alias(ty) => is_any(ty),
        TypeKind::Enum(_) => false,
    })
}

fn is_any(ty: &Type) -> bool {
    match ty {
        Type::List(inner) | Type::Map(inner) | Type::Nullable(inner) => is_any(inner),
        ty => *ty == Type::Any,
    }
}

/// How a field is read where serde's own way would take `null` for absent, or absent for `null`.
fn reader(cx: &Context<'_>, field: &Field) -> Option<&'static str> {
    match (field.required, cx.resolve(&field.ty).is_nullable()) {
        (true, false) => None,
        (true, true) => Some("crate::api::present"),
        (false, _) => Some("crate::api::some"),
    }
}

fn definition(cx: &Context<'_>, checked: &Checked, index: usize, def: &TypeDef) -> TokenStream {
    let name = cx.ident(index);
    let text = docs::sentence(&def.description);
    let docs = doc(&if text.is_empty() { format!("The type `{name}`.") } else { text });
    let is_checked = def.in_request && checked.is_checked(index);
    match &def.kind {
        TypeKind::Struct(object) => {
            let check = is_checked.then(|| {
                let (fields, extra) = fields(object);
                let own = fields.iter().flat_map(|(ident, field)| checked.field(cx, ident, field));
                let extra = checked.has(&object.extra).then(|| quote!(self.#extra.check()));
                checks::implementation(&name, own.chain(extra).collect())
            });
            let item = structure(cx, index, &docs, object, def);
            quote!(#item #check)
        }
        TypeKind::Enum(values) => enumeration(&name, &docs, values, def.in_request),
        TypeKind::Union(union) => {
            let check = is_checked.then(|| {
                let arms = union.variants.iter().zip(alternatives(union)).map(|(variant, ident)| {
                    let has = checked.has(&variant.ty);
                    if has { quote!(Self::#ident(value) => value.check()) } else { quote!(Self::#ident(_) => Ok(())) }
                });
                checks::implementation(&name, vec![quote!(match self { #(#arms,)* })])
            });
            let item = one_of(cx, index, &docs, union, def.in_request);
            quote!(#item #check)
        }
        TypeKind::Alias(ty) if cx.is_wrapped(index) => {
            let read = def.in_request.then(|| quote!(, Deserialize));
            let ty = cx.held(ty, index);
            let check = is_checked.then(|| checks::implementation(&name, vec![quote!(self.0.check())]));
            quote! {
                #docs
                #[derive(Clone, Debug, PartialEq, Serialize #read)]
                #[serde(transparent)]
                pub struct #name(pub #ty);
                #check
            }
        }
        TypeKind::Alias(ty) => {
            let ty = cx.ty(ty);
            quote!(#docs pub type #name = #ty;)
        }
    }
}

/// Returns a struct's fields with their identifiers, and the identifier of the map for those beyond.
pub(super) fn fields(object: &Struct) -> (Vec<(Ident, &Field)>, Ident) {
    let mut scope = Scope::default();
    let fields: Vec<(Ident, &Field)> =
        object.fields.iter().map(|field| (scope.ident(&field.name, Case::Snake, "field"), field)).collect();
    (fields, scope.ident(&Name::new("extra"), Case::Snake, "fields"))
}

/// Returns whether the fields beyond the known ones are kept: only where the document gives them a type.
pub(super) fn keeps_extra(object: &Struct) -> bool {
    object.extra != Type::Any
}

/// Returns whether nothing in a struct is required.
pub(super) fn is_optional(object: &Struct) -> bool {
    object.fields.iter().all(|field| !field.required)
}

fn structure(cx: &Context<'_>, index: usize, docs: &TokenStream, object: &Struct, def: &TypeDef) -> TokenStream {
    let read = def.in_request;
    let name = cx.ident(index);
    let (fields, extra) = fields(object);
    let lines = fields.iter().map(|(ident, field)| line(cx, index, ident, field, def));
    let kept = keeps_extra(object).then(|| {
        let ty = cx.ty(&object.extra);
        quote! {
            /// The fields beyond those above.
            #[serde(flatten)]
            pub #extra: BTreeMap<String, #ty>,
        }
    });
    let sensitive = object.fields.iter().any(|field| field.sensitive);
    let shown = sensitive.then(|| {
        let extra = keeps_extra(object).then_some(&extra);
        careful(&name, fields.iter().map(|(ident, field)| (ident, field.sensitive)), extra)
    });
    let debug = (!sensitive).then(|| quote!(Debug,));
    let default = (read && is_optional(object)).then(|| quote!(Default,));
    let derive = read.then(|| quote!(, Deserialize));
    let closed = object.closed.then(|| quote!(, deny_unknown_fields));
    let expecting = read.then(|| quote!(#[serde(expecting = "an object" #closed)]));
    quote! {
        #docs
        #[derive(Clone, #debug #default PartialEq, Serialize #derive)]
        #expecting
        pub struct #name {
            #(#lines)*
            #kept
        }
        #shown
    }
}

fn line(cx: &Context<'_>, index: usize, ident: &Ident, field: &Field, def: &TypeDef) -> TokenStream {
    let read = def.in_request;
    let docs = doc(&docs::field(field, &docs::what(cx, &field.ty), false));
    let deprecated = field.deprecated.then(|| quote!(#[doc = ""] #[doc = " Deprecated."]));
    let ty = cx.held(&field.ty, index);
    let mut attributes = Vec::new();
    if *ident != field.wire {
        let wire = &field.wire;
        attributes.push(quote!(rename = #wire));
    }
    if read && !field.required {
        attributes.push(quote!(default));
    }
    if let Some(reader) = reader(cx, field).filter(|_| read) {
        attributes.push(quote!(deserialize_with = #reader));
    }
    let ty = if field.required {
        ty
    } else {
        // What only requests carry is written for fingerprints alone, where `null` will do unless it means something else.
        if def.in_response || cx.resolve(&field.ty).is_nullable() {
            attributes.push(quote!(skip_serializing_if = "Option::is_none"));
        }
        quote!(Option<#ty>)
    };
    let serde = (!attributes.is_empty()).then(|| quote!(#[serde(#(#attributes),*)]));
    quote! {
        #docs
        #deprecated
        #serde
        pub #ident: #ty,
    }
}

/// Emits a `Debug` that shows no sensitive value, and of unknown fields no value at all.
pub(super) fn careful<'a>(
    name: &Ident,
    fields: impl Iterator<Item = (&'a Ident, bool)>,
    extra: Option<&Ident>,
) -> TokenStream {
    let title = name.to_string();
    let lines = fields.map(|(ident, sensitive)| {
        let label = ident.to_string();
        if sensitive { quote!(.field(#label, &format_args!("…"))) } else { quote!(.field(#label, &self.#ident)) }
    });
    let extra = extra.map(|ident| {
        let label = ident.to_string();
        quote!(.field(#label, &self.#ident.keys()))
    });
    quote! {
        impl std::fmt::Debug for #name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_struct(#title)#(#lines)*#extra.finish()
            }
        }
    }
}

fn enumeration(name: &Ident, docs: &TokenStream, values: &[EnumValue], read: bool) -> TokenStream {
    let variants = variants(values);
    let wires: Vec<&str> = values.iter().map(|value| value.wire.as_str()).collect();
    let lines = wires.iter().map(|wire| format!(" `{}` on the wire.", wire.replace('`', "'").replace('\n', " ")));
    let read = read.then(|| quote!(, Deserialize));
    quote! {
        #docs
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize #read)]
        pub enum #name {
            #(#[doc = #lines] #[serde(rename = #wires)] #variants,)*
        }
        impl #name {
            /// Returns the word on the wire.
            pub const fn as_str(self) -> &'static str {
                match self {
                    #(Self::#variants => #wires,)*
                }
            }
        }
    }
}

/// The variants of a union's enum in order.
fn alternatives(union: &Union) -> Vec<Ident> {
    let mut scope = Scope::with(&["Self"]);
    union.variants.iter().map(|variant| scope.ident(&variant.name, Case::Pascal, "value")).collect()
}

fn one_of(cx: &Context<'_>, index: usize, docs: &TokenStream, union: &Union, read: bool) -> TokenStream {
    let name = cx.ident(index);
    let variants = alternatives(union);
    let types: Vec<TokenStream> = union.variants.iter().map(|variant| cx.held(&variant.ty, index)).collect();
    let lines = variants.iter().map(|variant| format!(" The alternative `{variant}`."));
    let reader = read.then(|| match &union.discriminator {
        None => {
            let mut order: Vec<(&Ident, &Type)> =
                variants.iter().zip(union.variants.iter().map(|variant| &variant.ty)).collect();
            order.sort_by_key(|(_, ty)| leniency(cx, ty));
            let tried = order.iter().map(|(variant, _)| variant);
            quote!(crate::api::one_of::one_of!(#name { #(#tried),* });)
        }
        Some(discriminator) => {
            let property = &discriminator.property;
            let arms = discriminator.mapping.iter().filter_map(|(value, index)| {
                let variant = variants.get(*index)?;
                Some(quote!(#value => #variant))
            });
            quote!(crate::api::one_of::one_of!(#name by #property { #(#arms),* });)
        }
    });
    quote! {
        #docs
        #[derive(Clone, Debug, PartialEq, Serialize)]
        #[serde(untagged)]
        pub enum #name {
            #(#[doc = #lines] #variants(#types),)*
        }
        #reader
    }
}
