//! The gateway in front of a real S3 engine, SeaweedFS: the same behaviour as on the embedded store, and what only an engine can
//! do: be one of several vendors, refuse our credentials, be down.

use std::path::Path;
use std::time::Duration;

use infrai::types::Acl;
use infrai_gateway::vendor::config::VendorConfig;
use infrai_tests::gateway::{Request, TestGateway, credentials_file, fetch, refused, until};
use infrai_tests::odd_keys::LONG;
use infrai_tests::postgres::Postgres;
use infrai_tests::program;
use infrai_tests::seaweedfs::{ACCESS_KEY, SECRET_KEY, SeaweedFs};
use serde_json::{Value, json};

#[path = "engine_seaweedfs/down.rs"]
mod down;
#[path = "engine_seaweedfs/keys.rs"]
mod keys;
#[path = "engine_seaweedfs/suite.rs"]
mod suite;

use keys::{Exception, Otherwise};
use suite::Side;

/// What SeaweedFS does with some keys, for its store is a file system's.
const EXCEPTIONS: [Exception; 7] = [
    ("slash/at/end/", Otherwise::Empty, "a folder, of which it keeps the name and no bytes"),
    ("/", Otherwise::Empty, "the bucket's own folder"),
    ("//", Otherwise::Empty, "the bucket's own folder"),
    ("/lead", Otherwise::As("lead"), "paths have no empty segments"),
    ("x//y", Otherwise::As("x/y"), "paths have no empty segments"),
    ("back\\slash", Otherwise::As("back/slash"), "it takes `\\` for `/`"),
    (LONG, Otherwise::Refused, "a segment of a path has at most 255 bytes"),
];

/// The vendor's name here.
const ENGINE: &str = "engine";

