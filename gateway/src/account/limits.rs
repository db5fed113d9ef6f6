//! What trial accounts may use.

use std::num::NonZeroU32;

use chrono::{DateTime, TimeDelta, Utc};

use crate::state::{GrantLimits, Trial};

/// Whether there are trial accounts, what each may use, and how many there may be. `None` is without a limit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrialSettings {
    /// Whether `POST /v1/activate` makes accounts.
    pub enabled: bool,
    /// The most buckets of one.
    pub max_buckets: Option<u32>,
    /// The most bytes in all objects of one.
    pub max_bytes: Option<u64>,
    /// After how many days one ends.
    pub days: Option<u32>,
    /// The most that one client's address may make in an hour.
    pub per_hour_per_client: u32,
    /// The most that all may make in an hour, in all replicas.
    pub per_hour: u32,
}

impl Default for TrialSettings {
    fn default() -> Self {
        Self {
            enabled: true,
            max_buckets: Some(10),
            max_bytes: Some(1 << 30),
            days: Some(30),
            per_hour_per_client: 20,
            per_hour: 1000,
        }
    }
}

impl TrialSettings {
    /// How many may be made in an hour; nothing if none may.
    pub fn hourly(&self) -> Option<GrantLimits> {
        let (per_client, in_all) = (NonZeroU32::new(self.per_hour_per_client)?, NonZeroU32::new(self.per_hour)?);
        Some(GrantLimits { per_client, in_all })
    }

    /// The limits of an account that is made now.
    pub fn trial(&self, now: DateTime<Utc>) -> Trial {
        // So many days that the calendar ends before is without a limit.
        let end = |days| now.checked_add_signed(TimeDelta::days(i64::from(days)));
        Trial { expires_at: self.days.and_then(end), max_buckets: self.max_buckets, max_bytes: self.max_bytes }
    }
}
