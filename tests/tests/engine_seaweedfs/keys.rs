//! The names of objects: which come back as they are, and what becomes of the others.

use std::fmt::Write as _;

use infrai::reqwest;
use infrai_tests::gateway::fetch;
use infrai_tests::odd_keys::ODD;

use crate::suite::{Side, say};

/// What an engine does with a key other than to keep it and its bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Otherwise {
    /// It takes the upload, and has no bytes afterwards.
    Empty,
    /// It takes it for another key.
    As(&'static str),
    /// It refuses the upload.
    Refused,
}

/// A key, what becomes of it, and why.
pub(crate) type Exception = (&'static str, Otherwise, &'static str);

/// All but the exceptions come back byte for byte, and go one by one.
pub(crate) async fn odd_keys(side: &Side) {
    side.bucket("odd-keys").await;
    // As applications do it: through a library that parses the URL again.
    let http = reqwest::Client::builder().no_proxy().build().expect("a client");
    let kept: Vec<&str> =
        ODD.into_iter().filter(|key| !side.exceptions.iter().any(|(other, ..)| other == key)).collect();
    assert_eq!(kept.len() + side.exceptions.len(), ODD.len(), "an exception is for no key of these");
    let mut faults = String::new();
    for key in &kept {
        let sent = http.put(side.put("odd-keys", key).await).body(format!("this is {key}")).send().await.expect(key);
        if sent.status() != 200 {
            let _ = writeln!(faults, "PUT {key:?}: {} {:?}", sent.status(), sent.text().await);
        }
    }
    for key in &kept {
        let url = side.get("odd-keys", key).await;
        let parsed = http.get(&url).send().await.expect(key);
        let (status, body) = (parsed.status(), parsed.bytes().await.expect(key));
        let plain = fetch("GET", &url, None).await;
        if status != 200 || body != format!("this is {key}") || plain.body != body {
            let _ = writeln!(faults, "GET {key:?}: {status} {body:?} {plain:?}");
        }
    }
    assert_eq!(faults, "", "on {}", side.vendor);
    for (at, key) in kept.iter().enumerate() {
        side.delete("odd-keys", key).await;
        assert_eq!(fetch("GET", &side.get("odd-keys", key).await, None).await.status, 404, "{key:?}");
        if let Some(next) = kept.get(at + 1) {
            let answer = fetch("GET", &side.get("odd-keys", next).await, None).await;
            assert_eq!(answer.status, 200, "{key:?} took {next:?} with it: {answer:?}");
        }
    }
}

/// What the table says holds: were it not so any more, the key belongs to the others.
pub(crate) async fn exceptions(side: &Side) {
    side.bucket("other-keys").await;
    let put = async |key: &str| fetch("PUT", &side.put("other-keys", key).await, Some(b"text")).await;
    let get = async |key: &str| fetch("GET", &side.get("other-keys", key).await, None).await;
    for (key, otherwise, reason) in side.exceptions {
        say(&format!("{}: key {:?}: {reason}", side.vendor, key.chars().take(20).collect::<String>()));
        let mut neighbours = vec!["beside".to_owned()];
        if matches!(otherwise, Otherwise::Empty) {
            neighbours.push(format!("{key}/below").trim_start_matches('/').replace("//", "/"));
        }
        for name in &neighbours {
            assert_eq!(put(name).await.status, 200, "{name:?}");
        }
        let (sent, got) = (put(key).await, get(key).await);
        let about = format!("{key:?}: {sent:?} {got:?}");
        match otherwise {
            Otherwise::Empty => assert!(sent.status == 200 && got.body != b"text", "{about}"),
            Otherwise::Refused => assert!(sent.status >= 400 && got.status == 404, "{about}"),
            Otherwise::As(other) => {
                assert!(sent.status == 200 && got.body == b"text", "{about}");
                let same = get(other).await;
                assert_eq!(same.body, b"text", "{key:?} as {other:?}: {same:?}");
            }
        }
        // Whatever it was, to delete it is fine, and takes nothing with it.
        for _ in 0..2 {
            side.delete("other-keys", key).await;
        }
        for name in &neighbours {
            let there = get(name).await;
            assert_eq!(there.body, b"text", "{key:?} took {name:?} with it: {there:?}");
        }
    }
}
