//! Where an S3 endpoint is, and the URLs of its buckets and objects: the one part of signing that is ours.

use std::fmt;

use http::Uri;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::{Deserialize, Serialize};

/// What S3 leaves as it is; everything else is percent-encoded, once.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// What stands for the region in an endpoint that has one host for each.
const REGION: &str = "{region}";

/// Where a URL names the bucket.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Style {
    /// As the first segment of the path.
    #[default]
    Path,
    /// As the first label of the host.
    Virtual,
}

/// Where S3 is spoken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    scheme: &'static str,
    /// Host and port, lower case, without the scheme's own port; may hold `{region}`.
    authority: String,
    style: Style,
}

impl Endpoint {
    /// Reads an endpoint's URL: `http` or `https`, host, perhaps a port; `{region}` may stand in the host.
    ///
    /// # Errors
    /// A clause that says what is wrong with it.
    pub fn new(url: &str, style: Style) -> Result<Self, String> {
        // The placeholder isn't allowed in a host; a region is.
        let uri: Uri = url.replace(REGION, "region").parse().map_err(|error| format!("is no URL: {error}"))?;
        let (scheme, own_port) = match uri.scheme_str() {
            Some("http") => ("http", ":80"),
            Some("https") => ("https", ":443"),
            _ => return Err("must begin with `http://` or `https://`".to_owned()),
        };
        let authority = uri.authority().ok_or("has no host")?;
        if authority.as_str().contains('@') {
            return Err("must not hold a user or a password".to_owned());
        }
        if !matches!(uri.path(), "" | "/") || uri.query().is_some() || url.contains('#') {
            return Err("must end behind the host and port: S3 signs the path".to_owned());
        }
        let rest = authority.as_str().strip_prefix(authority.host()).unwrap_or_default();
        if authority.host().is_empty() || (!rest.is_empty() && authority.port_u16().is_none_or(|port| port == 0)) {
            return Err("has no host, or a port that is none".to_owned());
        }
        let (_, text) = url.split_once("://").unwrap_or_default();
        let text = text.trim_end_matches('/').to_ascii_lowercase();
        let authority = text.strip_suffix(own_port).unwrap_or(&text).to_owned();
        let endpoint = Self { scheme, authority, style };
        endpoint.check_parsed()?;
        if style == Style::Virtual && endpoint.is_address() {
            return Err("is an IP address, which has no room for a bucket: set `style = \"path\"`".to_owned());
        }
        Ok(endpoint)
    }

    /// Who sends a request to the URL must not change it: S3 signs the host.
    fn check_parsed(&self) -> Result<(), String> {
        // Nothing in this word is anything but letters to a parser.
        const WORD: &str = "the-region";
        let own = self.to_string().replace(REGION, WORD);
        let parsed = reqwest::Url::parse(&own).map_err(|error| format!("is no URL: {error}"))?;
        let parsed = parsed.as_str().trim_end_matches('/');
        if parsed == own {
            return Ok(());
        }
        let better = if self.authority.contains(REGION) { parsed.replace(WORD, REGION) } else { parsed.to_owned() };
        Err(format!("has an address that programs rewrite: write it as `{better}`"))
    }

    /// The host and port for a region.
    pub fn authority(&self, region: &str) -> String {
        self.authority.replace(REGION, region)
    }

    /// Whether Amazon runs it.
    pub fn is_aws(&self) -> bool {
        let host = self.host();
        host.ends_with(".amazonaws.com") || host.ends_with(".amazonaws.com.cn")
    }

    /// Whether it is on this machine.
    pub fn is_loopback(&self) -> bool {
        let host = self.host();
        let address = host.trim_start_matches('[').trim_end_matches(']').parse::<std::net::IpAddr>();
        self.is_localhost() || address.is_ok_and(|address| address.is_loopback())
    }

    /// Whether its name says that it is on this machine.
    pub fn is_localhost(&self) -> bool {
        self.host() == "localhost" || self.host().ends_with(".localhost")
    }

    /// The URL of the service, a bucket or an object. Everything is encoded here; `query` is in plain words.
    ///
    /// # Errors
    /// A clause that says why the key has no URL of its own.
    pub fn url(
        &self,
        region: &str,
        bucket: Option<&str>,
        key: Option<&str>,
        query: &[(&str, &str)],
    ) -> Result<String, String> {
        let mut host = self.authority(region);
        let mut path = String::from("/");
        if let Some(bucket) = bucket {
            match self.style {
                Style::Path => path.push_str(&encode(bucket)),
                Style::Virtual => host = format!("{bucket}.{host}"),
            }
        }
        if let Some(key) = key {
            check_key(key)?;
            if self.style == Style::Path {
                path.push('/');
            }
            path.push_str(&encode_path(key));
        }
        let mut url = format!("{}://{host}{path}", self.scheme);
        append(&mut url, query.iter().copied());
        Ok(url)
    }

    fn host(&self) -> &str {
        let end = self.authority.rfind(':').filter(|at| !self.authority[*at..].contains(']'));
        &self.authority[..end.unwrap_or(self.authority.len())]
    }

    fn is_address(&self) -> bool {
        self.host().starts_with('[') || self.host().parse::<std::net::Ipv4Addr>().is_ok()
    }
}

/// As an operator wrote it, but for case and what went without saying.
impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.scheme, self.authority)
    }
}

/// Adds a query, encoded, to a URL.
pub(crate) fn append<'a>(url: &mut String, query: impl IntoIterator<Item = (&'a str, &'a str)>) {
    for (name, value) in query {
        url.push(if url.contains('?') { '&' } else { '?' });
        url.push_str(&encode(name));
        url.push('=');
        url.push_str(&encode(value));
    }
}

