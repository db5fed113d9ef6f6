//! Who calls, and trial accounts.

use std::net::IpAddr;
use std::time::Duration;

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value, json};

use super::bucket::{Wish, whole_seconds};
use super::{Service, broken_state, to_the_end};
use crate::account::{self, AccountError, Client, Found, NewKey};
use crate::api::{ApiError, Caller, Code};
use crate::state::{Grant, StateError};

/// The bucket that a trial account begins with.
const FIRST_BUCKET: &str = "demo";

/// A new trial account. Holds its key.
pub struct Activated(NewKey);

impl Activated {
    /// What the caller is told: the only time that the key is shown.
    pub fn to_json(&self, base_url: &str) -> Value {
        let NewKey { account, secret, .. } = &self.0;
        let trial = account.trial.as_ref();
        let expires_at =
            trial.and_then(|trial| trial.expires_at).map(|at| at.to_rfc3339_opts(SecondsFormat::Secs, true));
        json!({
            "api_key": secret.reveal(),
            "base_url": base_url,
            "account": {
                "id": account.id,
                "trial": true,
                "expires_at": expires_at,
                "max_buckets": trial.and_then(|trial| trial.max_buckets),
                "max_bytes": trial.and_then(|trial| trial.max_bytes),
            },
            "bucket": FIRST_BUCKET,
        })
    }

    /// The new account's id.
    pub fn account_id(&self) -> &str {
        &self.0.account.id
    }
}

impl Service {
    /// Finds who a key belongs to.
    pub(super) async fn caller(&self, key: Option<&str>) -> Result<Caller, ApiError> {
        let Some(key) = key else {
            let message = "an API key is missing; send it as `Authorization: Bearer ifr_pk_proj_…`";
            return Err(ApiError::new(Code::Unauthorized, message));
        };
        match account::find(self.state(), key, self.now()).await.map_err(|error| broken_state(&error))? {
            Found::Account(account) => Ok(Caller { account }),
            Found::TrialEnded(account) => {
                let end = account.trial.and_then(|trial| trial.expires_at);
                let end =
                    end.map_or_else(String::new, |at| format!(" at {}", at.to_rfc3339_opts(SecondsFormat::Secs, true)));
                let message = format!("the trial ended{end}; activate a new one, or ask for an account");
                Err(ApiError::new(Code::TrialEnded, message))
            }
            Found::Nobody => Err(ApiError::new(Code::Unauthorized, "the API key isn't known, or was revoked")),
        }
    }

    /// Makes a trial account with a key and a first bucket, unless trials are off or too many were asked for.
    pub async fn activate(&self, client: IpAddr) -> Result<Activated, ApiError> {
        let trial = &self.inner.trial;
        if !trial.enabled {
            let message = "this service gives no trial accounts; ask its operator for a key";
            return Err(ApiError::new(Code::NotFound, message));
        }
        let service = self.clone();
        // To its end, so that no account without its bucket is left.
        to_the_end(async move {
            let (client, now) = (Client::from(client).to_string(), service.now());
            service.grant(&client, now).await?;
            let made = service.new_trial().await;
            if made.is_err() {
                // What it didn't get doesn't count, and who was refused for it may ask again.
                match service.state().take_back_grant(&client, now).await {
                    Ok(()) => service.inner.refusals.forget(),
                    Err(error) => {
                        tracing::warn!(%error, "a trial that could not begin counts all the same, for an hour");
                    }
                }
            }
            made
        })
        .await
    }

    /// Counts a trial account, or says how long to wait.
    async fn grant(&self, client: &str, now: DateTime<Utc>) -> Result<(), ApiError> {
        let refused = |wait: Duration| {
            let error = ApiError::new(Code::RateLimited, "too many trial accounts were asked for; try again later");
            Err(error.with_retry_after(wait))
        };
        let until = |end: DateTime<Utc>| (end - now).to_std().unwrap_or_default();
        let Some(limits) = self.inner.trial.hourly() else { return refused(Duration::from_hours(1)) };
        if let Some(end) = self.inner.refusals.until(client, now) {
            return refused(until(end));
        }
        match self.state().grant(client, limits, now).await.map_err(|error| broken_state(&error))? {
            Grant::Yes => Ok(()),
            Grant::NotBefore(end) => {
                self.inner.refusals.remember(client.to_owned(), end, now);
                refused(until(end))
            }
        }
    }

    async fn new_trial(&self) -> Result<Activated, ApiError> {
        let made = account::create_trial(self.state(), &self.inner.trial, whole_seconds(self.now())).await;
        let made = made.map_err(|error| match error {
            AccountError::State(error) => broken_state(&error),
            other => broken_state(&StateError::Broken(other.to_string())),
        })?;
        let wish = Wish { name: FIRST_BUCKET.to_owned(), vendor: None, region: None, access: None };
        if let Err(error) = self.create_bucket(&made.account, wish, None).await {
            if let Err(error) = self.end_trial(&made.account.id).await {
                tracing::warn!(account = made.account.id, %error, "a trial that could not begin stays until it ends");
            }
            return Err(error);
        }
        Ok(Activated(made))
    }

    /// Removes a trial that nobody has a key of; where its vendor may still make its bucket, it ends now, and goes like others that ended.
    async fn end_trial(&self, account: &str) -> Result<(), StateError> {
        if self.state().remove_account(account).await? {
            return Ok(());
        }
        self.state().end_trial(account, whole_seconds(self.now())).await
    }
}
