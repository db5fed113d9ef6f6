//! `doctor`: looks whether the gateway could run well here. Changes nothing that `serve` wouldn't.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use infrai_store::{OpenError, Options, Store};

use super::say::say;
use super::{Failed, Settings};
use crate::config::Config;
use crate::gateway::environment;
use crate::state::{self, State};
use crate::strays::strays;
use crate::vendor::Vendor;
use crate::vendor::config::EMBEDDED;
use crate::vendor::s3::S3Vendor;

/// Less free space than this is worth a word, in bytes.
const LITTLE: u64 = 1 << 30;

/// Handles that are needed beside those of connections and what moves over them, at most.
const OTHER_HANDLES: u64 = 100;

/// Says how each look went, and counts what is wrong.
struct Findings {
    right: usize,
    wrong: usize,
    /// Why some of it couldn't be said.
    unsaid: Option<Failed>,
}

impl Findings {
    fn good(&mut self, what: &str, how: impl std::fmt::Display) {
        self.say(format_args!("ok    {what:<14} {how}"));
        self.right += 1;
    }

    /// Worth a word, but no failure.
    fn odd(&mut self, what: &str, why: impl std::fmt::Display) {
        self.say(format_args!("warn  {what:<14} {why}"));
    }

    fn bad(&mut self, what: &str, why: impl std::fmt::Display) {
        self.say(format_args!("FAIL  {what:<14} {why}"));
        self.wrong += 1;
    }

    fn say(&mut self, line: std::fmt::Arguments<'_>) {
        if let Err(failed) = say(line) {
            self.unsaid.get_or_insert(failed);
        }
    }
}

pub(super) async fn run(settings: &Settings) -> Result<(), Failed> {
    let resolved = settings.resolve()?;
    let config = &resolved.config;
    let mut findings = Findings { right: 0, wrong: 0, unsaid: None };
    match &resolved.file {
        Some(file) => findings.good("configuration", file.display()),
        None => findings.good("configuration", "no file; flags, environment and defaults"),
    }
    for warning in config.warnings() {
        findings.odd("configuration", warning);
    }
    folder(config, &mut findings);
    handles(config, &mut findings);
    let state = database(config, &mut findings).await;
    let store = if config.embedded { store(config, &mut findings) } else { None };
    if let Some(state) = state {
        match strays(&*state, config, store.as_ref()).await {
            Ok(strays) => strays.iter().for_each(|stray| findings.odd("buckets", stray)),
            Err(error) => findings.bad("buckets", error),
        }
    }
    if config.embedded {
        port("S3 listener", "s3-listen", config.s3_listen, &mut findings).await;
    }
    port("API listener", "listen", config.listen, &mut findings).await;
    for vendor in &config.vendors {
        let what = format!("vendor {}", vendor.name);
        match S3Vendor::open(vendor, &environment) {
            Err(error) => findings.bad(&what, error),
            Ok(vendor) => match vendor.probe().await {
                Ok(took) => {
                    findings.good(&what, format!("answers in {} ms and takes the credentials", took.as_millis()));
                }
                Err(error) => findings.bad(&what, error),
            },
        }
    }
    if let Some(failed) = findings.unsaid {
        return Err(failed);
    }
    match findings.wrong {
        0 => Ok(()),
        wrong => {
            Err(Failed(format!("{wrong} of {} looks found something wrong; see FAIL above", findings.right + wrong)))
        }
    }
}

fn folder(config: &Config, findings: &mut Findings) {
    if let Err(error) = crate::gateway::make_folder(config) {
        findings.bad("data folder", error);
        return;
    }
    let shown = config.data.display();
    match free(&config.data) {
        Ok(free) if free < LITTLE => {
            findings.bad("data folder", format!("{shown} has {} MiB left on its disk; make room", free / (1 << 20)));
        }
        Ok(u64::MAX) => findings.good("data folder", shown),
        Ok(free) => findings.good("data folder", format!("{shown}, {} GiB free", free / (1 << 30))),
        Err(_) if !config.is_alone() && !config.embedded => findings.good("data folder", "not needed"),
        Err(error) => findings.bad("data folder", format!("{shown} can't be looked at: {error}")),
    }
}

/// How many bytes a folder's disk has left.
#[cfg(unix)]
fn free(folder: &Path) -> std::io::Result<u64> {
    let disk = rustix::fs::statvfs(folder)?;
    Ok(disk.f_bavail.saturating_mul(disk.f_frsize))
}

/// What can't be known here counts as enough.
#[cfg(not(unix))]
fn free(folder: &Path) -> std::io::Result<u64> {
    std::fs::metadata(folder).map(|_| u64::MAX)
}

/// Each connection of each listener takes one; of the store's, an upload or download takes another for its file.
fn handles(config: &Config, findings: &mut Findings) {
    let connections = u64::try_from(config.limits.connections).unwrap_or(u64::MAX);
    let of_each = if config.embedded { 3 } else { 1 };
    let wanted = connections.saturating_mul(of_each).saturating_add(OTHER_HANDLES);
    match crate::server::handles::most() {
        None => findings.good("file handles", "as many as are wanted"),
        Some(most) if most < wanted => findings.odd(
            "file handles",
            format!(
                "{most} at most, and `max_connections` is {connections}, which can need {wanted}; raise the hard limit \
                 (`ulimit -Hn`), or lower `max_connections`"
            ),
        ),
        Some(most) => findings.good("file handles", format!("{most} at most")),
    }
}

async fn database(config: &Config, findings: &mut Findings) -> Option<Arc<dyn State>> {
    let opened = state::open(&config.database).await;
    let checked = match &opened {
        Ok(state) => state.check().await,
        Err(error) => Err(error.clone()),
    };
    match checked {
        Ok(()) => findings.good("database", &config.database),
        Err(error) => findings.bad("database", error),
    }
    opened.ok()
}

fn store(config: &Config, findings: &mut Findings) -> Option<Store> {
    match Store::open(&config.store_folder(), Options::default()) {
        Ok(store) => {
            findings.good("embedded store", format!("{}, called `{}`", config.store_folder().display(), EMBEDDED));
            return Some(store);
        }
        // A gateway that is running is no fault.
        Err(error @ OpenError::InUse { .. }) => findings.good("embedded store", error),
        Err(error) => findings.bad("embedded store", error),
    }
    None
}

async fn port(what: &str, setting: &str, address: SocketAddr, findings: &mut Findings) {
    match tokio::net::TcpListener::bind(address).await {
        Ok(_) => findings.good(what, format!("{address} is free")),
        Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => {
            if answers(address).await {
                findings.good(what, format!("{address}: a gateway is running there"));
            } else {
                findings.bad(what, format!("{address} is taken by another program; choose another with `--{setting}`"));
            }
        }
        Err(error) => {
            findings.bad(what, format!("{address} can't be listened on: {error}; choose another with `--{setting}`"));
        }
    }
}

/// Whether one of ours listens there: each of its answers has a request id.
async fn answers(address: SocketAddr) -> bool {
    let client = reqwest::Client::builder().no_proxy().timeout(std::time::Duration::from_secs(2)).build();
    let Ok(client) = client else { return false };
    match client.get(format!("http://{address}/healthz")).send().await {
        Ok(answer) => answer.headers().contains_key(crate::api::REQUEST_ID),
        Err(_) => false,
    }
}
