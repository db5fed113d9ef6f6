//! Uploads a file to, or downloads objects from, an S3 store by `object_store`: `up <file> <key>…` or `down <key>…`.
//!
//! Where the store is and with which keys stands in `ENDPOINT`, `BUCKET`, `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY`.

use std::fs::File;
use std::io::Read as _;

use bytes::Bytes;
use futures_util::StreamExt as _;
use object_store::aws::AmazonS3Builder;
use object_store::path::Path;
use object_store::{ObjectStore as _, ObjectStoreExt as _, PutPayload};

type Fault = Box<dyn std::error::Error + Send + Sync>;

#[tokio::main]
async fn main() -> Result<(), Fault> {
    let store = AmazonS3Builder::from_env()
        .with_endpoint(std::env::var("ENDPOINT")?)
        .with_bucket_name(std::env::var("BUCKET")?)
        .with_region("us-east-1")
        .with_allow_http(true)
        .with_unsigned_payload(true)
        .build()?;
    let words: Vec<String> = std::env::args().skip(1).collect();
    match words.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["up", file, keys @ ..] => {
            for key in keys {
                store.put(&Path::from(*key), payload(file)?).await?;
            }
        }
        ["down", keys @ ..] => {
            for key in keys {
                let mut bytes = store.get(&Path::from(*key)).await?.into_stream();
                while let Some(bytes) = bytes.next().await {
                    drop(bytes?);
                }
            }
        }
        _ => return Err("up <file> <key>… or down <key>…".into()),
    }
    Ok(())
}

/// The whole file: one request, as the others make it, has its body in memory here.
fn payload(file: &str) -> Result<PutPayload, Fault> {
    let mut file = File::open(file)?;
    let mut pieces = Vec::new();
    loop {
        let mut piece = vec![0; 256 * 1024];
        let read = file.read(&mut piece)?;
        if read == 0 {
            return Ok(pieces.into_iter().collect());
        }
        piece.truncate(read);
        pieces.push(Bytes::from(piece));
    }
}
