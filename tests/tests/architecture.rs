//! Who may import whom, and what every hand-written file has.
//!
//! The table is that of ARCHITECTURE.md; it is read off the `use` lines, and paths in the text count, too.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use codegen::emit::{BANNER, rust};
use infrai_tests::paths::{read, root};
use syn::visit_mut::{self, VisitMut};

/// The most lines of a hand-written file, its unit tests left out.
const LONGEST: usize = 500;

/// A layer: which files it is made of, and what they must not name. A `!` before a path takes it out of the layer.
struct Layer {
    files: &'static [&'static str],
    never: &'static [&'static str],
}

const LAYERS: &[Layer] = &[
    Layer {
        files: &["codegen/src/diag.rs"],
        never: &["codegen::spec", "codegen::model", "codegen::emit", "codegen::diff"],
    },
    Layer { files: &["codegen/src/spec"], never: &["codegen::model", "codegen::emit", "codegen::diff"] },
    Layer {
        files: &["codegen/src/model", "!codegen/src/model/lower"],
        never: &["codegen::spec", "codegen::emit", "codegen::diff", "openapiv3", "serde_yaml", "granit_parser"],
    },
    Layer { files: &["codegen/src/model/lower"], never: &["codegen::emit", "codegen::diff", "openapiv3"] },
    Layer { files: &["codegen/src/emit"], never: &["codegen::spec", "codegen::diff", "codegen::model::lower"] },
    Layer { files: &["codegen/src/diff"], never: &["codegen::spec", "codegen::emit", "codegen::model::lower"] },
    // What only the targets that write Rust may know, and what only the client's.
    Layer {
        files: &["codegen/src", "!codegen/src/emit/rust", "!codegen/src/emit/server", "!codegen/src/emit/rust_syntax"],
        never: &["syn", "quote", "proc_macro2", "prettyplease"],
    },
    Layer { files: &["codegen/src", "!codegen/src/emit/rust"], never: &["progenitor"] },
    // Text in, files or diagnostics out.
    Layer {
        files: &["codegen/src"],
        never: &["std::fs", "std::env", "std::net", "std::process", "std::time", "std::thread"],
    },
    Layer {
        files: &["generated-client/src"],
        never: &["codegen", "infrai_codegen", "openapiv3", "progenitor", "syn", "quote"],
    },
    Layer {
        files: &["generated-client/src/generated"],
        never: &["infrai::client", "infrai::transport", "infrai::failure"],
    },
    // What goes to a store can't have the key in it.
    Layer {
        files: &["generated-client/src/transfer"],
        never: &[
            "infrai::auth",
            "infrai::credentials",
            "infrai::credentials_file",
            "infrai::connection",
            "infrai::exec",
        ],
    },
    Layer { files: &["gateway/src", "gateway/store/src"], never: &["codegen", "infrai", "infrai_tests", "xtask"] },
    Layer {
        files: &[
            "gateway/src",
            "!gateway/src/embedded.rs",
            "!gateway/src/strays.rs",
            "!gateway/src/gateway.rs",
            "!gateway/src/server",
            "!gateway/src/command",
        ],
        never: &["infrai_store"],
    },
    Layer { files: &["gateway/store/src"], never: &["infrai_gateway"] },
    Layer { files: &["gateway/store/src/engine"], never: &["infrai_store::s3", "http", "hyper"] },
    Layer { files: &["xtask/src"], never: &["infrai", "syn", "quote", "prettyplease", "progenitor", "openapiv3"] },
];

/// The gateway's modules, and which others each may name. What puts the parts together comes last.
const MODULES: &[(&str, &[&str])] = &[
    ("state", &[]),
    ("account", &["state"]),
    ("vendor", &["state"]),
    ("api", &["state"]),
    ("generated", &["api"]),
    ("service", &["account", "api", "generated", "state", "vendor"]),
    ("config", &["account", "state", "vendor"]),
    ("embedded", &["state", "vendor"]),
    ("strays", &["config", "state", "vendor"]),
    ("server", TOP),
    ("gateway", TOP),
    ("command", TOP),
];

/// All modules, and what `lib.rs` shows of `gateway.rs`.
const TOP: &[&str] = &[
    "account",
    "api",
    "command",
    "config",
    "embedded",
    "gateway",
    "generated",
    "server",
    "service",
    "state",
    "strays",
    "vendor",
    "Gateway",
    "StartError",
    "KEPT_AFTER_TRIAL",
];

/// What unit tests may name besides: the runtime is tried on real routes.
const IN_UNIT_TESTS: [(&str, &str); 1] = [("api", "generated")];

/// The members as the table of dependencies calls them, and their folders.
const MEMBERS: [(&str, &str); 6] = [
    ("codegen", "codegen"),
    ("client", "generated-client"),
    ("gateway", "gateway"),
    ("store", "gateway/store"),
    ("tests", "tests"),
    ("xtask", "xtask"),
];

