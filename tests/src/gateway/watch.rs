//! Waiting until something is so, instead of for a while.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use super::{PATIENCE, Request};

/// Waits until this gives something.
///
/// # Panics
/// If it doesn't in time; the message says what was waited for.
pub async fn until<T>(what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let end = Instant::now() + PATIENCE;
    loop {
        if let Some(found) = look().await {
            return found;
        }
        assert!(Instant::now() < end, "waited in vain until {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// Waits until the gateway with this API has as many requests at work, or more; `front` is `api` or `s3`. Looking is none of them.
///
/// # Panics
/// If it never has.
pub async fn until_running(api: SocketAddr, front: &str, least: u32) {
    let looking = u32::from(front == "api");
    let series = format!("infrai_http_requests_running{{front=\"{front}\"}} ");
    until(&format!("{least} requests run at `{front}`"), async || {
        let page = Request::new("GET", "/metrics").send(api).await.text();
        let running: u32 = page.lines().find_map(|line| line.strip_prefix(&series))?.parse().ok()?;
        (running >= least + looking).then_some(())
    })
    .await;
}
