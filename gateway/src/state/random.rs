//! Random texts, from the system's generator.

use super::StateError;

/// Letters and digits of base32, small ones: fit for names that people read out.
pub(crate) const BASE32: &[u8] = b"abcdefghijklmnopqrstuvwxyz234567";
/// Letters and digits.
pub(crate) const BASE62: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// So many characters of an alphabet, each as likely as any other: bytes above the last multiple of its length are
/// thrown away.
pub(crate) fn text(alphabet: &[u8], length: usize) -> Result<String, getrandom::Error> {
    let fair = 256 - 256 % alphabet.len();
    let mut text = String::with_capacity(length);
    let mut bytes = [0; 64];
    while text.len() < length {
        getrandom::fill(&mut bytes)?;
        let fair = bytes.iter().map(|byte| usize::from(*byte)).filter(|byte| *byte < fair);
        let picked = fair.filter_map(|byte| alphabet.get(byte % alphabet.len()));
        text.extend(picked.take(length - text.len()).map(|byte| char::from(*byte)));
    }
    Ok(text)
}

/// What holds a keyed request.
pub(super) fn token() -> Result<String, StateError> {
    text(BASE32, 26).map_err(no_bytes)
}

/// The one way that this fails.
pub(crate) fn no_bytes(error: getrandom::Error) -> StateError {
    StateError::Unavailable(format!("the system gives no random bytes: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_characters_are_about_as_likely() {
        let text = text(BASE62, 62 * 2000).expect("random bytes");
        assert_eq!(text.len(), 62 * 2000);
        for letter in BASE62 {
            let count = text.bytes().filter(|byte| byte == letter).count();
            // Eight standard deviations; with the bias of a plain remainder, the first 8 would come 2420 times.
            assert!((1640..=2360).contains(&count), "{} came {count} times", char::from(*letter));
        }
    }
}
