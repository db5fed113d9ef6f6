//! The checks of an argument's ranges and lengths, before anything is sent.

use proc_macro2::TokenStream;
use quote::quote;

use super::calls::{ArgumentInfo, CallInfo};
use crate::emit::rust_syntax::bounds::{Bounds, bounds};
use crate::emit::rust_syntax::context::Context;
use crate::model::{Argument, Place, Type};

/// Emits the checks of an argument.
pub(super) fn checks(cx: &Context<'_>, call: &CallInfo<'_>, argument: &ArgumentInfo<'_>) -> Vec<TokenStream> {
    let Some(field) = argument.field else { return Vec::new() };
    let (wire, place) = (&field.wire, &argument.place);
    let Bounds { range, length } = bounds(cx, &argument.ty, &field.limits);
    let range = range.map(|(least, most)| quote!(check::range(#wire, #place, #least, #most)));
    let length = length.map(|(least, most)| quote!(check::length(#wire, &#place, #least, #most)));
    // What can't be a segment is said before what is too short. Where nothing is checked here, the raw client says it.
    let in_path = matches!(argument.source, Argument::Param(index)
        if call.operation.params.get(index).is_some_and(|param| param.place == Place::Path));
    let is_text = matches!(cx.resolve(&argument.ty), Type::String);
    let segment = (in_path && is_text && length.is_some()).then(|| quote!(check::segment(#wire, &#place)));
    range.into_iter().chain(segment).chain(length).collect()
}
