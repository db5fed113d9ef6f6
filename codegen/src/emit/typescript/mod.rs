//! The TypeScript client's generated part: types, tables that say what answers must be, and the operations by group. All that
//! doesn't change with the API is hand-written, in `sdks/typescript/src/runtime`.

mod docs;
mod literal;
mod names;
mod operations;
mod reach;
mod service;
mod shapes;
mod support;
mod types;

use names::Names;

use super::printer::{Doc, all, join, print};
use super::{EmitError, OutFile};
use crate::model::Api;

/// The longest line, as prettier is told.
const WIDTH: usize = 100;

/// One step further in.
const STEP: &str = "  ";

/// Returns the generated part of the package.
pub fn emit(api: &Api) -> Result<Vec<OutFile>, EmitError> {
    support::check(api)?;
    let cx = Context { api, names: Names::new(api), reached: reach::reached(api) };
    Ok(vec![
        file(
            "operations.ts",
            &format!("The operations of {}, by group.", docs::one_line(&api.title)),
            operations::operations(&cx),
        ),
        file("service.ts", "What the runtime must know of this service.", service::service(api)),
        file("shapes.ts", "What answers must be.", shapes::shapes(&cx)),
        file("types.ts", "The types that requests and answers carry.", types::types(&cx)),
    ])
}

/// What all parts need.
struct Context<'a> {
    api: &'a Api,
    names: Names,
    /// For each type, whether an argument or an answer leads to it.
    reached: Vec<reach::Reached>,
}

/// A file with its banner.
fn file(path: &str, about: &str, items: Vec<Doc>) -> OutFile {
    let blank = all![Doc::Hard, Doc::Hard];
    let head = all![super::BANNER, Doc::Hard, format!("// {about}")];
    // A file is a module even if nothing is in it.
    let items = if items.is_empty() { vec![Doc::from("export {};")] } else { items };
    let doc = join([head].into_iter().chain(items), &blank);
    OutFile { path: path.to_owned(), text: print(&doc, WIDTH) }
}
