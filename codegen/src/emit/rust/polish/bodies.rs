//! Bodies: what is a reference already needs no `&`, and what is left out is not sent.

use syn::{Expr, ExprMethodCall, FnArg, ImplItemFn, Pat, parse_quote};

use super::super::calls::{self, CallInfo};
use super::syntax::{edit_chain, ends_with};
use crate::model::Encoding;

/// Changes how a body is sent, and counts that. Text and bytes that are always sent stay as they are.
pub(super) fn bodies(call: &CallInfo<'_>, method: &mut ImplItemFn) -> usize {
    let Some(body) = &call.operation.body else { return 0 };
    let mut changed = 0;
    let mut edit = |from: &str, to: &dyn Fn(&ExprMethodCall) -> Option<Expr>| {
        edit_chain(method, &mut |call| {
            let new = if call.method == from { to(call) } else { None };
            changed += usize::from(new.is_some());
            new
        });
    };
    match (&body.encoding, calls::is_sent_always(body)) {
        (Encoding::Json, true) => edit("json", &by_reference),
        (Encoding::Form, true) => edit("form_urlencoded", &by_reference),
        (Encoding::Json, false) => edit("json", &optional_json),
        (Encoding::Form, false) => edit("form_urlencoded", &optional_form),
        (Encoding::Text(_) | Encoding::Bytes, true) => {}
        (Encoding::Text(_) | Encoding::Bytes, false) => {
            edit("body", &optional_body);
            optional_argument(method);
        }
    }
    changed
}

/// `.json(&body)` with a `body` that is a reference is `.json(body)`.
fn by_reference(call: &ExprMethodCall) -> Option<Expr> {
    let Some(Expr::Reference(argument)) = call.args.first() else { return None };
    if !ends_with(&argument.expr, &["body"]) {
        return None;
    }
    let mut call = call.clone();
    call.args = std::iter::once((*argument.expr).clone()).collect();
    Some(Expr::MethodCall(call))
}

/// `.json(&body)` of a body that may be left out.
fn optional_json(ExprMethodCall { receiver, args, .. }: &ExprMethodCall) -> Option<Expr> {
    // Without an argument, it is an answer that is read.
    (!args.is_empty()).then(|| parse_quote!(#receiver.optional_json(body.as_ref())))
}

/// `.form_urlencoded(&body)` of a body that may be left out.
#[expect(clippy::unnecessary_wraps, reason = "the signature of all edits")]
fn optional_form(ExprMethodCall { receiver, .. }: &ExprMethodCall) -> Option<Expr> {
    Some(parse_quote!(#receiver.optional_form(body.as_ref())))
}

/// `.header(CONTENT_TYPE, HeaderValue::from_static(media)).body(body)` is sent only where there is a body.
fn optional_body(call: &ExprMethodCall) -> Option<Expr> {
    let Expr::MethodCall(header) = &*call.receiver else { return None };
    let Some(Expr::Call(value)) = header.args.get(1) else { return None };
    let named = header.method == "header"
        && header.args.first().is_some_and(|name| ends_with(name, &["CONTENT_TYPE"]))
        && ends_with(&value.func, &["HeaderValue", "from_static"]);
    let (receiver, media) = (&header.receiver, value.args.first()?);
    named.then(|| parse_quote!(#receiver.optional_body(#media, body)))
}

fn optional_argument(method: &mut ImplItemFn) {
    for input in &mut method.sig.inputs {
        if let FnArg::Typed(argument) = input
            && matches!(&*argument.pat, Pat::Ident(pat) if pat.ident == "body")
        {
            let ty = &argument.ty;
            argument.ty = parse_quote!(Option<#ty>);
        }
    }
}
