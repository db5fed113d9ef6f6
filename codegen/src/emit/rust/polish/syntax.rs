//! What several passes ask of syntax.

use proc_macro2::Ident;
use syn::visit_mut::{self, VisitMut};
use syn::{Expr, ExprMethodCall, ImplItemFn, Pat, Stmt};

/// Whether a statement is `let name = …` (progenitor puts underscores before a name that is taken).
pub(super) fn is_let(stmt: &Stmt, name: &str) -> bool {
    name_of(stmt).is_some_and(|ident| ident.to_string().trim_start_matches('_') == name)
}

/// The name that a statement binds.
pub(super) fn name_of(stmt: &Stmt) -> Option<&Ident> {
    let Stmt::Local(local) = stmt else { return None };
    match &local.pat {
        Pat::Ident(pat) => Some(&pat.ident),
        _ => None,
    }
}

/// Whether an expression is a path that ends with these words.
pub(super) fn ends_with(expr: &Expr, words: &[&str]) -> bool {
    let Expr::Path(path) = expr else { return false };
    let segments = &path.path.segments;
    segments.len() >= words.len()
        && segments.iter().rev().zip(words.iter().rev()).all(|(segment, word)| segment.ident == word)
}

/// Replaces method calls within a method for which `edit` has another expression.
pub(super) fn edit_chain(method: &mut ImplItemFn, edit: &mut dyn FnMut(&ExprMethodCall) -> Option<Expr>) {
    struct Edit<'e>(&'e mut dyn FnMut(&ExprMethodCall) -> Option<Expr>);
    impl VisitMut for Edit<'_> {
        fn visit_expr_mut(&mut self, expr: &mut Expr) {
            if let Expr::MethodCall(call) = expr
                && let Some(new) = (self.0)(call)
            {
                *expr = new;
            }
            visit_mut::visit_expr_mut(self, expr);
        }
    }
    Edit(edit).visit_impl_item_fn_mut(method);
}
