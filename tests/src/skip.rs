//! What is done where a test needs something that this machine hasn't.

use std::fs::OpenOptions;
use std::io::Write as _;

/// Says that something wasn't tested, and why: on standard error, and in the file that the variable `INFRAI_SKIPPED` names.
///
/// # Panics
/// With `CI=true`: there, nothing is skipped.
pub fn skipped(what: &str, why: &str) {
    let ci = std::env::var("CI").is_ok_and(|value| !matches!(value.as_str(), "" | "0" | "false"));
    assert!(!ci, "nothing may be skipped here, but: {what}: {why}");
    note(what, why);
}

/// Says that something wasn't tested since the machine doesn't let this user: also with `CI=true`, as no installation helps.
pub fn not_permitted(what: &str, why: &str) {
    note(what, why);
}

#[expect(clippy::print_stderr, reason = "who runs the tests must see what wasn't tested")]
fn note(what: &str, why: &str) {
    let line = format!("skipped: {what}: {why}");
    eprintln!("{line}");
    if let Some(path) = std::env::var_os("INFRAI_SKIPPED") {
        let mut file = OpenOptions::new().create(true).append(true).open(&path).expect("the file of `INFRAI_SKIPPED`");
        // In one piece, since several tests write to it.
        file.write_all(format!("{line}\n").as_bytes()).expect("the file of `INFRAI_SKIPPED` can be written");
    }
}
