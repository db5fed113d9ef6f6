//! Which vendor gets a bucket of several that would do: the faster; and that the choice is written down and logged.

use std::time::Duration;

use infrai_tests::engine::Engine;
use infrai_tests::gateway::{Request, client, credentials_file, until};
use infrai_tests::program::{Program, run};
use rusqlite::Connection;
use serde_json::Value;

use super::folder;

#[tokio::test]
async fn of_equal_vendors_the_faster_is_chosen_and_the_choice_is_kept_and_logged() {
    let slow = Engine::start(Duration::from_secs(1)).await;
    let fast = Engine::start(Duration::ZERO).await;
    let vendors = [("slow", slow.url()), ("fast", fast.url())];
    // A third, which comes after the two however fast it is, is the embedded store.
    for order in [[0, 1], [1, 0]] {
        let folder = folder();
        credentials_file(folder.path());
        let tables: String = order.iter().map(|place| table(vendors[*place].0, &vendors[*place].1)).collect();
        let file = folder.path().join("config.toml");
        std::fs::write(&file, format!("embedded = true\nembedded_priority = 900\nlog = 'json'\n{tables}"))
            .expect("a file");
        let file = file.to_string_lossy().into_owned();
        let program = Program::start(folder.path(), &["--config", &file]).await;
        until("all have been asked", async || {
            let page = Request::new("GET", "/metrics").send(program.api()).await.text();
            let known = page.lines().filter(|line| line.starts_with("infrai_vendor_latency_seconds{")).count();
            (known == 3).then_some(())
        })
        .await;
        let key = run(folder.path(), &["keys", "create"]).good().trim_end().to_owned();
        let client = client(program.api(), &key);
        let routed = client.storage().bucket().create("routed").await.expect("a bucket");
        assert_eq!(routed.vendor, "fast", "{order:?}: {}", program.stderr());
        let pinned = client.storage().bucket().create("pinned").vendor("slow").await.expect("a bucket");
        assert_eq!(pinned.vendor, "slow");

        let database = Connection::open(folder.path().join("data/state.sqlite")).expect("the database");
        for (name, vendor, why) in
            [("routed", "fast", "the fastest of 2 with priority 100, "), ("pinned", "slow", "the caller named it")]
        {
            let row = |row: &rusqlite::Row<'_>| Ok((row.get::<_, String>(0)?, row.get(1)?, row.get(2)?));
            let (kept, reason, physical): (String, String, String) = database
                .query_row("SELECT vendor, reason, physical FROM buckets WHERE name = ?1", [name], row)
                .expect("a row");
            assert_eq!(kept, vendor);
            assert!(reason.starts_with(why), "{reason}");
            let line = until("the choice is logged", async || {
                let text = program.stderr();
                let mut lines = text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
                lines.find(|line| line["bucket"] == physical && line["message"] == "made a bucket")
            })
            .await;
            assert_eq!((line["vendor"].as_str(), line["reason"].as_str()), (Some(vendor), Some(&*reason)), "{line}");
        }
    }
}

fn table(name: &str, endpoint: &str) -> String {
    format!(
        "[[vendor]]\nname = '{name}'\nendpoint = '{endpoint}'\nregion = 'eu-1'\ncredentials_file = 'credentials'\n\
        priority = 100\n"
    )
}
