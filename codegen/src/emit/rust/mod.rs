//! The Rust client: progenitor's calls, hidden, under a surface of our own.

mod api;
mod calls;
mod debug;
mod example;
mod imports;
mod limits;
mod polish;
mod raw;
mod requests;
mod service;
mod standalone;
mod subset;
mod types;
mod unions;

pub use standalone::{OURS_ALONE, RUNTIME, standalone};

use quote::quote;

use super::rust_syntax::context::Context;
use super::rust_syntax::imports::import;
use super::rust_syntax::{docs, print};
use super::{EmitError, OutFile};
use crate::model::Api;
use imports::imports;

/// The name of our own crate.
const CRATE: &str = "infrai";

/// Names of types that the client uses for other things.
const RESERVED_TYPES: [&str; 5] = ["Call", "Client", "Operation", "RawResult", "RequestOptions"];

/// Returns the generated part of our own crate: the files of `src/generated`.
pub fn emit(api: &Api) -> Result<Vec<OutFile>, EmitError> {
    generated(api, CRATE, super::BANNER, true)
}

/// Returns the generated part of a crate.
fn generated(api: &Api, krate: &str, banner: &str, ours: bool) -> Result<Vec<OutFile>, EmitError> {
    let cx = Context::new(api, &RESERVED_TYPES);
    let calls = calls::calls(&cx);
    let library = krate.replace('-', "_");
    let groups = api::api(&cx, &calls, &library);
    let requests = requests::requests(&cx, &calls);
    let (types, readers) = types::types(&cx);
    let raw = raw::raw(&cx, &calls)?;
    let modules = quote! {
        pub mod api;
        pub(crate) mod raw;
        pub mod requests;
        pub(crate) mod service;
        pub mod types;
    };
    let file = |path: &str, about: &str, items| print::file(path, banner, about, items);
    let about = format!("What is generated for {}.", docs::lines(&api.title).join(" "));
    let seam = import("crate::internal", &readers);
    let (in_api, in_requests, in_types) =
        (imports(&groups, &IN_API), imports(&requests, &IN_REQUESTS), imports(&types, &IN_TYPES));
    let client = quote!(
        use crate::Client;
    );
    Ok(vec![
        file(
            "api.rs",
            "The operations, by group: each method begins a request, to be sent by the client `C`.",
            quote!(use super::requests::*; #client #in_api #groups),
        )?,
        file("mod.rs", &about, modules)?,
        print::text("raw.rs", banner, "The calls themselves, made by progenitor.", &raw),
        file(
            "requests.rs",
            "The requests: builders with a method for each optional argument, to be sent by the client `C`.",
            quote!(#client #in_requests #requests),
        )?,
        file("service.rs", "What the runtime must know of this service.", service::service(api, krate, ours))?,
        file("types.rs", "The types that requests and answers carry.", quote!(#in_types #seam #types))?,
    ])
}

/// What `api.rs` may import.
const IN_API: [&str; 8] = ["BTreeMap", "Bytes", "DateTime", "NaiveDate", "Utc", "Value", "types", "RequestOptions"];

/// What `requests.rs` may import.
const IN_REQUESTS: [&str; 19] = [
    "BTreeMap",
    "Bytes",
    "DateTime",
    "NaiveDate",
    "Utc",
    "Value",
    "raw",
    "types",
    "Call",
    "Idempotency",
    "Invalid",
    "Need",
    "Operation",
    "ParamValue",
    "RawResult",
    "RequestOptions",
    "check",
    "collect_bytes",
    "collect_text",
];

/// What `types.rs` may import.
const IN_TYPES: [&str; 7] = ["BTreeMap", "DateTime", "NaiveDate", "Utc", "Deserialize", "Serialize", "Value"];
