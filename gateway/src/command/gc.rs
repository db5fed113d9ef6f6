//! `gc`: removes what nobody needs, while the gateway is stopped. A running one does it by itself every hour.

use std::time::Duration;

use chrono::{TimeDelta, Utc};
use infrai_store::{Damage, Store};

use super::say::say;
use super::{Failed, Settings};
use crate::gateway::{Foundation, KEPT_AFTER_TRIAL};
use crate::service::system_clock;
use crate::vendor::health::Board;

/// What `gc` takes.
#[derive(clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    settings: Settings,
    /// How many days the data of an ended trial is kept.
    #[arg(long, value_name = "DAYS", default_value_t = KEPT_AFTER_TRIAL.num_days())]
    #[arg(value_parser = clap::value_parser!(i64).range(0..=36500))]
    keep_trials: i64,
    /// Read every object of the embedded store, too, and name those whose bytes are damaged. Nothing is changed by that.
    #[arg(long)]
    verify: bool,
}

pub(super) async fn run(args: &Args) -> Result<(), Failed> {
    let config = args.settings.resolve()?.config;
    let foundation = Foundation::open(&config, "http://127.0.0.1").await?;
    let health = Board::watch(&foundation.vendors, Duration::from_hours(1), Utc::now);
    let service = foundation.service(&config, health.into(), system_clock());
    let now = Utc::now();
    let reconciled = service.reconcile(service.left_behind(config.is_alone())).await?;
    say(format_args!(
        "planned buckets   {} finished, {} dropped, {} wait for their vendor",
        reconciled.finished, reconciled.dropped, reconciled.left
    ))?;
    let removed = service.remove_old(now - TimeDelta::days(args.keep_trials)).await?;
    say(format_args!("kept answers      {} removed", removed.answers))?;
    say(format_args!("ended trials      {} removed, with {} buckets", removed.trials, removed.buckets))?;
    if let Some(store) = &foundation.store {
        let collected = store.gc(now.timestamp_millis()).await.map_err(|error| Failed(error.to_string()))?;
        say(format_args!("temporary files   {} removed", collected.temporary))?;
        say(format_args!("forgotten blobs   {} removed", collected.blobs))?;
        say(format_args!("given-up uploads  {} removed", collected.uploads))?;
        if args.verify {
            verify(store).await?;
        }
    }
    Ok(())
}

async fn verify(store: &Store) -> Result<(), Failed> {
    let mut told = Ok(());
    let damaged = |damage: Damage| {
        let part = damage.part.map_or_else(String::new, |part| format!(", part {part} of an upload"));
        let line = format_args!("damaged           {}/{}{part}: {}", damage.bucket, damage.key, damage.what);
        // Once that fails, nothing more is said; all is read all the same.
        if told.is_ok() {
            told = say(line);
        }
    };
    let verified = store.verify(damaged).await.map_err(|error| Failed(error.to_string()))?;
    told?;
    say(format_args!("read              {} objects and parts, {} bytes", verified.objects, verified.bytes))?;
    match verified.damaged {
        0 => Ok(()),
        count => Err(Failed(format!("{count} of them are damaged: upload them again, or restore them from a backup"))),
    }
}
