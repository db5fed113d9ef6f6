//! How the API key is put into a request.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
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
        Auth::Basic => (header::AUTHORIZATION, format!("Basic {}", STANDARD.encode(key.expose()))),
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

#[cfg(test)]
mod tests {
    use super::{Credential, authorize};
    use crate::credentials::ApiKey;
    use crate::service::Auth;

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
