//! What the gateway runs with: flags, over the environment, over a TOML file, over defaults.

mod file;
mod layer;
mod print;
mod warn;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use etcetera::BaseStrategy;
use tokio::sync::Semaphore;

pub use layer::{DatabaseUrl, Layer, LogFormat, LogLevel, VARIABLES};
pub use print::print;

use crate::account::TrialSettings;
use crate::state::{Database, POOL, STORE};
use crate::vendor::{self, config::VendorConfig};

/// Where the API listens unless told otherwise.
const LISTEN: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 7100);

/// Where the embedded store listens unless told otherwise.
const S3_LISTEN: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 7101);

/// What the gateway runs with.
#[derive(Clone, Debug)]
pub struct Config {
    /// The folder of accounts and objects, absolute.
    pub data: PathBuf,
    /// Where the API listens; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Where the embedded store listens; port 0 takes a free one.
    pub s3_listen: SocketAddr,
    /// What signed URLs of the embedded store begin with.
    pub public_s3_url: Option<String>,
    /// What `activate` tells clients to call.
    pub public_url: Option<String>,
    /// The header in which a reverse proxy gives the client's address.
    pub client_address_header: Option<http::HeaderName>,
    /// Whether the embedded store takes buckets.
    pub embedded: bool,
    /// The embedded store's rank among vendors, lower first.
    pub embedded_priority: u32,
    /// Where accounts and buckets are written down.
    pub database: Database,
    /// How many connections to Postgres there are at most.
    pub database_connections: usize,
    /// How log lines look.
    pub log: LogFormat,
    /// What is logged.
    pub log_level: LogLevel,
    /// What clients are held to.
    pub limits: Limits,
    /// What trial accounts get.
    pub trial: TrialSettings,
    /// S3 engines.
    pub vendors: Vec<VendorConfig>,
}

/// What clients are held to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The largest body of an API request.
    pub body_bytes: usize,
    /// How long the headers of a request may take.
    pub headers: Duration,
    /// How long the body of an API request may take.
    pub body: Duration,
    /// How long nothing may come of an upload, or be taken of an answer.
    pub stall: Duration,
    /// How many API requests run at once.
    pub requests: usize,
    /// How many connections a listener holds.
    pub connections: usize,
    /// How long running requests may take to end at a stop.
    pub stop: Duration,
}

/// A setting that can't be used: which, and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError(pub String);

impl std::fmt::Display for ConfigError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for ConfigError {}

impl Config {
    /// Lays flags and environment over the file, and both over the defaults.
    pub fn new(flags: Layer, file: Layer) -> Result<Self, ConfigError> {
        let layer = flags.over(file);
        let data = match layer.data {
            Some(folder) => folder,
            None => data_folder()?,
        };
        let data = std::path::absolute(&data)
            .map_err(|error| ConfigError(format!("`data` can't be used: {error}; say which folder with `--data`")))?;
        vendor::config::check_all(&layer.vendors).map_err(ConfigError)?;
        let database = layer.database.as_ref().map(|url| url.0.as_str());
        let mut database = Database::parse(database, &data).map_err(ConfigError)?;
        let connections = count("database_connections", layer.database_connections.unwrap_or(POOL))?;
        if let Database::Postgres { pool, .. } = &mut database {
            *pool = connections;
        }
        let embedded = layer.embedded.unwrap_or(layer.vendors.is_empty());
        let trial = TrialSettings::default();
        let config = Self {
            data,
            listen: layer.listen.unwrap_or(LISTEN),
            s3_listen: layer.s3_listen.unwrap_or(S3_LISTEN),
            public_s3_url: layer.public_s3_url.map(|url| base_url("public_s3_url", &url)).transpose()?,
            public_url: layer.public_url.map(|url| base_url("public_url", &url)).transpose()?,
            client_address_header: layer.client_address_header.map(|name| header_name(&name)).transpose()?,
            embedded,
            embedded_priority: layer.embedded_priority.unwrap_or(100),
            database,
            database_connections: connections,
            log: layer.log.unwrap_or_default(),
            log_level: layer.log_level.unwrap_or_default(),
            limits: Limits {
                body_bytes: positive("max_body_bytes", layer.max_body_bytes.unwrap_or(1 << 20))?,
                headers: seconds("header_seconds", layer.header_seconds.unwrap_or(10))?,
                body: seconds("body_seconds", layer.body_seconds.unwrap_or(10))?,
                stall: seconds("stall_seconds", layer.stall_seconds.unwrap_or(20))?,
                requests: count("max_requests", layer.max_requests.unwrap_or(1024))?,
                connections: count("max_connections", layer.max_connections.unwrap_or(8192))?,
                stop: Duration::from_secs(layer.stop_seconds.unwrap_or(30).into()),
            },
            trial: TrialSettings {
                enabled: layer.trial.unwrap_or(embedded),
                max_buckets: layer.trial_buckets.map_or(trial.max_buckets, unless_zero),
                max_bytes: layer.trial_bytes.map_or(trial.max_bytes, unless_zero),
                days: layer.trial_days.map_or(trial.days, unless_zero),
                per_hour_per_client: layer.trial_per_client.unwrap_or(trial.per_hour_per_client),
                per_hour: layer.trial_per_hour.unwrap_or(trial.per_hour),
            },
            vendors: layer.vendors,
        };
        if !config.embedded && config.vendors.is_empty() {
            return Err(ConfigError(
                "nothing keeps objects: `embedded` is false and there is no `[[vendor]]`; take `embedded` away or configure a vendor"
                    .into(),
            ));
        }
        Ok(config)
    }

