//! Serves a store over S3 until it is stopped: `cargo run -p infrai-store --example serve -- <folder> <port> [<bucket> [<public bucket>]]`.
//! Port 0 takes a free one. For trying things out and for the tests in `tests/gateway/`.
#![allow(clippy::print_stdout, reason = "what it prints is what it is for")]

use std::error::Error;
use std::path::Path;

use hyper_util::rt::TokioIo;
use infrai_store::{NewBucket, Options, Store, s3};
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder, port, buckets @ ..] = arguments.as_slice() else {
        return Err("say where: `serve <folder> <port> [<bucket> [<public bucket>]]`".into());
    };
    let store = Store::open(Path::new(folder), Options::default())?;
    for (at, name) in buckets.iter().enumerate() {
        store.create_bucket(&NewBucket { name, public: at == 1, owner: "example", owner_limit: None }).await?;
    }
    let listener = TcpListener::bind(("127.0.0.1", port.parse::<u16>()?)).await?;
    println!("endpoint http://{}", listener.local_addr()?);
    println!("access_key {}", store.credentials().access_key);
    println!("secret_key {}", store.credentials().secret_key);
    let front = s3::service(store, s3::Options::default());
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let front = front.clone();
        tokio::spawn(async move {
            // A connection that breaks is its client's affair.
            let _ = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), front).await;
        });
    }
}
