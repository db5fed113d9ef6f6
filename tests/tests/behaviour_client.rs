//! What a client is built from, what it refuses, and what it refuses to send.

use std::time::Duration;

use infrai::{Client, ClientBuilder, Error, ErrorKind, reqwest};
use infrai_tests::http::{Answer, KEY, Server};
use serde_json::json;

async fn server() -> Server {
    Server::start([Answer::json(200, json!({"items": []}))]).await
}

fn refused(builder: ClientBuilder) -> Error {
    match builder.build() {
        Ok(client) => panic!("{client:?} was built"),
        Err(error) => error,
    }
}

fn builder() -> ClientBuilder {
    Client::builder().environment(|_| None)
}

#[tokio::test]
async fn the_key_is_the_given_one_else_the_environments() {
    let server = server().await;
    let url = server.url();
    let from_environment = move |name: &str| match name {
        "INFRAI_API_KEY" => Some("ifr_pk_proj_environment".to_owned()),
        "INFRAI_BASE_URL" => Some(url.clone()),
        _ => None,
    };
    let builder = Client::builder().environment(from_environment);
    for client in [builder.clone().build(), builder.api_key(KEY).build()] {
        client.expect("a client").storage().bucket().list().await.expect("a list");
    }
    let sent = server.requests();
    let keys: Vec<_> = sent.iter().filter_map(|request| request.header("authorization")).collect();
    assert_eq!(keys, ["Bearer ifr_pk_proj_environment", &format!("Bearer {KEY}")]);
}

