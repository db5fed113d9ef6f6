//! What is counted, for Prometheus.

use std::collections::{BTreeMap, BTreeSet};

use infrai_tests::gateway::{Request, TestGateway, fetch};

use super::BUCKETS;

/// The samples of a page of metrics, by name and labels.
fn samples(text: &str) -> BTreeMap<String, f64> {
    assert!(text.ends_with("# EOF\n"), "{text}");
    let mut samples = BTreeMap::new();
    let mut described = Vec::new();
    for line in text.lines() {
        if let Some(rest) = line.strip_prefix("# ") {
            let mut words = rest.split(' ');
            if words.next() == Some("TYPE") {
                described.push(words.next().expect("a name").to_owned());
            }
            continue;
        }
        let (series, value) = line.rsplit_once(' ').unwrap_or_else(|| panic!("no sample: {line}"));
        let name = series.split('{').next().unwrap_or_default();
        assert!(
            described.last().is_some_and(|family| name.starts_with(family.as_str())),
            "{line} stands under {described:?}"
        );
        let value = value.parse().unwrap_or_else(|_| panic!("no number: {line}"));
        assert!(samples.insert(series.to_owned(), value).is_none(), "{series} stands there twice");
    }
    samples
}

#[tokio::test]
async fn requests_are_counted() {
    let gateway = TestGateway::start().await;
    let key = gateway.activate().await;
    let client = gateway.client(&key);
    for _ in 0..3 {
        client.storage().bucket().list().await.expect("a list");
    }
    gateway.send(&Request::new("GET", BUCKETS)).await;
    gateway.send(&Request::new("GET", "/nothing/canary-path")).await;
    let put = client.storage().object().presign("demo", "canary-object").await.expect("a URL").url;
    assert_eq!(fetch("PUT", &put, Some(b"text")).await.status, 200);

    let page = Request::new("GET", "/metrics").send(gateway.api()).await;
    let kind = page.header("content-type").unwrap_or_default();
    assert!(page.status == 200 && kind.starts_with("application/openmetrics-text; version=1.0.0"), "{page:?}");
    let text = page.text();
    let samples = samples(&text);
    let count = |front: &str, operation: &str, status: u16| {
        let labels =
            [format!("front=\"{front}\""), format!("operation=\"{operation}\""), format!("status=\"{status}\"")];
        let mut found = samples.iter().filter(|(series, _)| {
            series.starts_with("infrai_http_requests_total{") && labels.iter().all(|label| series.contains(label))
        });
        found.next().map_or(0.0, |(_, value)| *value)
    };
    for (front, operation, status, expected) in [
        ("api", "storage.bucket.list", 200, 3.0),
        ("api", "storage.bucket.list", 401, 1.0),
        ("api", "activate", 201, 1.0),
        ("api", "none", 404, 1.0),
        ("api", "storage.object.presign", 200, 1.0),
        ("s3", "PutObject", 200, 1.0),
    ] {
        assert!((count(front, operation, status) - expected).abs() < 0.1, "{front} {operation} {status}: {text}");
    }
    let running = samples.iter().find(|(series, _)| series.starts_with("infrai_http_requests_running{front=\"api\""));
    assert_eq!(running.map(|(_, value)| *value), Some(1.0), "{text}");
    let up = samples.iter().find(|(series, _)| series.starts_with("infrai_vendor_up{vendor=\"local\""));
    assert_eq!(up.map(|(_, value)| *value), Some(1.0), "{text}");
    let durations: Vec<_> =
        samples.keys().filter(|series| series.starts_with("infrai_http_request_duration_seconds")).collect();
    assert!(durations.iter().any(|series| series.contains("le=\"+Inf\"")), "{text}");
    assert!(!text.contains("canary"), "{text}");
}

#[tokio::test]
async fn what_is_asked_for_makes_no_new_series() {
    let gateway = TestGateway::start().await;
    let series = async || -> BTreeSet<String> {
        let names = samples(&Request::new("GET", "/metrics").send(gateway.api()).await.text()).into_keys();
        // What is known of a vendor comes when it comes.
        names.filter(|name| !name.starts_with("infrai_vendor_")).collect()
    };
    let ask = async |number: usize| {
        Request::new("GET", &format!("/nothing/{number}")).send(gateway.api()).await;
        Request::new(&format!("X{number}"), BUCKETS).send(gateway.api()).await;
        Request::new(&format!("X{number}"), "/bucket/key").send(gateway.s3()).await;
    };
    ask(0).await;
    series().await;
    let before = series().await;
    for number in 1..30 {
        ask(number).await;
    }
    assert_eq!(series().await, before);
}
