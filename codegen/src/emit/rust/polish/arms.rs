//! The final `match` over the status.

use syn::token::Comma;
use syn::{Expr, ImplItemFn, Stmt};

/// Removes the blocks around the arms of the final `match`, and counts them.
pub(super) fn arms(method: &mut ImplItemFn) -> usize {
    let Some(Stmt::Expr(Expr::Match(block), None)) = method.block.stmts.last_mut() else { return 0 };
    let mut changed = 0;
    for arm in &mut block.arms {
        if let Expr::Block(inner) = &*arm.body
            && let [Stmt::Expr(expr, None)] = inner.block.stmts.as_slice()
        {
            *arm.body = expr.clone();
            arm.comma = Some(Comma::default());
            changed += 1;
        }
    }
    changed
}
