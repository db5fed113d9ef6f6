//! A key and a signature that are recognised wherever they stand go through every code path at every level of the log, and all that
//! is printed is searched for them: whole, in parts of 8 characters, percent-encoded and in base64.
//!
//! | what | how it comes here |
//! | --- | --- |
//! | clients, builders, requests, transfers, answers, activations | `{:?}` and `{:#?}` |
//! | errors, and all that caused them | `{}`, `{:#}`, `{:?}`, `{:#?}`, `message()`, `code()`, `request_id()`, `json_path()`, `operation()` |
//! | panics of `expect` and `expect_err` on all of these | what a panic hook is told |
//! | `INFRAI_LOG`: unset, `off`, `error`, `info`, `debug` | the lines that the system is given, or the caller's logger |
//! | `tracing`, spans and events of every library at `TRACE` | a subscriber that formats them with their fields |
//! | `log`, records of every library at `Trace` | a logger |
//!
//! What the caller asks for by name is not searched: the value's own fields, `headers()` and `body()` of an error, and the file where
//! a key is kept. A secret goes where secrets may be: values of headers, not their names; a signed URL, not the `headers` that go with
//! it; `extra` of what has a signed URL, not of what has none.

#![allow(clippy::unnecessary_literal_unwrap, reason = "what a panic says of each value is what is looked at")]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use chrono::{TimeDelta, Utc};
use infrai::{Client, ClientBuilder, Method, Source};
use infrai_tests::conformance::places::{Neighbours, Places};
use infrai_tests::host::Host;
use infrai_tests::http::{Answer, Server};
use serde_json::{Value, json};

#[path = "redaction_proof/printed.rs"]
mod printed;
#[path = "redaction_proof/search.rs"]
mod search;

use printed::{PRINTED, fails, print, show, show_result, watch, works};
use search::{Search, proves_itself};

/// No 8 characters of these stand anywhere else. The key shows its last 4.
const KEY: &str = "ifr_pk_Zq7Xw2Rv9Kt4Mb6Ny1Hc3Gd8";
const SIGNATURE: &str = "Sg0Lp5Vk/8Jt2+Wd7Fn3Qz6Xb9Rm4Hc1Ya=";

/// As it stands in a URL.
const ENCODED: &str = "Sg0Lp5Vk%2F8Jt2%2BWd7Fn3Qz6Xb9Rm4Hc1Ya%3D";

/// What all paths start from.
struct Setting {
    level: Option<&'static str>,
    to_logger: bool,
    neighbours: Places,
    hosts: Mutex<Vec<Host>>,
}

impl Setting {
    fn host(&self) -> Host {
        let host = Host::default();
        let host = self.level.iter().fold(host, |host, level| host.variable("INFRAI_LOG", level));
        self.hosts.lock().unwrap_or_else(PoisonError::into_inner).push(host.clone());
        host
    }

    /// A builder without a key.
    fn keyless(&self, url: &str, host: &Host) -> ClientBuilder {
        let builder = Client::builder().base_url(url).system(host.clone()).max_retries(1).header("x-secret", SIGNATURE);
        if self.to_logger { builder.logger(|line| print(line)) } else { builder }
    }

    fn builder(&self, url: &str) -> ClientBuilder {
        self.keyless(url, &self.host()).api_key(KEY)
    }

    fn client(&self, url: &str) -> Client {
        let builder = self.builder(url);
        show(&builder);
        let client = builder.build().expect("a client");
        show(&client);
        client
    }

    async fn server(&self, answers: impl IntoIterator<Item = Answer>) -> (Server, Client) {
        let server = Server::start(answers).await;
        let client = self.client(&server.url());
        (server, client)
    }

    /// Takes the lines that were logged.
    fn take_lines(&self) {
        for host in self.hosts.lock().unwrap_or_else(PoisonError::into_inner).drain(..) {
            host.lines().into_iter().for_each(print);
        }
    }
}

fn signed(origin: &str) -> String {
    format!("{origin}/demo/a?X-Amz-Credential={KEY}%2Fus-east-1&X-Amz-Signature={ENCODED}&sig={SIGNATURE}")
}

