//! Listing.
#![allow(clippy::unwrap_used, missing_docs)]

mod common;

use std::collections::BTreeSet;

use common::{BUCKET, put, store};
use infrai_store::engine::{Error, List, Listing, Store};

const KEYS: [&str; 11] = ["a", "a/", "a/b", "a/b/c", "a/c", "a0", "b/1", "b/2", "c", "ä/x", "\u{10ffff}"];

async fn filled(folder: &std::path::Path) -> Store {
    let store = store(folder).await;
    for key in KEYS {
        put(&store, key, key.as_bytes()).await.unwrap();
    }
    store
}

fn names(page: &Listing) -> (Vec<&str>, Vec<&str>) {
    (page.objects.iter().map(|entry| entry.key.as_str()).collect(), page.prefixes.iter().map(String::as_str).collect())
}

#[tokio::test]
async fn one_page() {
    let folder = tempfile::tempdir().unwrap();
    let store = filled(folder.path()).await;
    let all = List { bucket: BUCKET, max: 1000, ..List::default() };
    let page = store.list(all).await.unwrap();
    assert_eq!(names(&page), (KEYS.to_vec(), vec![]));
    assert_eq!((page.objects[2].size, page.next.clone()), (3, None));
    let page = store.list(List { delimiter: "/", ..all }).await.unwrap();
    assert_eq!(names(&page), (vec!["a", "a0", "c", "\u{10ffff}"], vec!["a/", "b/", "ä/"]));
    let page = store.list(List { delimiter: "/", prefix: "a/", ..all }).await.unwrap();
    assert_eq!(names(&page), (vec!["a/", "a/b", "a/c"], vec!["a/b/"]));
    let page = store.list(List { prefix: "a/b", ..all }).await.unwrap();
    assert_eq!(names(&page), (vec!["a/b", "a/b/c"], vec![]));
    let page = store.list(List { prefix: "nothing", ..all }).await.unwrap();
    assert_eq!(page, Listing::default());
    assert_eq!(store.list(List { max: 0, ..all }).await.unwrap(), Listing::default());
    assert!(matches!(store.list(List { bucket: "no", ..all }).await, Err(Error::NoBucket { .. })));
}

#[tokio::test]
async fn starting_after() {
    let folder = tempfile::tempdir().unwrap();
    let store = filled(folder.path()).await;
    let all = List { bucket: BUCKET, max: 1000, delimiter: "/", ..List::default() };
    let after = |after| List { after: Some(after), ..all };
    let page = store.list(after("a/b")).await.unwrap();
    assert_eq!(names(&page), (vec!["a0", "c", "\u{10ffff}"], vec!["a/", "b/", "ä/"]));
    // A common prefix that a page ended with is over.
    let page = store.list(after("a/")).await.unwrap();
    assert_eq!(names(&page), (vec!["a0", "c", "\u{10ffff}"], vec!["b/", "ä/"]));
    let page = store.list(List { prefix: "b/", ..after("a") }).await.unwrap();
    assert_eq!(names(&page), (vec!["b/1", "b/2"], vec![]));
    let page = store.list(List { prefix: "b/", ..after("zzz") }).await.unwrap();
    assert_eq!(page, Listing::default());
    for token in ["", "k", "x", "kA", "zAAAA", "k===="] {
        let result = store.list(List { token: Some(token), ..all }).await;
        assert!(matches!(result, Err(Error::InvalidToken)), "{token}");
    }
}

#[tokio::test]
async fn pages_make_the_whole() {
    let folder = tempfile::tempdir().unwrap();
    let store = filled(folder.path()).await;
    for delimiter in ["", "/", "b", "/b"] {
        for prefix in ["", "a", "a/", "b", "ä"] {
            // As one would do it without an index.
            let expected: BTreeSet<String> = KEYS
                .iter()
                .filter(|key| key.starts_with(prefix))
                .map(|key| match key[prefix.len()..].find(delimiter).filter(|_| !delimiter.is_empty()) {
                    Some(at) => key[..prefix.len() + at + delimiter.len()].to_owned(),
                    None => (*key).to_owned(),
                })
                .collect();
            for max in [1, 2, 3, 1000] {
                let (mut token, mut seen): (Option<String>, Vec<String>) = (None, Vec::new());
                loop {
                    let token_text = token.clone();
                    let list =
                        List { bucket: BUCKET, prefix, delimiter, max, token: token_text.as_deref(), after: None };
                    let page = store.list(list).await.unwrap();
                    let (objects, prefixes) = names(&page);
                    assert!(objects.len() + prefixes.len() <= max);
                    let mut both: Vec<String> = objects.into_iter().chain(prefixes).map(str::to_owned).collect();
                    both.sort();
                    seen.extend(both);
                    token = page.next;
                    if token.is_none() {
                        break;
                    }
                }
                assert_eq!(seen, expected.iter().cloned().collect::<Vec<_>>(), "{prefix:?} {delimiter:?} {max}");
            }
        }
    }
}
