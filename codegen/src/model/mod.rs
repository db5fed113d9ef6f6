//! Layer 2, what the API is: resolved, in document order, free of any language.
//!
//! Plain data. [`lower`] makes it, emitters and the differ read it, and nobody changes it in between.
//! Every item knows where it stands in the document, so that a later finding can point there.

pub mod lower;
pub mod name;

pub use name::Name;

use indexmap::IndexMap;

use crate::diag::Span;

/// An API.
#[derive(Clone, Debug)]
pub struct Api {
    /// Its name, as `info.title` has it.
    pub title: String,
    /// Its version, as `info.version` has it.
    pub version: String,
    /// Where the version stands.
    pub version_span: Span,
    /// What it is, in `CommonMark`.
    pub description: String,
    /// The first server's absolute URL, without a trailing slash.
    pub base_url: Option<String>,
    /// How callers prove who they are.
    pub auth: Auth,
    /// The part of a key that may be shown (`ifr_pk_`), from `bearerFormat`; empty where unknown.
    pub key_prefix: String,
    /// Where error bodies keep what.
    pub errors: ErrorShape,
    /// The tree of groups; the root has no name.
    pub root: Group,
    /// All operations in document order.
    pub operations: Vec<Operation>,
    /// All named types in document order, inline ones behind the place that names them.
    pub types: Vec<TypeDef>,
}

/// How callers prove who they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Auth {
    /// They don't.
    None,
    /// `Authorization: Bearer` (RFC 6750).
    Bearer,
    /// `Authorization: Basic` (RFC 7617).
    Basic,
    /// A header of this name.
    Header(String),
    /// A query parameter of this name.
    Query(String),
}

/// JSON pointers into error bodies, in the order to try.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ErrorShape {
    /// To a word for programs.
    pub code: Vec<String>,
    /// To a sentence for people.
    pub message: Vec<String>,
    /// To the id under which the service logged the request.
    pub request_id: Vec<String>,
}

/// A group of operations and groups: a namespace.
#[derive(Clone, Debug, Default)]
pub struct Group {
    /// The path of names from the root; empty for the root.
    pub path: Vec<Name>,
    /// What it holds, from its tag.
    pub description: String,
    /// Groups below it, in order of appearance.
    pub groups: Vec<Group>,
    /// Operations right in it, as indices into [`Api::operations`].
    pub operations: Vec<usize>,
}

/// One operation.
#[derive(Clone, Debug)]
pub struct Operation {
    /// The documented id; for a document without one, verb and path.
    pub id: String,
    /// Group names, then the operation's own.
    pub path: Vec<Name>,
    /// The first tag.
    pub tag: String,
    /// One line.
    pub summary: String,
    /// More, in `CommonMark`.
    pub description: String,
    /// The verb, in capitals.
    pub method: String,
    /// The path template.
    pub route: Route,
    /// Path, query and header parameters in documented order.
    pub params: Vec<Param>,
    /// The request's body.
    pub body: Option<Body>,
    /// What a caller passes, in documented order: parameters, then the body's fields or the body.
    pub arguments: Vec<Argument>,
    /// The success answer.
    pub success: Success,
    /// Documented error statuses, such as `404`, `4XX` or `default`.
    pub errors: Vec<String>,
    /// What a repeat does; absent means that nothing is known.
    pub idempotency: Option<Idempotency>,
    /// Whether callers must prove who they are.
    pub auth: Need,
    /// Whether it should no longer be used.
    pub deprecated: bool,
    /// Code samples by language, as in `x-codeSamples`.
    pub samples: Vec<Sample>,
    /// Where its verb stands.
    pub span: Span,
    /// Where its id stands, or its verb.
    pub id_span: Span,
}

/// A path template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// As documented: `/v1/buckets/{bucket}`.
    pub template: String,
    /// Its pieces in order.
    pub pieces: Vec<Piece>,
}

/// A piece of a path template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// Text that stands as it is.
    Text(String),
    /// An index into [`Operation::params`].
    Param(usize),
}

/// Whether something is needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// No, and it is not wanted.
    No,
    /// It may be there.
    Optional,
    /// Yes.
    Yes,
}

/// What a repeat of a request does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Idempotency {
    /// It changes nothing (RFC 9110, section 9.2.1).
    Safe,
    /// It does what one does (RFC 9110, section 9.2.2).
    Idempotent,
    /// It does what one does if both carry the same `Idempotency-Key`.
    Keyed,
}

/// A code sample.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sample {
    /// The language, as the document has it.
    pub lang: String,
    /// The code.
    pub source: String,
}

/// A parameter.
#[derive(Clone, Debug)]
pub struct Param {
    /// Where it travels.
    pub place: Place,
    /// How a list travels.
    pub list: ListStyle,
    /// Whether the server takes slashes in it as they are, where it is in the path.
    pub slashes: bool,
    /// What it is.
    pub field: Field,
}

/// Where a parameter travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// In the path.
    Path,
    /// In the query.
    Query,
    /// In a header.
    Header,
}

/// How a list travels in a parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListStyle {
    /// The parameter is repeated (`a=1&a=2`).
    Repeat,
    /// One value with commas between (`a=1,2`).
    Joined,
}

/// A request's body.
#[derive(Clone, Debug)]
pub struct Body {
    /// How it travels.
    pub encoding: Encoding,
    /// Whether it must be there.
    pub required: bool,
    /// What it is; [`Type::Any`] for text and bytes.
    pub ty: Type,
    /// Its meaning.
    pub description: String,
    /// Whether its fields are arguments of their own.
    pub flattened: bool,
    /// Where it stands.
    pub span: Span,
}

