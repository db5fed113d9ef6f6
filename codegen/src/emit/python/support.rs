//! What the Python client can't do yet: an error that names it is better than a client that lacks it.

use crate::emit::EmitError;
use crate::model::{Api, Argument, Encoding, Type, TypeKind};

/// Refuses what the emitter has no form for.
pub(super) fn check(api: &Api) -> Result<(), EmitError> {
    for operation in &api.operations {
        let unsupported = |what: &str| Err(EmitError(format!("{}: Python has no form for {what}", operation.id)));
        let Some(body) = &operation.body else { continue };
        let whole = operation.arguments.contains(&Argument::Body);
        if body.encoding == Encoding::Form && whole && !is_object(api, &body.ty) {
            return unsupported("a form that is no object");
        }
    }
    Ok(())
}

fn is_object(api: &Api, ty: &Type) -> bool {
    match ty {
        Type::Map(_) => true,
        Type::Named(index) => match api.types.get(*index).map(|def| &def.kind) {
            Some(TypeKind::Struct(_)) => true,
            Some(TypeKind::Alias(ty)) => is_object(api, ty),
            _ => false,
        },
        _ => false,
    }
}
