//! `operations.ts`: the groups as interfaces, what makes them, and a description of each operation for the runtime.

use std::collections::BTreeSet;

use super::docs::{self, comment};
use super::literal::{self, object, tall, text};
use super::names::camel;
use super::{Context, STEP, shapes};
use crate::emit::printer::{Doc, all, group, join, list, prefixed};
use crate::model::{
    Api, Argument, Content, Field, Group, Idempotency, Json, Limits, ListStyle, Need, Operation, Place, Type, TypeKind,
};

/// Returns everything: imports, interfaces, what makes the groups, the descriptions.
pub(super) fn operations(cx: &Context<'_>) -> Vec<Doc> {
    let mut items = imports(cx);
    items.push(interfaces_root(cx));
    for group in all_groups(&cx.api.root) {
        items.push(interface(cx, group));
    }
    let doc = comment(&["Returns the operations, each of which makes a call.".to_owned()], 0);
    let made = members(cx, &cx.api.root, &tree);
    let parameter = if cx.api.operations.is_empty() { "_call" } else { "call" };
    items.push(all![doc, format!("export const groups = ({parameter}: Call): Groups => ("), tall_docs(made), ");"]);
    items.extend(cx.api.operations.iter().enumerate().map(|(index, operation)| description(cx, index, operation)));
    items
}

/// The arguments of an operation in documented order, each with its field; none for a body as a whole.
pub(super) fn arguments<'a>(api: &'a Api, operation: &'a Operation) -> Vec<(Argument, Option<&'a Field>)> {
    let field = |argument: Argument| match argument {
        Argument::Param(index) => operation.params.get(index).map(|param| &param.field),
        Argument::Field(index) => body_fields(api, operation).get(index),
        Argument::Body => None,
    };
    operation.arguments.iter().map(|argument| (*argument, field(*argument))).collect()
}

/// The fields of the body.
pub(super) fn body_fields<'a>(api: &'a Api, operation: &Operation) -> &'a [Field] {
    let mut ty = operation.body.as_ref().map(|body| &body.ty);
    for _ in 0..16 {
        let Some(Type::Named(index)) = ty else { return &[] };
        match api.types.get(*index).map(|def| &def.kind) {
            Some(TypeKind::Alias(inner)) => ty = Some(inner),
            Some(kind) => return super::support::fields(kind),
            None => return &[],
        }
    }
    &[]
}

/// The names of the arguments: those of the wire. The second of one name has a number.
pub(super) fn argument_names(api: &Api, operation: &Operation) -> Vec<String> {
    let mut taken = BTreeSet::new();
    let wires = arguments(api, operation).into_iter().map(|(_, field)| field.map_or("body", |field| &field.wire));
    wires
        .map(|wire| {
            let free = (2..).map(|number| format!("{wire}_{number}"));
            let name = [wire.to_owned()].into_iter().chain(free).find(|name| !taken.contains(name)).unwrap_or_default();
            taken.insert(name.clone());
            name
        })
        .collect()
}

/// Whether an argument may be left out.
pub(super) fn is_optional(operation: &Operation, field: &Field) -> bool {
    let has_default = field.default.as_ref().is_some_and(|default| *default != Json::Null);
    let in_optional_body = operation.body.as_ref().is_some_and(|body| body.flattened && !body.required)
        && operation.params.iter().all(|param| !std::ptr::eq(&raw const param.field, field));
    !field.required || has_default || in_optional_body
}

fn all_groups(group: &Group) -> Vec<&Group> {
    group.groups.iter().flat_map(|inner| [inner].into_iter().chain(all_groups(inner))).collect()
}

