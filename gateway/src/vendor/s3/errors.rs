//! What went wrong, in one line: which vendor and host, what S3 said, what to do.

use std::error::Error;

use super::Limits;
use super::send::{Answer, Raw};
use super::xml;
use crate::vendor::credentials::Credentials;
use crate::vendor::{Left, NotMade, VendorError};

/// The most characters of what an engine says.
const LONGEST: usize = 200;

/// Who is asked, and who asks.
#[derive(Debug)]
pub(super) struct Who {
    pub(super) name: String,
    pub(super) credentials: Credentials,
}

/// A call that didn't do what it should.
#[derive(Debug)]
pub(super) struct Failure {
    /// S3's code; empty without one.
    pub(super) code: String,
    /// Whether another attempt may help.
    pub(super) again: bool,
    /// Whether an attempt before had no answer that says what was done.
    pub(super) unsure: bool,
    pub(super) error: VendorError,
}

impl Failure {
    fn new(error: VendorError, again: bool) -> Self {
        Self { code: String::new(), again, unsure: false, error }
    }
}

impl From<Failure> for VendorError {
    fn from(failure: Failure) -> Self {
        failure.error
    }
}

impl From<Failure> for NotMade {
    fn from(failure: Failure) -> Self {
        let Self { error, left } = failure.error.into();
        Self { error, left: if failure.unsure { Left::Unknown } else { left } }
    }
}

/// Why there is no answer.
pub(super) enum Lost {
    Connection(reqwest::Error),
    Endless,
    Unsendable(String),
}

/// What is being done, for messages.
pub(super) struct Doing<'a> {
    pub(super) who: &'a Who,
    pub(super) host: String,
    pub(super) what: &'a str,
    pub(super) bucket: &'a str,
    pub(super) limits: Limits,
}

/// The innermost cause: the outer ones of an HTTP client only say that there was one.
pub(super) fn root(error: &dyn Error) -> String {
    let mut inner = error;
    while let Some(source) = inner.source() {
        inner = source;
    }
    inner.to_string()
}

