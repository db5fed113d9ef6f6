//! Which base URLs are taken, and the form in which they are kept.

use std::net::IpAddr;

use reqwest::Url;

use crate::internal::Invalid;

/// Returns the base URL without a `/` at its end. `origin` says where it came from; faults never repeat the URL, which may hold
/// a password.
pub(crate) fn checked(text: &str, origin: &str, allow_insecure: bool) -> Result<String, Invalid> {
    let invalid = |why: &str| Invalid::new(format!("the base URL from {origin} {why}"));
    let starts_with = |scheme: &str| text.get(..scheme.len()).is_some_and(|own| own.eq_ignore_ascii_case(scheme));
    if !starts_with("https://") && !starts_with("http://") {
        return Err(invalid("must start with `https://` or `http://`"));
    }
    // A URL is ASCII (RFC 3986 §2): what encodes the rest does so in more than one way.
    let url = Url::parse(text).ok().filter(|_| text.is_ascii()).ok_or_else(|| invalid("is not a URL"))?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(invalid("must not hold a user or password: give the key as `api_key`"));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(invalid("must not have a query or fragment"));
    }
    if url.scheme() == "http" && !allow_insecure && !is_loopback(&url) {
        return Err(invalid(
            "is plain `http`, which would show the API key to the network: use `https`, or set `allow_insecure`",
        ));
    }
    Ok(url.as_str().trim_end_matches('/').to_owned())
}

/// Whether the host is this machine by its name or address, whatever name servers say.
fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || address.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::checked;

    fn kept(text: &str) -> Result<String, String> {
        checked(text, "a test", false).map_err(|fault| fault.to_string())
    }

    #[test]
    fn slashes_at_the_end_change_nothing() {
        for text in ["https://api.example", "https://api.example/", "https://api.example//", "HTTPS://API.EXAMPLE:443"]
        {
            assert_eq!(kept(text), Ok("https://api.example".to_owned()), "{text}");
        }
        assert_eq!(kept("https://api.example/a/b/"), Ok("https://api.example/a/b".to_owned()));
    }

    #[test]
    fn plain_http_is_for_this_machine() {
        for text in ["http://localhost:1", "http://127.0.0.1", "http://127.8.8.8", "http://[::1]:7100"] {
            assert!(kept(text).is_ok(), "{text}");
        }
        for text in [
            "http://api.example",
            "http://10.0.0.1",
            "http://localhost.example",
            "http://127.0.0.1.example",
            "http://[::2]",
        ] {
            assert!(kept(text).is_err_and(|fault| fault.contains("allow_insecure")), "{text}");
            assert!(checked(text, "a test", true).is_ok(), "{text}");
        }
    }

    #[test]
    fn what_is_refused_is_not_repeated() {
        for text in [
            "",
            "canary",
            "canary://h",
            "https://canary@h",
            "https://u:canary@h",
            "https://h?canary",
            "https://h#canary",
            "https://",
        ] {
            let fault = kept(text).err();
            assert!(fault.as_ref().is_some_and(|fault| !fault.contains("canary")), "{text}: {fault:?}");
        }
    }
}
