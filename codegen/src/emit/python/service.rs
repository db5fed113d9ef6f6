//! `service.py`: where the service is, how a key travels, where errors keep what.

use crate::emit::printer::{Doc, all};
use crate::model::{Api, Auth};

use super::shapes::tuple;
use super::{list, literal};

/// Returns the definition.
pub(super) fn service(api: &Api) -> Vec<(usize, Doc)> {
    let base_url = api.base_url.as_ref().map_or("None".to_owned(), |url| literal::text(url));
    let (auth, name) = match &api.auth {
        Auth::None => ("none", None),
        Auth::Bearer => ("bearer", None),
        Auth::Basic => ("basic", None),
        Auth::Header(name) => ("header", Some(name)),
        Auth::Query(name) => ("query", Some(name)),
    };
    let mut arguments = vec![Doc::from(format!("base_url={base_url}"))];
    if !api.key_prefix.is_empty() {
        arguments.push(format!("key_prefix={}", literal::text(&api.key_prefix)).into());
    }
    arguments.push(format!("auth={}", literal::text(auth)).into());
    arguments.extend(name.map(|name| format!("auth_name={}", literal::text(name)).into()));
    let errors = &api.errors;
    for (name, pointers) in [("code", &errors.code), ("message", &errors.message), ("request_id", &errors.request_id)] {
        if !pointers.is_empty() {
            let pointers = pointers.iter().map(|pointer| literal::text(pointer).into()).collect();
            arguments.push(all![format!("{name}="), tuple(pointers)]);
        }
    }
    vec![(1, "from .._runtime.service import Service".into()), (1, list("SERVICE = Service(", arguments, ")"))]
}
