//! Settings: what is shown of them and what isn't, where paths lead, what the environment may say.

use std::process::Stdio;

use infrai_tests::program::{Done, Program, command, run, serve};

use super::{config, folder};

const SHOW: [&str; 2] = ["serve", "--print-config"];

#[test]
fn a_password_is_in_no_message_about_the_file() {
    let folder = folder();
    let path = folder.path().join("config.toml");
    for text in [
        "\ndatabase = 'postgres://me:hunter2@db.example/gateway' x",
        "\ndatabase = ['postgres://me:hunter2@db.example/gateway']",
        "\nlistens = 'postgres://me:hunter2@db.example/gateway'",
        "\ndatabase_connections = 'postgres://me:hunter2@db.example/gateway'",
    ] {
        std::fs::write(&path, text).expect("a file");
        let done = run(folder.path(), &["serve", "--config", &path.to_string_lossy()]);
        assert!(done.line().contains("line 2"), "{done:?}");
        assert!(!done.stderr.contains("hunter2"), "{done:?}");
    }
}

#[test]
fn paths_in_the_file_are_relative_to_it() {
    let folder = folder();
    let etc = folder.path().join("etc");
    std::fs::create_dir(&etc).expect("a folder");
    let file = config(&etc, "data = 'kept'", "http://127.0.0.1:9");
    let in_it = |name: &str| etc.join(name).display().to_string();
    for (from, file) in [(folder.path(), &*file), (folder.path(), "etc/config.toml"), (&etc, "config.toml")] {
        let mut command = command(folder.path(), &[&SHOW[..], &["--config", file]].concat());
        let done: Done =
            command.env_remove("INFRAI_GATEWAY_DATA").current_dir(from).output().expect("a command").into();
        assert!(done.good().contains(&format!("data = \"{}\"", in_it("kept"))), "{done:?}");
        assert!(done.good().contains(&format!("credentials_file = \"{}\"", in_it("credentials"))), "{done:?}");
    }
    // Elsewhere it is the folder that one is in.
    let mut command = command(folder.path(), &[&SHOW[..], &["--data", "here"]].concat());
    let done: Done = command.current_dir(&etc).output().expect("a command").into();
    assert!(done.good().contains(&format!("data = \"{}\"", in_it("here"))), "{done:?}");
}

#[test]
fn the_environment_says_yes_and_no_and_nothing() {
    let folder = folder();
    for (value, shown) in [("1", "trial = true"), ("no", "trial = false"), ("", "trial = true")] {
        let mut command = command(folder.path(), &SHOW);
        command.env("INFRAI_GATEWAY_TRIAL", value).env("INFRAI_GATEWAY_LISTEN", "").env("INFRAI_GATEWAY_CONFIG", "");
        let done: Done = command.output().expect("a command").into();
        assert!(done.good().contains(shown), "{value:?}: {done:?}");
        assert!(done.good().lines().any(|line| line.starts_with("listen") && line.ends_with("# default")), "{done:?}");
    }
    let flag = run(folder.path(), &["serve", "--print-config", "--trial", "--embedded=yes"]);
    assert!(flag.good().lines().any(|line| line.starts_with("trial = true") && line.ends_with("--trial")), "{flag:?}");
}

#[test]
fn limits_are_shown_and_have_limits() {
    let folder = folder();
    let shown = run(folder.path(), &SHOW);
    for line in ["stall_seconds = 20", "database_connections = 10"] {
        assert!(shown.good().contains(line), "{shown:?}");
    }
    let many = u64::MAX.to_string();
    for words in [["--stall-seconds", "0"], ["--max-requests", &many], ["--max-connections", &many]] {
        let done = serve(folder.path(), &words);
        assert!(done.line().contains(&words[0][2..].replace('-', "_")), "{done:?}");
    }
}

#[test]
fn who_stops_reading_is_no_trouble() {
    let folder = folder();
    for words in [&SHOW[..], &["keys", "create"], &["doctor"], &["gc"]] {
        let mut command = command(folder.path(), words);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("a command");
        drop(child.stdout.take());
        let done: Done = child.wait_with_output().expect("its end").into();
        assert!(!done.stderr.contains("panicked"), "{words:?}: {done:?}");
    }
}

#[tokio::test]
async fn a_data_folder_has_one_gateway_even_without_a_store() {
    let folder = folder();
    let program = Program::start(folder.path(), &[]).await;
    let file = config(folder.path(), "embedded = false\nlisten = '127.0.0.1:0'", "http://127.0.0.1:9");
    let data = folder.path().join("data").display().to_string();
    for verb in ["serve", "gc"] {
        let second = run(folder.path(), &[verb, "--config", &file]);
        assert!(second.line().contains("another gateway") && second.line().contains(&data), "{second:?}");
    }
    let created = run(folder.path(), &["keys", "create", "--config", &file]);
    created.good();
    assert!(created.stderr.contains(&data), "it doesn't say where: {created:?}");
    run(folder.path(), &["keys", "list"]).good();
    drop(program);
    // The system gives the lock back.
    run(folder.path(), &["gc"]).good();
}

#[tokio::test]
async fn urls_that_only_work_here_are_told_of() {
    let folder = folder();
    let words = ["doctor", "--max-connections", "100", "--listen", "127.0.0.1:0", "--s3-listen", "0.0.0.0:0"];
    let done = run(folder.path(), &words);
    assert!(done.good().lines().any(|line| line.starts_with("warn ") && line.contains("`public_s3_url`")), "{done:?}");
    let done = run(folder.path(), &[&words[..], &["--public-s3-url", "http://s3.example"]].concat());
    assert!(!done.good().contains("warn "), "{done:?}");
}
