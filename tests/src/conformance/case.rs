//! A case of the vectors, as its runner needs it: places, key and home are filled in.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::places::KEY;
use super::script::{PatternText, present};
use super::watch::CANARY;

/// A case. What its servers do is read by `script`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// A sentence.
    pub name: String,
    /// The lines of `docs/behaviour.md` that it proves.
    pub proves: Vec<String>,
    /// What the runtime must be able to do.
    #[serde(default)]
    pub requires: Vec<String>,
    /// The environment's variables.
    #[serde(default)]
    pub environment: BTreeMap<String, String>,
    /// Files below the home folder.
    #[serde(default)]
    pub files: BTreeMap<String, File>,
    /// What the wall clock shows.
    #[serde(default = "beginning")]
    pub now: chrono::DateTime<chrono::Utc>,
    /// The randomness of the waits; the last one for all further waits.
    #[serde(default = "no_jitter")]
    pub random: Vec<f64>,
    /// The client's settings.
    #[serde(default)]
    pub client: Settings,
    /// What `{server}` does.
    #[serde(default)]
    pub server: Vec<Value>,
    /// What `{other}` does.
    #[serde(default)]
    pub other: Vec<Value>,
    /// What is called, in turn.
    pub calls: Vec<Call>,
    /// What came, in turn.
    pub requests: Vec<Request>,
    /// What is below the home folder then.
    #[serde(default)]
    pub files_after: BTreeMap<String, Option<FileAfter>>,
    /// The lines that were logged.
    pub log: Option<Vec<String>>,
}

/// A file that is there before.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct File {
    /// What is in it.
    pub text: String,
    /// Who may do what with it, in octal digits.
    pub mode: Option<String>,
}

/// A file or a folder that is there after.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileAfter {
    /// What is in the file.
    pub text: Option<String>,
    /// So many bytes of the pattern are in the file.
    pub pattern: Option<u64>,
    /// It is a folder.
    #[serde(default)]
    pub folder: bool,
    /// Who may do what with it, in octal digits.
    pub mode: Option<String>,
}

/// The settings of a client. What is `None` isn't set.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// The key.
    pub api_key: Option<String>,
    /// The base URL, perhaps the name of a place.
    pub base_url: Option<String>,
    /// Seconds for an attempt.
    pub timeout: Option<f64>,
    /// Seconds for connecting.
    pub connect_timeout: Option<f64>,
    /// Seconds for a call.
    pub deadline: Option<f64>,
    /// How often a call is tried again.
    pub max_retries: Option<i64>,
    /// Headers of every request.
    pub headers: Vec<(String, String)>,
    /// What stands behind the user agent.
    pub user_agent_suffix: Option<String>,
    /// Whether plain `http` may go anywhere.
    pub allow_insecure: Option<bool>,
}

/// A call.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Call {
    /// Its name.
    pub operation: String,
    /// Its arguments, by their names on the wire.
    #[serde(default)]
    pub arguments: serde_json::Map<String, Value>,
    /// Its options.
    #[serde(default)]
    pub options: Options,
    /// Files below the home folder that change before it.
    #[serde(default)]
    pub files: BTreeMap<String, File>,
    /// How often it is made.
    #[serde(default = "once")]
    pub repeat: usize,
    /// Whether the whole response is asked for.
    #[serde(default)]
    pub with_response: bool,
    /// The waits, in seconds.
    #[serde(default)]
    pub delays: Vec<f64>,
    /// The least and the most seconds that it takes.
    pub took: Option<(f64, f64)>,
    /// What comes of it.
    pub outcome: Outcome,
}

/// The options of a call.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Options {
    /// Seconds for an attempt.
    pub timeout: Option<f64>,
    /// Seconds for the call.
    pub deadline: Option<f64>,
    /// How often it is tried again.
    pub max_retries: Option<i64>,
    /// Headers of its requests.
    #[serde(default)]
    pub headers: Vec<(String, String)>,
    /// The caller's own key.
    pub idempotency_key: Option<String>,
    /// Seconds of a transfer without a byte.
    pub stall: Option<f64>,
}

/// What comes of a call.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// A value.
    Value(Value),
    /// A value with status, headers and request id.
    Response(Response),
    /// An error: its class, its text, and those of its parts that matter.
    Error(serde_json::Map<String, Value>),
}

/// A value with what HTTP says about it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Response {
    /// The value.
    pub value: Value,
    /// The status.
    pub status: u16,
    /// Some headers.
    #[serde(default)]
    pub headers: BTreeMap<String, Option<String>>,
    /// The request's id.
    pub request_id: Option<String>,
}

/// A request that came.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// To which server.
    #[serde(default = "server")]
    pub to: String,
    /// Method and target.
    pub line: String,
    /// Some headers; `None` must be absent.
    #[serde(default)]
    pub headers: BTreeMap<String, Option<String>>,
    /// Whether it has no others, but for what every HTTP client may send.
    #[serde(default)]
    pub only_headers: bool,
    /// Its body as JSON.
    #[serde(default, deserialize_with = "present")]
    pub json: Option<Value>,
    /// Its body as text.
    pub text: Option<String>,
    /// Its body is of the pattern.
    pub pattern: Option<PatternText>,
    /// `null`: it has none.
    #[serde(default, deserialize_with = "present")]
    pub body: Option<Value>,
    /// How often it came, one after the other.
    #[serde(default = "once")]
    pub repeat: usize,
}

impl Default for Settings {
    /// What a case doesn't say: key and base URL are those of the case, and nothing else is set.
    fn default() -> Self {
        Self {
            api_key: Some(KEY.to_owned()),
            base_url: Some("{server}".to_owned()),
            timeout: None,
            connect_timeout: None,
            deadline: None,
            max_retries: None,
            headers: Vec::new(),
            user_agent_suffix: None,
            allow_insecure: None,
        }
    }
}

impl Call {
    /// Returns whether what a request shows of itself, as it is the caller's own, has the word that is looked for.
    pub fn shows_canary(&self) -> bool {
        let arguments = serde_json::to_string(&self.arguments).unwrap_or_default();
        [Some(&arguments), self.options.idempotency_key.as_ref()]
            .into_iter()
            .flatten()
            .any(|text| text.contains(CANARY))
    }
}

fn beginning() -> chrono::DateTime<chrono::Utc> {
    "2026-01-02T03:04:05Z".parse().expect("a date")
}

fn no_jitter() -> Vec<f64> {
    vec![0.0]
}

fn once() -> usize {
    1
}

fn server() -> String {
    "server".to_owned()
}
