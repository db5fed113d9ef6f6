//! Vendors that don't answer, and vendors that aren't configured any more.

use std::path::Path;

use infrai_tests::gateway::{TestGateway, activate, client, credentials_file, refused, until};
use infrai_tests::program::{Program, run};

use super::{FREE, file, folder};

/// A configuration with a vendor `down`, of which nothing answers.
fn config(folder: &Path) -> String {
    let credentials = credentials_file(folder);
    file(
        folder,
        "config.toml",
        format!(
            "[[vendor]]\nname = 'down'\nendpoint = 'http://127.0.0.1:9'\nregion = 'r'\ncredentials_file = '{}'\n",
            credentials.display()
        ),
    )
}

#[test]
fn doctor_says_that_a_vendor_is_down() {
    let folder = folder();
    let config = config(folder.path());
    let done = run(folder.path(), &[&["doctor", "--embedded=true", "--config", &config], &FREE[..]].concat());
    assert!(done.line().contains("FAIL"), "{done:?}");
    let failures: Vec<&str> = done.stdout.lines().filter(|line| line.starts_with("FAIL")).collect();
    assert_eq!(failures.len(), 1, "{done:?}");
    let words = ["vendor down", "127.0.0.1:9", "refused", "`endpoint`"];
    let missing: Vec<&str> = words.into_iter().filter(|word| !failures[0].contains(word)).collect();
    assert!(missing.is_empty(), "no {missing:?} in {failures:?}");
}

#[tokio::test]
async fn a_vendor_beside_the_store_turns_it_off_unless_told_and_that_is_said() {
    let gateway = TestGateway::start().await;
    let key = gateway.activate().await;
    let data = gateway.data();
    let folder = data.parent().expect("the test's folder").to_owned();
    let config = config(&folder);

    let vendor = |layer: &mut infrai_gateway::config::Layer| {
        let text = std::fs::read_to_string(&config).expect("the configuration");
        layer.vendors = toml::from_str::<infrai_gateway::config::Layer>(&text).expect("a vendor").vendors;
    };
    let gateway = gateway.restart(vendor).await;
    let client = gateway.client(&key);
    let error = client.storage().object().presign("demo", "a").await.expect_err("the store is off");
    assert!(error.to_string().contains("`local`") && error.to_string().contains("isn't configured"), "{error}");
    assert_eq!(refused::<()>(Err(error)), (503, "unavailable".to_owned()));
    let deleted = client.storage().object().delete("demo", "a").await;
    assert_eq!(refused(deleted), (503, "unavailable".to_owned()));
    assert_eq!(client.storage().bucket().list().await.expect("a list").items.len(), 1);

    let doctor = run(&folder, &[&["doctor", "--config", &config], &FREE[..]].concat());
    let warned = doctor.stdout.lines().find(|line| line.starts_with("warn  buckets"));
    let says = |line: &str| {
        ["embedded store is off", "(1)", "503", "`embedded = true`"].iter().all(|word| line.contains(word))
    };
    assert!(warned.is_some_and(says), "{doctor:?}");

    let gateway = gateway.restart(|layer| layer.embedded = Some(true)).await;
    gateway.client(&key).storage().object().presign("demo", "a").await.expect("a URL");
}

#[tokio::test]
async fn a_vendor_that_has_buckets_and_is_gone_is_told_of() {
    let folder = folder();
    let mut program = Program::start(folder.path(), &[]).await;
    let key = activate(program.api()).await;
    program.kill().await;
    let database = rusqlite::Connection::open(folder.path().join("data/state.sqlite")).expect("the database");
    database.execute("UPDATE buckets SET vendor = 'gone'", []).expect("a change");
    drop(database);
    let program = Program::start(folder.path(), &[]).await;
    let warned =
        until("it warns", async || program.stderr().lines().find(|line| line.contains("WARN")).map(str::to_owned))
            .await;
    assert!(warned.contains("the vendor `gone` isn't configured") && warned.contains("(1)"), "{warned}");
    let error = client(program.api(), &key).storage().object().presign("demo", "a").await.expect_err("nobody has it");
    assert!(error.to_string().contains("`gone`"), "{error}");
    assert_eq!(refused::<()>(Err(error)), (503, "unavailable".to_owned()));
}