impl Doing<'_> {
    pub(super) fn lost(&self, lost: Lost) -> Failure {
        let (text, again) = match lost {
            Lost::Unsendable(text) => {
                return Failure::new(VendorError::Refused(self.text(&text)), false);
            }
            Lost::Endless => {
                return Failure::new(self.odd("its answer doesn't end"), false);
            }
            Lost::Connection(error) if error.is_connect() && error.is_timeout() => {
                let seconds = self.limits.connect.as_secs_f32();
                (format!("no connection within {seconds} s: check `endpoint`, and whether it is up"), true)
            }
            // The same certificate comes with every attempt.
            Lost::Connection(error) if error.is_connect() && is_tls(&error) => {
                (format!("no TLS: {}: check `endpoint`, and the certificate there", root(&error)), false)
            }
            Lost::Connection(error) if error.is_connect() => {
                (format!("no connection: {}: check `endpoint`, and whether it is up", root(&error)), true)
            }
            // Another attempt would take as long.
            Lost::Connection(error) if error.is_timeout() => {
                let seconds = self.limits.attempt.as_secs_f32();
                (format!("no whole answer within {seconds} s: check whether it is up"), false)
            }
            Lost::Connection(error) => {
                (format!("the connection broke: {}: check whether it is up", root(&error)), true)
            }
        };
        Failure::new(VendorError::Down(self.text(&text)), again)
    }

    pub(super) fn odd(&self, text: &str) -> VendorError {
        VendorError::Odd(self.text(&format!("{text}: check that `endpoint` is an S3 engine's")))
    }

    /// A no that stands within an answer of 200.
    pub(super) fn said(&self, error: &xml::Error) -> VendorError {
        let reply = format!("{}: {}", self.clean(&error.code), self.clean(&error.message));
        if is_busy(&error.code) {
            VendorError::Down(self.text(&format!("{reply}: wait until it is up again")))
        } else {
            VendorError::Refused(self.text(&format!("{reply}: {}", self.advice(&error.code, ""))))
        }
    }

    /// Tells answers that are S3's from others, and yes from no.
    pub(super) fn judge(&self, raw: Raw) -> Result<Answer, Failure> {
        let Raw { status, headers, body } = raw;
        let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let said = xml::error(&body);
        let page = is_page(header("content-type"), &body);
        if said.is_none() && (200..300).contains(&status) {
            if page {
                let error = self.odd(&format!("it answered {status} with a web page"));
                return Err(Failure::new(error, false));
            }
            return Ok(Answer { body });
        }
        let there = said.is_some();
        let xml::Error { code, message, region } = said.unwrap_or_default();
        let busy = matches!(status, 429 | 500 | 502 | 503 | 504) || is_busy(&code);
        let message = if message.is_empty() { String::new() } else { format!(": {}", self.clean(&message)) };
        let reply = if there {
            format!("{status} {}{message}", self.clean(&code))
        } else if page {
            format!("it answered {status} with a web page")
        } else {
            format!("it answered {status} without an error of S3's")
        };
        let region = if region.is_empty() { header("x-amz-bucket-region") } else { &region };
        let error = if busy {
            VendorError::Down(self.text(&format!("{reply}: wait until it is up again")))
        } else if (300..400).contains(&status) {
            let to = origin(header("location"));
            let to = if to.is_empty() { to } else { format!(" to `{}`", self.clean(&to)) };
            VendorError::Refused(self.text(&format!("{reply}, a redirect{to}: {}", wrong_place(&self.clean(region)))))
        } else if code == "NoSuchBucket" {
            VendorError::NoBucket(
                self.text(&format!("{reply}: somebody removed it, or `endpoint` is another engine's")),
            )
        } else if !there {
            self.odd(&reply)
        } else if is_full(status, &code) {
            VendorError::Full(self.text(&format!("{reply}: make space there, or have the quota raised")))
        } else {
            VendorError::Refused(self.text(&format!("{reply}: {}", self.advice(&code, &self.clean(region)))))
        };
        Err(Failure { code, ..Failure::new(error, busy) })
    }

    fn advice(&self, code: &str, region: &str) -> String {
        let from = &self.who.credentials.from;
        match code {
            "InvalidAccessKeyId" | "SignatureDoesNotMatch" | "InvalidToken" | "InvalidSecurity" => {
                format!("check the credentials in {from}")
            }
            "ExpiredToken" => format!("get new credentials into {from}, and restart the gateway"),
            "AccessDenied" | "AllAccessDisabled" | "AccountProblem" | "NotSignedUp" => {
                format!("check the credentials in {from}, and that they have the right to do this")
            }
            "RequestTimeTooSkewed" => "set this machine's clock, or the engine's".to_owned(),
            "BucketAlreadyExists" => "somebody else has a bucket of this name".to_owned(),
            "BucketNotEmpty" => "there are objects in it".to_owned(),
            "TooManyBuckets" => "have the limit raised, or remove buckets".to_owned(),
            "AuthorizationHeaderMalformed" | "IllegalLocationConstraintException" | "InvalidLocationConstraint" => {
                wrong_place(region)
            }
            "AccessControlListNotSupported"
            | "InvalidBucketAclWithObjectOwnership"
            | "InvalidBucketAclWithBlockPublicAccessError" => "set `public = \"policy\"` for this vendor".to_owned(),
            "NotImplemented" | "MethodNotAllowed" => "this engine can't do that: look at its `public`".to_owned(),
            _ => "look at this vendor's configuration".to_owned(),
        }
    }

    fn text(&self, text: &str) -> String {
        let Self { who, host, what, bucket, .. } = self;
        format!("vendor `{}` at `{host}` didn't {what} the bucket `{bucket}`: {text}", who.name)
    }

    /// One short line without our keys; some engines repeat the access key.
    fn clean(&self, text: &str) -> String {
        // Hidden first: half a key is still too much of it.
        let text = self.who.credentials.hide(text.trim());
        let line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(LONGEST).collect();
        line.trim_end_matches('.').to_owned()
    }
}

fn is_busy(code: &str) -> bool {
    matches!(code, "SlowDown" | "InternalError" | "OperationAborted" | "RequestTimeout" | "ServiceUnavailable")
}

/// S3 has no code for it; 507 (RFC 4918, section 11.5) is MinIO's, `QuotaExceeded` Ceph's.
fn is_full(status: u16, code: &str) -> bool {
    status == 507 || code == "QuotaExceeded"
}

fn wrong_place(region: &str) -> String {
    if region.is_empty() {
        "check `endpoint` and `region` of this vendor".to_owned()
    } else {
        format!("check `endpoint` and `region` of this vendor, for it names the region `{region}`")
    }
}

/// Scheme and host of a redirect, as often only `https` is missing; its query may hold a signature.
fn origin(location: &str) -> String {
    let Ok(uri) = location.parse::<http::Uri>() else { return String::new() };
    let port = uri.port().map(|port| format!(":{port}")).unwrap_or_default();
    match (uri.scheme_str(), uri.host()) {
        (Some(scheme), Some(host)) => format!("{scheme}://{host}{port}"),
        _ => String::new(),
    }
}

/// Whether it was the handshake. What an I/O error is made of isn't among its sources.
fn is_tls(error: &(dyn Error + 'static)) -> bool {
    let within = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
    error.is::<rustls::Error>() || within.is_some_and(|inner| is_tls(inner)) || error.source().is_some_and(is_tls)
}

fn is_page(content_type: &str, body: &[u8]) -> bool {
    let begin: Vec<u8> = body.trim_ascii_start().iter().take(14).map(u8::to_ascii_lowercase).collect();
    let html = content_type.to_ascii_lowercase().starts_with("text/html") && !begin.is_empty();
    html || begin.starts_with(b"<!doctype html") || begin.starts_with(b"<html")
}

#[cfg(test)]
mod tests;
