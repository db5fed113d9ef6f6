//! The part of the model that progenitor is shown: operations under placeholder names, and every type replaced by ours.
//!
//! progenitor panics on much that real documents have (two success bodies, unions, missing schemas), merges parameters of
//! one name, and lets two of one case collide. So it never sees the document: it is given a new one, built from the
//! checked model, in which operations are `o0000`, parameters `p00`, and every type is a component that is replaced
//! by a path into our `types`. The polish gives the real names back and counts what it changed.

use indexmap::IndexMap;
use openapiv3 as oas;
use openapiv3::ReferenceOr;

use super::calls::{self, CallInfo};
use super::requests::is_joined;
use crate::emit::rust_syntax::context::Context;
use crate::model::{Content, Encoding, Operation, Param, Piece, Place, Type};

/// A document for progenitor, and what each of its components is replaced by.
pub(super) struct Subset {
    /// The document.
    pub(super) document: oas::OpenAPI,
    /// For each component, the type that stands for it.
    pub(super) replaced: Vec<(String, String)>,
}

/// The placeholder of an operation.
pub(super) fn operation_name(index: usize) -> String {
    format!("o{index:04}")
}

/// The placeholder of a parameter.
pub(super) fn param_name(index: usize) -> String {
    format!("p{index:03}")
}

/// The order in which the raw method takes its parameters: the path's as they stand in it, then query, then headers.
pub(super) fn order(operation: &Operation) -> Vec<usize> {
    let mut out: Vec<usize> = Vec::new();
    for piece in &operation.route.pieces {
        if let Piece::Param(index) = piece
            && !out.contains(index)
        {
            out.push(*index);
        }
    }
    for place in [Place::Query, Place::Header] {
        out.extend(
            operation.params.iter().enumerate().filter(|(_, param)| param.place == place).map(|(index, _)| index),
        );
    }
    out
}

/// Whether the raw method takes a parameter as text: headers, and lists in one value.
pub(super) fn as_text(cx: &Context<'_>, param: &Param) -> bool {
    let list = matches!(cx.resolve(calls::without_null(&param.field.ty)), Type::List(_));
    param.place == Place::Header || (param.place == Place::Query && list && is_joined(param))
}

/// Builds the document.
pub(super) fn subset(cx: &Context<'_>, calls: &[CallInfo<'_>]) -> Subset {
    let mut builder = Builder { cx, replaced: Vec::new() };
    let mut paths = oas::Paths::default();
    for (index, call) in calls.iter().enumerate() {
        let item = builder.item(index, call);
        // One path an operation: templates that differ only in names would be one path otherwise.
        paths.paths.insert(Builder::path(index, call.operation), ReferenceOr::Item(item));
    }
    let schemas = builder
        .replaced
        .iter()
        .map(|(name, _)| {
            (
                name.clone(),
                ReferenceOr::Item(schema(oas::SchemaKind::Type(oas::Type::Object(oas::ObjectType::default())))),
            )
        })
        .collect();
    let document = oas::OpenAPI {
        openapi: "3.0.3".to_owned(),
        info: oas::Info { title: cx.api.title.clone(), version: cx.api.version.clone(), ..oas::Info::default() },
        paths,
        components: Some(oas::Components { schemas, ..oas::Components::default() }),
        ..oas::OpenAPI::default()
    };
    Subset { document, replaced: builder.replaced }
}

struct Builder<'c, 'a> {
    cx: &'c Context<'a>,
    replaced: Vec<(String, String)>,
}

impl Builder<'_, '_> {
    fn path(index: usize, operation: &Operation) -> String {
        let mut path = format!("/{}", operation_name(index));
        for at in order(operation) {
            if operation.params.get(at).is_some_and(|param| param.place == Place::Path) {
                path.push_str(&format!("/{{{}}}", param_name(at)));
            }
        }
        path
    }