#[tokio::test(flavor = "multi_thread")]
async fn the_embedded_store_does_all_of_it() {
    suite::run(&Side::new(TestGateway::start().await, "local", &[]).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_embedded_store_does_all_of_it_with_postgres() {
    let server = tokio::task::spawn_blocking(Postgres::start).await.expect("it starts or not");
    let Some(server) = server else { return };
    let gateway = TestGateway::with(|layer| layer.database = Some(server.database().into())).await;
    suite::run(&Side::new(gateway, "local", &[]).await).await;
    // There, and not in a file, is what it remembers.
    let name = "SELECT count(*) > 5 FROM infrai_gateway.buckets WHERE ready";
    assert_eq!(server.sql("test_0", name), "t");
}

/// All in one, for the engine takes long to start.
#[tokio::test(flavor = "multi_thread")]
async fn an_engine_does_all_of_it_and_more() {
    let engine = tokio::task::spawn_blocking(SeaweedFs::start).await.expect("it starts or not");
    let Some(engine) = engine else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let credentials = credentials_file(folder.path());
    wrong_credentials(&engine, folder.path(), &credentials).await;

    let right = format!("[default]\naws_access_key_id = {ACCESS_KEY}\naws_secret_access_key = {SECRET_KEY}\n");
    std::fs::write(&credentials, right).expect("the file");
    let alone = TestGateway::with(|layer| {
        layer.embedded = Some(false);
        layer.vendors = vendors(&engine, &credentials, &json!({ "region": "us-east-1", "public": "policy" }));
    });
    let side = Side::new(alone.await, ENGINE, &EXCEPTIONS).await;
    suite::run(&side).await;
    no_trials(&side).await;
    let several = routing(&engine, &credentials).await;
    down::run(&engine, &side, &several, folder.path()).await;
}

/// The engine as a `[[vendor]]`, with more fields.
fn vendors(engine: &SeaweedFs, credentials: &Path, more: &Value) -> Vec<VendorConfig> {
    let mut vendor = json!({ "name": ENGINE, "endpoint": engine.endpoint(), "credentials_file": credentials });
    let fields = vendor.as_object_mut().expect("an object");
    fields.extend(more.as_object().expect("an object").clone());
    vec![serde_json::from_value(vendor).expect("a vendor")]
}

/// Who has no store of its own doesn't give it to anybody who comes.
async fn no_trials(side: &Side) {
    let answer = Request::new("POST", "/v1/activate").send(side.gateway.api()).await;
    assert_eq!((answer.status, &*answer.code()), (404, "not_found"), "{answer:?}");
}

/// The file has keys that the engine doesn't know.
async fn wrong_credentials(engine: &SeaweedFs, folder: &Path, credentials: &Path) {
    let gateway = TestGateway::with(|layer| {
        layer.embedded = Some(false);
        layer.vendors = vendors(engine, credentials, &json!({ "region": "us-east-1" }));
    });
    let gateway = gateway.await;
    let key = gateway.standard_key("acme").await;
    // Its first probe is refused; from then on nothing is routed to it.
    until("the vendor is down", async || {
        let ready = Request::new("GET", "/readyz").send(gateway.api()).await;
        (ready.status == 503).then_some(())
    })
    .await;
    for (body, status, code, said) in [
        (json!({ "bucket": "routed" }), 503, "unavailable", "no vendor that could keep the bucket is up".to_owned()),
        (
            json!({ "bucket": "pinned", "vendor": ENGINE }),
            502,
            "vendor_error",
            format!("the vendor `{ENGINE}` refused"),
        ),
    ] {
        let request = Request::new("POST", "/v1/storage/buckets").key(&key).json(body.to_string());
        let answer = gateway.send(&request).await;
        assert_eq!((answer.status, &*answer.code()), (status, code), "{answer:?}");
        assert!(answer.message().contains(&said), "{answer:?}");
        for secret in ["AKIA0TEST", "secret", "InvalidAccessKeyId"] {
            assert!(!answer.text().contains(secret), "the caller is told {secret}: {answer:?}");
        }
    }
    assert_eq!(gateway.client(&key).storage().bucket().list().await.expect("a list").items.len(), 0);

    let config = folder.join("config.toml");
    let text = format!(
        "embedded = false\nlisten = '127.0.0.1:0'\n\n[[vendor]]\nname = '{ENGINE}'\nendpoint = '{}'\nregion = 'us-east-1'\n\
        access_key_env = 'ENGINE_ACCESS'\nsecret_key_env = 'ENGINE_SECRET'\n",
        engine.endpoint()
    );
    std::fs::write(&config, text).expect("a file");
    let both = "the variables `ENGINE_ACCESS` and `ENGINE_SECRET`";
    for (access, secret, wrong) in [
        (Some(ACCESS_KEY), Some(SECRET_KEY), None),
        (Some(ACCESS_KEY), Some("canary"), Some(both)),
        (Some("CANARY"), Some(SECRET_KEY), Some(both)),
        (Some(ACCESS_KEY), None, Some("set the variable `ENGINE_SECRET`")),
    ] {
        let mut doctor = program::command(folder, &["doctor", "--config", config.to_str().expect("a path")]);
        let given = [("ENGINE_ACCESS", access), ("ENGINE_SECRET", secret)];
        doctor.envs(given.into_iter().filter_map(|(name, value)| Some((name, value?))));
        let done = program::Done::from(doctor.output().expect("the program can be started"));
        let line = done.stdout.lines().find(|line| line.contains(&format!("vendor {ENGINE}")));
        let line = line.unwrap_or_else(|| panic!("nothing of the vendor: {done:?}"));
        match wrong {
            None => assert!(done.good().lines().all(|line| line.starts_with("ok ")), "{done:?}"),
            Some(text) => {
                assert!(line.starts_with("FAIL") && line.contains(text), "{line}");
                assert!(done.line().contains("see FAIL above"), "{done:?}");
            }
        }
        let printed = format!("{done:?}").to_lowercase();
        assert!(!printed.contains("canary") && !printed.contains(&SECRET_KEY.to_lowercase()), "{done:?}");
    }
}

/// Two vendors: the engine, which comes first and makes nothing public here, and the embedded store.
async fn routing(engine: &SeaweedFs, credentials: &Path) -> Side {
    let gateway = TestGateway::with(|layer| {
        (layer.embedded, layer.embedded_priority) = (Some(true), Some(200));
        let more = json!({ "regions": ["eu-1", "us-east-1"], "public": "none", "priority": 10 });
        layer.vendors = vendors(engine, credentials, &more);
    });
    let side = Side::new(gateway.await, ENGINE, &[]).await;
    let by_rank = "priority 10 is the first of 2 that would do";
    let expected = [
        ("first", None, None, None, (ENGINE, "eu-1"), by_rank),
        ("by-region", None, Some("us-east-1"), None, (ENGINE, "us-east-1"), by_rank),
        ("in-eu", None, Some("eu-1"), None, (ENGINE, "eu-1"), "the only one that would do"),
        ("by-acl", None, None, Some(Acl::Public), ("local", "us-east-1"), "the only one that would do"),
        ("pinned", Some("local"), None, None, ("local", "us-east-1"), "the caller named it"),
        ("pinned-too", Some(ENGINE), Some("us-east-1"), None, (ENGINE, "us-east-1"), "the caller named it"),
    ];
    let client = side.client();
    let buckets = client.storage().bucket();
    let wish = |name: &str, vendor: Option<&str>, region: Option<&str>, acl: Option<Acl>| {
        let mut create = buckets.create(name);
        if let Some(vendor) = vendor {
            create = create.vendor(vendor);
        }
        if let Some(region) = region {
            create = create.region(region);
        }
        match acl {
            Some(acl) => create.acl(acl),
            None => create,
        }
    };
    for (name, vendor, region, acl, (by, at), reason) in &expected {
        let made = wish(name, *vendor, *region, acl.clone()).await.unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!((&*made.vendor, &*made.region), (*by, *at), "{name}");
        assert_eq!(kept_reason(&side, name), *reason, "{name}");
    }
    for (vendor, region, acl, expected) in [
        (Some(ENGINE), None, Some(Acl::Public), (422, "acl_unsupported")),
        (None, Some("eu-1"), Some(Acl::Public), (422, "unknown_region")),
        (Some("local"), Some("eu-1"), None, (422, "unknown_region")),
        (None, Some("mars"), None, (422, "unknown_region")),
        (Some("nobody"), None, None, (404, "unknown_vendor")),
    ] {
        let refused = refused(wish("never", vendor, region, acl).await);
        assert_eq!((refused.0, &*refused.1), expected, "{vendor:?} {region:?}");
    }
    let listed = buckets.list().await.expect("a list").items;
    assert_eq!(listed.len(), expected.len());
    for (name, .., (by, at), _) in &expected {
        let one = listed.iter().find(|one| one.bucket == *name).expect(name);
        assert_eq!((&*one.vendor, &*one.region), (*by, *at), "{name}");
        // And there the bytes are.
        let (put, get) = (side.put(name, "a").await, side.get(name, "a").await);
        let begin = if *by == ENGINE { engine.endpoint() } else { format!("http://{}", side.gateway.s3()) };
        assert!(put.starts_with(&begin) && put.contains(&format!("%2F{at}%2Fs3%2F")), "{name}: {put}");
        assert_eq!(fetch("PUT", &put, Some(name.as_bytes())).await.status, 200, "{name}");
        assert_eq!(fetch("GET", &get, None).await.text(), *name);
        assert!(client.storage().object().delete(*name, "a").await.expect("an answer").ok);
        assert_eq!(fetch("GET", &get, None).await.status, 404, "{name}");
    }
    // With other ranks new buckets go elsewhere, and the others stay where they are.
    let gateway = side.gateway.restart(|layer| layer.embedded_priority = Some(5)).await;
    let side = Side { gateway, ..side };
    let client = side.client();
    assert_eq!(client.storage().bucket().create("later").await.expect("a bucket").vendor, "local");
    assert_eq!(fetch("PUT", &side.put("first", "a").await, Some(b"text")).await.status, 200);
    assert_eq!(fetch("GET", &side.get("first", "a").await, None).await.body, b"text");
    let gateway = side.gateway.restart(|layer| layer.embedded_priority = Some(200)).await;
    Side { gateway, ..side }
}

/// Why the vendor was chosen, as it is kept with the bucket.
fn kept_reason(side: &Side, bucket: &str) -> String {
    let database = rusqlite::Connection::open(side.gateway.data().join("state.sqlite")).expect("the database");
    database.busy_timeout(Duration::from_secs(5)).expect("an option");
    let query = "SELECT reason FROM buckets WHERE name = ?1";
    database.query_row(query, [bucket], |row| row.get(0)).expect("a reason")
}
