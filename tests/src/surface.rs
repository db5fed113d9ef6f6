//! The public surface of a Rust crate as a short text: every public item with its signature, without docs and bodies.
//!
//! What a macro of the runtime adds is named where it is called, and its methods are listed once, where it stands.

use std::collections::HashSet;
use std::fmt::Write as _;
use std::path::Path;

use syn::{Fields, ImplItem, Item, ReturnType, Signature, TraitItem, UseTree, Visibility};

use crate::reachable::{Module, made, modules};

/// What can be seen of one file.
#[derive(Default)]
struct View {
    /// Its items of which only some can be named from outside; none if all that are public can.
    only: Option<HashSet<String>>,
    /// The types that can be named from outside.
    types: HashSet<String>,
    /// Types and traits that can't.
    hidden: HashSet<String>,
    /// The macros that the surface is made with.
    macros: HashSet<String>,
}

impl View {
    fn shows(&self, visibility: &Visibility, name: &syn::Ident) -> bool {
        is_public(visibility) && self.only.as_ref().is_none_or(|only| only.contains(&name.to_string()))
    }

    fn whole(&self, visibility: &Visibility) -> bool {
        is_public(visibility) && self.only.is_none()
    }
}

/// Returns the surface of the crate whose `lib.rs` is in this folder: what can be named from outside, and no more.
///
/// # Panics
/// If its modules can't be read.
#[must_use]
pub fn crate_surface(src: &Path) -> String {
    let modules = modules(src);
    let (shown, own): (Vec<_>, Vec<_>) = modules.iter().flat_map(made).partition(|(_, shown)| *shown);
    let shown: HashSet<String> = shown.into_iter().map(|(name, _)| name).collect();
    let own: HashSet<String> = own.into_iter().map(|(name, _)| name).collect();
    let called = modules.iter().filter(|module| module.whole).flat_map(|module| &module.syntax.items);
    let macros: HashSet<String> = called.filter_map(called_macro).collect();
    let view = |module: &Module| {
        // A name may be made twice; in its own module it means the one that is made there.
        let here: HashSet<String> = made(module).filter(|(_, shown)| !shown).map(|(name, _)| name).collect();
        View {
            only: (!module.whole).then(|| module.names.iter().cloned().collect()),
            types: &shown - &here,
            hidden: &(&own - &shown) | &here,
            macros: macros.clone(),
        }
    };
    print(modules.iter().map(|module| (module.file.as_str(), &module.syntax, view(module))))
}

/// Returns the surface of some files, each under its path. All that is public in them counts.
///
/// # Panics
/// If a file is no Rust; the message names it.
#[must_use]
pub fn surface<'a>(files: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let files: Vec<(&str, syn::File)> = files
        .into_iter()
        .map(|(path, text)| (path, syn::parse_file(text).unwrap_or_else(|error| panic!("{path}: {error}"))))
        .collect();
    let types: HashSet<String> = files.iter().flat_map(|(_, file)| &file.items).filter_map(public_type).collect();
    let view = |file: &syn::File| {
        let hidden = file.items.iter().flat_map(internal).collect();
        View { types: types.clone(), hidden, ..View::default() }
    };
    print(files.iter().map(|(path, file)| (*path, file, view(file))))
}

fn print<'a>(files: impl Iterator<Item = (&'a str, &'a syn::File, View)>) -> String {
    let mut out = String::new();
    for (path, file, view) in files {
        let mut lines = Vec::new();
        file.items.iter().for_each(|item| list(item, &view, &mut lines));
        if !lines.is_empty() {
            let _ = writeln!(out, "{path}");
            for line in lines {
                let _ = writeln!(out, "    {line}");
            }
        }
    }
    out
}

/// The name of a public type.
fn public_type(item: &Item) -> Option<String> {
    name_of(item).filter(|(_, public)| *public).map(|(name, _)| name)
}

