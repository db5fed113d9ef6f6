//! Writers at work, and the gateway killed under them, again and again: what was acknowledged is there, what wasn't is old or new.
//!
//! A kill doesn't lose what the system had not written to the disk yet; for that, the store has tests of its own.

#![expect(clippy::print_stdout, reason = "what was done is for whoever reads the log")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::{Duration, Instant, SystemTime};

use infrai_tests::program::{self, Program};
use infrai_tests::{gateway, process};
use md5::{Digest as _, Md5};
use reqwest::{Client, Method, Response, StatusCode};
use serde_json::{Value, json};
use tokio::task::JoinSet;

const ROUNDS: usize = 20;
const WRITERS: usize = 6;
/// How many objects a writer has.
const SLOTS: usize = 8;
const SIZES: [usize; 8] = [0, 1, 100, 4096, 30_000, 65_536, 300_000, 2_000_000];
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
    let mut kinds = Counts::default();
    for round in 0..ROUNDS {
        ledger.storm(&mut program, &key, round, &mut random, &mut kinds).await;
        program = Program::start(folder.path(), &SETTINGS).await;
        ledger.check(&Api::new(&program, &key), &mut kinds).await;
    }
    // Once more, so that there is something for `gc` to remove.
    ledger.storm(&mut program, &key, ROUNDS, &mut random, &mut kinds).await;

    let collected = program::run(folder.path(), &["gc"]);
    println!("{}", collected.good().trim_end());
    let store = folder.path().join("data/store");
    assert_eq!(files(&store.join("tmp")), BTreeSet::new(), "temporary files are left");
    assert_eq!(files(&store.join("blobs")), referenced(&store.join("index.sqlite")), "files and index differ");
    let program = Program::start(folder.path(), &SETTINGS).await;
    ledger.check(&Api::new(&program, &key), &mut kinds).await;
    println!("{ROUNDS} crashes and one before gc, seed {seed}, {:.1} s: {kinds:?}", begun.elapsed().as_secs_f32());
    assert!(kinds.acknowledged > ROUNDS && kinds.unacknowledged > ROUNDS, "the writers did too little: {kinds:?}");
}

/// What was done, for whoever reads the log.
#[derive(Debug, Default)]
struct Counts {
    acknowledged: usize,
    unacknowledged: usize,
    /// Of the unacknowledged: done all the same.
    done_all_the_same: usize,
    compared: usize,
    buckets: usize,
    creates_repeated: usize,
}

/// What an upload sends; the same again from the same numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Content {
    seed: u64,
    size: usize,
}

impl Content {
    fn bytes(self) -> Vec<u8> {
        let mut random = Random(self.seed);
        let mut bytes: Vec<u8> = (0..self.size.div_ceil(8)).flat_map(|_| random.next().to_le_bytes()).collect();
        bytes.truncate(self.size);
        bytes
    }
}

/// One object, and what it may hold: more than one thing after an operation that wasn't acknowledged.
#[derive(Clone, Debug)]
struct Slot {
    bucket: &'static str,
    key: String,
    may_hold: Vec<Option<Content>>,
}

/// What is known of all of them, and of the buckets that were made: as they were answered, and the unanswered, each with its key.
struct Ledger {
    slots: Vec<Vec<Slot>>,
    made: BTreeMap<String, Value>,
    open: BTreeMap<String, String>,
}

impl Ledger {
    fn new() -> Self {
        let slot = |writer: usize, number: usize| Slot {
            bucket: "demo",
            key: format!("writer {writer}/object+{number}%"),
            may_hold: vec![None],
        };
        let slots = (0..WRITERS).map(|writer| (0..SLOTS).map(|number| slot(writer, number)).collect()).collect();
        Self { slots, made: BTreeMap::new(), open: BTreeMap::new() }
    }

    /// Has the writers write, and kills the gateway while they do.
    async fn storm(
        &mut self,
        program: &mut Program,
        key: &str,
        round: usize,
        random: &mut Random,
        counts: &mut Counts,
    ) {
        let api = Api::new(program, key);
        let mut writers = JoinSet::new();
        for (number, slots) in self.slots.drain(..).enumerate() {
            let random = Random(random.next());
            writers.spawn(Writer { api: api.clone(), round, number, slots, random, ..Writer::default() }.work());
        }
        tokio::time::sleep(Duration::from_millis(50 + random.below(450))).await;
        program.kill().await;
        for writer in writers.join_all().await {
            counts.acknowledged += writer.acknowledged;
            counts.unacknowledged += 1;
            self.slots.push(writer.slots);
            self.made.extend(writer.made);
            self.open.extend(writer.open);
        }
    }

