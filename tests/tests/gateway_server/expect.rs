//! Clients that ask before they send a body, as boto3 does.

use std::net::SocketAddr;

use infrai::types::PresignMethod;
use infrai_tests::gateway::{Answer, TestGateway, answer, connect, fetch};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::BUCKETS;

/// A request as it is sent, without its body; the connection is to stay.
fn head(to: SocketAddr, method: &str, target: &str, headers: &[(&str, &str)]) -> String {
    let mut head = format!("{method} {target} HTTP/1.1\r\nhost: {to}\r\n");
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head + "\r\n"
}

/// Asks, and sends no body but other requests, the first of them as long as the body would be; returns all that came until the
/// connection ended.
async fn unread(to: SocketAddr, method: &str, target: &str, key: Option<&str>) -> String {
    let next = head(to, "GET", "/healthz", &[]);
    let (length, bearer) = (next.len().to_string(), key.map(|key| format!("Bearer {key}")));
    let mut headers = vec![("expect", "100-continue"), ("content-length", &*length)];
    headers.extend(bearer.as_deref().map(|bearer| ("authorization", bearer)));
    let ask = head(to, method, target, &headers);
    let last = head(to, "GET", "/healthz", &[("connection", "close")]);
    let mut stream = connect(to).await;
    // In one piece: what would be unread in the socket at its end could take the answer away.
    stream.write_all([ask, next, last].concat().as_bytes()).await.expect("sent");
    let mut all = String::new();
    stream.read_to_string(&mut all).await.expect("the connection stays open");
    all
}

/// Holds that it is one answer of this status, and the connection's last.
fn assert_last(all: &str, status: &str) {
    let (head, body) = all.split_once("\r\n\r\n").expect("an answer");
    assert_eq!(head.split(' ').nth(1), Some(status), "{head}");
    assert!(head.contains("\r\nconnection: close"), "{head}");
    assert!(!body.is_empty() && !body.contains("HTTP/1.1"), "{body}");
}

/// Asks, sends the body when told to, and returns the answer.
async fn asked(stream: &mut TcpStream, ask: &str, body: &str) -> Answer {
    stream.write_all(ask.as_bytes()).await.expect("sent");
    let goes_on = "HTTP/1.1 100 Continue\r\n\r\n";
    let mut said = vec![0; goes_on.len()];
    stream.read_exact(&mut said).await.expect("an answer");
    assert_eq!(String::from_utf8_lossy(&said), goes_on);
    stream.write_all(body.as_bytes()).await.expect("sent");
    answer(stream, false).await.expect("an answer")
}

#[tokio::test]
async fn a_refusal_of_what_was_not_read_ends_the_connection() {
    let gateway = TestGateway::start().await;
    for (to, method, target, status) in
        [(gateway.api(), "POST", BUCKETS, "401"), (gateway.s3(), "PUT", "/bucket/key", "403")]
    {
        assert_last(&unread(to, method, target, None).await, status);
    }
}

#[tokio::test]
async fn so_does_a_success_that_read_nothing() {
    let gateway = TestGateway::start().await;
    let key = gateway.activate().await;
    for (method, target, status) in [
        ("POST", "/v1/activate", "201"),
        ("GET", BUCKETS, "200"),
        ("DELETE", "/v1/storage/buckets/demo/objects/a", "200"),
        ("GET", "/healthz", "200"),
    ] {
        assert_last(&unread(gateway.api(), method, target, Some(&key)).await, status);
    }
    let client = gateway.client(&key);
    let put = client.storage().object().presign("demo", "a").await.expect("a URL").url;
    assert_eq!(fetch("PUT", &put, Some(b"text")).await.status, 200);
    let get = client.storage().object().presign("demo", "a").method(PresignMethod::Get).await.expect("a URL").url;
    let target = get.strip_prefix(&format!("http://{}", gateway.s3())).expect("a URL of the store");
    assert_last(&unread(gateway.s3(), "GET", target, None).await, "200");
}

#[tokio::test]
async fn an_answer_to_a_body_that_was_read_keeps_it() {
    let gateway = TestGateway::start().await;
    let (to, key) = (gateway.api(), gateway.activate().await);
    let bearer = format!("Bearer {key}");
    let mut stream = connect(to).await;
    for (name, acl, status) in
        [("one", "private", 201), ("one", "private", 409), ("two", "none", 400), ("two", "private", 201)]
    {
        let body = format!("{{\"bucket\":\"{name}\",\"acl\":\"{acl}\"}}");
        let length = body.len().to_string();
        let headers = [
            ("authorization", &*bearer),
            ("expect", "100-Continue"),
            ("content-type", "application/json"),
            ("content-length", &length),
        ];
        let answer = asked(&mut stream, &head(to, "POST", BUCKETS, &headers), &body).await;
        assert_eq!((answer.status, answer.header("connection")), (status, None), "{name}: {answer:?}");
    }
}

#[tokio::test]
async fn so_does_the_store() {
    let gateway = TestGateway::start().await;
    let (to, client) = (gateway.s3(), gateway.client(&gateway.activate().await));
    let here = format!("http://{to}");
    let target = async |method| {
        let url = client.storage().object().presign("demo", "a").method(method).await.expect("a URL").url;
        url.strip_prefix(&here).expect("a URL of the store").to_owned()
    };
    let (put, get) = (target(PresignMethod::Put).await, target(PresignMethod::Get).await);
    let mut stream = connect(to).await;
    let headers = [("expect", "100-continue"), ("content-length", "4"), ("if-none-match", "*")];
    // Only what is read is refused: whoever gives a body's checksum learns after it that it is another.
    let wrong = [("expect", "100-continue"), ("content-length", "4"), ("content-md5", "1B2M2Y8AsgTpgAmY7PhCfg==")];
    for (headers, status) in [(headers, 200), (wrong, 400), (headers, 412)] {
        let ask = head(to, "PUT", &put, &headers);
        let answer = asked(&mut stream, &ask, "text").await;
        assert_eq!((answer.status, answer.header("connection")), (status, None), "{answer:?}");
    }
    stream.write_all(head(to, "GET", &get, &[]).as_bytes()).await.expect("sent");
    assert_eq!(answer(&mut stream, false).await.expect("an answer").body, b"text");
}

#[tokio::test]
async fn who_has_no_body_or_asks_for_something_else_keeps_it() {
    let gateway = TestGateway::start().await;
    for to in [gateway.api(), gateway.s3()] {
        let mut stream = connect(to).await;
        for (expect, length, body) in [("100-continue", "0", ""), ("something", "4", "text"), ("something", "0", "")] {
            let headers = [("expect", expect), ("content-length", length)];
            let sent = head(to, "PUT", "/nothing/here", &headers) + body;
            stream.write_all(sent.as_bytes()).await.expect("sent");
            let answer = answer(&mut stream, false).await.expect("an answer");
            assert!((400..500).contains(&answer.status), "{answer:?}");
            assert_eq!(answer.header("connection"), None, "{headers:?}: {answer:?}");
        }
    }
}
