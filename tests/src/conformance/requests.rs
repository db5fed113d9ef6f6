//! Comparing the requests that came with those that a case expects.

use serde_json::Value;

use super::case::Request;
use super::compare::Comparison;
use super::read::Body;
use super::script::PatternText;
use super::server::Recorded;

/// What every HTTP client may send by itself.
const OF_HTTP: [&str; 8] = [
    "host",
    "connection",
    "accept-encoding",
    "content-length",
    "transfer-encoding",
    "accept-language",
    "sec-fetch-mode",
    // Some HTTP libraries send `*/*` and can't be kept from it.
    "accept",
];

/// Compares all requests of a case.
pub fn compare(expected: &[Request], got: &[Recorded], comparison: &mut Comparison) {
    let all = expected.iter().enumerate().flat_map(|item| std::iter::repeat_n(item, item.1.repeat));
    let count = expected.iter().map(|request| request.repeat).sum::<usize>();
    if count != got.len() {
        let came: Vec<String> = got.iter().map(|got| format!("{} {}", got.to, got.request.line)).collect();
        comparison.wrong("requests", format!("{count}"), format!("{}: {}", got.len(), shortened(&came)));
    }
    for ((at, expected), got) in all.zip(got) {
        let outside = comparison.letters.clone();
        one(&format!("requests[{at}]"), expected, got, comparison);
        if expected.repeat > 1 {
            comparison.letters = outside;
        }
    }
}

fn one(place: &str, expected: &Request, got: &Recorded, comparison: &mut Comparison) {
    let request = &got.request;
    comparison.text(&format!("{place}.to"), &expected.to, got.to);
    comparison.text(&format!("{place}.line"), &expected.line, &request.line);
    comparison.headers(&format!("{place}.headers"), &expected.headers, |name| request.header(name));
    if expected.only_headers {
        let known = |name: &str| expected.headers.contains_key(name) || OF_HTTP.contains(&name);
        let others: Vec<String> =
            request.headers.iter().map(|(name, _)| name.to_ascii_lowercase()).filter(|name| !known(name)).collect();
        comparison.equal(&format!("{place}: further headers"), &Vec::new(), &others);
    }
    let place = format!("{place}.body");
    if let Some(json) = &expected.json {
        match serde_json::from_slice::<Value>(request.body.bytes.as_deref().unwrap_or_default()) {
            Ok(got) => comparison.json(&place, json, &got),
            Err(_) => comparison.wrong(&place, json, shown(&request.body)),
        }
    } else if let Some(text) = &expected.text {
        match request.body.bytes.as_deref().map(std::str::from_utf8) {
            Some(Ok(got)) => comparison.text(&place, text, got),
            _ => comparison.wrong(&place, text, shown(&request.body)),
        }
    } else if let Some(pattern) = expected.pattern {
        if !is(pattern, &request.body) {
            comparison.wrong(&place, format!("{pattern:?} of the pattern"), shown(&request.body));
        }
    } else if expected.body.is_some() && request.body.length > 0 {
        comparison.wrong(&place, "none", shown(&request.body));
    }
}

fn is(pattern: PatternText, body: &Body) -> bool {
    match pattern {
        PatternText::First(length) => body.length == length && body.pattern,
        PatternText::Part { .. } => body.bytes.as_deref() == Some(&pattern.bytes()),
    }
}

fn shown(body: &Body) -> String {
    match &body.bytes {
        Some(bytes) if bytes.len() <= 1000 => format!("{:?}", String::from_utf8_lossy(bytes)),
        _ => format!("{} bytes{}", body.length, if body.pattern { " of the pattern" } else { "" }),
    }
}

fn shortened(lines: &[String]) -> String {
    match lines.len() {
        ..=12 => lines.join(", "),
        count => format!("{}, … and {} more", lines[..12].join(", "), count - 12),
    }
}
