//! `requests.rs`: one builder an operation, with a setter for each optional argument.

use proc_macro2::{Literal, TokenStream};
use quote::quote;

use super::calls::{self, ArgumentInfo, CallInfo};
use super::context::Context;
use super::docs::{self, doc};
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
    let params = call.arguments.iter().filter(|argument| matches!(argument.source, Argument::Param(_)));
    let fields = params.map(|ArgumentInfo { ident, ty, optional, .. }| {
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
    let setters = (!setters.is_empty()).then(|| quote!(impl #name<'_> { #(#setters)* }));
    let output = output(cx, &operation.success.content);
    let implementation = implementation(cx, call, &output);
    quote! {
        #docs
        #[derive(Clone, Debug)]
        #[must_use = "a request does nothing until it is sent or awaited"]
        pub struct #name<'a> {
            pub(super) client: &'a Client,
            pub(super) options: RequestOptions,
            #(#fields)*
            #body
        }
        #setters
        #implementation
        crate::internal::request_methods!(#name, #output);
    }
}

fn setter(cx: &Context<'_>, call: &CallInfo<'_>, argument: &ArgumentInfo<'_>) -> TokenStream {
    let ArgumentInfo { ident, place, .. } = argument;
    let text = match argument.field {
        Some(field) => docs::field(field),
        None => call.operation.body.as_ref().map(|body| docs::sentence(&body.description)).unwrap_or_default(),
    };
    let docs = doc(&if text.is_empty() { format!("Sets `{ident}`.") } else { text });
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
    let checks: Vec<TokenStream> = call.arguments.iter().flat_map(|argument| checks(cx, argument)).collect();
    let sent = sent(cx, call);
    quote! {
        impl Call for #name<'_> {
            type Output = #output;

            const OPERATION: Operation = Operation {
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

/// The checks of an argument's ranges and lengths.
fn checks(cx: &Context<'_>, argument: &ArgumentInfo<'_>) -> Vec<TokenStream> {
    let Some(field) = argument.field else { return Vec::new() };
    let (wire, place, limits) = (&field.wire, &argument.place, &field.limits);
    let ty = match cx.resolve(&argument.ty) {
        Type::Nullable(_) => return Vec::new(),
        ty => ty,
    };
    let mut out = Vec::new();
    let number = |value: Option<f64>| bound(value, ty);
    if matches!(ty, Type::Integer(_) | Type::Number) && (limits.minimum.is_some() || limits.maximum.is_some()) {
        let (least, most) = (number(limits.minimum), number(limits.maximum));
        out.push(quote!(check::range(#wire, #place, #least, #most)));
    }
    let (least, most) = match ty {
        Type::String => (limits.min_length, limits.max_length),
        Type::List(_) => (limits.min_items, limits.max_items),
        _ => (None, None),
    };
    let least = least.filter(|least| *least > 0);
    if least.is_some() || most.is_some() {
        let count = |value: Option<u64>| match value.map(Literal::u64_unsuffixed) {
            Some(value) => quote!(Some(#value)),
            None => quote!(None),
        };
        let (least, most) = (count(least), count(most));
        out.push(quote!(check::length(#wire, &#place, #least, #most)));
    }
    out
}

#[expect(clippy::cast_possible_truncation, reason = "an integer's limit is whole")]
fn bound(value: Option<f64>, ty: &Type) -> TokenStream {
    match (value, ty) {
        (None, _) => quote!(None),
        (Some(value), Type::Number) => {
            let value = Literal::f64_unsuffixed(value);
            quote!(Some(#value))
        }
        (Some(value), _) => {
            let value = Literal::i64_unsuffixed(value as i64);
            quote!(Some(#value))
        }
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
        let ty = match &param.field.ty {
            Type::Nullable(inner) => inner,
            ty => ty,
        };
        let text = matches!(cx.resolve(ty), Type::String);
        if super::subset::as_text(cx, param) && !text {
            texts.extend(if optional {
                quote!(let #ident = self.#ident.as_ref().map(ParamValue::wire_text).transpose()?;)
            } else {
                quote!(let #ident = self.#ident.wire_text()?;)
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
