//! What a scripted server is to do, as the vectors write it and as it is played.

use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;

use super::pattern;

/// The most answers that a `repeat` makes.
const MOST_TIMES: usize = 2000;

/// The headers that an answer has by other fields.
const FRAMING: [&str; 3] = ["content-length", "transfer-encoding", "connection"];

/// The scripts of the two servers of a case, one answer after the other.
#[derive(Clone, Debug, Default)]
pub struct Script {
    /// What `{server}` does.
    pub server: Vec<Answer>,
    /// What `{other}` does.
    pub other: Vec<Answer>,
    /// How long a connection stays whole after the last byte before it breaks.
    pub pause: Duration,
}

/// What is done with one request.
#[derive(Clone, Debug)]
pub struct Answer {
    /// How long this is waited for, once the request was read.
    pub delay: Duration,
    /// What is done then.
    pub act: Act,
}

/// What a server does.
#[derive(Clone, Debug)]
pub enum Act {
    /// Resets the connection once the first byte is there, and reads none.
    ResetUnread,
    /// Reads the request and resets the connection.
    ResetRead,
    /// Reads the request and closes the connection.
    HangUp,
    /// Reads the request and says nothing.
    Silence,
    /// Answers.
    Http(Http),
    /// Sends these bytes, which may be no answer at all.
    Raw {
        /// What is sent.
        bytes: Vec<u8>,
        /// Whether the connection is closed behind them.
        close: bool,
    },
}

/// An answer in HTTP.
#[derive(Clone, Debug)]
pub struct Http {
    /// The status.
    pub status: u16,
    /// All headers but those of the body's form.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
    /// How the body's end is known.
    pub framing: Framing,
    /// How it is sent.
    pub manner: Manner,
    /// Whether the connection is closed behind it, and said to be.
    pub close: bool,
    /// Whether it comes before the request's body was read, which never is.
    pub early: bool,
}

/// How it is said where a body ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    /// There is none, as the status has none.
    Nothing,
    /// By `Content-Length`, which may be a lie.
    Length(u64),
    /// By chunks.
    Chunks,
}

