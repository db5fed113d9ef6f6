//! Holds answers of the gateway against `openapi/storage.yaml`: statuses, content types, bodies.

use std::sync::OnceLock;

use serde_json::{Map, Value};

use crate::paths::read;

/// What the description says of one operation's answers.
#[derive(Debug)]
struct Operation {
    id: String,
    method: String,
    path: Vec<Segment>,
    /// By status: `201`, `4XX`, `default`.
    answers: Map<String, Value>,
}

/// A segment of a path's template.
#[derive(Debug)]
enum Segment {
    Text(String),
    Param,
    /// A parameter with `x-infrai-slashes`.
    Params,
}

#[derive(Debug)]
struct Spec {
    operations: Vec<Operation>,
    /// The answer of what is no operation: another path or method.
    error: Value,
}

/// Checks an answer to a request for `target`, as it came.
///
/// # Errors
/// What the description doesn't allow.
pub fn answer(method: &str, target: &str, status: u16, content_type: Option<&str>, body: &[u8]) -> Result<(), String> {
    let path = target.split(['?', '#']).next().unwrap_or_default();
    let segments: Vec<&str> = path.split('/').collect();
    let operation = spec().operations.iter().filter(|one| one.method == method && fits(&one.path, &segments));
    // `…/a/presign` is of the form of an object's path, too.
    let operation = operation.max_by_key(|one| one.text());
    let documented = match operation {
        Some(operation) => operation.answer(status)?,
        None if status >= 400 => &spec().error,
        None => return Err(format!("{method} {path} isn't described, and was answered with {status}")),
    };
    if method == "HEAD" {
        return Ok(());
    }
    if content_type != Some("application/json") {
        return Err(format!("the content type is {content_type:?}"));
    }
    let body = serde_json::from_slice(body).map_err(|error| format!("the body is no JSON: {error}"))?;
    conforms(documented, &body)
}

/// Checks a value that the client made of an answer with this status, written as JSON again.
///
/// # Errors
/// What the description doesn't allow.
pub fn value(operation: &str, status: u16, value: &Value) -> Result<(), String> {
    let found = spec().operations.iter().find(|one| one.id == operation);
    let found = found.ok_or_else(|| format!("there is no operation `{operation}`"))?;
    conforms(found.answer(status)?, value)
}

/// Checks the answer that an error of the client has kept.
///
/// # Errors
/// What the description doesn't allow.
pub fn error(error: &infrai::Error) -> Result<(), String> {
    let status = error.status().ok_or_else(|| format!("there was no answer: {error}"))?;
    let id = error.operation().unwrap_or_default();
    let documented = match spec().operations.iter().find(|one| one.id == id) {
        Some(found) => found.answer(status.as_u16())?,
        // A request of the caller's own making is called by its method and path.
        None if id.contains(' ') || id == "activate" => &spec().error,
        None => return Err(format!("there is no operation `{id}`")),
    };
    let content_type = error.headers().get("content-type").and_then(|value| value.to_str().ok());
    if content_type != Some("application/json") {
        return Err(format!("the content type is {content_type:?}"));
    }
    let body = serde_json::from_slice(error.body()).map_err(|error| format!("the body is no JSON: {error}"))?;
    conforms(documented, &body)
}

impl Operation {
    /// How many segments of its path are text.
    fn text(&self) -> usize {
        self.path.iter().filter(|segment| matches!(segment, Segment::Text(_))).count()
    }

    fn answer(&self, status: u16) -> Result<&Value, String> {
        let answers = &self.answers;
        let found = answers.get(&status.to_string()).or_else(|| answers.get(&format!("{}XX", status / 100)));
        // What is left is for errors: a success must be described.
        let found = found.or_else(|| answers.get("default").filter(|_| status >= 400));
        found.ok_or_else(|| format!("`{}` isn't described to answer {status}", self.id))
    }
}

/// Whether a path is of a template's form.
fn fits(template: &[Segment], path: &[&str]) -> bool {
    let (Some((segment, others)), Some((first, rest))) = (template.split_first(), path.split_first()) else {
        return template.is_empty() && path.is_empty();
    };
    match segment {
        Segment::Text(text) => text == first && fits(others, rest),
        Segment::Param => fits(others, rest),
        Segment::Params => (0..=rest.len()).any(|more| fits(others, &rest[more..])),
    }
}

/// Checks a body against a description of an answer.
fn conforms(answer: &Value, body: &Value) -> Result<(), String> {
    let schema = &answer["content"]["application/json"]["schema"];
    let validator = jsonschema::options()
        .with_draft(jsonschema::Draft::Draft7)
        .should_validate_formats(true)
        .build(schema)
        .map_err(|error| format!("the schema can't be used: {error}"))?;
    let faults: Vec<String> =
        validator.iter_errors(body).map(|fault| format!("{}: {fault}", fault.instance_path())).collect();
    if faults.is_empty() { Ok(()) } else { Err(faults.join("; ")) }
}

fn spec() -> &'static Spec {
    static SPEC: OnceLock<Spec> = OnceLock::new();
    SPEC.get_or_init(load)
}

