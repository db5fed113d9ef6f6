//! Settings: where they come from, which hold where nothing is said, and what is wrong with those that can't be used.

use infrai_tests::program::{Done, command, run};

use super::{file, folder};

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

/// What holds where nothing is said; the guide and `--help` say the same.
const DEFAULTS: [(&str, &str); 25] = [
    ("data", "\"HOME/.local/share/infrai-gateway\""),
    ("listen", "\"127.0.0.1:7100\""),
    ("s3_listen", "\"127.0.0.1:7101\""),
    ("public_s3_url", ""),
    ("public_url", ""),
    ("client_address_header", ""),
    ("embedded", "true"),
    ("embedded_priority", "100"),
    ("database", ""),
    ("database_connections", "10"),
    ("log", "\"text\""),
    ("log_level", "\"info\""),
    ("max_body_bytes", "1048576"),
    ("header_seconds", "10"),
    ("body_seconds", "10"),
    ("stall_seconds", "20"),
    ("max_requests", "1024"),
    ("max_connections", "8192"),
    ("stop_seconds", "30"),
    ("trial", "true"),
    ("trial_buckets", "10"),
    ("trial_bytes", "1073741824"),
    ("trial_days", "30"),
    ("trial_per_client", "20"),
    ("trial_per_hour", "1000"),
];

#[cfg(target_os = "linux")]
#[test]
fn the_defaults_are_these_and_the_help_says_so() {
    let folder = folder();
    let quiet = |words: &[&str]| -> Done {
        let mut command = command(folder.path(), words);
        command.env_remove("INFRAI_GATEWAY_DATA").output().expect("a command").into()
    };
    let printed = quiet(&["serve", "--print-config"]);
    let home = folder.path().display().to_string();
    for (name, value) in DEFAULTS {
        let origin = if value.is_empty() { "not set" } else { "default" };
        assert_eq!(shown(printed.good(), name), (&*value.replace("HOME", &home), origin), "{name}");
    }
    let settings = |line: &&str| line.contains(" # ");
    assert_eq!(printed.good().lines().filter(settings).count(), DEFAULTS.len(), "{printed:?}");
    let help = quiet(&["serve", "--help"]);
    let help: String = help.good().split_whitespace().collect::<Vec<_>>().join(" ");
    for (name, value) in DEFAULTS {
        let (_, about) = help
            .split_once(&format!("--{} ", name.replace('_', "-")))
            .or_else(|| help.split_once(&format!("--{}[", name.replace('_', "-"))))
            .unwrap_or_else(|| panic!("no --{name} in {help}"));
        let about = about.split(" --").next().unwrap_or_default();
        let value = value.trim_matches('"');
        let (_, said) = about.split_once("[default: ").unwrap_or_else(|| panic!("{name}: {about}"));
        // What isn't a plain value is told in words.
        let plain = !value.is_empty() && !value.contains("HOME") && value != "true";
        assert!(!plain || said.starts_with(&format!("{value}]")), "{name}: {about}");
    }
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

/// Else a gateway would start with defaults where an operator has set something else.
#[cfg(unix)]
#[test]
fn a_platforms_file_that_can_not_be_looked_for_is_said() {
    let folder = folder();
    std::fs::create_dir(folder.path().join(".config")).expect("a folder");
    // A folder without rights would be none for root; a circle is closed to everybody.
    let own = folder.path().join(".config/infrai-gateway");
    std::os::unix::fs::symlink(&own, &own).expect("a link to itself");
    let refused = run(folder.path(), &["serve", "--print-config"]);
    let says =
        [".config/infrai-gateway/config.toml", "can't be looked for", "set `HOME`, or name a file with `--config`"];
    assert!(says.iter().all(|part| refused.line().contains(part)), "{refused:?}");
    // Services often have a home that is no folder: nothing can be in it.
    let none = command(folder.path(), &["serve", "--print-config"]).env("HOME", "/dev/null").output();
    let none: Done = none.expect("a command").into();
    assert!(none.good().starts_with("# there is no configuration file\n"), "{none:?}");
}

/// A secret that looks like a name is one to nobody but its owner.
#[test]
fn what_may_be_a_secret_is_not_printed_as_a_variables_name() {
    let folder = folder();
    let vendor = |name: &str| {
        format!(
            "[[vendor]]\nname = \"a\"\nendpoint = \"http://s3\"\nregion = \"r\"\naccess_key_env = \"MY_ID\"\n\
             secret_key_env = \"{name}\"\n"
        )
    };
    for (name, shown) in [("MY_SECRET", true), ("wJalrXUtnFEMIK7MDENGbPxRfiCY", false)] {
        let config = file(folder.path(), "config.toml", vendor(name));
        let printed = run(folder.path(), &["serve", "--print-config", "--config", &config]);
        assert!(printed.good().contains("access_key_env = \"MY_ID\""), "{printed:?}");
        assert_eq!(printed.good().contains(name), shown, "{printed:?}");
        assert!(shown || printed.good().contains("\n# secret_key_env "), "{printed:?}");
        let refused = run(folder.path(), &["serve", "--config", &config, "--listen", "127.0.0.1:0"]);
        assert!(refused.line().contains("MY_ID") && !refused.line().contains(name), "{refused:?}");
    }
    let config = file(folder.path(), "config.toml", vendor("wJalrXUtnFEMI/K7MDENG"));
    for words in [&["serve", "--print-config"][..], &["serve"], &["doctor"]] {
        let refused = run(folder.path(), &[words, &["--config", &config]].concat());
        assert!(refused.line().contains("`secret_key_env` must be a variable's name"), "{refused:?}");
        assert!(!format!("{refused:?}").contains("wJalr"), "{refused:?}");
    }
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
        ("log = \"xml\"\n".to_owned(), &["line 1", "`text`", "`json`"]),
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