/// Crates by their folders.
const CRATES: [(&str, &str); 5] = [
    ("codegen/src", "codegen"),
    ("gateway/src", "infrai_gateway"),
    ("gateway/store/src", "infrai_store"),
    ("generated-client/src", "infrai"),
    ("xtask/src", "xtask"),
];

/// What targets share.
const SHARED: [&str; 1] = ["rust_syntax"];

/// The folders of what is generated.
const GENERATED: [&str; 2] = ["gateway/src/generated", "generated-client/src/generated"];

/// The folders of the targets: one must not name another, and what they share names none.
fn targets() -> Vec<String> {
    let entries = fs::read_dir(root("codegen/src/emit")).expect("the targets' folder");
    let folders = entries.map(|entry| entry.expect("an entry").path()).filter(|path| path.is_dir());
    let names = folders.map(|path| path.file_name().expect("a name").to_string_lossy().into_owned());
    names.filter(|name| !SHARED.contains(&name.as_str())).collect()
}

#[test]
fn nothing_is_imported_that_must_not_be() {
    let mut wrong = Vec::new();
    for layer in LAYERS {
        for file in files(layer.files) {
            let used = used(&file);
            wrong.extend(
                layer.never.iter().filter(|path| names(&used, path)).map(|path| format!("{file} names `{path}`")),
            );
        }
    }
    for target in targets().into_iter().chain(SHARED.map(str::to_owned)) {
        for file in files(&[&format!("codegen/src/emit/{target}")]) {
            let used = used(&file);
            let others = targets().into_iter().filter(|other| *other != target);
            wrong.extend(
                others
                    .map(|other| format!("codegen::emit::{other}"))
                    .filter(|path| names(&used, path))
                    .map(|path| format!("{file} names `{path}`")),
            );
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_module_of_the_gateway_names_only_what_it_may() {
    let mut wrong = Vec::new();
    for (module, may) in MODULES {
        let inside = files(&[&format!("gateway/src/{module}"), &format!("gateway/src/{module}.rs")]);
        assert!(!inside.is_empty(), "there is no module `{module}`");
        for file in inside {
            let code = used_by(&file, Part::Code);
            for path in used(&file) {
                let Some(named) = path.strip_prefix("infrai_gateway::").and_then(|rest| rest.split("::").next()) else {
                    continue;
                };
                let in_a_test = !code.contains(&path) && IN_UNIT_TESTS.contains(&(module, named));
                if named != *module && !may.contains(&named) && !in_a_test {
                    wrong.push(format!("{file} names `{path}`"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));

    let listed: BTreeSet<&str> = MODULES.iter().map(|(module, _)| *module).collect();
    let entries = fs::read_dir(root("gateway/src")).expect("the gateway's folder");
    let names: Vec<String> =
        entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect();
    let there = names.iter().map(|name| name.trim_end_matches(".rs")).filter(|name| !matches!(*name, "lib" | "main"));
    assert_eq!(there.collect::<BTreeSet<_>>(), listed);
}

#[test]
fn each_dependency_has_its_reason() {
    let told = dependencies_told();
    let mut there = BTreeSet::new();
    for (member, folder) in MEMBERS {
        let manifest: toml::Table = read(&format!("{folder}/Cargo.toml")).parse().expect("a manifest");
        let table = |name: &str| manifest.get(name).and_then(toml::Value::as_table).cloned().unwrap_or_default();
        let external = |name: &String| !OWN.contains(&name.as_str());
        there.extend(
            table("dependencies")
                .into_iter()
                .map(|(name, _)| name)
                .filter(external)
                .map(|name| (name, member.to_owned())),
        );
        // Of what only tests and benchmarks of a member need, only peers have to be told.
        let peers = table("dev-dependencies").into_iter().map(|(name, _)| (name, format!("{member}'s benchmark")));
        there.extend(peers.filter(|peer| told.contains(peer)));
    }
    let show = |pairs: Vec<&(String, String)>| format!("{pairs:?}");
    assert_eq!(show(there.difference(&told).collect()), "[]", "not in ARCHITECTURE.md");
    assert_eq!(show(told.difference(&there).collect()), "[]", "in no manifest");
}

/// The members of the workspace, which need no reason.
const OWN: [&str; 4] = ["gateway", "infrai", "infrai-codegen", "infrai-store"];

/// Crate and member, by the table in ARCHITECTURE.md.
fn dependencies_told() -> BTreeSet<(String, String)> {
    let text = read("ARCHITECTURE.md");
    let (_, table) = text.split_once("| crate | where | why |\n| --- | --- | --- |\n").expect("the table");
    let mut told = BTreeSet::new();
    for row in table.lines().take_while(|line| line.starts_with("| ")) {
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        let [_, crates, members, ..] = cells[..] else { panic!("no row: {row}") };
        for name in crates.split(", ").map(|text| text.split(' ').next().unwrap_or(text)) {
            told.extend(members.split(", ").map(|member| (name.to_owned(), member.to_owned())));
        }
    }
    told
}

#[test]
fn each_layer_is_there() {
    for layer in LAYERS {
        assert!(!files(layer.files).is_empty(), "no file is in {:?}", layer.files);
    }
    // The reading of paths finds what is there.
    let used = used("codegen/src/model/lower/mod.rs");
    assert!(
        names(&used, "codegen::spec") && names(&used, "codegen::diag") && !names(&used, "codegen::emit"),
        "{used:?}"
    );
    assert!(names(&self::used("codegen/src/emit/rust/subset.rs"), "openapiv3"));
}

#[test]
fn only_the_subset_and_the_last_rule_know_openapiv3() {
    let knowing: Vec<String> =
        files(&["codegen/src"]).into_iter().filter(|file| names(&used(file), "openapiv3")).collect();
    assert_eq!(knowing, ["codegen/src/emit/rust/subset.rs", "codegen/src/spec/rules/readable.rs"]);
}

#[test]
fn every_module_says_what_it_is_for() {
    for file in by_hand() {
        let text = read(&file);
        let first = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
        assert!(first.starts_with("//! "), "{file} begins with `{first}`");
    }
}

#[test]
fn no_file_is_long() {
    for file in by_hand() {
        let text = read(&file);
        let lines = text.split("\n#[cfg(test)]\nmod tests").next().unwrap_or_default().lines().count();
        assert!(lines <= LONGEST, "{file} has {lines} lines");
    }
}

#[test]
fn unit_tests_stand_last() {
    // The copy of the runtime in other crates ends where they begin.
    for (path, text) in rust::RUNTIME {
        let Some((_, tests)) = text.split_once("\n#[cfg(test)]\nmod tests {") else { continue };
        let (_, after) = tests.split_once("\n}").expect("the tests' end");
        assert!(after.trim().is_empty(), "{path} goes on behind its tests");
    }
}

#[test]
fn no_file_knows_where_it_was_written() {
    // In pieces, for this file is looked at, too.
    let places = [["/wo", "rk/"], ["/ro", "ot/"], ["/ho", "me/"], ["sha", "red/"], ["/Us", "ers/"], ["C:", "\\"]]
        .map(|parts| parts.concat());
    let folders = [
        "codegen",
        "gateway",
        "generated-client",
        "xtask",
        "tests/src",
        "tests/tests",
        "tests/fixtures",
        "openapi",
        "docs",
        ".cargo",
        "sdks/python/src",
        "sdks/python/tests",
    ];
    let single = [
        "Cargo.toml",
        "rustfmt.toml",
        "clippy.toml",
        "README.md",
        "ARCHITECTURE.md",
        "CONTRIBUTING.md",
        "CHANGELOG.md",
        "sdks/python/README.md",
        "sdks/python/pyproject.toml",
    ];
    let mut all = Vec::new();
    for folder in folders {
        walk(&root(folder), &mut all);
    }
    all.extend(single.iter().map(|name| (*name).to_owned()).filter(|name| root(name).exists()));
    for file in all {
        let Ok(text) = fs::read_to_string(root(&file)) else { continue };
        for (number, line) in text.lines().enumerate() {
            let place = places.iter().find(|place| line.contains(place.as_str()));
            assert!(place.is_none(), "{file}:{}: {line}", number + 1);
        }
    }
}

#[test]
fn generated_files_say_so_and_no_other_does() {
    for file in files(&GENERATED) {
        assert_eq!(read(&file).lines().next(), Some(BANNER), "{file}");
    }
    for file in by_hand() {
        assert!(!read(&file).lines().next().unwrap_or_default().contains("@generated"), "{file}");
    }
}

#[test]
fn a_standalone_crate_has_the_whole_runtime() {
    let there: BTreeSet<String> = files(&["generated-client/src", "!generated-client/src/generated"])
        .iter()
        .filter_map(|file| file.strip_prefix("generated-client/src/").map(str::to_owned))
        .filter(|file| !rust::OURS_ALONE.iter().any(|ours| file.starts_with(ours)))
        .collect();
    let listed: BTreeSet<String> = rust::RUNTIME.iter().map(|(path, _)| (*path).to_owned()).collect();
    assert_eq!(listed, there);
    assert_eq!(listed.len(), rust::RUNTIME.len(), "a file is listed twice");
    for ours in rust::OURS_ALONE {
        assert!(root(&format!("generated-client/src/{ours}")).exists(), "there is no {ours}");
    }
}

/// Files that people write.
fn by_hand() -> Vec<String> {
    let mut folders = vec!["codegen/src", "gateway", "generated-client/src", "xtask/src", "tests/src", "tests/tests"];
    let generated = GENERATED.map(|folder| format!("!{folder}"));
    folders.extend(generated.iter().map(String::as_str));
    files(&folders)
}

/// The Rust files of some folders, from the repository's root.
fn files(of: &[&str]) -> Vec<String> {
    let (out, of): (Vec<&str>, Vec<&str>) = of.iter().partition(|path| path.starts_with('!'));
    let mut all = Vec::new();
    for place in of {
        walk(&root(place), &mut all);
    }
    let below = |file: &str, folder: &str| file == folder || file.starts_with(&format!("{folder}/"));
    all.retain(|file| {
        Path::new(file).extension().is_some_and(|end| end == "rs") && !out.iter().any(|place| below(file, &place[1..]))
    });
    all.sort();
    all
}

fn walk(place: &Path, found: &mut Vec<String>) {
    if place.is_dir() {
        for entry in fs::read_dir(place).expect("a folder") {
            let path = entry.expect("an entry").path();
            if !path.ends_with("target") && !path.ends_with("node_modules") {
                walk(&path, found);
            }
        }
    } else if place.is_file() {
        let path = place.strip_prefix(root("")).expect("below the root");
        found.push(path.to_string_lossy().replace('\\', "/"));
    }
}

/// Whether one of the paths is this one or begins with it.
fn names(used: &BTreeSet<String>, path: &str) -> bool {
    used.iter().any(|one| one == path || one.starts_with(&format!("{path}::")))
}

/// The paths that a file names, from their crate's root. Those of words that are no module are there, too, and do no harm.
fn used(file: &str) -> BTreeSet<String> {
    used_by(file, Part::All)
}

/// What of a file is looked at.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    All,
    /// Without its unit tests.
    Code,
}

fn used_by(file: &str, part: Part) -> BTreeSet<String> {
    let (folder, krate) = CRATES.into_iter().find(|(folder, _)| file.starts_with(folder)).expect("a file of a crate");
    let text = read(file);
    let mut tree = syn::parse_file(&text).unwrap_or_else(|error| panic!("{file}: {error}"));
    let inner = file[folder.len()..].trim_start_matches('/').trim_end_matches(".rs");
    let module: Vec<&str> = inner.split('/').filter(|part| !matches!(*part, "mod" | "lib" | "main" | "")).collect();
    let module: Vec<String> = std::iter::once(krate).chain(module).map(str::to_owned).collect();
    let mut paths = Paths { module, part, found: BTreeSet::new() };
    paths.visit_file_mut(&mut tree);
    paths.found
}

struct Paths {
    module: Vec<String>,
    part: Part,
    found: BTreeSet<String>,
}

impl Paths {
    fn add(&mut self, words: &[String]) {
        let Some(first) = words.first() else { return };
        let ups = words.iter().take_while(|word| *word == "super").count();
        let path = match first.as_str() {
            "crate" => [&self.module[..1], &words[1..]].concat(),
            "self" => [&self.module[..], &words[1..]].concat(),
            "super" => [&self.module[..self.module.len().saturating_sub(ups)], &words[ups..]].concat(),
            _ => words.to_vec(),
        };
        self.found.insert(path.join("::"));
    }

    fn tree(&mut self, before: &[String], tree: &syn::UseTree) {
        match tree {
            syn::UseTree::Path(path) => self.tree(&[before, &[path.ident.to_string()]].concat(), &path.tree),
            syn::UseTree::Group(group) => group.items.iter().for_each(|item| self.tree(before, item)),
            syn::UseTree::Name(name) => self.add(&[before, &[name.ident.to_string()]].concat()),
            syn::UseTree::Rename(name) => self.add(&[before, &[name.ident.to_string()]].concat()),
            syn::UseTree::Glob(_) => self.add(before),
        }
    }
}

impl VisitMut for Paths {
    fn visit_item_use_mut(&mut self, item: &mut syn::ItemUse) {
        self.tree(&[], &item.tree);
    }

    fn visit_path_mut(&mut self, path: &mut syn::Path) {
        let words: Vec<String> = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        if words.len() > 1 {
            self.add(&words);
        }
        visit_mut::visit_path_mut(self, path);
    }

    // A module within the file has `super` one further up.
    fn visit_item_mod_mut(&mut self, item: &mut syn::ItemMod) {
        if self.part == Part::Code && item.ident == "tests" {
            return;
        }
        self.module.push(item.ident.to_string());
        visit_mut::visit_item_mod_mut(self, item);
        self.module.pop();
    }
}
