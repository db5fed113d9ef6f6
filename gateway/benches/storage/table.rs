//! What is printed: markdown, each cell with the best of the runs and, in brackets, the worst.

use std::fs;
use std::process::Command;

use crate::program::output;
use crate::target::Target;
use crate::{Plan, Sample};

/// Machine, date, versions.
pub(crate) fn about(targets: &[Target], missing: &[String], plan: Plan) {
    let line = |command: &str, words: &[&str]| output(Command::new(command).args(words)).unwrap_or_default();
    let model = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = model.lines().find_map(|line| line.strip_prefix("model name")).unwrap_or_default();
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    println!("- date: {}", chrono::Utc::now().format("%Y-%m-%d %H:%M UTC"));
    println!("- machine: {cores} cores, {}; {}", model.trim_start_matches(['\t', ' ', ':']), line("uname", &["-sr"]));
    println!("- built by {}", line("rustc", &["--version"]));
    println!("- {} runs of {} s each; load average at the start: {}", plan.runs, plan.time.as_secs(), load_average());
    for target in targets {
        println!("- {}: {}", target.name, target.about);
    }
    for why in missing {
        println!("- missing: {why}");
    }
}

pub(crate) fn load_average() -> String {
    let text = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split_whitespace().take(3).collect::<Vec<_>>().join(" ")
}

/// Begins a table.
pub(crate) fn head(names: &[&str]) {
    println!("| {} |", names.join(" | "));
    println!("|{}", " --- |".repeat(names.len()));
}

/// Adds a line to it.
pub(crate) fn row(name: &str, cells: impl IntoIterator<Item = String>) {
    println!("| {name} | {} |", cells.into_iter().collect::<Vec<_>>().join(" | "));
}

/// Says to who waits how it goes.
pub(crate) fn progress(name: &str, samples: &[Vec<Sample>]) {
    let last = samples.iter().filter_map(|samples| samples.last());
    let last: Vec<String> = last.map(|last| format!("{:.0}/s ({:.1})", last.rate, last.cpu)).collect();
    eprintln!("{name}: {}; load {}", last.join(", "), load_average());
}

/// What is better when it is more.
pub(crate) fn rate(samples: &[Sample]) -> String {
    let (least, most) = ends(samples, |sample| sample.rate);
    format!("{} ({})", thousands(most), thousands(least))
}

/// Microseconds of CPU, better when less.
pub(crate) fn micros(samples: &[Sample]) -> String {
    let (least, most) = ends(samples, |sample| sample.cpu);
    format!("{} µs ({})", thousands(least), thousands(most))
}

/// Seconds of CPU, better when less.
pub(crate) fn seconds(samples: &[Sample]) -> String {
    let (least, most) = ends(samples, |sample| sample.cpu);
    format!("{least:.2} ({most:.2})")
}

fn ends(samples: &[Sample], value: impl Fn(&Sample) -> f64) -> (f64, f64) {
    let values = || samples.iter().map(&value);
    (values().fold(f64::INFINITY, f64::min), values().fold(0.0, f64::max))
}

fn thousands(value: f64) -> String {
    let text = format!("{value:.0}");
    match text.len() {
        4.. => format!("{},{}", &text[..text.len() - 3], &text[text.len() - 3..]),
        _ => text,
    }
}
