//! The README's first calls: `cargo run -p infrai --example first`, with a gateway running and its key in `INFRAI_API_KEY`.
#![expect(clippy::print_stdout, reason = "it shows what it did")]

use infrai::{Client, types::Acl};

#[tokio::main]
async fn main() -> Result<(), infrai::Error> {
    let client = Client::from_env()?; // INFRAI_API_KEY, and INFRAI_BASE_URL unless the gateway is on 127.0.0.1:7100

    let bucket = client.storage().bucket().create("user-uploads").acl(Acl::Private).send().await?;
    println!("{} at {}", bucket.bucket, bucket.vendor);

    let put = client.storage().object().presign("user-uploads", "uploads/hello.txt").expires_seconds(600).await?;
    println!("upload with {} to {}", put.method, put.url);
    Ok(())
}
