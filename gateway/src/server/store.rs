//! The embedded store as a server: what surrounds it for one listener.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use http::{HeaderValue, Request, Response};
use hyper::body::Incoming;
use infrai_store::Store;
use infrai_store::s3::{Body, ErrorCode, MatchedOperation};

use super::expect;
use super::metrics::Metrics;
use super::observe::{Front, observe, unbroken};
use crate::api::RequestId;
use crate::embedded;

/// The store's service. An upload of which nothing comes for as long as `stall` is given up.
pub(crate) fn store(
    store: Store,
    metrics: Arc<Metrics>,
    stall: Duration,
) -> impl tower::Service<
    Request<Incoming>,
    Response = Response<Body>,
    Error = Infallible,
    Future = impl Future<Output = Result<Response<Body>, Infallible>> + Send,
> + Clone
+ Send
+ 'static {
    let options = infrai_store::s3::Options { region: embedded::REGION.to_owned(), longest_pause: stall };
    let front = infrai_store::s3::service(store, options);
    tower::service_fn(move |request: Request<Incoming>| {
        let (metrics, front) = (metrics.clone(), front.clone());
        async move {
            let answer = |request| async move { Ok(front.answer(request).await) };
            let request = expect::watch(request, Body::from, Body::http_body);
            observe(Front::S3, &metrics, request, |request| unbroken(request, answer, broken)).await
        }
    })
}

/// As the store answers what goes wrong in it.
fn broken<B: From<String>>(id: &RequestId) -> Response<B> {
    let code = "InternalError";
    let mut response = Response::new(B::from(format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Error><Code>{code}</Code><Message>the store has made a mistake: \
         tell its operator the request id</Message><RequestId>{}</RequestId></Error>",
        quick_xml::escape::escape(&id.0)
    )));
    *response.status_mut() = http::StatusCode::INTERNAL_SERVER_ERROR;
    let headers = response.headers_mut();
    headers.insert(http::header::CONTENT_TYPE, HeaderValue::from_static("application/xml"));
    if let Ok(id) = HeaderValue::from_str(&id.0) {
        headers.insert("x-amz-request-id", id);
    }
    response.extensions_mut().insert(MatchedOperation("Other"));
    response.extensions_mut().insert(ErrorCode(code.to_owned()));
    response
}

#[cfg(test)]
mod tests {
    use hyper_util::rt::TokioIo;
    use hyper_util::service::TowerToHyperService;
    use infrai_store::{NewBucket, Options};
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, duplex};
    use tokio::time::sleep;

    use super::*;
    use crate::vendor::health::Board;
    use crate::vendor::sign;

    #[test]
    fn a_panic_is_answered_as_s3_answers() {
        let id = RequestId("id-4711".to_owned());
        let answer: Response<Body> = broken(&id);
        assert_eq!(answer.status(), 500);
        assert_eq!(answer.headers().get("x-amz-request-id").map(HeaderValue::as_bytes), Some(&b"id-4711"[..]));
        assert_eq!(answer.headers().get("content-type").map(HeaderValue::as_bytes), Some(&b"application/xml"[..]));
        assert_eq!(answer.extensions().get(), Some(&ErrorCode("InternalError".to_owned())));
        let text =
            answer.into_body().bytes().map(|body| String::from_utf8_lossy(&body).into_owned()).unwrap_or_default();
        let (code, told) = ("<Error><Code>InternalError</Code>", "<RequestId>id-4711</RequestId></Error>");
        assert!(text.contains(code) && text.ends_with(told), "{text}");
    }

    /// What is answered to an upload that makes such pauses, each after a byte.
    async fn upload(stall: Duration, pauses: &[u64]) -> String {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::open(folder.path(), Options::default()).expect("a store");
        let bucket = NewBucket { name: "bucket", public: false, owner: "owner", owner_limit: None };
        store.create_bucket(&bucket).await.expect("a bucket");
        let keys = store.credentials().clone();
        let signer = sign::Signer::new(&crate::vendor::credentials::Credentials {
            access_key: keys.access_key,
            secret_key: keys.secret_key,
            session_token: None,
            from: "the test".to_owned(),
        });
        let url = "http://localhost/bucket/key";
        let request = sign::Request { method: "PUT", url, region: embedded::REGION, headers: &[] };
        let (url, _) = signer.presign(request, 600, chrono::Utc::now()).expect("a signed URL");
        let target = url.strip_prefix("http://localhost").expect("a target").to_owned();
        let vendors = Board::watch(&[], Duration::from_hours(1), chrono::Utc::now);
        let metrics = Arc::new(Metrics::new(Arc::new(vendors)));
        let service = TowerToHyperService::new(super::store(store, metrics, stall));
        let (mut here, there) = duplex(1024);
        let serving = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(there), service);
        let serving = tokio::spawn(serving);
        let length = pauses.len() + 1;
        let head = format!(
            "PUT {target} HTTP/1.1\r\nhost: localhost\r\ncontent-length: {length}\r\nconnection: close\r\n\r\nx"
        );
        here.write_all(head.as_bytes()).await.expect("sent");
        for pause in pauses {
            sleep(Duration::from_secs(*pause)).await;
            // It may be over by now.
            let _ = here.write_all(b"x").await;
        }
        let mut answer = String::new();
        here.read_to_string(&mut answer).await.expect("an answer");
        let _ = serving.await;
        answer
    }

    #[tokio::test(start_paused = true)]
    async fn the_setting_says_how_long_an_upload_may_pause() {
        for (stall, pauses, status) in [
            (1, &[2][..], "400"),
            (2, &[1], "200"),
            (60, &[59], "200"),
            (60, &[61], "400"),
            (600, &[500], "200"),
            // However long it takes in all.
            (60, &[59; 10], "200"),
            (60, &[1, 59, 1, 61, 1], "400"),
        ] {
            let answer = upload(Duration::from_secs(stall), pauses).await;
            assert_eq!(answer.split(' ').nth(1), Some(status), "{pauses:?} s of {stall} s: {answer}");
            assert_eq!(answer.contains("RequestTimeout"), status == "400", "{answer}");
        }
    }
}