#[tokio::test]
async fn a_missing_key_fails_the_call_and_says_where_it_was_looked_for() {
    let server = server().await;
    let client = builder().base_url(server.url()).build().expect("a client without a key");
    let error = client.storage().bucket().list().await.expect_err("a call without a key");
    assert_eq!(error.kind(), ErrorKind::Credentials);
    assert_eq!(
        error.to_string(),
        "storage.bucket.list: no API key: not given, INFRAI_API_KEY is not set, and ~/.infrai/credentials has no profile \
         default; activate() gets one"
    );
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn unusable_keys_are_refused() {
    let empty = refused(builder().api_key(""));
    assert!(empty.message().contains("`api_key` is empty"), "{empty}");
    let unusable = ["  ", "ifr_pk_proj_canary\n", "ifr_pk_proj_canary\u{0}", "ifr_pk_proj_canar\u{fd}"];
    for key in unusable {
        let given = refused(builder().api_key(key));
        let client = builder().environment(move |name| (name == "INFRAI_API_KEY").then(|| key.to_owned())).build();
        let found = client.expect("a client").storage().bucket().list().await.expect_err(key);
        for (error, origin) in [(given, "`api_key`"), (found, "`INFRAI_API_KEY`")] {
            assert_eq!(error.kind(), ErrorKind::Credentials, "{key:?}");
            assert!(error.message().contains(origin) && !error.message().contains("canar"), "{error}");
        }
    }
}

#[test]
fn the_base_url_is_the_given_one_else_the_environments_else_the_services() {
    let environment = |name: &str| (name == "INFRAI_BASE_URL").then(|| "https://environment.example/".to_owned());
    let built = |builder: ClientBuilder| builder.build().and_then(|client| client.base_url()).ok();
    assert_eq!(built(builder()).as_deref(), Some("http://127.0.0.1:7100"));
    assert_eq!(built(builder().environment(environment)).as_deref(), Some("https://environment.example"));
    let given = builder().environment(environment).base_url("https://given.example/v0//");
    assert_eq!(built(given).as_deref(), Some("https://given.example/v0"));
}

#[test]
fn base_urls_that_would_leak_or_mislead_are_refused() {
    for (url, says) in [
        ("", "must start with `https://`"),
        ("api.example", "must start with `https://`"),
        ("ftp://api.example", "must start with `https://`"),
        ("http://api.example", "allow_insecure"),
        ("https://user:canary@api.example", "must not hold a user or password"),
        ("https://api.example/?canary", "must not have a query"),
        ("https://api.example/#canary", "must not have a query or fragment"),
    ] {
        let error = refused(builder().base_url(url));
        assert_eq!(error.kind(), ErrorKind::InvalidRequest, "{url}");
        assert!(error.message().contains(says) && !error.message().contains("canary"), "{url}: {error}");
        assert_eq!(error.operation(), None);
    }
    assert!(builder().base_url("http://api.example").allow_insecure(true).build().is_ok());
}

#[tokio::test]
async fn a_path_in_the_base_url_stays_in_front() {
    let server = server().await;
    let client = server.builder().base_url(format!("{}/team/a%2Fb/", server.url())).build().expect("a client");
    client.storage().bucket().list().await.expect("a list");
    assert_eq!(server.request().line, "GET /team/a%2Fb/v1/storage/buckets HTTP/1.1");
}

#[tokio::test]
async fn headers_of_the_call_go_before_those_of_the_client() {
    let server = server().await;
    let builder = server.builder().header("x-team", "storage").headers([("x-a", "client"), ("x-b", "client")]);
    let client = builder.user_agent_suffix("my-app/1.2").build().expect("a client");
    client.storage().bucket().list().header("X-B", "call").await.expect("a list");
    let request = server.request();
    let sent = ["x-team", "x-a", "x-b", "user-agent"].map(|name| request.header(name));
    let agent = concat!("infrai-rust/", env!("CARGO_PKG_VERSION"), " my-app/1.2");
    assert_eq!(sent, [Some("storage"), Some("client"), Some("call"), Some(agent)]);
}

#[tokio::test]
async fn headers_can_not_break_lines_or_replace_the_key() {
    let server = server().await;
    let client = server.client();
    let lines = [
        ("x-a", "1\r\nx-evil: 1"),
        ("x-a", "1\n"),
        ("x-a\r\nx-evil", "1"),
        ("x a", "1"),
        ("", "1"),
        ("x-a", "\u{e9}"),
        ("Authorization", "Bearer other"),
        ("Host", "other.example"),
        ("Content-Length", "0"),
        ("Transfer-Encoding", "chunked"),
        ("X-Infrai-Attempt", "7"),
        ("Idempotency-Key", "x"),
    ];
    for (name, value) in lines {
        let error = client.storage().bucket().list().header(name, value).await.expect_err(name);
        assert_eq!(error.kind(), ErrorKind::InvalidRequest, "{name:?}: {value:?}");
        assert_eq!(refused(server.builder().header(name, value)).kind(), ErrorKind::InvalidRequest, "{name:?}");
    }
    for key in ["", "a\r\nx-evil: 1"] {
        assert!(client.storage().bucket().create("demo").idempotency_key(key).await.is_err(), "{key:?}");
    }
    refused(server.builder().user_agent_suffix("a\r\nx-evil: 1"));
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn arguments_out_of_range_are_not_sent() {
    let server = server().await;
    let client = server.client();
    let (buckets, objects) = (client.storage().bucket(), client.storage().object());
    let mut errors = Vec::new();
    for seconds in [i64::MIN, -1, 0, 604_801, i64::MAX] {
        errors.push(objects.presign("demo", "a").expires_seconds(seconds).await.map(|_| ()));
    }
    for bucket in ["", "ab", &"a".repeat(64)] {
        errors.push(buckets.create(bucket).await.map(|_| ()));
        errors.push(objects.delete(bucket, "a").await.map(|_| ()));
    }
    errors.push(buckets.create("demo").vendor("").await.map(|_| ()));
    for result in errors {
        let error = result.expect_err("a refusal");
        assert_eq!(error.kind(), ErrorKind::InvalidRequest, "{error}");
        assert_eq!((error.attempts(), error.request_id(), error.status()), (0, None, None));
    }
    assert!(server.requests().is_empty());
    let error = objects.presign("demo", "a").expires_seconds(0).await.expect_err("a refusal");
    assert_eq!(error.to_string(), "storage.object.presign: `expires_seconds` must be at least 1");
}

#[tokio::test]
async fn limits_that_nothing_can_keep_are_refused() {
    let server = server().await;
    refused(server.builder().timeout(Duration::ZERO));
    refused(server.builder().connect_timeout(Duration::ZERO));
    let error = server.client().storage().bucket().list().timeout(Duration::ZERO).await.expect_err("a refusal");
    assert_eq!(error.to_string(), "storage.bucket.list: `timeout` must be more than zero");
    let both = server.builder().http_client(reqwest::Client::new()).connect_timeout(Duration::from_secs(1));
    assert!(refused(both).message().contains("`connect_timeout`"));
}

#[tokio::test]
async fn an_own_http_client_is_used() {
    let server = server().await;
    let own = reqwest::Client::builder().default_headers(
        [("x-own".parse(), "1".parse())]
            .into_iter()
            .filter_map(|(name, value)| Some((name.ok()?, value.ok()?)))
            .collect(),
    );
    let client = server.builder().http_client(own.build().expect("an HTTP client")).build().expect("a client");
    client.storage().bucket().list().await.expect("a list");
    assert_eq!(server.request().header("x-own"), Some("1"));
}

#[tokio::test]
async fn connections_are_kept_and_shared_by_clones() {
    let answer = Answer::json(200, json!({"items": []}));
    let server = Server::start([answer.clone().kept_alive(), answer.clone().kept_alive(), answer]).await;
    let client = server.client();
    for client in [client.clone(), client.clone(), client.clone()] {
        client.storage().bucket().list().await.expect("a list");
    }
    assert_eq!((server.requests().len(), server.connections()), (3, 1));
    // The server has closed it.
    client.storage().bucket().list().await.expect("a list");
    assert_eq!((server.requests().len(), server.connections()), (4, 2));
}

#[test]
fn a_client_is_cheap_to_share() {
    fn shared<T: Clone + Send + Sync + 'static>() -> usize {
        size_of::<T>()
    }
    assert_eq!(shared::<Client>(), size_of::<usize>());
}

#[test]
fn building_needs_neither_a_key_nor_a_runtime() {
    assert!(builder().build().is_ok());
}
