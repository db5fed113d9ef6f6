//! What we change in progenitor's tokens: named passes in order, each of which counts its changes.
//!
//! The count that each pass must reach follows from the model. A release of progenitor that writes something else
//! fails here, loudly, before anything is written.

mod arms;
mod assemble;
mod bodies;
mod exchange;
mod headers;
mod rename;
mod shorten;
mod signature;
mod syntax;
mod url;

use syn::{File, ImplItem, ImplItemFn, Item};

use super::calls::{self, CallInfo};
use super::subset::operation_name;
use crate::emit::EmitError;
use crate::emit::rust_syntax::context::Context;
use crate::model::{Content, Encoding, Place};

/// Runs all passes over the file of a raw client.
pub(super) fn polish(cx: &Context<'_>, calls: &[CallInfo<'_>], mut file: File) -> Result<File, EmitError> {
    let mut methods = take_methods(&mut file);
    for (index, call) in calls.iter().enumerate() {
        let placeholder = operation_name(index);
        let Some(method) = methods.iter_mut().find(|method| method.sig.ident == placeholder) else {
            return Err(EmitError(format!("progenitor made no method for `{}`", call.operation.id)));
        };
        passes(call, &placeholder, method).check(&Counts::expected(call), call)?;
    }
    Ok(assemble::assemble(cx, &methods))
}

/// Runs all passes over one method. Headers go first: after `rename`, ours may be called as progenitor's own.
fn passes(call: &CallInfo<'_>, placeholder: &str, method: &mut ImplItemFn) -> Counts {
    let (versions, header_maps, header_uses) = headers::headers(call, method);
    let (operations, wire_names) = rename::rename(call, placeholder, method);
    let (steps, answers) = exchange::exchange(method);
    Counts {
        operations,
        wire_names,
        versions,
        header_maps,
        header_uses,
        steps,
        answers,
        urls: url::url(call, method),
        bodies: bodies::bodies(call, method),
        arms: arms::arms(method),
        paths: shorten::shorten(method),
        lifetimes: signature::signature(call, method),
    }
}

/// How often each pass changed something in a method.
#[derive(Debug, Default, PartialEq, Eq)]
struct Counts {
    operations: usize,
    wire_names: usize,
    versions: usize,
    header_maps: usize,
    header_uses: usize,
    steps: usize,
    answers: usize,
    urls: usize,
    bodies: usize,
    arms: usize,
    paths: usize,
    lifetimes: usize,
}

impl Counts {
    /// The counts that follow from the model.
    fn expected(call: &CallInfo<'_>) -> Self {
        let operation = call.operation;
        let params = |place: Place| operation.params.iter().filter(|param| param.place == place).count();
        let headers = params(Place::Header);
        let bare = usize::from(headers == 0);
        let body = operation.body.as_ref();
        let encoding = body.map(|body| &body.encoding);
        let required = body.is_some_and(calls::is_sent_always);
        // Media types stand in two paths: the header's name and its value.
        let accept = 2 * usize::from(matches!(operation.success.content, Content::Json(_)));
        let raw = matches!(encoding, Some(Encoding::Text(_) | Encoding::Bytes));
        let media = 2 * usize::from(raw && required);
        Self {
            operations: 1,
            wire_names: params(Place::Query) + headers,
            versions: 1,
            header_maps: bare,
            header_uses: bare,
            steps: 5,
            // A success and everything else.
            answers: 2,
            urls: 1,
            bodies: usize::from(body.is_some() && !(raw && required)),
            arms: 1,
            paths: accept + media + (1 - bare),
            lifetimes: 1,
        }
    }

    fn check(&self, expected: &Self, call: &CallInfo<'_>) -> Result<(), EmitError> {
        if self == expected {
            return Ok(());
        }
        Err(EmitError(format!(
            "progenitor's output for `{}` has another shape than the polish knows: changed {self:?}, expected \
             {expected:?}; compare `emit/rust/polish` with the new release",
            call.operation.id
        )))
    }
}

/// Takes the operations' methods out of the file.
fn take_methods(file: &mut File) -> Vec<ImplItemFn> {
    let mut methods = Vec::new();
    for item in std::mem::take(&mut file.items) {
        let Item::Impl(block) = item else { continue };
        if block.trait_.is_some() {
            continue;
        }
        methods.extend(block.items.into_iter().filter_map(|item| match item {
            ImplItem::Fn(method) if method.sig.asyncness.is_some() => Some(method),
            _ => None,
        }));
    }
    methods
}
