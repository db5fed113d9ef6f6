//! What operators see: log lines, metrics, readiness; and what nobody may see in them.

#[cfg(unix)]
#[path = "gateway_seen/lines.rs"]
mod lines;
#[path = "gateway_seen/metrics.rs"]
mod metrics;
#[cfg(unix)]
#[path = "gateway_seen/secrets.rs"]
mod secrets;

use std::time::Duration;

use infrai_tests::gateway::{Request, TestGateway, until};

/// Where buckets are made.
const BUCKETS: &str = "/v1/storage/buckets";

#[tokio::test]
async fn it_is_ready_only_while_it_can_serve() {
    let gateway = TestGateway::start().await;
    let ready = async || Request::new("GET", "/readyz").send(gateway.api()).await;
    let well = ready().await;
    assert_eq!((well.status, well.json()["status"].as_str()), (200, Some("ok")), "{well:?}");
    for check in ["database", "store", "vendor local"] {
        assert_eq!(well.json()["checks"][check], "ok", "{well:?}");
    }
    for (file, table, check) in [("state.sqlite", "probe", "database"), ("store/index.sqlite", "touched", "store")] {
        let database = rusqlite::Connection::open(gateway.data().join(file)).expect("the database");
        database.busy_timeout(Duration::from_secs(5)).expect("an option");
        database.execute_batch(&format!("ALTER TABLE {table} RENAME TO elsewhere")).expect("a change");
        // A good answer is kept for a second.
        let ill = until("it isn't ready", async || Some(ready().await).filter(|answer| answer.status != 200)).await;
        assert_eq!((ill.status, ill.json()["status"].as_str()), (503, Some("failed")), "{ill:?}");
        assert_eq!(ill.json()["checks"][check], "failed", "{ill:?}");
        // Causes are for the log.
        assert!(!ill.text().contains("sqlite") && !ill.text().contains("table"), "{ill:?}");
        assert_eq!(Request::new("GET", "/healthz").send(gateway.api()).await.json()["status"], "ok");
        database.execute_batch(&format!("ALTER TABLE elsewhere RENAME TO {table}")).expect("a change");
        assert_eq!(ready().await.status, 200);
    }
}
