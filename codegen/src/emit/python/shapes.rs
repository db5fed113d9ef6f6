//! `shapes.py`: what answers are checked against.

use std::collections::BTreeSet;

use crate::emit::printer::{Doc, all};
use crate::model::{Struct, Type, TypeKind, Union};

use super::context::Context;
use super::{import, list, literal};

/// Returns the definitions, each behind those that it is made of.
pub(super) fn shapes(cx: &Context<'_>) -> Vec<(usize, Doc)> {
    let mut writer = Writer { cx, done: BTreeSet::new(), open: Vec::new(), parts: Vec::new(), used: BTreeSet::new() };
    for index in cx.answers() {
        writer.define(index);
    }
    let Writer { parts, mut used, .. } = writer;
    if !parts.is_empty() {
        used.insert("Shape");
    }
    let mut all = vec![(1, Doc::from("from __future__ import annotations"))];
    all.extend(import(".._runtime.decode", &used).map(|doc| (1, doc)));
    all.extend(parts.into_iter().map(|doc| (1, doc)));
    // One under the other, without blank lines, but for the first.
    let mut first = true;
    for (blank, _) in all.iter_mut().skip(2) {
        *blank = usize::from(std::mem::take(&mut first));
    }
    all
}

struct Writer<'a> {
    cx: &'a Context<'a>,
    done: BTreeSet<usize>,
    open: Vec<usize>,
    parts: Vec<Doc>,
    used: BTreeSet<&'static str>,
}

impl Writer<'_> {
    fn define(&mut self, index: usize) {
        let Some(def) = self.cx.def(index) else { return };
        if matches!(def.kind, TypeKind::Enum(_)) || self.done.contains(&index) || self.open.contains(&index) {
            return;
        }
        self.open.push(index);
        let shape = match &def.kind {
            TypeKind::Struct(one) => self.object(one),
            TypeKind::Union(union) => self.union(union),
            TypeKind::Alias(ty) => self.shape(ty),
            TypeKind::Enum(_) => self.plain("STRING"),
        };
        self.open.pop();
        self.done.insert(index);
        self.parts.push(all![format!("{}: Shape = ", self.cx.shape_name(index)), shape]);
    }

    fn plain(&mut self, name: &'static str) -> Doc {
        self.used.insert(name);
        name.into()
    }

    fn wrapped(&mut self, class: &'static str, inner: &Type) -> Doc {
        self.used.insert(class);
        list(&format!("{class}("), [self.shape(inner)], ")")
    }

    fn shape(&mut self, ty: &Type) -> Doc {
        match ty {
            Type::String | Type::DateTime | Type::Date => self.plain("STRING"),
            Type::Integer(_) => self.plain("INTEGER"),
            Type::Number => self.plain("NUMBER"),
            Type::Boolean => self.plain("BOOLEAN"),
            Type::Any => self.plain("ANY"),
            Type::List(inner) => self.wrapped("List", inner),
            Type::Map(inner) => self.wrapped("Map", inner),
            Type::Nullable(inner) => self.wrapped("Nullable", inner),
            Type::Named(index) => {
                if self.cx.def(*index).is_some_and(|def| matches!(def.kind, TypeKind::Enum(_))) {
                    return self.plain("STRING");
                }
                self.define(*index);
                let name = self.cx.shape_name(*index).to_owned();
                if self.done.contains(index) {
                    return name.into();
                }
                self.used.insert("Later");
                format!("Later(lambda: {name})").into()
            }
        }
    }

    fn object(&mut self, one: &Struct) -> Doc {
        self.used.insert("Object");
        let mut arguments = Vec::new();
        for (name, required) in [("required", true), ("optional", false)] {
            let fields: Vec<Doc> = one
                .fields
                .iter()
                .filter(|field| field.required == required)
                .map(|field| all![format!("{}: ", literal::text(&field.wire)), self.shape(&field.ty)])
                .collect();
            if !fields.is_empty() {
                arguments.push(all![format!("{name}="), list("{", fields, "}")]);
            }
        }
        if one.extra != Type::Any {
            arguments.push(all!["extra=", self.shape(&one.extra)]);
        }
        list("Object(", arguments, ")")
    }

    fn union(&mut self, union: &Union) -> Doc {
        self.used.insert("Union");
        let variants: Vec<Doc> = union.variants.iter().map(|variant| self.shape(&variant.ty)).collect();
        let mut arguments = vec![tuple(variants)];
        if let Some(told) = &union.discriminator {
            arguments.push(literal::text(&told.property).into());
            let pairs = told.mapping.iter().map(|(value, at)| format!("{}: {at}", literal::text(value)).into());
            arguments.push(list("{", pairs, "}"));
        }
        list("Union(", arguments, ")")
    }
}

/// Returns a tuple, which has a comma even if it has one element only.
pub(super) fn tuple(mut items: Vec<Doc>) -> Doc {
    if let [one] = items.as_mut_slice() {
        let only = std::mem::replace(one, Doc::from(""));
        return all!["(", only, ",)"];
    }
    list("(", items, ")")
}
