//! Operations as Rust has them: identifiers for the builder, its fields and the raw method, each argument with how
//! it is taken and kept.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

use super::types;
use crate::emit::rust_syntax::context::Context;
use crate::emit::rust_syntax::literal::{default_of, is_argument};
use crate::emit::rust_syntax::names::{Case, Scope};
use crate::model::{Argument, Body, Encoding, Field, Name, Operation, Struct, Type, TypeKind};

/// Names that a builder's own methods and fields have, and those that its `call` uses. `max_retries` comes with retries.
const RESERVED_SETTERS: [&str; 15] = [
    "body",
    "check",
    "client",
    "collect_bytes",
    "collect_text",
    "header",
    "idempotency_key",
    "into_future",
    "max_retries",
    "new",
    "options",
    "raw",
    "send",
    "send_with_response",
    "timeout",
];

/// An operation with its identifiers.
pub(super) struct CallInfo<'a> {
    /// What the model says.
    pub(super) operation: &'a Operation,
    /// The builder: `StorageBucketCreate`.
    pub(super) builder: Ident,
    /// The method of the raw client: `storage_bucket_create`.
    pub(super) raw: Ident,
    /// The methods that lead to its group: `storage`, `bucket`.
    pub(super) groups: Vec<Ident>,
    /// The method of its group: `create`.
    pub(super) method: Ident,
    /// The arguments in documented order.
    pub(super) arguments: Vec<ArgumentInfo<'a>>,
    /// For each parameter, the builder's field that holds it.
    pub(super) params: Vec<Ident>,
}

/// An argument with its identifier.
pub(super) struct ArgumentInfo<'a> {
    /// Which one it is.
    pub(super) source: Argument,
    /// The argument's or setter's identifier.
    pub(super) ident: Ident,
    /// Where the builder keeps it: `self.vendor`, `self.body.vendor`.
    pub(super) place: TokenStream,
    /// What it is; absent for a body as a whole.
    pub(super) field: Option<&'a Field>,
    /// Its type.
    pub(super) ty: Type,
    /// Whether it must be passed to the method that makes the builder.
    pub(super) required: bool,
    /// Whether the builder keeps it as an `Option`.
    pub(super) optional: bool,
    /// The expression of its default, which is sent where the caller says nothing.
    pub(super) default: Option<TokenStream>,
}

/// Returns every operation with its identifiers.
pub(super) fn calls<'a>(cx: &Context<'a>) -> Vec<CallInfo<'a>> {
    let mut builders = Scope::with(&["C", "Call", "Client", "RequestOptions"]);
    let mut raws = Scope::with(&["baseurl", "client", "exec", "inner", "new_with_client", "post", "pre"]);
    let api = cx.api;
    let mut methods = method_idents(cx);
    api.operations
        .iter()
        .enumerate()
        .map(|(index, operation)| {
            let full = Name::concat(&operation.path);
            let (params, arguments) = arguments(cx, operation);
            let (groups, method) =
                methods.get_mut(index).and_then(Option::take).unwrap_or_else(|| (Vec::new(), format_ident!("call")));
            CallInfo {
                operation,
                builder: builders.ident(&full, Case::Pascal, "request"),
                raw: raws.ident(&full, Case::Snake, "operation"),
                groups,
                method,
                arguments,
                params,
            }
        })
        .collect()
}

/// The identifiers of methods with those that lead to them, each within its group, where child groups have theirs first.
fn method_idents(cx: &Context<'_>) -> Vec<Option<(Vec<Ident>, Ident)>> {
    let mut out = vec![None; cx.api.operations.len()];
    let mut groups = vec![(&cx.api.root, Vec::new())];
    while let Some((group, path)) = groups.pop() {
        let mut scope = super::api::scope(group);
        for child in &group.groups {
            let own = super::api::child_ident(&mut scope, child);
            groups.push((child, path.iter().cloned().chain([own]).collect()));
        }
        for index in &group.operations {
            let operation = cx.api.operations.get(*index);
            let name = operation.and_then(|operation| operation.path.last()).cloned().unwrap_or_default();
            if let Some(slot) = out.get_mut(*index) {
                *slot = Some((path.clone(), scope.ident(&name, Case::Snake, "request")));
            }
        }
    }
    out
}

