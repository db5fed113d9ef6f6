//! The order in which a union's types are tried.

use std::cmp::Reverse;

use super::context::Context;
use crate::model::{Type, TypeKind};

/// How much a type takes that may be meant for another one: what takes more is tried later. Among objects, what asks for
/// more fields is tried first.
pub(in crate::emit) fn leniency(cx: &Context<'_>, ty: &Type) -> (u8, Reverse<usize>) {
    let rank = match (cx.resolve(ty), cx.kind(ty)) {
        (_, Some((_, TypeKind::Struct(object)))) => {
            let required = object.fields.iter().filter(|field| field.required).count();
            return (if required > 0 { 4 } else { 5 }, Reverse(required));
        }
        (_, Some((_, TypeKind::Enum(_)))) => 2,
        (_, Some((_, TypeKind::Union(_)))) => 7,
        (Type::Number, _) => 1,
        (Type::String, _) => 3,
        (Type::Map(_), _) => 6,
        (Type::Any, _) => 8,
        (Type::List(inner) | Type::Nullable(inner), _) => return leniency(cx, inner),
        _ => 0,
    };
    (rank, Reverse(0))
}
