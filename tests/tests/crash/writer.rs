//! A writer: operations drawn at random, until the gateway is gone.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use md5::{Digest as _, Md5};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::Done;
use crate::api::{Api, encoded, header};
use crate::random::Random;

pub(crate) const WRITERS: usize = 6;
/// How many objects a writer has.
pub(crate) const SLOTS: usize = 8;
const SIZES: [usize; 8] = [0, 1, 100, 4096, 30_000, 65_536, 300_000, 2_000_000];

/// What an upload sends; the same again from the same numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Content {
    pub(crate) seed: u64,
    pub(crate) size: usize,
    /// Whether it is uploaded in parts; it then has another `ETag`.
    pub(crate) in_parts: bool,
}

impl Content {
    pub(crate) fn bytes(self) -> Vec<u8> {
        let mut random = Random(self.seed);
        let mut bytes: Vec<u8> = (0..self.size.div_ceil(8)).flat_map(|_| random.next().to_le_bytes()).collect();
        bytes.truncate(self.size);
        bytes
    }

    pub(crate) fn etag(self) -> String {
        let sum = Md5::digest(self.bytes());
        if self.in_parts { format!("\"{}-1\"", hex(&Md5::digest(sum))) } else { format!("\"{}\"", hex(&sum)) }
    }
}

/// One object, and what it may hold: more than one thing after an operation that wasn't acknowledged.
#[derive(Clone, Debug)]
pub(crate) struct Slot {
    pub(crate) bucket: &'static str,
    pub(crate) key: String,
    pub(crate) may_hold: Vec<Option<Content>>,
}

/// Works until the gateway is gone.
#[derive(Default)]
pub(crate) struct Writer {
    pub(crate) api: Api,
    pub(crate) round: usize,
    pub(crate) number: usize,
    pub(crate) slots: Vec<Slot>,
    pub(crate) random: Random,
    pub(crate) made: BTreeMap<String, Value>,
    pub(crate) open: BTreeMap<String, String>,
    pub(crate) done: Done,
    /// How much was acknowledged in this round, by all writers.
    pub(crate) acknowledged: Arc<AtomicUsize>,
}

impl Writer {
    pub(crate) async fn work(mut self) -> Self {
        while self.operation().await.is_ok() {
            self.acknowledged.fetch_add(1, Ordering::Relaxed);
        }
        self
    }

    async fn operation(&mut self) -> Result<(), reqwest::Error> {
        let at = usize::try_from(self.random.below(SLOTS as u64)).expect("a small number");
        match self.random.below(10) {
            0 | 1 => {
                let name = format!("made-{}-{}-{}", self.round, self.number, self.done.all());
                let key = format!("key of {name}").replace(' ', "-");
                self.open.insert(name.clone(), key.clone());
                let (status, bucket) = self.api.create(&name, &key).await?;
                assert_eq!(status, StatusCode::CREATED, "{bucket}");
                self.open.remove(&name);
                self.made.insert(name, bucket);
                self.done.creates += 1;
            }
            2 | 3 => {
                self.slots[at].may_hold.push(None);
                let slot = &self.slots[at];
                let path = format!("buckets/{}/objects/{}", slot.bucket, encoded(&slot.key));
                let deleted = self.api.send(Method::DELETE, &path, None, None).await?;
                assert_eq!(deleted, (StatusCode::OK, json!({ "ok": true })));
                self.slots[at].may_hold = vec![None];
                self.done.deletes += 1;
            }
            what => {
                let in_parts = what > 7;
                let size = usize::try_from(self.random.below(SIZES.len() as u64)).expect("a small number");
                let content = Content { seed: self.random.next(), size: SIZES[size], in_parts };
                let url = self.api.presign(&self.slots[at], "PUT").await?;
                self.slots[at].may_hold.push(Some(content));
                let bytes = content.bytes();
                let etag = if in_parts {
                    self.api.put_in_parts(&url, bytes).await?
                } else {
                    let answer = self.api.put(&url, bytes).await?;
                    assert_eq!(answer.status(), StatusCode::OK);
                    header(&answer, "etag")
                };
                assert_eq!(etag, content.etag());
                self.slots[at].may_hold = vec![Some(content)];
                let done = if in_parts { &mut self.done.in_parts } else { &mut self.done.puts };
                *done += 1;
            }
        }
        Ok(())
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"))
}
