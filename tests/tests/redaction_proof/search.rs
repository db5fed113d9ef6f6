//! The secrets and their parts, in every form, looked for in what was printed.

use std::collections::{BTreeSet, HashSet};

use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE};

use super::{ENCODED, KEY, SIGNATURE};

/// How long a part is that gives something away.
const PART: usize = 8;

/// The texts to be found: every part of both secrets in every encoding.
fn needles() -> Vec<String> {
    let parts = |text: &str, length: usize| -> Vec<String> {
        text.as_bytes().windows(length).map(|part| String::from_utf8_lossy(part).into_owned()).collect()
    };
    let mut all = Vec::new();
    for secret in [KEY, SIGNATURE] {
        all.extend(parts(secret, PART));
        let hex = |upper: bool| -> String {
            secret.bytes().map(|byte| if upper { format!("%{byte:02X}") } else { format!("%{byte:02x}") }).collect()
        };
        all.extend([true, false].iter().flat_map(|upper| parts(&hex(*upper), 3 * PART)));
        // What stands before it decides at which of three places in a group it begins.
        for before in 0..3 {
            let bytes = [&b"   "[..before], secret.as_bytes()].concat();
            for engine in [&BASE64_STANDARD, &BASE64_URL_SAFE] {
                let text = engine.encode(&bytes);
                // Without the groups at both ends, which depend on what is beside it; 11 characters are 8 bytes.
                all.extend(parts(&text[4..text.len() - 4], 11));
            }
        }
    }
    all.extend(parts(ENCODED, PART + 2));
    all.extend(parts(&ENCODED.to_lowercase(), PART + 2));
    all.sort();
    all.dedup();
    all
}

/// What looks for all of them at once: 500 searches for each of 50 000 texts would take a minute.
pub(super) struct Search {
    needles: HashSet<Vec<u8>>,
    lengths: BTreeSet<usize>,
    /// How they begin.
    begins: HashSet<[u8; 2]>,
}

impl Search {
    pub(super) fn new() -> Self {
        let needles: HashSet<Vec<u8>> = needles().into_iter().map(String::into_bytes).collect();
        let lengths = needles.iter().map(Vec::len).collect();
        let begins = needles.iter().map(|needle| [needle[0], needle[1]]).collect();
        Self { needles, lengths, begins }
    }

    /// Returns what is around the first one.
    pub(super) fn find(&self, text: &str) -> Option<String> {
        let bytes = text.as_bytes();
        let is_here = |at: usize| {
            self.begins.contains(&[bytes[at], bytes[at + 1]])
                && self
                    .lengths
                    .iter()
                    .any(|length| bytes.get(at..at + length).is_some_and(|part| self.needles.contains(part)))
        };
        let at = (0..bytes.len().saturating_sub(1)).find(|at| is_here(*at))?;
        Some(String::from_utf8_lossy(&bytes[at.saturating_sub(300)..bytes.len().min(at + 100)]).into_owned())
    }
}

/// A secret in each form that is looked for is found, in the middle of other text.
pub(super) fn proves_itself(search: &Search) {
    let hidden = |text: &str| search.find(text).is_none();
    for secret in [KEY, SIGNATURE, &KEY[9..17], &SIGNATURE[20..28], ENCODED, &ENCODED.to_lowercase()] {
        assert!(!hidden(&format!("a {secret} b")), "{secret}");
    }
    for secret in [KEY, SIGNATURE] {
        let percent = secret.bytes().map(|byte| format!("%{byte:02x}")).collect::<Vec<_>>().concat();
        assert!(!hidden(&percent) && !hidden(&percent.to_uppercase()));
        for before in ["", "a", "ab", "abc"] {
            assert!(!hidden(&BASE64_STANDARD.encode(format!("{before}{secret}!"))));
        }
    }
    for harmless in ["", "i", "ifr_pk_…3Gd8", "https://store.example/demo/a?…", &KEY[10..17]] {
        assert!(hidden(harmless), "{harmless}");
    }
}
