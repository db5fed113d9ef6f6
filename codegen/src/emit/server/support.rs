//! What a server can't be made of, found before anything is written.

use super::endless;
use crate::emit::EmitError;
use crate::model::{Api, Auth, Content, Encoding, Idempotency, Need, Operation, Param, Piece, Place, Type, TypeKind};

/// Finds the first thing that the gateway's runtime has no way for.
pub(super) fn check(api: &Api) -> Result<(), EmitError> {
    for operation in &api.operations {
        let refuse = |why: &str| Err(EmitError(format!("the operation `{}` {why}", operation.id)));
        let open = operation.auth == Need::No || api.auth == Auth::None;
        if !open && api.auth != Auth::Bearer {
            return refuse("wants another proof than a bearer token");
        }
        if (open || operation.auth == Need::Optional) && operation.idempotency == Some(Idempotency::Keyed) {
            return refuse("is keyed, but may be called without proof, and keys belong to a caller; require proof");
        }
        if operation.body.as_ref().is_some_and(|body| body.encoding != Encoding::Json) {
            return refuse("takes a body that is not JSON");
        }
        if matches!(operation.success.content, Content::Text | Content::Bytes) {
            return refuse("answers with something that is not JSON");
        }
        if operation.success.may_be_empty {
            return refuse("answers with a body or with none");
        }
        if let [first, second, ..] = *statuses(operation) {
            return refuse(&format!(
                "succeeds with {first} or {second}, and a server sends one; describe that one alone"
            ));
        }
        if let Some(param) = operation.params.iter().find(|param| !is_read(api, param)) {
            return refuse(&format!("has the parameter `{}`, whose type has no text of its own", param.field.wire));
        }
        if let Some(why) = in_path(operation).or_else(|| twice(api, operation)) {
            return refuse(&why);
        }
    }
    match endless::union(api) {
        Some(name) => Err(EmitError(format!(
            "the type `{name}` is told by trying its alternatives, of which several lead back to it, so that reading may take for \
             ever; give it a `discriminator`"
        ))),
        None => Ok(()),
    }
}

/// The exact statuses of success.
fn statuses(operation: &Operation) -> Vec<u16> {
    operation.success.statuses.iter().filter_map(|status| status.parse().ok()).collect()
}

/// What the runtime's templates can't say: that slashes may stand in a parameter before the last, or a name's own star.
fn in_path(operation: &Operation) -> Option<String> {
    let params: Vec<&Param> = operation
        .route
        .pieces
        .iter()
        .filter_map(|piece| match piece {
            Piece::Param(index) => operation.params.get(*index),
            Piece::Text(_) => None,
        })
        .collect();
    let before = params.split_last().map_or(&[][..], |(_, before)| before);
    if let Some(param) = before.iter().find(|param| param.slashes) {
        let name = &param.field.wire;
        return Some(format!(
            "has slashes in `{name}`, which only a path's last parameter may have; move it to the end"
        ));
    }
    let starred = params.iter().find(|param| param.field.wire.starts_with('*'))?;
    Some(format!("has the parameter `{}`; rename it, since its star would stand for slashes", starred.field.wire))
}

/// Whether a parameter is a plain value, a word, or a list of these; in the path no list.
fn is_read(api: &Api, param: &Param) -> bool {
    match resolve(api, &param.field.ty) {
        Some(Type::List(item)) => {
            param.place != Place::Path && resolve(api, item).is_some_and(|item| is_plain(api, item))
        }
        Some(ty) => is_plain(api, ty),
        None => false,
    }
}

fn is_plain(api: &Api, ty: &Type) -> bool {
    match ty {
        Type::Named(index) => api.types.get(*index).is_some_and(|def| matches!(def.kind, TypeKind::Enum(_))),
        Type::List(_) | Type::Map(_) | Type::Any | Type::Nullable(_) => false,
        _ => true,
    }
}

/// Follows aliases and `null` to what a parameter is.
fn resolve<'a>(api: &'a Api, ty: &'a Type) -> Option<&'a Type> {
    let mut ty = ty;
    for _ in 0..64 {
        match ty {
            Type::Nullable(inner) => ty = inner,
            Type::Named(index) => match &api.types.get(*index)?.kind {
                TypeKind::Alias(inner) => ty = inner,
                _ => return Some(ty),
            },
            ty => return Some(ty),
        }
    }
    None
}

/// Whether another operation before has the same verb and a path of the same form.
fn twice(api: &Api, operation: &Operation) -> Option<String> {
    let same = |other: &&Operation| other.method == operation.method && other.route == operation.route;
    let first = api.operations.iter().find(same)?;
    (first.id != operation.id).then(|| format!("has the route of `{}`", first.id))
}