    /// Holds everything against what was acknowledged.
    async fn check(&mut self, api: &Api, counts: &mut Counts) {
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

/// Works until the gateway is gone.
#[derive(Default)]
struct Writer {
    api: Api,
    round: usize,
    number: usize,
    slots: Vec<Slot>,
    random: Random,
    made: BTreeMap<String, Value>,
    open: BTreeMap<String, String>,
    acknowledged: usize,
}

impl Writer {
    async fn work(mut self) -> Self {
        while self.operation().await.is_ok() {
            self.acknowledged += 1;
        }
        self
    }

    async fn operation(&mut self) -> Result<(), reqwest::Error> {
        let at = usize::try_from(self.random.below(SLOTS as u64)).expect("a small number");
        match self.random.below(10) {
            0 | 1 => {
                let name = format!("made-{}-{}-{}", self.round, self.number, self.acknowledged);
                let key = format!("key of {name}").replace(' ', "-");
                self.open.insert(name.clone(), key.clone());
                let (status, bucket) = self.api.create(&name, &key).await?;
                assert_eq!(status, StatusCode::CREATED, "{bucket}");
                self.open.remove(&name);
                self.made.insert(name, bucket);
            }
            2 | 3 => {
                self.slots[at].may_hold.push(None);
                let slot = &self.slots[at];
                let path = format!("buckets/{}/objects/{}", slot.bucket, encoded(&slot.key));
                let deleted = self.api.send(Method::DELETE, &path, None, None).await?;
                assert_eq!(deleted, (StatusCode::OK, json!({ "ok": true })));
                self.slots[at].may_hold = vec![None];
            }
            _ => {
                let size = usize::try_from(self.random.below(SIZES.len() as u64)).expect("a small number");
                let content = Content { seed: self.random.next(), size: SIZES[size] };
                let url = self.api.presign(&self.slots[at], "PUT").await?;
                self.slots[at].may_hold.push(Some(content));
                let bytes = content.bytes();
                let etag = etag(&bytes);
                // reqwest leaves the length of an empty body out, and S3 wants it.
                let length = bytes.len().to_string();
                let answer = self.api.http.put(url).header("content-length", length).body(bytes).send().await?;
                assert_eq!((answer.status(), header(&answer, "etag")), (StatusCode::OK, etag));
                self.slots[at].may_hold = vec![Some(content)];
            }
        }
        Ok(())
    }
}

/// The gateway as these clients call it.
#[derive(Clone, Default)]
struct Api {
    http: Client,
    url: String,
    key: String,
}

impl Api {
    fn new(program: &Program, key: &str) -> Self {
        let http = process::client(Duration::from_secs(30));
        Self { http, url: format!("http://{}/v1/storage", program.api()), key: key.to_owned() }
    }

    async fn send(
        &self,
        method: Method,
        path: &str,
        body: Option<Value>,
        once: Option<&str>,
    ) -> Result<(StatusCode, Value), reqwest::Error> {
        let mut request = self.http.request(method, format!("{}/{path}", self.url)).bearer_auth(&self.key);
        if let Some(body) = body {
            request = request.json(&body);
        }
        if let Some(once) = once {
            request = request.header("idempotency-key", once);
        }
        process::called(request).await
    }

    async fn create(&self, name: &str, key: &str) -> Result<(StatusCode, Value), reqwest::Error> {
        self.send(Method::POST, "buckets", Some(json!({ "bucket": name })), Some(key)).await
    }

    async fn presign(&self, slot: &Slot, method: &str) -> Result<String, reqwest::Error> {
        let path = format!("buckets/{}/objects/{}/presign", slot.bucket, encoded(&slot.key));
        let (_, body) = self.send(Method::POST, &path, Some(json!({ "method": method })), None).await?;
        Ok(body["url"].as_str().unwrap_or_else(|| panic!("no URL: {body}")).to_owned())
    }

    /// What an object holds: one of the contents that it may hold, whole and with its checksum, or nothing if that may be.
    async fn holds(&self, slot: &Slot) -> Option<Content> {
        let url = self.presign(slot, "GET").await.expect("a URL");
        let answer = self.http.get(url).send().await.expect("an answer");
        let (status, told) = (answer.status(), header(&answer, "etag"));
        let body = answer.bytes().await.expect("a body");
        let found = match status {
            StatusCode::OK => {
                slot.may_hold.iter().find(|one| one.is_some_and(|one| one.size == body.len() && one.bytes() == body))
            }
            StatusCode::NOT_FOUND => slot.may_hold.iter().find(|one| one.is_none()),
            _ => None,
        };
        let found = found.unwrap_or_else(|| panic!("{slot:?} is lost or torn: {status}, {} bytes", body.len()));
        assert!(found.is_none() || told == etag(&body), "{slot:?} has the ETag {told}");
        *found
    }
}

/// Small, quick, and the same again from the same seed (`SplitMix64`).
#[derive(Default)]
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }
}

/// What the run is drawn from: `INFRAI_SEED`, else the time.
fn seed() -> u64 {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("a clock");
    let given = std::env::var("INFRAI_SEED").ok().and_then(|text| text.parse().ok());
    let seed = given.unwrap_or(now.as_secs());
    println!("INFRAI_SEED={seed}");
    seed
}

fn etag(bytes: &[u8]) -> String {
    let hex = Md5::digest(bytes).iter().fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"));
    format!("\"{hex}\"")
}

fn header(answer: &Response, name: &str) -> String {
    answer.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
}

fn encoded(key: &str) -> String {
    key.replace('%', "%25").replace(' ', "%20").replace('/', "%2F")
}

/// The names of all files below a folder; a subfolder's name is the beginning of its files'.
fn files(folder: &Path) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let entry = entry.expect("an entry");
        let name = entry.file_name().to_string_lossy().into_owned();
        if entry.file_type().expect("its type").is_dir() {
            names.extend(files(&entry.path()).into_iter().map(|rest| format!("{name}{rest}")));
        } else {
            names.insert(name);
        }
    }
    names
}

/// The names of all files that the store's index knows of.
fn referenced(index: &Path) -> BTreeSet<String> {
    let index = rusqlite::Connection::open(index).expect("the index");
    let names =
        "SELECT blob FROM objects WHERE parts IS NULL UNION SELECT blob FROM segments UNION SELECT blob FROM parts";
    let mut names = index.prepare(names).expect("its tables");
    names.query_map([], |row| row.get(0)).expect("rows").collect::<Result<_, _>>().expect("names")
}
