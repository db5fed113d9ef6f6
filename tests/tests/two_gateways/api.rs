//! The API of one of the gateways, and its answers, each held against the description.

use std::time::Duration;

use infrai_tests::process::{self, Gateway};
use reqwest::{Client, Method, StatusCode};
use serde_json::{Value, json};

/// A gateway as an account calls it.
#[derive(Clone)]
pub(crate) struct Api {
    pub(crate) http: Client,
    pub(crate) url: String,
    key: String,
}

/// What it answered.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) body: Value,
}

impl Answer {
    /// What a request that went well gave.
    pub(crate) fn good(self) -> Value {
        assert!(self.status.is_success(), "{}: {}", self.status, self.body);
        self.body
    }

    /// Status and code of a refusal.
    pub(crate) fn refused(&self) -> (StatusCode, String) {
        (
            self.status,
            self.body["error"]["code"].as_str().unwrap_or_else(|| panic!("{}: {}", self.status, self.body)).to_owned(),
        )
    }
}

impl Api {
    pub(crate) fn new(gateway: &Gateway, key: &str) -> Self {
        Self { http: process::client(Duration::from_mins(1)), url: gateway.url().to_owned(), key: key.to_owned() }
    }

    pub(crate) fn with(&self, key: &str) -> Self {
        Self { key: key.to_owned(), ..self.clone() }
    }

    pub(crate) async fn send(&self, method: Method, path: &str, body: Option<Value>, once: Option<&str>) -> Answer {
        self.try_send(method, path, body, once).await.unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    async fn try_send(
        &self,
        method: Method,
        path: &str,
        body: Option<Value>,
        once: Option<&str>,
    ) -> Result<Answer, reqwest::Error> {
        let mut request = self.http.request(method, format!("{}/v1/storage/{path}", self.url)).bearer_auth(&self.key);
        if let Some(body) = body {
            request = request.json(&body);
        }
        if let Some(once) = once {
            request = request.header("idempotency-key", once);
        }
        let (status, body) = process::called(request).await?;
        Ok(Answer { status, body })
    }

    pub(crate) async fn create(&self, name: &str, once: Option<&str>) -> Answer {
        self.send(Method::POST, "buckets", Some(json!({ "bucket": name })), once).await
    }

    pub(crate) async fn try_create(&self, name: &str, once: &str) -> Result<Answer, reqwest::Error> {
        self.try_send(Method::POST, "buckets", Some(json!({ "bucket": name })), Some(once)).await
    }

    pub(crate) async fn list(&self) -> Vec<Value> {
        let answer = self.send(Method::GET, "buckets", None, None).await.good();
        answer["items"].as_array().expect("a list").clone()
    }

    pub(crate) async fn presign(&self, bucket: &str, method: &str) -> String {
        let path = format!("buckets/{bucket}/objects/greeting/presign");
        let answer = self.send(Method::POST, &path, Some(json!({ "method": method })), None).await.good();
        answer["url"].as_str().expect("a URL").to_owned()
    }
}
