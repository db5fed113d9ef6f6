//! How fast the service is, next to its peers: `cargo bench -p gateway --bench storage`.
//!
//! Each server is a process of its own, all get the same requests from the same client in turn, and what is printed is `docs/benchmarks.md`'s
//! tables. Words behind `--` run only these parts: `small`, `large`, `presign`, `nodelay`. `RUNS` (3) and `SECONDS` (3) say how often and how
//! long, `TMPDIR` on which disk.
#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::print_stderr, clippy::cast_precision_loss)]

mod cpu;
mod large;
mod load;
mod peers;
mod presign;
mod program;
mod serve;
mod small;
mod table;
mod target;

use std::time::Duration;

/// How much is measured.
#[derive(Clone, Copy, Debug)]
struct Plan {
    /// How often each thing is measured; the best counts.
    runs: usize,
    /// How long, for what is counted a second.
    time: Duration,
}

/// One measurement.
#[derive(Clone, Copy, Debug)]
struct Sample {
    /// Operations or MiB a second.
    rate: f64,
    /// CPU of the server: microseconds an operation or seconds a GiB.
    cpu: f64,
}

fn main() {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with("--bench")).collect();
    if let Some((role, rest)) =
        words.split_first().and_then(|(first, rest)| Some((first.strip_prefix("--serve=")?, rest)))
    {
        return serve::run(role, rest);
    }
    let runs = |part: &str| words.is_empty() || words.iter().any(|word| word == part);
    let number =
        |name: &str, otherwise| std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise);
    let seconds = number("SECONDS", 3);
    let plan = Plan { runs: number("RUNS", 3).max(1), time: Duration::from_secs(seconds.try_into().unwrap()) };

    let folder = tempfile::tempdir().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(tokio::task::LocalSet::new().run_until(async {
        let (gateway, api) = peers::gateway(&folder.path().join("gateway")).await;
        let mut targets = vec![gateway];
        let mut missing = Vec::new();
        if runs("small") || runs("large") {
            for peer in peers::all(folder.path()).await {
                match peer {
                    Ok(target) => targets.push(target),
                    Err(why) => missing.push(why),
                }
            }
        }
        table::about(&targets, &missing, plan);
        if runs("small") {
            small::run(&targets, plan).await;
        }
        if runs("large") {
            large::run(&targets, plan).await;
        }
        if runs("presign") {
            presign::run(&targets[0], &api, plan, folder.path()).await;
        }
        if runs("nodelay") {
            small::nodelay(folder.path(), plan).await;
        }
        println!("\nload average at the end: {}", table::load_average());
    }));
}
