//! The header `api-version`, which nobody documented.

use syn::{Expr, ImplItemFn, Lit, Stmt};

use super::super::calls::CallInfo;
use super::syntax::{edit_chain, ends_with, is_let};
use crate::model::Place;

/// Removes the header, and the map of headers where nothing else is in it. Counts headers, maps and their uses.
pub(super) fn headers(call: &CallInfo<'_>, method: &mut ImplItemFn) -> (usize, usize, usize) {
    let versions = remove(method, is_version);
    if call.operation.params.iter().any(|param| param.place == Place::Header) {
        return (versions, 0, 0);
    }
    let maps = remove(method, |stmt| is_let(stmt, "header_map"));
    let mut uses = 0;
    edit_chain(method, &mut |call| {
        if call.method != "headers" {
            return None;
        }
        uses += 1;
        Some((*call.receiver).clone())
    });
    (versions, maps, uses)
}

fn remove(method: &mut ImplItemFn, which: impl Fn(&Stmt) -> bool) -> usize {
    let before = method.block.stmts.len();
    method.block.stmts.retain(|stmt| !which(stmt));
    before - method.block.stmts.len()
}

/// Whether a statement is `header_map.append(HeaderName::from_static("api-version"), …)`.
fn is_version(stmt: &Stmt) -> bool {
    let Stmt::Expr(Expr::MethodCall(append), Some(_)) = stmt else { return false };
    let Some(Expr::Call(name)) = append.args.first() else { return false };
    let Some(Expr::Lit(text)) = name.args.first() else { return false };
    append.method == "append"
        && ends_with(&append.receiver, &["header_map"])
        && ends_with(&name.func, &["HeaderName", "from_static"])
        && matches!(&text.lit, Lit::Str(text) if text.value() == "api-version")
}
