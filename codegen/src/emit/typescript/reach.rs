//! Which types are needed: those that an argument or an answer leads to. A body whose fields are arguments is not.

use super::operations::arguments;
use crate::model::{Api, Argument, Content, Type, TypeKind};

/// What leads to a type.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Reached {
    pub(super) by_arguments: bool,
    pub(super) by_answers: bool,
}

impl Reached {
    /// Whether anything does.
    pub(super) fn at_all(self) -> bool {
        self.by_arguments || self.by_answers
    }
}

/// Returns for each type what leads to it.
pub(super) fn reached(api: &Api) -> Vec<Reached> {
    let mut reached = vec![Reached::default(); api.types.len()];
    for operation in &api.operations {
        for (argument, field) in arguments(api, operation) {
            match (argument, field) {
                (_, Some(field)) => mark(api, &field.ty, &mut reached, |place| &mut place.by_arguments),
                (Argument::Body, None) => {
                    if let Some(body) = &operation.body {
                        mark(api, &body.ty, &mut reached, |place| &mut place.by_arguments);
                    }
                }
                _ => {}
            }
        }
        if let Content::Json(ty) = &operation.success.content {
            mark(api, ty, &mut reached, |place| &mut place.by_answers);
        }
    }
    reached
}

/// Marks a type and all that it leads to.
fn mark(api: &Api, ty: &Type, reached: &mut [Reached], flag: impl Fn(&mut Reached) -> &mut bool + Copy) {
    let mut open = vec![ty];
    while let Some(ty) = open.pop() {
        match ty {
            Type::List(inner) | Type::Map(inner) | Type::Nullable(inner) => open.push(inner),
            Type::Named(index) => {
                let (Some(place), Some(def)) = (reached.get_mut(*index), api.types.get(*index)) else { continue };
                if std::mem::replace(flag(place), true) {
                    continue;
                }
                match &def.kind {
                    TypeKind::Struct(object) => {
                        open.extend(object.fields.iter().map(|field| &field.ty).chain([&object.extra]));
                    }
                    TypeKind::Union(union) => open.extend(union.variants.iter().map(|variant| &variant.ty)),
                    TypeKind::Alias(ty) => open.push(ty),
                    TypeKind::Enum(_) => {}
                }
            }
            _ => {}
        }
    }
}
