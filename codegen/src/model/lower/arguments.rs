//! What a caller passes: parameters, then the body's fields one by one where that reads well.

use std::collections::HashSet;

use super::Lower;
use super::types::Resolved;
use crate::model::{Argument, Encoding, Operation, TypeKind};

/// With more required arguments than this, the body is passed as one.
const MOST_REQUIRED: usize = 6;

impl Lower<'_> {
    /// Returns the arguments in documented order, and notes on the body whether its fields are among them.
    pub(super) fn arguments(&mut self, operation: &mut Operation) -> Vec<Argument> {
        let mut arguments: Vec<Argument> = (0..operation.params.len()).map(Argument::Param).collect();
        let Some(body) = &operation.body else { return arguments };
        let fields = match self.types.resolved(&body.ty) {
            Resolved::Named(TypeKind::Struct(object))
                if matches!(body.encoding, Encoding::Json | Encoding::Form) && !body.ty.is_nullable() =>
            {
                &object.fields[..]
            }
            _ => &[],
        };
        let names: Vec<String> =
            operation.params.iter().map(|param| &param.field).chain(fields).map(|field| field.name.snake()).collect();
        let distinct = names.iter().collect::<HashSet<_>>().len() == names.len();
        let required = operation
            .params
            .iter()
            .map(|param| &param.field)
            .chain(fields)
            .filter(|field| field.required && field.default.is_none());
        let body_must = !body.required && fields.iter().any(|field| field.required);
        let flatten = !fields.is_empty() && distinct && !body_must && required.count() <= MOST_REQUIRED;
        if flatten {
            arguments.extend((0..fields.len()).map(Argument::Field));
        } else {
            arguments.push(Argument::Body);
        }
        if let Some(body) = &mut operation.body {
            body.flattened = flatten;
        }
        arguments
    }
}

impl crate::model::Type {
    /// Whether `null` is among its values.
    pub fn is_nullable(&self) -> bool {
        matches!(self, Self::Nullable(_))
    }
}
