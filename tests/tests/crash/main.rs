//! Writers at work, and the gateway killed under them, again and again: what was acknowledged is there, what wasn't is old or new.
//!
//! A kill doesn't lose what the system had not written to the disk yet; for that, the store has tests of its own.

#![expect(clippy::print_stdout, reason = "what was done is for whoever reads the log")]

mod api;
mod files;
mod ledger;
mod random;
mod writer;

use std::collections::BTreeSet;
use std::time::Instant;

use infrai_tests::gateway;
use infrai_tests::program::{self, Program};

use api::Api;
use files::{files, referenced};
use ledger::Ledger;
use random::{Random, seed};

const ROUNDS: usize = 20;
/// How many operations of each kind must have been acknowledged, however slow the machine.
const LEAST: usize = ROUNDS;
const SETTINGS: [&str; 4] = ["--trial-buckets=0", "--trial-bytes=0", "--log-level=warn", "--stop-seconds=1"];

#[tokio::test(flavor = "multi_thread")]
async fn what_was_acknowledged_outlives_twenty_crashes() {
    let seed = seed();
    let begun = Instant::now();
    let folder = tempfile::tempdir().expect("a folder");
    let mut program = Program::start(folder.path(), &SETTINGS).await;
    let key = gateway::activate(program.api()).await;
    let mut random = Random(seed);
    let mut ledger = Ledger::new();
    let tmp = folder.path().join("data/store/tmp");
    let mut kinds = Counts::default();
    for round in 0..ROUNDS {
        ledger.storm(Api::new(folder.path(), &program, &key), &mut program, round, &mut random, &mut kinds).await;
        kinds.temporary += files(&tmp).len();
        program = Program::start(folder.path(), &SETTINGS).await;
        ledger.check(&Api::new(folder.path(), &program, &key), &mut kinds).await;
    }
    // Once more, so that there is something for `gc` to remove.
    ledger.storm(Api::new(folder.path(), &program, &key), &mut program, ROUNDS, &mut random, &mut kinds).await;
    kinds.temporary += files(&tmp).len();

    let collected = program::run(folder.path(), &["gc"]);
    println!("{}", collected.good().trim_end());
    let store = folder.path().join("data/store");
    assert_eq!(files(&tmp), BTreeSet::new(), "temporary files are left");
    assert_eq!(files(&store.join("blobs")), referenced(&store.join("index.sqlite")), "files and index differ");
    let program = Program::start(folder.path(), &SETTINGS).await;
    ledger.check(&Api::new(folder.path(), &program, &key), &mut kinds).await;
    println!("{ROUNDS} crashes and one before gc, seed {seed}, {:.1} s: {kinds:?}", begun.elapsed().as_secs_f32());
    let Counts { done, unacknowledged, temporary, .. } = &kinds;
    assert!(
        [done.puts, done.in_parts, done.deletes, done.creates].iter().all(|done| *done >= LEAST),
        "too little: {kinds:?}"
    );
    assert!(*unacknowledged > ROUNDS && *temporary > 0, "no kill came between two steps: {kinds:?}");
}

/// What was done, for whoever reads the log.
#[derive(Debug, Default)]
struct Counts {
    /// What was acknowledged.
    done: Done,
    unacknowledged: usize,
    /// Files that the kills left half written.
    temporary: usize,
    /// Of the unacknowledged: done all the same.
    done_all_the_same: usize,
    compared: usize,
    buckets: usize,
    creates_repeated: usize,
}

/// Operations of each kind.
#[derive(Clone, Copy, Debug, Default)]
struct Done {
    puts: usize,
    in_parts: usize,
    deletes: usize,
    creates: usize,
}

impl Done {
    fn all(self) -> usize {
        self.puts + self.in_parts + self.deletes + self.creates
    }
}

impl std::ops::AddAssign for Done {
    fn add_assign(&mut self, other: Self) {
        self.puts += other.puts;
        self.in_parts += other.in_parts;
        self.deletes += other.deletes;
        self.creates += other.creates;
    }
}
