//! Clients that asked for too many trial accounts, and until when they needn't ask again.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, Utc};

/// The most that are remembered; whoever is not asks the database.
const MOST: usize = 10_000;

/// Remembers refusals, so that whoever asks on and on costs the database nothing.
#[derive(Debug, Default)]
pub struct Refusals(Mutex<HashMap<String, DateTime<Utc>>>);

impl Refusals {
    /// Until when the client is refused, if it is.
    pub fn until(&self, client: &str, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let refused = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        refused.get(client).copied().filter(|until| *until > now)
    }

    /// Forgets all of them: there is room again.
    pub fn forget(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// Remembers a refusal.
    pub fn remember(&self, client: String, until: DateTime<Utc>, now: DateTime<Utc>) {
        let mut refused = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if refused.len() >= MOST {
            refused.retain(|_, until| *until > now);
        }
        if refused.len() < MOST {
            refused.insert(client, until);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(seconds, 0).expect("a time")
    }

    #[test]
    fn a_refusal_holds_until_its_end() {
        let refusals = Refusals::default();
        refusals.remember("192.0.2.1".to_owned(), at(60), at(0));
        assert_eq!(refusals.until("192.0.2.1", at(59)), Some(at(60)));
        assert_eq!(refusals.until("192.0.2.1", at(60)), None);
        assert_eq!(refusals.until("192.0.2.2", at(0)), None);
    }

    #[test]
    fn refusals_are_forgotten() {
        let refusals = Refusals::default();
        refusals.remember("192.0.2.1".to_owned(), at(60), at(0));
        refusals.forget();
        assert_eq!(refusals.until("192.0.2.1", at(0)), None);
    }

    #[test]
    fn no_more_are_remembered_than_may_be() {
        let refusals = Refusals::default();
        for number in 0..MOST + 10 {
            refusals.remember(number.to_string(), at(60), at(0));
        }
        let count = || refusals.0.lock().expect("not poisoned").len();
        assert_eq!(count(), MOST);
        refusals.remember("late".to_owned(), at(120), at(60));
        assert_eq!(count(), 1);
    }
}