fn load() -> Spec {
    const METHODS: [&str; 4] = ["get", "put", "post", "delete"];
    let document: Value = serde_yaml::from_str(&read("openapi/storage.yaml")).expect("YAML");
    let mut operations = Vec::new();
    for (path, item) in document["paths"].as_object().expect("paths") {
        let params = resolved(&item["parameters"], &document);
        for (method, operation) in item.as_object().expect("operations") {
            if METHODS.contains(&method.as_str()) {
                let answers = resolved(&operation["responses"], &document);
                operations.push(Operation {
                    id: operation["operationId"].as_str().expect("an id").to_owned(),
                    method: method.to_uppercase(),
                    path: path.split('/').map(|segment| self::segment(segment, &params)).collect(),
                    answers: answers.as_object().expect("answers").clone(),
                });
            }
        }
    }
    Spec { operations, error: resolved(&document["components"]["responses"]["Error"], &document) }
}

fn segment(text: &str, params: &Value) -> Segment {
    let Some(name) = text.strip_prefix('{').and_then(|text| text.strip_suffix('}')) else {
        return Segment::Text(text.to_owned());
    };
    let param = params.as_array().and_then(|list| list.iter().find(|param| param["name"] == name));
    if param.expect("the path's parameter")["x-infrai-slashes"] == true { Segment::Params } else { Segment::Param }
}

/// The value with what its references point at in their place.
fn resolved(value: &Value, document: &Value) -> Value {
    match value {
        Value::Object(map) => match map.get("$ref") {
            Some(Value::String(pointer)) => {
                let target = document.pointer(pointer.trim_start_matches('#'));
                resolved(target.unwrap_or_else(|| panic!("`{pointer}` points nowhere")), document)
            }
            // Examples may look like anything.
            _ => map
                .iter()
                .filter(|(key, _)| *key != "example")
                .map(|(key, value)| (key.clone(), resolved(value, document)))
                .collect(),
        },
        Value::Array(items) => items.iter().map(|item| resolved(item, document)).collect(),
        plain => plain.clone(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    const JSON: Option<&str> = Some("application/json");
    const BUCKETS: &str = "/v1/storage/buckets";

    fn bucket() -> Value {
        json!({"bucket": "a", "vendor": "v", "region": "r", "created_at": "2026-01-15T09:30:00Z", "new": 1})
    }

    fn with(name: &str, value: Value) -> Value {
        let mut bucket = bucket();
        bucket[name] = value;
        bucket
    }

    #[test]
    fn what_is_described_passes() {
        super::value("storage.bucket.create", 201, &bucket()).expect("right");
        super::value("storage.bucket.create", 201, &with("acl", json!("public"))).expect("right");
        let error = json!({"error": {"code": "c", "message": "m"}}).to_string();
        for (method, path) in [("POST", BUCKETS), ("GET", "/nothing"), ("PATCH", "/v1/storage/buckets/a/objects/b")] {
            super::answer(method, path, 404, JSON, error.as_bytes()).expect(path);
        }
        // As long as no bucket is described by itself, neither is what stands below one.
        for path in ["", "/demo", "/demo/nothing", "/demo/objects"] {
            let path = format!("{BUCKETS}{path}");
            super::answer("DELETE", &path, 404, JSON, error.as_bytes()).expect(&path);
            assert!(super::answer("DELETE", &path, 200, JSON, b"{\"ok\":true}").is_err(), "{path}");
        }
        for key in ["a", "a/b", "a%2Fb", "a/presign", ""] {
            let path = format!("{BUCKETS}/demo/objects/{key}");
            super::answer("DELETE", &path, 200, JSON, b"{\"ok\":true}").expect(key);
        }
        let signed = json!({"url": "http://h/b?X=1", "method": "PUT", "expires_at": "2026-01-15T09:30:00Z"});
        for key in ["a", "a/b", "a/presign", ""] {
            let path = format!("{BUCKETS}/demo/objects/{key}/presign");
            super::answer("POST", &path, 200, JSON, signed.to_string().as_bytes()).expect(key);
        }
    }

    #[test]
    fn what_is_not_described_is_found() {
        for (name, value) in [
            ("bucket", json!(1)),
            ("created_at", json!("yesterday")),
            ("acl", json!("team")),
            ("acl", json!(null)),
            ("region", json!(null)),
        ] {
            assert!(super::value("storage.bucket.create", 201, &with(name, value.clone())).is_err(), "{name} {value}");
        }
        assert!(super::value("storage.bucket.create", 200, &bucket()).is_err(), "the status isn't described");
        assert!(super::value("storage.bucket.create", 201, &json!({"bucket": "a"})).is_err(), "fields are missing");
        let signed = json!({"url": "no URL", "method": "PUT", "expires_at": "2026-01-15T09:30:00Z"});
        assert!(super::value("storage.object.presign", 200, &signed).is_err(), "the URL is none");
        let body = b"{\"items\":[]}";
        super::answer("GET", BUCKETS, 200, JSON, body).expect("right");
        assert!(super::answer("GET", BUCKETS, 200, Some("text/plain"), body).is_err(), "the content type is wrong");
        assert!(super::answer("GET", BUCKETS, 200, JSON, b"{").is_err(), "the body is no JSON");
        assert!(super::answer("GET", "/v1/x", 200, JSON, body).is_err(), "the path isn't described");
        assert!(super::answer("GET", BUCKETS, 404, JSON, body).is_err(), "the error is none");
    }
}
