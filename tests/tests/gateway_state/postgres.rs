//! What only Postgres has: replicas, a network, a password.

use std::path::Path;

use infrai_gateway::state::{Begun, Database, Keyed, StateError, open};
use infrai_tests::postgres::{PASSWORD, Postgres};
use infrai_tests::skip::skipped;

use crate::place::{Place, account, at, server};

fn database(url: &str) -> Database {
    Database::parse(Some(url), Path::new("unused")).unwrap_or_else(|error| panic!("{error}"))
}

async fn refused(url: &str) -> StateError {
    let error = open(&database(url)).await.map(drop).expect_err("refused");
    let text = error.to_string();
    assert!(!text.contains("hunter2") && !text.contains(PASSWORD), "{text}");
    assert!(!text.contains('\n') && !text.ends_with('.'), "{text}");
    error
}

fn name(url: &str) -> &str {
    url.rsplit('/').next().expect("a name")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn replicas_that_start_together_make_the_tables_once() {
    let Some(server) = server() else { return };
    let strict = server.database();
    // What one replica made while another waited for its turn is to be seen whatever the database's default is.
    server.sql(
        name(&strict),
        &format!("ALTER DATABASE {} SET default_transaction_isolation = 'serializable'", name(&strict)),
    );
    for url in [server.database(), strict] {
        let place = Place::at(&url);
        start_together(&place).await;
        work_together(&place).await;
    }
}

/// Two replicas at the same rows.
async fn work_together(place: &Place) {
    let replicas = [place.open().await, place.open().await];
    let account = account(&replicas[0], "team").await.account.id;
    for round in 0..10 {
        let tasks: Vec<_> = (0..8)
            .map(|task| {
                let state = replicas[task % 2].clone();
                let request = Keyed { account: account.clone(), key: format!("key-{round}"), fingerprint: [0; 32] };
                tokio::spawn(async move {
                    assert_eq!(state.check().await, Ok(()));
                    state.begin(&request, at(0), at(60)).await
                })
            })
            .collect();
        let mut first = 0;
        for task in tasks {
            match task.await.expect("no panic") {
                Ok(Begun::First(_)) => first += 1,
                other => assert_eq!(other, Ok(Begun::Running)),
            }
        }
        assert_eq!(first, 1);
    }
}

async fn start_together(place: &Place) {
    let tasks: Vec<_> = (0..8)
        .map(|_| {
            let database = place.database().clone();
            tokio::spawn(async move { open(&database).await.map(drop) })
        })
        .collect();
    for task in tasks {
        assert_eq!(task.await.expect("no panic"), Ok(()));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_order_is_that_of_bytes_whatever_the_databases_is() {
    let Some(server) = server() else { return };
    let url = server.database_with("LOCALE_PROVIDER icu ICU_LOCALE 'en-US'");
    assert_eq!(server.sql(name(&url), "SELECT 'a-b' < 'ab', 'a' < 'B'"), "t|t", "another order than that of bytes");
    crate::buckets::the_order_is_that_of_bytes(Place::at(&url)).await;
}

#[tokio::test]
async fn a_newer_schema_is_refused() {
    let Some(server) = server() else { return };
    let url = server.database();
    Place::at(&url).open().await;
    server.sql(name(&url), "INSERT INTO infrai_gateway.steps VALUES (99, 'from the future')");
    let error = refused(&url).await;
    assert!(matches!(&error, StateError::Broken(text) if text.contains("schema 99")), "{error}");
}

#[tokio::test]
async fn what_is_wrong_is_said_without_the_password() {
    let Some(server) = server() else { return };
    let url = server.database();
    let wrong = refused(&url.replace("hunter2", "hunter3")).await.to_string();
    assert!(wrong.contains("password authentication failed") && wrong.contains("127.0.0.1:"), "{wrong}");
    let missing = refused(&url.replace(name(&url), "nothing_here")).await.to_string();
    assert!(missing.contains("nothing_here") && missing.contains("does not exist"), "{missing}");
    let silent = refused("postgres://me:hunter2@127.0.0.1:1/db").await.to_string();
    assert!(silent.contains("127.0.0.1:1") && silent.contains("refused"), "{silent}");
    let unknown = refused("postgres://me:hunter2@no-such-host.invalid/db").await.to_string();
    assert!(unknown.contains("no-such-host.invalid"), "{unknown}");
}

#[tokio::test]
async fn who_may_not_make_tables_is_told() {
    let Some(server) = server() else { return };
    let url = server.database();
    server.sql(name(&url), &format!("CREATE ROLE guest LOGIN PASSWORD '{PASSWORD}'"));
    let guest = url.replacen("postgres:", "guest:", 2).replacen("guest://", "postgres://", 1);
    let error = refused(&guest).await;
    assert!(matches!(&error, StateError::Broken(text) if text.contains("owner")), "{error}");
}

#[tokio::test]
async fn a_database_that_may_only_be_read_is_unavailable() {
    let Some(server) = server() else { return };
    let url = server.database();
    let place = Place::at(&url);
    place.open().await;
    server.sql("postgres", &format!("ALTER DATABASE {} SET default_transaction_read_only = on", name(&url)));
    let error = place.open().await.check().await.expect_err("read-only");
    assert!(matches!(&error, StateError::Unavailable(text) if text.contains("read-only")), "{error}");
}

#[tokio::test]
async fn tls_is_as_strict_as_asked_for() {
    let Some(server) = server() else { return };
    let Some(authority) = server.authority() else {
        skipped("TLS with Postgres", "there is no `openssl` to make certificates with (`apt-get install openssl`)");
        return;
    };
    let (url, authority) = (server.database(), authority.display().to_string());
    let encrypted = format!(
        "SELECT bool_and(ssl) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE datname = '{}'",
        name(&url)
    );
    let cases = [
        ("", "t"),
        ("?sslmode=disable", "f"),
        ("?sslmode=prefer", "t"),
        ("?sslmode=require", "t"),
        (&format!("?sslmode=verify-full&sslrootcert={authority}"), "t"),
        (&format!("?sslmode=require&sslrootcert={authority}"), "t"),
    ];
    for (query, expected) in cases {
        let state = Place::at(&format!("{url}{query}")).open().await;
        assert_eq!(state.check().await, Ok(()));
        assert_eq!(server.sql("postgres", &encrypted), expected, "{query}");
        drop(state);
        let begun = std::time::Instant::now();
        while !server.sql("postgres", &encrypted).is_empty() {
            assert!(begun.elapsed().as_secs() < 30, "{query}: a connection stays open");
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
    }
    let error = refused(&format!("{url}?sslmode=verify-full")).await.to_string();
    assert!(error.contains("certificate") && error.contains("sslrootcert"), "{error}");
    let other = format!("{}?hostaddr=127.0.0.1&sslrootcert={authority}", url.replace("127.0.0.1", "other.example"));
    let error = refused(&format!("{other}&sslmode=verify-full")).await.to_string();
    assert!(error.contains("not valid for name"), "{error}");
    let error = refused(&format!("{url}?sslmode=verify-full&sslrootcert=/nothing/here.pem")).await;
    assert!(matches!(&error, StateError::Broken(text) if text.contains("/nothing/here.pem")), "{error}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_was_away_is_used_again() {
    let Some(mut server) = Postgres::start() else { return };
    let state = Place::at(&server.database()).open().await;
    account(&state, "before").await;
    server.stop();
    let error = state.check().await.expect_err("away");
    assert!(matches!(error, StateError::Unavailable(_)), "{error}");
    assert!(matches!(state.account_named("before").await, Err(StateError::Unavailable(_))));
    server.run();
    assert_eq!(state.check().await, Ok(()));
    assert!(state.account_named("before").await.expect("a look").is_some());
}
