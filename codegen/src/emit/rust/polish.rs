//! What we change in progenitor's tokens: named passes in order, each of which counts its changes.
//!
//! The count that each pass must reach follows from the model. A release of progenitor that writes something else
//! fails here, loudly, before anything is written.

use std::collections::HashMap;

use proc_macro2::Ident;
use quote::{ToTokens, format_ident, quote};
use syn::token::Comma;
use syn::visit_mut::{self, VisitMut};
use syn::{Expr, File, ImplItem, ImplItemFn, Item, Stmt, parse_quote};

use super::calls::{self, CallInfo};
use super::context::Context;
use super::imports::{Words, imports};
use super::subset::{operation_name, param_name};
use crate::emit::EmitError;
use crate::model::{Piece, Place};

/// Runs all passes over the file of a raw client.
pub(super) fn polish(cx: &Context<'_>, calls: &[CallInfo<'_>], mut file: File) -> Result<File, EmitError> {
    let mut methods = take_methods(&mut file);
    let mut counts = Counts::default();
    for (index, call) in calls.iter().enumerate() {
        let placeholder = operation_name(index);
        let Some(method) = methods.iter_mut().find(|method| method.sig.ident == placeholder) else {
            return Err(EmitError(format!("progenitor made no method for `{}`", call.operation.id)));
        };
        rename(call, &placeholder, method, &mut counts);
        url(call, method, &mut counts);
        headers(call, method, &mut counts);
        if has_optional_body(call) {
            optional_body(method, &mut counts);
        }
        arms(method, &mut counts);
        shorten(method);
        lifetimes(method, &mut counts);
        document(call, method);
    }
    counts.check(&Counts::expected(calls))?;
    Ok(assemble(cx, &methods))
}

/// How often each pass changed something.
#[derive(Debug, Default, PartialEq, Eq)]
struct Counts {
    operations: usize,
    urls: usize,
    wire_names: usize,
    versions: usize,
    optional_bodies: usize,
    arms: usize,
    lifetimes: usize,
}

impl Counts {
    /// The counts that follow from the model.
    fn expected(calls: &[CallInfo<'_>]) -> Self {
        let params =
            |call: &CallInfo<'_>| call.operation.params.iter().filter(|param| param.place != Place::Path).count();
        Self {
            operations: calls.len(),
            urls: calls.len(),
            wire_names: calls.iter().map(params).sum(),
            versions: calls.len(),
            optional_bodies: calls.iter().filter(|call| has_optional_body(call)).count(),
            arms: calls.len(),
            lifetimes: calls.len(),
        }
    }

    fn check(&self, expected: &Self) -> Result<(), EmitError> {
        if self == expected {
            return Ok(());
        }
        Err(EmitError(format!(
            "progenitor's output has another shape than the polish knows: changed {self:?}, expected {expected:?}; \
             compare `emit/rust/polish.rs` with the new release"
        )))
    }
}

/// Takes the operations' methods out of the file.
fn take_methods(file: &mut File) -> Vec<ImplItemFn> {
    let mut methods = Vec::new();
    for item in std::mem::take(&mut file.items) {
        let Item::Impl(block) = item else { continue };
        if block.trait_.is_some() {
            continue;
        }
        methods.extend(block.items.into_iter().filter_map(|item| match item {
            ImplItem::Fn(method) if method.sig.asyncness.is_some() => Some(method),
            _ => None,
        }));
    }
    methods
}

/// Gives operation and parameters their names back: in code our identifiers, on the wire the documented names.
fn rename(call: &CallInfo<'_>, placeholder: &str, method: &mut ImplItemFn, counts: &mut Counts) {
    struct Rename<'c> {
        idents: HashMap<String, Ident>,
        wires: HashMap<String, &'c str>,
        operation: (&'c str, &'c str),
        operations: usize,
        params: usize,
    }
    impl VisitMut for Rename<'_> {
        fn visit_ident_mut(&mut self, ident: &mut Ident) {
            if let Some(new) = self.idents.get(&ident.to_string()) {
                *ident = new.clone();
            }
        }
        fn visit_lit_str_mut(&mut self, literal: &mut syn::LitStr) {
            let text = literal.value();
            if text == self.operation.0 {
                *literal = syn::LitStr::new(self.operation.1, literal.span());
                self.operations += 1;
            } else if let Some(wire) = self.wires.get(&text) {
                *literal = syn::LitStr::new(wire, literal.span());
                self.params += 1;
            }
        }
    }
    let lower: Vec<String> = call
        .operation
        .params
        .iter()
        .map(|param| match param.place {
            Place::Header => param.field.wire.to_ascii_lowercase(),
            _ => param.field.wire.clone(),
        })
        .collect();
    let placeholders = (0..lower.len()).map(param_name);
    let mut pass = Rename {
        idents: placeholders.clone().zip(call.params.iter().map(local)).collect(),
        wires: placeholders.zip(lower.iter().map(String::as_str)).collect(),
        operation: (placeholder, &call.operation.id),
        operations: 0,
        params: 0,
    };
    pass.visit_impl_item_fn_mut(method);
    method.sig.ident = call.raw.clone();
    counts.operations += pass.operations;
    counts.wire_names += pass.params;
}

