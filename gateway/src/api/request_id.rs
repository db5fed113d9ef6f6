//! What a request is called in answers and logs.

use std::fmt::Write;
use std::sync::atomic::{AtomicU64, Ordering};

use http::HeaderName;
use http::request::Parts;

/// The header that carries it, both ways.
pub const HEADER: HeaderName = HeaderName::from_static("x-request-id");

/// The longest that is taken over from a client.
const LONGEST: usize = 128;

/// What a request is called. As an extension of a request, it is the name that the request has already.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestId(pub String);

impl RequestId {
    /// Returns a request's name: the one that it was given here, else the client's if it is 1 to 128 visible ASCII
    /// characters and has no API key in it, else a new one.
    pub fn of(request: &Parts) -> Self {
        if let Some(given) = request.extensions.get::<Self>() {
            return given.clone();
        }
        let sent = request.headers.get(HEADER).and_then(|value| value.to_str().ok());
        match sent.filter(|text| is_sound(text)) {
            Some(text) => Self(text.to_owned()),
            None => Self::random(),
        }
    }

    /// Returns a new name: `req_` and 32 hexadecimal digits.
    pub fn random() -> Self {
        static COUNT: AtomicU64 = AtomicU64::new(1);
        let mut bytes = [0; 16];
        if getrandom::fill(&mut bytes).is_err() {
            // A name that is only unique in this process still serves to find a line in the log.
            bytes[..8].copy_from_slice(&COUNT.fetch_add(1, Ordering::Relaxed).to_be_bytes());
        }
        let mut name = String::from("req_");
        for byte in bytes {
            // Writing to a string never fails.
            let _ = write!(name, "{byte:02x}");
        }
        Self(name)
    }
}

fn is_sound(text: &str) -> bool {
    (1..=LONGEST).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic()) && !text.contains("ifr_pk_")
}

#[cfg(test)]
mod tests {
    use http::Request;

    use super::RequestId;

    fn of(sent: &[u8]) -> String {
        let request = Request::builder().header("x-request-id", sent).body(()).expect("a request");
        RequestId::of(&request.into_parts().0).0
    }

    #[test]
    fn the_clients_name_is_kept_if_it_is_sound() {
        assert_eq!(of(b"abc-1"), "abc-1");
        assert_eq!(of("x".repeat(128).as_bytes()).len(), 128);
        for odd in [&b""[..], b"a b", b"caf\xc3\xa9", "x".repeat(129).as_bytes()] {
            let made = of(odd);
            assert!(made.starts_with("req_") && made.len() == 36, "{made}");
        }
    }

    #[test]
    fn the_name_given_here_is_stronger_and_new_ones_differ() {
        let mut request = Request::builder().header("x-request-id", "theirs").body(()).expect("a request");
        request.extensions_mut().insert(RequestId("ours".into()));
        assert_eq!(RequestId::of(&request.into_parts().0).0, "ours");
        assert_ne!(RequestId::random(), RequestId::random());
    }
}
