//! Finds which named types requests and answers carry, and from which operations each is reached.

use indexmap::IndexMap;

use crate::model::{Content, Operation, Type, TypeKind};

use super::pairing::Pairs;
use super::usage::{DEEPEST, alias, continues, through};
use super::{Apis, Direction, fields};

/// An old named type, the new one that continues it, and which way they travel.
pub(super) type Key = (usize, usize, Direction);

/// Who uses a type.
pub(super) struct Use {
    /// The ids of the operations, in document order.
    pub(super) operations: Vec<String>,
    /// Whether it is nowhere seen but as the fields of a flattened body.
    pub(super) flat: bool,
}

/// Walks from every operation that is in both documents.
pub(super) fn reach(apis: Apis<'_>, pairs: &Pairs<'_, Operation>) -> IndexMap<Key, Use> {
    let mut uses = IndexMap::new();
    for (old, new) in &pairs.both {
        let mut walk = Walk { apis, operation: &new.id, uses: &mut uses, todo: Vec::new() };
        for (old, new) in super::arguments::params(apis, old, new).both {
            walk.start(&old.field.ty, &new.field.ty, Direction::Request);
        }
        if let (Some(old), Some(new)) = (&old.body, &new.body) {
            if old.flattened && new.flattened {
                walk.flattened(&old.ty, &new.ty);
            } else {
                walk.start(&old.ty, &new.ty, Direction::Request);
            }
        }
        if let (Content::Json(old), Content::Json(new)) = (&old.success.content, &new.success.content) {
            walk.start(old, new, Direction::Response);
        }
    }
    uses
}

/// A walk from one operation. A list of what is left to do stands in for recursion, so that no document is too deep.
struct Walk<'a, 'w> {
    apis: Apis<'a>,
    operation: &'w str,
    uses: &'w mut IndexMap<Key, Use>,
    /// Two types, and through how many aliases they were come by.
    todo: Vec<(&'a Type, &'a Type, usize)>,
}

impl<'a> Walk<'a, '_> {
    fn start(&mut self, old: &'a Type, new: &'a Type, direction: Direction) {
        self.todo.push((old, new, 0));
        self.run(direction);
    }

    /// A flattened body's type is known by its fields alone, whatever it is called.
    fn flattened(&mut self, old: &'a Type, new: &'a Type) {
        let (old, new) = (through(&self.apis.old.types, old), through(&self.apis.new.types, new));
        let (Type::Named(old), Type::Named(new)) = (old, new) else { return };
        self.enter((*old, *new, Direction::Request), true);
        self.run(Direction::Request);
    }

    fn run(&mut self, direction: Direction) {
        while let Some((old, new, depth)) = self.todo.pop() {
            match (old, new) {
                (Type::Named(a), Type::Named(b)) if continues(self.apis, *a, *b) => {
                    self.enter((*a, *b, direction), false);
                }
                (Type::List(a), Type::List(b))
                | (Type::Map(a), Type::Map(b))
                | (Type::Nullable(a), Type::Nullable(b)) => {
                    self.todo.push((a, b, depth));
                }
                (Type::Nullable(a), b) => self.todo.push((a, b, depth)),
                (a, Type::Nullable(b)) => self.todo.push((a, b, depth)),
                (a, b) => match (alias(&self.apis.old.types, a), alias(&self.apis.new.types, b)) {
                    (None, None) => {}
                    (from, to) if depth < DEEPEST => {
                        self.todo.push((from.unwrap_or(a), to.unwrap_or(b), depth + 1));
                    }
                    _ => {}
                },
            }
        }
    }

    /// Notes a use of a type, and the first time from this operation goes on into it.
    fn enter(&mut self, key: Key, flat: bool) {
        let entry = self.uses.entry(key).or_insert(Use { operations: Vec::new(), flat: true });
        entry.flat &= flat;
        if entry.operations.last().is_some_and(|last| last == self.operation) {
            return;
        }
        entry.operations.push(self.operation.to_owned());
        let (Some(old), Some(new)) = (self.apis.old.types.get(key.0), self.apis.new.types.get(key.1)) else { return };
        match (&old.kind, &new.kind) {
            (TypeKind::Struct(old), TypeKind::Struct(new)) => {
                let both = fields::pairs(self.apis, &old.fields, &new.fields).both;
                self.todo.extend(both.into_iter().rev().map(|(old, new)| (&old.ty, &new.ty, 0)));
                self.todo.push((&old.extra, &new.extra, 0));
            }
            (TypeKind::Union(old), TypeKind::Union(new)) => {
                let both = super::types::variants(self.apis, old, new).both;
                self.todo.extend(both.into_iter().rev().map(|(old, new)| (&old.ty, &new.ty, 0)));
            }
            (TypeKind::Alias(old), TypeKind::Alias(new)) => self.todo.push((old, new, 0)),
            _ => {}
        }
    }
}
