//! What concerns the service as a whole: its name, address, authentication and error bodies.

use super::Lower;
use crate::diag::Span;
use crate::model::{Auth, ErrorShape, Place};
use crate::spec::Spec;
use crate::spec::node::{ABSENT, Node};

/// The service as a whole.
pub(super) struct Service {
    pub(super) title: String,
    pub(super) version: String,
    pub(super) version_span: Span,
    pub(super) description: String,
    pub(super) base_url: Option<String>,
    pub(super) auth: Auth,
    pub(super) key_prefix: String,
}

impl<'a> Lower<'a> {
    /// Reads `info`, `servers` and the security schemes.
    pub(super) fn service(&mut self) -> Service {
        let root = &self.spec.root;
        let info = root.get("info").unwrap_or(&ABSENT);
        let (auth, key_prefix) = self.auth();
        Service {
            title: info.str("title").unwrap_or("API").trim().to_owned(),
            version: info.str("version").unwrap_or_default().trim().to_owned(),
            version_span: info.get("version").map_or(info.span, |version| version.span),
            description: info.str("description").unwrap_or_default().trim().to_owned(),
            base_url: root.list("servers").first().and_then(server),
            auth,
            key_prefix,
        }
    }

    /// The first scheme that can be used: of those required everywhere, of those required anywhere, of those defined.
    fn auth(&mut self) -> (Auth, String) {
        let required = self.required();
        if let Some((name, auth, node)) = self.used(&required) {
            self.other_requirements(name);
            return (auth, node.str("bearerFormat").map(shown_prefix).unwrap_or_default());
        }
        if let Some((name, span)) = required.first() {
            self.unsupported(
                *span,
                format!("the security scheme `{name}` is not supported"),
                "requests carry no credentials; pass them as a header",
            );
        }
        (Auth::None, String::new())
    }

    /// Notes the security scheme that clients use, and the header or query parameter that carries its key.
    pub(super) fn choose_scheme(&mut self) {
        let Some((scheme, auth, _)) = self.used(&self.required()) else { return };
        self.scheme = Some(scheme);
        self.key = match auth {
            Auth::Header(name) => Some((Place::Header, name)),
            Auth::Query(name) => Some((Place::Query, name)),
            Auth::None | Auth::Bearer | Auth::Basic => None,
        };
    }

    /// The schemes that are required, those of all operations first.
    fn required(&self) -> Vec<(&'a str, Span)> {
        let spec = self.spec;
        let global = spec.root.list("security").iter();
        let local = spec.operations().flat_map(|at| at.node.list("security"));
        global.chain(local).flat_map(Node::entries).map(|(name, entry)| (name, entry.key)).collect()
    }

    /// The first of these schemes that can be used.
    fn used(&self, required: &[(&'a str, Span)]) -> Option<(&'a str, Auth, &'a Node)> {
        let spec = self.spec;
        let schemes = spec.root.get("components").and_then(|components| components.get("securitySchemes"));
        let schemes = schemes.unwrap_or(&ABSENT);
        required.iter().find_map(|(name, _)| {
            let node = schemes.get(name).and_then(|node| spec.resolve(node).ok())?;
            Some((*name, scheme(node)?, node))
        })
    }

    /// Names the operations' requirements that credentials of one scheme don't meet, each once.
    fn other_requirements(&mut self, scheme: &str) {
        let spec = self.spec;
        let lists =
            spec.root.get("security").into_iter().chain(spec.operations().filter_map(|at| at.node.get("security")));
        let mut known: Vec<Vec<&str>> = Vec::new();
        for list in lists {
            let met = |one: &Node| one.entries().all(|(name, _)| name == scheme);
            let names: Vec<&str> = list.items().iter().flat_map(Node::entries).map(|(name, _)| name).collect();
            if names.is_empty() || list.items().iter().any(met) || known.contains(&names) {
                continue;
            }
            self.unsupported(
                list.span,
                format!("these requirements are not met by the security scheme `{scheme}`, which clients use"),
                "what else is needed can be passed as a header",
            );
            known.push(names);
        }
    }
}

fn scheme(node: &Node) -> Option<Auth> {
    match (node.str("type")?, node.str("scheme").map(str::to_ascii_lowercase).as_deref()) {
        ("http", Some("bearer")) | ("oauth2" | "openIdConnect", _) => Some(Auth::Bearer),
        ("http", Some("basic")) => Some(Auth::Basic),
        ("apiKey", _) => match node.str("in")? {
            "header" => Some(Auth::Header(node.str("name")?.to_owned())),
            "query" => Some(Auth::Query(node.str("name")?.to_owned())),
            _ => None,
        },
        _ => None,
    }
}

/// The part of a key's format that says nothing of the key: two words and their underscores.
fn shown_prefix(format: &str) -> String {
    let end = format.match_indices('_').nth(1).map(|(at, _)| at + 1);
    let prefix = end.and_then(|end| format.get(..end)).unwrap_or_default();
    if prefix.bytes().all(|b| b.is_ascii_lowercase() || b == b'_') { prefix.to_owned() } else { String::new() }
}

/// A server's absolute URL with its variables at their defaults.
fn server(node: &Node) -> Option<String> {
    let mut url = node.str("url")?.trim().to_owned();
    for (name, entry) in node.map("variables") {
        url = url.replace(&format!("{{{name}}}"), entry.node.str("default").unwrap_or_default());
    }
    let absolute = url.starts_with("https://") || url.starts_with("http://");
    (absolute && !url.contains(['{', '}', ' '])).then(|| url.trim_end_matches('/').to_owned())
}

/// Finds where error bodies keep code, message and request id, from the error schemas themselves.
pub(super) fn error_shape(spec: &Spec<'_>) -> ErrorShape {
    let mut shape = ErrorShape::default();
    let mut seen: Vec<*const Node> = Vec::new();
    for at in spec.operations() {
        for (status, entry) in at.node.map("responses") {
            if !(status == "default" || status.starts_with(['4', '5'])) {
                continue;
            }
            let Ok(response) = spec.resolve(&entry.node) else { continue };
            let Some(schema) = response.map("content").find_map(|(_, media)| media.node.get("schema")) else {
                continue;
            };
            let Ok(schema) = spec.resolve(schema) else { continue };
            let address: *const Node = schema;
            if seen.contains(&address) {
                continue;
            }
            seen.push(address);
            look(spec, schema, "", &mut shape, 0);
        }
    }
    shape
}

fn look(spec: &Spec<'_>, schema: &Node, at: &str, shape: &mut ErrorShape, depth: usize) {
    if depth > 3 {
        return;
    }
    for (name, entry) in schema.map("properties") {
        let Ok(node) = spec.resolve(&entry.node) else { continue };
        let pointer = format!("{at}/{}", name.replace('~', "~0").replace('/', "~1"));
        let list = match name {
            "code" | "error_code" | "errorCode" | "type" => &mut shape.code,
            "message" | "error_message" | "errorMessage" | "detail" | "error_description" | "title" | "msg" => {
                &mut shape.message
            }
            "request_id" | "requestId" | "requestID" => &mut shape.request_id,
            "error" | "errors" | "err" => {
                if node.get("properties").is_some() {
                    look(spec, node, &pointer, shape, depth + 1);
                    continue;
                }
                &mut shape.message
            }
            _ => continue,
        };
        if node.get("properties").is_none() && !list.contains(&pointer) {
            list.push(pointer);
        }
    }
    for part in ["allOf", "oneOf", "anyOf"].iter().flat_map(|key| schema.list(key)) {
        if let Ok(part) = spec.resolve(part) {
            look(spec, part, at, shape, depth + 1);
        }
    }
}
