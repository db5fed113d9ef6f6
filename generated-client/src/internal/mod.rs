//! What only generated code calls: the seam between it and the runtime. Nothing of it is public.

#![allow(
    dead_code,
    unused_imports,
    unused_macros,
    reason = "which helpers are called depends on the description that the client is generated from"
)]

mod body;
mod call;
pub(crate) mod check;
mod copyable;
mod open;
mod open_enum;
mod param;
mod path;
pub(crate) mod redact;
mod request_methods;
mod union;

pub(crate) use self::body::{OptionalBody, OptionalJson, collect_bytes, collect_text};
pub(crate) use self::call::{Call, RawError, RawResult};
pub(crate) use self::check::Invalid;
pub(crate) use self::copyable::copyable;
pub(crate) use self::open::{double_option, present, some};
pub(crate) use self::open_enum::open_enum;
pub(crate) use self::param::ParamValue;
pub(crate) use self::path::path_segment;
pub(crate) use self::redact::Redacted;
pub(crate) use self::request_methods::{option_methods, request_methods};
pub(crate) use self::union::{not_a_value, tagged_union, untagged_union};
pub(crate) use crate::options::RequestOptions;
pub(crate) use crate::service::{Auth, CredentialsPlace, ErrorShape, Idempotency, Need, Operation, Service};
