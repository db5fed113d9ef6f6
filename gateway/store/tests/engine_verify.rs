//! Reading all that is stored, to find what is damaged.
#![allow(clippy::unwrap_used, missing_docs)]

mod common;

use std::fs;
use std::path::{Path, PathBuf};

use common::{BUCKET, EACH, bucket, bytes, named, part, put, put_with, store};
use infrai_store::engine::{Algorithm, Complete, Copy, Damage, Kind, NewUpload, Put, Store, UploadAt, Verified};

/// The file with this content.
fn file(folder: &Path, content: &[u8]) -> PathBuf {
    let folders = fs::read_dir(folder.join("blobs")).unwrap();
    let mut files = folders.flat_map(|folder| fs::read_dir(folder.unwrap().path()).unwrap());
    let is_it = |path: &PathBuf| fs::read(path).unwrap() == content;
    files.by_ref().map(|file| file.unwrap().path()).find(is_it).unwrap()
}

fn flip(path: &Path, at: usize) {
    let mut content = fs::read(path).unwrap();
    content[at] ^= 1;
    fs::write(path, content).unwrap();
}

async fn verify(store: &Store) -> (Verified, Vec<(String, Option<u32>)>) {
    let mut found = Vec::new();
    let verified = store.verify(|Damage { bucket, key, part, what }| {
        assert!(bucket == BUCKET && !what.is_empty());
        found.push((key, part));
    });
    let verified = verified.await.unwrap();
    assert_eq!(verified.damaged, found.len() as u64);
    (verified, found)
}

async fn begin(store: &Store, key: &str, checksum: Option<(Algorithm, Kind)>) -> String {
    store.create_upload(NewUpload { bucket: BUCKET, key, checksum, ..NewUpload::default() }).await.unwrap().id
}

#[tokio::test]
async fn what_is_damaged_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path()).await;
    let content = |seed| bytes(seed, 300_000);
    put(&store, "empty", b"").await.unwrap();
    put(&store, "plain", &content(1)).await.unwrap();
    let all = [Algorithm::Crc32, Algorithm::Crc64Nvme, Algorithm::Sha256];
    let summed = Put { bucket: BUCKET, key: "summed", ..Put::default() };
    put_with(&store, summed, None, &all, &content(2)).await.unwrap();
    let large = bytes(3, 5 << 20);
    for (key, checksum) in [
        ("parts", None),
        ("parts/full", Some((Algorithm::Crc32c, Kind::Full))),
        ("parts/composite", Some((Algorithm::Sha1, Kind::Composite))),
    ] {
        let upload = begin(&store, key, checksum).await;
        let at = UploadAt { bucket: BUCKET, key, upload: &upload };
        let parts = [part(&store, at, 1, &large).await.unwrap(), part(&store, at, 2, key.as_bytes()).await.unwrap()];
        let parts = parts.map(|part| named(&part));
        store.complete_upload(Complete { at, parts: &parts, ..Complete::default() }).await.unwrap();
    }
    let reader = store.read(BUCKET, "parts/full").await.unwrap();
    store.copy(&reader, Copy { bucket: BUCKET, key: "copy", ..Copy::default() }).await.unwrap();
    let summed = Copy { bucket: BUCKET, key: "copy/sha", checksum: Some(Algorithm::Sha256), ..Copy::default() };
    assert_eq!(
        store.copy(&store.read(BUCKET, "plain").await.unwrap(), summed).await.unwrap().checksums.kind,
        Kind::Full
    );
    for (key, algorithm) in [("copy/parts/sha1", Algorithm::Sha1), ("copy/parts/sha256", Algorithm::Sha256)] {
        let summed = Copy { bucket: BUCKET, key, checksum: Some(algorithm), ..Copy::default() };
        let copied = store.copy(&reader, summed).await.unwrap();
        assert_eq!((copied.checksums.kind, copied.parts), (Kind::Full, Some(2)));
    }
    let upload = begin(&store, "begun", Some((Algorithm::Crc32, Kind::Full))).await;
    let begun = UploadAt { bucket: BUCKET, key: "begun", upload: &upload };
    part(&store, begun, 4, b"a part").await.unwrap();
    part(&store, begun, 5, b"another part").await.unwrap();
    let (verified, found) = verify(&store).await;
    assert_eq!((verified.objects, found), (12, vec![]));
    let used = store.used("owner").await.unwrap();
    assert_eq!(verified.bytes + verified.objects * EACH, used);

    flip(&file(folder.path(), &content(1)), 299_999);
    flip(&file(folder.path(), b"parts/composite"), 0);
    flip(&file(folder.path(), b"another part"), 3);
    fs::remove_file(file(folder.path(), b"parts")).unwrap();
    let cut = file(folder.path(), &content(2));
    fs::write(cut, &content(2)[..10]).unwrap();
    let (verified, found) = verify(&store).await;
    assert_eq!((verified.objects, verified.bytes), (12, used - 12 * EACH));
    // What has a second name is the same file, on most file systems.
    let found: Vec<_> = found.iter().map(|(key, part)| (&**key, *part)).filter(|(key, _)| *key != "copy/sha").collect();
    assert_eq!(
        found,
        [("parts", None), ("parts/composite", None), ("plain", None), ("summed", None), ("begun", Some(5))]
    );
}

