//! The bearer token of a request (RFC 6750, section 2.1).

use http::HeaderMap;
use http::header::AUTHORIZATION;

use super::{ApiError, Code};

/// Returns the token, or nothing where there is no `Authorization` at all. The header's text is never repeated.
pub(super) fn token(headers: &HeaderMap) -> Result<Option<&str>, ApiError> {
    let mut sent = headers.get_all(AUTHORIZATION).iter();
    let Some(value) = sent.next() else { return Ok(None) };
    if sent.next().is_some() {
        return Err(refused("there is more than one `Authorization` header; send one"));
    }
    let malformed = || refused("the `Authorization` header must be `Bearer` and an API key");
    let (scheme, rest) = value.to_str().ok().and_then(|text| text.split_once(' ')).ok_or_else(malformed)?;
    let token = rest.trim_matches(' ');
    let sound = !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_graphic());
    if scheme.eq_ignore_ascii_case("bearer") && sound { Ok(Some(token)) } else { Err(malformed()) }
}

fn refused(message: &str) -> ApiError {
    ApiError::new(Code::Unauthorized, message)
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, HeaderValue};

    use super::{Code, token};

    fn read(values: &[&'static str]) -> Result<Option<String>, Code> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append("authorization", HeaderValue::from_static(value));
        }
        token(&headers).map(|token| token.map(str::to_owned)).map_err(|error| error.code)
    }

    #[test]
    fn the_scheme_is_read_in_any_case() {
        for text in ["Bearer abc", "bearer abc", "BEARER   abc "] {
            assert_eq!(read(&[text]), Ok(Some("abc".to_owned())), "{text}");
        }
        assert_eq!(read(&[]), Ok(None));
    }

    #[test]
    fn what_is_no_bearer_token_is_refused() {
        for text in ["", "Bearer", "Bearer ", "Basic abc", "abc", "Bearer a b", "Bearerabc"] {
            assert_eq!(read(&[text]), Err(Code::Unauthorized), "{text}");
        }
        assert_eq!(read(&["Bearer abc", "Bearer abc"]), Err(Code::Unauthorized));
    }
}