/// What the service answers to a presigning for this store; the headers have a secret, too.
fn presigned(origin: &str) -> Answer {
    let at = Utc::now() + TimeDelta::hours(1);
    let headers = json!({"x-amz-meta-a": "1"});
    let body =
        json!({"url": signed(origin), "method": "PUT", "expires_at": at, "headers": headers, "next": signed(origin)});
    Answer::json(200, body).header("x-echo", KEY).header("x-next", &signed(origin))
}

/// A failure that repeats both secrets wherever it can.
fn echo(status: u16) -> Answer {
    let url = signed("https://store.example");
    let body = json!({"error": {
        "code": format!("bad_{KEY}"),
        "message": format!("the key {KEY} may not PUT {url}, \"/demo/a?sig={SIGNATURE}\" or <{url}>"),
        "request_id": format!("req-{KEY}"),
        "url": url,
    }});
    Answer::json(status, body).header("www-authenticate", KEY).header("x-request-id", KEY).header("server", KEY)
}

async fn successes(setting: &Setting) {
    let bucket = json!({
        "bucket": "demo", "vendor": "local", "region": "eu", "created_at": "2026-01-02T03:04:05Z",
    });
    let answers = [
        Answer::json(503, json!({})),
        Answer::json(201, bucket.clone()),
        Answer::json(200, json!({"items": [bucket]})),
    ];
    let (_server, client) = setting.server(answers).await;
    let create = client.storage().bucket().create("demo").header("x-secret", SIGNATURE);
    show(&create);
    works(create.send_with_response().await);
    works(client.storage().bucket().list().send_with_response().await);
    let (_server, client) = setting.server([presigned("https://store.example")]).await;
    works(client.storage().object().presign("demo", "a").send_with_response().await);
    works(client.storage().object().presign("demo", "a").await);
    let (_server, client) = setting.server([Answer::json(200, json!({"ok": true}))]).await;
    works(client.storage().object().delete("demo", "a").await);
}

async fn statuses(setting: &Setting) {
    for status in [400, 401, 403, 404, 409, 418, 422, 429, 500, 501, 503, 599] {
        let (_server, client) = setting.server([echo(status)]).await;
        fails(client.storage().object().presign("demo", "a").await);
        fails(client.storage().bucket().create("demo").await);
    }
    let html = format!("<a href='{}'>{KEY}</a>", signed("https://h"));
    let (_server, client) = setting.server([Answer::new(502, "text/html", html)]).await;
    fails(client.storage().bucket().list().await);
    for to in [signed("https://store.example"), format!("//{KEY}@h/a#{SIGNATURE}"), format!("/a?{SIGNATURE}")] {
        let (_server, client) = setting.server([Answer::new(307, "text/plain", "").header("location", &to)]).await;
        fails(client.storage().bucket().list().await);
    }
}

async fn decoding(setting: &Setting) {
    let url = signed("https://h");
    let at = "2026-01-02T03:04:05Z";
    for body in [
        json!({"url": url}),
        json!({"url": [url], "method": "PUT", "expires_at": at}),
        json!({"url": url, "method": "PUT", "expires_at": url}),
        json!({"url": url, "method": {KEY: SIGNATURE}, "expires_at": at}),
        json!({"url": url, "method": "PUT", "expires_at": KEY}),
        json!({"url": url, "method": "PUT", "expires_at": at, "headers": SIGNATURE}),
        json!({"url": url, "method": "PUT", "expires_at": at, "headers": {"a": [SIGNATURE]}}),
        json!(url),
        json!(KEY),
    ] {
        let (_server, client) = setting.server([Answer::json(200, body)]).await;
        fails(client.storage().object().presign("demo", "a").await);
    }
    let (_server, client) = setting.server([Answer::new(200, "text/html", format!("{KEY} {url}"))]).await;
    fails(client.storage().bucket().list().await);
}

