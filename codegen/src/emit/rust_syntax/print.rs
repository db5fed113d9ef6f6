//! From tokens to text: prettyplease, blank lines between items, the banner.

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::Item;

use crate::emit::{EmitError, OutFile};

/// Returns a file with the banner and a module doc before its items.
pub(in crate::emit) fn file(path: &str, banner: &str, about: &str, items: TokenStream) -> Result<OutFile, EmitError> {
    let file = syn::parse2(items).map_err(|error| EmitError(format!("{path}: not Rust: {error}")))?;
    Ok(text(path, banner, about, &file))
}

/// The same for a file that is parsed already.
pub(in crate::emit) fn text(path: &str, banner: &str, about: &str, file: &syn::File) -> OutFile {
    let (mut uses, items): (Vec<Item>, Vec<Item>) =
        file.items.iter().cloned().partition(|item| matches!(item, Item::Use(_)));
    uses.sort_by_cached_key(|item| {
        let text = item.to_token_stream().to_string();
        (!text.starts_with("use std"), is_own(&text), text.starts_with("use super"), text)
    });
    let (own, others): (Vec<Item>, Vec<Item>) =
        uses.into_iter().partition(|item| is_own(&item.to_token_stream().to_string()));
    let unparse =
        |items| prettyplease::unparse(&syn::File { shebang: None, frontmatter: None, attrs: Vec::new(), items });
    let parts = [unparse(others), unparse(own), airy(&unparse(items))];
    let parts: Vec<&str> = parts.iter().map(String::as_str).filter(|part| !part.is_empty()).collect();
    let code = parts.join("\n");
    OutFile { path: path.to_owned(), text: format!("{banner}\n//! {about}\n\n{code}") }
}

/// Whether an import is from the crate itself.
fn is_own(line: &str) -> bool {
    ["use crate", "use self", "use super"].iter().any(|start| line.starts_with(start))
}

/// Puts a blank line between items, as people do.
fn airy(code: &str) -> String {
    let mut out = String::with_capacity(code.len() + code.len() / 20);
    let mut previous = "";
    for line in code.lines() {
        if parts(previous, line) {
            out.push('\n');
        }
        out.push_str(line);
        out.push('\n');
        previous = line;
    }
    out
}

fn parts(previous: &str, line: &str) -> bool {
    let indent = |line: &str| line.len() - line.trim_start().len();
    let (before, after) = (previous.trim_start(), line.trim_start());
    if before.is_empty() || indent(previous) != indent(line) {
        return false;
    }
    let begins = [
        "///",
        "#[",
        "pub ",
        "pub(",
        "impl",
        "fn ",
        "async fn",
        "const ",
        "type ",
        "crate::internal::",
        "crate::api::",
    ];
    if before.starts_with("const ") && before.ends_with(';') && after.starts_with("const ") {
        return false;
    }
    let item = begins.iter().any(|word| after.starts_with(word)) && !after.contains(" mod ");
    let ended = !before.starts_with("//") && (before.starts_with('}') || before.ends_with(';'));
    ended && item
}
