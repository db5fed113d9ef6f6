//! The servers: ours, and those that it is held against.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::load::Connection;
use crate::program::{Program, find, free_ports, output};
use crate::serve;
use crate::target::{S3, Target};

const BUCKET: &str = "bench";

/// Our API, and a key for it.
pub(crate) struct Api {
    pub(crate) address: SocketAddr,
    pub(crate) key: String,
}

impl Api {
    /// A request with a JSON body.
    pub(crate) fn post(&self, address: SocketAddr, path: &str, body: &str) -> Vec<u8> {
        format!(
            "POST {path} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            self.key,
            body.len()
        )
        .into_bytes()
    }
}

/// Starts the gateway as it is released, with what it does by default, and makes a bucket through its API.
pub(crate) async fn gateway(folder: &Path) -> (Target, Api) {
    fs::create_dir(folder).unwrap();
    let run = |words: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_infrai-gateway"));
        command.args(words).env_clear().env("HOME", folder).env("INFRAI_GATEWAY_DATA", folder.join("data"));
        command
    };
    let mut serve = run(&["serve", "--listen=127.0.0.1:0", "--s3-listen=127.0.0.1:0"]);
    let process = Program::start(&mut serve, &folder.join("log"), |line| line.contains("keys create"));
    let key = run(&["keys", "create", "--account=bench"]).output().unwrap().stdout;
    let api = Api { address: process.address("API "), key: String::from_utf8(key).unwrap().trim().to_owned() };
    let address = process.address("S3 store ");

    let mut connection = Connection::open(api.address).await;
    let make = api.post(api.address, "/v1/storage/buckets", &format!("{{\"bucket\":\"{BUCKET}\"}}"));
    assert_eq!(connection.send(&make, 0).await.0, 201, "{}", connection.text());
    let presign = api.post(api.address, &format!("/v1/storage/buckets/{BUCKET}/objects/x/presign"), "{}");
    connection.send(&presign, 0).await;
    let answer = connection.text();
    let answer: Value = serde_json::from_str(answer.split("\r\n\r\n").nth(1).unwrap()).unwrap();
    // The name by which the store knows the bucket.
    let bucket = answer["url"].as_str().unwrap().split('/').nth(3).unwrap();
    let own = String::from_utf8(run(&["keys", "s3"]).output().unwrap().stdout).unwrap();
    let value = |name: &str| own.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('=')).unwrap();
    let s3 = S3::new(address, value("AWS_ACCESS_KEY_ID"), value("AWS_SECRET_ACCESS_KEY"), bucket);
    let about = concat!(
        env!("CARGO_PKG_VERSION"),
        ", release build, defaults (log at `info`, into a file). Syncs file, folder and index before it answers; always works out MD5 and CRC-64"
    );
    (Target { name: "infrai-gateway", about: about.to_owned(), address, process, s3: Some(s3) }, api)
}

/// The peers, or why one is missing.
pub(crate) async fn all(folder: &Path) -> [Result<Target, String>; 3] {
    [seaweedfs(&folder.join("seaweedfs")).await, s3s_fs(&folder.join("s3s-fs")).await, nginx(&folder.join("nginx"))]
}

