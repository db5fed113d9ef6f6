//! The head of a method: its lifetime, visibility and documentation.

use syn::visit_mut::{self, VisitMut};
use syn::{GenericParam, ImplItemFn, Stmt, parse_quote};

use super::super::calls::CallInfo;

/// Writes a method's head as we do, and counts the lifetimes that are removed.
pub(super) fn signature(call: &CallInfo<'_>, method: &mut ImplItemFn) -> usize {
    let removed = lifetimes(method);
    let text = format!(" `{} {}`", call.operation.method, call.operation.route.template);
    method.attrs = vec![parse_quote!(#[doc = #text])];
    method.vis = parse_quote!(pub(crate));
    for stmt in &mut method.block.stmts {
        if let Stmt::Local(local) = stmt {
            local.attrs.clear();
        }
    }
    removed
}

/// Removes the lifetime that all references share: nothing that is returned borrows.
fn lifetimes(method: &mut ImplItemFn) -> usize {
    let generics = &mut method.sig.generics;
    let before = generics.params.len();
    generics.params = std::mem::take(&mut generics.params)
        .into_iter()
        .filter(|param| !matches!(param, GenericParam::Lifetime(_)))
        .collect();
    let removed = before - generics.params.len();
    if generics.params.is_empty() {
        generics.lt_token = None;
        generics.gt_token = None;
    }
    method.sig.inputs.iter_mut().for_each(|input| Elide.visit_fn_arg_mut(input));
    removed
}

struct Elide;

impl VisitMut for Elide {
    fn visit_type_reference_mut(&mut self, reference: &mut syn::TypeReference) {
        reference.lifetime = None;
        visit_mut::visit_type_reference_mut(self, reference);
    }

    fn visit_receiver_mut(&mut self, receiver: &mut syn::Receiver) {
        *receiver = parse_quote!(&self);
    }
}
