//! What the gateway holds its clients to: trials, and the time and size of requests.

use std::time::{Duration, Instant};

use chrono::TimeDelta;
use infrai::types::PresignMethod;
use infrai_tests::gateway::{Request, TestGateway, answer, connect, fetch, refused};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

const BUCKETS: &str = "/v1/storage/buckets";

#[tokio::test]
async fn a_trial_has_so_many_buckets() {
    let gateway = TestGateway::with(|layer| layer.trial_buckets = Some(3)).await;
    let client = gateway.client(&gateway.activate().await);
    for name in ["abc", "abd"] {
        client.storage().bucket().create(name).await.expect("a bucket");
    }
    for _ in 0..2 {
        assert_eq!(refused(client.storage().bucket().create("abe").await), (403, "limit_exceeded".to_owned()));
    }
    assert_eq!(refused(client.storage().bucket().create("abc").await), (409, "bucket_exists".to_owned()));
    // Another trial has its own, and who isn't a trial has no limit.
    gateway.client(&gateway.activate().await).storage().bucket().create("abe").await.expect("a bucket");
    let client = gateway.client(&gateway.standard_key("acme").await);
    for number in 0..12 {
        client.storage().bucket().create(format!("bucket-{number}")).await.expect("a bucket");
    }
}

#[tokio::test]
async fn creates_at_the_same_time_do_not_pass_the_limit() {
    let gateway = TestGateway::with(|layer| layer.trial_buckets = Some(4)).await;
    let key = gateway.activate().await;
    let tasks: Vec<_> = (0..10)
        .map(|number| {
            let client = gateway.client(&key);
            tokio::spawn(async move { client.storage().bucket().create(format!("bucket-{number}")).await.is_ok() })
        })
        .collect();
    let mut made = 0;
    for task in tasks {
        made += usize::from(task.await.expect("a task"));
    }
    assert_eq!(made, 3);
    assert_eq!(gateway.client(&key).storage().bucket().list().await.expect("a list").items.len(), 4);
}

#[tokio::test]
async fn a_trial_has_so_many_bytes() {
    // In two objects, each of which counts 4096 more.
    let gateway = TestGateway::with(|layer| layer.trial_bytes = Some(1000 + 2 * 4096)).await;
    let key = gateway.activate().await;
    let client = gateway.client(&key);
    client.storage().bucket().create("abc").await.expect("a bucket");
    let put = async |bucket: &str, name: &str, size: usize| {
        let url = client.storage().object().presign(bucket, name).await.expect("a URL").url;
        fetch("PUT", &url, Some(&vec![b'x'; size])).await
    };
    assert_eq!(put("demo", "a", 600).await.status, 200);
    assert_eq!(put("abc", "b", 400).await.status, 200);
    for (bucket, name, size) in [("demo", "c", 1), ("abc", "b", 401), ("demo", "a", 601), ("demo", "d", 1_000_000)] {
        let refused = put(bucket, name, size).await;
        assert_eq!((refused.status, &*refused.code()), (403, "QuotaExceeded"), "{name} of {size}: {refused:?}");
    }
    // What was there is there.
    for (bucket, name, size) in [("demo", "a", 600), ("abc", "b", 400)] {
        let get = client.storage().object().presign(bucket, name).method(PresignMethod::Get).await.expect("a URL").url;
        assert_eq!(fetch("GET", &get, None).await.body.len(), size);
    }
    // What is removed or replaced by less makes room.
    assert_eq!(put("demo", "a", 500).await.status, 200);
    assert_eq!(put("abc", "b", 500).await.status, 200);
    assert_eq!(put("demo", "d", 0).await.status, 403);
    client.storage().object().delete("abc", "b").await.expect("an answer");
    assert_eq!(put("demo", "d", 500).await.status, 200);
}

#[tokio::test]
async fn a_trial_has_so_many_days() {
    let gateway = TestGateway::with(|layer| layer.trial_days = Some(2)).await;
    let activated = Request::new("POST", "/v1/activate").send(gateway.api()).await.json();
    let key = activated["api_key"].as_str().expect("a key").to_owned();
    let standard = gateway.standard_key("acme").await;
    let end = activated["account"]["expires_at"].as_str().expect("a time").to_owned();
    let end: chrono::DateTime<chrono::Utc> = end.parse().expect("a time");
    assert!((end - gateway.clock().now() - TimeDelta::days(2)).abs() < TimeDelta::minutes(1), "{end}");

    let client = gateway.client(&key);
    gateway.clock().forward(TimeDelta::days(2) - TimeDelta::minutes(1));
    client.storage().bucket().list().await.expect("a list");
    gateway.clock().forward(TimeDelta::minutes(1));
    let ended = (403, "trial_ended".to_owned());
    assert_eq!(refused(client.storage().bucket().list().await), ended);
    assert_eq!(refused(client.storage().bucket().create("abc").await), ended);
    assert_eq!(refused(client.storage().object().presign("demo", "a").await), ended);
    assert_eq!(refused(client.storage().object().delete("demo", "a").await), ended);
    gateway.client(&standard).storage().bucket().list().await.expect("a list");
}

