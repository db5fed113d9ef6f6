//! The documents in `tests/fixtures/`: what is found in each, its model, and the surface of its crate.

use codegen::emit::rust;
use infrai_tests::fixture::Fixture;
use infrai_tests::outline::outline;
use infrai_tests::surface::surface;

/// A snapshot that is longer is read by nobody.
const LONGEST: usize = 400;

#[test]
fn each_gives_what_its_snapshot_shows() {
    insta::glob!("../fixtures", "*/openapi.yaml", |path| {
        let folder = path.parent().expect("a folder");
        let fixture = Fixture::open(&folder.file_name().expect("a name").to_string_lossy());
        let text = shown(&fixture);
        assert!(text.lines().count() < LONGEST, "{} makes {} lines", fixture.case, text.lines().count());
        let mut settings = insta::Settings::clone_current();
        settings.set_snapshot_path(folder);
        settings.remove_snapshot_suffix();
        settings.remove_input_file();
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        settings.bind(|| insta::assert_snapshot!("generated", text));
    });
}

fn shown(fixture: &Fixture) -> String {
    let files = rust::emit(&fixture.api).unwrap_or_else(|error| panic!("{}: {error}", fixture.case));
    let public = files.iter().filter(|file| ["api.rs", "requests.rs", "types.rs"].contains(&file.path.as_str()));
    let listed = surface(public.map(|file| (file.path.as_str(), file.text.as_str())));
    let findings = if fixture.findings.is_empty() { "nothing was found" } else { &fixture.findings };
    format!("{findings}\n\n{}\n{listed}", outline(&fixture.api))
}

#[test]
fn no_operation_gets_lost() {
    for fixture in Fixture::all() {
        let lost = fixture.operations - fixture.api.operations.len();
        let said = fixture.findings.matches("the operation is left out").count();
        assert_eq!(lost, said, "{}:\n{}", fixture.case, fixture.findings);
    }
}

#[test]
fn each_is_about_one_thing() {
    for fixture in Fixture::all() {
        let lines = fixture.source.text.lines().count();
        assert!(lines <= 80, "{} has {lines} lines", fixture.case);
        assert!(fixture.source.text.starts_with("# "), "{} doesn't say what it is about", fixture.case);
    }
}
