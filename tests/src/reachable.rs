//! Which items of a crate can be named from outside: found from `lib.rs` on, through public modules and re-exports.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use syn::{Item, UseTree};

use crate::surface::{is_public, name_of};

/// A module's place: its name and those of the modules around it.
type Place = Vec<String>;

/// A module of a crate.
pub struct Module {
    /// Its file, from the crate's `src`.
    pub file: String,
    /// Its syntax.
    pub syntax: syn::File,
    /// Whether it is public itself, so that all its public items are.
    pub whole: bool,
    /// The items that are re-exported elsewhere.
    pub names: BTreeSet<String>,
}

impl Module {
    /// Returns whether an item of this name, if public here, can be named from outside.
    #[must_use]
    pub fn shows(&self, name: &str) -> bool {
        self.whole || self.names.contains(name)
    }
}

/// Returns all modules of the crate whose `lib.rs` is in this folder, in order of their files.
///
/// # Panics
/// If a file is missing or is no Rust, or a public module stands in the middle of a file.
#[must_use]
pub fn modules(src: &Path) -> Vec<Module> {
    let mut found = BTreeMap::new();
    read(src, "lib.rs", Vec::new(), &mut found);
    show(&mut found, &Vec::new(), None);
    let mut modules: Vec<Module> = found.into_values().collect();
    modules.sort_by(|a, b| a.file.cmp(&b.file));
    modules
}

/// Reads a module and those below it.
fn read(src: &Path, file: &str, place: Place, found: &mut BTreeMap<Place, Module>) {
    let text = std::fs::read_to_string(src.join(file)).unwrap_or_else(|error| panic!("{file}: {error}"));
    let syntax = syn::parse_file(&text).unwrap_or_else(|error| panic!("{file}: {error}"));
    for item in &syntax.items {
        let Item::Mod(module) = item else { continue };
        if module.content.is_some() {
            assert!(!is_public(&module.vis), "{file}: `{}` needs a file of its own", module.ident);
            continue;
        }
        let below = [&place[..], &[module.ident.to_string()]].concat();
        let path = below.join("/");
        let file = [format!("{path}.rs"), format!("{path}/mod.rs")].into_iter().find(|file| src.join(file).exists());
        read(src, &file.unwrap_or_else(|| panic!("no file for `{path}`")), below, found);
    }
    found.insert(place, Module { file: file.to_owned(), syntax, whole: false, names: BTreeSet::new() });
}

/// Notes that one item of a module, or the whole of it, is public, and what follows from that.
fn show(found: &mut BTreeMap<Place, Module>, place: &Place, name: Option<&str>) {
    let Some(module) = found.get_mut(place) else { return };
    let new = match name {
        Some(name) => module.names.insert(name.to_owned()),
        None => !std::mem::replace(&mut module.whole, true),
    };
    if !new {
        return;
    }
    let mut leads = Vec::new();
    for item in &module.syntax.items {
        match item {
            Item::Mod(item) if name.is_none() && is_public(&item.vis) => {
                leads.push((item.ident.to_string(), [&place[..], &[item.ident.to_string()]].concat()));
            }
            // What is named from outside may be a re-export in its turn.
            Item::Use(item) if name.is_some() || is_public(&item.vis) => {
                let mut paths = Vec::new();
                leaves(&item.tree, &Vec::new(), &mut paths);
                leads.extend(paths.into_iter().map(|(known, path)| (known, absolute(&path, place))));
            }
            _ => {}
        }
    }
    for (_, to) in leads.into_iter().filter(|(known, _)| known == "*" || name.is_none_or(|name| name == known)) {
        if found.contains_key(&to) {
            if name.is_none() {
                show(found, &to, None);
            }
        } else if let Some((last, module)) = to.split_last() {
            match (last.as_str(), name) {
                ("*", name) => show(found, &module.to_vec(), name),
                (last, _) => show(found, &module.to_vec(), Some(last)),
            }
        }
    }
}

/// Lists what a `use` brings: each name that it gives, and the path to what it means.
fn leaves(tree: &UseTree, before: &Place, out: &mut Vec<(String, Place)>) {
    let with = |name: &str| [&before[..], &[name.to_owned()]].concat();
    match tree {
        UseTree::Path(path) => leaves(&path.tree, &with(&path.ident.to_string()), out),
        UseTree::Name(name) => out.push((name.ident.to_string(), with(&name.ident.to_string()))),
        UseTree::Rename(rename) => out.push((rename.rename.to_string(), with(&rename.ident.to_string()))),
        UseTree::Glob(_) => out.push(("*".to_owned(), with("*"))),
        UseTree::Group(group) => group.items.iter().for_each(|tree| leaves(tree, before, out)),
    }
}

/// Returns a path from the crate's root. A path into another crate becomes one that leads nowhere.
fn absolute(path: &Place, place: &Place) -> Place {
    let mut at = place.clone();
    for name in path {
        match name.as_str() {
            "crate" => at.clear(),
            "self" => {}
            "super" => drop(at.pop()),
            name => at.push(name.to_owned()),
        }
    }
    at
}

/// Returns the names of the types and traits that a module makes.
pub fn made(module: &Module) -> impl Iterator<Item = (String, bool)> {
    let types = module.syntax.items.iter().filter_map(name_of);
    types.map(|(name, public)| {
        let shown = public && module.shows(&name);
        (name, shown)
    })
}
