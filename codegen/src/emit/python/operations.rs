//! `operations.py`: a table for each operation.

use std::collections::BTreeSet;

use crate::emit::printer::{Doc, all};
use crate::model::{
    Argument, Content, Encoding, Field, Idempotency, Limits, ListStyle, Need, Operation, Place, Type, TypeKind,
};

use super::context::Context;
use super::shapes::tuple;
use super::types::Spelling;
use super::{import, list, literal};

/// Returns the definitions.
pub(super) fn operations(cx: &Context<'_>) -> Vec<(usize, Doc)> {
    let mut spelling = Spelling { cx, module: "types.", shadowed: BTreeSet::new(), used: BTreeSet::new() };
    let mut used = BTreeSet::from(["Operation"]);
    let mut has_shapes = false;
    let tables: Vec<Doc> = cx
        .api
        .operations
        .iter()
        .enumerate()
        .map(|(index, operation)| {
            let answer = answer(&mut spelling, operation);
            let table = table(cx, operation, &mut used, &mut has_shapes);
            let name = cx.operation_name(index);
            all![format!("{name}: Operation[{answer}] = "), table]
        })
        .collect();
    let mut parts = vec![(1, Doc::from("from __future__ import annotations"))];
    let mut blank = 1;
    let decode: BTreeSet<&str> = used.iter().copied().filter(|name| PLAIN.contains(name)).collect();
    let words = used.difference(&decode).copied().collect();
    if spelling.used.contains("Any") {
        parts.push((1, "from typing import Any".into()));
    }
    for doc in [import(".._runtime.decode", &decode), import(".._runtime.operation", &words)].into_iter().flatten() {
        parts.push((std::mem::take(&mut blank), doc));
    }
    if has_shapes {
        parts.push((0, "from . import shapes".into()));
    }
    if spelling.used.contains("types") {
        parts.push((1, "TYPE_CHECKING = False".into()));
        parts.push((0, "if TYPE_CHECKING:".into()));
        parts.push((0, "    from . import types".into()));
    }
    parts.extend(tables.into_iter().map(|table| (1, table)));
    parts
}

const PLAIN: [&str; 8] = ["ANY", "BOOLEAN", "INTEGER", "NUMBER", "STRING", "List", "Map", "Nullable"];

/// Returns the type of an operation's value.
pub(super) fn answer(spelling: &mut Spelling<'_>, operation: &Operation) -> String {
    let spelt = match &operation.success.content {
        Content::Empty => return "None".to_owned(),
        Content::Json(ty) => spelling.spell(ty),
        Content::Text => spelling.spell(&Type::String),
        Content::Bytes => spelling.builtin("bytes"),
    };
    if operation.success.may_be_empty && spelt != "Any" { format!("{spelt} | None") } else { spelt }
}

fn table(cx: &Context<'_>, operation: &Operation, used: &mut BTreeSet<&'static str>, has_shapes: &mut bool) -> Doc {
    let own = [("id", &operation.id), ("method", &operation.method), ("path", &operation.route.template)];
    let mut parts: Vec<Doc> = own.map(|(name, text)| format!("{name}={}", literal::text(text)).into()).into();
    let idempotency = operation.idempotency.map(|known| match known {
        Idempotency::Safe => "SAFE",
        Idempotency::Idempotent => "IDEMPOTENT",
        Idempotency::Keyed => "KEYED",
    });
    if let Some(word) = idempotency {
        used.insert(word);
        parts.push(format!("idempotency={word}").into());
    }
    let arguments: Vec<Doc> = cx
        .arguments(operation)
        .into_iter()
        .map(|(argument, field, ty)| {
            used.insert("Argument");
            self::argument(cx, operation, argument, field, ty, used)
        })
        .collect();
    if !arguments.is_empty() {
        parts.push(all!["arguments=", tuple(arguments)]);
    }
    match operation.body.as_ref().map(|body| &body.encoding) {
        Some(Encoding::Form) => parts.push("encoding=\"form\"".into()),
        Some(Encoding::Text(media)) => parts.push(format!("encoding={}", literal::text(media)).into()),
        Some(Encoding::Bytes) => parts.push("encoding=\"application/octet-stream\"".into()),
        Some(Encoding::Json) | None => {}
    }
    match &operation.success.content {
        Content::Json(Type::Any) => {}
        Content::Json(ty) => parts.push(format!("answer={}", shape(cx, ty, used, has_shapes)).into()),
        Content::Empty => parts.push("kind=\"empty\"".into()),
        Content::Text => parts.push("kind=\"text\"".into()),
        Content::Bytes => parts.push("kind=\"bytes\"".into()),
    }
    if operation.success.may_be_empty {
        parts.push("may_be_empty=True".into());
    }
    match operation.auth {
        Need::Yes => {}
        Need::No => parts.push("key=\"no\"".into()),
        Need::Optional => parts.push("key=\"optional\"".into()),
    }
    list("Operation(", parts, ")")
}

