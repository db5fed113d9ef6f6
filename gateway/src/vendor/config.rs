//! What an operator says of an S3 engine: the `[[vendor]]` tables of the configuration file.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::About;
use super::address::{Endpoint, Style};
use super::credentials::{Place, may_be_shown};

/// What the embedded store is called; no engine may be.
pub const EMBEDDED: &str = "local";

/// A `[[vendor]]`. It holds no secret, only where they are.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct VendorConfig {
    /// What callers call it: `a-z`, `0-9` and `-`.
    pub name: String,
    /// Where the gateway speaks S3 with it; `{region}` in the host stands for the bucket's region.
    pub endpoint: String,
    /// Where clients reach it, if not at `endpoint`: this stands in signed URLs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub public_url: Option<String>,
    /// Its only region.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// Its regions, instead; the first is its default.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub regions: Vec<String>,
    /// Where URLs name the bucket.
    #[serde(default)]
    pub style: Style,
    /// The variable with the access key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub access_key_env: Option<String>,
    /// The variable with the secret key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret_key_env: Option<String>,
    /// The variable with the session token of temporary credentials.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session_token_env: Option<String>,
    /// A file with credentials, instead of variables.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credentials_file: Option<PathBuf>,
    /// The section of that file; `default` if nothing is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile: Option<String>,
    /// How it makes a bucket's objects readable for everybody.
    #[serde(default)]
    pub public: Public,
    /// Lower comes first when callers name no vendor.
    #[serde(default = "middle")]
    pub priority: u32,
    /// Whether a new bucket's request says its region; Amazon wants it, so that is the default there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location_constraint: Option<bool>,
    /// Whether new buckets have a block that must go before they can be public; the default on Amazon.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub public_access_block: Option<bool>,
}

/// How an engine makes a bucket's objects readable for everybody.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Public {
    /// Not at all: `acl: "public"` is refused.
    #[default]
    None,
    /// By a canned ACL of the bucket, on engines where that goes for its objects, too. It also lets everybody list.
    Acl,
    /// By a bucket policy (Amazon, Ceph, `MinIO`, `SeaweedFS`).
    Policy,
    /// By a canned ACL of each object, which stands in the signed URL's headers.
    ObjectAcl,
}

fn middle() -> u32 {
    100
}

/// A configuration, looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    /// What can be said of the vendor.
    pub about: About,
    /// Where the gateway reaches it.
    pub endpoint: Endpoint,
    /// Where clients do.
    pub public_endpoint: Endpoint,
    /// Where its credentials are.
    pub credentials: Place,
    /// How buckets become public.
    pub public: Public,
    /// Whether a new bucket's request says its region.
    pub location_constraint: bool,
    /// Whether new buckets are blocked from being public.
    pub public_access_block: bool,
}

impl VendorConfig {
    /// Looks at everything that can be known without reading credentials or asking the engine.
    ///
    /// # Errors
    /// A sentence that names the vendor, the field and what to do.
    pub fn check(&self) -> Result<Checked, String> {
        let name = &self.name;
        let wrong = |text: &str| format!("vendor `{name}`: {text}");
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if name.is_empty() || name.len() > 40 || !name.bytes().all(plain) {
            return Err(wrong("`name` must be 1 to 40 characters of `a-z`, `0-9` and `-`"));
        }
        if name == EMBEDDED {
            return Err(wrong("this `name` is the embedded store's: choose another"));
        }
        let endpoint = |field: &str, url: &str| {
            Endpoint::new(url, self.style).map_err(|error| wrong(&format!("`{field}` {error}")))
        };
        let internal = endpoint("endpoint", &self.endpoint)?;
        let public_endpoint = match &self.public_url {
            Some(url) => endpoint("public_url", url)?,
            None => internal.clone(),
        };
        let aws = internal.is_aws();
        if aws && self.public == Public::Acl {
            return Err(wrong("Amazon's bucket ACLs don't go for objects: set `public = \"policy\"`"));
        }
        Ok(Checked {
            about: About {
                name: name.clone(),
                regions: self.all_regions().map_err(|error| wrong(&error))?,
                public: self.public != Public::None,
                priority: self.priority,
                counts_bytes: false,
            },
            endpoint: internal,
            public_endpoint,
            credentials: self.place().map_err(|error| wrong(&error))?,
            public: self.public,
            location_constraint: self.location_constraint.unwrap_or(aws),
            public_access_block: self.public_access_block.unwrap_or(aws),
        })
    }

