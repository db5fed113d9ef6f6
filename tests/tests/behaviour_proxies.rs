//! Proxies that the environment names: `https` goes through them, plain `http` and its key never.

use std::net::TcpListener as Listener;
use std::process::Command;
use std::time::Duration;

use infrai::Client;
use infrai_tests::http::{Answer, KEY, Server};
use serde_json::json;
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpListener;

/// Tells the child where to send to. A process must not change its own environment, so a child has the proxies in its.
const URL: &str = "INFRAI_TEST_URL";

/// The names under which a proxy can be given.
const PROXIES: [&str; 6] = ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];

/// The child's part: one call. Run by itself, it does nothing.
#[tokio::test]
async fn child() {
    let Ok(url) = std::env::var(URL) else { return };
    let builder = Client::builder().base_url(url).allow_insecure(true).api_key(KEY).timeout(Duration::from_secs(5));
    let list = builder.build().expect("a client").storage().bucket().list().await;
    assert!(list.is_ok(), "{list:?}");
}

/// Calls this URL from a process in whose environment each variable for proxies names `proxy`; returns whether that went well.
async fn calls(url: String, proxy: String) -> bool {
    let child = move || {
        let mut command = Command::new(std::env::current_exe().expect("this program"));
        command.args(["--exact", "child"]).env(URL, url).env_remove("NO_PROXY").env_remove("no_proxy");
        // With this, a program is a CGI script, whose HTTP_PROXY would be a header of the request that it answers.
        command.env_remove("REQUEST_METHOD").envs(PROXIES.map(|name| (name, proxy.clone())));
        command.output().expect("this program can be started").status.success()
    };
    tokio::task::spawn_blocking(child).await.expect("a result")
}

async fn proxy() -> (TcpListener, String) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    (listener, url)
}

/// Accepts, and returns what comes first.
async fn overheard(listener: TcpListener) -> String {
    let (mut stream, _) = listener.accept().await.expect("a connection");
    let mut bytes = [0; 4096];
    let count = stream.read(&mut bytes).await.expect("bytes");
    String::from_utf8_lossy(&bytes[..count]).into_owned()
}

#[tokio::test]
async fn plain_http_goes_through_none() {
    let server = Server::start([Answer::json(200, json!({"items": []}))]).await;
    let (listener, proxy) = proxy().await;
    let overheard = tokio::spawn(overheard(listener));
    assert!(calls(server.url(), proxy).await, "the call didn't reach its server");
    assert!(server.request().header("authorization").is_some());
    assert!(!overheard.is_finished(), "the proxy was called: {:?}", overheard.await);
}

#[tokio::test]
async fn plain_http_to_other_hosts_goes_through_none() {
    let (listener, proxy) = proxy().await;
    let overheard = tokio::spawn(overheard(listener));
    assert!(!calls("http://infrai.invalid".to_owned(), proxy).await, "there is no such host");
    assert!(!overheard.is_finished(), "the proxy was called: {:?}", overheard.await);
}

#[tokio::test]
async fn https_goes_through_it_and_shows_the_host_only() {
    let closed = Listener::bind(("127.0.0.1", 0)).expect("a port").local_addr().expect("an address");
    let (listener, proxy) = proxy().await;
    let overheard = tokio::spawn(overheard(listener));
    assert!(!calls(format!("https://{closed}"), proxy).await, "nobody answers");
    assert!(overheard.is_finished(), "the proxy wasn't called");
    let said = overheard.await.expect("what came first");
    assert!(said.starts_with(&format!("CONNECT {closed} HTTP/1.1")) && !said.contains("canary"), "{said}");
}
