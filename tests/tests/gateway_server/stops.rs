//! Being told to stop: while it starts, and again while it stops.

use std::net::TcpListener;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use infrai_tests::gateway::{Request, activate, client, connect, until, until_running};
use infrai_tests::program::{Done, Program, command};
use rustix::process::{Pid, Signal, kill_process};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use super::folder;

fn terminate(child: &Child) {
    let id = i32::try_from(child.id()).ok().and_then(Pid::from_raw).expect("a process");
    kill_process(id, Signal::TERM).expect("a signal can be sent");
}

#[test]
fn it_can_be_stopped_while_it_starts() {
    // A database that takes connections and says nothing.
    let database = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("postgres://me@{}/gateway", database.local_addr().expect("its address"));
    let folder = folder();
    let words = ["serve", "--listen", "127.0.0.1:0", "--s3-listen", "127.0.0.1:0", "--database", &url];
    let child = command(folder.path(), &words).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("a start");
    let _connection = database.accept().expect("a connection");
    let began = Instant::now();
    terminate(&child);
    let done: Done = child.wait_with_output().expect("its end").into();
    assert!(done.status.success() && began.elapsed() < Duration::from_secs(30), "{:?} {done:?}", began.elapsed());
    assert!(done.stderr.contains("told to stop"), "{done:?}");
}

#[tokio::test]
async fn told_twice_it_stops_at_once() {
    let folder = folder();
    let mut program = Program::start(folder.path(), &["--stop-seconds", "60", "--stall-seconds", "60"]).await;
    let key = activate(program.api()).await;
    let url = client(program.api(), &key).storage().object().presign("demo", "a").await.expect("a URL").url;
    let (request, to) = Request::to("PUT", &url);
    let mut upload = connect(to).await;
    upload.write_all(&request.header("content-length", "1000").bytes(to)).await.expect("sent");
    until_running(program.api(), "s3", 1).await;
    program.terminate();
    until("nothing new is taken", async || TcpStream::connect(to).await.is_err().then_some(())).await;
    let began = Instant::now();
    program.terminate();
    let done = program.ended().await;
    assert!(done.status.success() && began.elapsed() < Duration::from_secs(30), "{:?} {done:?}", began.elapsed());
    assert!(done.stderr.contains("cut off") && done.stderr.contains("499"), "{done:?}");
}
