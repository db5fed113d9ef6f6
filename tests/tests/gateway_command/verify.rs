//! `gc --verify`: bytes that the disk has lost are found and named, and nothing is changed.

use std::fs;
use std::path::{Path, PathBuf};

use infrai_tests::gateway::{activate, client, fetch};
use infrai_tests::program::{Program, run};

use super::folder;

#[tokio::test]
async fn damaged_bytes_are_named() {
    let folder = folder();
    let mut program = Program::start(folder.path(), &[]).await;
    let objects = client(program.api(), &activate(program.api()).await);
    for (key, size) in [("whole", 300_000), ("hurt", 200_000)] {
        let put = objects.storage().object().presign("demo", key).await.expect("a URL").url;
        assert_eq!(fetch("PUT", &put, Some(&vec![b'a'; size])).await.status, 200);
    }
    program.kill().await;
    let well = run(folder.path(), &["gc", "--verify"]);
    assert!(well.good().contains("read              2 objects and parts, 500000 bytes"), "{well:?}");

    let blob = files(&folder.path().join("data/store/blobs"))
        .into_iter()
        .find(|path| fs::metadata(path).is_ok_and(|file| file.len() == 200_000));
    let blob = blob.expect("its file");
    let mut bytes = fs::read(&blob).expect("its bytes");
    bytes[123_456] ^= 1;
    fs::write(&blob, &bytes).expect("other bytes");
    let hurt = run(folder.path(), &["gc", "--verify"]);
    assert_eq!(hurt.status.code(), Some(1), "{hurt:?}");
    let named: Vec<&str> = hurt.stdout.lines().filter(|line| line.starts_with("damaged")).collect();
    assert_eq!(named.len(), 1, "{hurt:?}");
    assert!(named[0].contains("/hurt: its bytes are not those of its MD5"), "{hurt:?}");
    assert!(hurt.stderr.contains("1 of them are damaged: upload them again"), "{hurt:?}");
    assert_eq!(fs::read(&blob).expect("its bytes"), bytes);
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("a folder").flatten().map(|entry| entry.path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}
