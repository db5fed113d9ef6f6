//! `requests.rs`: one builder an operation, with a setter for each optional argument.

use proc_macro2::TokenStream;
use quote::quote;

use super::calls::{self, ArgumentInfo, CallInfo};
use super::debug;
use super::limits::checks;
use crate::emit::rust_syntax::context::Context;
use crate::emit::rust_syntax::docs::{self, doc};
use crate::model::{Argument, Content, Encoding, Idempotency, ListStyle, Need, Place, Type};

/// Emits all builders.
pub(super) fn requests(cx: &Context<'_>, calls: &[CallInfo<'_>]) -> TokenStream {
    let items = calls.iter().map(|call| builder(cx, call));
    quote!(#(#items)*)
}

fn builder(cx: &Context<'_>, call: &CallInfo<'_>) -> TokenStream {
    let name = &call.builder;
    let operation = call.operation;
    let summary = if operation.summary.is_empty() { &operation.id } else { &operation.summary };
    let docs = doc(&docs::paragraphs([
        format!("The request of `{}`: {}", operation.id, docs::sentence(summary)),
        "Nothing is sent before [`send`](Self::send) or `.await`.".to_owned(),
    ]));
    let params = || call.arguments.iter().filter(|argument| matches!(argument.source, Argument::Param(_)));
    let fields = params().map(|ArgumentInfo { ident, ty, optional, .. }| {
        let ty = cx.outer(ty);
        let ty = if *optional { quote!(Option<#ty>) } else { ty };
        quote!(pub(super) #ident: #ty,)
    });
    let body = operation.body.as_ref().map(|body| {
        let (_, kept, _) = calls::whole_body(cx, body);
        let kept = if calls::is_sent_always(body) { kept } else { quote!(Option<#kept>) };
        quote!(pub(super) body: #kept,)
    });
    let setters: Vec<TokenStream> = call
        .arguments
        .iter()
        .filter(|argument| !argument.required)
        .map(|argument| setter(cx, call, argument))
        .collect();
    let setters = (!setters.is_empty()).then(|| quote!(impl<C> #name<'_, C> { #(#setters)* }));
    let is_sensitive = |argument: &ArgumentInfo<'_>| argument.field.is_some_and(|field| field.sensitive);
    let (debug, shown) = if params().any(is_sensitive) {
        let begin = [quote!(.field("client", &self.client)), quote!(.field("options", &self.options))];
        let own = params()
            .map(|argument| debug::line(cx, &argument.ident, &argument.ty, is_sensitive(argument), argument.optional));
        let body = operation.body.as_ref().map(|_| quote!(.field("body", &self.body)));
        let lines: Vec<TokenStream> = begin.into_iter().chain(own).chain(body).collect();
        let generics = [quote!(<C: std::fmt::Debug>), quote!(<'_, C>)];
        (None, Some(debug::careful(name, Some(generics), &lines)))
    } else {
        (Some(quote!(, Debug)), None)
    };
    let output = output(cx, &operation.success.content);
    let implementation = implementation(cx, call, &output);
    quote! {
        #docs
        #[derive(Clone #debug)]
        #[must_use = "a request does nothing until it is sent or awaited"]
        pub struct #name<'a, C = Client> {
            pub(super) client: &'a C,
            pub(super) options: RequestOptions,
            #(#fields)*
            #body
        }
        #shown
        #setters
        #implementation
        crate::internal::request_methods!(#name, #output);
    }
}

/// What an argument means, or what it is where the document doesn't say.
pub(super) fn meaning(cx: &Context<'_>, call: &CallInfo<'_>, argument: &ArgumentInfo<'_>) -> String {
    let place = match argument.source {
        Argument::Body => "as the body",
        Argument::Field(_) => "in the body",
        Argument::Param(index) => match call.operation.params.get(index).map(|param| param.place) {
            Some(Place::Header) => "in a header",
            Some(Place::Query) => "in the query",
            Some(Place::Path) | None => "in the path",
        },
    };
    let body = call.operation.body.as_ref();
    let what = match (argument.source, body.map(|body| &body.encoding)) {
        (Argument::Body, Some(Encoding::Text(_))) => "Text".to_owned(),
        (Argument::Body, Some(Encoding::Bytes)) => "Bytes".to_owned(),
        _ => docs::what(cx, &argument.ty),
    };
    let what = format!("{what}, {place}");
    match (argument.field, body) {
        (Some(field), _) => docs::field(field, &what, argument.default.is_some()),
        (None, Some(body)) if !body.description.trim().is_empty() => docs::sentence(&body.description),
        _ => format!("{what}."),
    }
}

fn setter(cx: &Context<'_>, call: &CallInfo<'_>, argument: &ArgumentInfo<'_>) -> TokenStream {
    let ArgumentInfo { ident, place, .. } = argument;
    let docs = doc(&meaning(cx, call, argument));
    let (taken, value) = match (argument.source, &call.operation.body) {
        (Argument::Body, Some(body)) => {
            let (taken, _, value) = calls::whole_body(cx, body);
            (taken, value)
        }
        _ => calls::taken(cx, &argument.ty, ident),
    };
    let boxed = matches!(argument.source, Argument::Field(_))
        && calls::body_struct(cx, call.operation).is_some_and(|(_, index)| cx.is_boxed(&argument.ty, index));
    let value = if boxed {
        let ty = cx.outer(&argument.ty);
        let nullable = cx.resolve(&argument.ty).is_nullable();
        cx.put_in_box(&argument.ty, &if nullable { quote!(Into::<#ty>::into(#ident)) } else { value })
    } else {
        value
    };
    let value = if argument.optional { quote!(Some(#value)) } else { value };
    quote! {
        #docs
        pub fn #ident(mut self, #ident: #taken) -> Self {
            #place = #value;
            self
        }
    }
}

fn implementation(cx: &Context<'_>, call: &CallInfo<'_>, output: &TokenStream) -> TokenStream {
    let name = &call.builder;
    let operation = call.operation;
    let empty = operation.success.may_be_empty;
    let (id, method, path, auth) = (&operation.id, &operation.method, &operation.route.template, need(operation.auth));
    let idempotency = match operation.idempotency {
        Some(Idempotency::Safe) => quote!(Idempotency::Safe),
        Some(Idempotency::Idempotent) => quote!(Idempotency::Idempotent),
        Some(Idempotency::Keyed) => quote!(Idempotency::Keyed),
        None => quote!(Idempotency::NotIdempotent),
    };
    let checks: Vec<TokenStream> = call.arguments.iter().flat_map(|argument| checks(cx, call, argument)).collect();
    let sent = sent(cx, call);
    quote! {
        impl<C: Sync> Call for #name<'_, C> {
            type Output = #output;

            const OPERATION: Operation<'static> = Operation {
                id: #id,
                method: #method,
                path: #path,
                idempotency: #idempotency,
                auth: #auth,
                may_be_empty: #empty,
            };

            fn check(&self) -> Result<(), Invalid> {
                #(#checks?;)*
                Ok(())
            }

            async fn call(&self, raw: &raw::Client) -> RawResult<Self::Output> {
                #sent
            }
        }
    }
}

fn need(need: Need) -> TokenStream {
    match need {
        Need::No => quote!(Need::No),
        Need::Optional => quote!(Need::Optional),
        Need::Yes => quote!(Need::Yes),
    }
}

fn output(cx: &Context<'_>, content: &Content) -> TokenStream {
    match content {
        Content::Empty => quote!(()),
        Content::Json(ty) => cx.outer(ty),
        Content::Text => quote!(String),
        Content::Bytes => quote!(Vec<u8>),
    }
}

/// The call of the raw client's method.
fn sent(cx: &Context<'_>, call: &CallInfo<'_>) -> TokenStream {
    let raw = &call.raw;
    let mut texts = TokenStream::new();
    let mut arguments = Vec::new();
    for index in super::subset::order(call.operation) {
        let (Some(param), Some(ident)) = (call.operation.params.get(index), call.params.get(index)) else { continue };
        let optional = !param.field.required;
        let ty = calls::without_null(&param.field.ty);
        let text = matches!(cx.resolve(ty), Type::String);
        let wire = &param.field.wire;
        if super::subset::as_text(cx, param) && !text {
            texts.extend(if optional {
                quote!(let #ident = self.#ident.as_ref().map(|value| value.wire_text_of(#wire)).transpose()?;)
            } else {
                quote!(let #ident = self.#ident.wire_text_of(#wire)?;)
            });
            arguments.push(if optional { quote!(#ident.as_deref()) } else { quote!(&#ident) });
        } else {
            arguments.push(match (optional, text) {
                (false, _) => quote!(&self.#ident),
                (true, true) => quote!(self.#ident.as_deref()),
                (true, false) => quote!(self.#ident.as_ref()),
            });
        }
    }
    if let Some(body) = &call.operation.body {
        arguments.push(match body.encoding {
            Encoding::Json | Encoding::Form => quote!(&self.body),
            Encoding::Text(_) | Encoding::Bytes => quote!(self.body.clone()),
        });
    }
    let sent = quote!(raw.#raw(#(#arguments),*).await);
    let sent = match call.operation.success.content {
        Content::Text => quote!(collect_text(#sent?).await),
        Content::Bytes => quote!(collect_bytes(#sent?).await),
        Content::Empty | Content::Json(_) => sent,
    };
    quote!(#texts #sent)
}

/// Whether a parameter's list has commas between its values.
pub(super) fn is_joined(param: &crate::model::Param) -> bool {
    param.place != Place::Query || param.list == ListStyle::Joined
}
