//! The board, with a vendor that does as it is told and time that passes at once.

use async_trait::async_trait;

use super::*;
use crate::vendor::{About, Make, Method, NotMade, ObjectAt, Signed};

/// Answers probes from a script, and the last one ever after.
struct Scripted {
    about: About,
    answers: Mutex<Vec<Option<u64>>>,
    asked: Arc<Mutex<u32>>,
}

impl Scripted {
    /// Milliseconds of each answer; `None` for none.
    fn start(answers: &[Option<u64>]) -> (Arc<dyn Vendor>, Arc<Mutex<u32>>) {
        let about = About {
            name: "scripted".to_owned(),
            regions: vec!["r".to_owned()],
            public: false,
            priority: 1,
            counts_bytes: false,
        };
        let asked = Arc::default();
        let answers = answers.iter().rev().copied().collect();
        (Arc::new(Self { about, answers: Mutex::new(answers), asked: Arc::clone(&asked) }), asked)
    }
}

const UNUSED: VendorError = VendorError::Odd(String::new());

#[async_trait]
impl Vendor for Scripted {
    fn about(&self) -> &About {
        &self.about
    }
    async fn make_bucket(&self, _: &Make<'_>) -> Result<(), NotMade> {
        Err(UNUSED.into())
    }
    async fn has_bucket(&self, _: &str, _: &str) -> Result<bool, VendorError> {
        Err(UNUSED)
    }
    async fn remove_bucket(&self, _: &str, _: &str) -> Result<(), VendorError> {
        Err(UNUSED)
    }
    async fn empty_bucket(&self, _: &str, _: &str) -> Result<(), VendorError> {
        Err(UNUSED)
    }
    async fn delete_object(&self, _: ObjectAt<'_>) -> Result<(), VendorError> {
        Err(UNUSED)
    }
    fn presign(&self, _: ObjectAt<'_>, _: Method, _: u32, _: DateTime<Utc>) -> Result<Signed, VendorError> {
        Err(UNUSED)
    }
    async fn probe(&self) -> Result<Duration, VendorError> {
        *self.asked.lock().expect("a count") += 1;
        let answer = {
            let mut answers = self.answers.lock().expect("answers");
            let last = answers.last().copied().expect("an answer");
            if answers.len() > 1 {
                answers.pop();
            }
            last
        };
        match answer {
            // So long that only a limit ends it.
            Some(u64::MAX) => std::future::pending().await,
            Some(milliseconds) => Ok(Duration::from_millis(milliseconds)),
            None => Err(VendorError::Down("it is down".to_owned())),
        }
    }
}

fn clock() -> DateTime<Utc> {
    DateTime::UNIX_EPOCH
}

const EVERY: Duration = Duration::from_secs(10);

/// Begins, and looks after each probe.
async fn seen(answers: &[Option<u64>], times: usize) -> Vec<Report> {
    let (vendor, _) = Scripted::start(answers);
    let board = Board::watch(&[vendor], EVERY, clock);
    let mut reports = board.reports();
    for _ in 1..times {
        // Between two probes.
        tokio::time::sleep(if reports.len() == 1 { EVERY / 2 } else { EVERY }).await;
        reports.extend(board.reports());
    }
    reports
}

fn latency(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

#[tokio::test(start_paused = true)]
async fn a_vendor_is_down_after_two_failures_and_up_after_one_answer() {
    let reports = seen(&[Some(20), None, None, None, Some(20)], 6).await;
    let up: Vec<bool> = reports.iter().map(|report| report.health.up).collect();
    assert_eq!(up, [true, true, true, false, false, true]);
    assert_eq!(reports[0].checked_at, None);
    assert_eq!(reports[3].error.as_deref(), Some("it is down"));
    assert_eq!(reports[4].failures, 3);
    assert_eq!((reports[5].error.as_deref(), reports[5].failures), (None, 0));
    assert_eq!((reports[5].health.latency, reports[5].checked_at), (Some(latency(20)), Some(clock())));
}

#[tokio::test(start_paused = true)]
async fn one_that_has_never_answered_is_down_at_its_first_failure() {
    let up: Vec<bool> = seen(&[None, None, Some(20)], 4).await.iter().map(|report| report.health.up).collect();
    assert_eq!(up, [true, false, false, true]);
}

#[tokio::test(start_paused = true)]
async fn a_single_failure_is_nothing() {
    let reports = seen(&[Some(20), None, Some(20), None, Some(20)], 6).await;
    assert!(reports.iter().all(|report| report.health.up));
    assert!(reports[2].error.is_some());
}

#[tokio::test(start_paused = true)]
async fn latency_is_an_average_that_forgets() {
    let reports = seen(&[Some(100), Some(20)], 4).await;
    assert_eq!(reports[1].health.latency, Some(latency(100)));
    assert_eq!(reports[2].health.latency, Some(latency(80)));
    assert_eq!(reports[3].health.latency, Some(latency(65)));
}

#[tokio::test(start_paused = true)]
async fn a_probe_without_an_end_is_a_failure() {
    let (vendor, _) = Scripted::start(&[Some(u64::MAX)]);
    let board = Board::watch(&[vendor], EVERY, clock);
    tokio::time::sleep(Duration::from_secs(40)).await;
    assert!(!board.health(0).up);
    let error = board.reports().remove(0).error;
    assert_eq!(error.as_deref(), Some("vendor `scripted` didn't answer a probe within 5 s"));
    assert!(!board.health(1).up, "there is no other");
}

#[tokio::test(start_paused = true)]
async fn dropping_it_ends_the_probes() {
    let (vendor, asked) = Scripted::start(&[Some(1)]);
    let board = Board::watch(&[vendor], EVERY, clock);
    tokio::time::sleep(EVERY * 2 + EVERY / 2).await;
    drop(board);
    tokio::time::sleep(EVERY * 5).await;
    assert_eq!(*asked.lock().expect("a count"), 3);
}
