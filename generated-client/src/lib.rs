//! Client for Infrai Storage: buckets, and presigned URLs for the objects in them.
//!
//! ```no_run
//! use infrai::{Client, types::Acl};
//!
//! # async fn run() -> Result<(), infrai::Error> {
//! let client = Client::from_env()?;
//! let bucket = client.storage().bucket().create("user-uploads").acl(Acl::Private).send().await?;
//! println!("bucket: {} | vendor: {}", bucket.bucket, bucket.vendor);
//! # Ok(())
//! # }
//! ```
//!
//! What is required is an argument, what is optional a setter. A request is sent by `send`, which returns the value; by
//! `send_with_response`, which returns status, headers and the request's id beside it; or by `.await` alone.
//!
//! # Credentials
//!
//! The API key is the one given to [`ClientBuilder::api_key`], else the environment's `INFRAI_API_KEY`, else that of a profile in
//! `~/.infrai/credentials`, which `INFRAI_PROFILE` names (`default`, if unset). It is looked up at the first call.
//! [`Client::activate`] gets one for a trial account and writes it there. The base URL is the one given, else `INFRAI_BASE_URL`,
//! else the profile's, else `http://127.0.0.1:7100`, the local gateway.
//!
//! The key goes to the base URL and nowhere else: redirects are not followed, plain `http` is refused unless the host is this
//! machine, and a key from the file only goes where the file says that it is for.
//!
//! No key and no signed query is shown by `{:?}` or `{}` of anything here.
//!
//! # Uploads and downloads
//!
//! [`upload`](api::StorageObjectApi::upload) and [`download`](api::StorageObjectApi::download) presign a URL and move the bytes, from and to
//! files, memory, readers and writers. The API key never goes to the store.
//!
//! # Errors
//!
//! Every failure is an [`Error`]. It prints as one line,
//! `storage.bucket.create: 409 bucket_exists: bucket already exists (request req_123, 1 attempt)`, and tells programs what happened
//! by [`Error::kind`], predicates and parts:
//!
//! ```no_run
//! # async fn run(client: infrai::Client) -> Result<(), infrai::Error> {
//! match client.storage().bucket().create("user-uploads").await {
//!     Ok(bucket) => println!("made {}", bucket.bucket),
//!     Err(error) if error.code() == Some("bucket_exists") => println!("there already"),
//!     Err(error) => return Err(error),
//! }
//! # Ok(())
//! # }
//! ```
//!
//! What the service adds one day breaks nothing: fields that this version does not know are kept in `extra`, unknown values of
//! closed lists in `Unknown`.
//!
//! # Retries
//!
//! A call that may be repeated is tried again after a broken connection, a timeout and the statuses 408, 425, 429, 500, 502, 503
//! and 504: twice, unless [`ClientBuilder::max_retries`] or `max_retries` on a request says otherwise. Waits double from half a
//! second, with jitter; a `Retry-After` of up to a minute is waited exactly, and a longer one fails the call at once. All attempts
//! of a call that creates something carry one `Idempotency-Key`, so nothing is done twice. A client that fails all the time stops
//! trying again until calls succeed.
//!
//! # Timeouts
//!
//! An attempt may take 30 seconds, from connecting to the last byte of the answer, connecting 5 of them, and a call with all its
//! attempts and waits 120. [`ClientBuilder`] sets others; so do `timeout` and `deadline` on a request. Answers of more than 16 MiB
//! are an error. Dropping the future ends a call at once.
//!
//! # What is not here yet
//!
//! [`Client::request`] calls what this version has no method for, with the same credentials, retries and errors:
//!
//! ```no_run
//! # async fn run(client: infrai::Client) -> Result<(), infrai::Error> {
//! let usage: serde_json::Value = client.request(infrai::Method::GET, "/v1/usage").idempotent(true).send().await?;
//! # Ok(())
//! # }
//! ```
//!
//! # Seeing what happens
//!
//! `INFRAI_LOG` set to `error`, `info` or `debug` writes lines to standard error, or to [`ClientBuilder::logger`]. With a `tracing`
//! subscriber, each call is a span and each attempt an event in it, under OpenTelemetry's names. Bodies, keys and signed queries are
//! in neither.
//!
//! # Features
//!
//! - `rustls` (default): TLS by rustls.
//! - `native-tls`: TLS by the platform's own library. Without either, only plain `http` works.
//! - `blocking`: a client for programs without async.
//!
//! # Without async
//!
//! With the feature `blocking` there is `infrai::blocking::Client`. It has the same methods, `send` waits for the answer, and the
//! caller needs no runtime:
//!
//! ```no_run
//! # #[cfg(feature = "blocking")]
//! # fn run() -> Result<(), infrai::Error> {
//! let client = infrai::blocking::Client::from_env()?;
//! for bucket in client.storage().bucket().list().send()?.items {
//!     println!("{} in {}", bucket.bucket, bucket.region);
//! }
//! # Ok(())
//! # }
//! ```

mod auth;
mod base_url;
#[cfg(feature = "blocking")]
pub mod blocking;
mod builder;
mod client;
mod connection;
mod credentials;
mod credentials_file;
mod decode;
mod error;
mod exec;
mod execute;
mod failure;
#[allow(clippy::pedantic, reason = "generated code favours sameness over style")]
#[rustfmt::skip]
mod generated;
mod internal;
mod log;
mod options;
mod request;
mod response;
mod retry;
mod server_wait;
mod service;
mod system;
mod trace;
mod transport;

// Ours alone.
mod activate;
mod credentials_lock;
mod transfer;
// All.

pub use self::builder::ClientBuilder;
pub use self::client::Client;
pub use self::error::{Error, ErrorKind, TimeoutPhase};
pub use self::generated::{api, requests, types};
pub use self::request::Request;
pub use self::response::Response;
#[doc(hidden)]
pub use self::system::{Sleep, System};
// The types of other crates that stand in this crate's signatures.
#[doc(no_inline)]
pub use http::{HeaderMap, Method, StatusCode};
#[doc(no_inline)]
pub use reqwest;

// Ours alone.
pub use self::activate::Activation;
pub use self::transfer::{Download, Downloaded, Progress, Source, Upload, Uploaded};
#[doc(no_inline)]
pub use bytes::Bytes;
// All.

// The README has an example of every feature.
#[cfg(doctest)]
#[cfg(feature = "blocking")]
#[doc = include_str!("../README.md")]
struct Readme;
