//! Every key reaches the resource that it names, or none: the vectors in `keys/*.json`, compared with the raw request line.
//!
//! The expected segments were written by another implementation of RFC 3986 §2.1, Python's `urllib.parse.quote`.

use std::fs;
use std::path::Path;

use infrai::ErrorKind;
use infrai_tests::http::{Answer, Server};
use serde_json::{Value, json};

struct Vector {
    key: String,
    expected: Result<String, String>,
}

fn vectors() -> Vec<Vector> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("keys");
    let mut vectors = Vec::new();
    for file in fs::read_dir(folder).expect("the folder of vectors") {
        let text = fs::read_to_string(file.expect("a file").path()).expect("a file of vectors");
        let entries: Vec<Value> = serde_json::from_str(&text).expect("a list of vectors");
        vectors.extend(entries.iter().map(vector));
    }
    vectors
}

fn vector(entry: &Value) -> Vector {
    let text = |name: &str| entry[name].as_str().map(str::to_owned);
    let times = entry["times"].as_u64().map_or(1, |times| usize::try_from(times).expect("a small number"));
    let key = text("key").expect("a key").repeat(times);
    let expected = match (text("segment"), text("refused")) {
        (Some(segment), None) => Ok(segment.repeat(times)),
        (None, Some(why)) => Err(why),
        _ => panic!("{entry} is neither sent nor refused"),
    };
    Vector { key, expected }
}

#[tokio::test]
async fn every_key_is_one_segment_or_refused() {
    let vectors = vectors();
    assert!(vectors.len() >= 40, "only {} vectors", vectors.len());
    let deleted = Server::start([Answer::json(200, json!({"ok": true}))]).await;
    let presigned = Server::start([Answer::json(
        200,
        json!({"url": "http://s3.example/a", "method": "PUT", "expires_at": "2026-01-15T09:40:00Z"}),
    )])
    .await;
    let (deleting, presigning) = (deleted.client(), presigned.client());
    for Vector { key, expected } in vectors {
        let delete = deleting.storage().object().delete("demo", &*key).send().await.map(|_| ());
        let presign = presigning.storage().object().presign("demo", &*key).send().await.map(|_| ());
        let lines = [&deleted, &presigned].map(|server| server.requests().last().map(|request| request.line.clone()));
        match expected {
            Ok(segment) => {
                assert!(delete.is_ok() && presign.is_ok(), "{key:?}: {delete:?} {presign:?}");
                let object = format!("/v1/storage/buckets/demo/objects/{segment}");
                let expected = [format!("DELETE {object} HTTP/1.1"), format!("POST {object}/presign HTTP/1.1")];
                assert_eq!(lines, expected.map(Some), "{key:?}");
            }
            Err(why) => {
                for refused in [delete, presign] {
                    let error = refused.expect_err(&key);
                    assert_eq!(error.kind(), ErrorKind::InvalidRequest, "{key:?}");
                    assert_eq!(error.attempts(), 0, "{key:?}");
                    assert!(error.message().contains(&why), "{key:?}: {error}");
                }
            }
        }
    }
    // What was refused has sent nothing.
    let sent = self::vectors().iter().filter(|vector| vector.expected.is_ok()).count();
    assert_eq!(deleted.requests().len(), sent);
    assert_eq!(presigned.requests().len(), sent);
}

#[tokio::test]
async fn a_bucket_is_one_segment_too() {
    let server = Server::start([Answer::json(200, json!({"ok": true}))]).await;
    let client = server.client();
    for (bucket, segment) in [("a/../b", "a%2F..%2Fb"), ("...", "..."), ("a?b", "a%3Fb"), ("%2e%2e", "%252e%252e")] {
        client.storage().object().delete(bucket, "k").send().await.expect(bucket);
        let line = server.requests().last().map(|request| request.line.clone());
        assert_eq!(line, Some(format!("DELETE /v1/storage/buckets/{segment}/objects/k HTTP/1.1")));
    }
}
