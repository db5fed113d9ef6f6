//! The Python package's generated part: types, tables and classes. What doesn't change with the API is hand-written, in
//! `sdks/python/src/infrai/_runtime`.

mod clients;
mod context;
mod docs;
mod literal;
mod operations;
mod service;
mod shapes;
mod support;
mod types;

use super::printer::{Doc, join, print};
use super::{BANNER, EmitError, OutFile};
use crate::model::Api;

use clients::Style;
use context::Context;

/// The longest line, as the package's configuration of ruff has it.
const WIDTH: usize = 100;

/// Returns the generated part of the package.
pub fn emit(api: &Api) -> Result<Vec<OutFile>, EmitError> {
    support::check(api)?;
    let cx = Context::new(api);
    let title = docs::one_line(&api.title);
    Ok(vec![
        file("__init__.py", &format!("What is generated for {title}."), &[]),
        file("async_client.py", "The client for asyncio.", &clients::clients(&cx, Style::Async)),
        file("client.py", "The client for threads.", &clients::clients(&cx, Style::Sync)),
        file("operations.py", "What the runtime must know of each operation.", &operations::operations(&cx)),
        file("service.py", "What the runtime must know of this service.", &service::service(api)),
        file("shapes.py", "What answers look like.", &shapes::shapes(&cx)),
        file("types.py", "The types that arguments and answers have.", &types::types(&cx)),
    ])
}

/// Returns a file of definitions, each a document without blank lines at its ends and how many of them come before it.
fn file(path: &str, about: &str, parts: &[(usize, Doc)]) -> OutFile {
    let banner = BANNER.replacen("//", "#", 1);
    let mut text = vec![banner.into(), Doc::Hard, docs::docstring(about)];
    for (blank, part) in parts {
        text.extend(std::iter::repeat_n(Doc::Hard, blank + 1));
        text.push(part.clone());
    }
    OutFile { path: path.to_owned(), text: print(&Doc::All(text), WIDTH) }
}

/// Returns lines, one under the other.
fn lines(docs: impl IntoIterator<Item = Doc>) -> Doc {
    join(docs, &Doc::Hard)
}

/// Returns `open a, b close`, one a line if it doesn't fit.
fn list(open: &str, items: impl IntoIterator<Item = Doc>, close: &str) -> Doc {
    super::printer::list(open, items, close, &Doc::Soft, "    ")
}

/// Returns an import of these names; nothing, if there are none.
fn import(module: &str, names: &std::collections::BTreeSet<&str>) -> Option<Doc> {
    if names.is_empty() {
        return None;
    }
    let names = sorted(names.iter().copied());
    let flat = format!("from {module} import {}", names.join(", "));
    if flat.len() <= WIDTH {
        return Some(flat.into());
    }
    Some(list(&format!("from {module} import ("), names.into_iter().map(Doc::from), ")"))
}

/// Returns names as isort sorts them: constants, then classes, then the others.
fn sorted<'a>(names: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let class = |name: &str| match name.chars().any(char::is_lowercase) {
        false if name.len() > 1 => 0,
        _ if name.starts_with(char::is_uppercase) => 1,
        _ => 2,
    };
    let mut names: Vec<&str> = names.collect();
    names.sort_by_key(|name| (class(name), *name));
    names
}
