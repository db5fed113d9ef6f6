//! The command line: settings and where they come from, keys, `doctor`, `gc`, how it starts, fails and stops.

use std::path::Path;
use std::time::Duration;

use infrai::types::PresignMethod;
use infrai_tests::gateway::{Request, activate, answer, client, connect, fetch, refused};
use infrai_tests::program::{Done, Program, command, run, serve};
use tempfile::TempDir;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

fn folder() -> TempDir {
    tempfile::tempdir().expect("a folder")
}

fn file(folder: &Path, name: &str, text: impl AsRef<[u8]>) -> String {
    let path = folder.join(name);
    std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
    std::fs::write(&path, text).expect("a file");
    path.to_string_lossy().into_owned()
}

/// The value and the origin of a setting that is shown.
fn shown<'a>(text: &'a str, name: &str) -> (&'a str, &'a str) {
    let is = |line: &&str| line.strip_prefix("# ").unwrap_or(line).split([' ', '=']).next() == Some(name);
    let line = text.lines().find(is).unwrap_or_else(|| panic!("no {name} in {text}"));
    let (setting, origin) = line.rsplit_once(" # ").unwrap_or_else(|| panic!("no origin in {line}"));
    let value = setting.split_once(" = ").map_or("", |(_, value)| value.trim());
    (value, origin.trim())
}

#[test]
fn settings_are_shown_with_their_origins() {
    let folder = folder();
    let text = "listen = \"127.0.0.1:1\"\ns3_listen = \"127.0.0.1:2\"\ntrial_days = 3\nlog = \"json\"\n";
    let config = file(folder.path(), "config.toml", text);
    let done: Done =
        command(folder.path(), &["serve", "--print-config", "--config", &config, "--listen", "127.0.0.1:9"])
            .env("INFRAI_GATEWAY_LISTEN", "127.0.0.1:8")
            .env("INFRAI_GATEWAY_S3_LISTEN", "127.0.0.1:7")
            .env("INFRAI_GATEWAY_DATABASE", "postgres://me:hunter2@db.example/gateway?sslmode=require")
            .output()
            .expect("a command")
            .into();
    let text = done.good();
    assert!(text.starts_with(&format!("# {config}\n")), "{text}");
    assert_eq!(shown(text, "listen"), ("\"127.0.0.1:9\"", "--listen"));
    assert_eq!(shown(text, "s3_listen"), ("\"127.0.0.1:7\"", "INFRAI_GATEWAY_S3_LISTEN"));
    assert_eq!(shown(text, "log"), ("\"json\"", "the file"));
    assert_eq!(shown(text, "trial_days"), ("3", "the file"));
    assert_eq!(shown(text, "trial_buckets"), ("10", "default"));
    assert_eq!(shown(text, "public_url").1, "not set");
    let (database, origin) = shown(text, "database");
    assert!(database.contains("db.example") && origin == "INFRAI_GATEWAY_DATABASE", "{database}");
    assert!(!format!("{done:?}").contains("hunter2"), "{done:?}");
    assert!(!folder.path().join("data").exists(), "to show settings makes nothing");
}

#[test]
fn what_is_shown_can_be_read_again() {
    let folder = folder();
    let first =
        run(folder.path(), &["serve", "--print-config", "--trial-days", "5", "--public-s3-url", "https://s3.example"]);
    let config = file(folder.path(), "config.toml", first.good());
    let again = run(folder.path(), &["serve", "--print-config", "--config", &config]);
    assert_eq!(shown(again.good(), "trial_days"), ("5", "the file"));
    assert_eq!(shown(again.good(), "public_s3_url"), ("\"https://s3.example\"", "the file"));
    // Without a verb it is `serve`.
    let plain = run(folder.path(), &["--print-config", "--config", &config]);
    assert_eq!(plain.good(), again.good());
}

#[test]
fn the_platforms_own_file_is_found() {
    let folder = folder();
    let config = file(folder.path(), ".config/infrai-gateway/config.toml", "trial_days = 4\n");
    let done = run(folder.path(), &["serve", "--print-config"]);
    assert!(done.good().contains(&config), "{done:?}");
    assert_eq!(shown(done.good(), "trial_days"), ("4", "the file"));
}

#[test]
fn mistakes_in_the_file_are_named() {
    let folder = folder();
    let vendor = "name = \"a\"\nendpoint = \"http://127.0.0.1:1\"\nregion = \"r\"\n";
    let keys = "access_key_env = \"A\"\nsecret_key_env = \"S\"\n";
    for (text, says) in [
        ("trial_days = 4\nlisen = \"127.0.0.1:1\"\n".to_owned(), &["lisen", "line 2"][..]),
        ("listen = \"127.0.0.1:1\"\nlisten = [".to_owned(), &["line 2"]),
        ("listen = \"localhost\"\n".to_owned(), &["line 1", "listen"]),
        ("trial_days = -1\n".to_owned(), &["line 1", "trial_days"]),
        ("log = \"xml\"\n".to_owned(), &["xml", "`text`", "`json`"]),
        ("max_requests = 0\n".to_owned(), &["`max_requests`"]),
        ("public_s3_url = \"s3.example\"\n".to_owned(), &["`public_s3_url`"]),
        ("client_address_header = \"a b\"\n".to_owned(), &["`client_address_header`"]),
        ("embedded = false\n".to_owned(), &["`embedded`", "[[vendor]]"]),
        (format!("[[vendor]]\n{vendor}{keys}colour = \"red\"\n"), &["colour"]),
        (format!("[[vendor]]\n{vendor}"), &["vendor `a`", "access_key_env"]),
        (format!("[[vendor]]\n{vendor}{keys}[[vendor]]\n{vendor}{keys}"), &["`a`"]),
        ("\0\0\0".to_owned(), &["line 1"]),
    ] {
        let config = file(folder.path(), "config.toml", &text);
        let done = run(folder.path(), &["serve", "--print-config", "--config", &config]);
        let sentence = done.sentence();
        for word in says {
            assert!(sentence.contains(word), "{text:?}: no {word} in {sentence}");
        }
    }
    for verb in [&["doctor"][..], &["gc"], &["keys", "list"]] {
        let config = file(folder.path(), "config.toml", "lisen = 1\n");
        let done = run(folder.path(), &[verb, &["--config", &config]].concat());
        assert!(done.sentence().contains("lisen"), "{done:?}");
    }
    let broken = file(folder.path(), "config.toml", b"\xff\xfe");
    let done = run(folder.path(), &["serve", "--print-config", "--config", &broken]);
    assert!(done.line().contains(&broken), "{done:?}");
    let missing = run(folder.path(), &["serve", "--config", "/nothing/here.toml"]);
    assert!(missing.line().contains("/nothing/here.toml"), "{missing:?}");
}

