//! Holding the Rust client to a case.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use infrai::{Client, Error};
use serde_json::{Map, Value};

use super::case::{Call, Case, Outcome};
use super::compare::Comparison;
use super::machine::Machine;
use super::places::{Neighbours, map_texts};
use super::rust_client::{self, Done, Made, VERSION, render, render_error};
use super::server::Playing;
use super::{files, requests, watch};

/// What Rust lacks of what cases may require.
pub const LACKS: [&str; 2] = ["negative", "untyped"];

/// How long a call may take at all.
const PATIENCE: Duration = Duration::from_secs(20);

/// How many seconds more than it says a call may take, as machines are busy.
const GRACE: f64 = 1.0;

/// Returns what a case requires and Rust lacks.
pub fn lacking(case: &Value) -> Vec<&str> {
    let requires = case["requires"].as_array().map(Vec::as_slice).unwrap_or_default();
    requires.iter().filter_map(Value::as_str).filter(|word| LACKS.contains(word)).collect()
}

/// Returns whether a case is about real time, so that it is better run on a machine that isn't busy.
pub fn is_timed(case: &Value) -> bool {
    let limits =
        |of: &Value| ["timeout", "connect_timeout", "deadline", "stall"].iter().any(|name| of[*name].is_number());
    let calls = case["calls"].as_array().map(Vec::as_slice).unwrap_or_default();
    limits(&case["client"]) || calls.iter().any(|call| call["took"].is_array() || limits(&call["options"]))
}

/// Runs a case, and returns what was wrong: nothing, if the client behaves.
pub async fn case(case: &Value, neighbours: &Neighbours) -> Vec<String> {
    match run(case, neighbours).await {
        Ok(wrong) => wrong,
        Err(why) => vec![format!("the case could not be run: {why}")],
    }
}

async fn run(raw: &Value, neighbours: &Neighbours) -> Result<Vec<String>, String> {
    let of_system = |error: std::io::Error| error.to_string();
    let folder = tempfile::tempdir().map_err(of_system)?;
    let (home, beside) = (folder.path().join("home"), folder.path().join("beside"));
    for folder in [&home, &beside] {
        std::fs::create_dir(folder).map_err(of_system)?;
    }
    let raw = with_names(raw, &home);
    let script = serde_json::json!({"server": list(&raw, "server"), "other": list(&raw, "other")});
    let playing = Playing::start(&script, neighbours).await.map_err(of_system)??;
    let filled = playing.places().fill_value(&raw);
    let case: Case =
        serde_path_to_error::deserialize(&filled).map_err(|error| format!("{}: {}", error.path(), error.inner()))?;
    files::put(&case.files, &home).map_err(of_system)?;
    files::put_before_downloads(&case.calls, &home).map_err(of_system)?;
    let before = files::found(&home).map_err(of_system)?;

    let machine = Machine::new(&case, home.clone());
    let mut running = Running {
        machine: machine.clone(),
        home: home.clone(),
        beside,
        comparison: Comparison::default(),
        printed: Vec::new(),
    };
    match rust_client::build(&case.client, playing.places(), machine.clone())? {
        Ok(client) => {
            for (at, call) in case.calls.iter().enumerate() {
                running.calls(&format!("calls[{at}]"), call, &client).await;
            }
            render(&client, &mut running.printed);
        }
        Err(error) => running.unbuilt(&case, error),
    }

    let Running { mut comparison, mut printed, .. } = running;
    requests::compare(&case.requests, &playing.requests(), &mut comparison);
    files::compare(&case, &home, &before, &mut comparison).map_err(of_system)?;
    let logged = machine.logged();
    if let Some(expected) = &case.log {
        if expected.len() == logged.len() {
            for (at, (expected, got)) in expected.iter().zip(&logged).enumerate() {
                comparison.text(&format!("log[{at}]"), expected, got);
            }
        } else {
            comparison.wrong("log", lines(expected), lines(&logged));
        }
    }
    printed.extend(logged);
    // The same thing is printed in several ways: one is enough to see it.
    if let Some(text) = watch::with_canary(&printed).into_iter().min_by_key(|text| text.len()) {
        comparison.wrong("printed", "no secret", text);
    }
    Ok(comparison.into_wrong())
}

/// A case that is running.
struct Running {
    machine: Machine,
    home: PathBuf,
    beside: PathBuf,
    comparison: Comparison,
    /// Everything that was there to be printed.
    printed: Vec<String>,
}

