//! The URL of a Postgres database: read once, shown without its secrets.
//!
//! `sslmode` means what it means to `psql`, but for `verify-ca`, which is as strict as `verify-full`:
//!
//! - `disable`: not encrypted.
//! - `prefer`, the default: encrypted if the server can, its certificate not looked at.
//! - `require`: encrypted or refused; the certificate not looked at, unless `sslrootcert` is given.
//! - `verify-full`: encrypted, the certificate from an authority that the system trusts, or the one in the PEM file
//!   of `sslrootcert`, and for this host name.
//!
//! All other options are those of `tokio_postgres::Config`, but for `channel_binding=require`: our TLS has none.

use std::error::Error as _;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use percent_encoding::percent_decode_str;
use tokio_postgres::Config;
use tokio_postgres::config::{ChannelBinding, Host, SslMode};

const PREFIXES: [&str; 2] = ["postgres://", "postgresql://"];
const FORM: &str = "it looks like `postgres://USER:PASSWORD@HOST:PORT/NAME?sslmode=verify-full`, \
    with `@`, `/`, `?` and `%` in the password written as `%40`, `%2F`, `%3F` and `%25`";
/// How long opening a connection to one host may take.
const CONNECT: Duration = Duration::from_secs(5);
/// After how long without an answer of the other machine a connection is given up.
const SILENCE: Duration = Duration::from_secs(15);

/// Where a Postgres database is, and how to get in. Shown without user and password.
#[derive(Clone, PartialEq, Eq)]
pub struct PostgresUrl {
    pub(super) config: Config,
    pub(super) trust: Trust,
}

/// Which certificates are good enough.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Trust {
    Any,
    System,
    /// From the authorities in this file.
    File(PathBuf),
}

impl PostgresUrl {
    /// Whether it begins like one.
    pub fn looks_like(text: &str) -> bool {
        PREFIXES.iter().any(|prefix| text.starts_with(prefix))
    }

    /// Reads a URL. The error never repeats what may be a secret.
    pub fn parse(url: &str) -> Result<Self, String> {
        // A bare `@` in a password would make the rest of it a host's name, which is shown.
        if !Self::looks_like(url) || url.matches('@').count() > 1 {
            return Err(format!("the URL of Postgres isn't understood: {FORM}"));
        }
        // The options begin behind the credentials, which end at the `@`, whatever is in them.
        let credentials = url.find('@').unwrap_or(0);
        let options = url.get(credentials..).and_then(|rest| rest.find('?')).map(|at| at + credentials);
        let (place, query) = options.and_then(|at| url.split_at_checked(at)).unwrap_or((url, "?"));
        let query = query.strip_prefix('?').unwrap_or_default();
        let mut mode = SslMode::Prefer;
        let mut verify = false;
        let mut root = None;
        let mut others = Vec::new();
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            match pair.split_once('=') {
                Some(("sslmode", word)) => (mode, verify) = ssl_mode(word)?,
                Some(("sslrootcert", path)) => root = Some(percent_decode_str(path).decode_utf8_lossy().into_owned()),
                _ => others.push(pair),
            }
        }
        let mut config: Config = format!("{place}?{}", others.join("&")).parse().map_err(|error| refused(&error))?;
        if config.get_hosts().is_empty() && config.get_hostaddrs().is_empty() {
            return Err(format!("the URL of Postgres names no host: {FORM}"));
        }
        if config.get_channel_binding() == ChannelBinding::Require {
            return Err("`channel_binding=require` isn't supported: use `sslmode=verify-full`".to_owned());
        }
        let trust = match root.as_deref() {
            None if verify => Trust::System,
            None => Trust::Any,
            Some(_) if mode != SslMode::Require => {
                return Err("`sslrootcert` in the URL of Postgres needs `sslmode=verify-full`".to_owned());
            }
            Some("system") => Trust::System,
            Some(path) => Trust::File(PathBuf::from(path)),
        };
        config.ssl_mode(mode);
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(CONNECT);
        }
        if config.get_tcp_user_timeout().is_none() {
            config.tcp_user_timeout(SILENCE);
        }
        if config.get_application_name().is_none() {
            config.application_name("infrai-gateway");
        }
        Ok(Self { config, trust })
    }

    /// How long until a connection to one of the hosts must be there.
    pub(super) fn patience(&self) -> Duration {
        let hosts = self.config.get_hosts().len().max(self.config.get_hostaddrs().len()).max(1);
        let each = self.config.get_connect_timeout().copied().unwrap_or(CONNECT);
        each.saturating_mul(u32::try_from(hosts).unwrap_or(u32::MAX))
    }
}

fn ssl_mode(word: &str) -> Result<(SslMode, bool), String> {
    match word {
        "disable" => Ok((SslMode::Disable, false)),
        "allow" | "prefer" => Ok((SslMode::Prefer, false)),
        "require" => Ok((SslMode::Require, false)),
        "verify-ca" | "verify-full" => Ok((SslMode::Require, true)),
        _ => Err("`sslmode` in the URL of Postgres must be `disable`, `prefer`, `require` or `verify-full`".to_owned()),
    }
}

