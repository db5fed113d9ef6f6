//! `types.ts`: what requests and answers carry, as interfaces and unions.

use super::docs::{self, comment};
use super::literal::{key, text};
use super::operations::{arguments, is_optional};
use super::reach::Reached;
use super::{Context, STEP};
use crate::emit::printer::{Doc, all, group, if_broken, join, prefixed};
use crate::model::{Argument, Field, Operation, Struct, Type, TypeDef, TypeKind};

/// Returns all types: those of the document, then those of arguments.
pub(super) fn types(cx: &Context<'_>) -> Vec<Doc> {
    let named = cx.api.types.iter().enumerate().filter_map(|(index, def)| {
        let reached = *cx.reached.get(index)?;
        reached.at_all().then(|| item(cx, def, cx.names.types.get(index).map_or("", String::as_str), reached))
    });
    let options = cx.api.operations.iter().enumerate().filter_map(|(index, operation)| {
        let name = cx.names.options.get(index)?;
        (!operation.arguments.is_empty()).then(|| options(cx, operation, name))
    });
    named.chain(options).collect()
}

fn item(cx: &Context<'_>, def: &TypeDef, name: &str, reached: Reached) -> Doc {
    let doc = comment(&[docs::sentence(&def.description)], 0);
    match &def.kind {
        TypeKind::Struct(object) => all![doc, interface(name, fields(cx, object, reached))],
        TypeKind::Enum(values) => {
            let words = values.iter().map(|value| text(&value.wire));
            let open = if values.is_empty() { "string" } else { "(string & {})" };
            all![doc, alias(name, words.chain([open.to_owned()]).collect())]
        }
        TypeKind::Union(union) => {
            let mut variants: Vec<String> = Vec::new();
            for variant in &union.variants {
                let own = cx.ty(&variant.ty);
                if !variants.contains(&own) {
                    variants.push(own);
                }
            }
            all![doc, alias(name, variants)]
        }
        // Not as a `Record`, which can't be of the type that it names.
        TypeKind::Alias(Type::Map(ty)) => all![doc, alias(name, vec![format!("{{ [name: string]: {} }}", cx.ty(ty))])],
        TypeKind::Alias(ty) => all![doc, alias(name, vec![cx.ty(ty)])],
    }
}

/// Returns `export type A = B | C;`, or an alternative a line.
fn alias(name: &str, alternatives: Vec<String>) -> Doc {
    if let [only] = alternatives.as_slice() {
        return all![format!("export type {name} = {only};")];
    }
    all![format!("export type {name} ="), group(union(alternatives)), ";"]
}

/// Returns alternatives behind a `=` or `:`.
fn union(alternatives: Vec<String>) -> Doc {
    let alternatives = join(alternatives, &all![Doc::Line, "| "]);
    prefixed(STEP, all![Doc::Line, if_broken("| "), alternatives])
}

fn interface(name: &str, members: Vec<Doc>) -> Doc {
    let head = format!("export interface {name} {{");
    if members.is_empty() {
        return all![head, "}"];
    }
    all![head, prefixed(STEP, all![Doc::Hard, join(members, &Doc::Hard)]), Doc::Hard, "}"]
}

fn fields(cx: &Context<'_>, object: &Struct, reached: Reached) -> Vec<Doc> {
    // What an answer leaves out is absent, and never `undefined`.
    let may_be_undefined = !reached.by_answers;
    let mut members: Vec<Doc> = object
        .fields
        .iter()
        .map(|field| member(cx, &field.wire, field, &docs::field(field, false), !field.required, may_be_undefined))
        .collect();
    if object.extra != Type::Any {
        let doc = comment(&[format!("All others are of the type `{}`.", cx.ty(&object.extra))], STEP.len());
        members.push(all![doc, "[name: string]: unknown;"]);
    }
    members
}

/// Returns the type of an operation's arguments.
fn options(cx: &Context<'_>, operation: &Operation, name: &str) -> Doc {
    let path = operation.path.iter().map(super::names::camel).collect::<Vec<_>>().join(".");
    let doc = comment(&[format!("The arguments of `{path}`.")], 0);
    let names = super::operations::argument_names(cx.api, operation);
    let members =
        arguments(cx.api, operation).into_iter().zip(names).map(|((argument, field), name)| match (argument, field) {
            (Argument::Body, _) | (_, None) => {
                let body = operation.body.as_ref();
                let parts = body.map(|body| docs::sentence(&body.description)).into_iter().collect::<Vec<_>>();
                let (ty, required) = body.map_or(("unknown".to_owned(), true), |body| (cx.ty(&body.ty), body.required));
                all![comment(&parts, STEP.len()), property(&name, &ty, !required, true)]
            }
            (_, Some(field)) => {
                let optional = is_optional(operation, field);
                member(cx, &name, field, &docs::field(field, true), optional, true)
            }
        });
    all![doc, interface(name, members.collect())]
}

fn member(cx: &Context<'_>, name: &str, field: &Field, doc: &[String], optional: bool, may_be_undefined: bool) -> Doc {
    all![comment(doc, STEP.len()), property(name, &cx.ty(&field.ty), optional, may_be_undefined)]
}

fn property(name: &str, ty: &str, optional: bool, may_be_undefined: bool) -> Doc {
    let name = key(name);
    if !optional {
        return format!("{name}: {ty};").into();
    }
    if !may_be_undefined || ty == "unknown" {
        return format!("{name}?: {ty};").into();
    }
    let line = format!("{name}?: {ty} | undefined;");
    if line.chars().count() + STEP.len() <= super::WIDTH {
        return line.into();
    }
    all![format!("{name}?:"), group(union(vec![ty.to_owned(), "undefined".to_owned()])), ";"]
}

impl Context<'_> {
    /// A type where it is used.
    pub(super) fn ty(&self, ty: &Type) -> String {
        match ty {
            Type::String | Type::DateTime | Type::Date => "string".to_owned(),
            Type::Integer(_) | Type::Number => "number".to_owned(),
            Type::Boolean => "boolean".to_owned(),
            Type::Any => "unknown".to_owned(),
            Type::List(inner) => {
                let inner = self.ty(inner);
                if inner.contains(" | ") { format!("({inner})[]") } else { format!("{inner}[]") }
            }
            Type::Map(inner) => format!("Record<string, {}>", self.ty(inner)),
            Type::Nullable(inner) => match self.ty(inner) {
                unknown if unknown == "unknown" => unknown,
                inner => format!("{inner} | null"),
            },
            Type::Named(index) => self.names.types.get(*index).cloned().unwrap_or_else(|| "unknown".to_owned()),
        }
    }
}
