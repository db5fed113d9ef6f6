//! Sending: one call of ours in place of progenitor's hooks, which would build a response anew and read it a second time.

use syn::visit_mut::{self, VisitMut};
use syn::{Expr, ExprCall, ImplItemFn, Pat, Stmt, parse_quote};

use super::syntax::{ends_with, is_let};

/// Replaces the five statements that send the request and what makes its answer a value. Counts the statements, and the uses
/// of the answer.
pub(super) fn exchange(method: &mut ImplItemFn) -> (usize, usize) {
    let steps = send(&mut method.block.stmts);
    let mut pass = Answers(0);
    pass.visit_impl_item_fn_mut(method);
    (steps, pass.0)
}

fn send(stmts: &mut Vec<Stmt>) -> usize {
    let Some(at) = stmts.iter().position(|stmt| is_let(stmt, "info")) else { return 0 };
    let Some([_, pre, result, post, response, ..]) = stmts.get(at..) else { return 0 };
    let known = calls(pre, "pre") && is_let(result, "result") && calls(post, "post") && is_let(response, "response");
    if !known {
        return 0;
    }
    stmts.splice(at..at + 5, [parse_quote!(let response = self.exchange(request).await?;)]);
    for stmt in stmts.iter_mut().filter(|stmt| is_let(stmt, "request")) {
        if let Stmt::Local(local) = stmt
            && let Pat::Ident(name) = &mut local.pat
        {
            name.mutability = None;
        }
    }
    5
}

/// Whether a statement is `self.hook(…).await?;`.
fn calls(stmt: &Stmt, hook: &str) -> bool {
    let Stmt::Expr(Expr::Try(tried), Some(_)) = stmt else { return false };
    let Expr::Await(awaited) = &*tried.expr else { return false };
    matches!(&*awaited.base, Expr::MethodCall(call) if call.method == hook && ends_with(&call.receiver, &["self"]))
}

struct Answers(usize);

impl VisitMut for Answers {
    fn visit_expr_mut(&mut self, expr: &mut Expr) {
        match expr {
            // `ResponseValue::from_response(response).await`
            Expr::Await(awaited) if is_read(&awaited.base) => {
                *expr = parse_quote!(response.json());
                self.0 += 1;
            }
            // `Error::UnexpectedResponse(response)` and the like
            Expr::Call(call) if takes_response(call) => {
                call.args = std::iter::once::<Expr>(parse_quote!(response.into())).collect();
                self.0 += 1;
            }
            _ => visit_mut::visit_expr_mut(self, expr),
        }
    }
}

fn is_read(expr: &Expr) -> bool {
    matches!(expr, Expr::Call(call) if takes_response(call) && ends_with(&call.func, &["ResponseValue", "from_response"]))
}

fn takes_response(call: &ExprCall) -> bool {
    call.args.len() == 1 && call.args.first().is_some_and(|argument| ends_with(argument, &["response"]))
}
