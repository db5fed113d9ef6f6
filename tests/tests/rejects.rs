//! Broken documents in `tests/rejects/`, one idea a file, and what is said about each.
//!
//! A file is called like the code that it must bring up, with `-variant` behind it where there are several. Each line
//! that a finding must point at ends in `# <-- here`. The snapshots beside the files show the rendered report.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use codegen::diag::{Report, Source};
use codegen::spec::rules::RULES;
use codegen::spec::{Profile, Spec};

const MARKER: &str = "# <-- here";

/// What is said about a document.
struct Case {
    source: Source,
    report: Report,
}

impl Case {
    fn new(name: &str, text: String, profile: Profile) -> Self {
        let source = Source::new(name, text);
        let mut report = Report::default();
        let _ = Spec::read(&source, profile, &mut report);
        Self { source, report }
    }

    fn open(path: &Path, profile: Profile) -> Self {
        let name = path.file_name().expect("a file has a name").to_string_lossy().into_owned();
        Self::new(&name, fs::read_to_string(path).expect("the file can be read"), profile)
    }

    fn rendered(&self) -> String {
        let all: Vec<String> = self.report.sorted().iter().map(|item| self.source.render(item)).collect();
        all.join("\n\n")
    }

    /// The lines that findings point at.
    fn pointed(&self) -> BTreeSet<usize> {
        self.report.sorted().iter().map(|item| self.source.line_column(item.span.start).0).collect()
    }

    /// The lines that a finding must point at.
    fn marked(&self) -> BTreeSet<usize> {
        let lines = self.source.text.lines().zip(1..);
        lines.filter(|(line, _)| line.contains(MARKER)).map(|(_, number)| number).collect()
    }
}

/// The rule that a file is about: the longest code that its name begins with.
fn code(path: &Path) -> &'static str {
    let stem = path.file_stem().expect("a file has a name").to_string_lossy().into_owned();
    let fits = |code: &str| stem == code || stem.starts_with(&format!("{code}-"));
    let codes = RULES.iter().map(|rule| rule.code).filter(|code| fits(code));
    codes.max_by_key(|code| code.len()).unwrap_or_else(|| panic!("`{stem}` begins with the code of no rule"))
}

fn files() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("rejects");
    let entries = fs::read_dir(folder).expect("the folder can be read").map(|entry| entry.expect("an entry").path());
    entries.filter(|path| path.extension().is_some_and(|extension| extension == "yaml")).collect()
}

#[test]
fn each_is_rejected_where_it_is_broken() {
    let mut wrong = Vec::new();
    for path in files() {
        let case = Case::open(&path, Profile::House);
        let codes: BTreeSet<&str> = case.report.sorted().iter().map(|item| item.code).collect();
        if codes != BTreeSet::from([code(&path)]) || case.pointed() != case.marked() {
            wrong.push(format!("{}: marked {:?}\n{}", path.display(), case.marked(), case.rendered()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn each_says_what_its_snapshot_says() {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../rejects/snapshots");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| {
        insta::glob!("../rejects", "*.yaml", |path| {
            let case = Case::open(path, Profile::House);
            assert!(case.report.has_errors(), "{} is taken", path.display());
            insta::assert_snapshot!("reject", case.rendered());
        });
    });
}

#[test]
fn each_finding_says_what_to_do() {
    for path in files() {
        for item in Case::open(&path, Profile::House).report.sorted() {
            assert!(item.help.is_some(), "{}: `{}` has no help", path.display(), item.message);
            assert!(!item.message.ends_with('.'), "{}: `{}` ends in a full stop", path.display(), item.message);
            let first = item.message.chars().find(|c| c.is_alphabetic()).expect("a message has letters");
            let name = ["`", "OpenAPI", "XML", "Swagger"].iter().any(|name| item.message.starts_with(name));
            assert!(name || first.is_lowercase(), "{}: `{}` starts upper-case", path.display(), item.message);
        }
    }
}

#[test]
fn each_rule_has_a_file() {
    let tried: BTreeSet<&str> = files().iter().map(|path| code(path)).collect();
    // The net under the other rules: what would fall into it becomes a rule.
    let missing: Vec<&str> =
        RULES.iter().map(|rule| rule.code).filter(|code| !tried.contains(code) && *code != "readable").collect();
    assert!(missing.is_empty(), "no file in tests/rejects/ is about {missing:?}");
}

#[test]
fn codes_are_unique_words() {
    let mut codes = BTreeSet::new();
    for rule in RULES {
        assert!(codes.insert(rule.code), "`{}` is there twice", rule.code);
        assert!(rule.code.bytes().all(|b| b.is_ascii_lowercase() || b == b'-'), "`{}`", rule.code);
        assert!(!rule.demands.ends_with('.'), "`{}`: {}", rule.code, rule.demands);
    }
}

#[test]
fn several_faults_are_found_in_one_run_and_sorted() {
    let text = include_str!("../rejects/several/faults.yaml");
    let case = Case::new("faults.yaml", text.to_owned(), Profile::House);
    let items = case.report.sorted();
    let places: Vec<_> = items.iter().map(|item| (case.source.line_column(item.span.start), item.code)).collect();
    let mut in_order = places.clone();
    in_order.sort_unstable();
    assert_eq!(places, in_order);
    assert_eq!(case.pointed(), case.marked(), "{}", case.rendered());
    insta::assert_snapshot!("several", case.rendered());
}

#[test]
fn our_own_document_passes() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../openapi/storage.yaml");
    let case = Case::open(&path, Profile::House);
    assert!(case.report.is_empty(), "{}", case.rendered());
}

#[test]
fn house_rules_are_not_for_others() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("rejects/several/foreign.yaml");
    let case = Case::open(&path, Profile::Foreign);
    assert!(!case.report.has_errors(), "{}", case.rendered());
    insta::assert_snapshot!("foreign", case.rendered());
}

#[test]
fn no_damage_to_our_document_makes_it_panic() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../openapi/storage.yaml");
    let text = fs::read_to_string(path).expect("the file can be read");
    let lines: Vec<&str> = text.lines().collect();
    for (at, line) in lines.iter().enumerate() {
        let mut damaged = vec![String::new(), format!("{line}{line}"), line.replacen('/', "~", 1)];
        if let Some((key, _)) = line.split_once(": ") {
            damaged.extend(
                ["", " 3", " [a, b]", " {a: b}", " true", " {$ref: '#'}"].map(|value| format!("{key}:{value}")),
            );
        }
        let worse = damaged.swap_remove(at % damaged.len());
        let text: Vec<&str> =
            lines.iter().enumerate().map(|(n, line)| if n == at { worse.as_str() } else { line }).collect();
        for profile in [Profile::House, Profile::Foreign] {
            Case::new("damaged.yaml", text.join("\n"), profile).rendered();
        }
    }
}
