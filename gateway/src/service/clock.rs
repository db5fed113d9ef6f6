//! What time it is, behind a function, so that tests can say.

use std::sync::Arc;

use chrono::{DateTime, Utc};

/// Gives the time.
pub type Clock = Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>;

/// The machine's clock.
pub fn system_clock() -> Clock {
    Arc::new(Utc::now)
}
