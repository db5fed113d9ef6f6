//! The scripted server as a program: another language's runner has nothing else.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

const PATIENCE: Duration = Duration::from_secs(10);

/// The running program.
struct Program {
    child: Child,
    control: String,
}

impl Program {
    fn start() -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_conformance-server"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the program can be started");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("standard output")).read_line(&mut line).expect("a line");
        let control = line.trim().strip_prefix("http://").expect("a URL").to_owned();
        Self { child, control }
    }

    /// Returns the status and the body of the control's answer.
    fn control(&self, method: &str, path: &str, body: &str) -> (u16, Value) {
        let head = format!(
            "{method} {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        let answer = exchange(&self.control, &format!("{head}{body}"));
        let (head, body) = answer.split_once("\r\n\r\n").expect("a head");
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
        (status, serde_json::from_str(body).unwrap_or_default())
    }

    fn begin(&self, script: &Value) -> (u16, Value) {
        self.control("POST", "/cases", &script.to_string())
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Says something to an address, and returns all that it says until it ends the connection, or nothing more comes.
fn exchange(address: &str, text: &str) -> String {
    let mut stream = TcpStream::connect(address).expect("a connection");
    stream.set_read_timeout(Some(PATIENCE)).expect("a limit");
    stream.write_all(text.as_bytes()).expect("the request can be sent");
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).into_owned()
}

fn place<'a>(case: &'a Value, name: &str) -> &'a str {
    let url = case["places"][name].as_str().unwrap_or_else(|| panic!("no place {name}: {case}"));
    url.split_once("://").map(|(_, address)| address).expect("a URL")
}

#[test]
fn a_case_is_played_seen_and_ended() {
    let program = Program::start();
    let script = json!({
        "server": [
            {"status": 201, "headers": [["X-Place", "{other}/a"]], "json": {"key": "{key}"}, "close": true},
            {"reset": "before_read"},
            {"reset": "after_read"},
            {"hang_up": "after_read"},
            {"status": 200, "pattern": {"from": 250, "to": 253}, "content_length": 9},
            {"status": 200, "text": "abc", "reset_after": 2},
        ],
        "other": [{"status": 200, "text": "in chunks", "chunked": true, "close": true}],
    });
    let (status, case) = program.begin(&script);
    assert_eq!(status, 201, "{case}");
    let (server, other) = (place(&case, "server"), place(&case, "other"));

    let first = exchange(server, "POST /a?b=%2F HTTP/1.1\r\nHost: x\r\nX-Odd:  1 \r\nContent-Length: 3\r\n\r\nabc");
    let link = format!("\r\nX-Place: http://{other}/a\r\n");
    assert!(first.starts_with("HTTP/1.1 201 Created\r\n") && first.contains(&link), "{first}");
    assert!(first.ends_with("\r\n\r\n{\"key\":\"ifr_pk_proj_canary-0123456789\"}"), "{first}");
    let get = "GET /x HTTP/1.1\r\n\r\n";
    for _ in 0..3 {
        assert_eq!(exchange(server, get), "");
    }
    let bytes = exchange(server, get);
    assert!(bytes.contains("\r\nContent-Length: 9\r\n") && bytes.ends_with("\r\n\r\n\u{fffd}\0\u{1}"), "{bytes:?}");
    let cut = exchange(server, get);
    assert!(cut.contains("\r\nContent-Length: 3\r\n") && cut.ends_with("\r\n\r\nab"), "{cut}");
    let chunks = exchange(
        other,
        "PUT /y HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2;a=b\r\nab\r\n1\r\nc\r\n0\r\nT: 1\r\n\r\n",
    );
    assert!(chunks.ends_with("\r\n\r\n9\r\nin chunks\r\n0\r\n\r\n"), "{chunks}");
    let exhausted = exchange(other, "GET /z HTTP/1.1\r\nConnection: close\r\n\r\n");
    assert!(exhausted.starts_with("HTTP/1.1 599") && exhausted.contains("script_exhausted"), "{exhausted}");

    let path = format!("/cases/{}", case["id"].as_str().expect("an id"));
    let (status, seen) = program.control("GET", &path, "");
    assert_eq!(status, 200, "{seen}");
    let lines: Vec<_> = seen["requests"]
        .as_array()
        .expect("requests")
        .iter()
        .map(|one| format!("{} {}", one["to"], one["line"]))
        .collect();
    let (own, others) = ("\"server\" \"GET /x\"", ["\"other\" \"PUT /y\"", "\"other\" \"GET /z\""]);
    assert_eq!(
        lines,
        [&["\"server\" \"POST /a?b=%2F\"", own, own, own, own], &others[..]].concat(),
        "one was reset unread"
    );
    assert_eq!(seen["requests"][0]["headers"], json!([["Host", "x"], ["X-Odd", "1"], ["Content-Length", "3"]]));
    assert_eq!((&seen["requests"][0]["body"], &seen["requests"][5]["body"]), (&json!("YWJj"), &json!("YWJj")));

    assert_eq!(program.control("DELETE", &path, "").0, 204);
    assert_eq!(program.control("GET", &path, "").0, 404);
    assert!(TcpStream::connect(server).is_err(), "the case's server is still there");
}

