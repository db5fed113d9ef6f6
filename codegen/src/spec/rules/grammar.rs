//! The objects of `OpenAPI` 3.0.3 as a table: which keys each may have, and what stands under them.
//!
//! The tables are in `tables`. Not a rule: `unknown-key`, `missing-key`, `wrong-type` and `unknown-word` read it, and every rule walks by it.

use super::tables;

/// What the specification wants in a place.
#[derive(Clone, Copy, Debug)]
pub(super) enum Want {
    /// Anything.
    Any,
    /// A string.
    Text,
    /// One of these words.
    Word(&'static [&'static str]),
    /// `true` or `false`.
    Flag,
    /// A whole number that is not negative.
    Whole,
    /// A number.
    Number,
    /// An object of this kind.
    Object(Kind),
    /// An object of this kind, or a reference to one.
    Ref(Kind),
    /// A list.
    List(&'static Want),
    /// A mapping with keys of the author's choice.
    Map(Keys, &'static Want),
    /// `true`, `false` or this.
    FlagOr(&'static Want),
}

/// What a mapping's keys look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Keys {
    /// Whatever the author likes.
    Free,
    /// Path templates; extensions may stand among them.
    Paths,
    /// Response statuses; extensions may stand among them.
    Statuses,
    /// Names of components.
    Components,
}

impl Keys {
    /// Returns whether `key` is an extension and not an element.
    pub(super) fn is_extension(self, key: &str) -> bool {
        matches!(self, Self::Paths | Self::Statuses) && key.starts_with("x-")
    }
}

/// A key of an object.
#[derive(Clone, Copy, Debug)]
pub(super) struct Key {
    /// Its name.
    pub name: &'static str,
    /// What stands under it.
    pub want: Want,
    /// Whether it must be there.
    pub required: bool,
}

/// The objects of the specification.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Document,
    Info,
    Contact,
    License,
    Server,
    ServerVariable,
    Components,
    PathItem,
    Operation,
    ExternalDocs,
    Parameter,
    RequestBody,
    MediaType,
    Encoding,
    Response,
    Header,
    Example,
    Link,
    Tag,
    Schema,
    Discriminator,
    Xml,
    SecurityScheme,
    OauthFlows,
    OauthFlow,
}

impl Kind {
    /// Returns what the object is called in a sentence, with its article.
    pub(super) fn called(self) -> &'static str {
        match self {
            Self::Document => "the document",
            Self::Info => "`info`",
            Self::Contact => "`contact`",
            Self::License => "`license`",
            Self::Server => "a server",
            Self::ServerVariable => "a server variable",
            Self::Components => "`components`",
            Self::PathItem => "a path",
            Self::Operation => "an operation",
            Self::ExternalDocs => "`externalDocs`",
            Self::Parameter => "a parameter",
            Self::RequestBody => "a request body",
            Self::MediaType => "a media type",
            Self::Encoding => "an encoding",
            Self::Response => "a response",
            Self::Header => "a header",
            Self::Example => "an example",
            Self::Link => "a link",
            Self::Tag => "a tag",
            Self::Schema => "a schema",
            Self::Discriminator => "`discriminator`",
            Self::Xml => "`xml`",
            Self::SecurityScheme => "a security scheme",
            Self::OauthFlows => "`flows`",
            Self::OauthFlow => "a flow",
        }
    }

    /// Returns the section of `components` that keeps such objects.
    pub(super) fn section(self) -> Option<&'static str> {
        Some(match self {
            Self::Schema => "schemas",
            Self::Response => "responses",
            Self::Parameter => "parameters",
            Self::Example => "examples",
            Self::RequestBody => "requestBodies",
            Self::Header => "headers",
            Self::SecurityScheme => "securitySchemes",
            Self::Link => "links",
            _ => return None,
        })
    }

    /// Returns the keys that the object may have.
    pub(super) fn keys(self) -> &'static [Key] {
        match self {
            Self::Document => tables::DOCUMENT,
            Self::Info => tables::INFO,
            Self::Contact => tables::CONTACT,
            Self::License => tables::LICENSE,
            Self::Server => tables::SERVER,
            Self::ServerVariable => tables::SERVER_VARIABLE,
            Self::Components => tables::COMPONENTS,
            Self::PathItem => tables::PATH_ITEM,
            Self::Operation => tables::OPERATION,
            Self::ExternalDocs => tables::EXTERNAL_DOCS,
            Self::Parameter => tables::PARAMETER,
            Self::RequestBody => tables::REQUEST_BODY,
            Self::MediaType => tables::MEDIA_TYPE,
            Self::Encoding => tables::ENCODING,
            Self::Response => tables::RESPONSE,
            Self::Header => tables::HEADER,
            Self::Example => tables::EXAMPLE,
            Self::Link => tables::LINK,
            Self::Tag => tables::TAG,
            Self::Schema => tables::SCHEMA,
            Self::Discriminator => tables::DISCRIMINATOR,
            Self::Xml => tables::XML,
            Self::SecurityScheme => tables::SECURITY_SCHEME,
            Self::OauthFlows => tables::OAUTH_FLOWS,
            Self::OauthFlow => tables::OAUTH_FLOW,
        }
    }

    /// Returns the key of this name.
    pub(super) fn key(self, name: &str) -> Option<&'static Key> {
        self.keys().iter().find(|key| key.name == name)
    }
}
