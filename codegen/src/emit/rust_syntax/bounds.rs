//! The limits of a value as Rust's literals.

use proc_macro2::{Literal, TokenStream};
use quote::quote;

use super::context::Context;
use crate::model::{Limits, Type, Width};

/// What bounds a value: for each kind of limit the least and the most, as `Option`s. Absent where nothing does.
pub(in crate::emit) struct Bounds {
    /// Of a number.
    pub(in crate::emit) range: Option<(TokenStream, TokenStream)>,
    /// Of a text in code points, or of a list in elements.
    pub(in crate::emit) length: Option<(TokenStream, TokenStream)>,
}

/// Returns the bounds of values of a type.
pub(in crate::emit) fn bounds(cx: &Context<'_>, ty: &Type, limits: &Limits) -> Bounds {
    let (least, most) = (limits.minimum, limits.maximum);
    let range = match cx.resolve(ty) {
        Type::Number => (least.and_then(number), most.and_then(number)),
        Type::Integer(width) => {
            (least.and_then(|least| whole(least.ceil(), *width)), most.and_then(|most| whole(most.floor(), *width)))
        }
        _ => (None, None),
    };
    let (least, most) = match cx.resolve(ty) {
        Type::String => (limits.min_length, limits.max_length),
        Type::List(_) => (limits.min_items, limits.max_items),
        _ => (None, None),
    };
    let least = least.filter(|least| *least > 0);
    let length = (least.map(Literal::u64_unsuffixed), most.map(Literal::u64_unsuffixed));
    Bounds { range: pair(range), length: pair(length) }
}

fn pair(ends: (Option<Literal>, Option<Literal>)) -> Option<(TokenStream, TokenStream)> {
    match ends {
        (None, None) => None,
        (least, most) => Some((option(least), option(most))),
    }
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