/// How a body is sent.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Manner {
    /// At once.
    Whole,
    /// A byte at a time with this between, then spaces for ever.
    Drip(Duration),
    /// So many bytes, and then nothing.
    Stall(usize),
    /// So many bytes, and then a reset.
    Reset(usize),
    /// So many bytes, and then an end of the connection.
    Close(usize),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ScriptText {
    #[serde(default)]
    server: Vec<AnswerText>,
    #[serde(default)]
    other: Vec<AnswerText>,
    pause: Option<f64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AnswerText {
    status: Option<u16>,
    #[serde(default)]
    headers: Vec<(String, String)>,
    #[serde(default, deserialize_with = "present")]
    json: Option<Value>,
    text: Option<String>,
    base64: Option<String>,
    pattern: Option<PatternText>,
    delay: Option<f64>,
    content_length: Option<u64>,
    #[serde(default)]
    chunked: bool,
    drip: Option<f64>,
    stall_after: Option<usize>,
    reset_after: Option<usize>,
    close_after: Option<usize>,
    #[serde(default)]
    close: bool,
    #[serde(default)]
    early: bool,
    repeat: Option<usize>,
    reset: Option<ResetText>,
    hang_up: Option<HangUpText>,
    silent: Option<bool>,
    raw: Option<String>,
}

/// Which bytes of the pattern.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(untagged)]
pub enum PatternText {
    /// The first so many.
    First(u64),
    /// Those from one place to before another.
    Part {
        /// The first place.
        from: u64,
        /// The place behind the last one.
        to: u64,
    },
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum ResetText {
    BeforeRead,
    AfterRead,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum HangUpText {
    AfterRead,
}

impl Script {
    /// Reads a script, in which places are real ones already.
    ///
    /// # Errors
    /// With where it is wrong, and why.
    pub fn read(script: &Value) -> Result<Self, String> {
        let text: ScriptText =
            serde_path_to_error::deserialize(script).map_err(|error| format!("{}: {}", error.path(), error.inner()))?;
        let pause = seconds("pause", text.pause).map_err(|(field, why)| format!("{field}: {why}"))?.unwrap_or_default();
        Ok(Self { server: answers("server", text.server)?, other: answers("other", text.other)?, pause })
    }
}

impl PatternText {
    /// Returns the bytes.
    pub fn bytes(self) -> Vec<u8> {
        match self {
            Self::First(n) => pattern::bytes(0..n),
            Self::Part { from, to } => pattern::bytes(from..to),
        }
    }
}

/// Reads a field that counts as given if it is `null`, too.
pub(crate) fn present<'de, D: serde::Deserializer<'de>>(reader: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(reader).map(Some)
}

fn answers(server: &str, texts: Vec<AnswerText>) -> Result<Vec<Answer>, String> {
    let mut all = Vec::new();
    for (place, text) in texts.into_iter().enumerate() {
        let times = text.repeat.unwrap_or(1);
        if times == 0 || times > MOST_TIMES {
            return Err(format!("{server}[{place}].repeat: must be 1 to {MOST_TIMES}"));
        }
        let answer = answer(text).map_err(|(field, why)| format!("{server}[{place}]{field}: {why}"))?;
        all.extend(std::iter::repeat_n(answer, times));
    }
    Ok(all)
}

/// A field with the dot before it, and what is wrong with it.
type Wrong = (&'static str, String);

fn answer(text: AnswerText) -> Result<Answer, Wrong> {
    let delay = seconds(".delay", text.delay)?.unwrap_or_default();
    let silent = match text.silent {
        Some(false) => return Err((".silent", "must be true".to_owned())),
        silent => silent.is_some(),
    };
    let ways = [text.status.is_some(), text.reset.is_some(), text.hang_up.is_some(), silent, text.raw.is_some()];
    if ways.iter().filter(|way| **way).count() != 1 {
        return Err(("", "must have exactly one of `status`, `reset`, `hang_up`, `silent` and `raw`".to_owned()));
    }
    if let Some(status) = text.status {
        return Ok(Answer { delay, act: Act::Http(http(status, text)?) });
    }
    let is_raw = text.raw.is_some();
    let act = match (text.reset, text.hang_up, text.raw) {
        (Some(ResetText::BeforeRead), ..) => Act::ResetUnread,
        (Some(ResetText::AfterRead), ..) => Act::ResetRead,
        (_, Some(HangUpText::AfterRead), _) => Act::HangUp,
        (.., Some(raw)) => Act::Raw { bytes: raw.into_bytes(), close: text.close },
        _ => Act::Silence,
    };
    let of_http = text.json.is_some()
        || text.text.is_some()
        || text.base64.is_some()
        || text.pattern.is_some()
        || text.content_length.is_some()
        || text.drip.is_some()
        || text.stall_after.or(text.reset_after).or(text.close_after).is_some();
    if of_http || text.chunked || text.early || (text.close && !is_raw) || !text.headers.is_empty() {
        return Err(("", "has fields of an answer with a `status`, but no `status`".to_owned()));
    }
    Ok(Answer { delay, act })
}

fn http(status: u16, text: AnswerText) -> Result<Http, Wrong> {
    if !(200..=999).contains(&status) {
        return Err((".status", format!("{status} is no status of an answer")));
    }
    for (name, value) in &text.headers {
        let legal = http::HeaderName::try_from(name).is_ok() && http::HeaderValue::try_from(value).is_ok();
        if !legal {
            return Err((".headers", format!("`{name}: {value}` is no header")));
        }
        if FRAMING.contains(&name.to_ascii_lowercase().as_str()) {
            return Err((".headers", format!("`{name}` is said by `content_length`, `chunked` and `close`")));
        }
    }
    let manner = manner(&text)?;
    let mut headers = text.headers;
    let body = body(text.json, text.text, text.base64, text.pattern, &mut headers)?;
    let framing = match (text.chunked, text.content_length) {
        (true, Some(_)) => return Err((".chunked", "goes without `content_length`".to_owned())),
        (_, Some(length)) => Framing::Length(length),
        (true, None) => Framing::Chunks,
        (false, None) if matches!(manner, Manner::Drip(_)) => Framing::Chunks,
        (false, None) if matches!(status, 204 | 304) && body.is_empty() => Framing::Nothing,
        (false, None) => Framing::Length(body.len() as u64),
    };
    Ok(Http { status, headers, body, framing, manner, close: text.close, early: text.early })
}

fn manner(text: &AnswerText) -> Result<Manner, Wrong> {
    let ways = [
        seconds(".drip", text.drip)?.map(Manner::Drip),
        text.stall_after.map(Manner::Stall),
        text.reset_after.map(Manner::Reset),
        text.close_after.map(Manner::Close),
    ];
    let mut given = ways.into_iter().flatten();
    match (given.next(), given.next()) {
        (way, None) => Ok(way.unwrap_or(Manner::Whole)),
        _ => Err(("", "must have at most one of `drip`, `stall_after`, `reset_after` and `close_after`".to_owned())),
    }
}

fn body(
    json: Option<Value>,
    text: Option<String>,
    base64: Option<String>,
    pattern: Option<PatternText>,
    headers: &mut Vec<(String, String)>,
) -> Result<Vec<u8>, Wrong> {
    use base64::Engine as _;

    match (json, text, base64, pattern) {
        (None, None, None, None) => Ok(Vec::new()),
        (Some(json), None, None, None) => {
            if !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-type")) {
                headers.push(("Content-Type".to_owned(), "application/json".to_owned()));
            }
            Ok(json.to_string().into_bytes())
        }
        (None, Some(text), None, None) => Ok(text.into_bytes()),
        (None, None, Some(text), None) => {
            base64::engine::general_purpose::STANDARD.decode(text).map_err(|error| (".base64", error.to_string()))
        }
        (None, None, None, Some(pattern)) => Ok(pattern.bytes()),
        _ => Err(("", "must have at most one of `json`, `text`, `base64` and `pattern`".to_owned())),
    }
}

fn seconds(field: &'static str, given: Option<f64>) -> Result<Option<Duration>, Wrong> {
    given.map(|n| Duration::try_from_secs_f64(n).map_err(|error| (field, error.to_string()))).transpose()
}
