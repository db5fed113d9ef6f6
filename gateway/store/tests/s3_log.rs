//! Nothing of a signature or a credential gets into a log, at whatever level; and what a gateway counts and logs by is on each answer.

mod s3_support;

use std::fmt::{Debug, Write};
use std::sync::{Mutex, PoisonError};

use infrai_store::s3::{ErrorCode, MatchedOperation, Options, RequestId, service};
use s3_support::{Ask, Presign, Server, Sign};
use tracing::field::{Field, Visit};
use tracing::{Event, Metadata, Subscriber, span};

static LOG: Mutex<String> = Mutex::new(String::new());

/// Keeps everything that anybody logs.
struct All;

struct Into;

impl Visit for Into {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        let _ = writeln!(LOG.lock().unwrap_or_else(PoisonError::into_inner), "{field}={value:?}");
    }
}

impl Subscriber for All {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, span: &span::Attributes<'_>) -> span::Id {
        span.record(&mut Into);
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, values: &span::Record<'_>) {
        values.record(&mut Into);
    }

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

    fn event(&self, event: &Event<'_>) {
        event.record(&mut Into);
    }

    fn enter(&self, _: &span::Id) {}

    fn exit(&self, _: &span::Id) {}
}

#[tokio::test]
async fn nothing_secret_is_logged() {
    let _ = tracing::subscriber::set_global_default(All);
    tracing::info!("the log is kept");
    let server = Server::start().await;
    server.put("/private/key", b"text").await;
    let mut secrets =
        vec![server.credentials.secret_key.clone(), "X-Amz-Signature".to_owned(), "Credential=".to_owned()];
    let good = Ask::new("GET", "/private/key").presign(&server);
    let mut bad = good.clone();
    bad.path = "/private/other".to_owned();
    let wrong = Sign { secret_key: "wrong".to_owned(), ..Sign::new(&server) };
    let long = Presign { expires: "604801".to_owned(), ..Presign::new(&server) };
    let asks = [
        good,
        bad,
        wrong.apply(Ask::new("GET", "/private/key").to(&server)),
        long.apply(Ask::new("GET", "/private/key").to(&server)),
        Ask::new("PUT", "/private/key").header("content-md5", "AAAAAAAAAAAAAAAAAAAAAA==").body(b"1").sign(&server),
    ];
    for ask in asks {
        secrets.extend(ask.query.split_once("X-Amz-Signature=").map(|(_, signature)| signature.to_owned()));
        ask.send(&server).await;
    }
    let log = LOG.lock().unwrap_or_else(PoisonError::into_inner).clone();
    assert!(log.contains("the log is kept"), "{log}");
    for secret in secrets {
        assert!(!log.contains(&secret), "`{secret}` was logged: {log}");
    }
}

#[tokio::test]
async fn answers_tell_what_was_asked() {
    let server = Server::start().await;
    let front = service(server.store.clone(), Options::default());
    server.put("/public/there", b"text").await;
    for (method, target, operation, code) in [
        ("GET", "/public/none", "GetObject", Some("NoSuchKey")),
        ("GET", "/public/there", "GetObject", None),
        ("HEAD", "/public/none", "HeadObject", Some("NoSuchKey")),
        ("PUT", "/private/key", "PutObject", Some("AccessDenied")),
        ("GET", "/private?versions", "Other", Some("AccessDenied")),
        ("GET", "/private/%zz", "Refused", Some("InvalidURI")),
    ] {
        let mut request = http::Request::new(s3s::Body::empty());
        *request.method_mut() = method.parse().unwrap();
        *request.uri_mut() = target.parse().unwrap();
        request.headers_mut().insert("host", http::HeaderValue::from_static("localhost"));
        request.extensions_mut().insert(RequestId("id-of-the-gateway".to_owned()));
        let response = front.answer(request).await;
        assert_eq!(response.extensions().get::<MatchedOperation>(), Some(&MatchedOperation(operation)), "{target}");
        let told = response.extensions().get::<ErrorCode>().map(|code| code.0.as_str());
        assert_eq!(told, code, "{method} {target}");
        assert_eq!(response.headers()["x-amz-request-id"], "id-of-the-gateway");
    }
}

#[tokio::test]
async fn a_download_that_breaks_off_is_logged_with_its_request() {
    let _ = tracing::subscriber::set_global_default(All);
    let server = Server::start().await;
    server.put("/public/large", &vec![b'x'; 2 << 20]).await;
    let mut request = http::Request::new(s3s::Body::empty());
    *request.uri_mut() = "/public/large".parse().unwrap();
    request.headers_mut().insert("host", http::HeaderValue::from_static("localhost"));
    request.extensions_mut().insert(RequestId("id-of-the-download".to_owned()));
    let response = service(server.store.clone(), Options::default()).answer(request).await;
    // Its file is cut while it is read.
    let blobs = std::fs::read_dir(server.folder().join("blobs")).unwrap();
    let files = blobs.flat_map(|folder| std::fs::read_dir(folder.unwrap().path()).unwrap());
    for file in files {
        std::fs::File::options().write(true).open(file.unwrap().path()).unwrap().set_len(1 << 20).unwrap();
    }
    assert!(http_body_util::BodyExt::collect(response.into_body()).await.is_err());
    let log = LOG.lock().unwrap_or_else(PoisonError::into_inner).clone();
    assert!(log.contains("an object could not be read to its end"), "{log}");
    assert!(log.contains("request_id=\"id-of-the-download\""), "{log}");
}
