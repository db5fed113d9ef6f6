//! An edit of the description reaches everything: a new optional parameter in a copy of `openapi/storage.yaml`, one
//! `cargo xtask regen`, and all three languages have it, documented, as one line of their surface
//! (and, in Rust, as a field of the body's type).

use std::path::Path;
use std::process::Command;

use codegen::diag::Source;
use codegen::spec::Profile;
use infrai_tests::built;
use infrai_tests::documented::{Method, facts, ours};
use infrai_tests::node::{self, good, is_missing, package};
use infrai_tests::paths::{load, read, root};
use infrai_tests::python;
use infrai_tests::skip::skipped;
use infrai_tests::surface::crate_surface;
use similar::{ChangeTag, TextDiff};
use tempfile::TempDir;

const NAME: &str = "storage_class";
const MEANING: &str = "How the vendor is to keep the objects, in its own terms.";

/// The description with one more optional parameter of `storage.bucket.create`.
fn edited() -> String {
    let before = "        acl:\n          description: Who may read its objects without a signature.";
    let parameter = format!("        {NAME}:\n          type: string\n          description: {MEANING}\n");
    let text = read("openapi/storage.yaml");
    assert_eq!(text.matches(before).count(), 2, "the field of the answer and the parameter, which is the second");
    let at = text.rfind(before).expect("it is there");
    format!("{}{parameter}{}", &text[..at], &text[at..])
}

/// A copy of what the surfaces are read from, with all files made anew from the edited description.
fn regenerated() -> TempDir {
    let folder = TempDir::new().expect("a folder");
    for part in ["generated-client/src", "sdks/python/src", "sdks/typescript"] {
        node::copy(&root(part), &folder.path().join(part)).expect("a copy");
    }
    let spec = folder.path().join("storage.yaml");
    std::fs::write(&spec, edited()).expect("a file");
    let mut regen = Command::new(built::program("xtask"));
    regen.args(["regen", "--spec"]).arg(&spec).arg("--out").arg(folder.path());
    good(&mut regen);
    folder
}

/// The lines that one surface has and the other hasn't.
fn changes(old: &str, new: &str) -> (Vec<String>, Vec<String>) {
    let diff = TextDiff::from_lines(old, new);
    let lines = |tag: ChangeTag| {
        let changed = diff.iter_all_changes().filter(|change| change.tag() == tag);
        changed.map(|change| change.value().trim().to_owned()).collect()
    };
    (lines(ChangeTag::Delete), lines(ChangeTag::Insert))
}

/// Whether a generated file below the folder has the parameter's meaning, however its lines are broken.
fn is_documented(folder: &Path) -> bool {
    let mut files = std::fs::read_dir(folder).expect("a folder").flatten();
    files.any(|entry| {
        let text = std::fs::read_to_string(entry.path()).unwrap_or_default();
        let words: Vec<&str> = text.split_whitespace().filter(|word| !matches!(*word, "*" | "///")).collect();
        words.join(" ").contains(MEANING)
    })
}

#[test]
fn rust_has_it() {
    let folder = regenerated();
    let crate_folder = folder.path().join("generated-client/src");
    let (gone, added) = changes(&crate_surface(&root("generated-client/src")), &crate_surface(&crate_folder));
    let setter = format!("StorageBucketCreate<'_, C>: pub fn {NAME}(self, {NAME}: impl Into<String>) -> Self");
    assert_eq!(added[0], setter);
    // The body that is sent is a public type, too: the field is on its line.
    let field = format!("{NAME}: Option<String>, acl: ");
    assert_eq!(added[1..], gone.iter().map(|line| line.replace("acl: ", &field)).collect::<Vec<_>>());
    assert!(gone.len() == 1 && gone[0].starts_with("pub struct CreateBucketRequest "), "{gone:?}");
    assert!(is_documented(&crate_folder.join("generated")));
}

#[test]
fn python_has_it() {
    let folder = regenerated();
    let surface = |package: &Path| python::surface(package, &[]);
    let old = match surface(&root("sdks/python")) {
        Ok(old) => old,
        Err(why) => return skipped("Python: a new parameter", &why),
    };
    let package = folder.path().join("sdks/python");
    let (gone, added) = changes(&old, &surface(&package).expect("as before"));
    let [gone, added] = [gone, added].map(|lines| <[String; 1]>::try_from(lines).expect("one line"));
    let parameter = format!("{NAME}: str | None = None, acl: ");
    assert_eq!(added[0], gone[0].replace("acl: ", &parameter));
    assert!(is_documented(&package.join("src/infrai/_generated")));
}

#[test]
fn typescript_has_it() {
    let folder = regenerated();
    let tools = match package() {
        Ok(tools) => tools,
        Err(why) if is_missing(&why) => return skipped("TypeScript: a new parameter", &why),
        Err(why) => panic!("{why}"),
    };
    let surface = |package: &Path| good(Command::new("node").arg("tests/surface.mjs").current_dir(package));
    // Below the package, where its tools are found.
    let own = tools.join("edited");
    node::copy(&folder.path().join("sdks/typescript"), &own).expect("a copy");
    let compiler = tools.join("node_modules/typescript/bin/tsc");
    good(Command::new("node").arg(compiler).args(["-p", "tsconfig.json"]).current_dir(&own));
    let (gone, added) = changes(&surface(tools), &surface(&own));
    assert_eq!((gone, added), (vec![], vec![format!("{NAME}?: string | undefined")]));
    assert!(is_documented(&own.join("src/generated")));
    std::fs::remove_dir_all(own).expect("the folder");
}

#[test]
fn the_documented_surface_names_it() {
    let documented = facts(&read("tests/documented/storage.yaml"));
    let api = load(&Source::new("storage.yaml", edited()), Profile::House);
    let lines = |methods: &[Method]| methods.iter().map(Method::lines).collect::<String>();
    let (gone, added) = changes(&lines(&documented), &lines(&ours(&api, &documented)));
    let all = [gone, added.clone()].concat();
    assert!(added.contains(&format!("{NAME}?: string = null")), "{added:?}");
    assert!(all.iter().all(|line| line.contains(NAME) || line.contains("bucket.create(")), "{all:?}");
}
