//! The checks of an argument's ranges and lengths, before anything is sent.

use proc_macro2::TokenStream;
use quote::quote;

use super::calls::ArgumentInfo;
use crate::emit::rust_syntax::bounds::{Bounds, bounds};
use crate::emit::rust_syntax::context::Context;

/// Emits the checks of an argument.
pub(super) fn checks(cx: &Context<'_>, argument: &ArgumentInfo<'_>) -> Vec<TokenStream> {
    let Some(field) = argument.field else { return Vec::new() };
    let (wire, place) = (&field.wire, &argument.place);
    let Bounds { range, length } = bounds(cx, &argument.ty, &field.limits);
    let range = range.map(|(least, most)| quote!(check::range(#wire, #place, #least, #most)));
    let length = length.map(|(least, most)| quote!(check::length(#wire, &#place, #least, #most)));
    range.into_iter().chain(length).collect()
}