async fn seaweedfs(folder: &Path) -> Result<Target, String> {
    let target = Path::new(env!("CARGO_BIN_EXE_infrai-gateway")).ancestors().nth(2).unwrap();
    let ours = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("target");
    let folders: Vec<PathBuf> = [target, &ours].map(|target| target.join("tools/seaweedfs/bin")).into();
    let Some(weed) = find("weed", &folders) else {
        return Err("SeaweedFS: no `weed` on the path or in `target/tools/seaweedfs/bin`, where the tests install it"
            .to_owned());
    };
    fs::create_dir_all(folder.join("data")).unwrap();
    let (access_key, secret_key) = ("BENCHACCESSKEY", "bench-secret-key");
    let identity = serde_json::json!({ "name": "bench", "credentials": [{ "accessKey": access_key, "secretKey": secret_key }],
        "actions": ["Admin", "Read", "List", "Tagging", "Write"] });
    fs::write(folder.join("s3.json"), serde_json::json!({ "identities": [identity] }).to_string()).unwrap();
    let ports: [u16; 8] = free_ports();
    let mut command = Command::new(&weed);
    command.current_dir(folder).args([
        "server",
        "-dir=data",
        "-s3.config=s3.json",
        "-ip=127.0.0.1",
        "-ip.bind=127.0.0.1",
    ]);
    command.args(["-filer", "-s3", "-filer.localSocket=filer.sock", "-s3.localSocket=s3.sock"]);
    command.args([
        "-master.telemetry=false",
        "-master.electionTimeout=1s",
        "-volume.max=3000",
        "-volume.minFreeSpace=64MiB",
    ]);
    command.args(["-s3.port.iceberg=0", "-s3.port.lance=0"]);
    for (at, service) in ["master", "volume", "filer", "s3"].into_iter().enumerate() {
        command.arg(format!("-{service}.port={}", ports[2 * at]));
        command.arg(format!("-{service}.port.grpc={}", ports[2 * at + 1]));
    }
    let up = |port: u16, path: &str| {
        use std::io::{Read as _, Write as _};
        let mut text = String::new();
        let Ok(mut stream) = std::net::TcpStream::connect(("127.0.0.1", port)) else { return text };
        let sent = stream.write_all(format!("GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").as_bytes());
        // Who isn't up yet is asked again.
        let _ = sent.and_then(|()| stream.read_to_string(&mut text));
        text
    };
    let ready = || up(ports[6], "/").contains(" 403 ") && up(ports[0], "/dir/assign").contains("\"fid\"");
    let process = Program::start_at(&mut command, &folder.join("log"), ready);
    let address = SocketAddr::from(([127, 0, 0, 1], ports[6]));
    let s3 = S3::new(address, access_key, secret_key, BUCKET);
    let mut connection = Connection::open(address).await;
    assert_eq!(connection.send(&s3.make_bucket(address), 0).await.0, 200, "{}", connection.text());
    let version = output(Command::new(weed).arg("version")).unwrap_or_default();
    let version = version.lines().next().unwrap_or_default().trim_start_matches("version ").to_owned();
    let about = format!(
        "{version}; one process with master, volume server, filer and S3. By default it doesn't sync what it writes"
    );
    Ok(Target { name: "SeaweedFS", about, address, process, s3: Some(s3) })
}

async fn s3s_fs(folder: &Path) -> Result<Target, String> {
    let (process, address) = serve::start("s3s-fs", folder, true);
    let s3 = S3::new(address, serve::ACCESS_KEY, serve::SECRET_KEY, BUCKET);
    let mut connection = Connection::open(address).await;
    assert_eq!(connection.send(&s3.make_bucket(address), 0).await.0, 200, "{}", connection.text());
    let about = "0.14.1, as a library on a listener with TCP_NODELAY (which its own program doesn't set), no log. It doesn't sync";
    Ok(Target { name: "s3s-fs", about: about.to_owned(), address, process, s3: Some(s3) })
}

fn nginx(folder: &Path) -> Result<Target, String> {
    let Some(nginx) = find("nginx", &["/usr/sbin".into()]) else {
        return Err("nginx: not on the path, nor in `/usr/sbin`".to_owned());
    };
    fs::create_dir_all(folder.join("www")).unwrap();
    let [port] = free_ports();
    let place = folder.display();
    let config = format!(
        "user root; daemon off; worker_processes 2; pid {place}/pid; error_log {place}/log;
        events {{ worker_connections 1024; }}
        http {{
            access_log {place}/access.log; sendfile on; tcp_nodelay on; keepalive_requests 1000000000; client_max_body_size 0;
            client_body_temp_path {place}/body; proxy_temp_path {place}/proxy; fastcgi_temp_path {place}/fastcgi;
            uwsgi_temp_path {place}/uwsgi; scgi_temp_path {place}/scgi;
            server {{
                listen 127.0.0.1:{port}; root {place}/www;
                location / {{ dav_methods PUT; create_full_put_path on; }}
            }}
        }}"
    );
    fs::write(folder.join("nginx.conf"), config).unwrap();
    let mut command = Command::new(&nginx);
    command.arg("-c").arg(folder.join("nginx.conf")).arg("-p").arg(folder);
    let address = SocketAddr::from(([127, 0, 0, 1], port));
    let up = || std::net::TcpStream::connect(address).is_ok();
    let process = Program::start_at(&mut command, &folder.join("said"), up);
    let version = output(Command::new(nginx).arg("-v")).unwrap_or_default();
    let version = version.rsplit('/').next().unwrap_or_default().to_owned();
    let about = format!(
        "{version}, 2 workers, sendfile, access log on; PUT by its DAV module. No S3, no signatures, no hashes, and it doesn't sync"
    );
    Ok(Target { name: "nginx", about, address, process, s3: None })
}