    /// Whether the state is this gateway's alone: SQLite is, Postgres is for several.
    pub fn is_alone(&self) -> bool {
        matches!(self.database, Database::Sqlite(_))
    }

    /// The folder of the embedded store.
    pub fn store_folder(&self) -> PathBuf {
        self.data.join(STORE)
    }
}

/// The platform's folder for a program's data: `~/.local/share/infrai-gateway` on Linux.
fn data_folder() -> Result<PathBuf, ConfigError> {
    let folders = etcetera::choose_base_strategy()
        .map_err(|_| ConfigError("there is no home folder to keep data in; say where with `--data`".into()))?;
    Ok(folders.data_dir().join("infrai-gateway"))
}

/// Checks what other URLs are made from: scheme and host, and nothing behind the path. A `/` at its end is dropped.
fn base_url(setting: &str, url: &str) -> Result<String, ConfigError> {
    let wrong = |why: &str| {
        ConfigError(format!("`{setting}` is no base URL: {why}; write one such as `https://s3.example.com`"))
    };
    // The parser would make a URL of `https:host` and of one between spaces, too.
    if !url.contains("://") || url.contains(|character: char| character.is_whitespace() || character.is_control()) {
        return Err(wrong("it isn't a scheme, `://` and a host"));
    }
    let parsed = reqwest::Url::parse(url).map_err(|error| wrong(&error.to_string()))?;
    match parsed.scheme() {
        "http" | "https" => {}
        other => return Err(wrong(&format!("its scheme is `{other}`"))),
    }
    if parsed.query().is_some() || parsed.fragment().is_some() || parsed.path() != "/" {
        return Err(wrong("it has more than a scheme, a host and a port"));
    }
    if !parsed.username().is_empty() || parsed.password().is_some() || url.contains('@') {
        return Err(wrong("it has a user or a password"));
    }
    Ok(parsed.origin().ascii_serialization())
}

fn header_name(name: &str) -> Result<http::HeaderName, ConfigError> {
    name.parse().map_err(|_| ConfigError(format!("`client_address_header` is no name of a header: `{name}`")))
}

fn positive(setting: &str, value: usize) -> Result<usize, ConfigError> {
    if value == 0 { Err(ConfigError(format!("`{setting}` is 0, and must be at least 1"))) } else { Ok(value) }
}

/// As [`positive`], and no more than can be counted at once.
fn count(setting: &str, value: usize) -> Result<usize, ConfigError> {
    match positive(setting, value)? {
        value if value > Semaphore::MAX_PERMITS => {
            Err(ConfigError(format!("`{setting}` is {value}, and must be at most {}", Semaphore::MAX_PERMITS)))
        }
        value => Ok(value),
    }
}

fn seconds(setting: &str, value: u32) -> Result<Duration, ConfigError> {
    if value == 0 {
        return Err(ConfigError(format!("`{setting}` is 0, and must be at least 1")));
    }
    Ok(Duration::from_secs(value.into()))
}

fn unless_zero<T: Default + PartialEq>(value: T) -> Option<T> {
    (value != T::default()).then_some(value)
}