#[tokio::test]
async fn trials_without_limits_say_so() {
    let gateway = TestGateway::with(|layer| {
        (layer.trial_buckets, layer.trial_bytes, layer.trial_days) = (Some(0), Some(0), Some(0));
    })
    .await;
    let activated = Request::new("POST", "/v1/activate").send(gateway.api()).await.json();
    for name in ["expires_at", "max_buckets", "max_bytes"] {
        assert_eq!(activated["account"].get(name), Some(&serde_json::Value::Null), "{activated}");
    }
    gateway.clock().forward(TimeDelta::days(3650));
    gateway.client(activated["api_key"].as_str().expect("a key")).storage().bucket().list().await.expect("a list");
}

#[tokio::test]
async fn a_client_gets_so_many_trials_an_hour() {
    let gateway = TestGateway::with(|layer| {
        layer.trial_per_client = Some(2);
        layer.client_address_header = Some("X-Forwarded-For".to_owned());
    })
    .await;
    let activate = async |from: &str| {
        let request = Request::new("POST", "/v1/activate").header("x-forwarded-for", from);
        gateway.send(&request).await
    };
    for _ in 0..2 {
        assert_eq!(activate("192.0.2.1").await.status, 201);
    }
    let refused = activate("192.0.2.1").await;
    assert_eq!((refused.status, &*refused.code()), (429, "rate_limited"), "{refused:?}");
    let wait: u64 = refused.header("retry-after").and_then(|text| text.parse().ok()).expect("a number of seconds");
    assert!((3500..=3600).contains(&wait), "{wait}");
    // What a client writes itself isn't what the proxy adds.
    assert_eq!(activate("192.0.2.9, 192.0.2.1").await.status, 429);
    assert_eq!(activate("192.0.2.2").await.status, 201);
    // A network of IPv6 is one client.
    for (from, status) in
        [("2001:db8:1:2::1", 201), ("2001:db8:1:2::2", 201), ("2001:db8:1:2:3::1", 429), ("2001:db8:1:3::1", 201)]
    {
        assert_eq!(activate(from).await.status, status, "{from}");
    }
}

#[tokio::test]
async fn all_clients_get_so_many_trials_an_hour() {
    let gateway = TestGateway::with(|layer| layer.trial_per_hour = Some(2)).await;
    for status in [201, 201, 429, 429] {
        assert_eq!(gateway.send(&Request::new("POST", "/v1/activate")).await.status, status);
    }
    // Who has a key doesn't care.
    let key = gateway.standard_key("acme").await;
    gateway.client(&key).storage().bucket().list().await.expect("a list");
}

#[tokio::test]
async fn without_trials_nothing_is_activated() {
    let gateway = TestGateway::with(|layer| layer.trial = Some(false)).await;
    let refused = gateway.send(&Request::new("POST", "/v1/activate")).await;
    assert_eq!((refused.status, &*refused.code()), (404, "not_found"), "{refused:?}");
    gateway.standard_key("acme").await;
}

