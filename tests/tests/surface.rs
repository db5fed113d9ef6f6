//! The public surface of the Rust crate, on one page. A change of it is a change for users: review it as one.

use std::path::Path;

use infrai_tests::paths::root;
use infrai_tests::surface::surface;

#[test]
fn rust() {
    let base = root("generated-client/src");
    let mut files = Vec::new();
    collect(&base, &base, &mut files);
    files.sort();
    let listed = surface(files.iter().map(|(path, text)| (path.as_str(), text.as_str())));
    insta::assert_snapshot!("rust", listed);
}

fn collect(base: &Path, folder: &Path, files: &mut Vec<(String, String)>) {
    for entry in std::fs::read_dir(folder).expect("a folder of the crate") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            collect(base, &path, files);
        } else {
            let name = path.strip_prefix(base).expect("below the crate").to_string_lossy().into_owned();
            // Modules that aren't public have no surface but the methods of public types.
            let hidden = [
                "generated/raw.rs",
                "generated/service.rs",
                "service.rs",
                "exec.rs",
                "generated/mod.rs",
                "internal/mod.rs",
            ];
            if !hidden.contains(&name.as_str()) {
                files.push((name, std::fs::read_to_string(&path).expect("a source file")));
            }
        }
    }
}
