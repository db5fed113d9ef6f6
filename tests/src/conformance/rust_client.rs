//! The Rust client under test: the one place that knows its methods.

use std::error::Error as StdError;
use std::fmt::Debug;
use std::fs;
use std::io::Cursor;
use std::path::Path;
use std::time::Duration;

use infrai::{Client, Error, ErrorKind, Method, Source, TimeoutPhase};
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::case::{Call, Options, Settings};
use super::machine::Machine;
use super::pattern;
use super::places::Places;

/// The version of the client, as its user agent has it.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// What an error says of itself.
type Predicate = fn(&Error) -> bool;

/// The classes of errors by status, with the predicate that each of them has here.
const BY_STATUS: [(&str, Predicate); 8] = [
    ("BadRequestError", Error::is_bad_request),
    ("AuthenticationError", Error::is_authentication),
    ("PermissionDeniedError", Error::is_permission_denied),
    ("NotFoundError", Error::is_not_found),
    ("ConflictError", Error::is_conflict),
    ("UnprocessableEntityError", Error::is_unprocessable_entity),
    ("RateLimitError", Error::is_rate_limit),
    ("InternalServerError", Error::is_internal_server),
];

/// What came of a call.
#[derive(Debug)]
pub enum Done {
    /// A value, and what HTTP says about it if that was asked for.
    Value(Value, Option<Http>),
    /// An error.
    Error(Box<Error>),
    /// The call can't be made from Rust, for this reason.
    Impossible(String),
}

/// What HTTP says about an answer.
#[derive(Debug)]
pub struct Http {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: infrai::HeaderMap,
    /// The request's id.
    pub request_id: String,
}

/// What a call came to, and everything that was there to be printed.
#[derive(Debug)]
pub struct Made {
    /// What came of it.
    pub done: Done,
    /// The renderings of request, value and error.
    pub printed: Vec<String>,
}

/// Builds a client as a case wants it. The outer error is of what can't be said in Rust.
///
/// # Errors
/// If the client can't be built.
pub fn build(settings: &Settings, places: &Places, machine: Machine) -> Result<Result<Client, Error>, String> {
    let mut builder = Client::builder().system(machine);
    if let Some(key) = &settings.api_key {
        builder = builder.api_key(key);
    }
    if let Some(url) = &settings.base_url {
        builder = builder.base_url(places.fill(url));
    }
    if let Some(limit) = settings.timeout {
        builder = builder.timeout(seconds("timeout", limit)?);
    }
    if let Some(limit) = settings.connect_timeout {
        builder = builder.connect_timeout(seconds("connect_timeout", limit)?);
    }
    if let Some(limit) = settings.deadline {
        builder = builder.deadline(seconds("deadline", limit)?);
    }
    if let Some(retries) = settings.max_retries {
        builder = builder.max_retries(count(retries)?);
    }
    if let Some(suffix) = &settings.user_agent_suffix {
        builder = builder.user_agent_suffix(suffix);
    }
    if let Some(allow) = settings.allow_insecure {
        builder = builder.allow_insecure(allow);
    }
    Ok(builder.headers(settings.headers.clone()).build())
}

/// Makes a call. Files of its own, if it needs any, are in `folder`; a download to a file goes into `home`.
pub async fn call(client: &Client, call: &Call, home: &Path, folder: &Path) -> Made {
    let mut printed = Vec::new();
    let done = match made(client, call, home, folder, &mut printed).await {
        Ok(done) => done,
        Err(why) => Done::Impossible(why),
    };
    if let Done::Error(error) = &done {
        render_error(error, &mut printed);
    }
    Made { done, printed }
}

/// Renders a thing in every way that it can be printed in.
pub fn render(thing: &impl Debug, printed: &mut Vec<String>) {
    printed.extend([format!("{thing:?}"), format!("{thing:#?}")]);
}

