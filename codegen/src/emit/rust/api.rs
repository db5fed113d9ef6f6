//! `api.rs`: the groups as methods of the client, and the methods that begin a request.

use proc_macro2::{Ident, TokenStream};
use quote::quote;

use super::calls::{self, ArgumentInfo, CallInfo};
use super::example::example;
use super::requests::meaning;
use crate::emit::rust_syntax::context::Context;
use crate::emit::rust_syntax::docs::{self, doc};
use crate::emit::rust_syntax::names::{Case, Scope};
use crate::model::{Argument, Group, Name, Place, Type};

/// Methods that the client has by hand.
const RESERVED_METHODS: [&str; 11] =
    ["base_url", "block_on", "builder", "clone", "execute", "from_env", "inner", "new", "request", "send", "to_owned"];

/// How methods of a group reach the client, and name its type.
struct Handle {
    client: TokenStream,
    generics: TokenStream,
    /// Whether the examples hold for it: they are of the async client.
    has_examples: bool,
}

impl Handle {
    /// For methods of the async client itself.
    fn own() -> Self {
        Self { client: quote!(self), generics: quote!(<'_>), has_examples: true }
    }

    /// For methods of the client without async.
    fn blocking() -> Self {
        Self { client: quote!(self), generics: quote!(<'_, crate::blocking::Client>), has_examples: false }
    }

    /// For methods of a group, which may be either's.
    fn of_group() -> Self {
        Self { client: quote!(self.client), generics: quote!(<'a, C>), has_examples: true }
    }
}

/// Emits the groups from the root down.
pub(super) fn api(cx: &Context<'_>, calls: &[CallInfo<'_>], krate: &str) -> TokenStream {
    let mut names = Scope::with(&["Client"]);
    let mut out = TokenStream::new();
    emit(cx, calls, krate, &cx.api.root, None, &mut names, &mut out);
    out
}

/// The scope of a group's methods.
pub(super) fn scope(group: &Group) -> Scope {
    if group.path.is_empty() { Scope::with(&RESERVED_METHODS) } else { Scope::with(&["clone"]) }
}

/// The method that leads to a child group.
pub(super) fn child_ident(scope: &mut Scope, child: &Group) -> Ident {
    scope.ident(&child.path.last().cloned().unwrap_or_default(), Case::Snake, "group")
}

fn emit(
    cx: &Context<'_>,
    calls: &[CallInfo<'_>],
    krate: &str,
    group: &Group,
    name: Option<Ident>,
    names: &mut Scope,
    out: &mut TokenStream,
) {
    let mut own = scope(group);
    let children: Vec<(&Group, Ident, Ident)> = group
        .groups
        .iter()
        .map(|child| {
            let ty = names.ident(&Name::concat(&child.path).join(&Name::new("api")), Case::Pascal, "group");
            (child, child_ident(&mut own, child), ty)
        })
        .collect();
    let methods = |handle: &Handle| {
        let Handle { client, generics, .. } = handle;
        let mut methods = TokenStream::new();
        for (child, method, ty) in &children {
            let docs = doc(&group_doc(child));
            methods.extend(quote! {
                #docs
                pub fn #method(&self) -> #ty #generics {
                    #ty { client: #client }
                }
            });
        }
        for call in group.operations.iter().filter_map(|index| calls.get(*index)) {
            methods.extend(begin(cx, call, handle, krate));
        }
        methods
    };
    match name {
        None => {
            let (own, blocking) = (methods(&Handle::own()), methods(&Handle::blocking()));
            out.extend(quote! {
                impl Client { #own }
                #[cfg(feature = "blocking")]
                impl crate::blocking::Client { #blocking }
            });
        }
        Some(name) => {
            let docs = doc(&group_doc(group));
            let methods = methods(&Handle::of_group());
            out.extend(quote! {
                #docs
                #[derive(Debug)]
                pub struct #name<'a, C = Client> {
                    pub(crate) client: &'a C,
                }
                crate::internal::copyable!(#name);
                impl<'a, C> #name<'a, C> { #methods }
            });
        }
    }
    for (child, _, ty) in children {
        emit(cx, calls, krate, child, Some(ty), names, out);
    }
}

fn group_doc(group: &Group) -> String {
    let path: Vec<String> = group.path.iter().map(Name::snake).collect();
    let own = docs::sentence(&group.description);
    if own.is_empty() { format!("The operations under `{}`.", path.join(".")) } else { own }
}

/// The method that begins a request.
fn begin(cx: &Context<'_>, call: &CallInfo<'_>, handle: &Handle, krate: &str) -> TokenStream {
    let CallInfo { builder, method, .. } = call;
    let Handle { client, generics, has_examples } = handle;
    let docs = doc(&method_doc(cx, call));
    let example = has_examples.then(|| example(cx, call, krate));
    let deprecated = call.operation.deprecated.then(|| quote!(#[doc = ""] #[doc = " Deprecated."]));
    let arguments = call.arguments.iter().filter(|argument| argument.required).map(|argument| {
        let ident = &argument.ident;
        let ty = match (argument.source, &call.operation.body) {
            (Argument::Body, Some(body)) => calls::whole_body(cx, body).0,
            _ => calls::taken(cx, &argument.ty, ident).0,
        };
        quote!(#ident: #ty)
    });
    let values =
        call.arguments.iter().filter(|argument| matches!(argument.source, Argument::Param(_))).map(|argument| {
            let ident = &argument.ident;
            let value = initial(cx, argument);
            if *ident == value.to_string() { quote!(#ident) } else { quote!(#ident: #value) }
        });
    let body = body_value(cx, call)
        .map(|value| if value.to_string() == "body" { quote!(body,) } else { quote!(body: #value,) });
    quote! {
        #docs
        #deprecated
        #example
        pub fn #method(&self, #(#arguments),*) -> #builder #generics {
            #builder {
                client: #client,
                options: RequestOptions::default(),
                #(#values,)*
                #body
            }
        }
    }
}

/// What the builder keeps of an argument at first.
fn initial(cx: &Context<'_>, argument: &ArgumentInfo<'_>) -> TokenStream {
    let ident = &argument.ident;
    if argument.required {
        return calls::taken(cx, &argument.ty, ident).1;
    }
    match (&argument.default, argument.optional) {
        (Some(default), true) => quote!(Some(#default)),
        (Some(default), false) => default.clone(),
        (None, _) => quote!(None),
    }
}

/// What the builder keeps as its body at first.
fn body_value(cx: &Context<'_>, call: &CallInfo<'_>) -> Option<TokenStream> {
    let body = call.operation.body.as_ref()?;
    if let Some((_, index)) = calls::body_struct(cx, call.operation) {
        let ty = cx.ident(index);
        let required =
            call.arguments.iter().filter(|argument| argument.required && matches!(argument.source, Argument::Field(_)));
        let values = required.map(|argument| {
            let ident = &argument.ident;
            match cx.resolve(&argument.ty) {
                Type::String => quote!(#ident),
                _ => calls::taken(cx, &argument.ty, ident).1,
            }
        });
        return Some(quote!(types::#ty::new(#(#values),*)));
    }
    if calls::is_sent_always(body) { Some(calls::whole_body(cx, body).2) } else { Some(quote!(None)) }
}

/// The words about an operation: what it does, how, its arguments, its errors.
fn method_doc(cx: &Context<'_>, call: &CallInfo<'_>) -> String {
    let operation = call.operation;
    let summary = if operation.summary.is_empty() {
        format!("Calls `{}`.", operation.id)
    } else {
        docs::sentence(&operation.summary)
    };
    let description = if operation.description == operation.summary { "" } else { &operation.description };
    let wire = format!("`{} {}` (`{}`).", operation.method, operation.route.template, operation.id);
    docs::paragraphs([summary, docs::sentence(description), wire, arguments_doc(cx, call), errors_doc(call)])
}

fn arguments_doc(cx: &Context<'_>, call: &CallInfo<'_>) -> String {
    let mut lines = Vec::new();
    for argument in call.arguments.iter().filter(|argument| argument.required) {
        let meaning = meaning(cx, call, argument);
        let meaning = meaning.split_whitespace().collect::<Vec<_>>().join(" ");
        lines.push(format!("- `{}`: {meaning}", argument.ident));
    }
    let optional: Vec<String> = call
        .arguments
        .iter()
        .filter(|argument| !argument.required)
        .map(|argument| format!("[`{0}`]({1}::{0})", argument.ident, call.builder))
        .collect();
    let optional = if optional.is_empty() {
        String::new()
    } else {
        format!("Optional, as methods of what is returned: {}.", optional.join(", "))
    };
    let title = if lines.is_empty() { String::new() } else { "# Arguments".to_owned() };
    docs::paragraphs([title, lines.join("\n"), optional])
}

fn errors_doc(call: &CallInfo<'_>) -> String {
    let segments = call.operation.params.iter().any(|param| param.place == Place::Path);
    let refused =
        if segments { "Path parameters that are empty, `.` or `..` are refused before anything is sent. " } else { "" };
    let documented: Vec<&str> =
        call.operation.errors.iter().map(String::as_str).filter(|status| status.parse::<u16>().is_ok()).collect();
    let statuses =
        if documented.is_empty() { String::new() } else { format!(" Documented statuses: {}.", documented.join(", ")) };
    format!("# Errors\n\n{refused}Any answer but a success is an error that keeps status, headers and body.{statuses}")
}
