//! The Rust client: progenitor's calls, hidden, under a surface of our own.

mod api;
mod calls;
mod context;
mod docs;
mod example;
mod literal;
mod names;
mod polish;
mod print;
mod raw;
mod requests;
mod service;
mod standalone;
mod subset;
mod types;

pub use standalone::{RUNTIME, standalone};

use proc_macro2::TokenStream;
use quote::quote;

use super::{EmitError, OutFile};
use crate::model::Api;
use context::Context;
use print::Words;

/// The name of our own crate.
const CRATE: &str = "infrai";

/// Returns the generated part of our own crate: the files of `src/generated`.
pub fn emit(api: &Api) -> Result<Vec<OutFile>, EmitError> {
    generated(api, CRATE, super::BANNER)
}

/// Returns the generated part of a crate.
fn generated(api: &Api, krate: &str, banner: &str) -> Result<Vec<OutFile>, EmitError> {
    let cx = Context::new(api);
    let calls = calls::calls(&cx);
    let library = krate.replace('-', "_");
    let groups = api::api(&cx, &calls, &library);
    let requests = requests::requests(&cx, &calls);
    let types = types::types(&cx);
    let raw = raw::raw(&cx, &calls)?;
    let modules = quote! {
        pub mod api;
        pub(crate) mod raw;
        pub mod requests;
        pub(crate) mod service;
        pub mod types;
    };
    let file = |path: &str, about: &str, items| print::file(path, banner, about, items);
    let about = format!("What is generated for {}.", api.title.replace('\n', " "));
    Ok(vec![
        file("api.rs", "The operations, by group: each method begins a request.", with_imports(&groups))?,
        file("mod.rs", &about, modules)?,
        print::text("raw.rs", banner, "The calls themselves, made by progenitor.", &raw),
        file(
            "requests.rs",
            "The requests: builders with a method for each optional argument.",
            with_imports(&requests),
        )?,
        file("service.rs", "What the runtime must know of this service.", service::service(api, krate))?,
        file("types.rs", "The types that requests and answers carry.", with_imports(&types))?,
    ])
}

/// Puts the imports that items need before them: other crates, generated neighbours, the runtime's seam.
fn with_imports(items: &TokenStream) -> TokenStream {
    let words = Words::of(items);
    let others = words.imports();
    let requests = words.has("RequestOptions") && !words.has("raw::");
    let neighbours = [
        (
            requests,
            quote!(
                use super::requests::*;
            ),
        ),
        (
            words.has("raw::"),
            quote!(
                use super::raw;
            ),
        ),
        (
            words.has("types::"),
            quote!(
                use super::types;
            ),
        ),
        (
            words.has("Client"),
            quote!(
                use crate::Client;
            ),
        ),
    ];
    let neighbours = neighbours.into_iter().filter(|(used, _)| *used).map(|(_, line)| line);
    let seam: Vec<_> = [
        ("Call", "Call"),
        ("Idempotency", "Idempotency"),
        ("Invalid", "Invalid"),
        ("Operation", "Operation"),
        ("ParamValue", "wire_text"),
        ("RawResult", "RawResult"),
        ("RequestOptions", "RequestOptions"),
        ("check", "check::"),
        ("collect_bytes", "collect_bytes"),
        ("collect_text", "collect_text"),
        ("double_option", "\"double_option\""),
        ("present", "\"present\""),
        ("some", "\"some\""),
    ]
    .into_iter()
    .filter(|(_, sign)| words.has(sign))
    .map(|(word, _)| names::ident(word))
    .collect();
    let seam = print::import(&quote!(crate::internal), &seam);
    quote!(#others #(#neighbours)* #seam #items)
}