#[test]
fn a_script_that_cant_be_played_is_refused_with_its_place() {
    let program = Program::start();
    let why = |script: Value| match program.begin(&script) {
        (400, answer) => answer["error"].as_str().expect("a reason").to_owned(),
        other => panic!("{other:?}"),
    };
    assert!(
        why(json!({"server": [{"status": 200}, {"statuss": 200}]})).starts_with("server[1].statuss: unknown field")
    );
    assert!(why(json!({"other": [{"status": "200"}]})).starts_with("other[0].status: invalid type"));
    let script = json!({"server": [{"status": 200, "json": null, "text": ""}]});
    assert_eq!(why(script), "server[0]: must have at most one of `json`, `text`, `base64` and `pattern`");
    assert_eq!(
        why(json!({"server": [{}]})),
        "server[0]: must have exactly one of `status`, `reset`, `hang_up`, `silent` and `raw`"
    );
    assert_eq!(program.control("POST", "/cases", "{").0, 400);
}

#[test]
fn the_other_places_are_what_they_say() {
    let program = Program::start();
    let (_, case) = program.begin(&json!({}));
    let connect =
        |name| TcpStream::connect_timeout(&place(&case, name).parse().expect("an address"), Duration::from_millis(200));
    assert_eq!(connect("closed").expect_err("nobody listens").kind(), std::io::ErrorKind::ConnectionRefused);
    if cfg!(target_os = "linux") {
        assert_eq!(connect("full").expect_err("nobody is let in").kind(), std::io::ErrorKind::TimedOut);
    }
    assert!(connect("tls").is_ok());
    // A greeting of TLS of one byte.
    assert_eq!(exchange(place(&case, "tls-broken"), "\u{16}\u{3}\u{1}\0\u{1}x"), "");
}

#[test]
fn a_long_body_is_told_by_its_length() {
    let program = Program::start();
    let (_, case) = program.begin(&json!({"server": [{"status": 204, "close": true, "repeat": 2}]}));
    let length = 1024 * 1024 + 1;
    let body = "a".repeat(length);
    let answer = exchange(place(&case, "server"), &format!("PUT / HTTP/1.1\r\nContent-Length: {length}\r\n\r\n{body}"));
    assert!(answer.starts_with("HTTP/1.1 204 No Content\r\n") && !answer.contains("Content-Length"), "{answer}");
    let (_, seen) = program.control("GET", &format!("/cases/{}", case["id"].as_str().expect("an id")), "");
    assert_eq!(seen["requests"][0]["long_body"], json!({"length": length, "pattern": false}));
    assert_eq!(seen["requests"][0].get("body"), None);
}

#[test]
fn the_program_ends_when_standard_input_does() {
    let mut program = Program::start();
    assert!(program.child.try_wait().expect("a state").is_none(), "it ended by itself");
    drop(program.child.stdin.take());
    let start = Instant::now();
    while program.child.try_wait().expect("a state").is_none() {
        assert!(start.elapsed() < PATIENCE, "it goes on without input");
        std::thread::sleep(Duration::from_millis(5));
    }
    assert!(program.child.wait().expect("a state").success());
}
