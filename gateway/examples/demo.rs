//! The whole service in a few seconds: starts a gateway in a temporary folder, uses it through the Rust client, and stops it.
//!
//! Each step is shown with the call that does it.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a demonstration talks to people")]

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use infrai::types::{Acl, PresignMethod};
use infrai::{Client, System};
use infrai_gateway::Gateway;
use infrai_gateway::config::{Config, Layer};

const LATER: &str = "
to keep one running, with its data in your data folder:

  cargo run --release -p gateway
  curl -X POST http://127.0.0.1:7100/v1/activate     # gives a key, for INFRAI_API_KEY
";

/// Says what a step is for, shows its call as it stands here, and makes it.
macro_rules! step {
    ($what:literal, $call:expr) => {{
        // Long ones come in several lines.
        println!("\n{}\n  {}", $what, stringify!($call).replace('\n', " "));
        $call
    }};
}

/// Says what came of a step.
macro_rules! result {
    ($($what:tt)*) => { println!("  → {}", format_args!($($what)*)) };
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

async fn run() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let config = on_free_ports(folder.path())?;
    let gateway = step!("a gateway with an embedded S3 store, on free ports", Gateway::start(&config).await?);
    let base_url = format!("http://{}", gateway.api_address());
    result!("{base_url}");

    let client = Client::builder().base_url(base_url).system(Home(folder.path().to_owned())).build()?;
    let account = step!("a trial account", client.activate().await?);
    result!("an API key, {}, which opens everything below", account.shown_key());

    let bucket = step!("a bucket", client.storage().bucket().create("user-uploads").acl(Acl::Private).await?);
    result!("{} at {}, {}", bucket.bucket, bucket.vendor, bucket.region);

    let (file, copy) = (folder.path().join("hello.txt"), folder.path().join("copy.txt"));
    std::fs::write(&file, "Hello from the Infrai Storage SDK.\n".repeat(1000))?;
    let objects = client.storage().object();
    let uploaded = step!(
        "a file, uploaded straight to the store through a presigned URL",
        objects.upload("user-uploads", "uploads/hello.txt", file.as_path()).await?
    );
    result!("{} bytes", uploaded.bytes);

    let buckets = step!("the account's buckets", client.storage().bucket().list().await?).items;
    let names: Vec<_> = buckets.iter().map(|bucket| bucket.bucket.as_str()).collect();
    result!("{}", names.join(", "));

    step!("the file, downloaded", objects.download("user-uploads", "uploads/hello.txt").to_file(&copy).await?);
    if std::fs::read(&file)? != std::fs::read(&copy)? {
        return Err("what came back is not what was uploaded".into());
    }
    result!("the same bytes");

    let link = step!(
        "a link for anyone, for ten minutes",
        objects.presign("user-uploads", "uploads/hello.txt").method(PresignMethod::Get).expires_seconds(600).await?
    );
    let status = status(&link.url).await?;
    result!("{} {}?… answers {status}", link.method, link.url.split('?').next().unwrap_or_default());

    let deleted = step!("the file, deleted", objects.delete("user-uploads", "uploads/hello.txt").await?);
    let gone = self::status(&link.url).await?;
    result!("ok: {}, and the link answers {gone}", deleted.ok);
    if (status, gone) != (200, 404) {
        return Err("the link should have worked until the file was deleted".into());
    }
    gateway.stop().await;
    Ok(())
}

/// The defaults, but for the ports and the data folder.
fn on_free_ports(folder: &Path) -> Result<Config, Box<dyn Error>> {
    let free = Some("127.0.0.1:0".parse()?);
    let settings = Layer { data: Some(folder.join("data")), listen: free, s3_listen: free, ..Layer::default() };
    Ok(Config::new(settings, Layer::default())?)
}

/// What anyone who opens the link is answered.
async fn status(link: &str) -> Result<u16, Box<dyn Error>> {
    Ok(reqwest::Client::builder().no_proxy().build()?.get(link).send().await?.status().as_u16())
}

/// A home folder for the key, so that yours stays as it is; and no variables.
struct Home(PathBuf);

impl System for Home {
    fn variable(&self, _: &str) -> Option<String> {
        None
    }

    fn home(&self) -> Option<PathBuf> {
        Some(self.0.clone())
    }
}
