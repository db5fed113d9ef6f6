//! One layer of settings: what flags and the environment say, or what the file says.
//!
//! The same struct is read by clap and by serde, so a setting has one name: `--s3-listen`, `INFRAI_GATEWAY_S3_LISTEN`
//! and `s3_listen` in the file.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::builder::BoolishValueParser;
use clap::{Args, ValueEnum};
use serde::{Deserialize, Serialize};

use crate::vendor::config::VendorConfig;

/// How log lines look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

/// What is logged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum LogLevel {
    /// Nothing.
    Off,
    /// What needs an operator.
    Error,
    /// What an operator should look at.
    Warn,
    /// Also one line a request.
    #[default]
    Info,
    /// Also how things were decided.
    Debug,
}

/// A database's URL, which may hold a password: it isn't shown.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct DatabaseUrl(pub String);

impl From<String> for DatabaseUrl {
    fn from(url: String) -> Self {
        Self(url)
    }
}

impl std::fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("DatabaseUrl(…)")
    }
}

/// Makes the struct, and the function that lays one layer over another.
macro_rules! settings {
    ($($(#[doc = $doc:literal])+ $(#[arg($($arg:tt)*)])* $name:ident: $ty:ty, $env:literal;)*) => {
        /// Settings; what isn't set is left to the layer below.
        #[derive(Args, Clone, Debug, Default, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub struct Layer {
            $(
                $(#[doc = $doc])+
                #[arg(long, env = $env, hide_env_values = true, $($($arg)*)*)]
                pub $name: Option<$ty>,
            )*
            /// S3 engines; only the file has them.
            #[arg(skip)]
            #[serde(default, rename = "vendor")]
            pub vendors: Vec<VendorConfig>,
        }

        impl Layer {
            /// Fills what this layer leaves open from the one below.
            #[must_use]
            pub fn over(self, below: Self) -> Self {
                Self {
                    $($name: self.$name.or(below.$name),)*
                    vendors: if self.vendors.is_empty() { below.vendors } else { self.vendors },
                }
            }

            /// Which settings this layer has, by their names in the file.
            pub fn set(&self) -> Vec<&'static str> {
                let mut names = Vec::new();
                $(if self.$name.is_some() { names.push(stringify!($name)); })*
                names
            }
        }

        /// The environment variables, each with the setting that it gives.
        pub const VARIABLES: &[(&str, &str)] = &[$(($env, stringify!($name)),)*];
    };
}

settings! {
    /// The folder of accounts and objects [default: the platform's data folder]
    #[arg(value_name = "FOLDER")]
    data: PathBuf, "INFRAI_GATEWAY_DATA";
    /// Where the API listens [default: 127.0.0.1:7100]
    #[arg(value_name = "ADDRESS:PORT")]
    listen: SocketAddr, "INFRAI_GATEWAY_LISTEN";
    /// Where the embedded S3 store listens [default: 127.0.0.1:7101]
    #[arg(value_name = "ADDRESS:PORT")]
    s3_listen: SocketAddr, "INFRAI_GATEWAY_S3_LISTEN";
    /// What signed URLs of the embedded store begin with, where a proxy stands in front of it
    /// [default: `http://` and where it listens]
    #[arg(value_name = "URL")]
    public_s3_url: String, "INFRAI_GATEWAY_PUBLIC_S3_URL";
    /// What `activate` tells clients to call [default: `http://` and the `Host` that they called]
    #[arg(value_name = "URL")]
    public_url: String, "INFRAI_GATEWAY_PUBLIC_URL";
    /// The header in which a reverse proxy gives the client's address, such as `X-Forwarded-For`; its last value counts.
    /// Set it only behind a proxy that sets it [default: the address of the connection]
    #[arg(value_name = "HEADER")]
    client_address_header: String, "INFRAI_GATEWAY_CLIENT_ADDRESS_HEADER";
    /// Whether the embedded store takes buckets [default: true where no other vendor is configured]
    #[arg(num_args = 0..=1, require_equals = true, default_missing_value = "true", value_name = "BOOL",
        value_parser = BoolishValueParser::new())]
    embedded: bool, "INFRAI_GATEWAY_EMBEDDED";
    /// The embedded store's rank among vendors, lower first [default: 100]
    #[arg(value_name = "NUMBER")]
    embedded_priority: u32, "INFRAI_GATEWAY_EMBEDDED_PRIORITY";
    /// Where accounts and buckets are written down, `postgres://…` for several replicas [default: SQLite in `data`]
    #[arg(value_name = "URL")]
    database: DatabaseUrl, "INFRAI_GATEWAY_DATABASE";
    /// How many connections to Postgres this gateway keeps at most [default: 10]
    #[arg(value_name = "NUMBER")]
    database_connections: usize, "INFRAI_GATEWAY_DATABASE_CONNECTIONS";
    /// How log lines look [default: text]
    #[arg(value_name = "FORMAT")]
    log: LogFormat, "INFRAI_GATEWAY_LOG";
    /// What is logged [default: info]
    #[arg(value_name = "LEVEL")]
    log_level: LogLevel, "INFRAI_GATEWAY_LOG_LEVEL";

    /// The largest body of an API request, in bytes [default: 1048576]
    #[arg(value_name = "BYTES", help_heading = "Limits")]
    max_body_bytes: usize, "INFRAI_GATEWAY_MAX_BODY_BYTES";
    /// How long a client may take to send a request's headers, and a connection may be idle before, in seconds [default: 10]
    #[arg(value_name = "SECONDS", help_heading = "Limits")]
    header_seconds: u32, "INFRAI_GATEWAY_HEADER_SECONDS";
    /// How long a client may take to send an API request's body, in seconds [default: 10]
    #[arg(value_name = "SECONDS", help_heading = "Limits")]
    body_seconds: u32, "INFRAI_GATEWAY_BODY_SECONDS";
    /// How long nothing may come of an upload, or be taken of an answer, before it is cut off, in seconds [default: 20]
    #[arg(value_name = "SECONDS", help_heading = "Limits")]
    stall_seconds: u32, "INFRAI_GATEWAY_STALL_SECONDS";
    /// How many API requests run at once; more are answered 503 [default: 1024]
    #[arg(value_name = "NUMBER", help_heading = "Limits")]
    max_requests: usize, "INFRAI_GATEWAY_MAX_REQUESTS";
    /// How many connections each listener holds; more wait to be accepted [default: 8192]
    #[arg(value_name = "NUMBER", help_heading = "Limits")]
    max_connections: usize, "INFRAI_GATEWAY_MAX_CONNECTIONS";
    /// How long running requests may take to end when the gateway stops, in seconds [default: 30]
    #[arg(value_name = "SECONDS", help_heading = "Limits")]
    stop_seconds: u32, "INFRAI_GATEWAY_STOP_SECONDS";

    /// Whether `POST /v1/activate` gives trial accounts [default: true where the embedded store is]
    #[arg(num_args = 0..=1, require_equals = true, default_missing_value = "true", value_name = "BOOL",
        value_parser = BoolishValueParser::new(), help_heading = "Trial accounts")]
    trial: bool, "INFRAI_GATEWAY_TRIAL";
    /// The most buckets of a trial; 0 is no limit [default: 10]
    #[arg(value_name = "NUMBER", help_heading = "Trial accounts")]
    trial_buckets: u32, "INFRAI_GATEWAY_TRIAL_BUCKETS";
    /// The most bytes of a trial, held to in the embedded store, where an object counts 4096 more; 0 is no limit [default: 1073741824]
    #[arg(value_name = "BYTES", help_heading = "Trial accounts")]
    trial_bytes: u64, "INFRAI_GATEWAY_TRIAL_BYTES";
    /// How many days a trial lasts; 0 is no end [default: 30]
    #[arg(value_name = "DAYS", help_heading = "Trial accounts")]
    trial_days: u32, "INFRAI_GATEWAY_TRIAL_DAYS";
    /// How many trials an hour one client address is given [default: 20]
    #[arg(value_name = "NUMBER", help_heading = "Trial accounts")]
    trial_per_client: u32, "INFRAI_GATEWAY_TRIAL_PER_CLIENT";
    /// How many trials an hour are given in all [default: 1000]
    #[arg(value_name = "NUMBER", help_heading = "Trial accounts")]
    trial_per_hour: u32, "INFRAI_GATEWAY_TRIAL_PER_HOUR";
}
