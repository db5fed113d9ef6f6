//! The public surface of a Rust crate as a short text: every public item with its signature, without docs and bodies.
//!
//! What a macro of the runtime adds is named where it is called, and its methods are listed once, where it stands.

use std::collections::HashSet;
use std::fmt::Write as _;

use syn::{Fields, ImplItem, Item, ReturnType, Signature, Visibility};

/// Returns the surface of some files, each under its path.
///
/// # Panics
/// If a file is no Rust; the message names it.
#[must_use]
pub fn surface<'a>(files: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let mut out = String::new();
    let files: Vec<(&str, syn::File)> = files
        .into_iter()
        .map(|(path, text)| (path, syn::parse_file(text).unwrap_or_else(|error| panic!("{path}: {error}"))))
        .collect();
    let types: HashSet<String> = files.iter().flat_map(|(_, file)| &file.items).filter_map(public_type).collect();
    for (path, file) in files {
        let mut lines = Vec::new();
        file.items.iter().for_each(|item| list(item, &types, &mut lines));
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
    match item {
        Item::Struct(item) if public(&item.vis) => Some(item.ident.to_string()),
        Item::Enum(item) if public(&item.vis) => Some(item.ident.to_string()),
        _ => None,
    }
}

fn list(item: &Item, types: &HashSet<String>, lines: &mut Vec<String>) {
    match item {
        Item::Use(item) if public(&item.vis) => lines.push(format!("pub use {};", code(&item.tree))),
        Item::Mod(item) if public(&item.vis) && item.content.is_none() => lines.push(format!("pub mod {}", item.ident)),
        Item::Const(item) if public(&item.vis) => lines.push(format!("pub const {}: {}", item.ident, code(&item.ty))),
        Item::Type(item) if public(&item.vis) => lines.push(format!("pub type {} = {}", item.ident, code(&item.ty))),
        Item::Fn(item) if public(&item.vis) => lines.push(format!("pub {}", signature(&item.sig))),
        Item::Struct(item) if public(&item.vis) => {
            let fields = match &item.fields {
                Fields::Named(fields) => {
                    let fields = fields.named.iter().filter(|field| public(&field.vis));
                    let name = |field: &syn::Field| field.ident.as_ref().map(ToString::to_string).unwrap_or_default();
                    let fields: Vec<String> =
                        fields.map(|field| format!("{}: {}", name(field), code(&field.ty))).collect();
                    if fields.is_empty() { String::new() } else { format!(" {{ {} }}", fields.join(", ")) }
                }
                Fields::Unnamed(fields) => {
                    let fields: Vec<String> =
                        fields.unnamed.iter().filter(|field| public(&field.vis)).map(|field| code(&field.ty)).collect();
                    if fields.is_empty() { String::new() } else { format!("({})", fields.join(", ")) }
                }
                Fields::Unit => String::new(),
            };
            lines.push(format!("pub struct {}{}{fields}", item.ident, code(&item.generics)));
        }
        Item::Enum(item) if public(&item.vis) => {
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
            for method in &item.items {
                if let ImplItem::Fn(method) = method
                    && public(&method.vis)
                {
                    lines.push(format!("{}: pub {}", code(&item.self_ty), signature(&method.sig)));
                }
            }
        }
        Item::Impl(item) => {
            let Some((of, _)) = &item.trait_ else { return };
            let of = code(of);
            let ours = code(&item.self_ty).split('<').next().is_some_and(|name| types.contains(name));
            if ours
                && of != "From<Details>"
                && !of.ends_with("Call")
                && !of.contains("ClientHooks")
                && !of.contains("ClientInfo")
            {
                lines.push(format!("impl {of} for {}", code(&item.self_ty)));
            }
        }
        Item::Macro(item) if item.ident.is_none() => {
            let name = code(&item.mac.path);
            let name = name.trim_start_matches("crate::internal::");
            let arguments = item.mac.tokens.to_string();
            lines.push(tidy(&format!("{name}!({arguments})")));
        }
        Item::Macro(item) => {
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

fn public(visibility: &Visibility) -> bool {
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
