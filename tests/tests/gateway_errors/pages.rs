//! Web pages of other origins: what they may send, and what they may read of answers.

use infrai_tests::gateway::{Request, TestGateway};

use super::BUCKETS;

#[tokio::test]
async fn web_pages_may_call() {
    let gateway = TestGateway::start().await;
    let key = gateway.activate().await;
    let preflight = Request::new("OPTIONS", BUCKETS)
        .header("origin", "https://app.example")
        .header("access-control-request-method", "POST")
        .header(
            "access-control-request-headers",
            "authorization,content-type,idempotency-key,x-infrai-attempt,x-request-id",
        );
    let answer = preflight.send(gateway.api()).await;
    assert!(answer.status == 200 || answer.status == 204, "{answer:?}");
    assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
    let methods = answer.header("access-control-allow-methods").unwrap_or_default();
    assert!(["GET", "POST", "DELETE"].iter().all(|method| methods.contains(method)), "{methods}");
    let headers = answer.header("access-control-allow-headers").unwrap_or_default();
    assert!(
        ["authorization", "content-type", "idempotency-key", "x-infrai-attempt", "x-request-id"]
            .iter()
            .all(|name| headers.contains(name)),
        "{headers}"
    );
    assert!(answer.header("access-control-max-age").is_some());

    // What a page reads of answers, be they good or bad.
    for (request, status) in [
        (Request::new("GET", BUCKETS).key(&key), 200),
        (Request::new("GET", BUCKETS), 401),
        (Request::new("GET", "/nothing"), 404),
        (Request::new("PUT", BUCKETS), 405),
    ] {
        let answer = gateway.send(&request.header("origin", "https://app.example")).await;
        assert_eq!(answer.status, status);
        assert_eq!(answer.header("access-control-allow-origin"), Some("*"), "{answer:?}");
        let exposed = answer.header("access-control-expose-headers").unwrap_or_default();
        let read = ["x-request-id", "retry-after", "allow", "www-authenticate"];
        assert!(read.iter().all(|name| exposed.split(',').any(|one| one.trim() == *name)), "{exposed}");
    }
    // Else any page that somebody visits could read a key of their own gateway.
    let activated = gateway.send(&Request::new("POST", "/v1/activate").header("origin", "https://app.example")).await;
    assert_eq!((activated.status, activated.header("access-control-allow-origin")), (404, None));
}
