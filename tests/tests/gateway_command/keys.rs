//! `keys`: the API's, and the store's own.

use infrai_tests::gateway::{activate, client, refused};
use infrai_tests::program::{Program, run};

use super::folder;

#[tokio::test]
async fn keys_work_at_once_and_are_never_shown_again() {
    let folder = folder();
    let program = Program::start(folder.path(), &[]).await;
    let create = |account: &str| {
        let done = run(folder.path(), &["keys", "create", "--account", account, "--name", "laptop"]);
        let key = done.good().trim_end().to_owned();
        assert!(key.starts_with("ifr_pk_proj_") && key.len() == 44, "{done:?}");
        assert!(!done.stderr.contains(&key[12..]), "{done:?}");
        key
    };
    let (one, other, third) = (create("acme"), create("acme"), create("umbrella"));
    assert!(one != other && other != third);
    let trial = activate(program.api()).await;
    client(program.api(), &one).storage().bucket().create("abc").await.expect("a bucket");
    assert_eq!(client(program.api(), &other).storage().bucket().list().await.expect("a list").items.len(), 1);
    assert_eq!(client(program.api(), &third).storage().bucket().list().await.expect("a list").items.len(), 0);

    let list = run(folder.path(), &["keys", "list"]);
    let rows: Vec<Vec<&str>> = list.good().lines().skip(1).map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(rows.len(), 4, "{list:?}");
    for key in [&one, &other, &third, &trial] {
        assert!(!list.stdout.contains(&key[12..]) && !list.stdout.contains(&key[..24]), "{list:?}");
        assert!(list.stdout.contains(&format!("…{}", &key[40..])), "{list:?}");
    }
    let row = rows.iter().find(|row| row[1] == format!("…{}", &one[40..])).expect("its row");
    assert!(row[0].starts_with("key_") && row[2] == "acme" && row[4] == "-", "{row:?}");

    let id = row[0];
    run(folder.path(), &["keys", "revoke", id]).good();
    let revoked = client(program.api(), &one).storage().bucket().list().await;
    assert_eq!(refused(revoked), (401, "unauthorized".to_owned()));
    client(program.api(), &other).storage().bucket().list().await.expect("a list");
    for id in [id, "key_nothing", ""] {
        let done = run(folder.path(), &["keys", "revoke", id]);
        assert!(done.line().contains(id), "{done:?}");
    }
    let list = run(folder.path(), &["keys", "list"]);
    let row = list.good().lines().find(|line| line.starts_with(row[0])).expect("its row");
    assert!(row.split_whitespace().nth(4).is_some_and(|at| at.ends_with('Z')), "{row}");
    let nameless = run(folder.path(), &["keys", "create", "--account", " "]);
    assert!(nameless.line().contains("name"), "{nameless:?}");
    // What the disk has of them is their hashes.
    drop(program);
    for entry in std::fs::read_dir(folder.path().join("data")).expect("the folder") {
        let path = entry.expect("an entry").path();
        if path.is_file() {
            let bytes = std::fs::read(&path).expect("a file");
            for key in [&one, &other, &third, &trial] {
                let random = &key.as_bytes()[12..];
                assert!(!bytes.windows(random.len()).any(|window| window == random), "{} has a key", path.display());
            }
        }
    }
}

#[tokio::test]
async fn a_default_key_needs_no_words() {
    let folder = folder();
    let none = run(folder.path(), &["keys", "list"]);
    assert!(none.good().is_empty() && none.stderr.contains("`keys create`"), "{none:?}");
    let key = run(folder.path(), &["keys", "create"]).good().trim_end().to_owned();
    let program = Program::start(folder.path(), &[]).await;
    client(program.api(), &key).storage().bucket().list().await.expect("a list");
}

#[tokio::test]
async fn the_stores_own_credentials_are_its_owners() {
    let folder = folder();
    let early = run(folder.path(), &["keys", "s3"]);
    assert!(early.line().contains("credentials.toml"), "{early:?}");
    let mut program = Program::start(folder.path(), &[]).await;
    let done = run(folder.path(), &["keys", "s3"]);
    let value = |name: &str| {
        let line = done.good().lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('='));
        line.unwrap_or_else(|| panic!("no {name} in {done:?}")).to_owned()
    };
    let (access, secret) = (value("AWS_ACCESS_KEY_ID"), value("AWS_SECRET_ACCESS_KEY"));
    assert!(access.len() >= 16 && secret.len() >= 32, "{done:?}");
    assert_eq!(value("AWS_REGION"), "us-east-1");
    assert!(value("AWS_ENDPOINT_URL_S3").starts_with("http://127.0.0.1:"));
    let path = folder.path().join("data/store/credentials.toml");
    assert!(std::fs::read_to_string(&path).expect("the file").contains(&secret));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        for (name, rights) in [("store", 0o700), ("store/credentials.toml", 0o600), ("state.sqlite", 0o600)] {
            let path = folder.path().join("data").join(name);
            let mode = std::fs::metadata(&path).expect("a file").permissions().mode();
            assert_eq!(mode & 0o777, rights, "{name}");
        }
    }
    // They stay.
    program.terminate();
    assert!(program.ended().await.status.success());
    let _again = Program::start(folder.path(), &[]).await;
    assert_eq!(run(folder.path(), &["keys", "s3"]).good(), done.stdout);
}
