//! The running gateway: parts put together, listeners opened, stopped again.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use chrono::Utc;
use infrai_store::{Options, Store};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::config::Config;
use crate::embedded::Embedded;
use crate::server::alone::Alone;
use crate::server::chores::{reconcile, settle, tidy};
use crate::server::listen::{bind, serve};
use crate::server::metrics::Metrics;
use crate::server::{self, Parts};
use crate::service::{Clock, Service, system_clock};
use crate::state::{self, State};
use crate::strays::strays;
use crate::vendor::Vendor;
use crate::vendor::health::Board;
use crate::vendor::s3::S3Vendor;

pub use crate::server::chores::KEPT_AFTER_TRIAL;

/// How often vendors are asked whether they are up.
const PROBE: Duration = Duration::from_secs(15);

/// How long a start waits until plans that a crash left are brought to an end; then that goes on beside it.
const SETTLE: Duration = Duration::from_secs(2);

/// How long a chore may take to end when the gateway stops.
const LAST_CHORE: Duration = Duration::from_secs(5);

/// Why the gateway doesn't start: one sentence that says what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StartError(pub String);

impl std::fmt::Display for StartError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for StartError {}

/// A running gateway. Dropping it stops it at once; [`Gateway::stop`] lets requests end.
pub struct Gateway {
    api: SocketAddr,
    s3: Option<SocketAddr>,
    service: Service,
    stop: watch::Sender<bool>,
    listeners: Vec<JoinHandle<()>>,
    chores: Vec<JoinHandle<()>>,
    _alone: Option<Alone>,
}

/// What the gateway stands on, without listeners: also what `gc` and `doctor` need.
pub(crate) struct Foundation {
    pub(crate) state: Arc<dyn State>,
    pub(crate) store: Option<Store>,
    pub(crate) vendors: Vec<Arc<dyn Vendor>>,
    /// Last, so that all else is closed when another gateway may come.
    pub(crate) alone: Option<Alone>,
}

impl Foundation {
    /// Opens database and store, and gets to know the vendors. `s3_url` is what signed URLs of the store begin with.
    pub(crate) async fn open(config: &Config, s3_url: &str) -> Result<Self, StartError> {
        let said = |error: &dyn std::fmt::Display| StartError(error.to_string());
        make_folder(config)?;
        let alone = if config.is_alone() { Some(Alone::take(&config.data)?) } else { None };
        let state = state::open(&config.database).await.map_err(|error| said(&error))?;
        let mut vendors: Vec<Arc<dyn Vendor>> = Vec::new();
        let mut store = None;
        if config.embedded {
            let folder = config.store_folder();
            // It may have much to look through, and signals must be heard meanwhile.
            let opened = tokio::task::spawn_blocking(move || Store::open(&folder, Options::default())).await;
            let opened = opened.map_err(|error| said(&error))?.map_err(|error| said(&error))?;
            let vendor = Embedded::new(opened.clone(), s3_url, config.embedded_priority)
                .map_err(|error| StartError(format!("`public_s3_url` {error}")))?;
            vendors.push(Arc::new(vendor));
            store = Some(opened);
        }
        for vendor in &config.vendors {
            vendors.push(Arc::new(S3Vendor::open(vendor, &environment).map_err(StartError)?));
        }
        Ok(Self { state, store, vendors, alone })
    }

    /// The service on top.
    pub(crate) fn service(&self, config: &Config, health: Arc<Board>, clock: Clock) -> Service {
        Service::new(self.state.clone(), self.vendors.clone(), health, config.trial.clone(), clock)
    }
}

/// Looks a variable of the environment up.
pub(crate) fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// Makes the data folder, where anything will be kept in it.
pub(crate) fn make_folder(config: &Config) -> Result<(), StartError> {
    if !config.is_alone() && !config.embedded {
        return Ok(());
    }
    std::fs::create_dir_all(&config.data).map_err(|error| {
        StartError(format!(
            "the data folder {} can't be made: {error}; choose another with `--data`",
            config.data.display()
        ))
    })
}

