//! The real names.

use std::collections::HashMap;

use proc_macro2::Ident;
use quote::format_ident;
use syn::ImplItemFn;
use syn::visit_mut::VisitMut;

use super::super::calls::CallInfo;
use super::super::subset::param_name;
use crate::model::Place;

/// Gives operation and parameters their names back: in code our identifiers, on the wire the documented names.
/// Counts the operation's names and the parameters'.
pub(super) fn rename(call: &CallInfo<'_>, placeholder: &str, method: &mut ImplItemFn) -> (usize, usize) {
    let lower: Vec<String> = call
        .operation
        .params
        .iter()
        .map(|param| match param.place {
            Place::Header => param.field.wire.to_ascii_lowercase(),
            _ => param.field.wire.clone(),
        })
        .collect();
    let placeholders = (0..lower.len()).map(param_name);
    let mut pass = Rename {
        idents: placeholders.clone().zip(call.params.iter().map(local)).collect(),
        wires: placeholders.zip(lower.iter().map(String::as_str)).collect(),
        operation: (placeholder, &call.operation.id),
        operations: 0,
        params: 0,
    };
    pass.visit_impl_item_fn_mut(method);
    method.sig.ident = call.raw.clone();
    (pass.operations, pass.params)
}

struct Rename<'c> {
    idents: HashMap<String, Ident>,
    wires: HashMap<String, &'c str>,
    operation: (&'c str, &'c str),
    operations: usize,
    params: usize,
}

impl VisitMut for Rename<'_> {
    fn visit_ident_mut(&mut self, ident: &mut Ident) {
        if let Some(new) = self.idents.get(&ident.to_string()) {
            *ident = new.clone();
        }
    }

    fn visit_lit_str_mut(&mut self, literal: &mut syn::LitStr) {
        let text = literal.value();
        if text == self.operation.0 {
            *literal = syn::LitStr::new(self.operation.1, literal.span());
            self.operations += 1;
        } else if let Some(wire) = self.wires.get(&text) {
            *literal = syn::LitStr::new(wire, literal.span());
            self.params += 1;
        }
    }
}

/// A parameter's name within a method, which has names of its own.
pub(super) fn local(param: &Ident) -> Ident {
    let taken = ["header_map", "info", "path_segment", "request", "response", "result", "url"];
    if taken.iter().any(|name| param == name) { format_ident!("{param}_") } else { param.clone() }
}
