//! Successful answers: what is new is kept, what is not as documented is an error that says where.

use infrai::types::{Acl, Bucket, PresignMethod};
use infrai::{Error, ErrorKind};
use infrai_tests::http::{Answer, Server};
use serde_json::{Value, json};

fn bucket() -> Value {
    json!({"bucket": "demo", "vendor": "local", "region": "here", "created_at": "2026-01-15T09:30:00Z", "acl": "private"})
}

fn with(field: &str, value: Value) -> Value {
    let mut bucket = bucket();
    bucket[field] = value;
    bucket
}

fn without(field: &str) -> Value {
    let mut bucket = bucket();
    bucket.as_object_mut().expect("an object").remove(field);
    bucket
}

async fn create(answer: Answer) -> Result<Bucket, Error> {
    let server = Server::start([answer]).await;
    server.client().storage().bucket().create("demo").send().await
}

async fn undecodable(answer: Answer) -> Error {
    let error = create(answer).await.expect_err("an answer that is not as documented");
    assert_eq!(error.kind(), ErrorKind::Decode, "{error:?}");
    assert!(error.is_decode() && !error.is_status());
    error
}

#[tokio::test]
async fn any_2xx_is_a_success() {
    for status in [200, 201, 202, 203, 206, 226, 299] {
        assert!(create(Answer::json(status, bucket())).await.is_ok(), "{status}");
    }
}

#[tokio::test]
async fn unknown_fields_are_kept_and_survive_a_round_trip() {
    let mut body = bucket();
    body["tags"] = json!({"team": ["a", null, 1.5]});
    body["quota"] = json!(18_446_744_073_709_551_615_u64);
    let read = create(Answer::json(201, body.clone())).await.expect("a bucket");
    assert_eq!(read.extra.keys().collect::<Vec<_>>(), ["quota", "tags"]);
    assert_eq!(serde_json::to_value(&read).expect("JSON"), body);
}

#[tokio::test]
async fn unknown_values_of_closed_lists_are_kept() {
    let read = create(Answer::json(201, with("acl", json!("team-only")))).await.expect("a bucket");
    assert_eq!(read.acl, Some(Acl::Unknown("team-only".to_owned())));
    assert_eq!(serde_json::to_value(&read).expect("JSON")["acl"], "team-only");
    // A known value is never kept as an unknown one.
    assert_eq!("GET".parse(), Ok(PresignMethod::Get));
    assert_eq!(PresignMethod::from("get").to_string(), "get");
}

#[tokio::test]
async fn absent_is_not_null() {
    let read = create(Answer::json(201, without("acl"))).await.expect("a bucket");
    assert_eq!(read.acl, None);
    assert_eq!(serde_json::to_value(&read).expect("JSON"), without("acl"));
}

#[tokio::test]
async fn faults_have_their_place() {
    let faults = [
        (without("created_at"), "$.created_at", "missing"),
        (without("bucket"), "$.bucket", "missing"),
        (with("region", Value::Null), "$.region", "expected string, found null"),
        (with("acl", Value::Null), "$.acl", "expected string, found null"),
        (with("acl", json!(7)), "$.acl", "expected string, found integer"),
        (with("vendor", json!(["local"])), "$.vendor", "expected string, found list"),
        (with("created_at", json!("yesterday")), "$.created_at", "expected date-time, found string"),
        (with("created_at", json!(1_768_469_400)), "$.created_at", "expected string, found integer"),
        (json!([]), "$", "expected object, found list"),
        (json!("bucket"), "$", "expected object, found string"),
        (Value::Null, "$", "expected object, found null"),
    ];
    for (body, path, why) in faults {
        let error = undecodable(Answer::json(201, body.clone())).await;
        assert_eq!(error.json_path(), Some(path), "{body}: {error}");
        assert!(error.message().contains(why), "{body}: {error}");
        assert_eq!(error.body(), body.to_string().as_bytes());
        assert_eq!(error.status().map(|status| status.as_u16()), Some(201));
    }
}

#[tokio::test]
async fn places_in_lists_and_maps_are_named() {
    let items: Vec<_> = (0..3).map(|_| bucket()).chain([without("created_at")]).collect();
    let signed =
        json!({"url": "u", "method": "PUT", "expires_at": "2026-01-15T09:40:00Z", "headers": {"x-amz-acl": 1}});
    let server = Server::start([Answer::json(200, json!({"items": items})), Answer::json(200, signed)]).await;
    let client = server.client();
    let list = client.storage().bucket().list().await.expect_err("a missing field");
    assert_eq!(list.json_path(), Some("$.items[3].created_at"));
    let presign = client.storage().object().presign("demo", "a").await.expect_err("a number for a header");
    assert_eq!(presign.json_path(), Some(r#"$.headers["x-amz-acl"]"#));
}

#[tokio::test]
async fn what_is_no_json_is_no_success() {
    let answers = [
        (Answer::new(204, "application/json", ""), "the body is empty"),
        (Answer::new(200, "application/json", ""), "the body is empty"),
        (Answer::new(200, "text/html", "<html>welcome</html>"), "the body is not JSON"),
        (Answer::new(200, "application/json", &br#"{"bucket": "demo""#[..]), "the body is not JSON"),
        (Answer::new(200, "application/json", &b"{} {}"[..]), "the body is not JSON"),
        (Answer::new(200, "application/json", format!("{}, 1", bucket())), "the body is not JSON"),
        (Answer::new(200, "application/json", &b"\xff\xfe"[..]), "the body is not JSON"),
    ];
    for (answer, why) in answers {
        let error = undecodable(answer).await;
        assert!(error.message().contains(why), "{error}");
        assert!(!error.message().contains("welcome"), "{error}");
    }
}

#[tokio::test]
async fn a_decoding_error_is_one_line_with_all_that_is_known() {
    let body = br#"{"bucket":"demo","vendor":null}"#;
    let server = Server::start([Answer::new(201, "application/json", &body[..]).header("x-request-id", "req_9")]).await;
    let error = server.client().storage().bucket().create("demo").await.expect_err("a null");
    assert_eq!(
        error.to_string(),
        "storage.bucket.create: 201: the answer is not as documented: $.vendor: expected string, found null \
         (request req_9, 1 attempt)"
    );
    assert_eq!(error.request_id(), Some("req_9"));
    assert!(std::error::Error::source(&error).is_some());
}