fn imports(cx: &Context<'_>) -> Vec<Doc> {
    let api = cx.api;
    let from = |names: BTreeSet<String>, file: &str, word: &str| {
        (!names.is_empty())
            .then(|| all![list(&format!("{word} {{"), names, "}", &Doc::Line, STEP), format!(" from \"{file}\";")])
    };
    let named = |ty: &Type| {
        let mut names = BTreeSet::new();
        collect(cx, ty, &mut names);
        names
    };
    let mut types = BTreeSet::new();
    let mut tables = BTreeSet::new();
    for (index, operation) in api.operations.iter().enumerate() {
        if !operation.arguments.is_empty() {
            types.extend(cx.names.options.get(index).cloned());
        }
        if let Content::Json(ty) = &operation.success.content {
            types.extend(named(ty));
            tables.extend(tables_of(cx, ty));
        }
    }
    let has_operations = !api.operations.is_empty();
    let described = if has_operations { "Call, Operation" } else { "Call" };
    let lines = [
        has_operations.then(|| Doc::from("import type { ApiPromise } from \"../runtime/api-promise.js\";")),
        Some(format!("import type {{ {described} }} from \"../runtime/operation.js\";").into()),
        has_operations.then(|| "import type { RequestOptions } from \"../runtime/options.js\";".into()),
        from(tables, "./shapes.js", "import"),
        from(types, "./types.js", "import type"),
    ];
    vec![join(lines.into_iter().flatten(), &Doc::Hard)]
}

/// The names of types that a type is written with.
fn collect(cx: &Context<'_>, ty: &Type, names: &mut BTreeSet<String>) {
    match ty {
        Type::List(inner) | Type::Map(inner) | Type::Nullable(inner) => collect(cx, inner, names),
        Type::Named(index) => names.extend(cx.names.types.get(*index).cloned()),
        _ => {}
    }
}

/// The names of tables that a shape is written with.
fn tables_of(cx: &Context<'_>, ty: &Type) -> Vec<String> {
    match ty {
        Type::List(inner) | Type::Map(inner) | Type::Nullable(inner) => tables_of(cx, inner),
        Type::Named(index) => match cx.api.types.get(*index) {
            Some(def) if shapes::has_table(cx, *index, def) => {
                cx.names.shapes.get(*index).cloned().into_iter().collect()
            }
            // As the shape is written: names of types lead to earlier ones only.
            Some(def) => match &def.kind {
                TypeKind::Alias(Type::Named(other)) if other < index => tables_of(cx, &Type::Named(*other)),
                _ => Vec::new(),
            },
            None => Vec::new(),
        },
        _ => Vec::new(),
    }
}

fn interfaces_root(cx: &Context<'_>) -> Doc {
    let doc = comment(&["All operations, by group.".to_owned()], 0);
    all![doc, body("Groups", signatures(cx, &cx.api.root))]
}

fn interface(cx: &Context<'_>, group: &Group) -> Doc {
    let doc = comment(&[about(group)], 0);
    all![doc, body(cx.names.group(&group.path), signatures(cx, group))]
}

fn about(group: &Group) -> String {
    let path = group.path.iter().map(camel).collect::<Vec<_>>().join(".");
    if group.description.trim().is_empty() {
        format!("The operations under `{path}`.")
    } else {
        docs::sentence(&group.description)
    }
}

fn body(name: &str, members: Vec<Doc>) -> Doc {
    if members.is_empty() {
        return format!("export interface {name} {{}}").into();
    }
    let blank = all![Doc::Hard, Doc::Hard];
    all![format!("export interface {name} {{"), prefixed(STEP, all![Doc::Hard, join(members, &blank)]), Doc::Hard, "}"]
}

/// Groups and operations right in a group, as they are declared.
fn signatures(cx: &Context<'_>, group: &Group) -> Vec<Doc> {
    let groups = group.groups.iter().map(|inner| {
        let name = cx.names.member(&inner.path);
        let doc = comment(&[about(inner)], STEP.len());
        all![doc, format!("readonly {}: {};", literal::key(name), cx.names.group(&inner.path))]
    });
    let operations = group.operations.iter().filter_map(|index| {
        let operation = cx.api.operations.get(*index)?;
        Some(signature(cx, *index, operation))
    });
    groups.chain(operations).collect()
}

