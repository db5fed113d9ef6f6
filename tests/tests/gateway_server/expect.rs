//! Clients that ask before they send a body, as boto3 does.

use std::net::SocketAddr;

use infrai_tests::gateway::{TestGateway, connect};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// Asks, and sends no body; returns all that came until the connection ended.
async fn refused(to: SocketAddr, method: &str, target: &str) -> String {
    let ask = format!("{method} {target} HTTP/1.1\r\nhost: {to}\r\nexpect: 100-continue\r\ncontent-length: 4\r\n\r\n");
    let mut stream = connect(to).await;
    stream.write_all(ask.as_bytes()).await.expect("sent");
    let mut all = String::new();
    stream.read_to_string(&mut all).await.expect("the connection stays open");
    all
}

#[tokio::test]
async fn a_refusal_ends_the_connection() {
    let gateway = TestGateway::start().await;
    for (to, method, target, status) in
        [(gateway.api(), "POST", "/v1/storage/buckets", "401"), (gateway.s3(), "PUT", "/bucket/key", "403")]
    {
        let all = refused(to, method, target).await;
        let (head, body) = all.split_once("\r\n\r\n").expect("an answer");
        assert_eq!(head.split(' ').nth(1), Some(status), "{head}");
        assert!(head.contains("\r\nconnection: close"), "{head}");
        assert!(!body.is_empty() && !body.contains("HTTP/1.1"), "{body}");
    }
}

#[tokio::test]
async fn a_success_keeps_it() {
    let gateway = TestGateway::start().await;
    let (to, key) = (gateway.api(), gateway.activate().await);
    let mut stream = connect(to).await;
    for (name, status) in [("one", "201"), ("two", "201")] {
        let body = format!("{{\"bucket\":\"{name}\"}}");
        let ask = format!(
            "POST /v1/storage/buckets HTTP/1.1\r\nhost: {to}\r\nauthorization: Bearer {key}\r\nexpect: 100-continue\r\n\
             content-type: application/json\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        stream.write_all(ask.as_bytes()).await.expect("sent");
        let goes_on = "HTTP/1.1 100 Continue\r\n\r\n";
        let mut said = vec![0; goes_on.len()];
        stream.read_exact(&mut said).await.expect("an answer");
        assert_eq!(String::from_utf8_lossy(&said), goes_on);
        stream.write_all(body.as_bytes()).await.expect("sent");
        let answer = infrai_tests::gateway::answer(&mut stream, false).await.expect("an answer");
        assert_eq!(answer.status.to_string(), status, "{name}: {answer:?}");
    }
}
