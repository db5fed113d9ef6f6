//! Prometheus metrics.

use std::sync::Arc;
use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

use super::observe::Front;
use crate::vendor::health::Board;

/// The upper ends of the buckets of durations, in seconds.
const BUCKETS: [f64; 12] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0];

/// How a request ended.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct Outcome {
    /// `api` or `s3`.
    pub(crate) front: &'static str,
    /// The operation, or `none`.
    pub(crate) operation: &'static str,
    /// The HTTP status.
    pub(crate) status: u16,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Operation {
    front: &'static str,
    operation: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct At {
    front: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Named {
    vendor: String,
}

/// What is counted.
pub(crate) struct Metrics {
    registry: Registry,
    requests: Family<Outcome, Counter>,
    durations: Family<Operation, Histogram, fn() -> Histogram>,
    running: Family<At, Gauge>,
    vendor_up: Family<Named, Gauge>,
    vendor_latency: Family<Named, Gauge<f64, std::sync::atomic::AtomicU64>>,
    health: Arc<Board>,
}

/// A request that is running, as long as it lives.
pub(crate) struct Running(Gauge);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.dec();
    }
}

impl Metrics {
    /// Counts from zero.
    pub(crate) fn new(health: Arc<Board>) -> Self {
        let mut registry = Registry::with_prefix("infrai");
        let requests = Family::default();
        registry.register("http_requests", "Requests answered", requests.clone());
        let durations: Family<Operation, Histogram, fn() -> Histogram> =
            Family::new_with_constructor(|| Histogram::new(BUCKETS));
        registry.register_with_unit(
            "http_request_duration",
            "Time until the head of the answer",
            Unit::Seconds,
            durations.clone(),
        );
        let running = Family::default();
        registry.register("http_requests_running", "Requests without an answer yet", running.clone());
        let vendor_up = Family::default();
        registry.register("vendor_up", "Whether the vendor answered when it was last asked", vendor_up.clone());
        let vendor_latency = Family::default();
        registry.register_with_unit(
            "vendor_latency",
            "How long the vendor takes to answer, smoothed",
            Unit::Seconds,
            vendor_latency.clone(),
        );
        Self { registry, requests, durations, running, vendor_up, vendor_latency, health }
    }

    /// Counts a request that begins.
    pub(crate) fn running(&self, front: Front) -> Running {
        let gauge = self.running.get_or_create_owned(&At { front: front.name() });
        gauge.inc();
        Running(gauge)
    }

    /// Counts a request that has ended.
    pub(crate) fn ended(&self, outcome: &Outcome, took: Duration) {
        self.requests.get_or_create(outcome).inc();
        let operation = Operation { front: outcome.front, operation: outcome.operation };
        self.durations.get_or_create(&operation).observe(took.as_secs_f64());
    }

    /// All of it, as Prometheus reads it (`OpenMetrics` text).
    pub(crate) fn text(&self) -> String {
        for vendor in self.health.reports() {
            let named = Named { vendor: vendor.name };
            self.vendor_up.get_or_create(&named).set(i64::from(vendor.health.up));
            if let Some(latency) = vendor.health.latency {
                self.vendor_latency.get_or_create(&named).set(latency.as_secs_f64());
            }
        }
        let mut text = String::new();
        match encode(&mut text, &self.registry) {
            Ok(()) => text,
            Err(_) => "# the metrics could not be written\n".to_owned(),
        }
    }
}
