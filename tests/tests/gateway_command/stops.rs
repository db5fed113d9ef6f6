//! How it ends: what runs may end, what takes too long is cut off, and what was acknowledged stays.

use std::time::Duration;

use infrai::types::PresignMethod;
use infrai_tests::gateway::{Request, activate, answer, client, connect, fetch, until};
use infrai_tests::program::Program;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::folder;

/// An upload whose body the store waits for: it says so.
#[cfg(unix)]
async fn begun(request: Request, to: std::net::SocketAddr) -> TcpStream {
    const GO_ON: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";
    let mut upload = connect(to).await;
    upload.write_all(&request.header("expect", "100-continue").bytes(to)).await.expect("sent");
    let mut said = [0; GO_ON.len()];
    upload.read_exact(&mut said).await.expect("an interim answer");
    assert_eq!(said, GO_ON, "{}", String::from_utf8_lossy(&said));
    upload
}

#[cfg(unix)]
#[tokio::test]
async fn a_running_upload_may_end_when_it_is_told_to_stop() {
    let folder = folder();
    let mut program = Program::start(folder.path(), &[]).await;
    let key = activate(program.api()).await;
    let url = client(program.api(), &key).storage().object().presign("demo", "a").await.expect("a URL").url;
    let bytes: Vec<u8> = (0..=255).cycle().take(3_000_000).collect();
    let (request, to) = Request::to("PUT", &url);
    let request = request.header("content-length", &bytes.len().to_string());
    let mut upload = begun(request, to).await;
    upload.write_all(&bytes[..1_000_000]).await.expect("sent");

    program.terminate();
    until("nothing new is taken", async || {
        let (s3, api) = (TcpStream::connect(to).await, TcpStream::connect(program.api()).await);
        (s3.is_err() && api.is_err()).then_some(())
    })
    .await;
    upload.write_all(&bytes[1_000_000..]).await.expect("sent");
    let answered = answer(&mut upload, false).await.expect("an answer");
    assert_eq!(answered.status, 200, "{answered:?}");
    let done = program.ended().await;
    assert!(done.status.success(), "{done:?}");

    let program = Program::start(folder.path(), &[]).await;
    let get = client(program.api(), &key).storage().object().presign("demo", "a").method(PresignMethod::Get).await;
    assert!(fetch("GET", &get.expect("a URL").url, None).await.body == bytes, "another object came back");
}

#[cfg(unix)]
#[tokio::test]
async fn idle_connections_do_not_hold_up_the_end() {
    let folder = folder();
    let mut program = Program::start(folder.path(), &[]).await;
    let _idle = [connect(program.api()).await, connect(program.s3()).await];
    let began = std::time::Instant::now();
    program.terminate();
    let done = program.ended().await;
    assert!(done.status.success() && began.elapsed() < Duration::from_secs(10), "{:?} {done:?}", began.elapsed());
}

#[cfg(unix)]
#[tokio::test]
async fn who_takes_too_long_is_cut_off_at_the_end() {
    let folder = folder();
    let mut program = Program::start(folder.path(), &["--stop-seconds", "1"]).await;
    let key = activate(program.api()).await;
    let url = client(program.api(), &key).storage().object().presign("demo", "a").await.expect("a URL").url;
    let (request, to) = Request::to("PUT", &url);
    let _upload = begun(request.header("content-length", "1000"), to).await;
    program.terminate();
    let done = program.ended().await;
    assert!(done.status.success() && done.stderr.contains("cut off"), "{done:?}");
}

#[tokio::test]
async fn what_was_acknowledged_outlives_a_kill() {
    let folder = folder();
    let mut program = Program::start(folder.path(), &[]).await;
    let key = activate(program.api()).await;
    let api = client(program.api(), &key);
    api.storage().bucket().create("abc").await.expect("a bucket");
    let put = api.storage().object().presign("abc", "a").await.expect("a URL").url;
    assert_eq!(fetch("PUT", &put, Some(b"text")).await.status, 200);
    program.kill().await;
    let program = Program::start(folder.path(), &[]).await;
    let get = client(program.api(), &key).storage().object().presign("abc", "a").method(PresignMethod::Get).await;
    assert_eq!(fetch("GET", &get.expect("a URL").url, None).await.body, b"text");
}
