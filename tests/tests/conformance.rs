//! The conformance vectors, run against the Rust client.
//!
//! `CONFORMANCE=text cargo test -p infrai-tests --test conformance` runs the cases whose file or name has the text. With
//! `CONFORMANCE_STOP=1`, the cases that are about time, which take longest, are left out if another one fails.

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Instant;

use infrai_tests::conformance::places::Neighbours;
use infrai_tests::conformance::vectors::{self, File};
use infrai_tests::conformance::{run, watch};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

/// How many cases run at a time; of those that are about time, fewer, after the others.
const AT_ONCE: usize = 16;
///
/// These hold the client to tenths of a second, and a busy machine may stand still for longer: one that fails is run again, alone.
const TIMED_AT_ONCE: usize = 4;

/// A case, and the name of its file.
type Chosen = (String, serde_json::Value);

/// A case that failed: its place among the others, its heading, what was wrong.
type Failure = (usize, String, Vec<String>);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[expect(clippy::print_stderr, reason = "who runs the cases must see how many were left out")]
async fn the_rust_client_passes_every_case() {
    watch::everything();
    let start = Instant::now();
    let neighbours = Arc::new(Neighbours::start().await.expect("ports on loopback"));
    let (able, lacking): (Vec<_>, Vec<_>) =
        chosen().into_iter().enumerate().partition(|(_, (_, case))| run::lacking(case).is_empty());
    let (count, left_out) = (able.len(), lacking.len());
    let (timed, others): (Vec<_>, Vec<_>) = able.into_iter().partition(|(_, (_, case))| run::is_timed(case));
    let mut failures = all(others, AT_ONCE, &neighbours).await;
    if failures.is_empty() || std::env::var_os("CONFORMANCE_STOP").is_none() {
        let failed = all(timed.clone(), TIMED_AT_ONCE, &neighbours).await;
        for (_, heading, wrong) in &failed {
            eprintln!("is run again, alone: {heading}: {}", wrong.join("; "));
        }
        let is_failed = |order: usize| failed.iter().any(|(failed, ..)| *failed == order);
        let again = timed.into_iter().filter(|(order, _)| is_failed(*order)).collect();
        failures.extend(all(again, 1, &neighbours).await);
    }
    failures.sort();
    let seconds = start.elapsed().as_secs_f64();
    eprintln!("{count} cases in {seconds:.1} s, {} failed, {left_out} left out for what Rust lacks", failures.len());
    let leaked = watch::leaked();
    assert!(failures.is_empty() && leaked.is_empty(), "{}", report(&failures, &leaked));
}

/// Runs cases, so many at a time, and returns those that failed.
async fn all(cases: Vec<(usize, Chosen)>, at_once: usize, neighbours: &Arc<Neighbours>) -> Vec<Failure> {
    let places = Arc::new(Semaphore::new(at_once));
    let mut running = JoinSet::new();
    for (order, (file, case)) in cases {
        let (places, neighbours) = (Arc::clone(&places), Arc::clone(neighbours));
        running.spawn(async move {
            let _place = places.acquire().await;
            let heading = format!("{file}: {}", vectors::name(&case));
            // In a task of its own, so that a client that panics fails its case and not all of them.
            let wrong = tokio::spawn(async move { run::case(&case, &neighbours).await }).await;
            (order, heading, wrong.unwrap_or_else(|fault| vec![format!("the case could not be run: {fault}")]))
        });
    }
    let mut failures = running.join_all().await;
    failures.retain(|(.., wrong)| !wrong.is_empty());
    failures
}

/// The cases that were asked for, with the names of their files.
fn chosen() -> Vec<Chosen> {
    let wanted = std::env::var("CONFORMANCE").unwrap_or_default();
    let of = |file: File| {
        let name = file.name.clone();
        file.cases().iter().map(|case| (name.clone(), case.clone())).collect::<Vec<_>>()
    };
    let mut all: Vec<_> = vectors::files().into_iter().flat_map(of).collect();
    all.retain(|(file, case)| format!("{file}: {}", vectors::name(case)).contains(&wanted));
    assert!(!all.is_empty(), "no case has `{wanted}` in its name or its file's");
    all
}

fn report(failures: &[Failure], leaked: &[String]) -> String {
    let mut text = String::new();
    for (_, heading, wrong) in failures {
        let _ = write!(text, "\n{heading}\n");
        for wrong in wrong {
            let _ = writeln!(text, "    {wrong}");
        }
    }
    for line in leaked {
        let _ = write!(text, "\na secret was given to `log` or `tracing`: {line}\n");
    }
    text
}