/// The cause names an option, never a value; an odd name isn't shown either, for it may be half a password.
fn refused(error: &tokio_postgres::Error) -> String {
    let cause = error.source().map(ToString::to_string).unwrap_or_default();
    let plain = |c: char| c.is_ascii_lowercase() || matches!(c, ' ' | '`' | '_');
    if !cause.is_empty() && cause.chars().all(plain) {
        format!("the URL of Postgres isn't understood ({cause}): {FORM}")
    } else {
        format!("the URL of Postgres isn't understood: {FORM}")
    }
}

impl fmt::Display for PostgresUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ports = self.config.get_ports();
        let port = |index: usize| ports.get(index).or(ports.first()).copied().unwrap_or(5432);
        let mut places = Vec::new();
        for (index, host) in self.config.get_hosts().iter().enumerate() {
            places.push(match host {
                Host::Tcp(name) if name.contains(':') => format!("[{name}]:{}", port(index)),
                Host::Tcp(name) => format!("{name}:{}", port(index)),
                #[cfg(unix)]
                Host::Unix(path) => format!("{}:{}", path.display(), port(index)),
            });
        }
        if places.is_empty() {
            places.extend(self.config.get_hostaddrs().iter().enumerate().map(|(i, at)| format!("{at}:{}", port(i))));
        }
        let name = self.config.get_dbname().unwrap_or("(the user's)");
        write!(f, "Postgres `{name}` at `{}`", places.join(","))
    }
}

impl fmt::Debug for PostgresUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PostgresUrl({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(url: &str) -> PostgresUrl {
        PostgresUrl::parse(url).unwrap_or_else(|error| panic!("{url}: {error}"))
    }

    #[test]
    fn the_modes_of_tls_are_read() {
        let cases = [
            ("", SslMode::Prefer, Trust::Any),
            ("?sslmode=disable", SslMode::Disable, Trust::Any),
            ("?sslmode=require", SslMode::Require, Trust::Any),
            ("?sslmode=verify-full", SslMode::Require, Trust::System),
            ("?sslrootcert=%2Fetc%2Fca.pem&sslmode=verify-ca", SslMode::Require, Trust::File("/etc/ca.pem".into())),
            ("?sslmode=require&sslrootcert=/etc/ca.pem", SslMode::Require, Trust::File("/etc/ca.pem".into())),
            ("?sslmode=require&sslrootcert=system", SslMode::Require, Trust::System),
        ];
        for (query, mode, trust) in cases {
            for user in ["", "me@", "me:secret?sslmode=x@"] {
                let url = parse(&format!("postgres://{user}host/db{query}"));
                assert_eq!((url.config.get_ssl_mode(), &url.trust), (mode, &trust), "{user} {query}");
            }
        }
        for query in ["sslmode=strict", "sslrootcert=/etc/ca.pem", "sslmode=prefer&sslrootcert=/etc/ca.pem"] {
            PostgresUrl::parse(&format!("postgres://me@host/db?{query}")).expect_err(query);
        }
    }

    #[test]
    fn places_are_shown() {
        let cases = [
            ("postgres://me@host/db", "Postgres `db` at `host:5432`"),
            ("postgresql://a,b:5433/db?connect_timeout=2", "Postgres `db` at `a:5432,b:5433`"),
            ("postgres://[::1]:6000/db", "Postgres `db` at `[::1]:6000`"),
            ("postgres://me@host", "Postgres `(the user's)` at `host:5432`"),
        ];
        for (url, shown) in cases {
            assert_eq!(parse(url).to_string(), shown, "{url}");
        }
        #[cfg(unix)]
        assert_eq!(parse("postgres:///db?host=/run/pg&port=6000").to_string(), "Postgres `db` at `/run/pg:6000`");
    }

    #[test]
    fn a_password_never_shows() {
        let urls = [
            "postgres://me:hunter2@host/db",
            "postgres://me:hunter2@host:port/db",
            "postgres://me:x@hunter2@host/db",
            "postgres://me:x/hunter2@host/db",
            "postgres://me:x?hunter2=1@host/db",
            "postgres://me:x#hunter2@host/db",
            "postgres://me:hunter2%zz%ff@host/db",
            "postgres://me:x?hunter2",
            "postgres://me:hunter2@/db",
            "postgres://host/db?password=hunter2",
            "postgres://host/db?password=hunter2&hunter2",
            "postgres://host/db?sslmode=hunter2",
            "postgres://host/db?connect_timeout=hunter2",
            "postgres://host/db?hunter2=hunter2",
        ];
        for url in urls {
            let shown = PostgresUrl::parse(url).map_or_else(|error| error, |url| format!("{url} {url:?}"));
            assert!(!shown.contains("hunter2"), "{url}: {shown}");
        }
    }

    #[test]
    fn an_unknown_option_is_named() {
        let error = PostgresUrl::parse("postgres://me:x@host/db?pool=3").expect_err("unknown");
        assert!(error.contains("unknown option `pool`"), "{error}");
    }
}
