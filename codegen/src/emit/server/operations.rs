//! `operations.rs`: the trait with one method an operation, and the typed requests.

use proc_macro2::TokenStream;
use quote::quote;

use super::calls::{ArgumentInfo, CallInfo};
use super::checks::{self, Checked};
use super::types::careful;
use crate::emit::rust_syntax::context::Context;
use crate::emit::rust_syntax::docs::{self, doc};
use crate::model::Argument;

/// Emits the trait and all requests.
pub(super) fn operations(cx: &Context<'_>, calls: &[CallInfo<'_>], checked: &Checked) -> TokenStream {
    let methods = calls.iter().map(method);
    let requests = calls.iter().map(|call| request(cx, call, checked));
    let docs = doc(&docs::paragraphs([
        format!("{}: its operations.", docs::lines(&cx.api.title).join(" ").trim_end_matches('.')),
        "Arguments have been read. They and their fields are within the description's ranges and lengths; patterns are not looked at.".to_owned(),
    ]));
    quote! {
        #docs
        pub trait Operations: Host {
            #(#methods)*
        }
        #(#requests)*
    }
}

fn method(call: &CallInfo<'_>) -> TokenStream {
    let CallInfo { operation, method, request, access, output, .. } = call;
    let summary = if operation.summary.is_empty() { &operation.id } else { &operation.summary };
    let deprecated = if operation.deprecated { "Deprecated." } else { "" };
    let docs = doc(&docs::paragraphs([
        docs::sentence(summary),
        docs::sentence(&operation.description),
        deprecated.to_owned(),
    ]));
    let access = access.as_ref().map(|access| quote!(<#access>));
    quote! {
        #docs
        fn #method(
            &self,
            call: Call #access,
            request: #request,
        ) -> impl Future<Output = Result<#output, ApiError>> + Send;
    }
}

fn request(cx: &Context<'_>, call: &CallInfo<'_>, checked: &Checked) -> TokenStream {
    let CallInfo { operation, request, arguments, .. } = call;
    let docs = doc(&format!("The request of `{}`: `{} {}`.", operation.id, operation.method, operation.route.template));
    let checks = checks::implementation(
        request,
        arguments.iter().flat_map(|argument| checks_of(cx, argument, checked)).collect(),
    );
    if arguments.is_empty() {
        return quote! {
            #docs
            #[derive(Clone, Debug, PartialEq, Serialize)]
            pub struct #request;
            #checks
        };
    }
    let lines = arguments.iter().map(|argument| {
        let ArgumentInfo { ident, kept, field, ty, .. } = argument;
        let text = match field {
            Some(field) => docs::field(field, &docs::what(cx, ty), true),
            None if operation.arguments.contains(&Argument::Body) => {
                let own = operation.body.as_ref().map(|body| docs::sentence(&body.description)).unwrap_or_default();
                if own.is_empty() { "The body.".to_owned() } else { own }
            }
            None => "The fields beyond those above.".to_owned(),
        };
        let docs = doc(&text);
        quote!(#docs pub #ident: #kept,)
    });
    let is_sensitive = |argument: &ArgumentInfo<'_>| argument.field.is_some_and(|field| field.sensitive);
    let sensitive = arguments.iter().any(is_sensitive);
    let shown = sensitive.then(|| {
        let (extra, known): (Vec<_>, Vec<_>) = arguments.iter().partition(|argument| argument.is_extra());
        let known = known.into_iter().map(|argument| (&argument.ident, is_sensitive(argument)));
        careful(request, known, extra.first().map(|argument| &argument.ident))
    });
    let debug = (!sensitive).then(|| quote!(Debug,));
    quote! {
        #docs
        #[derive(Clone, #debug PartialEq, Serialize)]
        pub struct #request {
            #(#lines)*
        }
        #checks
        #shown
    }
}

fn checks_of(cx: &Context<'_>, argument: &ArgumentInfo<'_>, checked: &Checked) -> Vec<TokenStream> {
    let ident = &argument.ident;
    match argument.field {
        Some(field) => checked.field(cx, ident, field),
        None if checked.has(&argument.ty) => vec![quote!(self.#ident.check())],
        None => Vec::new(),
    }
}
