//! The checks of an argument's ranges and lengths, before anything is sent.

use proc_macro2::{Literal, TokenStream};
use quote::quote;

use super::calls::ArgumentInfo;
use super::context::Context;
use crate::model::{Type, Width};

/// Emits the checks of an argument.
pub(super) fn checks(cx: &Context<'_>, argument: &ArgumentInfo<'_>) -> Vec<TokenStream> {
    let Some(field) = argument.field else { return Vec::new() };
    let (wire, place, limits) = (&field.wire, &argument.place, &field.limits);
    let (least, most) = (limits.minimum, limits.maximum);
    let (least, most) = match cx.resolve(&argument.ty) {
        Type::Number => (least.and_then(number), most.and_then(number)),
        Type::Integer(width) => {
            (least.and_then(|least| whole(least.ceil(), *width)), most.and_then(|most| whole(most.floor(), *width)))
        }
        _ => (None, None),
    };
    let mut out = Vec::new();
    if least.is_some() || most.is_some() {
        let (least, most) = (option(least), option(most));
        out.push(quote!(check::range(#wire, #place, #least, #most)));
    }
    let (least, most) = match cx.resolve(&argument.ty) {
        Type::String => (limits.min_length, limits.max_length),
        Type::List(_) => (limits.min_items, limits.max_items),
        _ => (None, None),
    };
    let least = least.filter(|least| *least > 0);
    if least.is_some() || most.is_some() {
        let (least, most) = (option(least.map(Literal::u64_unsuffixed)), option(most.map(Literal::u64_unsuffixed)));
        out.push(quote!(check::length(#wire, &#place, #least, #most)));
    }
    out
}

fn option(value: Option<Literal>) -> TokenStream {
    match value {
        Some(value) => quote!(Some(#value)),
        None => quote!(None),
    }
}

fn number(value: f64) -> Option<Literal> {
    value.is_finite().then(|| Literal::f64_unsuffixed(value))
}

/// The literal of a whole bound. One at or beyond an end of the width's range binds nothing, and may not be written.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the value is whole and within the range")]
fn whole(value: f64, width: Width) -> Option<Literal> {
    /// 2³¹, 2⁶³ and 2⁶⁴, which `f64` has exactly; the greatest 64-bit numbers it has not.
    const ENDS: [f64; 3] = [2_147_483_648.0, 9_223_372_036_854_775_808.0, 18_446_744_073_709_551_616.0];
    let [end32, end63, end64] = ENDS;
    match width {
        Width::I32 => (value > -end32 && value < end32).then(|| Literal::i32_unsuffixed(value as i32)),
        Width::I64 => (value > -end63 && value < end63).then(|| Literal::i64_unsuffixed(value as i64)),
        Width::U64 => (value > 0.0 && value < end64).then(|| Literal::u64_unsuffixed(value as u64)),
    }
}
