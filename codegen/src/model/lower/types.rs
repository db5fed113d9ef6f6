//! The named types while they are collected: referenced ones once each, inline ones as they come.

use std::collections::{HashMap, VecDeque};

use crate::diag::{Diagnostic, Report, Span};
use crate::model::{Name, Type, TypeDef, TypeKind};
use crate::spec::Profile;
use crate::spec::node::Node;
use crate::spec::percent_decode;

/// The collection.
#[derive(Default)]
pub(super) struct Types<'a> {
    defs: Vec<TypeDef>,
    /// From a reference's text to its type.
    by_ref: HashMap<String, usize>,
    /// Referenced schemas that are still to be lowered.
    pub(super) queue: VecDeque<(usize, &'a Node)>,
}

impl<'a> Types<'a> {
    /// Returns the type of a reference, and has its schema lowered later if it is new.
    pub(super) fn reference(&mut self, reference: &str, node: &'a Node) -> Type {
        let reference = &percent_decode(reference);
        if let Some(index) = self.by_ref.get(reference) {
            return Type::Named(*index);
        }
        let (name, component) = place(reference);
        let index = self.add(name, component, node);
        self.by_ref.insert(reference.to_owned(), index);
        self.queue.push_back((index, node));
        Type::Named(index)
    }

    /// Adds an inline type that is still to be lowered.
    pub(super) fn reserve(&mut self, name: &Name, node: &Node) -> usize {
        self.add(name.clone(), None, node)
    }

    /// Adds an inline type.
    pub(super) fn inline(&mut self, name: &Name, node: &Node, kind: TypeKind) -> Type {
        let index = self.add(name.clone(), None, node);
        self.set(index, kind);
        Type::Named(index)
    }

    fn add(&mut self, name: Name, component: Option<String>, node: &Node) -> usize {
        self.defs.push(TypeDef {
            name,
            component,
            description: node.str("description").unwrap_or_default().trim().to_owned(),
            kind: TypeKind::Alias(Type::Any),
            in_request: false,
            in_response: false,
            span: node.span,
        });
        self.defs.len() - 1
    }

    /// Says what a type is.
    pub(super) fn set(&mut self, index: usize, kind: TypeKind) {
        if let Some(def) = self.defs.get_mut(index) {
            def.kind = kind;
        }
    }

    /// Returns a type's name.
    pub(super) fn name(&self, index: usize) -> Name {
        self.defs.get(index).map(|def| def.name.clone()).unwrap_or_default()
    }

    /// Follows aliases and `null` to what a type really is.
    pub(super) fn resolved<'t>(&'t self, ty: &'t Type) -> Resolved<'t> {
        let mut ty = ty;
        for _ in 0..64 {
            ty = match ty {
                Type::Nullable(inner) => inner,
                Type::Named(index) => match self.defs.get(*index).map(|def| &def.kind) {
                    Some(TypeKind::Alias(inner)) => inner,
                    Some(kind) => return Resolved::Named(kind),
                    None => return Resolved::Plain(&Type::Any),
                },
                plain => return Resolved::Plain(plain),
            };
        }
        Resolved::Plain(&Type::Any)
    }

    /// Whether `null` is among a type's values.
    pub(super) fn takes_null(&self, ty: &Type) -> bool {
        let mut queue = vec![ty];
        for _ in 0..64 {
            match queue.pop() {
                None => return false,
                Some(Type::Nullable(_) | Type::Any) => return true,
                Some(Type::Named(index)) => match self.defs.get(*index).map(|def| &def.kind) {
                    Some(TypeKind::Alias(inner)) => queue.push(inner),
                    Some(TypeKind::Union(union)) => queue.extend(union.variants.iter().map(|variant| &variant.ty)),
                    _ => {}
                },
                Some(_) => {}
            }
        }
        true
    }

    /// All types so far.
    pub(super) fn defs(&mut self) -> &mut [TypeDef] {
        &mut self.defs
    }

    /// Makes every name the only one of its kind: components keep theirs, inline types get a number.
    pub(super) fn finish(mut self, profile: Profile, report: &mut Report) -> Vec<TypeDef> {
        let mut taken: HashMap<String, Span> = HashMap::new();
        for named in [true, false] {
            for def in self.defs.iter_mut().filter(|def| def.component.is_some() == named) {
                if let Some(first) = taken.get(&def.name.pascal()) {
                    if profile == Profile::House {
                        report.push(
                            Diagnostic::error(
                                "name-collision",
                                def.span,
                                format!("a second type would be called `{}`", def.name.pascal()),
                            )
                            .related(*first, "the first one")
                            .help("move this schema to `components/schemas` under a name of its own"),
                        );
                    }
                    let base = def.name.clone();
                    let free =
                        (2..=usize::MAX).map(|n| base.numbered(n)).find(|name| !taken.contains_key(&name.pascal()));
                    def.name = free.unwrap_or(base);
                }
                taken.insert(def.name.pascal(), def.span);
            }
        }
        self.defs
    }
}

/// The name of what stands at a reference, and of the component if it is one: `…/schemas/Book/properties/title` is the
/// title of a book.
fn place(reference: &str) -> (Name, Option<String>) {
    let plain = |part: &str| part.replace("~1", "/").replace("~0", "~");
    let parts: Vec<&str> = reference.strip_prefix("#/components/schemas/").unwrap_or(reference).split('/').collect();
    match parts.as_slice() {
        [component] if reference.starts_with("#/components/schemas/") => {
            (Name::new(&plain(component)), Some(plain(component)))
        }
        [component, below @ ..] if reference.starts_with("#/components/schemas/") => {
            let below = below.iter().map(|part| match *part {
                "items" => "item",
                "additionalProperties" => "value",
                part => part,
            });
            let below = below.filter(|part| !matches!(*part, "properties" | "allOf" | "oneOf" | "anyOf"));
            let names: Vec<Name> =
                std::iter::once(*component).chain(below).map(|part| Name::new(&plain(part))).collect();
            (Name::concat(&names), None)
        }
        parts => (Name::new(&plain(parts.last().unwrap_or(&reference))), None),
    }
}

/// What a type is behind aliases and `null`.
pub(super) enum Resolved<'t> {
    /// A type that has no name.
    Plain(&'t Type),
    /// A struct, enum or union.
    Named(&'t TypeKind),
}
