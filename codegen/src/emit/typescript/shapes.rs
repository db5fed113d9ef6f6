//! `shapes.ts`: tables that say what answers must be. Words of enums and alternatives of unions that nobody tells apart are open.

use super::literal::{object, tall};
use super::{Context, docs};
use crate::emit::printer::{Doc, all};
use crate::model::{Struct, Type, TypeDef, TypeKind};

/// Returns a table for each object and each union that answers carry.
pub(super) fn shapes(cx: &Context<'_>) -> Vec<Doc> {
    let tables: Vec<Doc> = cx
        .api
        .types
        .iter()
        .enumerate()
        .filter(|(index, def)| has_table(cx, *index, def))
        .map(|(index, def)| table(cx, index, def))
        .collect();
    if tables.is_empty() {
        return tables;
    }
    [Doc::from("import type { Shape } from \"../runtime/decode.js\";")].into_iter().chain(tables).collect()
}

/// Whether a type has a table of its own.
pub(super) fn has_table(cx: &Context<'_>, index: usize, def: &TypeDef) -> bool {
    let is_told = match &def.kind {
        TypeKind::Struct(_) => true,
        TypeKind::Union(union) => union.discriminator.is_some(),
        // A list or map may hold itself.
        TypeKind::Alias(ty) => matches!(ty, Type::List(_) | Type::Map(_) | Type::Nullable(_)),
        TypeKind::Enum(_) => false,
    };
    is_told && cx.reached.get(index).is_some_and(|reached| reached.by_answers)
}

fn table(cx: &Context<'_>, index: usize, def: &TypeDef) -> Doc {
    let name = cx.names.shapes.get(index).map_or("", String::as_str);
    let own = cx.names.types.get(index).map_or("", String::as_str);
    let doc = docs::comment(&[format!("What a `{own}` must be.")], 0);
    let shape = match &def.kind {
        TypeKind::Struct(object) => fields(cx, index, object),
        TypeKind::Union(union) => {
            let tag = union.discriminator.as_ref();
            let cases = tag.into_iter().flat_map(|tag| &tag.mapping).filter_map(|(value, variant)| {
                let variant = union.variants.get(*variant)?;
                Some((value.clone(), shape(cx, index, &variant.ty)))
            });
            let property = tag.map_or("", |tag| tag.property.as_str());
            tall(vec![
                ("tag".to_owned(), super::literal::text(property).into()),
                ("cases".to_owned(), object(cases.collect())),
            ])
        }
        TypeKind::Alias(ty) => shape(cx, index, ty),
        TypeKind::Enum(_) => "\"any\"".into(),
    };
    all![doc, format!("export const {name}: Shape = "), shape, ";"]
}

fn fields(cx: &Context<'_>, index: usize, own: &Struct) -> Doc {
    let of = |required: bool| -> Vec<(String, Doc)> {
        let fields = own.fields.iter().filter(|field| field.required == required);
        fields.map(|field| (field.wire.clone(), shape(cx, index, &field.ty))).collect()
    };
    let mut parts = vec![("required".to_owned(), object(of(true)))];
    let optional = of(false);
    if !optional.is_empty() {
        parts.push(("optional".to_owned(), object(optional)));
    }
    if own.extra != Type::Any {
        parts.push(("others".to_owned(), shape(cx, index, &own.extra)));
    }
    tall(parts)
}

/// Returns the shape of a type, where the table `from` uses it.
pub(super) fn shape(cx: &Context<'_>, from: usize, ty: &Type) -> Doc {
    match ty {
        Type::String | Type::DateTime | Type::Date => "\"string\"".into(),
        Type::Integer(_) => "\"integer\"".into(),
        Type::Number => "\"number\"".into(),
        Type::Boolean => "\"boolean\"".into(),
        Type::Any => "\"any\"".into(),
        Type::List(inner) => object(vec![("items".to_owned(), shape(cx, from, inner))]),
        Type::Map(inner) => object(vec![("values".to_owned(), shape(cx, from, inner))]),
        Type::Nullable(inner) => object(vec![("nullable".to_owned(), shape(cx, from, inner))]),
        Type::Named(index) => {
            let Some(def) = cx.api.types.get(*index) else { return "\"any\"".into() };
            match &def.kind {
                TypeKind::Enum(_) => "\"string\"".into(),
                TypeKind::Alias(ty)
                    if !matches!(ty, Type::List(_) | Type::Map(_) | Type::Nullable(_) | Type::Named(_)) =>
                {
                    shape(cx, from, ty)
                }
                TypeKind::Alias(Type::Named(other)) if other < index => shape(cx, from, &Type::Named(*other)),
                _ if !has_table(cx, *index, def) => "\"any\"".into(),
                _ => {
                    let name = cx.names.shapes.get(*index).map_or("", String::as_str);
                    // A table that stands further below, or is this one, is not there yet.
                    if *index >= from { format!("() => {name}").into() } else { name.to_owned().into() }
                }
            }
        }
    }
}
