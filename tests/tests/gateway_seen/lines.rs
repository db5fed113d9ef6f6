//! The log: a line for each request, with the same fields in both formats.

use std::collections::BTreeMap;

use infrai_tests::gateway::{Request, activate, client};
use infrai_tests::program::Program;
use serde_json::{Map, Value};

use super::BUCKETS;

/// The log's lines, each of which is to be a JSON object.
pub(crate) fn json_lines(stderr: &str) -> Vec<Value> {
    stderr.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))).collect()
}

/// The fields of a line, texts without their quotes.
type Fields = BTreeMap<String, String>;

#[tokio::test]
async fn each_request_has_a_line_of_json() {
    let printed = log("json").await;
    for line in json_lines(&printed) {
        let time = line["timestamp"].as_str().unwrap_or_default();
        assert!(chrono::DateTime::parse_from_rfc3339(time).is_ok(), "{line}");
        assert!(["ERROR", "WARN", "INFO"].iter().any(|level| line["level"] == *level), "{line}");
        assert!(line["message"].is_string(), "{line}");
    }
    hold(&requests(&printed, |line| {
        let line: Map<String, Value> = serde_json::from_str(line).expect("JSON");
        let bare = |value: Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        line.into_iter().map(|(name, value)| (name, bare(value))).collect()
    }));
}

#[tokio::test]
async fn each_request_has_a_line_of_text() {
    let printed = log("text").await;
    hold(&requests(&printed, |line| {
        let (time, rest) = line.split_once(' ').expect("a time");
        assert!(chrono::NaiveTime::parse_from_str(time, "%H:%M:%S%.3f").is_ok(), "{line}");
        let (level, rest) = rest.trim_start().split_once(' ').expect("a level");
        let (message, rest) = rest.split_once(' ').unwrap_or((rest, ""));
        let words = [("level", level), ("message", message)];
        let fields = rest.split(' ').filter_map(|field| field.split_once('='));
        words
            .into_iter()
            .chain(fields)
            .map(|(name, value)| (name.to_owned(), value.trim_matches('"').to_owned()))
            .collect()
    }));
}

/// What a gateway logs of some requests, called `id-1` to `id-9`.
async fn log(format: &str) -> String {
    let folder = tempfile::tempdir().expect("a folder");
    let mut program = Program::start(folder.path(), &["--log", format]).await;
    let api = program.api();
    let key = activate(api).await;
    let send = async |request: Request, id: &str| request.header("x-request-id", id).send(api).await.status;
    let create = |body: &str| Request::new("POST", BUCKETS).key(&key).json(body);
    assert_eq!(send(create(r#"{"bucket":"abc"}"#), "id-1").await, 201);
    assert_eq!(send(create(r#"{"bucket":"abc"}"#), "id-2").await, 409);
    assert_eq!(send(create("{"), "id-3").await, 400);
    assert_eq!(send(Request::new("GET", BUCKETS), "id-4").await, 401);
    assert_eq!(send(Request::new("GET", "/nothing"), "id-5").await, 404);
    assert_eq!(send(Request::new("PUT", BUCKETS), "id-6").await, 405);
    assert_eq!(send(Request::new("POST", "/v1/activate"), "id-7").await, 201);
    let put = client(api, &key).storage().object().presign("demo", "a").await.expect("a URL").url;
    let (request, to) = Request::to("PUT", &put);
    assert_eq!(request.header("x-request-id", "id-8").body("text").send(to).await.status, 200);
    let (request, to) = Request::to("GET", &put);
    assert_eq!(request.header("x-request-id", "id-9").send(to).await.status, 403);
    program.terminate();
    let done = program.ended().await;
    assert!(done.status.success(), "{done:?}");
    done.stderr
}

/// The lines of requests by the requests' ids.
fn requests(printed: &str, read: impl Fn(&str) -> Fields) -> BTreeMap<String, Fields> {
    let mut lines = BTreeMap::new();
    for line in printed.lines().map(read).filter(|line| line["message"] == "request") {
        let id = line["request_id"].clone();
        assert!(lines.insert(id.clone(), line).is_none(), "{id} has two lines");
    }
    lines
}

/// Compares the lines with what was asked.
fn hold(lines: &BTreeMap<String, Fields>) {
    for (id, front, method, operation, status, code) in [
        ("id-1", "api", "POST", "storage.bucket.create", "201", None),
        ("id-2", "api", "POST", "storage.bucket.create", "409", Some("bucket_exists")),
        ("id-3", "api", "POST", "storage.bucket.create", "400", Some("invalid_request")),
        ("id-4", "api", "GET", "storage.bucket.list", "401", Some("unauthorized")),
        ("id-5", "api", "GET", "none", "404", Some("not_found")),
        ("id-6", "api", "PUT", "none", "405", Some("method_not_allowed")),
        ("id-7", "api", "POST", "activate", "201", None),
        ("id-8", "s3", "PUT", "PutObject", "200", None),
    ] {
        let line = lines.get(id).unwrap_or_else(|| panic!("no line of {id} in {lines:?}"));
        let field = |name: &str| line.get(name).map(String::as_str);
        let expected =
            [("level", "INFO"), ("front", front), ("method", method), ("operation", operation), ("status", status)];
        for (name, value) in expected {
            assert_eq!(field(name), Some(value), "{line:?}");
        }
        assert_eq!(field("code"), code, "{line:?}");
        assert!(field("ms").is_some_and(|ms| ms.parse::<u64>().is_ok()), "{line:?}");
        let known = matches!(id, "id-1" | "id-2" | "id-3" | "id-7");
        assert_eq!(field("account").is_some_and(|account| account.len() == 16), known, "{line:?}");
    }
    let refused = &lines["id-9"];
    assert_eq!((&*refused["front"], &*refused["status"]), ("s3", "403"), "{refused:?}");
}

#[tokio::test]
async fn the_log_is_as_quiet_as_it_is_told_to_be() {
    for (words, has) in [(&["--log-level", "off"][..], false), (&["--log-level", "error"], false), (&[], true)] {
        let folder = tempfile::tempdir().expect("a folder");
        let mut program = Program::start(folder.path(), words).await;
        activate(program.api()).await;
        program.terminate();
        let done = program.ended().await;
        assert_eq!(done.stderr.contains("activate"), has, "{done:?}");
        assert!(has || done.stderr.is_empty(), "{done:?}");
        assert!(!done.stderr.contains('\u{1b}'), "colours in a file: {done:?}");
    }
}
