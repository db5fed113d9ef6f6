//! The model of our own API, on one page.

use infrai_tests::outline::outline;
use infrai_tests::paths::storage;

#[test]
fn storage_api() {
    insta::assert_snapshot!("storage", outline(&storage()));
}