/// Renders an error, its parts and all that caused it.
pub fn render_error(error: &Error, printed: &mut Vec<String>) {
    printed.push(error.message().to_owned());
    let parts = [error.code(), error.request_id(), error.json_path(), error.operation()];
    printed.extend(parts.into_iter().flatten().map(str::to_owned));
    let mut next: Option<&dyn StdError> = Some(error);
    while let Some(error) = next {
        printed.extend([format!("{error}"), format!("{error:#}"), format!("{error:?}"), format!("{error:#?}")]);
        next = error.source();
    }
}

/// Returns the error's class and phase by the names that the vectors have for them.
///
/// # Errors
/// If a predicate contradicts them.
pub fn class(error: &Error) -> Result<(&'static str, Option<&'static str>), String> {
    let (class, phase) = match error.kind() {
        ErrorKind::InvalidRequest => ("InvalidRequestError", None),
        ErrorKind::Credentials => ("CredentialsError", None),
        ErrorKind::Connection => ("APIConnectionError", None),
        ErrorKind::Timeout(phase) => ("APITimeoutError", Some(self::phase(phase))),
        ErrorKind::Decode => ("APIDecodeError", None),
        ErrorKind::Status => (by_status(error.status().map_or(0, |status| status.as_u16())), None),
        kind => return Err(format!("a kind that has no class: {kind:?}")),
    };
    let says = |class: &str, predicate: Predicate| predicate(error).then(|| class.to_owned());
    let of_status: Vec<String> = BY_STATUS.iter().filter_map(|(class, predicate)| says(class, *predicate)).collect();
    let expected = if BY_STATUS.iter().any(|(name, _)| *name == class) { vec![class.to_owned()] } else { Vec::new() };
    let consistent = of_status == expected
        && error.is_timeout() == (class == "APITimeoutError")
        && error.is_decode() == (class == "APIDecodeError")
        && error.is_status() == (error.kind() == ErrorKind::Status);
    if consistent { Ok((class, phase)) } else { Err(format!("of a {class}, the predicates say {of_status:?}")) }
}

fn by_status(status: u16) -> &'static str {
    match status {
        400 => "BadRequestError",
        401 => "AuthenticationError",
        403 => "PermissionDeniedError",
        404 => "NotFoundError",
        409 => "ConflictError",
        422 => "UnprocessableEntityError",
        429 => "RateLimitError",
        500..=599 => "InternalServerError",
        _ => "APIStatusError",
    }
}

fn phase(phase: TimeoutPhase) -> &'static str {
    match phase {
        TimeoutPhase::Connect => "connect",
        TimeoutPhase::Attempt => "attempt",
        TimeoutPhase::Deadline => "deadline",
        TimeoutPhase::Stall => "stall",
        _ => "a phase without a name",
    }
}

/// Sets the options that all requests have.
macro_rules! with_options {
    ($request:expr, $options:expr) => {{
        let (mut request, options): (_, &Options) = ($request, $options);
        if let Some(limit) = options.timeout {
            request = request.timeout(seconds("timeout", limit)?);
        }
        if let Some(limit) = options.deadline {
            request = request.deadline(seconds("deadline", limit)?);
        }
        if let Some(retries) = options.max_retries {
            request = request.max_retries(count(retries)?);
        }
        if let Some(key) = &options.idempotency_key {
            request = request.idempotency_key(key);
        }
        for (name, value) in &options.headers {
            request = request.header(name, value);
        }
        request
    }};
}

/// Sets the options of a request, prints it, sends it and notes what came.
macro_rules! send {
    ($request:expr, $call:expr, $printed:expr $(, $output:ty)?) => {{
        let (call, printed): (&Call, &mut Vec<String>) = ($call, $printed);
        let request = with_options!($request, &call.options);
        // A request shows its arguments, and the caller's own idempotency key, which is no secret.
        if !call.shows_canary() {
            render(&request, printed);
        }
        // JSON that the caller asked for as it is shows what the server wrote.
        let ours = call.operation != "request";
        if call.with_response {
            match request.send_with_response$(::<$output>)?().await {
                Ok(response) => {
                    if ours {
                        render(&response, printed);
                    }
                    let (status, request_id) = (response.status().as_u16(), response.request_id().to_owned());
                    let http = Http { status, headers: response.headers().clone(), request_id };
                    value(response.value(), Some(http))?
                }
                Err(error) => Done::Error(error.into()),
            }
        } else {
            match request.send$(::<$output>)?().await {
                Ok(own) => {
                    if ours {
                        render(&own, printed);
                    }
                    value(&own, None)?
                }
                Err(error) => Done::Error(error.into()),
            }
        }
    }};
}

