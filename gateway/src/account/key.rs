//! API keys: made, recognised, hashed, and never shown but once.

use std::fmt;

use sha2::{Digest, Sha256};

use crate::state::KeyHash;
use crate::state::random::{self, BASE62};

const PREFIX: &str = "ifr_pk_proj_";
/// 62 to the power of 32 is more than 2 to the power of 190.
const LENGTH: usize = 32;
const HINT: usize = 4;

/// An API key as its owner has it. Shown as `ifr_pk_…abcd`.
#[derive(Clone, PartialEq, Eq)]
pub struct ApiKey(String);

impl ApiKey {
    /// Makes a new one, from the system's generator.
    pub fn generate() -> Result<Self, getrandom::Error> {
        Ok(Self(format!("{PREFIX}{}", random::text(BASE62, LENGTH)?)))
    }

    /// Takes what looks like one: anything else can't be known, and needs no look into the database.
    pub fn parse(text: &str) -> Option<Self> {
        let random = text.strip_prefix(PREFIX)?;
        let fits = random.len() == LENGTH && random.bytes().all(|byte| byte.is_ascii_alphanumeric());
        fits.then(|| Self(text.to_owned()))
    }

    /// What is kept of it.
    pub fn hash(&self) -> KeyHash {
        KeyHash(Sha256::digest(self.0.as_bytes()).into())
    }

    /// Its last characters, for people with several.
    pub fn hint(&self) -> &str {
        self.0.get(self.0.len().saturating_sub(HINT)..).unwrap_or_default()
    }

    /// The key itself, to be handed to its owner, once.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ifr_pk_…{}", self.hint())
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ApiKey({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "ifr_pk_proj_0123456789ABCDEFabcdef0123456789";

    #[test]
    fn a_new_key_is_recognised_and_unlike_the_last() {
        let keys = [ApiKey::generate().expect("random bytes"), ApiKey::generate().expect("random bytes")];
        assert_ne!(keys[0], keys[1]);
        assert_ne!(keys[0].hash().0, keys[1].hash().0);
        for key in keys {
            assert_eq!(ApiKey::parse(key.reveal()), Some(key.clone()));
            assert!(key.reveal().ends_with(key.hint()) && key.hint().len() == 4);
        }
    }

    #[test]
    fn what_has_another_shape_is_no_key() {
        let long = format!("{KEY}0");
        let odd = [
            "",
            "ifr_pk_proj_",
            &KEY[1..],
            &KEY[..KEY.len() - 1],
            &long,
            "ifr_pk_proj_0123456789ABCDEFabcdef012345678-",
            "ifr_pk_proj_0123456789ABCDEFabcdef01234567é",
            "ifr_pk_test_0123456789ABCDEFabcdef0123456789",
            "IFR_PK_PROJ_0123456789ABCDEFabcdef0123456789",
            " ifr_pk_proj_0123456789ABCDEFabcdef012345678",
        ];
        for text in odd {
            assert_eq!(ApiKey::parse(text), None, "{text}");
        }
        assert!(ApiKey::parse(KEY).is_some());
    }

    #[test]
    fn it_shows_only_its_end() {
        let key = ApiKey::parse(KEY).expect("a key");
        assert_eq!(key.to_string(), "ifr_pk_…6789");
        assert_eq!(format!("{key:?}"), "ApiKey(ifr_pk_…6789)");
    }

    #[test]
    fn the_hash_is_that_of_the_text() {
        let hash = ApiKey::parse(KEY).expect("a key").hash();
        let hex = hash.0.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"));
        assert_eq!(hex, "c1b7a8e74f06725a1ba5e27080e9c7af434373644beb124b5fd47815fc3926e6");
    }
}
