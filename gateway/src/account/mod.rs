//! Accounts, their API keys, and trials.

mod accounts;
mod client;
mod key;
mod limits;
mod refusals;

pub use accounts::{AccountError, Found, NewKey, add_key, create, create_trial, find};
pub use client::Client;
pub use key::ApiKey;
pub use limits::TrialSettings;
pub use refusals::Refusals;
