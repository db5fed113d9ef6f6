//! Plain descriptions of a service and its operations: what the generated code tells the runtime about the API.
//!
//! Nothing here acts. The one [`Service`] value of this crate stands in `generated/service.rs`, the [`Operation`]s beside their
//! requests.

#![allow(dead_code, reason = "which variants are made depends on the description that the client is generated from")]

/// A service, as far as the runtime must know it.
#[derive(Debug)]
pub(crate) struct Service {
    /// The name in `User-Agent: <name>-rust/<version>`.
    pub(crate) name: &'static str,
    /// Where the service is, unless the caller or the environment says otherwise.
    pub(crate) base_url: Option<&'static str>,
    /// The environment variable that may hold another base URL.
    pub(crate) base_url_env: &'static str,
    /// The environment variable that may hold the API key.
    pub(crate) api_key_env: &'static str,
    /// The environment variable that says how much is logged.
    pub(crate) log_env: &'static str,
    /// The part of a key that may be shown, if the key starts with it.
    pub(crate) key_prefix: &'static str,
    /// How the key travels.
    pub(crate) auth: Auth,
    /// The request header that holds the number of the attempt, from 1, if the service wants one.
    pub(crate) attempt_header: Option<&'static str>,
    /// Where keys are kept on this machine, if the service has such a place.
    pub(crate) credentials: Option<CredentialsPlace>,
    /// Where an error body holds what.
    pub(crate) errors: ErrorShape,
}

/// The file that keeps keys on this machine.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CredentialsPlace {
    /// Where it is below the home folder, with slashes.
    pub(crate) file: &'static str,
    /// The profile that counts unless another is named.
    pub(crate) profile: &'static str,
    /// The environment variable that names another.
    pub(crate) profile_env: &'static str,
    /// What gets a key.
    pub(crate) get_key: &'static str,
}

/// How an API key travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Auth {
    /// The service has no keys.
    None,
    /// `Authorization: Bearer <key>` (RFC 6750 §2.1).
    Bearer,
    /// `Authorization: Basic …` (RFC 7617); the key is `user:password`.
    Basic,
    /// A header of this name with the key as its value.
    Header(&'static str),
    /// A query parameter of this name.
    Query(&'static str),
}

/// JSON pointers (RFC 6901) into an error body; of each list the first that points to a text that is not empty counts.
#[derive(Debug)]
pub(crate) struct ErrorShape {
    /// The reason, for programs.
    pub(crate) code: &'static [&'static str],
    /// The reason, for people.
    pub(crate) message: &'static [&'static str],
    /// What the service calls this request in its logs.
    pub(crate) request_id: &'static [&'static str],
}

/// One operation of the service.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Operation<'a> {
    /// The dotted id, such as `books.loan.create`.
    pub(crate) id: &'a str,
    /// The HTTP method.
    pub(crate) method: &'a str,
    /// The path's template, as in the description.
    pub(crate) path: &'a str,
    /// What a second identical request would do.
    pub(crate) idempotency: Idempotency,
    /// Whether the operation wants the API key.
    pub(crate) auth: Need,
    /// Whether a success may come without a body, which is then read as `null`.
    pub(crate) may_be_empty: bool,
}

/// Whether something is needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Need {
    /// No, and it is not sent.
    No,
    /// It is sent if there is one.
    Optional,
    /// Yes.
    Yes,
}

/// What a second identical request would do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Idempotency {
    /// Changes nothing.
    Safe,
    /// Leaves the same state as the first.
    Idempotent,
    /// The same, since both carry one `Idempotency-Key`.
    Keyed,
    /// Perhaps the same work again. This is what the description's silence means.
    NotIdempotent,
}