    fn item(&mut self, index: usize, call: &CallInfo<'_>) -> oas::PathItem {
        let operation = call.operation;
        let parameters = order(operation)
            .into_iter()
            .filter_map(|at| operation.params.get(at).map(|param| ReferenceOr::Item(self.parameter(at, param))))
            .collect();
        let node = oas::Operation {
            operation_id: Some(operation_name(index)),
            summary: Some(operation.summary.clone()).filter(|text| !text.is_empty()),
            parameters,
            request_body: self.body(call).map(ReferenceOr::Item),
            responses: oas::Responses {
                responses: [(oas::StatusCode::Range(2), ReferenceOr::Item(self.response(&operation.success.content)))]
                    .into(),
                ..oas::Responses::default()
            },
            ..oas::Operation::default()
        };
        let mut item = oas::PathItem::default();
        let slot = match operation.method.as_str() {
            "GET" => &mut item.get,
            "PUT" => &mut item.put,
            "DELETE" => &mut item.delete,
            "OPTIONS" => &mut item.options,
            "HEAD" => &mut item.head,
            "PATCH" => &mut item.patch,
            "TRACE" => &mut item.trace,
            _ => &mut item.post,
        };
        *slot = Some(node);
        item
    }

    fn parameter(&mut self, index: usize, param: &Param) -> oas::Parameter {
        let ty = calls::without_null(&param.field.ty);
        let schema = if as_text(self.cx, param) || matches!(self.cx.resolve(ty), Type::String) {
            ReferenceOr::Item(string())
        } else {
            let text = self.cx.outer(ty).to_string();
            self.replaced_by(text)
        };
        let parameter_data = oas::ParameterData {
            name: param_name(index),
            description: None,
            required: param.field.required,
            deprecated: None,
            format: oas::ParameterSchemaOrContent::Schema(schema),
            example: None,
            examples: IndexMap::default(),
            explode: None,
            extensions: IndexMap::default(),
        };
        match param.place {
            Place::Path => oas::Parameter::Path { parameter_data, style: oas::PathStyle::Simple },
            Place::Query => oas::Parameter::Query {
                parameter_data,
                allow_reserved: false,
                style: oas::QueryStyle::Form,
                allow_empty_value: None,
            },
            Place::Header => oas::Parameter::Header { parameter_data, style: oas::HeaderStyle::Simple },
        }
    }

    fn body(&mut self, call: &CallInfo<'_>) -> Option<oas::RequestBody> {
        let body = call.operation.body.as_ref()?;
        let (media, schema) = match &body.encoding {
            Encoding::Text(media) => (media.as_str(), ReferenceOr::Item(string())),
            Encoding::Bytes => ("application/octet-stream", ReferenceOr::Item(binary())),
            Encoding::Json | Encoding::Form => {
                let (_, kept, _) = calls::whole_body(self.cx, body);
                let kept = if calls::is_sent_always(body) { kept.to_string() } else { format!("Option<{kept}>") };
                let media = if body.encoding == Encoding::Json {
                    "application/json"
                } else {
                    "application/x-www-form-urlencoded"
                };
                (media, self.replaced_by(kept))
            }
        };
        let media_type = oas::MediaType { schema: Some(schema), ..oas::MediaType::default() };
        Some(oas::RequestBody {
            content: [(media.to_owned(), media_type)].into(),
            required: true,
            ..oas::RequestBody::default()
        })
    }

    fn response(&mut self, content: &Content) -> oas::Response {
        let content = match content {
            Content::Empty => None,
            Content::Json(ty) => {
                let text = self.cx.outer(ty).to_string();
                Some(("application/json", self.replaced_by(text)))
            }
            Content::Text | Content::Bytes => Some(("application/octet-stream", ReferenceOr::Item(binary()))),
        };
        let media = content.map(|(media, schema)| {
            (media.to_owned(), oas::MediaType { schema: Some(schema), ..oas::MediaType::default() })
        });
        oas::Response { content: media.into_iter().collect(), ..oas::Response::default() }
    }

    /// A reference to a component that stands for a type.
    fn replaced_by(&mut self, ty: String) -> ReferenceOr<oas::Schema> {
        let known = self.replaced.iter().position(|(_, known)| *known == ty);
        let at = known.unwrap_or_else(|| {
            self.replaced.push((format!("T{:04}", self.replaced.len()), ty));
            self.replaced.len() - 1
        });
        ReferenceOr::Reference { reference: format!("#/components/schemas/T{at:04}") }
    }
}

fn schema(schema_kind: oas::SchemaKind) -> oas::Schema {
    oas::Schema { schema_data: oas::SchemaData::default(), schema_kind }
}

fn string() -> oas::Schema {
    schema(oas::SchemaKind::Type(oas::Type::String(oas::StringType::default())))
}

fn binary() -> oas::Schema {
    let format = oas::VariantOrUnknownOrEmpty::Item(oas::StringFormat::Binary);
    schema(oas::SchemaKind::Type(oas::Type::String(oas::StringType { format, ..oas::StringType::default() })))
}
