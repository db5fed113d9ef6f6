//! Uploads and downloads against the real gateway: each kind of source and target, empty objects, odd keys, URLs that expire.

use std::fs;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use chrono::TimeDelta;
use infrai::{Client, ErrorKind, Source};
use infrai_tests::gateway::TestGateway;
use infrai_tests::odd_keys;

/// Bytes of which no two neighbours are alike.
fn pattern(length: usize) -> Vec<u8> {
    (0..251_u8).cycle().take(length).collect()
}

async fn started() -> (TestGateway, Client) {
    let gateway = TestGateway::start().await;
    let client = gateway.client(&gateway.activate().await);
    (gateway, client)
}

#[tokio::test(flavor = "multi_thread")]
async fn every_source_and_target_has_the_same_bytes() {
    let (_gateway, client) = started().await;
    let objects = client.storage().object();
    let folder = tempfile::tempdir().expect("a folder");
    for length in [0, 1, 1000, 64 * 1024, 256 * 1024, 256 * 1024 + 1, 3_000_000] {
        let bytes = pattern(length);
        let path = folder.path().join("source");
        fs::write(&path, &bytes).expect("a file");
        let again = bytes.clone();
        let sources: [(&str, Source); 6] = [
            ("bytes", bytes.clone().into()),
            ("boxed", bytes.clone().into_boxed_slice().into()),
            ("file", path.as_path().into()),
            ("reader", Source::reader(io::Cursor::new(bytes.clone()), length as u64)),
            ("readers", Source::readers(move || Ok(io::Cursor::new(again.clone())), length as u64)),
            ("sync", Source::sync_reader(io::Cursor::new(bytes.clone()), length as u64)),
        ];
        for (kind, source) in sources {
            let key = format!("{kind}/{length}");
            let up = objects.upload("demo", &key, source).await.unwrap_or_else(|error| panic!("{key}: {error}"));
            assert_eq!((up.bytes, up.attempts), (length as u64, 1), "{key}");
            assert!(up.etag.is_some(), "{key}");

            let got = objects.download("demo", &key).to_bytes().await.unwrap_or_else(|error| panic!("{key}: {error}"));
            assert!(got == bytes, "{key}");
            let target = folder.path().join("target");
            let down = objects.download("demo", &key).to_file(&target).await.expect("a download");
            assert_eq!((down.bytes, down.resumed, down.etag), (length as u64, 0, up.etag), "{key}");
            assert!(fs::read(&target).expect("the file") == bytes, "{key}");
            let mut written = Vec::new();
            let down = objects.download("demo", &key).to_writer(&mut written).await.expect("a download");
            assert_eq!((down.bytes, written.len()), (length as u64, length), "{key}");
            assert!(written == bytes, "{key}");
        }
    }
    let mut left: Vec<_> =
        fs::read_dir(folder.path()).expect("the folder").map(|entry| entry.expect("an entry").file_name()).collect();
    left.sort();
    assert_eq!(left, ["source", "target"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn texts_and_constants_are_sources() {
    let (_gateway, client) = started().await;
    let objects = client.storage().object();
    let sources: [Source; 4] =
        ["hello".into(), "hello".to_owned().into(), b"hello".into(), infrai::Bytes::from("hello").into()];
    for (number, source) in sources.into_iter().enumerate() {
        let key = number.to_string();
        objects.upload("demo", &key, source).send().await.expect("an upload");
        assert_eq!(objects.download("demo", &key).to_bytes().await.expect("a download"), "hello");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn odd_keys_are_kept_apart() {
    let (_gateway, client) = started().await;
    let objects = client.storage().object();
    let keys = odd_keys::ODD;
    for key in keys {
        objects.upload("demo", key, key).await.unwrap_or_else(|error| panic!("{key:?}: {error}"));
    }
    for key in keys {
        let got = objects.download("demo", key).to_bytes().await.unwrap_or_else(|error| panic!("{key:?}: {error}"));
        assert_eq!(got, key.as_bytes());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_of_another_length_makes_no_object() {
    let (_gateway, client) = started().await;
    let objects = client.storage().object();
    for (has, said) in [(10_usize, 20_u64), (1_000_000, 2_000_000), (21, 20), (2_000_001, 2_000_000), (5, 0), (0, 5)] {
        for is_sync in [false, true] {
            let reader = io::Cursor::new(pattern(has));
            let source = if is_sync { Source::sync_reader(reader, said) } else { Source::reader(reader, said) };
            let error = objects.upload("demo", "odd", source).await.expect_err("another length");
            assert_eq!(error.kind(), ErrorKind::InvalidRequest, "{error}");
            let why = if (has as u64) < said {
                format!("the source ended after {has} of {said} bytes")
            } else {
                format!("the source has more than the {said} bytes that were announced")
            };
            assert_eq!(error.to_string(), format!("storage.object.upload: {why}"));
            let error = objects.download("demo", "odd").to_bytes().await.expect_err("no object");
            assert_eq!((error.status().map(|s| s.as_u16()), error.code()), (Some(404), Some("NoSuchKey")), "{error}");
            assert!(error.request_id().is_some(), "{error}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn files_that_cant_be_read_or_written_are_told_before_anything_is_sent() {
    let (_gateway, client) = started().await;
    let objects = client.storage().object();
    let folder = tempfile::tempdir().expect("a folder");
    let error = objects.upload("demo", "a", folder.path().join("none")).await.expect_err("no file");
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::InvalidRequest, 0), "{error}");
    let source = std::error::Error::source(&error).and_then(|source| source.downcast_ref::<io::Error>());
    assert_eq!(source.map(io::Error::kind), Some(io::ErrorKind::NotFound));
    let error = objects.upload("demo", "a", folder.path()).await.expect_err("a folder");
    assert!(error.to_string().ends_with("is not a regular file"), "{error}");
    let error = objects.download("demo", "a").to_file(folder.path()).await.expect_err("a folder");
    assert!(error.to_string().ends_with("can't be written: it is not a regular file"), "{error}");
    let error = objects.download("demo", "a").to_file(folder.path().join("none/a")).await.expect_err("no folder");
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::InvalidRequest, 0), "{error}");
    let error = objects.upload("demo", "a", "b").stall_timeout(Duration::ZERO).await.expect_err("no time");
    assert_eq!(error.to_string(), "storage.object.upload: `stall` must be more than zero");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_url_that_expires_is_replaced() {
    let gateway = TestGateway::start().await;
    // The store goes by the machine's clock, so this signs what is over already.
    gateway.clock().forward(TimeDelta::minutes(-20));
    let client = gateway.client(&gateway.activate().await);
    let objects = client.storage().object();
    let (clock, opened) = (gateway.clock().clone(), Arc::new(AtomicUsize::new(0)));
    let count = Arc::clone(&opened);
    let source = Source::readers(
        move || {
            if count.fetch_add(1, Ordering::SeqCst) == 0 {
                clock.forward(TimeDelta::minutes(20));
            }
            Ok(io::Cursor::new(pattern(100_000)))
        },
        100_000,
    );
    let up = objects.upload("demo", "late", source).max_retries(0).await.expect("an upload");
    assert_eq!((up.attempts, opened.load(Ordering::SeqCst)), (2, 2));
    assert_eq!(objects.download("demo", "late").to_bytes().await.expect("a download"), pattern(100_000));
    // What is over for good is the store's refusal.
    gateway.clock().forward(TimeDelta::minutes(-20));
    let error = objects.download("demo", "late").to_bytes().await.expect_err("a URL that is over");
    assert_eq!(
        (error.is_permission_denied(), error.attempts(), error.code()),
        (true, 2, Some("AccessDenied")),
        "{error}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn two_downloads_to_one_path_leave_one_whole_file() {
    let (_gateway, client) = started().await;
    let objects = client.storage().object();
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("target");
    for (key, byte) in [("a", b'a'), ("b", b'b')] {
        objects.upload("demo", key, vec![byte; 5_000_000]).await.expect("an upload");
    }
    for _ in 0..5 {
        let downloads = ["a", "b", "a", "b"].map(|key| {
            let (client, path) = (client.clone(), path.clone());
            tokio::spawn(async move { client.storage().object().download("demo", key).to_file(path).await })
        });
        for download in downloads {
            download.await.expect("no panic").expect("a download");
        }
        let got = fs::read(&path).expect("the file");
        assert!(got.len() == 5_000_000 && got.iter().all(|byte| *byte == got[0]));
        assert_eq!(fs::read_dir(folder.path()).expect("the folder").count(), 1);
    }
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn links_are_followed_and_modes_kept() {
    use std::os::unix::fs::{PermissionsExt as _, symlink};
    let (_gateway, client) = started().await;
    let objects = client.storage().object();
    let folder = tempfile::tempdir().expect("a folder");
    let (real, link) = (folder.path().join("real"), folder.path().join("link"));
    fs::write(&real, "old").expect("a file");
    fs::set_permissions(&real, fs::Permissions::from_mode(0o600)).expect("a mode");
    symlink(&real, &link).expect("a link");
    objects.upload("demo", "a", "new").await.expect("an upload");
    objects.download("demo", "a").to_file(&link).await.expect("a download");
    assert!(fs::symlink_metadata(&link).expect("the link").is_symlink());
    assert_eq!(fs::read_to_string(&real).expect("the file"), "new");
    assert_eq!(fs::metadata(&real).expect("the file").permissions().mode() & 0o777, 0o600);
}
