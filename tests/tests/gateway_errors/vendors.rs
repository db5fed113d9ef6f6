//! What callers are told of vendors that are down, refuse, talk nonsense or can't do it; and of a broken database.

use infrai::types::Acl;
use infrai_tests::gateway::{Request, TestGateway, refused};
use infrai_tests::http;

use super::{BUCKETS, is, said, with_vendor};

#[tokio::test]
async fn a_vendor_that_is_not_there_is_unavailable() {
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = nobody.local_addr().expect("its address");
    drop(nobody);
    let (gateway, _folder) = with_vendor(&format!("http://{address}")).await;
    let client = gateway.client(&gateway.standard_key("team").await);
    let made = client.storage().bucket().create("user-uploads").vendor("other").await;
    assert_eq!(refused(made), is(503, "unavailable"));
    // The name is free again, and the vendor that is there takes it.
    let made = client.storage().bucket().create("user-uploads").await.expect("a bucket");
    assert_eq!(made.vendor, "local");
}

#[tokio::test]
async fn a_vendor_that_refuses_or_talks_nonsense_is_an_error() {
    let denied = "<?xml version=\"1.0\"?><Error><Code>AccessDenied</Code><Message>canary-0815</Message></Error>";
    for (answer, expected) in [
        (http::Answer::new(403, "application/xml", denied), is(502, "vendor_error")),
        (http::Answer::new(503, "application/xml", denied), is(503, "unavailable")),
        (http::Answer::new(400, "text/html", "<html>it works</html>"), is(502, "vendor_error")),
    ] {
        let server = http::Server::start([answer]).await;
        let (gateway, _folder) = with_vendor(&server.url()).await;
        let key = gateway.standard_key("team").await;
        let request = Request::new("POST", BUCKETS).key(&key).json(r#"{"bucket":"abc","vendor":"other"}"#);
        let answer = gateway.send(&request).await;
        assert_eq!(said(&answer), expected, "{answer:?}");
        assert!(answer.message().contains("`other`"), "{answer:?}");
        assert!(!answer.text().contains("canary-0815"), "what the vendor said is passed on: {answer:?}");
        assert!(server.requests().iter().any(|request| request.line.starts_with("PUT /ifr-abc-")), "it wasn't asked");
    }
}

#[tokio::test]
async fn what_a_vendor_can_not_do_is_refused_and_not_left_out() {
    let (gateway, _folder) = with_vendor("http://127.0.0.1:9").await;
    let client = gateway.client(&gateway.standard_key("team").await);
    let buckets = client.storage().bucket();
    let public = buckets.create("abc").vendor("other").acl(Acl::Public).await;
    assert_eq!(refused(public), is(422, "acl_unsupported"));
    let region = buckets.create("abc").vendor("other").region("us-east-1").await;
    assert_eq!(refused(region), is(422, "unknown_region"));
    // Public buckets are had in one region only, and it isn't this.
    assert_eq!(refused(buckets.create("abc").region("eu-1").acl(Acl::Public).await), is(422, "unknown_region"));
    assert_eq!(buckets.create("abc").acl(Acl::Public).await.expect("a bucket").vendor, "local");
}

#[tokio::test]
async fn a_database_that_makes_no_sense_is_our_fault() {
    let gateway = TestGateway::start().await;
    let key = gateway.activate().await;
    let database = rusqlite::Connection::open(gateway.data().join("state.sqlite")).expect("the database");
    database.execute_batch("ALTER TABLE buckets RENAME TO tubs").expect("a change");
    let client = gateway.client(&key);
    assert_eq!(refused(client.storage().bucket().list().await), is(500, "internal"));
    let answer = gateway.send(&Request::new("GET", BUCKETS).key(&key)).await;
    assert!(!answer.text().contains("buckets") && !answer.text().contains("sqlite"), "{answer:?}");
    database.execute_batch("ALTER TABLE tubs RENAME TO buckets").expect("a change");
    assert_eq!(client.storage().bucket().list().await.expect("a list").items.len(), 1);
}