/// A parameter's name within a method, which has names of its own.
fn local(param: &Ident) -> Ident {
    let taken = ["header_map", "info", "request", "response", "result", "url"];
    if taken.iter().any(|name| param == name) { format_ident!("{param}_") } else { param.clone() }
}

/// Replaces the URL's making: each path parameter becomes one checked segment.
fn url(call: &CallInfo<'_>, method: &mut ImplItemFn, counts: &mut Counts) {
    let Some(at) = method.block.stmts.iter().position(|stmt| is_let(stmt, "url")) else { return };
    let mut template = "{}".to_owned();
    let mut segments: Vec<Stmt> = Vec::new();
    let mut done = Vec::new();
    for piece in &call.operation.route.pieces {
        match piece {
            Piece::Text(text) => template.push_str(&text.replace('{', "{{").replace('}', "}}").replace(' ', "%20")),
            Piece::Param(index) => {
                let (Some(ident), Some(param)) = (call.params.get(*index), call.operation.params.get(*index)) else {
                    return;
                };
                let ident = &local(ident);
                let wire = &param.field.wire;
                template.push_str(&format!("{{{ident}}}"));
                if !done.contains(index) {
                    segments.push(parse_quote!(let #ident = path_segment(#wire, #ident)?;));
                    done.push(*index);
                }
            }
        }
    }
    let url = name_of(method.block.stmts.get(at)).unwrap_or_else(|| format_ident!("url"));
    segments.push(parse_quote!(let #url = format!(#template, self.baseurl);));
    method.block.stmts.splice(at..=at, segments);
    counts.urls += 1;
}

/// Removes the header `api-version`, which nobody documented, and the map where nothing else is in it.
fn headers(call: &CallInfo<'_>, method: &mut ImplItemFn, counts: &mut Counts) {
    let before = method.block.stmts.len();
    method.block.stmts.retain(|stmt| !stmt.to_token_stream().to_string().contains("\"api-version\""));
    counts.versions += before - method.block.stmts.len();
    if call.operation.params.iter().any(|param| param.place == Place::Header) {
        return;
    }
    method.block.stmts.retain(|stmt| !is_let(stmt, "header_map"));
    edit_chain(method, &mut |call| {
        if call.method == "headers" {
            return Some((*call.receiver).clone());
        }
        None
    });
}

fn has_optional_body(call: &CallInfo<'_>) -> bool {
    call.operation.body.as_ref().is_some_and(|body| !calls::is_sent_always(body))
}

/// Sends an optional body only where there is one.
fn optional_body(method: &mut ImplItemFn, counts: &mut Counts) {
    let mut changed = 0;
    edit_chain(method, &mut |call| {
        if call.method != "json" {
            return None;
        }
        changed += 1;
        let receiver = &call.receiver;
        Some(parse_quote!(#receiver.optional_json(body.as_ref())))
    });
    counts.optional_bodies += changed;
}

/// Removes the blocks around the arms of the final `match`, and a second catch-all.
fn arms(method: &mut ImplItemFn, counts: &mut Counts) {
    for stmt in &mut method.block.stmts {
        let Stmt::Expr(Expr::Match(block), None) = stmt else { continue };
        let mut caught = false;
        block.arms.retain(|arm| {
            let all = matches!(arm.pat, syn::Pat::Wild(_));
            let again = caught && all;
            caught |= all;
            !again
        });
        for arm in &mut block.arms {
            if let Expr::Block(inner) = &*arm.body
                && let [Stmt::Expr(expr, None)] = inner.block.stmts.as_slice()
            {
                *arm.body = expr.clone();
                arm.comma = Some(Comma::default());
            }
        }
        counts.arms += 1;
    }
}

/// Paths that are imported need not be spelt out.
fn shorten(method: &mut ImplItemFn) {
    struct Shorten;
    impl VisitMut for Shorten {
        fn visit_path_mut(&mut self, path: &mut syn::Path) {
            let words: Vec<String> = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
            if words.starts_with(&["reqwest".to_owned(), "header".to_owned()]) {
                path.leading_colon = None;
                path.segments = path.segments.iter().skip(2).cloned().collect();
            }
            visit_mut::visit_path_mut(self, path);
        }
    }
    Shorten.visit_impl_item_fn_mut(method);
}

/// Removes the lifetime that all references share: nothing that is returned borrows.
fn lifetimes(method: &mut ImplItemFn, counts: &mut Counts) {
    struct Elide;
    impl VisitMut for Elide {
        fn visit_type_reference_mut(&mut self, reference: &mut syn::TypeReference) {
            reference.lifetime = None;
            visit_mut::visit_type_reference_mut(self, reference);
        }
        fn visit_receiver_mut(&mut self, receiver: &mut syn::Receiver) {
            *receiver = parse_quote!(&self);
        }
    }
    let generics = &mut method.sig.generics;
    let before = generics.params.len();
    generics.params = std::mem::take(&mut generics.params)
        .into_iter()
        .filter(|param| !matches!(param, syn::GenericParam::Lifetime(_)))
        .collect();
    counts.lifetimes += before - generics.params.len();
    if generics.params.is_empty() {
        generics.lt_token = None;
        generics.gt_token = None;
    }
    method.sig.inputs.iter_mut().for_each(|input| Elide.visit_fn_arg_mut(input));
}

/// One line of documentation, and the crate's own visibility.
fn document(call: &CallInfo<'_>, method: &mut ImplItemFn) {
    let text = format!(" `{} {}`", call.operation.method, call.operation.route.template);
    method.attrs = vec![parse_quote!(#[doc = #text])];
    method.vis = parse_quote!(pub(crate));
    for stmt in &mut method.block.stmts {
        if let Stmt::Local(local) = stmt {
            local.attrs.clear();
        }
    }
}

/// What `raw.rs` may import beside progenitor's own.
const IMPORTS: [&str; 13] = [
    "BTreeMap",
    "DateTime",
    "NaiveDate",
    "Utc",
    "ACCEPT",
    "CONTENT_TYPE",
    "HeaderMap",
    "HeaderValue",
    "Value",
    "types",
    "OptionalJson",
    "path_segment",
    "Bytes",
];

/// Puts the file together again: what progenitor's client has, without what nobody calls.
fn assemble(cx: &Context<'_>, methods: &[ImplItemFn]) -> File {
    let version = &cx.api.version;
    let title =
        format!(" The raw client of {}: one method an operation, each one exchange.", cx.api.title.replace('\n', " "));
    let code: proc_macro2::TokenStream = methods.iter().map(ToTokens::to_token_stream).collect();
    let words = Words::of(&code);
    let form = words.has("form_urlencoded").then(|| quote!(RequestBuilderExt,));
    let stream = words.has("ByteStream").then(|| quote!(ByteStream,));
    let imports = imports(&code, &IMPORTS);
    parse_quote! {
        use progenitor_client::{#stream ClientHooks, ClientInfo, Error, OperationInfo, #form ResponseValue};
        use crate::exec::Exchange;
        #imports

        #[doc = #title]
        pub(crate) struct Client {
            baseurl: String,
            client: reqwest::Client,
            inner: Exchange,
        }

        impl Client {
            /// Returns a client for one exchange. `baseurl` has no slash at its end.
            pub(crate) fn new_with_client(baseurl: &str, client: reqwest::Client, inner: Exchange) -> Self {
                Self { baseurl: baseurl.to_string(), client, inner }
            }

            #(#methods)*
        }

        impl ClientInfo<Exchange> for Client {
            fn api_version() -> &'static str {
                #version
            }

            fn baseurl(&self) -> &str {
                self.baseurl.as_str()
            }

            fn client(&self) -> &reqwest::Client {
                &self.client
            }

            fn inner(&self) -> &Exchange {
                &self.inner
            }
        }
    }
}

/// Whether a statement is `let name = …` (progenitor puts underscores before a name that is taken).
fn is_let(stmt: &Stmt, name: &str) -> bool {
    name_of(Some(stmt)).is_some_and(|ident| ident.to_string().trim_start_matches('_') == name)
}

fn name_of(stmt: Option<&Stmt>) -> Option<Ident> {
    match stmt {
        Some(Stmt::Local(local)) => match &local.pat {
            syn::Pat::Ident(pat) => Some(pat.ident.clone()),
            _ => None,
        },
        _ => None,
    }
}

/// Replaces method calls within a method for which `edit` has another expression.
fn edit_chain(method: &mut ImplItemFn, edit: &mut dyn FnMut(&syn::ExprMethodCall) -> Option<Expr>) {
    struct Edit<'e>(&'e mut dyn FnMut(&syn::ExprMethodCall) -> Option<Expr>);
    impl VisitMut for Edit<'_> {
        fn visit_expr_mut(&mut self, expr: &mut Expr) {
            while let Expr::MethodCall(call) = expr {
                let Some(new) = (self.0)(call) else { break };
                *expr = new;
            }
            visit_mut::visit_expr_mut(self, expr);
        }
    }
    Edit(edit).visit_impl_item_fn_mut(method);
}
