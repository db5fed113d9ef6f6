//! Signatures (`SigV4`) of requests and URLs, by AWS's own crate with the settings that S3 wants.

use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials as Pair;
use aws_sigv4::http_request::{
    PayloadChecksumKind, PercentEncodingMode, SessionTokenMode, SignableBody, SignableRequest, SignatureLocation,
    SigningInstructions, SigningSettings, UriPathNormalizationMode, sign,
};
use aws_sigv4::sign::v4::SigningParams;
use chrono::{DateTime, SubsecRound, TimeDelta, Utc};

use super::address::append;
use super::credentials::Credentials;

/// The longest that a signed URL may be good for, by `SigV4`: 7 days.
pub const LONGEST: u32 = 604_800;

/// Signs with one pair of keys.
pub struct Signer {
    pair: Pair,
}

/// What differs between S3 and other services that speak `SigV4`.
#[derive(Clone, Copy, Debug)]
struct Dialect<'a> {
    service: &'a str,
    /// Whether the hash of the body is a header, too.
    hash_header: bool,
    token: SessionTokenMode,
}

const S3: Dialect<'static> = Dialect { service: "s3", hash_header: true, token: SessionTokenMode::Include };

/// What is signed.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// The HTTP method.
    pub method: &'a str,
    /// The URL, encoded.
    pub url: &'a str,
    /// The region of the bucket.
    pub region: &'a str,
    /// The headers that must then be sent just so, without the host.
    pub headers: &'a [(&'a str, &'a str)],
}

impl Signer {
    /// Keeps the keys.
    pub fn new(credentials: &Credentials) -> Self {
        let token = credentials.session_token.clone();
        Self { pair: Pair::new(&credentials.access_key, &credentials.secret_key, token, None, "infrai") }
    }

    /// Returns the URL with a signature that is good for so many seconds, for any body; and when it ends.
    ///
    /// # Errors
    /// A clause that says what can't be signed.
    pub fn presign(
        &self,
        request: Request<'_>,
        seconds: u32,
        now: DateTime<Utc>,
    ) -> Result<(String, DateTime<Utc>), String> {
        if !(1..=LONGEST).contains(&seconds) {
            return Err(format!("a signed URL is good for 1 to {LONGEST} seconds, not {seconds}"));
        }
        // A signature knows no parts of seconds.
        let now = now.trunc_subsecs(0);
        let lifetime = Duration::from_secs(seconds.into());
        let body = SignableBody::UnsignedPayload;
        let (signed, _) = self.sign(request, body, Some(lifetime), now, S3)?;
        let mut url = request.url.to_owned();
        append(&mut url, signed.params().iter().map(|(name, value)| (*name, &**value)));
        Ok((url, now + TimeDelta::seconds(seconds.into())))
    }

    /// Returns the headers that sign a request with this body.
    ///
    /// # Errors
    /// A clause that says what can't be signed.
    pub fn headers(
        &self,
        request: Request<'_>,
        body: &[u8],
        now: DateTime<Utc>,
    ) -> Result<Vec<(String, String)>, String> {
        let (signed, _) = self.sign(request, SignableBody::Bytes(body), None, now, S3)?;
        Ok(signed.headers().map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
    }

    /// With a lifetime the signature is for the query, else for headers.
    fn sign(
        &self,
        request: Request<'_>,
        body: SignableBody<'_>,
        lifetime: Option<Duration>,
        now: DateTime<Utc>,
        dialect: Dialect<'_>,
    ) -> Result<(SigningInstructions, String), String> {
        let mut settings = SigningSettings::default();
        settings.percent_encoding_mode = PercentEncodingMode::Single;
        settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
        settings.session_token_mode = dialect.token;
        settings.expires_in = lifetime;
        if dialect.hash_header {
            settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
        }
        if lifetime.is_some() {
            settings.signature_location = SignatureLocation::QueryParams;
        }
        let identity = self.pair.clone().into();
        let params = SigningParams::builder()
            .identity(&identity)
            .region(request.region)
            .name(dialect.service)
            .time(SystemTime::from(now))
            .settings(settings)
            .build()
            .map_err(|error| format!("can't sign: {error}"))?
            .into();
        let signable = SignableRequest::new(request.method, request.url, request.headers.iter().copied(), body)
            .map_err(|error| format!("can't sign: {error}"))?;
        let signed = sign(signable, &params).map_err(|error| format!("can't sign: {error}"))?;
        Ok(signed.into_parts())
    }
}

/// Says nothing of the keys.
impl std::fmt::Debug for Signer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Signer")
    }
}

#[cfg(test)]
mod tests;
