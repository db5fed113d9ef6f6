//! Small servers that this program is itself, when it is started with `--serve`: each in a process of its own, on one listener that is made
//! as the gateway's.

use std::io::Read as _;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;

use axum::Router;
use axum::routing::post;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use infrai_store::{NewBucket, Options, Store, s3};
use s3s::auth::SimpleAuth;
use s3s::service::S3ServiceBuilder;
use tokio::net::TcpListener;

use crate::program::Program;

pub(crate) const ACCESS_KEY: &str = "BENCHACCESSKEY";
pub(crate) const SECRET_KEY: &str = "bench-secret-key";

/// Starts one: `empty`, `s3s-fs`, or `store`, which prints its keys.
pub(crate) fn start(role: &str, folder: &Path, nodelay: bool) -> (Program, SocketAddr) {
    std::fs::create_dir_all(folder).unwrap();
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.arg(format!("--serve={role}")).arg(folder.join("data")).arg(nodelay.to_string());
    let program = Program::start(&mut command, &folder.join("log"), |line| line.contains("http://"));
    let address = program.address("http://");
    (program, address)
}

/// A macro, since the services have no type in common.
macro_rules! accept {
    ($listener:expr, $nodelay:expr, $service:expr) => {{
        let service = $service;
        println!("http://{}", $listener.local_addr().unwrap());
        loop {
            let (stream, _) = $listener.accept().await.unwrap();
            stream.set_nodelay($nodelay).unwrap();
            let mut http = http1::Builder::new();
            http.timer(TokioTimer::new()).max_buf_size(64 << 10);
            let connection = http.serve_connection(TokioIo::new(stream), service.clone());
            // A connection that breaks is its client's affair.
            tokio::spawn(async move { drop(connection.await) });
        }
    }};
}

/// Is one, until standard input ends.
pub(crate) fn run(role: &str, words: &[String]) {
    std::thread::spawn(|| {
        // Whatever ends it is the end.
        let _ = std::io::stdin().read(&mut [0]);
        std::process::exit(0);
    });
    let (folder, nodelay) = (Path::new(&words[0]), words[1] == "true");
    std::fs::create_dir_all(folder).unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        match role {
            "empty" => {
                let router: Router = Router::new().route("/{*path}", post(async || ""));
                accept!(listener, nodelay, TowerToHyperService::new(router));
            }
            "s3s-fs" => {
                let mut builder = S3ServiceBuilder::new(s3s_fs::FileSystem::new(folder).unwrap());
                builder.set_auth(SimpleAuth::from_single(ACCESS_KEY, SECRET_KEY));
                accept!(listener, nodelay, builder.build());
            }
            "store" => {
                let store = Store::open(folder, Options::default()).unwrap();
                let bucket = NewBucket { name: "bench", public: false, owner: "bench", owner_limit: None };
                store.create_bucket(&bucket).await.unwrap();
                let keys = store.credentials();
                println!("{}\n{}", keys.access_key, keys.secret_key);
                accept!(listener, nodelay, s3::service(store, s3::Options::default()));
            }
            _ => panic!("no such role: {role}"),
        }
    });
}