#[test]
fn wrong_words_are_wrong_usage() {
    let folder = folder();
    for words in [&["--lisen", "127.0.0.1:1"][..], &["serve", "--listen", "here"], &["keys", "revoke"], &["nothing"]] {
        let done = run(folder.path(), words);
        assert_eq!(done.status.code(), Some(2), "{done:?}");
        assert!(done.stderr.starts_with("error: "), "{done:?}");
    }
    assert!(run(folder.path(), &["--version"]).good().starts_with("infrai-gateway "));
    let help = run(folder.path(), &["serve", "--help"]);
    assert!(
        ["--s3-listen", "INFRAI_GATEWAY_S3_LISTEN", "--trial-days"].iter().all(|word| help.good().contains(word)),
        "{help:?}"
    );
}

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
    let ports = ["--listen", "127.0.0.1:0", "--s3-listen", "127.0.0.1:0"];
    let well = run(folder.path(), &[&["doctor"], &ports[..]].concat());
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

#[cfg(unix)]
#[tokio::test]
async fn a_running_upload_may_end_when_it_is_told_to_stop() {
    let folder = folder();
    let mut program = Program::start(folder.path(), &[]).await;
    let key = activate(program.api()).await;
    let url = client(program.api(), &key).storage().object().presign("demo", "a").await.expect("a URL").url;
    let bytes: Vec<u8> = (0..=255).cycle().take(3_000_000).collect();
    let (request, to) = Request::to("PUT", &url);
    let request = request.header("content-length", &bytes.len().to_string());
    let mut upload = connect(to).await;
    upload.write_all(&request.bytes(to)).await.expect("sent");
    upload.write_all(&bytes[..1_000_000]).await.expect("sent");
    // Until the store has begun to take it.
    tokio::time::sleep(Duration::from_millis(200)).await;

    program.terminate();
    while TcpStream::connect(to).await.is_ok() || TcpStream::connect(program.api()).await.is_ok() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    upload.write_all(&bytes[1_000_000..]).await.expect("sent");
    let answered = answer(&mut upload, false).await.expect("an answer");
    assert_eq!(answered.status, 200, "{answered:?}");
    let done = program.ended().await;
    assert!(done.status.success(), "{done:?}");

    let program = Program::start(folder.path(), &[]).await;
    let get = client(program.api(), &key).storage().object().presign("demo", "a").method(PresignMethod::Get).await;
    assert!(fetch("GET", &get.expect("a URL").url, None).await.body == bytes, "another object came back");
}

#[cfg(unix)]
#[tokio::test]
async fn idle_connections_do_not_hold_up_the_end() {
    let folder = folder();
    let mut program = Program::start(folder.path(), &[]).await;
    let _idle = [connect(program.api()).await, connect(program.s3()).await];
    let began = std::time::Instant::now();
    program.terminate();
    let done = program.ended().await;
    assert!(done.status.success() && began.elapsed() < Duration::from_secs(10), "{:?} {done:?}", began.elapsed());
}

#[cfg(unix)]
#[tokio::test]
async fn who_takes_too_long_is_cut_off_at_the_end() {
    let folder = folder();
    let mut program = Program::start(folder.path(), &["--stop-seconds", "1"]).await;
    let key = activate(program.api()).await;
    let url = client(program.api(), &key).storage().object().presign("demo", "a").await.expect("a URL").url;
    let (request, to) = Request::to("PUT", &url);
    let mut upload = connect(to).await;
    upload.write_all(&request.header("content-length", "1000").bytes(to)).await.expect("sent");
    tokio::time::sleep(Duration::from_millis(200)).await;
    program.terminate();
    let done = program.ended().await;
    assert!(done.status.success() && done.stderr.contains("cut off"), "{done:?}");
}

#[tokio::test]
async fn what_was_acknowledged_outlives_a_kill() {
    let folder = folder();
    let mut program = Program::start(folder.path(), &[]).await;
    let key = activate(program.api()).await;
    let api = client(program.api(), &key);
    api.storage().bucket().create("abc").await.expect("a bucket");
    let put = api.storage().object().presign("abc", "a").await.expect("a URL").url;
    assert_eq!(fetch("PUT", &put, Some(b"text")).await.status, 200);
    program.kill().await;
    let program = Program::start(folder.path(), &[]).await;
    let get = client(program.api(), &key).storage().object().presign("abc", "a").method(PresignMethod::Get).await;
    assert_eq!(fetch("GET", &get.expect("a URL").url, None).await.body, b"text");
}
