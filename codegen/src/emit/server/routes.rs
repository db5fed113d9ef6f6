//! `routes.rs`: for each operation where it comes in, how its request is read, and which method answers it.

use proc_macro2::{Ident, Literal, TokenStream};
use quote::quote;

use super::calls::{self, CallInfo, Source};
use super::types;
use crate::emit::rust_syntax::context::Context;
use crate::emit::rust_syntax::imports::import;
use crate::emit::rust_syntax::names::ident;
use crate::model::{Content, Idempotency, Operation, Piece, Success};

/// Emits the router and all endpoints.
pub(super) fn routes(cx: &Context<'_>, calls: &[CallInfo<'_>]) -> TokenStream {
    let requests = calls.iter().map(|call| &call.request);
    let endpoints = calls.iter().map(|call| endpoint(cx, call));
    quote! {
        /// Returns the router of all operations.
        pub fn router<S: Operations>(service: Arc<S>, limits: Limits) -> Router {
            Routes::new(service, limits)#(.route::<#requests>())*.into_router()
        }
        #(#endpoints)*
    }
}

/// Emits the import of the trait and the requests.
pub(super) fn imports(calls: &[CallInfo<'_>]) -> Option<TokenStream> {
    let mut words: Vec<Ident> = calls.iter().map(|call| call.request.clone()).chain([ident("Operations")]).collect();
    words.sort();
    import("super::operations", &words)
}

fn endpoint(cx: &Context<'_>, call: &CallInfo<'_>) -> TokenStream {
    let CallInfo { operation, method, request, access, .. } = call;
    let (id, verb, path) = (&operation.id, &operation.method, template(operation));
    let keyed = operation.idempotency == Some(Idempotency::Keyed);
    let caller = access.clone().unwrap_or_else(|| quote!(Caller));
    let taken = access.as_ref().map(|access| quote!(<#access>));
    let (arrived, read) = read(cx, call);
    let status = Literal::u16_unsuffixed(status(&operation.success));
    let answer = match operation.success.content {
        Content::Json(_) => quote!(Reply::json(#status, &service.#method(call, self).await?)),
        _ => quote! {
            service.#method(call, self).await?;
            Ok(Reply::empty(#status))
        },
    };
    quote! {
        impl<S: Operations> Endpoint<S> for #request {
            const ID: &'static str = #id;
            const METHOD: &'static str = #verb;
            const PATH: &'static str = #path;
            const KEYED: bool = #keyed;

            type Access = #caller;

            async fn read(#arrived: &mut Arrived) -> Result<Self, Unread> {
                #read
            }

            async fn call(self, service: &S, call: Call #taken) -> Result<Reply, ApiError> {
                #answer
            }
        }
    }
}

/// The path's template as the runtime reads it: `{*key}` may hold slashes.
fn template(operation: &Operation) -> String {
    let piece = |piece: &Piece| match piece {
        Piece::Text(text) => text.clone(),
        Piece::Param(index) => operation.params.get(*index).map_or_else(String::new, |param| {
            let star = if param.slashes { "*" } else { "" };
            format!("{{{star}{}}}", param.field.wire)
        }),
    };
    operation.route.pieces.iter().map(piece).collect()
}

/// The reading of a request, and the name that it gives to what arrived.
fn read(cx: &Context<'_>, call: &CallInfo<'_>) -> (TokenStream, TokenStream) {
    if call.arguments.is_empty() {
        return (quote!(_), quote!(Ok(Self)));
    }
    let body = calls::flattened(cx, call.operation).zip(call.operation.body.as_ref()).map(|((_, object), body)| {
        let ty = cx.outer(&body.ty);
        if body.required {
            quote!(let body: #ty = arrived.json().await?;)
        } else {
            debug_assert!(types::is_optional(object), "an optional body's fields are");
            quote!(let body: #ty = arrived.optional_json().await?.unwrap_or_default();)
        }
    });
    let lines = call.arguments.iter().map(|argument| {
        let ident = &argument.ident;
        let (Source::Read(value) | Source::Field(value)) = &argument.source;
        quote!(#ident: #value,)
    });
    (quote!(arrived), quote!(#body Ok(Self { #(#lines)* })))
}

/// The documented status of success: the exact one.
fn status(success: &Success) -> u16 {
    let usual = if success.content == Content::Empty { 204 } else { 200 };
    success.statuses.iter().find_map(|status| status.parse().ok()).unwrap_or(usual)
}
