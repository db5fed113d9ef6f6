//! How many trial accounts may be made: by one client, and in all.
//!
//! What is counted is what was granted in the hour before, so no more is remembered than may be granted in an hour. The
//! count is this process's: replicas count each for itself, and it begins anew with the process.

use std::collections::{HashMap, VecDeque};
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

const WINDOW: Duration = Duration::from_hours(1);

/// Who counts as one: an IPv4 address, or an IPv6 network of 64 bits, for that is what one subscriber has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Client(IpAddr);

impl From<IpAddr> for Client {
    fn from(address: IpAddr) -> Self {
        Self(match address.to_canonical() {
            IpAddr::V4(address) => IpAddr::V4(address),
            IpAddr::V6(address) => {
                let [a, b, c, d, ..] = address.segments();
                IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
            }
        })
    }
}

/// The limits, and what was granted in the last hour.
#[derive(Debug)]
pub struct Rate {
    per_client: usize,
    in_all: usize,
    granted: Mutex<Granted>,
}

#[derive(Debug, Default)]
struct Granted {
    all: VecDeque<(Instant, Client)>,
    by_client: HashMap<Client, VecDeque<Instant>>,
}

impl Rate {
    /// So many an hour by one client, and in all.
    pub fn new(per_client: u32, in_all: u32) -> Self {
        let size = |limit| usize::try_from(limit).unwrap_or(usize::MAX);
        Self { per_client: size(per_client), in_all: size(in_all), granted: Mutex::default() }
    }

    /// Grants one, or says after how many seconds to ask again. Who is refused isn't counted.
    pub fn take(&self, client: impl Into<Client>, now: Instant) -> Result<(), u64> {
        let client = client.into();
        let mut granted = self.granted.lock().unwrap_or_else(PoisonError::into_inner);
        granted.forget(now);
        let own = granted.by_client.get(&client);
        let all = wait(granted.all.len(), self.in_all, granted.all.front().map(|(at, _)| *at), now);
        let own = wait(own.map_or(0, VecDeque::len), self.per_client, own.and_then(|own| own.front().copied()), now);
        match all.max(own) {
            Some(seconds) => Err(seconds),
            None => {
                granted.all.push_back((now, client));
                granted.by_client.entry(client).or_default().push_back(now);
                Ok(())
            }
        }
    }
}

impl Granted {
    fn forget(&mut self, now: Instant) {
        while let Some((at, client)) = self.all.front().copied() {
            if now.saturating_duration_since(at) < WINDOW {
                return;
            }
            self.all.pop_front();
            if let Some(own) = self.by_client.get_mut(&client) {
                own.pop_front();
                if own.is_empty() {
                    self.by_client.remove(&client);
                }
            }
        }
    }
}

/// The seconds until the oldest is forgotten, rounded up, if there are as many as may be.
fn wait(count: usize, limit: usize, oldest: Option<Instant>, now: Instant) -> Option<u64> {
    if count < limit {
        return None;
    }
    let left = oldest.map_or(WINDOW, |at| WINDOW.saturating_sub(now.saturating_duration_since(at)));
    Some(left.as_secs() + u64::from(left.subsec_nanos() > 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    #[test]
    fn a_client_has_so_many_and_then_waits_for_the_oldest() {
        let (rate, start) = (Rate::new(2, 100), Instant::now());
        let minutes = |minutes: u64| start + Duration::from_secs(60 * minutes);
        let one = address("192.0.2.1");
        assert_eq!(rate.take(one, start), Ok(()));
        assert_eq!(rate.take(one, minutes(10)), Ok(()));
        assert_eq!(rate.take(one, minutes(20)), Err(40 * 60));
        assert_eq!(rate.take(one, minutes(20) + Duration::from_millis(1)), Err(40 * 60));
        assert_eq!(rate.take(address("192.0.2.2"), minutes(20)), Ok(()));
        assert_eq!(rate.take(one, minutes(60)), Ok(()));
        assert_eq!(rate.take(one, minutes(60)), Err(10 * 60));
        assert_eq!(rate.take(one, minutes(70)), Ok(()));
    }

    #[test]
    fn all_together_have_so_many() {
        let (rate, start) = (Rate::new(20, 3), Instant::now());
        for last in 1..=3 {
            assert_eq!(rate.take(IpAddr::from([192, 0, 2, last]), start), Ok(()));
        }
        assert_eq!(rate.take(address("192.0.2.9"), start), Err(3600));
        assert_eq!(rate.take(address("192.0.2.9"), start + WINDOW), Ok(()));
    }

    #[test]
    fn nothing_may_be_the_limit() {
        assert_eq!(Rate::new(0, 5).take(address("192.0.2.1"), Instant::now()), Err(3600));
        assert_eq!(Rate::new(5, 0).take(address("192.0.2.1"), Instant::now()), Err(3600));
    }

    #[test]
    fn a_network_is_one_client_and_a_mapped_address_is_the_plain_one() {
        let client = |text| Client::from(address(text));
        assert_eq!(client("2001:db8:1:2:3:4:5:6"), client("2001:db8:1:2::1"));
        assert_ne!(client("2001:db8:1:2::1"), client("2001:db8:1:3::1"));
        assert_eq!(client("::ffff:192.0.2.1"), client("192.0.2.1"));
        assert_ne!(client("192.0.2.1"), client("192.0.2.2"));
    }

    #[test]
    fn no_more_is_remembered_than_was_granted_in_an_hour() {
        let (rate, mut now) = (Rate::new(20, 50), Instant::now());
        for number in 0..20_000_u32 {
            let _ = rate.take(IpAddr::from(number.to_be_bytes()), now);
            now += Duration::from_secs(1);
        }
        let granted = rate.granted.lock().expect("not poisoned");
        assert!(granted.all.len() <= 50 && granted.by_client.len() <= 50);
    }
}