/// How a body travels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// As JSON.
    Json,
    /// As `application/x-www-form-urlencoded`.
    Form,
    /// As text of this media type.
    Text(String),
    /// As `application/octet-stream`.
    Bytes,
}

/// What a caller passes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Argument {
    /// A parameter, by index.
    Param(usize),
    /// A field of the flattened body, by index into its struct's fields.
    Field(usize),
    /// The body as a whole.
    Body,
}

/// The success answer.
#[derive(Clone, Debug)]
pub struct Success {
    /// The documented statuses.
    pub statuses: Vec<String>,
    /// What the body is.
    pub content: Content,
    /// Whether a documented success has no body where another has one.
    pub may_be_empty: bool,
    /// Where it stands.
    pub span: Span,
}

/// What a success answer's body is.
#[derive(Clone, Debug, PartialEq)]
pub enum Content {
    /// There is none.
    Empty,
    /// JSON of this type.
    Json(Type),
    /// Text.
    Text,
    /// Bytes.
    Bytes,
}

/// A property or parameter.
#[derive(Clone, Debug)]
pub struct Field {
    /// Its name on the wire.
    pub wire: String,
    /// Its name as words.
    pub name: Name,
    /// Its meaning, in `CommonMark`.
    pub description: String,
    /// Its type.
    pub ty: Type,
    /// Whether it must be there.
    pub required: bool,
    /// What it is when left out.
    pub default: Option<Json>,
    /// What the document shows as an example.
    pub example: Option<Json>,
    /// Which values are allowed.
    pub limits: Limits,
    /// Whether it must not be shown in logs.
    pub sensitive: bool,
    /// Whether it should no longer be used.
    pub deprecated: bool,
    /// Where its name stands.
    pub span: Span,
    /// Where its type stands.
    pub type_span: Span,
}

/// Which values are allowed. Ends are inclusive.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Limits {
    /// The least number.
    pub minimum: Option<f64>,
    /// The greatest number.
    pub maximum: Option<f64>,
    /// The least length, in code points.
    pub min_length: Option<u64>,
    /// The greatest length, in code points.
    pub max_length: Option<u64>,
    /// The fewest elements.
    pub min_items: Option<u64>,
    /// The most elements.
    pub max_items: Option<u64>,
    /// The pattern; checked by the server only.
    pub pattern: Option<String>,
}

/// A type where it is used.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Type {
    /// Text.
    String,
    /// A moment (RFC 3339, section 5.6).
    DateTime,
    /// A day (RFC 3339, section 5.6).
    Date,
    /// A whole number.
    Integer(Width),
    /// A number.
    Number,
    /// True or false.
    Boolean,
    /// Any JSON value.
    Any,
    /// A list.
    List(Box<Type>),
    /// A mapping from text.
    Map(Box<Type>),
    /// The type or `null`.
    Nullable(Box<Type>),
    /// A named type, by index into [`Api::types`].
    Named(usize),
}

/// A whole number's range.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Width {
    /// Signed, 32 bits.
    I32,
    /// Signed, 64 bits.
    I64,
    /// Unsigned, 64 bits.
    U64,
}

/// A named type.
#[derive(Clone, Debug)]
pub struct TypeDef {
    /// Its name as words.
    pub name: Name,
    /// The component's name, or nothing for an inline type.
    pub component: Option<String>,
    /// Its meaning, in `CommonMark`.
    pub description: String,
    /// What it is.
    pub kind: TypeKind,
    /// Whether requests carry it.
    pub in_request: bool,
    /// Whether success answers carry it.
    pub in_response: bool,
    /// Where it stands.
    pub span: Span,
}

/// What a named type is.
#[derive(Clone, Debug)]
pub enum TypeKind {
    /// An object with known fields.
    Struct(Struct),
    /// A list of words. Always open: a newer server may use others.
    Enum(Vec<EnumValue>),
    /// One of several types.
    Union(Union),
    /// Another name for a type.
    Alias(Type),
}

/// An object with known fields.
#[derive(Clone, Debug)]
pub struct Struct {
    /// The fields in documented order.
    pub fields: Vec<Field>,
    /// The type of fields beyond these.
    pub extra: Type,
    /// Whether a server refuses fields beyond these.
    pub closed: bool,
}

/// A word of an enum.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnumValue {
    /// On the wire.
    pub wire: String,
    /// As words.
    pub name: Name,
    /// Where it stands.
    pub span: Span,
}

/// One of several types.
#[derive(Clone, Debug)]
pub struct Union {
    /// The types in documented order.
    pub variants: Vec<Variant>,
    /// The property whose value tells which, and the variant for each value.
    pub discriminator: Option<Discriminator>,
}

/// One of a union's types.
#[derive(Clone, Debug)]
pub struct Variant {
    /// Its name as words.
    pub name: Name,
    /// The type.
    pub ty: Type,
}

/// How to tell a union's variants apart.
#[derive(Clone, Debug)]
pub struct Discriminator {
    /// The property.
    pub property: String,
    /// Its values, each with the index of its variant.
    pub mapping: IndexMap<String, usize>,
}

/// A JSON value of the document: an example or a default.
#[derive(Clone, Debug, PartialEq)]
pub enum Json {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number.
    Int(i128),
    /// Any other number.
    Float(f64),
    /// Text.
    String(String),
    /// A list.
    List(Vec<Json>),
    /// An object.
    Object(Vec<(String, Json)>),
}
