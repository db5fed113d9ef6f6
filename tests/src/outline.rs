//! The model as a short text: what a person would say of an API, without places in the document.

use std::fmt::Write as _;

use codegen::model::{
    Api, Argument, Content, Encoding, Field, Group, Json, Limits, Name, Operation, Type, TypeDef, TypeKind, Width,
};

/// Returns the outline.
#[must_use]
pub fn outline(api: &Api) -> String {
    let mut out = String::new();
    let _ = writeln!(out, "{} {}", api.title, api.version);
    let _ = writeln!(out, "base {:?}, auth {:?}, key prefix {:?}", api.base_url, api.auth, api.key_prefix);
    let _ = writeln!(
        out,
        "errors: code {:?}, message {:?}, request id {:?}",
        api.errors.code, api.errors.message, api.errors.request_id
    );
    groups(api, &api.root, &mut out);
    out.push('\n');
    api.operations.iter().for_each(|one| operation(api, one, &mut out));
    api.types.iter().for_each(|def| definition(api, def, &mut out));
    out
}

fn groups(api: &Api, group: &Group, out: &mut String) {
    let path: Vec<String> = group.path.iter().map(Name::snake).collect();
    let operations: Vec<String> =
        group.operations.iter().filter_map(|index| api.operations.get(*index)?.path.last().map(Name::snake)).collect();
    let name = if path.is_empty() { "(root)".to_owned() } else { path.join(".") };
    let _ =
        writeln!(out, "group {name}: {}", if operations.is_empty() { "-".to_owned() } else { operations.join(", ") });
    group.groups.iter().for_each(|child| groups(api, child, out));
}

fn operation(api: &Api, one: &Operation, out: &mut String) {
    let path: Vec<String> = one.path.iter().map(Name::snake).collect();
    let _ = writeln!(out, "operation {} ({})", one.id, path.join("."));
    let _ = writeln!(out, "    {} {}", one.method, one.route.template);
    let _ = writeln!(out, "    idempotency {:?}, auth {:?}, deprecated {}", one.idempotency, one.auth, one.deprecated);
    for argument in &one.arguments {
        match argument {
            Argument::Param(index) => {
                if let Some(param) = one.params.get(*index) {
                    let slashes = if param.slashes { ", slashes" } else { "" };
                    let field = field(api, &param.field);
                    let _ = writeln!(out, "    {:?} ({:?}) {field}{slashes}", param.place, param.list);
                }
            }
            Argument::Field(index) => {
                let field_of = one.body.as_ref().and_then(|body| match &body.ty {
                    Type::Named(at) => match &api.types.get(*at)?.kind {
                        TypeKind::Struct(object) => object.fields.get(*index),
                        _ => None,
                    },
                    _ => None,
                });
                if let Some(one) = field_of {
                    let _ = writeln!(out, "    Body {}", field(api, one));
                }
            }
            Argument::Body => {
                if let Some(body) = &one.body {
                    let what = match &body.encoding {
                        Encoding::Json | Encoding::Form => ty(api, &body.ty),
                        other => format!("{other:?}"),
                    };
                    let _ = writeln!(out, "    Body whole {what}{}", if body.required { "" } else { ", optional" });
                }
            }
        }
    }
    let content = match &one.success.content {
        Content::Json(json) => ty(api, json),
        other => format!("{other:?}"),
    };
    let errors = if one.errors.is_empty() { String::new() } else { format!("; errors {}", one.errors.join(" ")) };
    let _ = writeln!(out, "    -> {} {content}{errors}\n", one.success.statuses.join(" "));
}

fn definition(api: &Api, def: &TypeDef, out: &mut String) {
    let travels = match (def.in_request, def.in_response) {
        (true, true) => "both ways",
        (true, false) => "in requests",
        _ => "in answers",
    };
    let inline = if def.component.is_none() { ", inline" } else { "" };
    let _ = write!(out, "type {} ({travels}{inline})", def.name.pascal());
    match &def.kind {
        TypeKind::Struct(object) => {
            let _ = writeln!(out, ": struct, extra {}", ty(api, &object.extra));
            for one in &object.fields {
                let _ = writeln!(out, "    {}", field(api, one));
            }
        }
        TypeKind::Enum(values) => {
            let values: Vec<&str> = values.iter().map(|value| value.wire.as_str()).collect();
            let _ = writeln!(out, ": enum {}", values.join(" | "));
        }
        TypeKind::Union(union) => {
            let _ = writeln!(out, ": union");
            for (index, variant) in union.variants.iter().enumerate() {
                let tags: Vec<&str> = union
                    .discriminator
                    .iter()
                    .flat_map(|by| &by.mapping)
                    .filter(|(_, at)| **at == index)
                    .map(|(tag, _)| tag.as_str())
                    .collect();
                let tags = if tags.is_empty() { String::new() } else { format!(" by {}", tags.join(", ")) };
                let _ = writeln!(out, "    {}: {}{tags}", variant.name.pascal(), ty(api, &variant.ty));
            }
        }
        TypeKind::Alias(of) => {
            let _ = writeln!(out, " = {}", ty(api, of));
        }
    }
}

fn field(api: &Api, field: &Field) -> String {
    let mut text = format!("{}{}: {}", field.wire, if field.required { "" } else { "?" }, ty(api, &field.ty));
    if let Some(default) = &field.default {
        let _ = write!(text, " = {}", json(default));
    }
    text.push_str(&limits(&field.limits));
    if field.sensitive {
        text.push_str(", sensitive");
    }
    if field.deprecated {
        text.push_str(", deprecated");
    }
    text
}

fn limits(limits: &Limits) -> String {
    let range = |name: &str, least: Option<String>, most: Option<String>| match (least, most) {
        (None, None) => String::new(),
        (least, most) => format!(", {name} {}..{}", least.unwrap_or_default(), most.unwrap_or_default()),
    };
    let text = |number: Option<f64>| number.map(|number| number.to_string());
    let count = |number: Option<u64>| number.map(|number| number.to_string());
    range("range", text(limits.minimum), text(limits.maximum))
        + &range("length", count(limits.min_length), count(limits.max_length))
        + &range("items", count(limits.min_items), count(limits.max_items))
        + if limits.pattern.is_some() { ", pattern" } else { "" }
}

fn ty(api: &Api, one: &Type) -> String {
    match one {
        Type::String => "string".to_owned(),
        Type::DateTime => "date-time".to_owned(),
        Type::Date => "date".to_owned(),
        Type::Integer(Width::I32) => "int32".to_owned(),
        Type::Integer(Width::I64) => "int64".to_owned(),
        Type::Integer(Width::U64) => "uint64".to_owned(),
        Type::Number => "number".to_owned(),
        Type::Boolean => "boolean".to_owned(),
        Type::Any => "any".to_owned(),
        Type::List(item) => format!("[{}]", ty(api, item)),
        Type::Map(value) => format!("{{{}}}", ty(api, value)),
        Type::Nullable(inner) => format!("{} | null", ty(api, inner)),
        Type::Named(index) => api.types.get(*index).map(|def| def.name.pascal()).unwrap_or_default(),
    }
}

fn json(value: &Json) -> String {
    match value {
        Json::String(text) => format!("{text:?}"),
        other => format!("{other:?}"),
    }
}
