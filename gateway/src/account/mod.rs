//! Accounts, their API keys, and trials.

mod accounts;
mod key;
mod limits;
mod rate;

pub use accounts::{AccountError, Found, NewKey, add_key, create, create_trial, find};
pub use key::ApiKey;
pub use limits::TrialSettings;
pub use rate::{Client, Rate};
