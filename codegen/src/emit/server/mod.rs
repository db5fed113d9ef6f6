//! The server: types, a trait with one method an operation, and the routes that lead to it. What doesn't change with the API is
//! hand-written, in `gateway/src/api`.

mod calls;
mod checks;
mod endless;
mod operations;
mod routes;
mod support;
mod types;

use quote::quote;

use super::rust_syntax::context::Context;
use super::rust_syntax::imports::{Known, imports};
use super::rust_syntax::{docs, print};
use super::{EmitError, OutFile};
use crate::model::Api;

/// Names of types that generated code uses for other things.
const RESERVED_TYPES: [&str; 3] = ["Broken", "Check", "Operations"];

/// Returns the generated part of the gateway.
pub fn emit(api: &Api) -> Result<Vec<OutFile>, EmitError> {
    support::check(api)?;
    let cx = Context::new(api, &RESERVED_TYPES);
    let calls = calls::calls(&cx);
    let checked = checks::checked(&cx, &calls);
    let types = types::types(&cx, &checked);
    let operations = operations::operations(&cx, &calls, &checked);
    let routes = routes::routes(&cx, &calls);
    let requests = routes::imports(&calls);
    // A word of an enum may be called `Value`, too.
    let holds_any = types::holds_any(&cx);
    let in_types = KNOWN.into_iter().filter(|(_, word, _)| holds_any || *word != "Value");
    let (in_types, in_operations, in_routes) =
        (imports(&types, in_types), imports(&operations, KNOWN), imports(&routes, KNOWN));
    let modules = quote! {
        pub mod operations;
        pub mod routes;
        pub mod types;
    };
    let file = |path: &str, about: &str, items| print::file(path, super::BANNER, about, items);
    let about = format!("What is generated for the server of {}.", docs::lines(&api.title).join(" "));
    Ok(vec![
        file("mod.rs", &about, modules)?,
        file(
            "operations.rs",
            "What a server must do: one method an operation, each with a typed request.",
            quote!(#in_operations #operations),
        )?,
        file("routes.rs", "How requests reach the operations.", quote!(#in_routes #requests #routes))?,
        file("types.rs", "The types that requests and answers carry.", quote!(#in_types #types))?,
    ])
}

/// What generated code may import, in the order in which it does.
const KNOWN: [Known; 24] = [
    ("std::collections", "BTreeMap", "BTreeMap"),
    ("std::future", "Future", "Future"),
    ("std::sync", "Arc", "Arc"),
    ("axum", "Router", "Router"),
    ("chrono", "DateTime", "DateTime<"),
    ("chrono", "NaiveDate", "NaiveDate"),
    ("chrono", "Utc", "DateTime<"),
    ("serde", "Deserialize", "Deserialize"),
    ("serde", "Serialize", "Serialize"),
    ("serde_json", "Value", "Value"),
    ("super", "types", "types::"),
    ("crate::api", "ApiError", "ApiError"),
    ("crate::api", "Arrived", "Arrived"),
    ("crate::api", "Call", "Call"),
    ("crate::api", "Caller", "Caller"),
    ("crate::api", "Endpoint", "Endpoint"),
    ("crate::api", "Host", "Host"),
    ("crate::api", "Limits", "Limits"),
    ("crate::api", "Reply", "Reply"),
    ("crate::api", "Routes", "Routes"),
    ("crate::api", "Unread", "Unread"),
    ("crate::api", "check", "check::"),
    ("crate::api::check", "Broken", "Broken"),
    ("crate::api::check", "Check", "Check"),
];
