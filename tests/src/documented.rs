//! The documented facts of `tests/documented/storage.yaml`, and what our API says, in one form that can be compared.

use codegen::model::{Api, Argument, Content, Field, Json, Operation, Type, TypeKind};
use serde_yaml::Value;

/// What is documented of one method.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Method {
    /// Its id, verb and path: `storage.bucket.list: GET /v1/storage/buckets`.
    pub line: String,
    /// Its parameters in order: `acl?: private|public = null`.
    pub parameters: Vec<String>,
    /// What it gives: a type's name, or nothing for a plain object.
    pub result: Option<String>,
    /// The result's fields in order, `?` behind an optional one.
    pub fields: Vec<String>,
    /// The Python call.
    pub python: String,
    /// The TypeScript call.
    pub typescript: String,
}

impl Method {
    /// Returns its id.
    #[must_use]
    pub fn id(&self) -> &str {
        self.line.split(':').next().unwrap_or_default()
    }

    /// Returns the facts as lines, for a diff.
    #[must_use]
    pub fn lines(&self) -> String {
        let result = self.result.as_deref().unwrap_or("(plain)");
        let parameters: Vec<String> = self.parameters.iter().map(|one| format!("    {one}\n")).collect();
        let parameters = parameters.concat();
        format!(
            "{}\n{parameters}    -> {result} {{ {} }}\n    {}\n    {}\n",
            self.line,
            self.fields.join(", "),
            self.python,
            self.typescript
        )
    }
}

/// Reads the documented facts.
///
/// # Panics
/// If the file hasn't the form that its README tells.
#[must_use]
pub fn facts(text: &str) -> Vec<Method> {
    let root: Value = serde_yaml::from_str(text).expect("documented facts are YAML");
    let methods = root["methods"].as_sequence().expect("`methods`");
    methods.iter().map(fact).collect()
}

fn fact(method: &Value) -> Method {
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    let parameters = method["parameters"].as_sequence().expect("`parameters`").iter().map(|one| {
        let ty = match &one["type"] {
            Value::String(word) => word.clone(),
            list => list.as_sequence().expect("a type").iter().map(text).collect::<Vec<_>>().join("|"),
        };
        let required = one["required"].as_bool().expect("`required`");
        let default = match &one["default"] {
            Value::Null => "null".to_owned(),
            value => text(value),
        };
        parameter(&text(&one["name"]), &ty, required, &default)
    });
    Method {
        line: format!("{}: {} {}", text(&method["id"]), text(&method["verb"]), text(&method["path"])),
        parameters: parameters.collect(),
        result: method["result"]["type"].as_str().map(str::to_owned),
        fields: method["result"]["fields"].as_sequence().expect("`fields`").iter().map(text).collect(),
        python: text(&method["python"]),
        typescript: text(&method["typescript"]),
    }
}

fn parameter(name: &str, ty: &str, required: bool, default: &str) -> String {
    if required { format!("{name}: {ty}") } else { format!("{name}?: {ty} = {default}") }
}

/// Returns what our API says of each of its operations, in the form of the documented `facts`.
///
/// The page shows some answers as plain objects, without a type's name. Which ones is taken from there, for a description can't
/// say it; what they hold is still ours.
#[must_use]
pub fn ours(api: &Api, facts: &[Method]) -> Vec<Method> {
    let plain = |operation: &Operation| facts.iter().any(|fact| fact.id() == operation.id && fact.result.is_none());
    api.operations.iter().map(|operation| our(api, operation, plain(operation))).collect()
}

fn our(api: &Api, operation: &Operation, is_plain: bool) -> Method {
    let arguments: Vec<&Field> = operation.arguments.iter().filter_map(|one| argument(api, operation, *one)).collect();
    let parameters = arguments.iter().map(|field| {
        let default = field.default.as_ref().map_or("null".to_owned(), plain);
        parameter(&field.wire, &wire_type(api, &field.ty), field.required, &default)
    });
    let (result, fields) = match &operation.success.content {
        Content::Json(Type::Named(index)) => match api.types.get(*index).map(|def| (&def.kind, def)) {
            Some((TypeKind::Struct(object), def)) => {
                let fields = object
                    .fields
                    .iter()
                    .map(|field| if field.required { field.wire.clone() } else { format!("{}?", field.wire) });
                (def.component.clone().filter(|_| !is_plain), fields.collect())
            }
            _ => (None, Vec::new()),
        },
        _ => (None, Vec::new()),
    };
    Method {
        line: format!("{}: {} {}", operation.id, operation.method, operation.route.template),
        parameters: parameters.collect(),
        python: python(operation, &arguments),
        typescript: typescript(operation, &arguments, result.as_deref(), &fields),
        result,
        fields,
    }
}

fn argument<'a>(api: &'a Api, operation: &'a Operation, one: Argument) -> Option<&'a Field> {
    match (one, operation.body.as_ref().map(|body| &body.ty)) {
        (Argument::Param(index), _) => operation.params.get(index).map(|param| &param.field),
        (Argument::Field(index), Some(Type::Named(at))) => match &api.types.get(*at)?.kind {
            TypeKind::Struct(object) => object.fields.get(index),
            _ => None,
        },
        _ => None,
    }
}

fn wire_type(api: &Api, ty: &Type) -> String {
    match ty {
        Type::Integer(_) | Type::Number => "number".to_owned(),
        Type::Boolean => "boolean".to_owned(),
        Type::String | Type::DateTime | Type::Date => "string".to_owned(),
        Type::Named(index) => match api.types.get(*index).map(|def| &def.kind) {
            Some(TypeKind::Enum(values)) => {
                values.iter().map(|value| value.wire.as_str()).collect::<Vec<_>>().join("|")
            }
            Some(TypeKind::Alias(ty)) => wire_type(api, ty),
            _ => "object".to_owned(),
        },
        Type::List(item) => format!("{}[]", wire_type(api, item)),
        _ => "any".to_owned(),
    }
}

fn plain(json: &Json) -> String {
    match json {
        Json::String(text) => text.clone(),
        Json::Int(number) => number.to_string(),
        Json::Bool(flag) => flag.to_string(),
        other => format!("{other:?}"),
    }
}

/// The Python call as the documentation writes it: required arguments as `...`, others with their defaults.
fn python(operation: &Operation, arguments: &[&Field]) -> String {
    let arguments: Vec<String> = arguments
        .iter()
        .map(|field| match (&field.default, field.required) {
            (_, true) => format!("{}=...", field.wire),
            (Some(Json::String(text)), _) => format!("{}={text:?}", field.wire),
            (Some(json), _) => format!("{}={}", field.wire, plain(json)),
            (None, _) => format!("{}=None", field.wire),
        })
        .collect();
    format!("infra.{}({})", operation.id, arguments.join(", "))
}

/// The TypeScript call as the documentation writes it: a plain result by its fields.
fn typescript(operation: &Operation, arguments: &[&Field], result: Option<&str>, fields: &[String]) -> String {
    let arguments = if arguments.is_empty() { "" } else { "opts" };
    let result = match result {
        Some(name) => name.to_owned(),
        None => format!("{{ {} }}", fields.join(", ")),
    };
    format!("client.{}({arguments}): Promise<{result}>", operation.id)
}
