//! Operations as the server has them: identifiers for the method, its request and the request's fields.

use proc_macro2::{Ident, TokenStream};
use quote::quote;

use super::types;
use crate::emit::rust_syntax::context::Context;
use crate::emit::rust_syntax::literal::default_of;
use crate::emit::rust_syntax::names::{Case, Scope};
use crate::model::{Argument, Auth, Content, Field, Name, Need, Operation, Place, Struct, Type, TypeKind};

/// Names of the runtime's own that stand beside requests.
const RESERVED_REQUESTS: [&str; 22] = [
    "ApiError",
    "Arc",
    "Arrived",
    "Broken",
    "BTreeMap",
    "Call",
    "Caller",
    "Check",
    "DateTime",
    "Endpoint",
    "Future",
    "Host",
    "Limits",
    "NaiveDate",
    "Operations",
    "Reply",
    "Router",
    "Routes",
    "Serialize",
    "Unread",
    "Utc",
    "Value",
];

/// An operation with its identifiers.
pub(super) struct CallInfo<'a> {
    /// What the model says.
    pub(super) operation: &'a Operation,
    /// The trait's method: `storage_bucket_create`.
    pub(super) method: Ident,
    /// The request: `StorageBucketCreate`.
    pub(super) request: Ident,
    /// The request's fields.
    pub(super) arguments: Vec<ArgumentInfo<'a>>,
    /// Who may call, as the parameter of `Call`; absent for a caller with proof.
    pub(super) access: Option<TokenStream>,
    /// What the method returns if all goes well.
    pub(super) output: TokenStream,
}

/// A field of a request.
pub(super) struct ArgumentInfo<'a> {
    /// Its identifier.
    pub(super) ident: Ident,
    /// Its type, as the struct has it.
    pub(super) kept: TokenStream,
    /// What the model says; absent for a body as a whole and for unknown fields of one.
    pub(super) field: Option<&'a Field>,
    /// Its type in the model.
    pub(super) ty: Type,
    /// Where it comes from.
    pub(super) source: Source,
}

impl ArgumentInfo<'_> {
    /// Whether it is the map of a body's unknown fields.
    pub(super) fn is_extra(&self) -> bool {
        self.field.is_none() && matches!(self.source, Source::Field(_))
    }
}

/// Where an argument comes from: the expression that reads it.
pub(super) enum Source {
    /// A parameter or the body as a whole.
    Read(TokenStream),
    /// A field of the body.
    Field(TokenStream),
}

/// Returns every operation with its identifiers.
pub(super) fn calls<'a>(cx: &Context<'a>) -> Vec<CallInfo<'a>> {
    let mut requests = Scope::with(&RESERVED_REQUESTS);
    let mut methods = Scope::with(&["authenticate", "once", "refuse"]);
    let operations = cx.api.operations.iter();
    operations
        .map(|operation| {
            let full = Name::concat(&operation.path);
            CallInfo {
                operation,
                method: methods.ident(&full, Case::Snake, "operation"),
                request: requests.ident(&full, Case::Pascal, "request"),
                arguments: arguments(cx, operation),
                access: access(cx, operation),
                output: match &operation.success.content {
                    Content::Json(ty) => cx.outer(ty),
                    _ => quote!(()),
                },
            }
        })
        .collect()
}

fn access(cx: &Context<'_>, operation: &Operation) -> Option<TokenStream> {
    match operation.auth {
        _ if cx.api.auth == Auth::None => Some(quote!(())),
        Need::No => Some(quote!(())),
        Need::Optional => Some(quote!(Option<Caller>)),
        Need::Yes => None,
    }
}

/// Returns the struct that an operation's body is, if its fields are arguments.
pub(super) fn flattened<'a>(cx: &Context<'a>, operation: &Operation) -> Option<(usize, &'a Struct)> {
    let body = operation.body.as_ref().filter(|body| body.flattened)?;
    match cx.kind(&body.ty)? {
        (index, TypeKind::Struct(object)) => Some((index, object)),
        _ => None,
    }
}