fn argument(
    cx: &Context<'_>,
    operation: &Operation,
    argument: Argument,
    field: Option<&Field>,
    ty: &Type,
    used: &mut BTreeSet<&'static str>,
) -> Doc {
    let (place, joined) = match argument {
        Argument::Param(index) => match operation.params.get(index) {
            Some(param) => {
                let place = match param.place {
                    Place::Path => "PATH",
                    Place::Query => "QUERY",
                    Place::Header => "HEADER",
                };
                (place, param.list == ListStyle::Joined && is_list(cx, ty))
            }
            None => ("QUERY", false),
        },
        Argument::Field(_) => ("FIELD", false),
        Argument::Body => ("BODY", false),
    };
    used.insert(place);
    let name = field.map_or("body", |field| field.wire.as_str());
    let mut parts: Vec<Doc> = vec![literal::text(name).into(), place.into()];
    let default = field.and_then(|field| field.default.as_ref());
    let body = operation.body.as_ref();
    if default.is_none() && field.map_or_else(|| body.is_some_and(|body| body.required), |field| field.required) {
        parts.push("required=True".into());
    }
    if place == "PATH" && !is_text(cx, ty) {
        parts.push("text=False".into());
    }
    if matches!(argument, Argument::Field(_) | Argument::Body) && cx.is_nullable(ty) {
        parts.push("nullable=True".into());
    }
    if joined {
        parts.push("joined=True".into());
    }
    if let Some(default) = default.filter(|value| !literal::is_plain(value)) {
        parts.push(all!["default=", literal::json(default)]);
    }
    parts.extend(limits(field.map(|field| &field.limits)).into_iter().map(Doc::from));
    list("Argument(", parts, ")")
}

fn limits(limits: Option<&Limits>) -> Vec<String> {
    let Some(limits) = limits else { return Vec::new() };
    let float = |name: &str, value: Option<f64>| value.map(|value| format!("{name}={}", literal::number(value)));
    let count = |name: &str, value: Option<u64>| value.map(|value| format!("{name}={value}"));
    let all = [
        float("minimum", limits.minimum),
        float("maximum", limits.maximum),
        count("min_length", limits.min_length),
        count("max_length", limits.max_length),
        count("min_items", limits.min_items),
        count("max_items", limits.max_items),
    ];
    all.into_iter().flatten().collect()
}

fn is_list(cx: &Context<'_>, ty: &Type) -> bool {
    match ty {
        Type::List(_) => true,
        Type::Nullable(inner) => is_list(cx, inner),
        Type::Named(index) => {
            matches!(cx.def(*index).map(|def| &def.kind), Some(TypeKind::Alias(ty)) if is_list(cx, ty))
        }
        _ => false,
    }
}

/// Whether values of a type are texts.
fn is_text(cx: &Context<'_>, ty: &Type) -> bool {
    match ty {
        Type::String | Type::DateTime | Type::Date => true,
        Type::Nullable(inner) => is_text(cx, inner),
        Type::Named(index) => match cx.def(*index).map(|def| &def.kind) {
            Some(TypeKind::Enum(_)) => true,
            Some(TypeKind::Alias(ty)) => is_text(cx, ty),
            _ => false,
        },
        _ => false,
    }
}

/// Returns the shape of an answer, which is a name or made of names.
fn shape(cx: &Context<'_>, ty: &Type, used: &mut BTreeSet<&'static str>, has_shapes: &mut bool) -> String {
    let mut plain = |name: &'static str| {
        used.insert(name);
        name.to_owned()
    };
    let (class, inner) = match ty {
        Type::String | Type::DateTime | Type::Date => return plain("STRING"),
        Type::Integer(_) => return plain("INTEGER"),
        Type::Number => return plain("NUMBER"),
        Type::Boolean => return plain("BOOLEAN"),
        Type::Any => return plain("ANY"),
        Type::Named(index) => {
            if cx.def(*index).is_some_and(|def| matches!(def.kind, TypeKind::Enum(_))) {
                return plain("STRING");
            }
            *has_shapes = true;
            return format!("shapes.{}", cx.shape_name(*index));
        }
        Type::List(inner) => ("List", inner),
        Type::Map(inner) => ("Map", inner),
        Type::Nullable(inner) => ("Nullable", inner),
    };
    let class = plain(class);
    format!("{class}({})", shape(cx, inner, used, has_shapes))
}