impl Running {
    /// Makes a call as often as it says.
    async fn calls(&mut self, place: &str, call: &Call, client: &Client) {
        for turn in 1..=call.repeat {
            let outside = self.comparison.letters.clone();
            let place = if call.repeat > 1 { format!("{place}, time {turn}") } else { place.to_owned() };
            if let Err(error) = files::put(&call.files, &self.home) {
                return self.comparison.wrong(&place, "files", error);
            }
            let start = Instant::now();
            let made = rust_client::call(client, call, &self.home, &self.beside);
            let Ok(made) = tokio::time::timeout(PATIENCE, made).await else {
                self.comparison.wrong(&place, "an end", format!("none after {PATIENCE:?}"));
                return;
            };
            let took = start.elapsed().as_secs_f64();
            if let Some((least, most)) = call.took.filter(|(least, most)| took < *least || took > *most + GRACE) {
                self.comparison.wrong(&format!("{place}.took"), format!("{least} to {most} s"), format!("{took} s"));
            }
            self.comparison.seconds(&format!("{place}.delays"), &call.delays, &self.machine.take_waits());
            self.outcome(&format!("{place}.outcome"), &call.outcome, made);
            if call.repeat > 1 {
                self.comparison.letters = outside;
            }
        }
    }

    /// A client that can't be built is the outcome of the first call.
    fn unbuilt(&mut self, case: &Case, error: Error) {
        let mut printed = Vec::new();
        render_error(&error, &mut printed);
        if let Some(call) = case.calls.first() {
            let done = Done::Error(error.into());
            self.outcome("calls[0].outcome (the client could not be built)", &call.outcome, Made { done, printed });
        }
    }

    fn outcome(&mut self, place: &str, expected: &Outcome, made: Made) {
        self.printed.extend(made.printed);
        let comparison = &mut self.comparison;
        match (expected, made.done) {
            (Outcome::Value(expected), Done::Value(got, _)) => comparison.json(place, expected, &got),
            (Outcome::Response(expected), Done::Value(got, Some(http))) => {
                comparison.json(&format!("{place}.value"), &expected.value, &got);
                comparison.equal(&format!("{place}.status"), &expected.status, &http.status);
                let value = |name: &str| header(&http.headers, name);
                comparison.headers(&format!("{place}.headers"), &expected.headers, value);
                if let Some(expected) = &expected.request_id {
                    comparison.text(&format!("{place}.request_id"), expected, &http.request_id);
                }
            }
            (Outcome::Error(expected), Done::Error(got)) => error(place, expected, &got, comparison),
            (expected, Done::Error(got)) => comparison.wrong(place, shown(expected), got),
            (expected, Done::Value(got, _)) => comparison.wrong(place, shown(expected), format!("the value {got}")),
            (expected, Done::Impossible(why)) => comparison.wrong(place, shown(expected), why),
        }
    }
}

/// Compares the parts of an error that are named.
fn error(place: &str, expected: &Map<String, Value>, got: &Error, comparison: &mut Comparison) {
    let (class, phase) = match rust_client::class(got) {
        Ok(known) => known,
        Err(why) => return comparison.wrong(place, shown(&Outcome::Error(expected.clone())), why),
    };
    for (name, expected) in expected {
        let place = format!("{place}.error.{name}");
        let got = match name.as_str() {
            "class" => class.into(),
            "text" => got.to_string().into(),
            "operation" => got.operation().into(),
            "code" => got.code().into(),
            "status" => got.status().map(|status| status.as_u16()).into(),
            "message" => got.message().into(),
            "request_id" => got.request_id().into(),
            "attempts" => got.attempts().into(),
            "json_path" => got.json_path().into(),
            "phase" => phase.into(),
            "body" if got.status().is_none() => Value::Null,
            "body" => String::from_utf8_lossy(got.body()).into(),
            "headers" => {
                let expected = serde_json::from_value(expected.clone()).unwrap_or_default();
                comparison.headers(&place, &expected, |name| header(got.headers(), name));
                continue;
            }
            "retry_after" => {
                let numbers = |value: Option<f64>| Vec::from_iter(value);
                let got = got.retry_after().map(|wait| wait.as_secs_f64());
                comparison.seconds(&place, &numbers(expected.as_f64()), &numbers(got));
                continue;
            }
            _ => {
                comparison.wrong(&place, expected, "no such part of an error");
                continue;
            }
        };
        comparison.json(&place, expected, &got);
    }
}

fn header(headers: &infrai::HeaderMap, name: &str) -> Option<String> {
    let values: Vec<_> = headers.get_all(name).iter().map(|value| String::from_utf8_lossy(value.as_bytes())).collect();
    (!values.is_empty()).then(|| values.join(", "))
}

fn shown(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Value(value) => format!("the value {value}"),
        Outcome::Response(response) => format!("{} with the value {}", response.status, response.value),
        Outcome::Error(parts) => parts.get("text").and_then(Value::as_str).unwrap_or("an error").to_owned(),
    }
}

/// Fills in what is the runner's to say.
fn with_names(raw: &Value, home: &Path) -> Value {
    let home = home.to_string_lossy();
    map_texts(raw, &|text| text.replace("{home}", &home).replace("{version}", VERSION).replace("{language}", "rust"))
}

/// Lines below the heading of a difference.
fn lines(lines: &[String]) -> String {
    let lines: Vec<String> = lines.iter().map(|line| format!("\n        {line}")).collect();
    format!("{} lines{}", lines.len(), lines.concat())
}

fn list(raw: &Value, name: &str) -> Value {
    raw.get(name).cloned().unwrap_or_else(|| Value::Array(Vec::new()))
}
