//! `serve`: runs until it is told to stop.

use super::say::text;
use super::told::Told;
use super::{Failed, Origins, Settings};
use crate::config::{self, Config};
use crate::gateway::Gateway;
use crate::server::{handles, log};

/// What `serve` takes.
#[derive(clap::Args, Clone, Debug)]
pub(super) struct Args {
    #[command(flatten)]
    settings: Settings,
    /// Show the settings that hold, each with where it comes from, and end.
    #[arg(long)]
    print_config: bool,
}

pub(super) async fn run(args: &Args, origins: &Origins) -> Result<(), Failed> {
    let resolved = args.settings.resolve()?;
    let config = &resolved.config;
    if args.print_config {
        let from_file = &resolved.from_file;
        return text(config::print(config, &origins.flags, &origins.environment, from_file, resolved.file.as_deref()));
    }
    log::start(config.log, config.log_level);
    handles::raise();
    // Before all else, so that whoever stops us while we start is heard.
    let mut told = Told::listen().map_err(|error| Failed(format!("signals can't be listened to: {error}")))?;
    let gateway = tokio::select! {
        started = Gateway::start(config) => started?,
        () = told.once() => {
            tracing::info!("told to stop before the start was done; stopped");
            return Ok(());
        }
    };
    // Nobody has to read it: the gateway serves all the same.
    let _ = text(greeting(config, &gateway));
    tracing::info!(api = %gateway.api_address(), s3 = gateway.s3_address().map(tracing::field::display), "serving");
    told.once().await;
    tracing::info!("stopping: running requests may end; tell again to stop at once");
    tokio::select! {
        () = gateway.stop() => tracing::info!("stopped"),
        () = told.once() => tracing::warn!("told again to stop: requests that were still running were cut off"),
    }
    Ok(())
}

/// What somebody who has just started it wants to know.
fn greeting(config: &Config, gateway: &Gateway) -> String {
    let api = gateway.api_address();
    let mut text = format!("infrai-gateway {}\n\n", env!("CARGO_PKG_VERSION"));
    text.push_str(&format!("  API        http://{api}\n"));
    if let Some(s3) = gateway.s3_address() {
        text.push_str(&format!("  S3 store   http://{s3}\n"));
        if config.signs_for_itself() {
            let url = config.s3_url(s3);
            text.push_str(&format!("             signed URLs name {url}, which works on this machine only;\n"));
            text.push_str("             set `public_s3_url` to what clients call\n");
        }
    }
    for vendor in &config.vendors {
        text.push_str(&format!("  vendor     {} at {}\n", vendor.name, vendor.endpoint));
    }
    if config.embedded || config.is_alone() {
        text.push_str(&format!("  data       {}\n", config.data.display()));
    }
    if !config.is_alone() {
        text.push_str(&format!("  database   {}\n", config.database));
    }
    text.push_str("\nget a key with one of\n\n");
    if config.trial.enabled {
        text.push_str(&format!("  curl -X POST http://{api}/v1/activate      # a trial account\n"));
    }
    text.push_str("  infrai-gateway keys create                       # an account of your own (same settings)\n");
    text.push_str("\nwhere the program isn't on the PATH: `cargo run --release -p gateway -- keys create`\n\n");
    text
}
