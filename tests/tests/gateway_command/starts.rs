//! What it says at its start, and why it doesn't start; `doctor` and `gc`.

use infrai_tests::gateway::{Request, activate, client, fetch, refused};
use infrai_tests::program::{Done, Program, command, run, serve};

use super::{FREE, file, folder};

#[test]
fn a_port_in_use_is_named() {
    let folder = folder();
    let other = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = other.local_addr().expect("an address").to_string();
    for (listen, s3_listen, flag) in
        [(&*address, "127.0.0.1:0", "`--listen`"), ("127.0.0.1:0", &*address, "`--s3-listen`")]
    {
        let done = run(folder.path(), &["serve", "--listen", listen, "--s3-listen", s3_listen]);
        assert!(done.line().contains(&address) && done.line().contains(flag), "{done:?}");
    }
    let nowhere = run(folder.path(), &["serve", "--listen", "192.0.2.1:1", "--s3-listen", "127.0.0.1:0"]);
    assert!(nowhere.line().contains("192.0.2.1:1"), "{nowhere:?}");
    assert!(!folder.path().join("data").exists(), "a gateway that can't listen makes nothing");
}

#[test]
fn a_data_folder_that_can_not_be_is_named() {
    let folder = folder();
    let no_folder = file(folder.path(), "file", "text");
    for data in [&*no_folder, &format!("{no_folder}/data"), "/proc/nothing"] {
        for words in
            [&["serve", "--listen", "127.0.0.1:0", "--s3-listen", "127.0.0.1:0"][..], &["gc"], &["keys", "create"]]
        {
            let done = run(folder.path(), &[words, &["--data", data]].concat());
            assert!(done.line().contains(data), "{done:?}");
        }
    }
}

#[test]
fn a_database_that_is_none_is_left_alone() {
    for (name, text) in [
        ("data/state.sqlite", "this is a letter to my aunt, not a database. ".repeat(100)),
        ("data/store/index.sqlite", "this is a letter to my aunt, not a database. ".repeat(100)),
        ("data/store/credentials.toml", "secret_key = \"canary-4711\"".to_owned()),
    ] {
        let folder = folder();
        if name != "data/state.sqlite" {
            // Else it would be that which is missing.
            run(folder.path(), &["keys", "create"]).good();
        }
        let path = file(folder.path(), name, &text);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).expect("rights");
        }
        let done = serve(folder.path(), &[]);
        assert!(done.line().contains(&path), "{done:?}");
        assert!(!done.stderr.contains("canary-4711"), "{done:?}");
        assert_eq!(std::fs::read_to_string(&path).expect("the file"), text, "{name} was changed");
    }
}

#[tokio::test]
async fn a_folder_has_one_gateway() {
    let folder = folder();
    let first = Program::start(folder.path(), &[]).await;
    let second = serve(folder.path(), &[]);
    assert!(second.line().contains("another gateway"), "{second:?}");
    let gc = run(folder.path(), &["gc"]);
    assert!(gc.line().contains("another gateway"), "{gc:?}");
    assert_eq!(Request::new("GET", "/readyz").send(first.api()).await.status, 200);
    // What only reads may.
    run(folder.path(), &["keys", "s3"]).good();
    run(folder.path(), &["keys", "list"]).good();
}

#[tokio::test]
async fn it_says_what_it_serves_and_how_to_get_a_key() {
    let folder = folder();
    let program = Program::start(folder.path(), &[]).await;
    let text = program.stdout();
    let data = folder.path().join("data");
    let parts = [format!("http://{}", program.api()), format!("http://{}", program.s3()), data.display().to_string()];
    assert!(parts.iter().all(|part| text.contains(part)), "{text}");
    assert!(text.contains(&format!("curl -X POST http://{}/v1/activate", program.api())), "{text}");
    assert!(text.contains("infrai-gateway keys create"), "{text}");
}

