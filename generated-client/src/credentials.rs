//! The API key: where it is looked up, which keys are refused, and how one is shown.
//!
//! A key never leaves this crate in readable form except as the credential of a request.

use std::fmt;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;

use crate::internal::Invalid;

/// What is shown in place of text that must not be.
const HIDDEN: &str = "…";

/// A key of fewer characters is not shown at all: its last 4 would be too much of it.
const SHOWN_FROM: usize = 16;

/// A usable API key. Neither `Debug` nor `Display` shows more of it than [`ApiKey::redacted`].
#[derive(Clone)]
pub(crate) struct ApiKey {
    text: Arc<str>,
    shown: Arc<str>,
    /// The key that this one came in place of: nobody may see that one either.
    predecessor: Option<Arc<ApiKey>>,
}

impl ApiKey {
    /// Takes a key that came from `origin` (an argument's or variable's name), of which `prefix` may be shown.
    pub(crate) fn new(text: &str, prefix: &str, origin: &str) -> Result<Self, Invalid> {
        let fault = if text.is_empty() {
            "is empty"
        } else if text.chars().all(char::is_whitespace) {
            "is blank"
        } else if !text.is_ascii() {
            "has characters that are not ASCII"
        } else if text.chars().any(|c| c.is_ascii_control()) {
            "has control characters, such as a line break"
        } else {
            return Ok(Self { text: text.into(), shown: redacted(text, prefix).into(), predecessor: None });
        };
        Err(Invalid::new(format!("the API key from {origin} {fault}")))
    }

    /// Returns the key itself, to be sent.
    pub(crate) fn expose(&self) -> &str {
        &self.text
    }

    /// Says which key this one came in place of.
    #[allow(dead_code, reason = "only a client that can get a key replaces one")]
    pub(crate) fn in_place_of(mut self, predecessor: ApiKey) -> Self {
        self.predecessor = Some(predecessor.into());
        self
    }

    /// Returns every text from which the key can be read, with what is shown instead: itself, and for `user:password` the
    /// password and the form in which `Authorization: Basic` has both, without padding. The same of its predecessor.
    pub(crate) fn secrets(&self) -> Vec<(String, &str)> {
        let mut secrets = vec![(self.text.to_string(), self.redacted())];
        if let Some((_, password)) = self.text.split_once(':') {
            secrets.push((STANDARD_NO_PAD.encode(&*self.text), self.redacted()));
            secrets.push((password.to_owned(), self.redacted()));
        }
        secrets.extend(self.predecessor.iter().flat_map(|predecessor| predecessor.secrets()));
        secrets
    }

    /// Whether `text` has the key in it, or may have a part of it or its predecessor.
    pub(crate) fn is_in(&self, text: &str) -> bool {
        self.predecessor.is_some() || self.text.contains(':') || text.contains(&*self.text)
    }

    /// Returns what may be shown: the known prefix and the last 4 characters.
    pub(crate) fn redacted(&self) -> &str {
        &self.shown
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown)
    }
}

fn redacted(key: &str, prefix: &str) -> String {
    if key.len() < SHOWN_FROM {
        return HIDDEN.to_owned();
    }
    // The key is ASCII, so that bytes are characters here.
    let last = &key[key.len() - 4..];
    let shows_prefix = key.starts_with(prefix) && prefix.len() + SHOWN_FROM / 2 <= key.len();
    format!("{}{HIDDEN}{last}", if shows_prefix { prefix } else { "" })
}

#[cfg(test)]
mod tests {
    use super::{ApiKey, redacted};

    #[test]
    fn a_key_is_shown_by_prefix_and_last_four() {
        assert_eq!(redacted("bk_live_0123456789abcdef", "bk_"), "bk_…cdef");
        assert_eq!(redacted("other-0123456789abcdef", "bk_"), "…cdef");
        assert_eq!(redacted("bk_live_9abcdef", "bk_"), "…");
        assert_eq!(redacted("a-very-long-prefix", "a-very-long-pre"), "…efix");
        assert_eq!(redacted("0123456789abcdef", ""), "…cdef");
    }

    #[test]
    fn unusable_keys_are_refused_without_being_repeated() {
        for text in ["", " ", "\t \n", "kéy-canary", "canary\n", "can\0ary", "canary\u{7f}"] {
            let refused = ApiKey::new(text, "", "`api_key`").map(|_| ()).map_err(|fault| fault.to_string());
            let Err(message) = refused else { panic!("{text:?} was taken") };
            assert!(message.starts_with("the API key from `api_key` "), "{message}");
            assert!(!message.contains("canary"), "{message}");
        }
    }
}
