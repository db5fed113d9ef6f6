//! `OpenAPI` 3.0.3, object by object: its keys in the specification's order, and what each wants.
//!
//! Not a rule, and no logic: what the tables mean is in `grammar`.

use super::grammar::Keys::{Components, Free, Paths, Statuses};
use super::grammar::Want::{self, Any, Flag, FlagOr, List, Map, Number, Object, Ref, Text, Whole, Word};
use super::grammar::{Key, Kind};

const fn key(name: &'static str, want: Want) -> Key {
    Key { name, want, required: false }
}

const fn must(name: &'static str, want: Want) -> Key {
    Key { name, want, required: true }
}

const TEXTS: Want = List(&Text);
const SERVERS: Want = List(&Object(Kind::Server));
const PARAMETERS: Want = List(&Ref(Kind::Parameter));
const SECURITY: Want = List(&Map(Free, &TEXTS));
const CONTENT: Want = Map(Free, &Object(Kind::MediaType));
const EXAMPLES: Want = Map(Free, &Ref(Kind::Example));
const HEADERS: Want = Map(Free, &Ref(Kind::Header));
const LINKS: Want = Map(Free, &Ref(Kind::Link));
const SCHEMAS: Want = List(&Ref(Kind::Schema));
const DOCS: Want = Object(Kind::ExternalDocs);
const STYLE: Want = Word(&["matrix", "label", "form", "simple", "spaceDelimited", "pipeDelimited", "deepObject"]);

pub(super) static DOCUMENT: &[Key] = &[
    must("openapi", Text),
    must("info", Object(Kind::Info)),
    key("servers", SERVERS),
    must("paths", Map(Paths, &Ref(Kind::PathItem))),
    key("components", Object(Kind::Components)),
    key("security", SECURITY),
    key("tags", List(&Object(Kind::Tag))),
    key("externalDocs", DOCS),
];

pub(super) static INFO: &[Key] = &[
    must("title", Text),
    key("description", Text),
    key("termsOfService", Text),
    key("contact", Object(Kind::Contact)),
    key("license", Object(Kind::License)),
    must("version", Text),
];

pub(super) static CONTACT: &[Key] = &[key("name", Text), key("url", Text), key("email", Text)];

pub(super) static LICENSE: &[Key] = &[must("name", Text), key("url", Text)];

pub(super) static SERVER: &[Key] =
    &[must("url", Text), key("description", Text), key("variables", Map(Free, &Object(Kind::ServerVariable)))];

pub(super) static SERVER_VARIABLE: &[Key] = &[key("enum", TEXTS), must("default", Text), key("description", Text)];

pub(super) static COMPONENTS: &[Key] = &[
    key("schemas", Map(Components, &Ref(Kind::Schema))),
    key("responses", Map(Components, &Ref(Kind::Response))),
    key("parameters", Map(Components, &Ref(Kind::Parameter))),
    key("examples", Map(Components, &Ref(Kind::Example))),
    key("requestBodies", Map(Components, &Ref(Kind::RequestBody))),
    key("headers", Map(Components, &Ref(Kind::Header))),
    key("securitySchemes", Map(Components, &Ref(Kind::SecurityScheme))),
    key("links", Map(Components, &Ref(Kind::Link))),
    key("callbacks", Map(Components, &Any)),
];

pub(super) static PATH_ITEM: &[Key] = &[
    key("$ref", Text),
    key("summary", Text),
    key("description", Text),
    key("get", Object(Kind::Operation)),
    key("put", Object(Kind::Operation)),
    key("post", Object(Kind::Operation)),
    key("delete", Object(Kind::Operation)),
    key("options", Object(Kind::Operation)),
    key("head", Object(Kind::Operation)),
    key("patch", Object(Kind::Operation)),
    key("trace", Object(Kind::Operation)),
    key("servers", SERVERS),
    key("parameters", PARAMETERS),
];

pub(super) static OPERATION: &[Key] = &[
    key("tags", TEXTS),
    key("summary", Text),
    key("description", Text),
    key("externalDocs", DOCS),
    key("operationId", Text),
    key("parameters", PARAMETERS),
    key("requestBody", Ref(Kind::RequestBody)),
    must("responses", Map(Statuses, &Ref(Kind::Response))),
    key("callbacks", Map(Free, &Any)),
    key("deprecated", Flag),
    key("security", SECURITY),
    key("servers", SERVERS),
];

pub(super) static EXTERNAL_DOCS: &[Key] = &[key("description", Text), must("url", Text)];