async fn connections(setting: &Setting) {
    let short = Duration::from_millis(60);
    let body = || presigned("https://h");
    for answer in [Answer::silence(), body().hanging(10_000), body().dripping(), body().cut_short()] {
        let (_server, client) = setting.server([answer]).await;
        let presign = || client.storage().object().presign("demo", "a").max_retries(0);
        fails(presign().timeout(short).await);
        fails(presign().deadline(short).await);
    }
    for place in ["closed", "full", "tls", "tls-broken"] {
        let url = setting.neighbours.fill(&format!("{{{place}}}"));
        let client = setting.builder(&url).connect_timeout(short).build().expect("a client");
        fails(client.storage().bucket().list().await);
    }
}

async fn refusals(setting: &Setting) {
    let (_server, client) = setting.server([Answer::json(200, json!({}))]).await;
    let line_break = format!("{SIGNATURE}\r\n{KEY}");
    fails(client.storage().bucket().list().header("x-secret", &line_break).await);
    fails(client.storage().bucket().list().header("a\r\nb", SIGNATURE).await);
    fails(client.storage().bucket().create("demo").idempotency_key(&line_break).await);
    fails(client.storage().bucket().create(KEY.repeat(3)).await);
    fails(client.storage().object().delete("demo", KEY.repeat(100)).await);
    let builder = || setting.builder("https://api.example");
    for builder in [
        builder().api_key(format!("{KEY}\n")),
        builder().api_key(format!("{KEY}é")),
        builder().base_url(format!("https://{KEY}:{SIGNATURE}@api.example")),
        builder().base_url(format!("https://api.example/?{ENCODED}")),
        builder().base_url(format!("ftp://{KEY}")),
        builder().base_url(format!("http://api.example/{KEY}")),
        builder().header("x-secret", &line_break),
        builder().header("authorization", format!("Bearer {KEY}")),
        builder().user_agent_suffix("a\r\nb"),
        builder().proxy(format!("http://{KEY}:{SIGNATURE}@[")),
    ] {
        show(&builder);
        show_result(builder.build());
    }
}

async fn own_requests(setting: &Setting) {
    let (_server, client) = setting.server([Answer::json(200, json!({"used": 1})), echo(404)]).await;
    let path = format!("/v1/usage?sig={ENCODED}&key={KEY}");
    let request = client.request(Method::POST, &path).json(&json!({"a": SIGNATURE})).header("x-secret", KEY);
    show(&request);
    // JSON that the caller asked for as it is.
    request.send::<Value>().await.expect("an answer");
    fails(client.request(Method::GET, &path).send::<Value>().await);
    fails(client.request(Method::GET, format!("{path}#{SIGNATURE}")).send::<Value>().await);
    fails(client.request(Method::GET, format!("?{SIGNATURE}")).send::<Value>().await);
}

async fn credentials(setting: &Setting) {
    let server = Server::start([Answer::json(200, json!({"items": []}))]).await;
    let own = format!("[default]\napi_key = \"{KEY}\"\n");
    let here = format!("{own}base_url = \"{}\"\n", server.url());
    for (text, works) in [
        (here.clone(), true),
        (own.clone(), false),
        (format!("{own}base_url = \"https://{KEY}@h/?{SIGNATURE}\"\n"), false),
        (format!("[default]\napi_key = {KEY}\n"), false),
        (format!("[default]\n{KEY}\n"), false),
        (format!("[default]\napi_key = \"{KEY}\" {SIGNATURE}\n"), false),
        (format!("[default]\napi_key = \"{KEY}\\u0007\"\n"), false),
        (format!("[{KEY}\n"), false),
        (format!("{own}{own}"), false),
    ] {
        let home = home(&text, 0o600);
        let host = setting.host().home(home.path());
        let client = setting.keyless(&server.url(), &host).build().expect("a client");
        let list = client.storage().bucket().list().await;
        assert_eq!(list.is_ok(), works, "{list:?}");
        show_result(list);
        show(&client);
        show_result(client.base_url());
    }
    #[cfg(unix)]
    {
        let home = home(&here, 0o644);
        let client = setting.keyless(&server.url(), &setting.host().home(home.path())).build().expect("a client");
        fails(client.storage().bucket().list().await);
    }
    let host = setting.host().variable("INFRAI_API_KEY", KEY);
    let client = setting.keyless(&server.url(), &host).build().expect("a client");
    works(client.storage().bucket().list().await);
    show(&client);
    let host = setting.host().variable("INFRAI_API_KEY", &format!("{KEY}\t"));
    let client = setting.keyless(&server.url(), &host).build().expect("a client");
    fails(client.storage().bucket().list().await);
}

