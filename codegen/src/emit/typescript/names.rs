//! TypeScript identifiers: only a [`Scope`] makes one, so no two in it are the same, and none is a word of the language or of
//! what generated files import.

use std::collections::HashSet;

use crate::model::{Api, Group, Name};

/// Types that generated files use for other things, or that readers would take for others.
const TYPES: [&str; 19] = [
    "ApiPromise",
    "Array",
    "Blob",
    "Boolean",
    "Call",
    "Date",
    "Error",
    "Groups",
    "Headers",
    "Map",
    "Number",
    "Object",
    "Operation",
    "Promise",
    "Record",
    "RequestOptions",
    "Set",
    "Shape",
    "String",
];

/// Values that generated files use for other things, and reserved words (ECMA-262 §12.7.2).
const VALUES: [&str; 51] = [
    "arguments",
    "await",
    "break",
    "call",
    "case",
    "catch",
    "class",
    "const",
    "continue",
    "debugger",
    "default",
    "delete",
    "do",
    "else",
    "enum",
    "eval",
    "export",
    "extends",
    "false",
    "finally",
    "for",
    "function",
    "groups",
    "if",
    "implements",
    "import",
    "in",
    "instanceof",
    "interface",
    "let",
    "new",
    "null",
    "package",
    "private",
    "protected",
    "public",
    "return",
    "static",
    "super",
    "switch",
    "this",
    "throw",
    "true",
    "try",
    "typeof",
    "undefined",
    "var",
    "void",
    "while",
    "with",
    "yield",
];

/// The names of everything that is generated.
pub(super) struct Names {
    /// By the type's index.
    pub(super) types: Vec<String>,
    /// The tables, by the type's index.
    pub(super) shapes: Vec<String>,
    /// The descriptions of operations, by index.
    pub(super) operations: Vec<String>,
    /// The arguments' types, by the operation's index.
    pub(super) options: Vec<String>,
    /// The groups' types and what they are called in their group, by path.
    groups: Vec<(Vec<Name>, GroupNames)>,
    /// What operations are called in their group, by index.
    pub(super) methods: Vec<String>,
}

/// The names of a group.
struct GroupNames {
    ty: String,
    member: String,
}

impl Names {
    pub(super) fn new(api: &Api) -> Self {
        let mut types = Scope::with(&TYPES);
        let mut values = Scope::with(&VALUES);
        let own = api.types.iter().map(|def| types.name(&def.name, "Type")).collect();
        let mut groups = Vec::new();
        let mut methods = vec![String::new(); api.operations.len()];
        name_members(api, &api.root, &mut types, &mut groups, &mut methods);
        let whole = |operation: &crate::model::Operation| Name::concat(&operation.path);
        Self {
            types: own,
            groups,
            methods,
            options: api
                .operations
                .iter()
                .map(|operation| types.name(&whole(operation).join(&Name::new("options")), "Arguments"))
                .collect(),
            shapes: api.types.iter().map(|def| values.value(&def.name, "Shape")).collect(),
            operations: api.operations.iter().map(|operation| values.value(&whole(operation), "Operation")).collect(),
        }
    }

    /// The type of a group.
    pub(super) fn group(&self, path: &[Name]) -> &str {
        self.names(path).map_or("Groups", |names| names.ty.as_str())
    }

    /// What a group is called in its group.
    pub(super) fn member(&self, path: &[Name]) -> &str {
        self.names(path).map_or("", |names| names.member.as_str())
    }

    fn names(&self, path: &[Name]) -> Option<&GroupNames> {
        self.groups.iter().find(|(own, _)| own == path).map(|(_, names)| names)
    }
}

fn name_members(
    api: &Api,
    group: &Group,
    types: &mut Scope,
    groups: &mut Vec<(Vec<Name>, GroupNames)>,
    methods: &mut [String],
) {
    // In an interface, `new(…)` is a constructor.
    let mut members = Scope::with(&["new"]);
    for inner in &group.groups {
        let last = inner.path.last().cloned().unwrap_or_default();
        let names =
            GroupNames { ty: types.name(&Name::concat(&inner.path), "Group"), member: members.value(&last, "Group") };
        groups.push((inner.path.clone(), names));
        name_members(api, inner, types, groups, methods);
    }
    for index in &group.operations {
        let last = api.operations.get(*index).and_then(|operation| operation.path.last());
        if let (Some(method), Some(last)) = (methods.get_mut(*index), last) {
            *method = members.value(last, "Operation");
        }
    }
}

/// A place in which identifiers must differ.
struct Scope {
    taken: HashSet<String>,
}

impl Scope {
    fn with(reserved: &[&str]) -> Self {
        Self { taken: reserved.iter().map(|word| (*word).to_owned()).collect() }
    }

    /// Returns `LikeThis`. One that is taken gets `suffix`, then a number.
    fn name(&mut self, name: &Name, suffix: &str) -> String {
        self.free(&sound(&name.pascal()), suffix)
    }

    /// Returns `likeThis`.
    fn value(&mut self, name: &Name, suffix: &str) -> String {
        self.free(&camel(name), suffix)
    }

    fn free(&mut self, base: &str, suffix: &str) -> String {
        let free = [base.to_owned(), format!("{base}{suffix}")]
            .into_iter()
            .chain((2..=usize::MAX).map(|number| format!("{base}{number}")))
            .find(|candidate| !self.taken.contains(candidate))
            .unwrap_or_else(|| base.to_owned());
        self.taken.insert(free.clone());
        free
    }
}

/// Returns `likeThis`.
pub(super) fn camel(name: &Name) -> String {
    let text = sound(&name.pascal());
    let mut letters = text.chars();
    letters.next().map_or(String::new(), |first| first.to_lowercase().chain(letters).collect())
}

/// Makes a text an identifier.
fn sound(text: &str) -> String {
    let kept: String = text.chars().map(|c| if c.is_alphanumeric() || c == '_' { c } else { '_' }).collect();
    if kept.starts_with(|c: char| c.is_ascii_digit()) || kept.is_empty() { format!("N{kept}") } else { kept }
}
