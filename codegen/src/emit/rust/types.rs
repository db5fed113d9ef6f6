//! `types.rs`: the types that requests and answers carry.

use proc_macro2::{Ident, TokenStream};
use quote::quote;

use super::debug;
use super::unions::one_of;
use crate::emit::rust_syntax::context::Context;
use crate::emit::rust_syntax::docs::{self, doc};
use crate::emit::rust_syntax::literal::{default_of, is_argument, variants};
use crate::emit::rust_syntax::names::{Case, Scope};
use crate::model::{EnumValue, Field, Struct, Type, TypeDef, TypeKind};

/// Emits all types, and names the readers that their fields use.
pub(super) fn types(cx: &Context<'_>) -> (TokenStream, Vec<Ident>) {
    let items = cx.api.types.iter().enumerate().map(|(index, def)| definition(cx, index, def));
    let fields = || {
        cx.api.types.iter().flat_map(|def| match &def.kind {
            TypeKind::Struct(object) => &object.fields[..],
            _ => &[],
        })
    };
    let readers = ["double_option", "present", "some"];
    let used = readers.into_iter().filter(|word| fields().any(|field| reader(cx, field) == Some(word)));
    (quote!(#(#items)*), used.map(crate::emit::rust_syntax::names::ident).collect())
}

/// How a field is read where serde's own way would take `null` for absent, or absent for `null`.
fn reader(cx: &Context<'_>, field: &Field) -> Option<&'static str> {
    match (field.required, cx.resolve(&field.ty).is_nullable()) {
        (true, false) => None,
        (true, true) => Some("present"),
        (false, true) => Some("double_option"),
        (false, false) => Some("some"),
    }
}

fn definition(cx: &Context<'_>, index: usize, def: &TypeDef) -> TokenStream {
    let name = cx.ident(index);
    let text = docs::sentence(&def.description);
    let docs = doc(&if text.is_empty() { format!("The type `{}`.", cx.ident(index)) } else { text });
    match &def.kind {
        TypeKind::Struct(object) => structure(cx, index, &docs, object),
        TypeKind::Enum(values) => enumeration(&name, &docs, values),
        TypeKind::Union(union) => one_of(cx, index, &docs, union),
        TypeKind::Alias(ty) if cx.is_wrapped(index) => {
            let ty = cx.held(ty, index);
            quote! {
                #docs
                #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
                #[serde(transparent)]
                pub struct #name(pub #ty);
            }
        }
        TypeKind::Alias(ty) => {
            let ty = cx.ty(ty);
            quote!(#docs pub type #name = #ty;)
        }
    }
}

/// A struct's field as Rust has it.
pub(super) struct RustField<'a> {
    /// What the model says.
    pub(super) field: &'a Field,
    /// Its identifier.
    pub(super) ident: Ident,
}

/// Returns a struct's fields, and the identifier of the map that keeps unknown ones.
pub(super) fn fields(object: &Struct) -> (Vec<RustField<'_>>, Ident) {
    let mut scope = Scope::default();
    let fields: Vec<RustField<'_>> = object
        .fields
        .iter()
        .map(|field| RustField { field, ident: scope.ident(&field.name, Case::Snake, "field") })
        .collect();
    let extra = scope.ident(&crate::model::Name::new("extra"), Case::Snake, "fields");
    (fields, extra)
}

fn structure(cx: &Context<'_>, index: usize, docs: &TokenStream, object: &Struct) -> TokenStream {
    let name = cx.ident(index);
    let (fields, extra) = fields(object);
    let lines = fields.iter().map(|field| field_line(cx, index, field));
    let extra_ty = cx.ty(&object.extra);
    let extra_doc = match object.extra {
        Type::Any => " Fields that this version of the client does not know, as they came.",
        _ => " The fields beyond those above.",
    };
    let sensitive = object.fields.iter().any(|field| field.sensitive);
    let debug = if sensitive { quote!() } else { quote!(Debug,) };
    let shown = sensitive.then(|| {
        let own = fields
            .iter()
            .map(|RustField { field, ident }| debug::line(cx, ident, &field.ty, field.sensitive, !field.required));
        let label = extra.to_string();
        let lines: Vec<TokenStream> = own.chain([quote!(.field(#label, &self.#extra.keys()))]).collect();
        debug::careful(&name, None, &lines)
    });
    let new = cx.def(index).filter(|def| def.in_request).map(|_| constructor(cx, index, &fields, &extra));
    quote! {
        #docs
        #[derive(Clone, #debug PartialEq, Serialize, Deserialize)]
        #[non_exhaustive]
        pub struct #name {
            #(#lines)*
            #[doc = #extra_doc]
            #[serde(flatten)]
            pub #extra: BTreeMap<String, #extra_ty>,
        }
        #new
        #shown
    }
}

fn field_line(cx: &Context<'_>, index: usize, RustField { field, ident }: &RustField<'_>) -> TokenStream {
    let sent = cx.def(index).is_some_and(|def| def.in_request) && default_of(cx, field, &field.ty, &quote!()).is_some();
    let docs = doc(&docs::field(field, &docs::what(cx, &field.ty), sent));
    let deprecated = field.deprecated.then(|| quote!(#[doc = ""] #[doc = " Deprecated."]));
    let ty = cx.held(&field.ty, index);
    let mut attributes = Vec::new();
    let bare = ident.to_string();
    if bare != field.wire {
        let wire = &field.wire;
        attributes.push(quote!(rename = #wire));
    }
    if !field.required {
        attributes.push(quote!(default));
    }
    if let Some(reader) = reader(cx, field) {
        attributes.push(quote!(deserialize_with = #reader));
    }
    let ty = if field.required {
        ty
    } else {
        attributes.push(quote!(skip_serializing_if = "Option::is_none"));
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

/// `new` with the required fields; defaults stand where the document has some.
fn constructor(cx: &Context<'_>, index: usize, fields: &[RustField<'_>], extra: &Ident) -> TokenStream {
    let name = cx.ident(index);
    let mut arguments = Vec::new();
    let mut initial = Vec::new();
    let mut written = false;
    for RustField { field, ident } in fields {
        let default = default_of(cx, field, &field.ty, &quote!());
        let is_argument = is_argument(field, default.as_ref());
        written |= default.is_some();
        let boxed = cx.is_boxed(&field.ty, index);
        initial.push(match default {
            Some(value) if field.required => quote!(#ident: #value),
            Some(value) => quote!(#ident: Some(#value)),
            None if !is_argument => quote!(#ident: None),
            None => {
                let (ty, value) = match cx.resolve(&field.ty) {
                    _ if boxed => {
                        let ty = cx.ty(&field.ty);
                        let value = cx.put_in_box(&field.ty, &quote!(#ident));
                        (ty, quote!(#ident: #value))
                    }
                    Type::String => (quote!(impl Into<String>), quote!(#ident: #ident.into())),
                    _ => (cx.ty(&field.ty), quote!(#ident)),
                };
                arguments.push(quote!(#ident: #ty));
                value
            }
        });
    }
    let text = match (arguments.is_empty(), written) {
        (true, false) => " Returns a value without optional fields.",
        (true, true) => " Returns a value with the documented defaults.",
        (false, false) => " Returns a value with the required fields.",
        (false, true) => " Returns a value with the required fields and the documented defaults.",
    };
    let default = arguments.is_empty().then(|| {
        quote! {
            impl Default for #name {
                fn default() -> Self {
                    Self::new()
                }
            }
        }
    });
    quote! {
        impl #name {
            #[doc = #text]
            pub fn new(#(#arguments),*) -> Self {
                Self { #(#initial,)* #extra: BTreeMap::new() }
            }
        }
        #default
    }
}

fn enumeration(name: &Ident, docs: &TokenStream, values: &[EnumValue]) -> TokenStream {
    let variants = variants(values);
    let wires: Vec<&str> = values.iter().map(|value| value.wire.as_str()).collect();
    let lines = wires.iter().map(|wire| format!(" `{}` on the wire.", wire.replace('`', "'").replace('\n', " ")));
    quote! {
        #docs
        #[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum #name {
            #(#[doc = #lines] #variants,)*
            /// A value that this version of the client does not know, as it came.
            Unknown(String),
        }
        crate::internal::open_enum!(#name { #(#variants = #wires),* });
    }
}
