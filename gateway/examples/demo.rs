//! The whole service in a few seconds: starts a gateway in a temporary folder, uses it through the Rust client, and stops it.
//!
//! Each step is shown with the call that does it.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a demonstration talks to people")]

use std::error::Error;
use std::process::ExitCode;
use std::time::Instant;

use infrai::Client;
use infrai::types::{Acl, PresignMethod};
use infrai_gateway::Gateway;
use infrai_gateway::config::{Config, Layer};
use serde::Deserialize;

/// The part of the answer of `POST /v1/activate` that is needed here.
#[derive(Deserialize)]
struct Activated {
    api_key: String,
}

#[tokio::main]
async fn main() -> ExitCode {
    let began = Instant::now();
    match run().await {
        Ok(()) => {
            println!("{LATER}\nall of this took {:.1} s", began.elapsed().as_secs_f64());
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

const LATER: &str = "
to keep one running, with its data in your data folder:

  cargo run --release -p gateway
  curl -X POST http://127.0.0.1:7100/v1/activate     # gives a key, for INFRAI_API_KEY
";

async fn run() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let free = Some("127.0.0.1:0".parse()?);
    let settings = Layer { data: Some(folder.path().join("data")), listen: free, s3_listen: free, ..Layer::default() };
    let gateway = Gateway::start(&Config::new(settings, Layer::default())?).await?;
    let base_url = format!("http://{}", gateway.api_address());
    step("a gateway with an embedded S3 store, on free ports", "Gateway::start(&config).await?", &base_url);

    let http = reqwest::Client::builder().no_proxy().build()?;
    let answer = http.post(format!("{base_url}/v1/activate")).send().await?.error_for_status()?.bytes().await?;
    let activated: Activated = serde_json::from_slice(&answer)?;
    step("a trial account", "POST /v1/activate", "an API key, which opens everything below");

    let client = Client::builder().api_key(activated.api_key).base_url(&base_url).build()?;
    let bucket = client.storage().bucket().create("user-uploads").acl(Acl::Private).await?;
    step(
        "a bucket",
        r#"client.storage().bucket().create("user-uploads").acl(Acl::Private).await?"#,
        &format!("{} at {}, {}", bucket.bucket, bucket.vendor, bucket.region),
    );

    let file = folder.path().join("hello.txt");
    let text = "Hello from the Infrai Storage SDK.\n".repeat(1000);
    std::fs::write(&file, &text)?;
    let put = client.storage().object().presign("user-uploads", "uploads/hello.txt").expires_seconds(600).await?;
    http.put(&put.url).body(std::fs::read(&file)?).send().await?.error_for_status()?;
    step(
        "a file, uploaded straight to the store",
        r#"client.storage().object().presign("user-uploads", "uploads/hello.txt").expires_seconds(600).await?"#,
        &format!("{} {} bytes to {}?…", put.method, text.len(), put.url.split('?').next().unwrap_or_default()),
    );

    let mut names = Vec::new();
    for bucket in client.storage().bucket().list().await?.items {
        names.push(bucket.bucket);
    }
    step("the account's buckets", "client.storage().bucket().list().await?", &names.join(", "));

    let get = client.storage().object().presign("user-uploads", "uploads/hello.txt").method(PresignMethod::Get).await?;
    let back = http.get(&get.url).send().await?.error_for_status()?.bytes().await?;
    if back != text.as_bytes() {
        return Err("what came back is not what was uploaded".into());
    }
    step(
        "the file, downloaded and compared",
        r#"client.storage().object().presign("user-uploads", "uploads/hello.txt").method(PresignMethod::Get).await?"#,
        &format!("{} bytes, the same", back.len()),
    );

    let deleted = client.storage().object().delete("user-uploads", "uploads/hello.txt").await?;
    let gone = http.get(&get.url).send().await?.status();
    if gone != reqwest::StatusCode::NOT_FOUND {
        return Err(format!("the deleted file is answered with {gone}").into());
    }
    step(
        "the file, deleted",
        r#"client.storage().object().delete("user-uploads", "uploads/hello.txt").await?"#,
        &format!("ok: {}, and its URL now answers {}", deleted.ok, gone.as_u16()),
    );
    gateway.stop().await;
    Ok(())
}

fn step(what: &str, call: &str, result: &str) {
    println!("\n{what}\n  {call}\n  → {result}");
}