async fn made(
    client: &Client,
    call: &Call,
    home: &Path,
    folder: &Path,
    printed: &mut Vec<String>,
) -> Result<Done, String> {
    let arguments = &call.arguments;
    let storage = client.storage();
    Ok(match call.operation.as_str() {
        "storage.bucket.create" => {
            let bucket = storage.bucket();
            let mut request = bucket.create(required(arguments, "bucket")?);
            if let Some(vendor) = text(arguments, "vendor")? {
                request = request.vendor(vendor);
            }
            if let Some(region) = text(arguments, "region")? {
                request = request.region(region);
            }
            if let Some(acl) = text(arguments, "acl")? {
                request = request.acl(acl);
            }
            send!(request, call, printed)
        }
        "storage.bucket.list" => send!(storage.bucket().list(), call, printed),
        "storage.object.presign" => {
            let (bucket, key) = (required(arguments, "bucket")?, required(arguments, "key")?);
            let mut request = storage.object().presign(bucket, key);
            if let Some(method) = text(arguments, "method")? {
                request = request.method(method);
            }
            if let Some(expires) = given(arguments, "expires_seconds") {
                request = request.expires_seconds(expires.as_i64().ok_or("`expires_seconds` is no i64")?);
            }
            send!(request, call, printed)
        }
        "storage.object.delete" => {
            let (bucket, key) = (required(arguments, "bucket")?, required(arguments, "key")?);
            send!(storage.object().delete(bucket, key), call, printed)
        }
        "request" => {
            let method: Method = required(arguments, "method")?.parse().map_err(|_| "a method that is none")?;
            let mut request = client.request(method, required(arguments, "path")?);
            if let Some(body) = arguments.get("json") {
                request = request.json(body);
            }
            if let Some(idempotent) = arguments.get("idempotent").and_then(Value::as_bool) {
                request = request.idempotent(idempotent);
            }
            send!(request, call, printed, Value)
        }
        "activate" => match client.activate().await {
            Ok(activation) => {
                render(&activation, printed);
                Done::Value(json!({"api_key": activation.shown_key(), "kept": activation.kept()}), None)
            }
            Err(error) => Done::Error(error.into()),
        },
        "storage.object.upload" | "storage.object.download" => transfer(client, call, home, folder, printed).await?,
        other => return Err(format!("there is no operation `{other}`")),
    })
}

/// Sets the options of a transfer.
macro_rules! set {
    ($transfer:expr, $options:expr) => {{
        let mut transfer = $transfer;
        if let Some(limit) = $options.timeout {
            transfer = transfer.timeout(seconds("timeout", limit)?);
        }
        if let Some(limit) = $options.deadline {
            transfer = transfer.deadline(seconds("deadline", limit)?);
        }
        if let Some(limit) = $options.stall {
            transfer = transfer.stall_timeout(seconds("stall", limit)?);
        }
        if let Some(retries) = $options.max_retries {
            transfer = transfer.max_retries(count(retries)?);
        }
        for (name, value) in &$options.headers {
            transfer = transfer.header(name, value);
        }
        transfer
    }};
}