fn signature(cx: &Context<'_>, index: usize, operation: &Operation) -> Doc {
    let mut parts = vec![docs::sentence(&operation.summary)];
    if operation.description != operation.summary {
        parts.push(docs::sentence(&operation.description));
    }
    parts.push(format!("`{} {}` (`{}`).", operation.method, operation.route.template, operation.id));
    parts.push(
        "@throws InfraiError: any answer but a success is an error that keeps status, headers and body.".to_owned(),
    );
    for sample in operation.samples.iter().filter(|sample| sample.lang.eq_ignore_ascii_case("typescript")) {
        parts.push(format!("@example\n```ts\n{}\n```", sample.source.trim_end()));
    }
    if operation.deprecated {
        parts.push("@deprecated".to_owned());
    }
    let options = cx.names.options.get(index).map_or("", String::as_str);
    let mark = if needs_arguments(cx.api, operation) { "" } else { "?" };
    let own = (!operation.arguments.is_empty()).then(|| format!("opts{mark}: {options}"));
    let parameters = own.into_iter().chain(["request?: RequestOptions".to_owned()]);
    let open = format!("{}(", literal::key(method_name(cx, index)));
    let close = format!("): ApiPromise<{}>;", answer_type(cx, operation));
    all![comment(&parts, STEP.len()), list(&open, parameters, &close, &Doc::Soft, STEP)]
}

fn needs_arguments(api: &Api, operation: &Operation) -> bool {
    arguments(api, operation).into_iter().any(|(_, field)| match field {
        Some(field) => !is_optional(operation, field),
        None => operation.body.as_ref().is_some_and(|body| body.required),
    })
}

fn method_name<'a>(cx: &'a Context<'_>, index: usize) -> &'a str {
    cx.names.methods.get(index).map_or("", String::as_str)
}

fn answer_type(cx: &Context<'_>, operation: &Operation) -> String {
    match &operation.success.content {
        Content::Json(ty) if operation.success.may_be_empty => match cx.ty(ty) {
            ty if ty.ends_with(" | null") || ty == "unknown" => ty,
            ty => format!("{ty} | null"),
        },
        Content::Json(ty) => cx.ty(ty),
        Content::Empty | Content::Text | Content::Bytes => "void".to_owned(),
    }
}

/// What a group is made of, by `operation` for each of its operations.
fn members(cx: &Context<'_>, own: &Group, operation: &dyn Fn(&Context<'_>, usize, &Operation) -> Doc) -> Vec<Doc> {
    let groups = own.groups.iter().map(|inner| {
        let name = cx.names.member(&inner.path);
        all![literal::key(name), ": ", tall_docs(members(cx, inner, operation))]
    });
    let operations =
        own.operations.iter().filter_map(|index| Some(operation(cx, *index, cx.api.operations.get(*index)?)));
    groups.chain(operations).collect()
}

fn tall_docs(members: Vec<Doc>) -> Doc {
    if members.is_empty() {
        return "{}".into();
    }
    let members = members.into_iter().map(|member| all![member, ","]);
    all!["{", prefixed(STEP, all![Doc::Hard, join(members, &Doc::Hard)]), Doc::Hard, "}"]
}

/// What makes one operation's call.
fn tree(cx: &Context<'_>, index: usize, operation: &Operation) -> Doc {
    let name = cx.names.operations.get(index).map_or("", String::as_str);
    let (parameters, own) =
        if operation.arguments.is_empty() { ("(request)", "undefined") } else { ("(opts, request)", "opts") };
    let call = format!("call({name}, {own}, request)");
    all![
        literal::key(method_name(cx, index)),
        group(all![format!(": {parameters} =>"), prefixed(STEP, all![Doc::Line, call])])
    ]
}

/// What the runtime must know of an operation.
fn description(cx: &Context<'_>, index: usize, operation: &Operation) -> Doc {
    let name = cx.names.operations.get(index).map_or("", String::as_str);
    let repeat = match operation.idempotency {
        Some(Idempotency::Safe) => "safe",
        Some(Idempotency::Idempotent) => "idempotent",
        Some(Idempotency::Keyed) => "keyed",
        None => "not-idempotent",
    };
    let key = match operation.auth {
        Need::Yes => "needed",
        Need::Optional => "optional",
        Need::No => "none",
    };
    let names = argument_names(cx.api, operation);
    let given = arguments(cx.api, operation).into_iter().zip(names);
    let given: Vec<_> =
        given.map(|((own, field), name)| (name.clone(), argument(cx, operation, own, field, &name))).collect();
    let answer = match &operation.success.content {
        Content::Json(ty) => shapes::shape(cx, usize::MAX, ty),
        Content::Empty | Content::Text | Content::Bytes => "undefined".into(),
    };
    let quoted = |word: &str| Doc::from(text(word));
    let mut parts = vec![
        ("id".to_owned(), quoted(&operation.id)),
        ("method".to_owned(), quoted(&operation.method)),
        ("path".to_owned(), quoted(&operation.route.template)),
        ("repeat".to_owned(), quoted(repeat)),
        ("key".to_owned(), quoted(key)),
        ("arguments".to_owned(), tall(given)),
        ("answer".to_owned(), answer),
    ];
    if operation.success.may_be_empty {
        parts.push(("mayBeEmpty".to_owned(), "true".into()));
    }
    all![format!("const {name}: Operation<{}> = ", answer_type(cx, operation)), tall(parts), ";"]
}

