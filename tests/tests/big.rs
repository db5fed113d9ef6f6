//! Big objects go up and down through presigned URLs in one piece, byte for byte, and the gateway needs no memory for them.
//!
//! 2 GiB take a while in a build without optimisation: `cargo xtask test --test big -- --ignored --nocapture`.

#![expect(clippy::print_stdout, reason = "what was done is for whoever reads the log")]

use std::time::Instant;

use infrai::types::PresignMethod;
use infrai_tests::gateway::{self, Request, activate, client, connect};
use infrai_tests::process::Gateway;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

const MIB: u64 = 1 << 20;
/// What the process may need, for code, threads and buffers of a few requests.
const FLAT: u64 = 256 * MIB;

#[tokio::test(flavor = "multi_thread")]
async fn a_quarter_of_a_gibibyte_passes_through() {
    pass_through(256 * MIB).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes minutes in a debug build"]
async fn two_gibibytes_pass_through() {
    pass_through(2048 * MIB).await;
}

async fn pass_through(size: u64) {
    let folder = tempfile::tempdir().expect("a folder");
    let gateway = Gateway::start(folder.path(), &["--trial-bytes=0"], &[]).await;
    let api = gateway.url().strip_prefix("http://").and_then(|address| address.parse().ok()).expect("an address");
    let key = activate(api).await;
    let client = client(api, &key);
    let object = client.storage().object();
    let blocks = Blocks::new();

    let put = object.presign("demo", "big.bin").method(PresignMethod::Put).send().await.expect("a URL");
    let begun = Instant::now();
    blocks.upload(&put.url, size).await;
    let up = begun.elapsed();
    let after_up = gateway.process().peak_memory();

    let get = object.presign("demo", "big.bin").method(PresignMethod::Get).send().await.expect("a URL");
    let begun = Instant::now();
    blocks.download(&get.url, size).await;
    let down = begun.elapsed();

    println!(
        "{} MiB: up in {:.1} s, down in {:.1} s, the same bytes",
        size / MIB,
        up.as_secs_f32(),
        down.as_secs_f32()
    );
    // Nothing but Linux tells.
    let (Some(after_up), Some(peak)) = (after_up, gateway.process().peak_memory()) else { return };
    println!("the gateway's peak memory: {} MiB after the upload, {} MiB after both", after_up / MIB, peak / MIB);
    assert!(peak < FLAT, "the gateway needed {} MiB", peak / MIB);
}

/// What the object is made of: 1 MiB of noise, over and over, each time with its number in front.
struct Blocks(Vec<u8>);

impl Blocks {
    fn new() -> Self {
        let mut state = 0x9E37_79B9_7F4A_7C15_u64;
        let noise = std::iter::repeat_with(|| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state.to_le_bytes()
        });
        Self(noise.take(usize::try_from(MIB / 8).expect("a small number")).flatten().collect())
    }

    fn number(&mut self, number: u64) -> &[u8] {
        self.0[..8].copy_from_slice(&number.to_le_bytes());
        &self.0
    }

    async fn upload(&self, url: &str, size: u64) {
        let (request, to) = Request::to("PUT", url);
        let head = request.header("content-length", &size.to_string()).bytes(to);
        let mut stream = connect(to).await;
        stream.write_all(&head).await.expect("the head");
        let mut blocks = Self(self.0.clone());
        for number in 0..size / MIB {
            stream.write_all(blocks.number(number)).await.expect("a block");
        }
        let answer = gateway::answer(&mut stream, false).await.expect("an answer");
        assert_eq!(answer.status, 200, "{answer:?}");
    }

    async fn download(&self, url: &str, size: u64) {
        let (request, to) = Request::to("GET", url);
        let mut stream = connect(to).await;
        stream.write_all(&request.bytes(to)).await.expect("the head");
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(stream.read_u8().await.expect("a head"));
        }
        let head = String::from_utf8_lossy(&head).to_lowercase();
        assert!(head.starts_with("http/1.1 200") && head.contains(&format!("content-length: {size}\r\n")), "{head}");
        let (mut blocks, mut got) = (Self(self.0.clone()), vec![0; self.0.len()]);
        for number in 0..size / MIB {
            stream.read_exact(&mut got).await.expect("a block");
            assert!(got == blocks.number(number), "block {number} is another");
        }
        assert_eq!(stream.read(&mut got).await.expect("the end"), 0, "there is more");
    }
}