fn home(text: &str, mode: u32) -> tempfile::TempDir {
    let home = tempfile::tempdir().expect("a folder");
    let path = home.path().join(".infrai/credentials");
    fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
    fs::write(&path, text).expect("a file");
    #[cfg(unix)]
    fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(mode)).expect("a mode");
    let _ = mode;
    home
}

async fn activation(setting: &Setting) {
    let list = || Answer::json(200, json!({"items": []}));
    let account = || Answer::json(201, json!({"api_key": KEY, "trial": true, "secret": SIGNATURE}));
    // New, kept, and used.
    let server = Server::start([account(), list()]).await;
    let empty = tempfile::tempdir().expect("a folder");
    let client = setting.keyless(&server.url(), &setting.host().home(empty.path())).build().expect("a client");
    works(client.activate().await);
    works(client.activate().await);
    works(client.storage().bucket().list().await);
    show(&client);
    // Refused and replaced, by the same one and by another; refused for good.
    let other = Answer::json(201, json!({"api_key": "ifr_pk_another-one-0123456789"}));
    for replaced in [
        account(),
        other,
        echo(500),
        Answer::json(201, json!({"key": KEY})),
        Answer::json(201, json!({"api_key": format!("{KEY}\n")})),
    ] {
        let server = Server::start([echo(401), replaced, echo(503)]).await;
        let home = home(&format!("[default]\napi_key = \"{KEY}\"\nbase_url = \"{}\"\n", server.url()), 0o600);
        let client = setting.keyless(&server.url(), &setting.host().home(home.path())).build().expect("a client");
        show_result(client.activate().await);
        fails(client.storage().bucket().list().await);
        show(&client);
    }
    let (_server, client) = setting.server([echo(401)]).await;
    fails(client.activate().await);
    // Nowhere to keep it.
    let server = Server::start([account()]).await;
    let blocked = tempfile::tempdir().expect("a folder");
    fs::write(blocked.path().join(".infrai"), SIGNATURE).expect("a file");
    let client = setting.keyless(&server.url(), &setting.host().home(blocked.path())).build().expect("a client");
    fails(client.activate().await);
}

fn xml(status: u16) -> Answer {
    let url = signed("https://store.example").replace('&', "&amp;");
    let body = format!(
        "<Error><Code>SignatureDoesNotMatch</Code><Message>not signed: {url}</Message><RequestId>{url}</RequestId>\
         <StringToSign>{SIGNATURE}</StringToSign><SignatureProvided>{SIGNATURE}</SignatureProvided></Error>"
    );
    Answer::new(status, "application/xml", body).header("x-amz-request-id", &signed("https://h")).header("x-next", &url)
}

/// An upload and downloads against a store with these answers.
async fn transfer(setting: &Setting, folder: &Path, answers: Vec<Answer>) {
    let stall = Duration::from_millis(60);
    for way in 0..5 {
        let store = Server::start(answers.clone()).await;
        let (_service, client) = setting.server([presigned(&store.url())]).await;
        let objects = client.storage().object();
        if way < 2 {
            let source: Source = if way == 0 { "hello".into() } else { Source::reader(&b"hello"[..], 5) };
            let upload = objects.upload("demo", "a", source).stall_timeout(stall).header("x-secret", SIGNATURE);
            show(&upload);
            show_result(upload.await);
            continue;
        }
        let download = objects.download("demo", "a").stall_timeout(stall).header("x-secret", SIGNATURE);
        show(&download);
        match way {
            2 => show_result(download.to_bytes().await),
            3 => show_result(download.to_file(folder.join("a")).await),
            _ => show_result(download.to_writer(&mut Vec::new()).await),
        }
    }
}