/// What the runtime must know of an argument.
fn argument(cx: &Context<'_>, operation: &Operation, argument: Argument, field: Option<&Field>, name: &str) -> Doc {
    let mut parts: Vec<(String, Doc)> = Vec::new();
    let mut put = |name: &str, value: Doc| parts.push((name.to_owned(), value));
    let param = if let Argument::Param(index) = argument { operation.params.get(index) } else { None };
    match (param.map(|param| param.place), argument) {
        (Some(Place::Path), _) => put("in", "\"path\"".into()),
        (Some(Place::Query), _) => put("in", "\"query\"".into()),
        (Some(Place::Header), _) => put("in", "\"header\"".into()),
        (None, Argument::Body) => put("in", "\"body\"".into()),
        (None, _) => {}
    }
    let Some(field) = field else {
        if operation.body.as_ref().is_some_and(|body| !body.required) {
            put("optional", "true".into());
        }
        if operation.body.as_ref().is_some_and(|body| is_nullable(cx, &body.ty)) {
            put("nullable", "true".into());
        }
        return object(parts);
    };
    if param.is_some_and(|param| param.place == Place::Path) {
        match resolved(cx, &field.ty) {
            Type::Integer(_) | Type::Number => put("type", "\"number\"".into()),
            Type::Boolean => put("type", "\"boolean\"".into()),
            _ => {}
        }
    }
    if field.wire != name {
        put("name", text(&field.wire).into());
    }
    if let Some(default) = field.default.as_ref().filter(|default| **default != Json::Null) {
        put("default", literal::json(default));
    } else if is_optional(operation, field) {
        put("optional", "true".into());
    }
    if is_nullable(cx, &field.ty) && param.is_none() {
        put("nullable", "true".into());
    }
    let is_list = matches!(field.ty, Type::List(_) | Type::Named(_));
    if is_list && param.is_some_and(|param| param.place == Place::Query && param.list == ListStyle::Joined) {
        put("joined", "true".into());
    }
    for (name, value) in ranges(&field.limits) {
        put(name, value);
    }
    object(parts)
}

fn is_nullable(cx: &Context<'_>, ty: &Type) -> bool {
    matches!(resolved(cx, ty), Type::Nullable(_) | Type::Any)
}

/// What a type is that may be another's name.
fn resolved<'a>(cx: &Context<'a>, ty: &'a Type) -> &'a Type {
    let mut ty = ty;
    // No chain of names is longer than there are types.
    for _ in 0..=cx.api.types.len() {
        let Type::Named(index) = ty else { break };
        let Some(TypeKind::Alias(inner)) = cx.api.types.get(*index).map(|def| &def.kind) else { break };
        ty = inner;
    }
    ty
}

/// The ranges of what is sent; an end that is open is left out, or `undefined` before one that isn't.
fn ranges(limits: &Limits) -> Vec<(&'static str, Doc)> {
    let count = |count: Option<u64>| count.map(|count| count.to_string());
    let number = |number: Option<f64>| number.map(|number| number.to_string());
    let ends = [
        ("range", number(limits.minimum), number(limits.maximum)),
        ("length", count(limits.min_length), count(limits.max_length)),
        ("items", count(limits.min_items), count(limits.max_items)),
    ];
    let range = |least: Option<String>, most: Option<String>| {
        let open = most.as_ref().map(|_| "undefined".to_owned());
        let ends: Vec<_> = least.or(open).into_iter().chain(most).map(Doc::from).collect();
        (!ends.is_empty()).then(|| literal::array(ends))
    };
    ends.into_iter().filter_map(|(name, least, most)| Some((name, range(least, most)?))).collect()
}