/// Encodes a key, segment by segment: its slashes stay.
pub(crate) fn encode_path(key: &str) -> String {
    key.split('/').map(encode).collect::<Vec<_>>().join("/")
}

fn encode(text: &str) -> String {
    utf8_percent_encode(text, ENCODED).to_string()
}

/// Without a key, the URL would be the bucket's; and who parses URLs takes dot segments as steps up.
fn check_key(key: &str) -> Result<(), String> {
    if key.is_empty() {
        return Err("an object needs a key".to_owned());
    }
    if key.split('/').any(|segment| matches!(segment, "." | "..")) {
        return Err("a key can't have a segment `.` or `..`: its URL would lead elsewhere".to_owned());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn endpoint(url: &str, style: Style) -> Endpoint {
        Endpoint::new(url, style).expect("an endpoint")
    }

    #[test]
    fn both_styles_name_bucket_and_key() {
        let path = endpoint("HTTP://S3.Example:9000/", Style::Path);
        assert_eq!(path.url("r", Some("b"), Some("a/ä b"), &[]).unwrap(), "http://s3.example:9000/b/a/%C3%A4%20b");
        assert_eq!(path.url("r", None, None, &[]).unwrap(), "http://s3.example:9000/");
        assert_eq!(path.url("r", Some("b"), None, &[("acl", "")]).unwrap(), "http://s3.example:9000/b?acl=");
        let host = endpoint("https://s3.{region}.amazonaws.com:443", Style::Virtual);
        assert_eq!(
            host.url("eu-1", Some("b"), Some("k//"), &[("a b", "c&d"), ("e", "f")]).unwrap(),
            "https://b.s3.eu-1.amazonaws.com/k//?a%20b=c%26d&e=f"
        );
        assert_eq!(host.url("eu-1", Some("b"), None, &[]).unwrap(), "https://b.s3.eu-1.amazonaws.com/");
        assert!(host.is_aws() && !host.is_loopback() && !path.is_aws());
    }

    #[test]
    fn everything_but_the_unreserved_is_encoded() {
        assert_eq!(encode_path("A-Za-z0-9-._~/"), "A-Za-z0-9-._~/");
        assert_eq!(encode_path("%2F+ \"'()*!&=?#[]@:$,;<>\\^`{|}"), {
            "%252F%2B%20%22%27%28%29%2A%21%26%3D%3F%23%5B%5D%40%3A%24%2C%3B%3C%3E%5C%5E%60%7B%7C%7D"
        });
        assert_eq!(encode_path("/a//b/"), "/a//b/");
    }

    #[test]
    fn a_key_that_parsers_would_change_is_refused() {
        let path = endpoint("http://s", Style::Path);
        for key in ["", ".", "..", "a/../b", "./a", "a/."] {
            path.url("r", Some("b"), Some(key), &[]).expect_err(key);
        }
        for key in ["...", "a./b", ".a", "%2e%2e"] {
            path.url("r", Some("b"), Some(key), &[]).expect(key);
        }
    }

    #[test]
    fn loopback_is_known() {
        for url in ["http://localhost", "http://127.0.0.1:9", "http://[::1]:80", "http://s3.localhost:1"] {
            assert!(endpoint(url, Style::Path).is_loopback(), "{url}");
        }
        assert!(!endpoint("http://10.0.0.1", Style::Path).is_loopback());
    }

    #[test]
    fn what_is_no_endpoint_is_refused() {
        let wrong = [
            ("s3.example", "must begin with"),
            ("ftp://s3.example", "must begin with"),
            ("http://", "is no URL"),
            ("http://u:p@s3.example", "must not hold"),
            ("http://s3.example/path", "must end behind"),
            ("http://s3.example?x", "must end behind"),
            ("http://s3.example#x", "must end behind"),
            ("http://s3.example:", "port"),
            ("http://s3.example:0", "port"),
            ("http://s3.example:70000", "port"),
            ("http://sä.example", "is no URL"),
        ];
        for (url, why) in wrong {
            let error = Endpoint::new(url, Style::Path).expect_err(url);
            assert!(error.contains(why), "{url}: {error}");
        }
        // What parsers of URLs rewrite would be signed as one host and sent to another.
        for (url, better) in [
            ("http://127.1:9000", "write it as `http://127.0.0.1:9000`"),
            ("http://0x7f000001", "write it as `http://127.0.0.1`"),
            ("http://[0:0:0:0:0:0:0:1]:9000", "write it as `http://[::1]:9000`"),
            ("http://s3:080", "write it as `http://s3`"),
            ("https://s3:09000", "write it as `https://s3:9000`"),
            ("https://s3.{region}.example:0443", "write it as `https://s3.{region}.example`"),
            ("http://s3.example.999", "is no URL"),
            ("http://xn--a.example", "is no URL"),
        ] {
            for style in [Style::Path, Style::Virtual] {
                let error = Endpoint::new(url, style).expect_err(url);
                assert!(error.contains(better), "{url}: {error}");
            }
        }
        for url in [
            "http://[::1]:9000",
            "https://s3_a.example.",
            "https://S3.example:443/",
            "http://s3:9000",
            "http://10.0.0.1",
        ] {
            Endpoint::new(url, Style::Path).expect(url);
        }
        Endpoint::new("http://127.0.0.1:9000", Style::Virtual).expect_err("an address");
        Endpoint::new("http://[::1]", Style::Virtual).expect_err("an address");
    }
}