    fn all_regions(&self) -> Result<Vec<String>, String> {
        let regions = match (&self.region, self.regions.as_slice()) {
            (Some(region), []) => vec![region.clone()],
            (None, [_, ..]) => self.regions.clone(),
            (None, []) => return Err("set `region`; engines without regions take `us-east-1`".to_owned()),
            (Some(_), _) => return Err("set either `region` or `regions`".to_owned()),
        };
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        for (at, region) in regions.iter().enumerate() {
            if region.is_empty() || region.len() > 64 || !region.bytes().all(plain) {
                return Err(format!("the region `{region}` must be 1 to 64 letters, digits, `-` and `_`"));
            }
            if regions.iter().take(at).any(|other| other == region) {
                return Err(format!("the region `{region}` stands in `regions` twice"));
            }
        }
        Ok(regions)
    }

    fn place(&self) -> Result<Place, String> {
        for (field, name) in self.variables() {
            if name.is_some_and(|name| !is_name(name)) {
                return Err(format!(
                    "`{field}` must be a variable's name, of letters, digits and `_`; what is secret goes into the variable"
                ));
            }
        }
        let wrong = |text: &str| Err(text.to_owned());
        match (&self.access_key_env, &self.secret_key_env, &self.credentials_file) {
            (Some(access_key), Some(secret_key), None) => {
                if self.profile.is_some() {
                    return wrong("`profile` is for `credentials_file`: remove it");
                }
                Ok(Place::Environment {
                    access_key: access_key.clone(),
                    secret_key: secret_key.clone(),
                    session_token: self.session_token_env.clone(),
                })
            }
            (None, None, Some(path)) => {
                if self.session_token_env.is_some() {
                    return wrong("`session_token_env` is for variables: write `aws_session_token` into the file");
                }
                let profile = self.profile.clone().unwrap_or_else(|| "default".to_owned());
                Ok(Place::File { path: path.clone(), profile })
            }
            _ => wrong("set `access_key_env` and `secret_key_env`, or `credentials_file`"),
        }
    }