fn arguments<'a>(cx: &Context<'a>, operation: &'a Operation) -> Vec<ArgumentInfo<'a>> {
    let mut scope = Scope::default();
    let body = flattened(cx, operation);
    let (fields, extra) = body.map(|(_, object)| types::fields(object)).unzip();
    let fields = fields.unwrap_or_default();
    let mut out: Vec<ArgumentInfo<'a>> = operation
        .arguments
        .iter()
        .filter_map(|argument| match argument {
            Argument::Param(index) => param(cx, &mut scope, operation, *index),
            Argument::Field(index) => {
                let (own, field) = fields.get(*index)?;
                let held = cx.held_outer(&field.ty, body?.0);
                let ident = scope.ident(&field.name, Case::Snake, "field");
                let (kept, default) = kept(cx, field, &field.ty, &held);
                let source = Source::Field(quote!(body.#own #default));
                Some(ArgumentInfo { ident, kept, field: Some(field), ty: field.ty.clone(), source })
            }
            Argument::Body => whole(cx, &mut scope, operation),
        })
        .collect();
    if let (Some((_, object)), Some(own)) = (body.filter(|(_, object)| types::keeps_extra(object)), extra) {
        let ty = cx.outer(&object.extra);
        out.push(ArgumentInfo {
            ident: scope.ident(&Name::new("extra"), Case::Snake, "fields"),
            kept: quote!(BTreeMap<String, #ty>),
            field: None,
            ty: Type::Map(Box::new(object.extra.clone())),
            source: Source::Field(quote!(body.#own)),
        });
    }
    out
}

fn param<'a>(cx: &Context<'a>, scope: &mut Scope, operation: &'a Operation, index: usize) -> Option<ArgumentInfo<'a>> {
    let param = operation.params.get(index)?;
    let field = &param.field;
    let mut ty = cx.resolve(&field.ty);
    // `null` has no text, so it never comes.
    if let Type::Nullable(inner) = ty {
        ty = inner;
    }
    let listed = matches!(cx.resolve(ty), Type::List(_));
    let joined = param.list == crate::model::ListStyle::Joined;
    let reader = match param.place {
        Place::Path => quote!(path),
        Place::Query if listed && joined => quote!(query_list),
        Place::Query => quote!(query),
        Place::Header if listed => quote!(header_list),
        Place::Header => quote!(header),
    };
    let written =
        if matches!(field.ty, Type::Named(_)) && !cx.resolve(&field.ty).is_nullable() { &field.ty } else { ty };
    let (kept, default) = kept(cx, field, ty, &cx.outer(written));
    let wire = &field.wire;
    let turbofish = default.is_some().then(|| quote!(::<Option<_>>));
    Some(ArgumentInfo {
        ident: scope.ident(&field.name, Case::Snake, "param"),
        kept,
        field: Some(field),
        ty: ty.clone(),
        source: Source::Read(quote!(arrived.#reader #turbofish(#wire)? #default)),
    })
}

/// A field's type as a request has it, and how its default is put in. With a default it is always there.
fn kept(cx: &Context<'_>, field: &Field, ty: &Type, held: &TokenStream) -> (TokenStream, Option<TokenStream>) {
    if field.required {
        return (held.clone(), None);
    }
    let Some(default) = default_of(cx, field, ty, &quote!(types::)) else { return (quote!(Option<#held>), None) };
    let plain = matches!(cx.resolve(ty), Type::Integer(_) | Type::Number | Type::Boolean | Type::Named(_));
    let put = if plain { quote!(.unwrap_or(#default)) } else { quote!(.unwrap_or_else(|| #default)) };
    (held.clone(), Some(put))
}

fn whole<'a>(cx: &Context<'a>, scope: &mut Scope, operation: &'a Operation) -> Option<ArgumentInfo<'a>> {
    let body = operation.body.as_ref()?;
    let ty = cx.outer(&body.ty);
    let (kept, read) = if body.required {
        (ty, quote!(arrived.json().await?))
    } else {
        (quote!(Option<#ty>), quote!(arrived.optional_json().await?))
    };
    let ident = scope.ident(&Name::new("body"), Case::Snake, "value");
    Some(ArgumentInfo { ident, kept, field: None, ty: body.ty.clone(), source: Source::Read(read) })
}
