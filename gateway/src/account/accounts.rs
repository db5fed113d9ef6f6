//! What is done with accounts: make one, give it another key, find out whose a key is.

use std::fmt;

use chrono::{DateTime, Utc};

use super::{ApiKey, TrialSettings};
use crate::state::random::{self, BASE32};
use crate::state::{Account, Key, State, StateError};

/// The most characters of a name.
const NAME: usize = 100;
/// What trial accounts and their keys are called.
const TRIAL: &str = "trial";

/// An account with a key that was just made.
#[derive(Clone, Debug)]
pub struct NewKey {
    /// Whose it is.
    pub account: Account,
    /// What is kept of the key.
    pub key: Key,
    /// The key itself: it is shown once and not kept.
    pub secret: ApiKey,
}

/// Whose a key is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// This account's.
    Account(Account),
    /// A trial's that has ended.
    TrialEnded(Account),
    /// Nobody's (any more).
    Nobody,
}

/// Why an account or a key couldn't be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AccountError {
    /// There is an account of this name.
    NameTaken(String),
    /// There is no account of this name.
    NoAccount(String),
    /// It can't be a name. The text says why.
    BadName(String),
    /// It couldn't be written down, or looked up.
    State(StateError),
}

impl fmt::Display for AccountError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NameTaken(name) => write!(f, "there is an account `{name}` already: choose another name"),
            Self::NoAccount(name) => write!(f, "there is no account `{name}`: look at the names that there are"),
            Self::BadName(why) => f.write_str(why),
            Self::State(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for AccountError {}

impl From<StateError> for AccountError {
    fn from(error: StateError) -> Self {
        Self::State(error)
    }
}

impl From<getrandom::Error> for AccountError {
    fn from(error: getrandom::Error) -> Self {
        Self::State(random::no_bytes(error))
    }
}

/// Makes an account and its first key.
pub async fn create(state: &dyn State, name: &str, key_name: &str, now: DateTime<Utc>) -> Result<NewKey, AccountError> {
    let name = checked(name)?;
    let made = new(name, checked(key_name)?, None, now)?;
    if state.add_account(&made.account, &made.key, &made.secret.hash()).await? {
        Ok(made)
    } else {
        Err(AccountError::NameTaken(name.to_owned()))
    }
}

/// Gives the account of this name another key.
pub async fn add_key(
    state: &dyn State,
    account: &str,
    key_name: &str,
    now: DateTime<Utc>,
) -> Result<NewKey, AccountError> {
    let key_name = checked(key_name)?;
    let name = account.trim();
    let account = state.account_named(name).await?.ok_or_else(|| AccountError::NoAccount(name.to_owned()))?;
    let (key, secret) = new_key(&account.id, key_name, now)?;
    state.add_key(&key, &secret.hash()).await?;
    Ok(NewKey { account, key, secret })
}

/// Makes a trial account and its key. Whether there may be one is the caller's to ask: `TrialSettings::enabled`, `State::grant`.
pub async fn create_trial(
    state: &dyn State,
    settings: &TrialSettings,
    now: DateTime<Utc>,
) -> Result<NewKey, AccountError> {
    let made = new(TRIAL, TRIAL, Some(settings), now)?;
    if state.add_account(&made.account, &made.key, &made.secret.hash()).await? {
        Ok(made)
    } else {
        Err(AccountError::NameTaken(TRIAL.to_owned()))
    }
}

/// Finds out whose key this text is.
pub async fn find(state: &dyn State, key: &str, now: DateTime<Utc>) -> Result<Found, StateError> {
    let Some(key) = ApiKey::parse(key) else { return Ok(Found::Nobody) };
    Ok(match state.account_by_key(&key.hash()).await? {
        None => Found::Nobody,
        Some(account) => {
            let end = account.trial.as_ref().and_then(|trial| trial.expires_at);
            if end.is_some_and(|end| end <= now) { Found::TrialEnded(account) } else { Found::Account(account) }
        }
    })
}

fn new(name: &str, key_name: &str, trial: Option<&TrialSettings>, now: DateTime<Utc>) -> Result<NewKey, AccountError> {
    let account = Account {
        id: random::text(BASE32, 16)?,
        name: name.to_owned(),
        created_at: now,
        trial: trial.map(|settings| settings.trial(now)),
    };
    let (key, secret) = new_key(&account.id, key_name, now)?;
    Ok(NewKey { account, key, secret })
}

fn new_key(account: &str, name: &str, now: DateTime<Utc>) -> Result<(Key, ApiKey), AccountError> {
    let secret = ApiKey::generate()?;
    let key = Key {
        id: format!("key_{}", random::text(BASE32, 12)?),
        account: account.to_owned(),
        name: name.to_owned(),
        hint: secret.hint().to_owned(),
        created_at: now,
        revoked_at: None,
    };
    Ok((key, secret))
}

/// A name that can be shown in one line of a table.
fn checked(name: &str) -> Result<&str, AccountError> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > NAME {
        return Err(AccountError::BadName(format!("a name has 1 to {NAME} characters")));
    }
    if name.chars().any(char::is_control) {
        return Err(AccountError::BadName("a name has no control characters".to_owned()));
    }
    Ok(name)
}
