//! The URL.

use syn::{ImplItemFn, Stmt, parse_quote};

use super::super::calls::CallInfo;
use super::rename::local;
use super::syntax::{is_let, name_of};
use crate::model::Piece;

/// Replaces the URL's making, and counts it: each path parameter becomes one checked segment.
pub(super) fn url(call: &CallInfo<'_>, method: &mut ImplItemFn) -> usize {
    let stmts = &method.block.stmts;
    let Some(at) = stmts.iter().position(|stmt| is_let(stmt, "url")) else { return 0 };
    let Some(url) = stmts.get(at).and_then(name_of).cloned() else { return 0 };
    let mut template = "{}".to_owned();
    let mut segments: Vec<Stmt> = Vec::new();
    let mut done = Vec::new();
    for piece in &call.operation.route.pieces {
        match piece {
            Piece::Text(text) => template.push_str(&text.replace('{', "{{").replace('}', "}}").replace(' ', "%20")),
            Piece::Param(index) => {
                let (Some(ident), Some(param)) = (call.params.get(*index), call.operation.params.get(*index)) else {
                    return 0;
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
    segments.push(parse_quote!(let #url = format!(#template, self.baseurl);));
    method.block.stmts.splice(at..=at, segments);
    1
}