/// Uploads or downloads: `home` is the home folder, `folder` has room for a file to upload.
async fn transfer(
    client: &Client,
    call: &Call,
    home: &Path,
    folder: &Path,
    printed: &mut Vec<String>,
) -> Result<Done, String> {
    let (arguments, options) = (&call.arguments, &call.options);
    let (bucket, key) = (required(arguments, "bucket")?, required(arguments, "key")?);
    let objects = client.storage().object();
    if call.operation == "storage.object.upload" {
        let source = source(arguments.get("source").ok_or("an upload needs a `source`")?, folder)?;
        let upload = set!(objects.upload(bucket, key, source), options);
        render(&upload, printed);
        return match upload.send().await {
            Ok(uploaded) => {
                render(&uploaded, printed);
                let mut told = json!({"bytes": uploaded.bytes});
                if let Some(etag) = uploaded.etag {
                    told["etag"] = etag.into();
                }
                Ok(Done::Value(told, None))
            }
            Err(error) => Ok(Done::Error(error.into())),
        };
    }
    let download = set!(objects.download(bucket, key), options);
    render(&download, printed);
    let path = home.join("download");
    let result = match required(arguments, "to")? {
        "memory" => download.to_bytes().await.map(|bytes| bytes.to_vec()),
        "file" => match download.to_file(&path).await {
            Ok(downloaded) => {
                render(&downloaded, printed);
                let bytes = fs::read(&path).map_err(|fault| fault.to_string())?;
                if downloaded.bytes != bytes.len() as u64 {
                    return Err(format!("{downloaded:?} of {} bytes", bytes.len()));
                }
                Ok(bytes)
            }
            Err(error) => Err(error),
        },
        other => return Err(format!("a download goes to memory or a file, not to `{other}`")),
    };
    match result {
        Ok(bytes) if pattern::is_at(0, &bytes) => Ok(Done::Value(json!({"bytes": bytes.len()}), None)),
        Ok(bytes) => Err(format!("{} bytes that are not the pattern", bytes.len())),
        Err(error) => Ok(Done::Error(error.into())),
    }
}

/// What is uploaded: bytes, a file or a stream of the pattern.
fn source(of: &Value, folder: &Path) -> Result<Source, String> {
    let length = |name: &str| of.get(name).and_then(Value::as_u64);
    if let Some(length) = length("bytes") {
        return Ok(pattern::bytes(0..length).into());
    }
    if let Some(length) = length("file") {
        let path = folder.join("source");
        fs::write(&path, pattern::bytes(0..length)).map_err(|fault| fault.to_string())?;
        return Ok(path.into());
    }
    let length_of_stream = length("stream").ok_or("a source is bytes, a file or a stream")?;
    let announced = length("announced").unwrap_or(length_of_stream);
    let bytes = pattern::bytes(0..length_of_stream);
    Ok(if of.get("reopen").and_then(Value::as_bool) == Some(true) {
        Source::readers(move || Ok(Cursor::new(bytes.clone())), announced)
    } else {
        Source::reader(Cursor::new(bytes), announced)
    })
}

fn value(value: &impl Serialize, http: Option<Http>) -> Result<Done, String> {
    let value = serde_json::to_value(value).map_err(|error| format!("the value can't be written: {error}"))?;
    Ok(Done::Value(value, http))
}

fn required<'a>(arguments: &'a Map<String, Value>, name: &str) -> Result<&'a str, String> {
    text(arguments, name)?.ok_or_else(|| format!("the argument `{name}` is missing"))
}

/// What is given for an argument. Rust has no word for nothing: what is `null` is left out.
fn given<'a>(arguments: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    arguments.get(name).filter(|value| !value.is_null())
}

fn text<'a>(arguments: &'a Map<String, Value>, name: &str) -> Result<Option<&'a str>, String> {
    let given = given(arguments, name);
    given.map(|value| value.as_str().ok_or_else(|| format!("the argument `{name}` is no text"))).transpose()
}

fn seconds(name: &str, limit: f64) -> Result<Duration, String> {
    Duration::try_from_secs_f64(limit)
        .map_err(|error| format!("`{name}` of {limit} can't be said in Rust ({error}): the case requires `negative`"))
}

fn count(retries: i64) -> Result<u32, String> {
    retries
        .try_into()
        .map_err(|_| format!("`max_retries` of {retries} can't be said in Rust: the case requires `negative`"))
}