#[tokio::test]
async fn doctor_looks_at_everything() {
    let folder = folder();
    // So few need no more file handles than any machine gives.
    let well = run(folder.path(), &[&["doctor", "--max-connections", "100"], &FREE[..]].concat());
    let lines: Vec<&str> = well.good().lines().collect();
    assert!(lines.len() >= 5 && lines.iter().all(|line| line.starts_with("ok ")), "{lines:?}");

    let other = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let taken = other.local_addr().expect("an address").to_string();
    std::thread::spawn(move || {
        while let Ok((stream, _)) = other.accept() {
            drop(stream);
        }
    });
    let config = "[[vendor]]\nname = \"gone\"\nendpoint = \"http://127.0.0.1:9\"\nregion = \"r\"\n\
                  access_key_env = \"NOT_SET_A\"\nsecret_key_env = \"NOT_SET_S\"\n";
    let config = file(folder.path(), "config.toml", format!("embedded = true\n{config}"));
    let ill = run(folder.path(), &["doctor", "--listen", &taken, "--s3-listen", "127.0.0.1:0", "--config", &config]);
    assert!(ill.line().contains("FAIL"), "{ill:?}");
    let failures: Vec<&str> = ill.stdout.lines().filter(|line| line.starts_with("FAIL")).collect();
    assert_eq!(failures.len(), 2, "{ill:?}");
    assert!(failures[0].contains(&taken) && failures[0].contains("`--listen`"), "{failures:?}");
    assert!(failures[1].contains("gone") && failures[1].contains("NOT_SET_A"), "{failures:?}");

    // A gateway that is running is no fault.
    let program = Program::start(folder.path(), &[]).await;
    let (api, s3) = (program.api().to_string(), program.s3().to_string());
    let running = run(folder.path(), &["doctor", "--listen", &api, "--s3-listen", &s3]);
    assert!(running.good().contains("running"), "{running:?}");
}

/// One of the API's, and of the store's two: a connection, and the file that moves over it.
#[cfg(unix)]
#[test]
fn doctor_counts_the_file_handles_that_connections_can_need() {
    let folder = folder();
    let doctor = |most: u32| -> Done {
        let program = command(folder.path(), &[]);
        let shell = format!("ulimit -n {most} && exec \"$0\" doctor --max-connections 100 \"$@\"");
        let mut limited = std::process::Command::new("sh");
        limited.args(["-c", &shell]).arg(program.get_program()).args(FREE);
        let variables = program.get_envs().filter_map(|(name, value)| Some((name, value?)));
        limited.env_clear().envs(variables).output().expect("a shell").into()
    };
    let few = doctor(399);
    let warned = few.good().lines().find(|line| line.starts_with("warn  file handles")).unwrap_or_default();
    assert!(
        ["399 at most", "`max_connections` is 100", "need 400"].iter().all(|part| warned.contains(part)),
        "{few:?}"
    );
    let enough = doctor(400);
    assert!(enough.good().contains("ok    file handles   400 at most"), "{enough:?}");
}

#[tokio::test]
async fn gc_removes_what_nobody_needs() {
    let folder = folder();
    let empty = run(folder.path(), &["gc"]);
    assert!(empty.good().contains("temporary files   0"), "{empty:?}");
    let mut program = Program::start(folder.path(), &["--trial-days", "1"]).await;
    let key = activate(program.api()).await;
    let put = client(program.api(), &key).storage().object().presign("demo", "a").await.expect("a URL").url;
    assert_eq!(fetch("PUT", &put, Some(b"text")).await.status, 200);
    program.kill().await;
    let kept = run(folder.path(), &["gc"]);
    assert!(kept.good().contains("ended trials      0"), "{kept:?}");
    // As if the trial had ended long ago.
    let database = rusqlite::Connection::open(folder.path().join("data/state.sqlite")).expect("the database");
    database.execute("UPDATE accounts SET expires_at = 1", []).expect("a change");
    drop(database);
    let removed = run(folder.path(), &["gc", "--keep-trials", "7"]);
    assert!(removed.good().contains("ended trials      1 removed, with 1 buckets"), "{removed:?}");
    let program = Program::start(folder.path(), &[]).await;
    let gone = client(program.api(), &key).storage().bucket().list().await;
    assert_eq!(refused(gone), (401, "unauthorized".to_owned()));
}
