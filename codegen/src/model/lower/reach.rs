//! Which types requests and answers carry. Types that neither carries are dropped.

use crate::model::{Content, Operation, Type, TypeDef, TypeKind};

/// Marks the types that are used, drops the others, and renumbers every use.
pub(super) fn prune(operations: &mut [Operation], types: &mut Vec<TypeDef>) {
    for operation in operations.iter() {
        for param in &operation.params {
            mark(&param.field.ty, types, true);
        }
        if let Some(body) = &operation.body {
            mark(&body.ty, types, true);
        }
        if let Content::Json(ty) = &operation.success.content {
            mark(ty, types, false);
        }
    }
    let mut order: Vec<usize> = (0..types.len()).collect();
    order.retain(|index| types.get(*index).is_some_and(|def| def.in_request || def.in_response));
    order.sort_by_key(|index| types.get(*index).map_or((0, 0), |def| (def.span.start, *index)));
    let mut place = vec![0; types.len()];
    for (new, old) in order.iter().enumerate() {
        if let Some(slot) = place.get_mut(*old) {
            *slot = new;
        }
    }
    let mut kept: Vec<TypeDef> = order.iter().filter_map(|index| types.get(*index).cloned()).collect();
    let renumber = |ty: &mut Type| visit(ty, &mut |index| *index = place.get(*index).copied().unwrap_or(*index));
    for def in &mut kept {
        each_type(&mut def.kind, &renumber);
    }
    for operation in operations {
        operation.params.iter_mut().for_each(|param| renumber(&mut param.field.ty));
        operation.body.iter_mut().for_each(|body| renumber(&mut body.ty));
        if let Content::Json(ty) = &mut operation.success.content {
            renumber(ty);
        }
    }
    *types = kept;
}

/// Marks what `ty` leads to, without recursion: a document's types may form long chains.
fn mark(ty: &Type, types: &mut [TypeDef], request: bool) {
    let mut queue = Vec::new();
    visit(&mut ty.clone(), &mut |index| queue.push(*index));
    while let Some(index) = queue.pop() {
        let Some(def) = types.get_mut(index) else { continue };
        let flag = if request { &mut def.in_request } else { &mut def.in_response };
        if std::mem::replace(flag, true) {
            continue;
        }
        let mut kind = def.kind.clone();
        let queue = std::cell::RefCell::new(&mut queue);
        each_type(&mut kind, &|ty| visit(ty, &mut |index| queue.borrow_mut().push(*index)));
    }
}

/// Calls `f` with every type that a kind mentions.
fn each_type(kind: &mut TypeKind, f: &dyn Fn(&mut Type)) {
    match kind {
        TypeKind::Alias(ty) => f(ty),
        TypeKind::Enum(_) => {}
        TypeKind::Struct(object) => {
            object.fields.iter_mut().for_each(|field| f(&mut field.ty));
            f(&mut object.extra);
        }
        TypeKind::Union(union) => union.variants.iter_mut().for_each(|variant| f(&mut variant.ty)),
    }
}

/// Calls `f` with every index of a named type.
fn visit(ty: &mut Type, f: &mut dyn FnMut(&mut usize)) {
    match ty {
        Type::Named(index) => f(index),
        Type::List(inner) | Type::Map(inner) | Type::Nullable(inner) => visit(inner, f),
        _ => {}
    }
}
