//! What the runtime has no way for is told before anything is written.

use crate::emit::EmitError;
use crate::model::{Api, Argument, Auth, Content, Encoding, Json, Need, Operation, TypeKind};

/// The whole numbers that JavaScript's numbers hold.
const SAFE: std::ops::RangeInclusive<i128> = -0x1F_FFFF_FFFF_FFFF..=0x1F_FFFF_FFFF_FFFF;

/// Refuses an API that the runtime can't call.
pub(super) fn check(api: &Api) -> Result<(), EmitError> {
    api.operations.iter().try_for_each(|operation| {
        let refused = |why: &str| Err(EmitError(format!("the operation `{}` {why}", operation.id)));
        if api.auth != Auth::Bearer && operation.auth != Need::No {
            return refused("wants another proof than a bearer token");
        }
        if operation.body.as_ref().is_some_and(|body| body.encoding != Encoding::Json) {
            return refused("takes a body that is not JSON");
        }
        if matches!(operation.success.content, Content::Text | Content::Bytes) {
            return refused("answers with something that is not JSON");
        }
        if defaults(api, operation).any(too_large) {
            return refused("has a default that is no number of JavaScript");
        }
        Ok(())
    })
}

/// The defaults of an operation's arguments.
fn defaults<'a>(api: &'a Api, operation: &'a Operation) -> impl Iterator<Item = &'a Json> {
    operation.arguments.iter().filter_map(move |argument| match *argument {
        Argument::Param(index) => operation.params.get(index)?.field.default.as_ref(),
        Argument::Field(index) => super::operations::body_fields(api, operation).get(index)?.default.as_ref(),
        Argument::Body => None,
    })
}

fn too_large(json: &Json) -> bool {
    match json {
        Json::Int(number) => !SAFE.contains(number),
        Json::List(items) => items.iter().any(too_large),
        Json::Object(fields) => fields.iter().any(|(_, value)| too_large(value)),
        Json::Null | Json::Bool(_) | Json::Float(_) | Json::String(_) => false,
    }
}

/// The fields of a struct, or none.
pub(super) fn fields(kind: &TypeKind) -> &[crate::model::Field] {
    if let TypeKind::Struct(object) = kind { &object.fields } else { &[] }
}
