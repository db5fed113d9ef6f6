//! Values of the document as Rust expressions.

use proc_macro2::{Literal, TokenStream};
use quote::quote;

use super::context::Context;
use super::moment::{is_date, is_date_time};
use super::names::{Case, Scope};
use crate::model::{EnumValue, Field, Json, Type, TypeKind, Width};

/// Returns the expression of a field's default where one is sent: one that fits, and says more than leaving it out does.
pub(in crate::emit) fn default_of(
    cx: &Context<'_>,
    field: &Field,
    ty: &Type,
    prefix: &TokenStream,
) -> Option<TokenStream> {
    let default = field.default.as_ref().filter(|json| field.required || **json != Json::Null)?;
    literal(cx, ty, default, prefix)
}

/// Whether a field with this default is an argument of what makes its struct or request.
pub(in crate::emit) fn is_argument(field: &Field, default: Option<&TokenStream>) -> bool {
    field.required && default.is_none()
}

/// Returns the expression for a value of a type, or nothing where the value doesn't fit it.
pub(in crate::emit) fn literal(cx: &Context<'_>, ty: &Type, json: &Json, prefix: &TokenStream) -> Option<TokenStream> {
    Some(match (cx.resolve(ty), json) {
        (Type::String, Json::String(text)) => quote!(#text.to_owned()),
        (Type::Integer(width), Json::Int(number)) => {
            let literal = match width {
                Width::I32 => Literal::i32_unsuffixed(i32::try_from(*number).ok()?),
                Width::I64 => Literal::i64_unsuffixed(i64::try_from(*number).ok()?),
                Width::U64 => Literal::u64_unsuffixed(u64::try_from(*number).ok()?),
            };
            quote!(#literal)
        }
        #[expect(clippy::cast_precision_loss, reason = "a number's default is a number")]
        (Type::Number, Json::Int(number)) => {
            let literal = Literal::f64_unsuffixed(*number as f64);
            quote!(#literal)
        }
        (Type::Number, Json::Float(number)) if number.is_finite() => {
            let literal = Literal::f64_unsuffixed(*number);
            quote!(#literal)
        }
        (Type::Boolean, Json::Bool(flag)) => quote!(#flag),
        (Type::Date, Json::String(text)) if is_date(text) => quote!(#text.parse::<NaiveDate>().unwrap_or_default()),
        (Type::DateTime, Json::String(text)) if is_date_time(text) => {
            quote!(#text.parse::<DateTime<Utc>>().unwrap_or_default())
        }
        (Type::Nullable(_), Json::Null) => quote!(None),
        (Type::Nullable(inner), json) => {
            let value = literal(cx, inner, json, prefix)?;
            quote!(Some(#value))
        }
        (Type::List(inner), Json::List(items)) => {
            let items: Option<Vec<_>> = items.iter().map(|item| literal(cx, inner, item, prefix)).collect();
            let items = items?;
            if items.is_empty() { quote!(Vec::new()) } else { quote!(vec![#(#items),*]) }
        }
        (Type::Named(index), Json::String(text)) => match &cx.def(*index)?.kind {
            TypeKind::Enum(values) => {
                let at = values.iter().position(|value| value.wire == *text)?;
                let variant = variants(values).into_iter().nth(at)?;
                let ident = cx.ident(*index);
                quote!(#prefix #ident::#variant)
            }
            _ => return None,
        },
        _ => return None,
    })
}

/// Returns the variants of an enum in order.
pub(in crate::emit) fn variants(values: &[EnumValue]) -> Vec<proc_macro2::Ident> {
    let mut scope = Scope::with(&["Unknown", "Self"]);
    values.iter().map(|value| scope.ident(&value.name, Case::Pascal, "value")).collect()
}
