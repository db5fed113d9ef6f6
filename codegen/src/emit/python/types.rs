//! `types.py`: a `TypedDict` for each object, a `Literal` for each list of words.

use std::collections::BTreeSet;

use crate::emit::printer::{Doc, all, group, indent, join};
use crate::model::{Field, Struct, Type, TypeDef, TypeKind};

use super::context::{Context, Scope};
use super::{docs, import, lines, list, literal, sorted};

/// How types are spelt in one place.
pub(super) struct Spelling<'a> {
    pub(super) cx: &'a Context<'a>,
    /// What stands before the names of our types.
    pub(super) module: &'static str,
    /// Names that mean something else in this place.
    pub(super) shadowed: BTreeSet<String>,
    /// What had to be imported.
    pub(super) used: BTreeSet<&'static str>,
}

impl Spelling<'_> {
    pub(super) fn spell(&mut self, ty: &Type) -> String {
        match ty {
            Type::String | Type::DateTime | Type::Date => self.builtin("str"),
            Type::Integer(_) => self.builtin("int"),
            Type::Number => self.builtin("float"),
            Type::Boolean => self.builtin("bool"),
            Type::Any => {
                self.used.insert("Any");
                "Any".to_owned()
            }
            Type::List(item) => format!("{}[{}]", self.builtin("list"), self.spell(item)),
            Type::Map(value) => format!("{}[{}, {}]", self.builtin("dict"), self.builtin("str"), self.spell(value)),
            Type::Nullable(inner) => format!("{} | None", self.spell(inner)),
            Type::Named(index) => {
                self.used.insert("types");
                format!("{}{}", self.module, self.cx.type_name(*index))
            }
        }
    }

    pub(super) fn builtin(&mut self, name: &'static str) -> String {
        if self.shadowed.contains(name) {
            self.used.insert("builtins");
            return format!("builtins.{name}");
        }
        name.to_owned()
    }
}

/// Returns the definitions.
pub(super) fn types(cx: &Context<'_>) -> Vec<(usize, Doc)> {
    let mut spelling = Spelling { cx, module: "", shadowed: BTreeSet::new(), used: BTreeSet::new() };
    let mut blank = 2;
    let mut parts = Vec::new();
    for (index, def) in cx.types() {
        let (doc, is_class) = definition(&mut spelling, index, def);
        parts.push((if is_class { 2 } else { blank.min(if parts.is_empty() { 1 } else { blank }) }, doc));
        blank = if is_class { 2 } else { 1 };
    }
    spelling.used.remove("types");
    let mut imports = vec![(1, Doc::from("from __future__ import annotations"))];
    imports.extend(import("typing", &spelling.used).map(|doc| (1, doc)));
    let names = sorted(cx.types().map(|(index, _)| cx.type_name(index))).into_iter();
    imports.push((1, all!["__all__ = ", list("[", names.map(|name| Doc::from(literal::text(name))), "]")]));
    imports.extend(parts);
    imports
}

fn definition(spelling: &mut Spelling<'_>, index: usize, def: &TypeDef) -> (Doc, bool) {
    let name = spelling.cx.type_name(index).to_owned();
    let about = docs::sentence(&def.description);
    match &def.kind {
        TypeKind::Struct(one) => structure(spelling, &name, one, &about),
        TypeKind::Enum(values) => {
            spelling.used.extend(["Literal", "TypeAlias"]);
            let words = values.iter().map(|value| Doc::from(literal::text(&value.wire)));
            let value = group(all![list("Literal[", words, "]"), Doc::Line, "| str"]);
            let about = format!("{about}\n\nA newer server may send other words, and other words may be sent to it.");
            (alias(&name, value, &about), false)
        }
        TypeKind::Union(union) => {
            spelling.used.insert("TypeAlias");
            let variants: Vec<String> = union.variants.iter().map(|variant| spelling.spell(&variant.ty)).collect();
            (alias(&name, literal::text(&variants.join(" | ")).into(), &about), false)
        }
        TypeKind::Alias(ty) => {
            spelling.used.insert("TypeAlias");
            let spelt = spelling.spell(ty);
            let value = if names_types(ty) { literal::text(&spelt) } else { spelt };
            (alias(&name, value.into(), &about), false)
        }
    }
}

fn alias(name: &str, value: Doc, about: &str) -> Doc {
    let parenthesis = |sign: &str| Doc::Either(sign.to_owned(), String::new());
    let value = group(all![parenthesis("("), indent(all![Doc::Soft, value]), Doc::Soft, parenthesis(")")]);
    let mut all = vec![format!("{name}: TypeAlias = ").into(), value];
    if !about.trim().is_empty() {
        all.extend([Doc::Hard, docs::docstring(about)]);
    }
    Doc::All(all)
}

fn names_types(ty: &Type) -> bool {
    match ty {
        Type::Named(_) => true,
        Type::List(inner) | Type::Map(inner) | Type::Nullable(inner) => names_types(inner),
        _ => false,
    }
}

fn structure(spelling: &mut Spelling<'_>, name: &str, one: &Struct, about: &str) -> (Doc, bool) {
    spelling.used.insert("TypedDict");
    let about = if about.is_empty() { format!("`{name}`, as the service has it.") } else { about.to_owned() };
    let is_class = one.fields.iter().all(|field| can_be_attribute(spelling.cx, &field.wire));
    if is_class {
        let mut body = vec![docs::docstring(&about)];
        if !one.fields.is_empty() {
            body.push(Doc::from(""));
        }
        for field in &one.fields {
            let spelt = spelling.spell(&field.ty);
            body.push(format!("{}: {}", field.wire, needed(spelling, field, &spelt)).into());
            let about = docs::field(field, false);
            if !about.is_empty() {
                body.push(docs::docstring(&about));
            }
        }
        return (all![format!("class {name}(TypedDict):"), indent([Doc::Hard, lines(body)])], true);
    }
    let fields: Vec<Doc> = one
        .fields
        .iter()
        .map(|field| {
            let mut spelt = spelling.spell(&field.ty);
            if names_types(&field.ty) {
                spelt = literal::text(&spelt);
            }
            format!("{}: {}", literal::text(&field.wire), needed(spelling, field, &spelt)).into()
        })
        .collect();
    let fields = all!["{", indent([Doc::Hard, join(fields, &all![",", Doc::Hard])]), ",", Doc::Hard, "},"];
    let inner = indent([Doc::Hard, format!("{},", literal::text(name)).into(), Doc::Hard, fields]);
    let call = all![format!("{name} = TypedDict("), inner, Doc::Hard, ")"];
    (all![call, Doc::Hard, docs::docstring(&about)], false)
}

fn needed(spelling: &mut Spelling<'_>, field: &Field, spelt: &str) -> String {
    if field.required {
        return spelt.to_owned();
    }
    spelling.used.insert("NotRequired");
    format!("NotRequired[{spelt}]")
}

/// Whether a field can be declared in a class's body: there, a name hides whatever else it means, and `__x` is changed.
fn can_be_attribute(cx: &Context<'_>, wire: &str) -> bool {
    let is_word = wire.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        && !wire.starts_with(|c: char| c.is_ascii_digit())
        && !wire.is_empty();
    let is_meant = ["str", "int", "float", "bool", "list", "dict", "Any", "Literal", "NotRequired", "TypedDict"];
    let is_type = cx.types().any(|(index, _)| cx.type_name(index) == wire);
    is_word && !wire.starts_with("__") && !is_meant.contains(&wire) && !is_type && Scope::new(&[]).name(wire) == wire
}