impl Gateway {
    /// Starts on the machine's clock.
    pub async fn start(config: &Config) -> Result<Self, StartError> {
        Self::start_at(config, system_clock()).await
    }

    /// Starts on a clock of the caller's.
    pub async fn start_at(config: &Config, clock: Clock) -> Result<Self, StartError> {
        // Ports first: what signed URLs begin with depends on them, and a second gateway should fail before it does anything.
        let api = bind("the API", "listen", config.listen).await?;
        let s3 = if config.embedded { Some(bind("the S3 store", "s3-listen", config.s3_listen).await?) } else { None };
        let address = |listener: &tokio::net::TcpListener| {
            listener.local_addr().map_err(|error| StartError(format!("a listener has no address: {error}")))
        };
        let api_address = address(&api)?;
        let s3_address = s3.as_ref().map(address).transpose()?;
        let s3_url = s3_address.map(|address| config.s3_url(address)).unwrap_or_default();

        let foundation = Foundation::open(config, &s3_url).await?;
        let health = Arc::new(Board::watch(&foundation.vendors, PROBE, Utc::now));
        let service = foundation.service(config, health.clone(), clock);
        // SQLite is for one gateway: whatever is half done was left by a crash.
        let alone = config.is_alone();
        if alone {
            service.forget_running().await.map_err(|error| StartError(error.to_string()))?;
        }
        let mut settling = {
            let (service, before) = (service.clone(), service.left_behind(alone));
            tokio::spawn(async move { settle(&service, before).await })
        };
        // Mostly it takes no time. A vendor that doesn't answer is no reason not to serve what the others have.
        let settled = tokio::time::timeout(SETTLE, &mut settling).await.is_ok();

        let strays = strays(&*foundation.state, config, foundation.store.as_ref()).await.map_err(StartError)?;
        for warning in config.warnings().into_iter().chain(strays) {
            tracing::warn!("{warning}");
        }

        let (stop, stopped) = watch::channel(false);
        let metrics = Arc::new(Metrics::new(health.clone()));
        let parts = Parts {
            service: service.clone(),
            state: foundation.state.clone(),
            store: foundation.store.clone(),
            health,
            metrics: metrics.clone(),
            public_url: config.public_url.clone(),
            client_address_header: config.client_address_header.clone(),
        };
        let mut listeners = Vec::new();
        let limits = config.limits.clone();
        let (front, until) = (server::api(parts, &limits), stopped.clone());
        listeners.push(tokio::spawn(async move { serve(api, front, &limits, until).await }));
        if let (Some(listener), Some(store)) = (s3, foundation.store.clone()) {
            let (limits, until) = (config.limits.clone(), stopped.clone());
            let front = server::store(store, metrics, limits.stall);
            listeners.push(tokio::spawn(async move { serve(listener, front, &limits, until).await }));
        }
        let mut chores = vec![
            tokio::spawn(tidy(service.clone(), foundation.store, stopped.clone())),
            tokio::spawn(reconcile(service.clone(), stopped)),
        ];
        if !settled {
            chores.push(settling);
        }
        Ok(Self { api: api_address, s3: s3_address, service, stop, listeners, chores, _alone: foundation.alone })
    }

    /// Where the API listens.
    pub fn api_address(&self) -> SocketAddr {
        self.api
    }

    /// Where the embedded store listens, if it does.
    pub fn s3_address(&self) -> Option<SocketAddr> {
        self.s3
    }

    /// What the API stands on.
    pub fn service(&self) -> &Service {
        &self.service
    }

    /// Takes no more connections, lets requests end, and returns when they have.
    pub async fn stop(mut self) {
        // The receivers are gone only if the listeners are.
        let _ = self.stop.send(true);
        for listener in &mut self.listeners {
            if let Err(error) = listener.await {
                tracing::error!(%error, "a listener broke off");
            }
        }
        for chore in &mut self.chores {
            // What they do in files should be over when another gateway may come.
            let _ = tokio::time::timeout(LAST_CHORE, chore).await;
        }
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        for task in self.listeners.iter().chain(&self.chores) {
            task.abort();
        }
    }
}
