//! What `cargo xtask diff` says about the edits in `tests/diff/`, one idea a folder, and which version step they need.

use std::fs;
use std::path::Path;

use codegen::diag::{Severity, Source};
use codegen::diff::{Change, Level, Side, Step, VersionError, compare, needed, render, step, verdict};
use codegen::model::Api;
use codegen::spec::Profile;

/// Two versions of a document and what differs.
struct Case {
    old: Source,
    new: Source,
    old_api: Api,
    new_api: Api,
    changes: Vec<Change>,
}

impl Case {
    fn open(folder: &Path) -> Self {
        let read = |file: &str| fs::read_to_string(folder.join(file)).expect("the file can be read");
        Self::new(&read("old.yaml"), &read("new.yaml"))
    }

    fn new(old: &str, new: &str) -> Self {
        let (old, new) = (Source::new("old.yaml", old), Source::new("new.yaml", new));
        let (old_api, new_api) = (api(&old), api(&new));
        let changes = compare(&old_api, &new_api);
        Self { old, new, old_api, new_api, changes }
    }

    fn rendered(&self) -> String {
        let list = render(&self.changes, &self.old, &self.new);
        let judged = match verdict(&self.old_api, &self.new_api, &self.changes) {
            Ok(verdict) => match verdict.diagnostic(&self.old_api, &self.new_api) {
                None => format!("needs {} step, has {} step", verdict.needed, verdict.made),
                Some(finding) => self.new.render(&finding),
            },
            Err(error) => {
                let (side, finding) = error.diagnostic(&self.old_api, &self.new_api);
                let source = if side == Side::Old { &self.old } else { &self.new };
                source.render(&finding)
            }
        };
        format!("{list}\n{judged}")
    }
}

fn api(source: &Source) -> Api {
    let loaded = codegen::load(source, Profile::House);
    let found: Vec<String> = loaded.report.sorted().iter().map(|item| source.render(item)).collect();
    let errors = loaded.report.sorted().iter().any(|item| item.severity == Severity::Error);
    assert!(!errors, "{}", found.join("\n\n"));
    loaded.api.expect("a document without errors is an API")
}

#[test]
fn each_edit_is_told() {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../diff/snapshots");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| {
        insta::glob!("../diff", "*/new.yaml", |path| {
            let case = Case::open(path.parent().expect("a file is in a folder"));
            insta::assert_snapshot!("diff", case.rendered());
        });
    });
}

#[test]
fn a_document_is_its_own_equal() {
    let text = include_str!("../../openapi/storage.yaml");
    let case = Case::new(text, text);
    assert_eq!(case.changes, []);
    assert_eq!(needed(&case.changes), Step::None);
}

#[test]
fn an_edit_is_seen_both_ways_and_no_edit_neither() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("diff");
    let folders = fs::read_dir(folder).expect("the folder can be read").map(|entry| entry.expect("an entry").path());
    for folder in folders.filter(|folder| folder.join("new.yaml").exists()) {
        let case = Case::open(&folder);
        let undone = compare(&case.new_api, &case.old_api);
        assert_eq!(case.changes.is_empty(), undone.is_empty(), "{}", folder.display());
        assert_eq!(compare(&case.old_api, &case.old_api), [], "{}", folder.display());
        assert_eq!(compare(&case.new_api, &case.new_api), [], "{}", folder.display());
    }
}

#[test]
fn changes_are_ordered_by_operation_and_the_worst_is_first() {
    let text = include_str!("../diff/limits/old.yaml");
    let edited = text
        .replace("summary: List all items", "summary: List items")
        .replace("maximum: 100", "maximum: 50")
        .replace("default: 3", "default: 4")
        .replace("enum: [red, green]", "enum: [red]")
        .replace("https://shop.example", "https://shop2.example");
    let found = Case::new(text, &edited).changes;
    let found: Vec<_> = found.iter().map(|change| (change.operation.as_str(), change.level, change.side)).collect();
    let expected = [
        ("api", Level::Behaviour, Side::New),
        ("shop.item.create", Level::Behaviour, Side::New),
        ("shop.item.list", Level::Breaking, Side::New),
        ("shop.item.list", Level::Docs, Side::New),
        ("Colour", Level::Breaking, Side::Old),
    ];
    assert_eq!(found, expected);
}

#[test]
fn steps_between_versions() {
    let steps = [
        ("1.2.3", "1.2.3", Step::None),
        ("1.2.3", "1.2.3+build.7", Step::None),
        ("1.2.3", "1.2.4", Step::Patch),
        ("1.2.3", "1.3.0", Step::Minor),
        ("1.2.3", "2.0.0", Step::Major),
        ("1.2.3", "2.0.0-rc.1", Step::Major),
        ("2.0.0-rc.1", "2.0.0-rc.2", Step::Major),
        ("2.0.0-rc.1", "2.0.0", Step::Major),
        ("0.1.0", "0.2.0", Step::Minor),
        ("0.9.9", "0.10.0", Step::Minor),
    ];
    for (old, new, expected) in steps {
        assert_eq!(step(old, new), Ok(expected), "{old} → {new}");
    }
}

#[test]
fn versions_that_are_none() {
    for text in [
        "",
        "1",
        "1.2",
        "1.2.3.4",
        "v1.2.3",
        "01.2.3",
        "1.2.x",
        "2024-01-01",
        "1.2.3-",
        "1.2.3+",
        "1.2.-3",
        "99999999999999999999.0.0",
    ] {
        let new = VersionError::Unreadable(Side::New, text.to_owned());
        let old = VersionError::Unreadable(Side::Old, text.to_owned());
        assert_eq!((step("1.0.0", text), step(text, "1.0.0")), (Err(new), Err(old)), "{text}");
    }
    for (old, new) in [("1.2.3", "1.2.2"), ("1.0.0", "0.9.0"), ("1.0.0", "1.0.0-rc.1")] {
        assert_eq!(step(old, new), Err(VersionError::Backwards(old.to_owned(), new.to_owned())));
    }
}