/// Memory of this process that nobody can read, as a file: reading it fails as a disk does.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn what_the_disk_cannot_read_is_named_and_the_rest_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path()).await;
    let upload = begin(&store, "begun", None).await;
    let begun = UploadAt { bucket: BUCKET, key: "begun", upload: &upload };
    part(&store, begun, 1, b"a part").await.unwrap();
    part(&store, begun, 2, b"another part").await.unwrap();
    let unreadable = file(folder.path(), b"a part");
    fs::remove_file(&unreadable).unwrap();
    std::os::unix::fs::symlink("/proc/self/mem", &unreadable).unwrap();
    let (verified, found) = verify(&store).await;
    assert_eq!((verified.objects, found), (2, vec![("begun".to_owned(), Some(1))]));
}

#[tokio::test]
async fn an_entry_of_the_index_that_cannot_be_read_is_told_and_the_rest_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path()).await;
    let names = ["key", "checksums", "etag", "upload", "part", "whole"];
    for name in names {
        bucket(&store, name, None).await;
        let put = Put { bucket: name, key: "k", ..Put::default() };
        put_with(&store, put, None, &[], b"text").await.unwrap();
        let upload = store.create_upload(NewUpload { bucket: name, key: name, ..NewUpload::default() }).await.unwrap();
        part(&store, UploadAt { bucket: name, key: name, upload: &upload.id }, 1, b"a part").await.unwrap();
    }
    let index = rusqlite::Connection::open(folder.path().join("index.sqlite")).unwrap();
    let here = |name| format!("WHERE bucket = (SELECT id FROM buckets WHERE name = '{name}')");
    for change in [
        format!("UPDATE objects SET key = x'6bff' {}", here("key")),
        format!("UPDATE objects SET checksums = '{{' {}", here("checksums")),
        format!("UPDATE objects SET etag = CAST(x'ff' AS TEXT) {}", here("etag")),
        format!("UPDATE uploads SET metadata = '{{' {}", here("upload")),
        format!("UPDATE parts SET checksums = '{{' WHERE upload = (SELECT id FROM uploads {})", here("part")),
    ] {
        assert_eq!(index.execute(&change, []).unwrap(), 1, "{change}");
    }
    let mut found = Vec::new();
    let verified = store.verify(|damage| found.push(damage)).await.unwrap();
    // Each counts as one. The uploads of a bucket are read where its objects can't be, and the other way round.
    assert_eq!(verified, Verified { objects: 12, bytes: 3 * 4 + 4 * 6, damaged: 5 });
    let told: Vec<_> = found.iter().map(|damage| (&*damage.bucket, &*damage.key)).collect();
    assert_eq!(told, [("checksums", ""), ("etag", ""), ("key", ""), ("part", ""), ("upload", "")]);
    assert!(found.iter().all(|damage| damage.what.contains("index")), "{found:?}");
    // Where it fails as a whole, nothing is known of the rest.
    index.execute_batch("DROP TABLE objects").unwrap();
    assert!(store.verify(|damage| panic!("{damage:?}")).await.is_err());
}