/// The name of a type or trait that is made here, and whether it is public.
pub(crate) fn name_of(item: &Item) -> Option<(String, bool)> {
    let (name, visibility) = match item {
        Item::Struct(item) => (&item.ident, &item.vis),
        Item::Enum(item) => (&item.ident, &item.vis),
        Item::Union(item) => (&item.ident, &item.vis),
        Item::Trait(item) => (&item.ident, &item.vis),
        _ => return None,
    };
    Some((name.to_string(), is_public(visibility)))
}

/// The name of a macro that is called in place of items.
fn called_macro(item: &Item) -> Option<String> {
    match item {
        Item::Macro(item) if item.ident.is_none() => item.mac.path.segments.last().map(|last| last.ident.to_string()),
        _ => None,
    }
}

/// The names that come from the runtime's seam, of which nothing is public.
fn internal(item: &Item) -> Vec<String> {
    let Item::Use(item) = item else { return Vec::new() };
    match &item.tree {
        UseTree::Path(path) if path.ident == "crate" => match &*path.tree {
            UseTree::Path(path) if path.ident == "internal" => words(&code(&path.tree)),
            _ => Vec::new(),
        },
        _ => Vec::new(),
    }
}

fn words(text: &str) -> Vec<String> {
    let words = text.split(|c: char| !c.is_alphanumeric() && c != '_');
    words.filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

fn list(item: &Item, view: &View, lines: &mut Vec<String>) {
    match item {
        Item::Use(item) if view.whole(&item.vis) => lines.push(format!("pub use {};", code(&item.tree))),
        Item::Mod(item) if view.whole(&item.vis) && item.content.is_none() => {
            lines.push(format!("pub mod {}", item.ident));
        }
        Item::Static(item) if view.shows(&item.vis, &item.ident) => {
            lines.push(format!("pub static {}: {}", item.ident, code(&item.ty)));
        }
        Item::Trait(item) if view.shows(&item.vis, &item.ident) => {
            lines.push(format!("pub trait {}{}", item.ident, code(&item.generics)));
            for method in &item.items {
                if let TraitItem::Fn(method) = method {
                    lines.push(format!("{}: {}", item.ident, signature(&method.sig)));
                }
            }
        }
        Item::Const(item) if view.shows(&item.vis, &item.ident) => {
            lines.push(format!("pub const {}: {}", item.ident, code(&item.ty)));
        }
        Item::Type(item) if view.shows(&item.vis, &item.ident) => {
            lines.push(format!("pub type {} = {}", item.ident, code(&item.ty)));
        }
        Item::Fn(item) if view.shows(&item.vis, &item.sig.ident) => lines.push(format!("pub {}", signature(&item.sig))),
        Item::Struct(item) if view.shows(&item.vis, &item.ident) => {
            let fields = match &item.fields {
                Fields::Named(fields) => {
                    let fields = fields.named.iter().filter(|field| is_public(&field.vis));
                    let name = |field: &syn::Field| field.ident.as_ref().map(ToString::to_string).unwrap_or_default();
                    let fields: Vec<String> =
                        fields.map(|field| format!("{}: {}", name(field), code(&field.ty))).collect();
                    if fields.is_empty() { String::new() } else { format!(" {{ {} }}", fields.join(", ")) }
                }
                Fields::Unnamed(fields) => {
                    let fields: Vec<String> = fields
                        .unnamed
                        .iter()
                        .filter(|field| is_public(&field.vis))
                        .map(|field| code(&field.ty))
                        .collect();
                    if fields.is_empty() { String::new() } else { format!("({})", fields.join(", ")) }
                }
                Fields::Unit => String::new(),
            };
            lines.push(format!("pub struct {}{}{fields}", item.ident, code(&item.generics)));
        }
        Item::Enum(item) if view.shows(&item.vis, &item.ident) => {
            let variants: Vec<String> = item
                .variants
                .iter()
                .map(|variant| {
                    let fields: Vec<String> = variant.fields.iter().map(|field| code(&field.ty)).collect();
                    if fields.is_empty() {
                        variant.ident.to_string()
                    } else {
                        format!("{}({})", variant.ident, fields.join(", "))
                    }
                })
                .collect();
            lines.push(format!("pub enum {} {{ {} }}", item.ident, variants.join(", ")));
        }
        Item::Impl(item) if item.trait_.is_none() => {
            let of = base(&item.self_ty);
            // Two clients have one name; the generated code tells them apart by a path.
            if of != "crate::blocking::Client" && (of.contains("::") || view.hidden.contains(&of)) {
                return;
            }
            for method in &item.items {
                if let ImplItem::Fn(method) = method
                    && is_public(&method.vis)
                {
                    lines.push(format!("{}: pub {}", code(&item.self_ty), signature(&method.sig)));
                }
            }
        }
        Item::Impl(item) => {
            let Some((of, _)) = &item.trait_ else { return };
            let of = code(of);
            if view.types.contains(&base(&item.self_ty)) && !words(&of).iter().any(|word| view.hidden.contains(word)) {
                lines.push(format!("impl {of} for {}", code(&item.self_ty)));
            }
        }
        Item::Macro(item) if item.ident.is_none() && view.only.is_none() => {
            let name = code(&item.mac.path);
            let name = name.trim_start_matches("crate::internal::");
            let arguments = item.mac.tokens.to_string();
            lines.push(tidy(&format!("{name}!({arguments})")));
        }
        Item::Macro(item) if item.ident.as_ref().is_some_and(|name| view.macros.contains(&name.to_string())) => {
            let text = item.mac.tokens.to_string();
            for (at, _) in text.match_indices("pub ") {
                let rest = &text[at..];
                let end = rest.find('{').unwrap_or(rest.len());
                let method = tidy(rest[..end].trim());
                if method.contains("fn ") {
                    lines.push(format!(
                        "{}!: {method}",
                        item.ident.as_ref().map(ToString::to_string).unwrap_or_default()
                    ));
                }
            }
        }
        _ => {}
    }
}

/// A type without its arguments.
fn base(ty: &syn::Type) -> String {
    code(ty).split('<').next().unwrap_or_default().to_owned()
}

pub(crate) fn is_public(visibility: &Visibility) -> bool {
    matches!(visibility, Visibility::Public(_))
}

fn signature(signature: &Signature) -> String {
    let inputs: Vec<String> = signature.inputs.iter().map(code).collect();
    let output = match &signature.output {
        ReturnType::Default => String::new(),
        ReturnType::Type(_, ty) => format!(" -> {}", code(ty)),
    };
    let asyncness = if signature.asyncness.is_some() { "async " } else { "" };
    format!("{asyncness}fn {}{}({}){output}", signature.ident, code(&signature.generics), inputs.join(", "))
        .replace("mut self", "self")
}

fn code(tokens: &impl quote::ToTokens) -> String {
    tidy(&tokens.to_token_stream().to_string())
}

/// Takes out the spaces that tokens are printed with and people don't write.
fn tidy(text: &str) -> String {
    let mut text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    for (from, to) in [
        (" :: ", "::"),
        (":: ", "::"),
        (" ::", "::"),
        (" < ", "<"),
        ("< ", "<"),
        (" <", "<"),
        (" > ", "> "),
        (" >", ">"),
        (" , ", ", "),
        (" ,", ","),
        (" ( ", "("),
        (" (", "("),
        ("( ", "("),
        (" )", ")"),
        ("& ", "&"),
        (" : ", ": "),
        (" ;", ";"),
        ("' ", "'"),
        (" !", "!"),
        ("$ ", "$"),
        ("=(", "= ("),
        (":::", ": ::"),
        ("mut self", "self"),
        ("{ ", "{"),
        (" }", "}"),
        ("=(", "= ("),
        (":::", ": ::"),
        ("mut self", "self"),
    ] {
        text = text.replace(from, to);
    }
    text
}
