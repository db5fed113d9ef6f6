//! Unions that are told by trying, and lead back to themselves.
//!
//! Each try reads the whole value. With two alternatives that hold the union again, a value of depth n takes 2ⁿ of them.

use crate::model::{Api, Type, TypeDef, TypeKind};

/// Returns the name of a type in requests whose reading has no bound that a server can live with.
pub(super) fn union(api: &Api) -> Option<String> {
    let mut tried = api.types.iter().enumerate().filter(|(_, def)| def.in_request);
    let (_, def) = tried.find(|(index, def)| match &def.kind {
        TypeKind::Union(union) if union.discriminator.is_none() => {
            union.variants.iter().filter(|variant| leads(api, &variant.ty, *index)).nth(1).is_some()
        }
        _ => false,
    })?;
    Some(def.component.clone().unwrap_or_else(|| def.name.pascal()))
}

/// Whether values of a type hold, however deep, values of the named type.
fn leads(api: &Api, from: &Type, to: usize) -> bool {
    let mut seen = vec![false; api.types.len()];
    let mut queue = vec![from];
    while let Some(ty) = queue.pop() {
        match ty {
            Type::List(inner) | Type::Map(inner) | Type::Nullable(inner) => queue.push(inner),
            Type::Named(index) if *index == to => return true,
            Type::Named(index) => {
                if let (Some(seen @ false), Some(def)) = (seen.get_mut(*index), api.types.get(*index)) {
                    *seen = true;
                    queue.extend(held(def));
                }
            }
            _ => {}
        }
    }
    false
}

/// The types that a type's values hold.
pub(super) fn held(def: &TypeDef) -> Vec<&Type> {
    match &def.kind {
        TypeKind::Struct(object) => object.fields.iter().map(|field| &field.ty).chain([&object.extra]).collect(),
        TypeKind::Union(union) => union.variants.iter().map(|variant| &variant.ty).collect(),
        TypeKind::Alias(ty) => vec![ty],
        TypeKind::Enum(_) => Vec::new(),
    }
}