fn arguments<'a>(cx: &Context<'a>, operation: &'a Operation) -> (Vec<Ident>, Vec<ArgumentInfo<'a>>) {
    let mut scope = Scope::with(&RESERVED_SETTERS);
    let params: Vec<Ident> =
        operation.params.iter().map(|param| scope.ident(&param.field.name, Case::Snake, "param")).collect();
    let mut out = Vec::new();
    for source in &operation.arguments {
        match source {
            Argument::Param(index) => {
                let (Some(param), Some(ident)) = (operation.params.get(*index), params.get(*index)) else { continue };
                let ty = without_null(&param.field.ty);
                let default = default_of(cx, &param.field, ty, &quote!(types::));
                out.push(ArgumentInfo {
                    source: *source,
                    ident: ident.clone(),
                    place: quote!(self.#ident),
                    field: Some(&param.field),
                    ty: ty.clone(),
                    required: is_argument(&param.field, default.as_ref()),
                    optional: !param.field.required,
                    default,
                });
            }
            Argument::Field(index) => {
                let Some((object, _)) = body_struct(cx, operation) else { continue };
                let (fields, _) = types::fields(object);
                let Some(field) = fields.into_iter().nth(*index) else { continue };
                let kept = field.ident;
                let default = default_of(cx, field.field, &field.field.ty, &quote!(types::));
                out.push(ArgumentInfo {
                    source: *source,
                    ident: scope.ident(&field.field.name, Case::Snake, "field"),
                    place: quote!(self.body.#kept),
                    field: Some(field.field),
                    ty: field.field.ty.clone(),
                    required: is_argument(field.field, default.as_ref()),
                    optional: !field.field.required,
                    default,
                });
            }
            Argument::Body => {
                let Some(body) = &operation.body else { continue };
                out.push(ArgumentInfo {
                    source: *source,
                    ident: format_ident!("body"),
                    place: quote!(self.body),
                    field: None,
                    ty: body.ty.clone(),
                    required: is_sent_always(body),
                    optional: !is_sent_always(body),
                    default: None,
                });
            }
        }
    }
    (params, out)
}

/// Whether the raw client can't leave this body out.
pub(super) fn is_sent_always(body: &Body) -> bool {
    body.required || body.flattened
}

/// Returns the struct of a flattened body and its type's index.
pub(super) fn body_struct<'a>(cx: &Context<'a>, operation: &'a Operation) -> Option<(&'a Struct, usize)> {
    let body = operation.body.as_ref().filter(|body| body.flattened)?;
    match cx.kind(&body.ty)? {
        (index, TypeKind::Struct(object)) => Some((object, index)),
        _ => None,
    }
}

/// What a parameter's value is: `null` has no form outside JSON, so a parameter is left out instead.
pub(super) fn without_null(ty: &Type) -> &Type {
    match ty {
        Type::Nullable(inner) => inner,
        ty => ty,
    }
}

/// How a value of a type is taken and turned into what is kept.
pub(super) fn taken(cx: &Context<'_>, ty: &Type, ident: &Ident) -> (TokenStream, TokenStream) {
    match cx.resolve(ty) {
        Type::String => (quote!(impl Into<String>), quote!(#ident.into())),
        Type::List(item) if matches!(cx.resolve(item), Type::String) => {
            (quote!(impl IntoIterator<Item = impl Into<String>>), quote!(#ident.into_iter().map(Into::into).collect()))
        }
        Type::Any => (quote!(impl Into<Value>), quote!(#ident.into())),
        Type::Named(index) if matches!(cx.def(*index).map(|def| &def.kind), Some(TypeKind::Enum(_))) => {
            let ty = cx.outer(ty);
            (quote!(impl Into<#ty>), quote!(#ident.into()))
        }
        Type::Nullable(_) => {
            let ty = cx.outer(ty);
            (quote!(impl Into<#ty>), quote!(#ident.into()))
        }
        _ => (cx.outer(ty), quote!(#ident)),
    }
}

/// How the body as a whole is taken, kept, and turned into what is kept.
pub(super) fn whole_body(cx: &Context<'_>, body: &Body) -> (TokenStream, TokenStream, TokenStream) {
    let ident = format_ident!("body");
    match body.encoding {
        Encoding::Text(_) => (quote!(impl Into<String>), quote!(String), quote!(body.into())),
        Encoding::Bytes => (quote!(impl Into<Bytes>), quote!(Bytes), quote!(body.into())),
        Encoding::Json | Encoding::Form => {
            let (taken, kept) = taken(cx, &body.ty, &ident);
            (taken, cx.outer(&body.ty), kept)
        }
    }
}
