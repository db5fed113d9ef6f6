//! Names of crates: which are fine, and one for a document.

use codegen::model::Name;

/// What cargo or the compiler keeps for itself.
const TAKEN: &[&str] = &[
    "alloc",
    "build",
    "core",
    "deps",
    "examples",
    "incremental",
    "proc-macro",
    "proc_macro",
    "std",
    "test",
    "abstract",
    "as",
    "async",
    "await",
    "become",
    "box",
    "break",
    "const",
    "continue",
    "crate",
    "do",
    "dyn",
    "else",
    "enum",
    "extern",
    "false",
    "final",
    "fn",
    "for",
    "gen",
    "if",
    "impl",
    "in",
    "let",
    "loop",
    "macro",
    "match",
    "mod",
    "move",
    "mut",
    "override",
    "priv",
    "pub",
    "ref",
    "return",
    "self",
    "static",
    "struct",
    "super",
    "trait",
    "true",
    "try",
    "type",
    "typeof",
    "unsafe",
    "unsized",
    "use",
    "virtual",
    "where",
    "while",
    "yield",
];

/// The longest name that crates.io takes.
const LONGEST: usize = 64;

/// Returns what is wrong with a name, if anything.
pub(crate) fn fault(name: &str) -> Option<String> {
    let sign = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_';
    if !name.starts_with(|c: char| c.is_ascii_lowercase()) || !name.chars().all(sign) {
        Some("it must be a lower-case letter, then lower-case letters, digits, `-` and `_`".to_owned())
    } else if name.len() > LONGEST {
        Some(format!("it must have {LONGEST} characters or fewer"))
    } else if TAKEN.contains(&name) {
        Some("this word is taken by Rust".to_owned())
    } else {
        None
    }
}

/// Returns a name for a document's title: its words, with what no crate's name may have left out.
pub(crate) fn from_title(title: &str) -> String {
    let words = Name::new(title);
    let ascii = |word: &String| word.chars().filter(char::is_ascii_alphanumeric).collect::<String>();
    let words: Vec<String> = words.words().iter().map(ascii).filter(|word| !word.is_empty()).collect();
    let mut name = words.join("-");
    if !name.starts_with(|c: char| c.is_ascii_lowercase()) {
        name = format!("api-{name}");
    }
    name.truncate(LONGEST);
    let name = name.trim_end_matches('-');
    if fault(name).is_some() { format!("{name}-client") } else { name.to_owned() }
}
