//! What a `tracing` subscriber sees: a span for each call, an event in it for each attempt, under OpenTelemetry's names.

use std::collections::BTreeMap;
use std::env;
use std::fmt::Debug;
use std::process::Command;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{TimeDelta, Utc};
use infrai::Client;
use infrai_tests::host::Host;
use infrai_tests::http::{Answer, Server};
use serde_json::{Value, json};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::{DefaultGuard, set_default};
use tracing::{Event, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::{Context, SubscriberExt as _};
use tracing_subscriber::registry::LookupSpan;

/// Names and values, as texts.
type Fields = BTreeMap<String, String>;

/// A span of ours.
#[derive(Clone, Debug, Default)]
struct Seen {
    name: &'static str,
    fields: Fields,
    /// How many are around it.
    depth: usize,
    /// The fields of the events in it.
    events: Vec<Fields>,
}

/// A layer that keeps our spans and events, in order. Events outside of them come under a span without a name.
#[derive(Clone, Default)]
struct Keep(Arc<Mutex<Vec<(u64, Seen)>>>);

struct Fill<'f>(&'f mut Fields);

impl Visit for Fill<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.0.insert(field.name().to_owned(), format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name().to_owned(), value.to_owned());
    }
}

impl Keep {
    /// Watches this thread as long as the guard is there.
    fn start() -> (Self, DefaultGuard) {
        let keep = Self::default();
        let guard = set_default(tracing_subscriber::registry().with(keep.clone()));
        (keep, guard)
    }

    fn seen(&self) -> MutexGuard<'_, Vec<(u64, Seen)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// All spans so far.
    fn take(&self) -> Vec<Seen> {
        std::mem::take(&mut *self.seen()).into_iter().map(|(_, seen)| seen).collect()
    }
}

impl<S: Subscriber + for<'s> LookupSpan<'s>> Layer<S> for Keep {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        if !attributes.metadata().target().starts_with("infrai") {
            return;
        }
        let mut seen = Seen { name: attributes.metadata().name(), ..Seen::default() };
        seen.depth = context.span_scope(id).map_or(0, |scope| scope.count() - 1);
        attributes.record(&mut Fill(&mut seen.fields));
        self.seen().push((id.into_u64(), seen));
    }

    fn on_record(&self, id: &Id, record: &Record<'_>, _: Context<'_, S>) {
        if let Some((_, span)) = self.seen().iter_mut().rev().find(|(own, _)| *own == id.into_u64()) {
            record.record(&mut Fill(&mut span.fields));
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        if !event.metadata().target().starts_with("infrai") {
            return;
        }
        let mut fields = Fields::new();
        event.record(&mut Fill(&mut fields));
        let around = context.event_span(event).map(|span| span.id().into_u64());
        let mut seen = self.seen();
        match seen.iter_mut().rev().find(|(own, _)| Some(*own) == around) {
            Some((_, span)) => span.events.push(fields),
            None => seen.push((0, Seen { events: vec![fields], ..Seen::default() })),
        }
    }
}