async fn transfers(setting: &Setting) {
    let folder = tempfile::tempdir().expect("a folder");
    let hello = || Answer::new(200, "text/plain", "hello").header("etag", "\"v\"");
    let to = signed("https://elsewhere.example");
    for answers in [
        vec![hello()],
        vec![xml(503), hello()],
        vec![xml(403)],
        vec![xml(404)],
        vec![Answer::new(307, "text/plain", "").header("location", &to)],
        vec![Answer::silence()],
        vec![hello().hanging(100)],
        vec![hello().cut_short()],
        vec![hello().header("x-amz-checksum-crc64nvme", "AAAAAAAAAAA=").header("x-echo", &to)],
    ] {
        transfer(setting, folder.path(), answers).await;
    }
    // A URL that is over at once, that is none, and whose host is not there.
    let closed = setting.neighbours.fill("{closed}");
    let tls = setting.neighbours.fill("{tls}");
    let store = Server::start([xml(403)]).await;
    let over = json!({"url": signed(&store.url()), "method": "PUT", "expires_at": "2020-01-02T03:04:05Z"});
    let odd = json!({"url": format!("{KEY}?{SIGNATURE}"), "method": "PUT", "expires_at": "2120-01-02T03:04:05Z"});
    let headers = json!({"x-amz": format!("{SIGNATURE}\n")});
    let unsent =
        json!({"url": signed(&closed), "method": "PUT", "expires_at": "2120-01-02T03:04:05Z", "headers": headers});
    for answer in [
        Answer::json(200, over),
        Answer::json(200, odd),
        Answer::json(200, unsent),
        presigned(&closed),
        presigned(&tls),
        echo(403),
    ] {
        let (_service, client) = setting.server([answer]).await;
        fails(client.storage().object().upload("demo", "a", "hello").await);
        fails(client.storage().object().download("demo", "a").to_bytes().await);
    }
    let (_service, client) = setting.server([presigned(&closed)]).await;
    let objects = client.storage().object();
    fails(objects.upload("demo", "a", Source::reader(&b"hello"[..], 6)).max_retries(11).await);
    fails(objects.upload("demo", "a", folder.path().join("none")).await);
    fails(objects.download("demo", "a").to_file(folder.path()).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_path_at_no_level_prints_a_secret() {
    let search = Search::new();
    proves_itself(&search);
    watch();
    let neighbours = Neighbours::start().await.expect("ports on loopback");
    let places = Places::new(String::new(), String::new(), &neighbours);
    let levels = [(None, false), (Some("off"), false), (Some("error"), false), (Some("info"), false)];
    for (level, to_logger) in levels.into_iter().chain([(Some("debug"), false), (Some("debug"), true)]) {
        let setting = Setting { level, to_logger, neighbours: places.clone(), hosts: Mutex::default() };
        successes(&setting).await;
        statuses(&setting).await;
        decoding(&setting).await;
        connections(&setting).await;
        refusals(&setting).await;
        own_requests(&setting).await;
        credentials(&setting).await;
        activation(&setting).await;
        transfers(&setting).await;
        setting.take_lines();
    }
    let printed = std::mem::take(&mut *PRINTED.lock().unwrap_or_else(PoisonError::into_inner));
    // All that is to be searched is there.
    for word in [
        "infrai debug: storage.object.upload: attempt 1: PUT http",
        "infrai info: storage.bucket.create: attempt 1: 503",
        "infrai error: storage.object.presign: 401",
        "call{operation=\"storage.object.download\"",
        "log DEBUG reqwest::connect: starting new connection",
        "hyper_util",
        "panic panicked at",
        "ifr_pk_…3Gd8",
        "/demo/a?…",
    ] {
        assert!(printed.iter().any(|text| text.contains(word)), "nothing has `{word}`");
    }
    let searched = printed.len();
    let distinct: BTreeSet<String> = printed.into_iter().collect();
    let found: Vec<String> = distinct.iter().filter_map(|text| search.find(text)).collect();
    let report = found.iter().take(20).map(String::as_str).collect::<Vec<_>>().join("\n---\n");
    assert!(found.is_empty(), "{} of {searched} texts have a secret:\n{report}", found.len());
}
