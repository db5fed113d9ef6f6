//! `serve`: runs until it is told to stop.

use super::{Failed, Origins, Settings};
use crate::config::{self, Config};
use crate::gateway::Gateway;
use crate::server::log;

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
        print!("{}", config::print(config, &origins.flags, &origins.environment, from_file, resolved.file.as_deref()));
        return Ok(());
    }
    log::start(config.log, config.log_level);
    // Before the listeners, so that whoever stops us right after the start is heard.
    let told = Told::listen().map_err(|error| Failed(format!("signals can't be listened to: {error}")))?;
    let gateway = Gateway::start(config).await?;
    print!("{}", greeting(config, &gateway));
    tracing::info!(api = %gateway.api_address(), s3 = gateway.s3_address().map(tracing::field::display), "serving");
    told.wait().await;
    tracing::info!("stopping: running requests may end");
    gateway.stop().await;
    tracing::info!("stopped");
    Ok(())
}

/// What somebody who has just started it wants to know.
fn greeting(config: &Config, gateway: &Gateway) -> String {
    let api = gateway.api_address();
    let mut text = format!("infrai-gateway {}\n\n", env!("CARGO_PKG_VERSION"));
    text.push_str(&format!("  API        http://{api}\n"));
    if let Some(s3) = gateway.s3_address() {
        text.push_str(&format!("  S3 store   http://{s3}\n"));
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
    text.push_str("  infrai-gateway keys create                       # an account of your own (same settings)\n\n");
    text
}

/// The signals that mean stop.
struct Told {
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
}

impl Told {
    #[cfg(unix)]
    fn listen() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self { terminate: signal(SignalKind::terminate())?, interrupt: signal(SignalKind::interrupt())? })
    }

    #[cfg(unix)]
    async fn wait(mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }

    #[cfg(not(unix))]
    fn listen() -> std::io::Result<Self> {
        Ok(Self {})
    }

    #[cfg(not(unix))]
    async fn wait(self) {
        // Without a signal there is nobody who could tell us.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
