//! How the API key is put into a request.

use http::{HeaderName, HeaderValue, header};

use crate::credentials::ApiKey;
use crate::internal::Invalid;
use crate::service::Auth;

/// What carries the key in a request.
#[derive(Clone)]
pub(crate) enum Credential {
    /// Nothing: the request has no key.
    None,
    /// A header, whose value is marked as sensitive.
    Header(HeaderName, HeaderValue),
    /// A query parameter.
    Query(&'static str, ApiKey),
}

/// Returns what carries the key.
pub(crate) fn authorize(auth: Auth, key: &ApiKey) -> Result<Credential, Invalid> {
    let (name, value) = match auth {
        Auth::None => return Ok(Credential::None),
        Auth::Query(name) => return Ok(Credential::Query(name, key.clone())),
        Auth::Bearer => (header::AUTHORIZATION, format!("Bearer {}", key.expose())),
        Auth::Basic => (header::AUTHORIZATION, format!("Basic {}", base64(key.expose().as_bytes()))),
        Auth::Header(name) => {
            let name =
                HeaderName::try_from(name).map_err(|_| Invalid::new(format!("`{name}` is not a header's name")))?;
            (name, key.expose().to_owned())
        }
    };
    let mut value = HeaderValue::try_from(value).map_err(|_| Invalid::new("the API key can't be sent in a header"))?;
    value.set_sensitive(true);
    Ok(Credential::Header(name, value))
}

/// Base64 with padding (RFC 4648 §4), as `Authorization: Basic` wants it.
pub(crate) fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for group in bytes.chunks(3) {
        let bits = group.iter().fold(0, |bits, byte| bits << 8 | usize::from(*byte)) << (8 * (3 - group.len()));
        for place in 0..4 {
            let digit = ALPHABET[bits >> (18 - 6 * place) & 63];
            text.push(if place > group.len() { '=' } else { char::from(digit) });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{Credential, authorize, base64};
    use crate::credentials::ApiKey;
    use crate::service::Auth;

    #[test]
    fn base64_by_the_vectors_of_rfc_4648() {
        for (plain, coded) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ] {
            assert_eq!(base64(plain.as_bytes()), coded);
        }
    }

    #[test]
    fn every_way_carries_the_key_and_hides_it() {
        let Ok(key) = ApiKey::new("user:canary-0123456789", "", "a test") else { panic!("the key was refused") };
        let cases = [
            (Auth::Bearer, "authorization", "Bearer user:canary-0123456789"),
            (Auth::Basic, "authorization", "Basic dXNlcjpjYW5hcnktMDEyMzQ1Njc4OQ=="),
            (Auth::Header("X-Api-Key"), "x-api-key", "user:canary-0123456789"),
        ];
        for (auth, name, value) in cases {
            let Ok(Credential::Header(sent_name, sent)) = authorize(auth, &key) else {
                panic!("{name} carries no key")
            };
            assert_eq!((sent_name.as_str(), sent.as_bytes()), (name, value.as_bytes()));
            assert!(!format!("{sent:?}").contains("canary"), "{sent:?}");
        }
        assert!(matches!(authorize(Auth::Query("key"), &key), Ok(Credential::Query("key", _))));
    }
}
