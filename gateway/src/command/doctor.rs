//! `doctor`: looks whether the gateway could run well here. Changes nothing that `serve` wouldn't.

use std::net::SocketAddr;

use infrai_store::{OpenError, Options, Store};

use super::{Failed, Settings};
use crate::config::Config;
use crate::gateway::environment;
use crate::state;
use crate::vendor::Vendor;
use crate::vendor::config::EMBEDDED;
use crate::vendor::s3::S3Vendor;

/// Less free space than this is worth a word, in bytes.
const LITTLE: u64 = 1 << 30;

/// Says how each look went, and counts what is wrong.
struct Findings {
    right: usize,
    wrong: usize,
}

impl Findings {
    fn good(&mut self, what: &str, how: impl std::fmt::Display) {
        println!("ok    {what:<14} {how}");
        self.right += 1;
    }

    fn bad(&mut self, what: &str, why: impl std::fmt::Display) {
        println!("FAIL  {what:<14} {why}");
        self.wrong += 1;
    }
}

pub(super) async fn run(settings: &Settings) -> Result<(), Failed> {
    let resolved = settings.resolve()?;
    let config = &resolved.config;
    let mut findings = Findings { right: 0, wrong: 0 };
    match &resolved.file {
        Some(file) => findings.good("configuration", file.display()),
        None => findings.good("configuration", "no file; flags, environment and defaults"),
    }
    folder(config, &mut findings);
    database(config, &mut findings).await;
    if config.embedded {
        store(config, &mut findings);
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
    match rustix::fs::statvfs(&config.data) {
        Ok(disk) => {
            let free = disk.f_bavail.saturating_mul(disk.f_frsize);
            let gib = free / (1 << 30);
            if free < LITTLE {
                findings
                    .bad("data folder", format!("{shown} has {} MiB left on its disk; make room", free / (1 << 20)));
            } else {
                findings.good("data folder", format!("{shown}, {gib} GiB free"));
            }
        }
        Err(_) if !config.is_alone() && !config.embedded => findings.good("data folder", "not needed"),
        Err(error) => findings.bad("data folder", format!("{shown} can't be looked at: {error}")),
    }
}

async fn database(config: &Config, findings: &mut Findings) {
    let opened = state::open(&config.database).await;
    let checked = match &opened {
        Ok(state) => state.check().await,
        Err(error) => Err(error.clone()),
    };
    match checked {
        Ok(()) => findings.good("database", &config.database),
        Err(error) => findings.bad("database", error),
    }
}

fn store(config: &Config, findings: &mut Findings) {
    match Store::open(&config.store_folder(), Options::default()) {
        Ok(_) => findings.good("embedded store", format!("{}, called `{}`", config.store_folder().display(), EMBEDDED)),
        // A gateway that is running is no fault.
        Err(error @ OpenError::InUse { .. }) => findings.good("embedded store", error),
        Err(error) => findings.bad("embedded store", error),
    }
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
        Ok(answer) => answer.headers().contains_key(crate::server::observe::REQUEST_ID),
        Err(_) => false,
    }
}
