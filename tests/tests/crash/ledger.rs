//! What is known of all objects and buckets: what was acknowledged, and what may be.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use infrai_tests::program::Program;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::Counts;
use crate::api::Api;
use crate::random::Random;
use crate::writer::{SLOTS, Slot, WRITERS, Writer};

/// What is known of all of them, and of the buckets that were made: as they were answered, and the unanswered, each with its key.
pub(crate) struct Ledger {
    slots: Vec<Vec<Slot>>,
    made: BTreeMap<String, Value>,
    open: BTreeMap<String, String>,
}

impl Ledger {
    pub(crate) fn new() -> Self {
        let slot = |writer: usize, number: usize| Slot {
            bucket: "demo",
            key: format!("writer {writer}/object+{number}%"),
            may_hold: vec![None],
        };
        let slots = (0..WRITERS).map(|writer| (0..SLOTS).map(|number| slot(writer, number)).collect()).collect();
        Self { slots, made: BTreeMap::new(), open: BTreeMap::new() }
    }

    /// Has the writers write, and kills the gateway while they do.
    pub(crate) async fn storm(
        &mut self,
        api: Api,
        program: &mut Program,
        round: usize,
        random: &mut Random,
        counts: &mut Counts,
    ) {
        let mut writers = JoinSet::new();
        let acknowledged = Arc::new(AtomicUsize::new(0));
        for (number, slots) in self.slots.drain(..).enumerate() {
            let random = Random(random.next());
            let (api, acknowledged) = (api.clone(), Arc::clone(&acknowledged));
            writers.spawn(Writer { api, round, number, slots, random, acknowledged, ..Writer::default() }.work());
        }
        // However slow the machine is, each has done something by then.
        let begun = Instant::now();
        while acknowledged.load(Ordering::Relaxed) < 2 * WRITERS {
            assert!(begun.elapsed() < Duration::from_mins(1), "nothing is acknowledged");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        tokio::time::sleep(Duration::from_millis(50 + random.below(450))).await;
        program.kill().await;
        for writer in writers.join_all().await {
            counts.done += writer.done;
            counts.unacknowledged += 1;
            self.slots.push(writer.slots);
            self.made.extend(writer.made);
            self.open.extend(writer.open);
        }
    }

    /// Holds everything against what was acknowledged.
    pub(crate) async fn check(&mut self, api: &Api, counts: &mut Counts) {
        let mut checks: JoinSet<(usize, Slot, bool)> = JoinSet::new();
        for (writer, slot) in
            self.slots.iter().enumerate().flat_map(|(writer, slots)| slots.iter().map(move |slot| (writer, slot)))
        {
            let (api, slot) = (api.clone(), slot.clone());
            checks.spawn(async move {
                let found = api.holds(&slot).await;
                let position = slot.may_hold.iter().position(|allowed| *allowed == found);
                (writer, Slot { may_hold: vec![found], ..slot }, position.is_some_and(|at| at > 0))
            });
        }
        self.slots = vec![Vec::new(); WRITERS];
        for (writer, slot, done) in checks.join_all().await {
            counts.compared += 1;
            counts.done_all_the_same += usize::from(done);
            self.slots[writer].push(slot);
        }
        for (name, key) in std::mem::take(&mut self.open) {
            let (status, bucket) = api.create(&name, &key).await.expect("an answer");
            assert_eq!(status, StatusCode::CREATED, "{name}, repeated with its key {key}: {bucket}");
            assert_eq!(bucket["bucket"], json!(name));
            counts.creates_repeated += 1;
            self.made.insert(name, bucket);
        }
        let (_, listed) = api.send(Method::GET, "buckets", None, None).await.expect("an answer");
        let listed = listed["items"].as_array().expect("a list").iter();
        let listed: BTreeMap<&str, &Value> =
            listed.map(|bucket| (bucket["bucket"].as_str().expect("a name"), bucket)).collect();
        for (name, bucket) in &self.made {
            assert_eq!(listed.get(name.as_str()), Some(&bucket), "{name}");
        }
        counts.buckets = self.made.len();
        assert_eq!(listed.len(), self.made.len() + 1, "there are buckets that nobody made, beside `demo`");
    }
}
