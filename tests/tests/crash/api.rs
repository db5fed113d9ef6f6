//! The gateway as these clients call it.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use infrai_gateway::vendor::credentials::Credentials;
use infrai_gateway::vendor::sign::{self, Signer};
use infrai_tests::process;
use infrai_tests::program::{self, Program};
use reqwest::{Client, Method, Response, StatusCode};
use serde_json::{Value, json};

use crate::writer::{Content, Slot};

/// The gateway as these clients call it.
#[derive(Clone, Default)]
pub(crate) struct Api {
    pub(crate) http: Client,
    signer: Option<Arc<Signer>>,
    url: String,
    key: String,
}

impl Api {
    /// With an account's key, and the store's own credentials, which uploads in parts need.
    pub(crate) fn new(folder: &Path, program: &Program, key: &str) -> Self {
        let http = process::client(Duration::from_secs(30));
        let own = program::run(folder, &["keys", "s3"]);
        let value = |name: &str| own.good().lines().find_map(|line| line.strip_prefix(name)).expect(name).to_owned();
        let signer = Signer::new(&Credentials {
            access_key: value("AWS_ACCESS_KEY_ID="),
            secret_key: value("AWS_SECRET_ACCESS_KEY="),
            session_token: None,
            from: "the store".to_owned(),
        });
        Self {
            http,
            signer: Some(Arc::new(signer)),
            url: format!("http://{}/v1/storage", program.api()),
            key: key.to_owned(),
        }
    }

    pub(crate) async fn send(
        &self,
        method: Method,
        path: &str,
        body: Option<Value>,
        once: Option<&str>,
    ) -> Result<(StatusCode, Value), reqwest::Error> {
        let mut request = self.http.request(method, format!("{}/{path}", self.url)).bearer_auth(&self.key);
        if let Some(body) = body {
            request = request.json(&body);
        }
        if let Some(once) = once {
            request = request.header("idempotency-key", once);
        }
        process::called(request).await
    }

    pub(crate) async fn create(&self, name: &str, key: &str) -> Result<(StatusCode, Value), reqwest::Error> {
        self.send(Method::POST, "buckets", Some(json!({ "bucket": name })), Some(key)).await
    }

    pub(crate) async fn presign(&self, slot: &Slot, method: &str) -> Result<String, reqwest::Error> {
        let path = format!("buckets/{}/objects/{}/presign", slot.bucket, encoded(&slot.key));
        let (_, body) = self.send(Method::POST, &path, Some(json!({ "method": method })), None).await?;
        Ok(body["url"].as_str().unwrap_or_else(|| panic!("no URL: {body}")).to_owned())
    }

    pub(crate) async fn put(&self, url: &str, bytes: Vec<u8>) -> Result<Response, reqwest::Error> {
        // reqwest leaves the length of an empty body out, and S3 wants it.
        self.http.put(url).header("content-length", bytes.len().to_string()).body(bytes).send().await
    }

    /// Uploads in one part, which may be as small as it likes, to the object of a signed URL; returns the `ETag`.
    pub(crate) async fn put_in_parts(&self, url: &str, bytes: Vec<u8>) -> Result<String, reqwest::Error> {
        let object = url.split('?').next().unwrap_or_default();
        let begun = self.http.post(self.sign("POST", &format!("{object}?uploads="))).body("").send().await?;
        let id = within(&begun.text().await?, "UploadId");
        let part = self.sign("PUT", &format!("{object}?partNumber=1&uploadId={id}"));
        let sent = self.put(&part, bytes).await?;
        assert_eq!(sent.status(), StatusCode::OK);
        let etag = header(&sent, "etag");
        let list = format!(
            "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>{etag}</ETag></Part></CompleteMultipartUpload>"
        );
        let complete = self.sign("POST", &format!("{object}?uploadId={id}"));
        let done = self.http.post(complete).body(list).send().await?;
        let (status, body) = (done.status(), done.text().await?);
        assert_eq!(status, StatusCode::OK, "{body}");
        Ok(within(&body, "ETag").replace("&quot;", "\""))
    }

    fn sign(&self, method: &str, url: &str) -> String {
        let request = sign::Request { method, url, region: "us-east-1", headers: &[] };
        let signer = self.signer.as_ref().expect("credentials");
        signer.presign(request, 60, chrono::Utc::now()).expect("a signature").0
    }

    /// What an object holds: one of the contents that it may hold, whole and with its checksum, or nothing if that may be.
    pub(crate) async fn holds(&self, slot: &Slot) -> Option<Content> {
        let url = self.presign(slot, "GET").await.expect("a URL");
        let answer = self.http.get(url).send().await.expect("an answer");
        let (status, told) = (answer.status(), header(&answer, "etag"));
        let body = answer.bytes().await.expect("a body");
        let found = match status {
            // Two may have the same bytes, such as none; the ETag says which it is.
            StatusCode::OK => slot
                .may_hold
                .iter()
                .find(|one| one.is_some_and(|one| one.size == body.len() && one.etag() == told && one.bytes() == body)),
            StatusCode::NOT_FOUND => slot.may_hold.iter().find(|one| one.is_none()),
            _ => None,
        };
        *found.unwrap_or_else(|| panic!("{slot:?} is lost or torn: {status}, {} bytes, ETag {told}", body.len()))
    }
}

pub(crate) fn header(answer: &Response, name: &str) -> String {
    answer.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
}

pub(crate) fn encoded(key: &str) -> String {
    key.replace('%', "%25").replace(' ', "%20").replace('/', "%2F")
}

/// The text of an element of S3's answers.
fn within(body: &str, element: &str) -> String {
    let inner = body.split_once(&format!("<{element}>")).and_then(|(_, rest)| rest.split_once("</"));
    inner.unwrap_or_else(|| panic!("no {element} in {body}")).0.to_owned()
}
