//! The embedded store as a server: what surrounds it for one listener.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use http::{Request, Response};
use hyper::body::Incoming;
use infrai_store::Store;
use infrai_store::s3::Body;

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
            let answer = |request: Request<Incoming>| async move { Ok(front.answer(request.map(Body::from)).await) };
            observe(Front::S3, &metrics, request, |request| unbroken(request, answer, broken)).await
        }
    })
}

fn broken<B: Default>(_: &RequestId) -> Response<B> {
    let mut response = Response::new(B::default());
    *response.status_mut() = http::StatusCode::INTERNAL_SERVER_ERROR;
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

    /// What is answered to an upload that pauses so long.
    async fn upload(stall: Duration, pause: Duration) -> String {
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
        let head =
            format!("PUT {target} HTTP/1.1\r\nhost: localhost\r\ncontent-length: 4\r\nconnection: close\r\n\r\nte");
        here.write_all(head.as_bytes()).await.expect("sent");
        sleep(pause).await;
        // It may be over by now.
        let _ = here.write_all(b"xt").await;
        let mut answer = String::new();
        here.read_to_string(&mut answer).await.expect("an answer");
        let _ = serving.await;
        answer
    }

    #[tokio::test(start_paused = true)]
    async fn the_setting_says_how_long_an_upload_may_pause() {
        for (stall, pause, status) in
            [(1, 2, "400"), (2, 1, "200"), (60, 59, "200"), (60, 61, "400"), (600, 500, "200")]
        {
            let answer = upload(Duration::from_secs(stall), Duration::from_secs(pause)).await;
            assert_eq!(answer.split(' ').nth(1), Some(status), "{pause} s of {stall} s: {answer}");
            assert_eq!(answer.contains("RequestTimeout"), status == "400", "{answer}");
        }
    }
}