pub(super) static PARAMETER: &[Key] = &[
    must("name", Text),
    must("in", Word(&["path", "query", "header", "cookie"])),
    key("description", Text),
    key("required", Flag),
    key("deprecated", Flag),
    key("allowEmptyValue", Flag),
    key("style", STYLE),
    key("explode", Flag),
    key("allowReserved", Flag),
    key("schema", Ref(Kind::Schema)),
    key("example", Any),
    key("examples", EXAMPLES),
    key("content", CONTENT),
];

pub(super) static HEADER: &[Key] = &[
    key("description", Text),
    key("required", Flag),
    key("deprecated", Flag),
    key("allowEmptyValue", Flag),
    key("style", STYLE),
    key("explode", Flag),
    key("allowReserved", Flag),
    key("schema", Ref(Kind::Schema)),
    key("example", Any),
    key("examples", EXAMPLES),
    key("content", CONTENT),
];

pub(super) static REQUEST_BODY: &[Key] = &[key("description", Text), must("content", CONTENT), key("required", Flag)];

pub(super) static MEDIA_TYPE: &[Key] = &[
    key("schema", Ref(Kind::Schema)),
    key("example", Any),
    key("examples", EXAMPLES),
    key("encoding", Map(Free, &Object(Kind::Encoding))),
];

pub(super) static ENCODING: &[Key] = &[
    key("contentType", Text),
    key("headers", HEADERS),
    key("style", STYLE),
    key("explode", Flag),
    key("allowReserved", Flag),
];

pub(super) static RESPONSE: &[Key] =
    &[must("description", Text), key("headers", HEADERS), key("content", CONTENT), key("links", LINKS)];

pub(super) static EXAMPLE: &[Key] =
    &[key("summary", Text), key("description", Text), key("value", Any), key("externalValue", Text)];

pub(super) static LINK: &[Key] = &[
    key("operationRef", Text),
    key("operationId", Text),
    key("parameters", Map(Free, &Any)),
    key("requestBody", Any),
    key("description", Text),
    key("server", Object(Kind::Server)),
];

pub(super) static TAG: &[Key] = &[must("name", Text), key("description", Text), key("externalDocs", DOCS)];

pub(super) static SCHEMA: &[Key] = &[
    key("title", Text),
    key("multipleOf", Number),
    key("maximum", Number),
    key("exclusiveMaximum", Flag),
    key("minimum", Number),
    key("exclusiveMinimum", Flag),
    key("maxLength", Whole),
    key("minLength", Whole),
    key("pattern", Text),
    key("maxItems", Whole),
    key("minItems", Whole),
    key("uniqueItems", Flag),
    key("maxProperties", Whole),
    key("minProperties", Whole),
    key("required", TEXTS),
    key("enum", List(&Any)),
    key("type", Word(&["array", "boolean", "integer", "number", "object", "string"])),
    key("allOf", SCHEMAS),
    key("oneOf", SCHEMAS),
    key("anyOf", SCHEMAS),
    key("not", Ref(Kind::Schema)),
    key("items", Ref(Kind::Schema)),
    key("properties", Map(Free, &Ref(Kind::Schema))),
    key("additionalProperties", FlagOr(&Ref(Kind::Schema))),
    key("description", Text),
    key("format", Text),
    key("default", Any),
    key("nullable", Flag),
    key("discriminator", Object(Kind::Discriminator)),
    key("readOnly", Flag),
    key("writeOnly", Flag),
    key("xml", Object(Kind::Xml)),
    key("externalDocs", DOCS),
    key("example", Any),
    key("deprecated", Flag),
];

pub(super) static DISCRIMINATOR: &[Key] = &[must("propertyName", Text), key("mapping", Map(Free, &Text))];

pub(super) static XML: &[Key] =
    &[key("name", Text), key("namespace", Text), key("prefix", Text), key("attribute", Flag), key("wrapped", Flag)];

pub(super) static SECURITY_SCHEME: &[Key] = &[
    must("type", Word(&["apiKey", "http", "oauth2", "openIdConnect"])),
    key("description", Text),
    key("name", Text),
    key("in", Word(&["query", "header", "cookie"])),
    key("scheme", Text),
    key("bearerFormat", Text),
    key("flows", Object(Kind::OauthFlows)),
    key("openIdConnectUrl", Text),
];

pub(super) static OAUTH_FLOWS: &[Key] = &[
    key("implicit", Object(Kind::OauthFlow)),
    key("password", Object(Kind::OauthFlow)),
    key("clientCredentials", Object(Kind::OauthFlow)),
    key("authorizationCode", Object(Kind::OauthFlow)),
];

pub(super) static OAUTH_FLOW: &[Key] =
    &[key("authorizationUrl", Text), key("tokenUrl", Text), key("refreshUrl", Text), must("scopes", Map(Free, &Text))];
