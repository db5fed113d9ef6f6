//! The gateway under test, in the test's own process and with a clock of its own; and the client's side of it.
//!
//! As a program it is in [`crate::program`].

use std::fmt::Debug;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use infrai::Client;
use infrai_gateway::Gateway;
use infrai_gateway::account::{self, AccountError};
use infrai_gateway::config::{Config, Layer};
use infrai_gateway::state::{self, Database};
use tempfile::TempDir;

use crate::validate;

mod watch;
mod wire;

pub use watch::{until, until_running};
pub use wire::{Answer, Request, answer, connect, fetch};

/// How long something is waited for.
const PATIENCE: Duration = Duration::from_secs(30);

/// A running gateway with its folder, which goes with it.
pub struct TestGateway {
    gateway: Gateway,
    layer: Layer,
    clock: TestClock,
    folder: TempDir,
}

/// The machine's clock, put forward or back.
#[derive(Clone, Debug, Default)]
pub struct TestClock(Arc<AtomicI64>);

impl TestClock {
    /// Puts it forward, or back by less than nothing.
    pub fn forward(&self, by: TimeDelta) {
        self.0.fetch_add(by.num_milliseconds(), Ordering::SeqCst);
    }

    /// What it shows.
    pub fn now(&self) -> DateTime<Utc> {
        Utc::now() + TimeDelta::milliseconds(self.0.load(Ordering::SeqCst))
    }
}

impl TestGateway {
    /// Starts one on free ports with an empty folder.
    ///
    /// # Panics
    /// If it doesn't start.
    pub async fn start() -> Self {
        Self::with(|_| ()).await
    }

    /// The same with other settings.
    ///
    /// # Panics
    /// If it doesn't start.
    pub async fn with(set: impl FnOnce(&mut Layer)) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let free = Some(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)));
        let data = Some(folder.path().join("data"));
        let mut layer = Layer { data, listen: free, s3_listen: free, ..Layer::default() };
        // A process has many tests, and all of them one address.
        layer.trial_per_client = Some(1000);
        set(&mut layer);
        let clock = TestClock::default();
        Self { gateway: run(&layer, &clock).await, layer, clock, folder }
    }

    /// Stops it, and starts it again on the same folder, perhaps with other settings.
    ///
    /// # Panics
    /// If it doesn't start.
    pub async fn restart(self, set: impl FnOnce(&mut Layer)) -> Self {
        let Self { gateway, mut layer, clock, folder } = self;
        gateway.stop().await;
        set(&mut layer);
        Self { gateway: run(&layer, &clock).await, layer, clock, folder }
    }

    /// Its clock.
    pub fn clock(&self) -> &TestClock {
        &self.clock
    }

    /// The folder of its data.
    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// Where the API listens.
    pub fn api(&self) -> SocketAddr {
        self.gateway.api_address()
    }

    /// Where the store listens.
    ///
    /// # Panics
    /// If there is no embedded store.
    pub fn s3(&self) -> SocketAddr {
        self.gateway.s3_address().expect("an embedded store")
    }

    /// A client with this key that sees no environment.
    ///
    /// # Panics
    /// If the key can't be sent.
    pub fn client(&self, key: &str) -> Client {
        client(self.api(), key)
    }

    /// A new trial account's key.
    ///
    /// # Panics
    /// If there is none.
    pub async fn activate(&self) -> String {
        activate(self.api()).await
    }

    /// A key of the account with this name, which isn't a trial and is made if there is none.
    ///
    /// # Panics
    /// If the database can't be written.
    pub async fn standard_key(&self, account: &str) -> String {
        let url = self.layer.database.as_ref().map(|url| url.0.as_str());
        let database = Database::parse(url, &self.data()).expect("a database");
        let state = state::open(&database).await.expect("the database");
        let now = self.clock.now();
        let made = match account::add_key(&*state, account, "test", now).await {
            Err(AccountError::NoAccount(_)) => account::create(&*state, account, "test", now).await,
            made => made,
        };
        made.expect("a key").secret.reveal().to_owned()
    }

    /// Sends a request to the API, and holds the answer against the description, whatever the path.
    ///
    /// # Panics
    /// If there is no answer, or one that isn't described.
    pub async fn send(&self, request: &Request) -> Answer {
        let answer = request.send(self.api()).await;
        answer.assert_described(request);
        answer
    }
}

async fn run(layer: &Layer, clock: &TestClock) -> Gateway {
    let config = Config::new(layer.clone(), Layer::default()).expect("settings");
    let clock = clock.clone();
    let now: Arc<dyn Fn() -> DateTime<Utc> + Send + Sync> = Arc::new(move || clock.now());
    let begun = Instant::now();
    loop {
        match Gateway::start_at(&config, Arc::clone(&now)).await {
            Ok(gateway) => return gateway,
            // The one before lets go of its folder when the last of its threads ends, which may be after `stop`.
            Err(error) if error.to_string().contains("another gateway uses") && begun.elapsed() < PATIENCE => {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            Err(error) => panic!("the gateway doesn't start: {error}"),
        }
    }
}

/// A client of the API at this address.
///
/// # Panics
/// If the key can't be sent.
pub fn client(api: SocketAddr, key: &str) -> Client {
    let builder = Client::builder().base_url(format!("http://{api}")).api_key(key).environment(|_| None);
    builder.build().expect("a client")
}

/// A new trial account's key.
///
/// # Panics
/// If there is none.
pub async fn activate(api: SocketAddr) -> String {
    let answer = Request::new("POST", "/v1/activate").send(api).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    answer.json()["api_key"].as_str().expect("a key").to_owned()
}

/// Status and code of a call that the service refused, after a look at the answer's form.
///
/// # Panics
/// If it wasn't refused, or the answer isn't described.
pub fn refused<T: Debug>(result: Result<T, infrai::Error>) -> (u16, String) {
    let error = result.expect_err("a refusal");
    validate::error(&error).unwrap_or_else(|fault| panic!("{error}: {fault}"));
    let status = error.status().expect("a status").as_u16();
    (status, error.code().expect("a code").to_owned())
}

/// A file of credentials for a vendor, which nobody else may read.
///
/// # Panics
/// If it can't be written.
pub fn credentials_file(folder: &Path) -> PathBuf {
    let path = folder.join("credentials");
    std::fs::write(&path, "[default]\naws_access_key_id = AKIA0TEST\naws_secret_access_key = secret\n")
        .expect("a file");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).expect("its rights");
    }
    path
}
