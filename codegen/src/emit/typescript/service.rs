//! `service.ts`: what the runtime must know of the service.

use super::docs::comment;
use super::literal::{array, object, tall, text};
use crate::emit::printer::{Doc, all};
use crate::model::Api;

pub(super) fn service(api: &Api) -> Vec<Doc> {
    let places = |pointers: &[String]| {
        array(pointers.iter().map(|pointer| {
            let names = pointer.split('/').skip(1).map(|name| name.replace("~1", "/").replace("~0", "~"));
            array(names.map(|name| text(&name).into()))
        }))
    };
    let errors = object(vec![
        ("code".to_owned(), places(&api.errors.code)),
        ("message".to_owned(), places(&api.errors.message)),
        ("requestId".to_owned(), places(&api.errors.request_id)),
    ]);
    let base_url = api.base_url.as_deref().unwrap_or("http://127.0.0.1");
    let parts = tall(vec![
        ("baseUrl".to_owned(), text(base_url).into()),
        ("keyPrefix".to_owned(), text(&api.key_prefix).into()),
        ("errors".to_owned(), errors),
    ]);
    let doc = comment(&["The service that this package is a client of.".to_owned()], 0);
    vec![
        "import type { Service } from \"../runtime/operation.js\";".into(),
        all![doc, "export const service: Service = ", parts, ";"],
    ]
}