#[tokio::test]
async fn a_body_has_so_many_bytes() {
    let gateway = TestGateway::with(|layer| layer.max_body_bytes = Some(100)).await;
    let key = gateway.activate().await;
    let body = |size: usize| format!("{:<size$}", r#"{"bucket":"user-uploads"}"#);
    let answered = gateway.send(&Request::new("POST", BUCKETS).key(&key).json(body(101))).await;
    assert_eq!((answered.status, &*answered.code()), (413, "payload_too_large"), "{answered:?}");

    // By what is announced: nothing of it is sent.
    let head = Request::new("POST", BUCKETS).key(&key).header("content-type", "application/json");
    let announced = head.clone().header("content-length", "1000000000000").send(gateway.api()).await;
    announced.assert_described(&head);
    assert_eq!((announced.status, &*announced.code()), (413, "payload_too_large"), "{announced:?}");

    // By what comes, where nothing is announced.
    let chunked = head.header("transfer-encoding", "chunked");
    for (size, status) in [(101, 413), (100, 201)] {
        let mut stream = connect(gateway.api()).await;
        stream.write_all(&chunked.bytes(gateway.api())).await.expect("sent");
        stream.write_all(format!("{size:x}\r\n{}\r\n0\r\n\r\n", body(size)).as_bytes()).await.expect("sent");
        let answered = answer(&mut stream, false).await.expect("an answer");
        answered.assert_described(&chunked);
        assert_eq!(answered.status, status, "{answered:?}");
    }
}

#[tokio::test]
async fn a_body_has_so_many_seconds() {
    let gateway = TestGateway::with(|layer| layer.body_seconds = Some(1)).await;
    let key = gateway.activate().await;
    let began = Instant::now();
    let slow = Request::new("POST", BUCKETS)
        .key(&key)
        .header("content-length", "100")
        .header("content-type", "application/json");
    let mut stream = connect(gateway.api()).await;
    stream.write_all(&slow.bytes(gateway.api())).await.expect("sent");
    stream.write_all(b"{\"bucket\":").await.expect("sent");
    let answered = answer(&mut stream, false).await.expect("an answer");
    answered.assert_described(&slow);
    assert_eq!((answered.status, &*answered.code()), (408, "request_timeout"), "{answered:?}");
    assert!((1..10).contains(&began.elapsed().as_secs()), "{:?}", began.elapsed());
}

#[tokio::test]
async fn a_head_has_so_many_seconds() {
    let gateway = TestGateway::with(|layer| layer.header_seconds = Some(2)).await;
    for to in [gateway.api(), gateway.s3()] {
        for sent in [&b""[..], b"GET /v1/storage/buckets HTTP/1.1\r\nhost: x\r\n"] {
            let (began, mut stream) = (Instant::now(), connect(to).await);
            stream.write_all(sent).await.expect("sent");
            let mut rest = Vec::new();
            let closed = tokio::time::timeout(Duration::from_secs(10), stream.read_to_end(&mut rest)).await;
            assert!(closed.is_ok(), "the connection to {to} stays open after {} bytes", sent.len());
            // Where nothing is said it is 10.
            let took = began.elapsed();
            assert!((2..9).contains(&took.as_secs()), "{to} after {} bytes: {took:?}", sent.len());
        }
    }
}

#[tokio::test]
async fn more_requests_than_may_run_are_asked_to_come_again() {
    let gateway = TestGateway::with(|layer| layer.max_requests = Some(1)).await;
    let key = gateway.activate().await;
    // It runs as long as the database is somebody else's.
    let database = rusqlite::Connection::open(gateway.data().join("state.sqlite")).expect("the database");
    database.execute_batch("BEGIN IMMEDIATE").expect("a lock");
    // It has no body: while one is read, others may run.
    let slow = Request::new("POST", "/v1/activate");
    let mut stream = connect(gateway.api()).await;
    stream.write_all(&slow.bytes(gateway.api())).await.expect("sent");

    let list = Request::new("GET", BUCKETS).key(&key).header("origin", "https://app.example");
    let end = Instant::now() + Duration::from_secs(10);
    let busy = loop {
        let answered = gateway.send(&list).await;
        if answered.status == 503 {
            break answered;
        }
        assert!(Instant::now() < end, "{answered:?}");
        tokio::task::yield_now().await;
    };
    assert_eq!((busy.code(), busy.header("retry-after")), ("unavailable".to_owned(), Some("1")), "{busy:?}");
    // A page can read that, too.
    assert_eq!(busy.header("access-control-allow-origin"), Some("*"), "{busy:?}");
    for path in ["/healthz", "/metrics"] {
        assert_eq!(Request::new("GET", path).send(gateway.api()).await.status, 200, "{path}");
    }
    database.execute_batch("COMMIT").expect("an end");
    assert_eq!(answer(&mut stream, false).await.expect("an answer").status, 201);
    assert_eq!(gateway.send(&list).await.status, 200);
}

#[tokio::test]
async fn more_connections_than_may_be_wait() {
    let gateway = TestGateway::with(|layer| layer.max_connections = Some(2)).await;
    let mut idle = [connect(gateway.api()).await, connect(gateway.api()).await];
    let api = gateway.api();
    let waiting = tokio::spawn(async move { Request::new("GET", "/healthz").send(api).await.status });
    // In the time of so many answers it would have had its own.
    let health = format!("GET /healthz HTTP/1.1\r\nhost: {api}\r\n\r\n");
    for _ in 0..50 {
        idle[0].write_all(health.as_bytes()).await.expect("sent");
        assert_eq!(answer(&mut idle[0], false).await.expect("an answer").status, 200);
    }
    assert!(!waiting.is_finished());
    drop(idle);
    assert_eq!(waiting.await.expect("an answer"), 200);
}

#[tokio::test]
async fn what_is_no_http_is_refused() {
    let gateway = TestGateway::start().await;
    for to in [gateway.api(), gateway.s3()] {
        for sent in [
            &b"hello\r\n\r\n"[..],
            b"GET / HTTP/9.9\r\n\r\n",
            b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n",
            b"GET /a b HTTP/1.1\r\n\r\n",
        ] {
            let mut stream = connect(to).await;
            stream.write_all(sent).await.expect("sent");
            let answered = answer(&mut stream, false).await;
            assert_eq!(answered.map(|answered| answered.status), Some(400), "{:?}", String::from_utf8_lossy(sent));
        }
        let long = Request::new("GET", "/healthz").header("x-long", &"x".repeat(200_000)).bytes(to);
        let mut stream = connect(to).await;
        for piece in long.chunks(8192) {
            // It is refused before all of it is sent, and what is sent after that would take the answer away.
            if stream.write_all(piece).await.is_err() {
                break;
            }
            if tokio::time::timeout(Duration::from_millis(20), stream.peek(&mut [0])).await.is_ok() {
                break;
            }
        }
        assert_eq!(answer(&mut stream, false).await.map(|answered| answered.status), Some(431), "{to}");
    }
    assert_eq!(Request::new("GET", "/healthz").send(gateway.api()).await.status, 200);
}
