//! How the vendors are doing: asked again and again in the background, read by routing, `/readyz` and the metrics.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::task::JoinHandle;
use tokio::time::{MissedTickBehavior, interval, timeout};

use super::choose::Health;
use super::{Vendor, VendorError};

/// How many probes must fail in a row until a vendor counts as down.
const FAILURES: u32 = 2;

/// The longest that a probe may take.
const LIMIT: Duration = Duration::from_secs(5);

/// What tells the time; tests have their own.
pub type Clock = fn() -> DateTime<Utc>;

/// What is known of a vendor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// The vendor's name.
    pub name: String,
    /// Whether it answers, and how fast: a running average that forgets.
    pub health: Health,
    /// How many probes have failed in a row.
    pub failures: u32,
    /// Why the last one failed; `None` after one that didn't.
    pub error: Option<String>,
    /// When it was asked last; `None` before the first answer.
    pub checked_at: Option<DateTime<Utc>>,
    /// Since when it has been up or down; `None` before the first answer.
    pub since: Option<DateTime<Utc>>,
}

impl Report {
    /// Until it was asked, a vendor counts as up: a gateway that has just started can work.
    fn new(name: &str) -> Self {
        let health = Health { up: true, latency: None };
        Self { name: name.to_owned(), health, failures: 0, error: None, checked_at: None, since: None }
    }

    fn record(&mut self, outcome: &Result<Duration, VendorError>, now: DateTime<Utc>) {
        let before = self.health.up;
        self.checked_at = Some(now);
        match outcome {
            Ok(latency) => {
                // A quarter of the newest: a few probes after a change, it shows.
                let average = self.health.latency.map_or(*latency, |old| (old * 3 + *latency) / 4);
                self.health = Health { up: true, latency: Some(average) };
                (self.failures, self.error) = (0, None);
            }
            Err(error) => {
                self.failures = self.failures.saturating_add(1);
                self.error = Some(error.to_string());
                // One that has never answered has no good name to lose.
                self.health.up = before && self.failures < FAILURES && self.health.latency.is_some();
            }
        }
        if before != self.health.up || self.since.is_none() {
            self.since = Some(now);
        }
    }
}

/// The reports of all vendors. Dropping it ends the probes.
#[derive(Debug)]
pub struct Board {
    reports: Arc<[Mutex<Report>]>,
    probes: Vec<JoinHandle<()>>,
}

impl Board {
    /// Begins to probe each vendor at once, and then whenever so much time has passed. Needs a Tokio runtime.
    pub fn watch(vendors: &[Arc<dyn Vendor>], every: Duration, clock: Clock) -> Self {
        let reports: Arc<[_]> = vendors.iter().map(|vendor| Mutex::new(Report::new(&vendor.about().name))).collect();
        let probe = |(index, vendor): (usize, &Arc<dyn Vendor>)| {
            tokio::spawn(probe(Arc::clone(vendor), Arc::clone(&reports), index, every, clock))
        };
        let probes = vendors.iter().enumerate().map(probe).collect();
        Self { reports, probes }
    }

    /// How the vendor at this place is doing; one that isn't there is down.
    pub fn health(&self, index: usize) -> Health {
        self.reports.get(index).map_or(Health { up: false, latency: None }, |report| read(report).health)
    }

    /// All reports, in the vendors' order.
    pub fn reports(&self) -> Vec<Report> {
        self.reports.iter().map(read).collect()
    }
}

impl Drop for Board {
    fn drop(&mut self) {
        for probe in &self.probes {
            probe.abort();
        }
    }
}

fn read(report: &Mutex<Report>) -> Report {
    report.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

async fn probe(vendor: Arc<dyn Vendor>, reports: Arc<[Mutex<Report>]>, index: usize, every: Duration, clock: Clock) {
    // An interval of nothing would panic.
    let mut pace = interval(every.max(Duration::from_millis(10)));
    pace.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        pace.tick().await;
        let outcome = timeout(LIMIT, vendor.probe()).await.unwrap_or_else(|_| {
            let name = &vendor.about().name;
            Err(VendorError::Down(format!("vendor `{name}` didn't answer a probe within {} s", LIMIT.as_secs())))
        });
        let Some(report) = reports.get(index) else { return };
        let mut report = report.lock().unwrap_or_else(PoisonError::into_inner);
        let before = report.health.up;
        report.record(&outcome, clock());
        match (before, report.health.up, &report.error) {
            (true, false, Some(error)) => tracing::warn!(vendor = report.name, error, "vendor is down"),
            (false, true, _) => tracing::info!(vendor = report.name, "vendor is up again"),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests;