    /// The fields that name variables, each with the name.
    fn variables(&self) -> [(&'static str, Option<&str>); 3] {
        [
            ("access_key_env", self.access_key_env.as_deref()),
            ("secret_key_env", self.secret_key_env.as_deref()),
            ("session_token_env", self.session_token_env.as_deref()),
        ]
    }

    /// As TOML. What may be a secret in the place of a variable's name is a comment without it.
    pub fn print(&self) -> String {
        let text = toml::to_string(self).unwrap_or_default();
        let hidden = self.variables().into_iter().filter(|(_, name)| name.is_some_and(|name| !may_be_shown(name)));
        let hidden: Vec<&str> = hidden.map(|(field, _)| field).collect();
        let line = |line: &str| match hidden.iter().find(|field| line.split(' ').next() == Some(**field)) {
            Some(field) => format!("# {field} isn't shown: it is no name in capitals\n"),
            None => format!("{line}\n"),
        };
        text.lines().map(line).collect()
    }
}

/// Whether a shell could set a variable of this name.
fn is_name(name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    name.bytes().all(plain) && name.bytes().next().is_some_and(|byte| !byte.is_ascii_digit())
}

/// Looks at all vendors, and that no two have the same name.
///
/// # Errors
/// As [`VendorConfig::check`].
pub fn check_all(vendors: &[VendorConfig]) -> Result<Vec<Checked>, String> {
    let mut checked: Vec<Checked> = Vec::with_capacity(vendors.len());
    for vendor in vendors {
        let vendor = vendor.check()?;
        if checked.iter().any(|other| other.about.name == vendor.about.name) {
            return Err(format!("vendor `{}`: the `name` is given twice: choose another", vendor.about.name));
        }
        checked.push(vendor);
    }
    Ok(checked)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize)]
    struct File {
        vendor: Vec<VendorConfig>,
    }

    const KEYS: &str = "access_key_env = 'A'\nsecret_key_env = 'S'\n";

    fn parse(text: &str) -> Result<Vec<VendorConfig>, String> {
        toml::from_str(text).map(|file: File| file.vendor).map_err(|error| error.message().to_owned())
    }

    fn check(lines: &str) -> Result<Checked, String> {
        let vendors = parse(&format!("[[vendor]]\n{lines}"))?;
        vendors.first().expect("a vendor").check()
    }

    #[test]
    fn the_least_is_enough() {
        let checked =
            check(&format!("name = 'a'\nendpoint = 'http://s3:8333'\nregion = 'r'\n{KEYS}")).expect("a vendor");
        assert_eq!(checked.about.regions, ["r"]);
        assert_eq!(checked.about.priority, 100);
        assert!(!checked.about.public && !checked.about.counts_bytes);
        assert_eq!(checked.endpoint, checked.public_endpoint);
        assert!(!checked.location_constraint && !checked.public_access_block);
    }

    #[test]
    fn everything_can_be_said() {
        let checked = check(
            "name = 'aws'\nendpoint = 'https://s3.{region}.amazonaws.com'\npublic_url = 'https://cdn.example'\n\
            regions = ['eu-central-1', 'us-east-1']\nstyle = 'virtual'\ncredentials_file = 'f'\nprofile = 'p'\n\
            public = 'policy'\npriority = 1\n",
        )
        .expect("a vendor");
        assert_eq!(checked.about.regions, ["eu-central-1", "us-east-1"]);
        assert!(checked.about.public && checked.location_constraint && checked.public_access_block);
        assert_eq!(checked.credentials, Place::File { path: "f".into(), profile: "p".into() });
        assert_eq!(checked.public_endpoint.to_string(), "https://cdn.example");
    }

    #[test]
    fn it_can_be_printed_and_read_again() {
        let text =
            format!("[[vendor]]\nname = 'a'\nendpoint = 'http://s'\nregion = 'r'\npublic = 'object-acl'\n{KEYS}");
        let vendor = parse(&text).expect("a vendor").remove(0);
        let again: VendorConfig = toml::from_str(&toml::to_string(&vendor).expect("TOML")).expect("a vendor");
        assert_eq!(again, vendor);
    }

    #[test]
    fn mistakes_are_named() {
        let good = "name = 'a'\nendpoint = 'http://s3'\nregion = 'r'\n";
        let wrong = [
            (format!("{good}{KEYS}colour = 'red'"), "unknown field `colour`"),
            (format!("{good}{KEYS}public = 'yes'"), "expected one of `none`, `acl`"),
            (format!("{good}{KEYS}style = 'host'"), "expected `path` or `virtual`"),
            (good.to_owned(), "vendor `a`: set `access_key_env` and `secret_key_env`, or `credentials_file`"),
            (format!("{good}access_key_env = 'A'"), "set `access_key_env` and"),
            (format!("{good}{KEYS}credentials_file = 'f'"), "set `access_key_env` and"),
            (format!("{good}{KEYS}profile = 'p'"), "`profile` is for"),
            (format!("{good}credentials_file = 'f'\nsession_token_env = 'T'"), "`session_token_env` is for"),
            (format!("{good}{KEYS}regions = ['x']"), "either `region` or `regions`"),
            (format!("{good}{KEYS}public_url = 'http://s3/path'"), "`public_url` must end behind"),
            (format!("name = 'a'\nendpoint = 'http://s3'\n{KEYS}"), "vendor `a`: set `region`"),
            (format!("name = 'a'\nendpoint = 'http://s3'\nregions = ['x', 'x']\n{KEYS}"), "twice"),
            (format!("name = 'a'\nendpoint = 'http://s3'\nregion = 'x/y'\n{KEYS}"), "the region `x/y`"),
            (format!("name = 'A b'\nendpoint = 'http://s3'\nregion = 'r'\n{KEYS}"), "`name` must be"),
            (format!("name = 'local'\nendpoint = 'http://s3'\nregion = 'r'\n{KEYS}"), "the embedded store's"),
            (format!("name = 'a'\nendpoint = 's3'\nregion = 'r'\n{KEYS}"), "`endpoint` must begin with `http://`"),
            (
                format!("name = 'a'\nendpoint = 'https://s3.amazonaws.com'\nregion = 'r'\npublic = 'acl'\n{KEYS}"),
                "set `public = \"policy\"`",
            ),
        ];
        for (text, why) in wrong {
            let error = check(&text).expect_err(&text);
            assert!(error.contains(why), "{text}: {error}");
        }
    }

    #[test]
    fn a_secret_in_place_of_a_variables_name_is_not_repeated() {
        for field in ["access_key_env", "secret_key_env", "session_token_env"] {
            for secret in ["wJalrXUtnFEMI/K7MDENG", "a b", "4711", "", "caña"] {
                let keys = ["access_key_env", "secret_key_env", "session_token_env"];
                let keys: String =
                    keys.map(|key| format!("{key} = '{}'\n", if key == field { secret } else { "K" })).concat();
                let error =
                    check(&format!("name = 'a'\nendpoint = 'http://s3'\nregion = 'r'\n{keys}")).expect_err(secret);
                assert!(error.starts_with(&format!("vendor `a`: `{field}` must be a variable's name")), "{error}");
                assert!(secret.is_empty() || !error.contains(secret), "{error}");
            }
        }
    }

    #[test]
    fn names_are_unique() {
        let one = format!("[[vendor]]\nname = 'a'\nendpoint = 'http://s3'\nregion = 'r'\n{KEYS}");
        let error = check_all(&parse(&format!("{one}{one}")).expect("vendors")).unwrap_err();
        assert_eq!(error, "vendor `a`: the `name` is given twice: choose another");
    }
}