fn fields<const N: usize>(all: [(&str, &str); N]) -> Fields {
    all.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

/// The fields of a span which say where a call goes.
fn place(server: &Server) -> [(String, String); 2] {
    let url = server.url();
    let (address, port) = url.trim_start_matches("http://").rsplit_once(':').expect("a port");
    [("server.address".to_owned(), address.to_owned()), ("server.port".to_owned(), port.to_owned())]
}

fn client(server: &Server) -> Client {
    server.builder().system(Host::default()).max_retries(1).build().expect("a client")
}

fn away() -> Answer {
    Answer::json(503, json!({"error": {"code": "unavailable", "message": "try later"}}))
}

#[tokio::test]
async fn a_call_that_is_tried_again_is_one_span_with_an_event_for_each_attempt() {
    let server = Server::start([away(), Answer::json(200, json!({"items": []}))]).await;
    let (keep, _guard) = Keep::start();
    client(&server).storage().bucket().list().await.expect("a list");
    let [call] = &keep.take()[..] else { panic!("not one span") };
    let mut expected = fields([
        ("operation", "storage.bucket.list"),
        ("http.request.method", "GET"),
        ("url.template", "/v1/storage/buckets"),
        ("http.response.status_code", "200"),
        ("http.request.resend_count", "1"),
    ]);
    expected.extend(place(&server));
    assert_eq!((call.name, &call.fields, call.depth), ("call", &expected, 0));
    let first = [("http.request.resend_count", "0"), ("http.response.status_code", "503"), ("error.type", "503")];
    let second = [("http.request.resend_count", "1"), ("http.response.status_code", "200")];
    let message = ("message", "attempt");
    let events = [fields([first[0], first[1], first[2], message]), fields([second[0], second[1], message])];
    assert_eq!(call.events, events);
}

#[tokio::test]
async fn a_call_that_fails_says_why() {
    let (keep, _guard) = Keep::start();
    let refusal = Answer::json(409, json!({"error": {"code": "bucket_exists", "message": "bucket already exists"}}));
    let html = Answer::new(200, "text/html", "<html>");
    for (answer, status, reason) in [(refusal, "409", "409"), (html, "200", "decode")] {
        let server = Server::start([answer]).await;
        client(&server).storage().bucket().create("demo").await.expect_err("a failure");
        let [call] = &keep.take()[..] else { panic!("not one span") };
        let get = |name: &str| call.fields.get(name).map(String::as_str);
        assert_eq!((get("error.type"), get("http.response.status_code")), (Some(reason), Some(status)));
        assert_eq!((get("http.request.resend_count"), call.events.len()), (Some("0"), 1));
    }
    let server = Server::start([Answer::new(200, "text/plain", "").cut_short()]).await;
    let nobody = server.url();
    let client_of_it = client(&server);
    client_of_it.storage().bucket().list().await.expect_err("no answer");
    drop(server);
    let closed = Client::builder().base_url(nobody).api_key("key").system(Host::default()).max_retries(1);
    closed
        .build()
        .expect("a client")
        .request(infrai::Method::POST, "/v1/x?sig=1")
        .send::<Value>()
        .await
        .expect_err("nobody");
    let refused = Client::builder().base_url("http://127.0.0.1:1").system(Host::default()).build().expect("a client");
    refused.storage().bucket().list().await.expect_err("no key");
    refused.storage().bucket().create("d").await.expect_err("too short");
    let types: Vec<_> = keep
        .take()
        .into_iter()
        .map(|call| (call.fields["error.type"].clone(), call.fields["url.template"].clone(), call.events.len()))
        .collect();
    let types: Vec<_> = types.iter().map(|(word, path, events)| (word.as_str(), path.as_str(), *events)).collect();
    let list = "/v1/storage/buckets";
    assert_eq!(types[0], ("connection", list, 2));
    assert_eq!((types[1].0, types[1].2), ("connection", 2));
    assert!(!types[1].1.contains("sig"), "{types:?}");
    assert_eq!(types[2..], [("credentials", list, 0), ("invalid_request", list, 0)]);
}

#[tokio::test]
async fn a_transfer_is_a_span_around_that_of_its_presigning() {
    let away = || Answer::new(503, "application/xml", "<Error><Code>SlowDown</Code></Error>");
    let store = Server::start([
        away(),
        Answer::new(200, "text/plain", ""),
        Answer::new(200, "text/plain", "hello"),
        Answer::new(404, "application/xml", "<Error><Code>NoSuchKey</Code></Error>"),
    ])
    .await;
    let signed = json!({
        "url": format!("{}/demo/a?sig=1", store.url()), "method": "PUT", "expires_at": Utc::now() + TimeDelta::hours(1),
    });
    let service = Server::start([Answer::json(200, signed)]).await;
    let (keep, _guard) = Keep::start();
    let client = client(&service);
    let objects = client.storage().object();
    objects.upload("demo", "a", "hello").await.expect("an upload");
    objects.download("demo", "a").to_bytes().await.expect("a download");
    objects.download("demo", "a").to_bytes().await.expect_err("no object");
    let spans = keep.take();
    let expected = [
        ("upload", "PUT", "200", "1", None),
        ("download", "GET", "200", "0", None),
        ("download", "GET", "404", "0", Some("404")),
    ];
    assert_eq!(spans.len(), 2 * expected.len(), "{spans:?}");
    for (pair, (operation, method, status, resent, error)) in spans.chunks(2).zip(expected) {
        let [transfer, presign] = pair else { unreachable!() };
        let mut expected = fields([
            ("operation", &format!("storage.object.{operation}")),
            ("http.request.method", method),
            ("url.template", "/{bucket}/{key}"),
            ("http.response.status_code", status),
            ("http.request.resend_count", resent),
        ]);
        expected.extend(place(&store));
        expected.extend(error.map(|word| ("error.type".to_owned(), word.to_owned())));
        assert_eq!((transfer.name, &transfer.fields, transfer.depth), ("call", &expected, 0));
        assert_eq!(transfer.events.len().to_string(), (resent.parse::<u32>().expect("a number") + 1).to_string());
        assert_eq!((presign.depth, presign.fields["operation"].as_str()), (1, "storage.object.presign"));
        assert_eq!((presign.events.len(), presign.fields["url.template"].contains("{bucket}")), (1, true));
    }
}

/// What the next test runs as a process of its own, where nobody subscribes.
#[tokio::test]
#[ignore = "run by the test below"]
async fn calls_without_a_subscriber() {
    let server = Server::start([away()]).await;
    let client = client(&server);
    client.storage().bucket().list().await.expect_err("a failure");
    client.storage().object().upload("demo", "a", "hello").await.expect_err("a failure");
}

#[test]
fn without_a_subscriber_nothing_is_printed() {
    let own = env::current_exe().expect("the test's own path");
    let words = ["--ignored", "--exact", "--nocapture", "--quiet", "calls_without_a_subscriber"];
    let done = Command::new(own).args(words).output().expect("the test can be started");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (stdout, stderr) = (text(&done.stdout), text(&done.stderr));
    assert!(done.status.success() && stderr.is_empty(), "{stdout}\n{stderr}");
    assert!(stdout.contains("1 passed") && !stdout.contains("attempt") && !stdout.contains("storage."), "{stdout}");
}
