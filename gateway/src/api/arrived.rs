//! A request as it arrived: what the generated code reads its arguments from.

use axum::body::Body;
use http::request::Parts;
use serde::de::DeserializeOwned;

use super::check::Broken;
use super::slot::Slot;
use super::split::{Raw, decode};
use super::{ApiError, Code, Limits, body, json, text, token};

/// A request whose route is known.
pub struct Arrived {
    head: Parts,
    body: Body,
    params: Raw,
    limits: Limits,
}

/// Why the arguments can't be read.
#[derive(Clone, Debug)]
pub enum Unread {
    /// A parameter is not what the description says; the host puts it into words.
    Param(Broken),
    /// The answer stands already.
    Answer(ApiError),
}

impl From<ApiError> for Unread {
    fn from(error: ApiError) -> Self {
        Self::Answer(error)
    }
}

impl From<Broken> for Unread {
    fn from(broken: Broken) -> Self {
        Self::Param(broken)
    }
}

impl Arrived {
    pub(super) fn new(head: Parts, body: Body, params: Raw, limits: Limits) -> Self {
        Self { head, body, params, limits }
    }

    /// Returns the bearer token.
    pub(super) fn token(&self) -> Result<Option<&str>, ApiError> {
        token::token(&self.head.headers)
    }

    /// Returns the `Idempotency-Key`.
    pub(super) fn idempotency_key(&self) -> Result<Option<String>, ApiError> {
        const LONGEST: usize = 255;
        let mut sent = self.head.headers.get_all("idempotency-key").iter();
        let Some(value) = sent.next() else { return Ok(None) };
        let sound =
            |text: &&str| (1..=LONGEST).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
        match value.to_str().ok().filter(sound) {
            Some(text) if sent.next().is_none() => Ok(Some(text.to_owned())),
            _ => {
                let message = "`Idempotency-Key` must be one header of 1 to 255 visible ASCII characters";
                Err(ApiError::new(Code::InvalidRequest, message))
            }
        }
    }

    /// Reads a parameter of the path.
    pub fn path<T: DeserializeOwned>(&self, name: &'static str) -> Result<T, Unread> {
        let raw = self.params.iter().find(|(known, _)| *known == name).map(|(_, raw)| raw.as_str()).unwrap_or_default();
        let value = decode(raw).ok_or_else(|| Broken::new(name, "must be percent-encoded UTF-8"))?;
        if value.is_empty() {
            return Err(Broken::new(name, "must not be empty").into());
        }
        value_of(name, vec![value])
    }

    /// Reads a parameter of the query; a list is one that comes repeatedly.
    pub fn query<T: DeserializeOwned>(&self, name: &'static str) -> Result<T, Unread> {
        value_of(name, self.in_query(name)?)
    }

    /// Reads a list that is one parameter of the query, with commas.
    pub fn query_list<T: DeserializeOwned>(&self, name: &'static str) -> Result<T, Unread> {
        value_of(name, split(&self.in_query(name)?))
    }

    /// Reads a header.
    pub fn header<T: DeserializeOwned>(&self, name: &'static str) -> Result<T, Unread> {
        value_of(name, self.in_headers(name)?)
    }

    /// Reads a list that is one header, with commas.
    pub fn header_list<T: DeserializeOwned>(&self, name: &'static str) -> Result<T, Unread> {
        value_of(name, split(&self.in_headers(name)?))
    }

    /// Reads the body, which must be there.
    pub async fn json<T: DeserializeOwned>(&mut self) -> Result<T, Unread> {
        let missing = || ApiError::new(Code::InvalidRequest, "the body is missing; send a JSON value, such as `{}`");
        Ok(self.optional_json().await?.ok_or_else(missing)?)
    }

    /// Reads the body if there is one.
    pub async fn optional_json<T: DeserializeOwned>(&mut self) -> Result<Option<T>, Unread> {
        let slot = self.head.extensions.get::<Slot>();
        let bytes = body::bytes(&self.head.headers, std::mem::take(&mut self.body), self.limits, slot).await?;
        if bytes.is_empty() {
            return Ok(None);
        }
        Ok(Some(json::read(&bytes).map_err(|message| ApiError::new(Code::InvalidRequest, message))?))
    }

    fn in_query(&self, name: &'static str) -> Result<Vec<String>, Broken> {
        let pairs = self.head.uri.query().unwrap_or_default().split('&').filter(|pair| !pair.is_empty());
        let pairs = pairs.map(|pair| pair.split_once('=').unwrap_or((pair, "")));
        // In a query, and only there, a plus is a space: forms are written so.
        let plain = |text: &str| decode(&text.replace('+', "%20"));
        let found = pairs.filter(|(key, _)| plain(key).as_deref() == Some(name));
        let broken = || Broken::new(name, "must be percent-encoded UTF-8");
        found.map(|(_, value)| plain(value).ok_or_else(broken)).collect()
    }

    fn in_headers(&self, name: &'static str) -> Result<Vec<String>, Broken> {
        let broken = |_| Broken::new(name, "must be ASCII");
        self.head.headers.get_all(name).iter().map(|value| value.to_str().map(str::to_owned).map_err(broken)).collect()
    }
}

/// Splits what came at commas.
fn split(texts: &[String]) -> Vec<String> {
    texts.iter().flat_map(|text| text.split(',')).map(|text| text.trim().to_owned()).collect()
}

fn value_of<T: DeserializeOwned>(name: &'static str, texts: Vec<String>) -> Result<T, Unread> {
    text::read(texts).map_err(|fault| Broken::new(name, fault.to_string()).into())
}
