//! Holds our reading of YAML to `serde_yaml`'s, and each place that it notes to the text.

use std::fs;
use std::path::{Path, PathBuf};

use codegen::diag::{Report, Source, Span};
use codegen::spec::node::{Node, Value};
use codegen::spec::parse;

/// Every YAML document under `tests/` and `openapi/`.
fn documents() -> Vec<PathBuf> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    let mut folders = vec![here.to_owned(), here.join("../openapi")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("the folder can be read") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                // What npm installed is not ours.
                if !path.ends_with("node_modules") {
                    folders.push(path);
                }
            } else if path.extension().is_some_and(|extension| extension == "yaml" || extension == "yml") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// The documents that are well-formed for both readers.
fn read() -> impl Iterator<Item = (Source, Node)> {
    documents().into_iter().filter_map(|path| {
        let source = Source::new(path.display().to_string(), fs::read_to_string(&path).expect("the file can be read"));
        let mut report = Report::default();
        let node = parse::parse(&source, &mut report)?;
        (!report.has_errors()).then_some((source, node))
    })
}

fn value(node: &Node) -> serde_yaml::Value {
    match &node.value {
        Value::Null => serde_yaml::Value::Null,
        Value::Bool(flag) => (*flag).into(),
        Value::Int(number) => match i64::try_from(*number) {
            Ok(number) => number.into(),
            Err(_) => u64::try_from(*number).expect("no test document has a larger number").into(),
        },
        Value::Float(number) => (*number).into(),
        Value::Str(text) => text.as_str().into(),
        Value::List(items) => items.iter().map(value).collect::<Vec<_>>().into(),
        Value::Map(map) => {
            let entries = map.iter().map(|(key, entry)| (key.as_str().into(), value(&entry.node)));
            serde_yaml::Value::Mapping(entries.collect())
        }
    }
}

/// Our keys are texts, whatever YAML takes them for.
fn with_text_keys(value: serde_yaml::Value) -> serde_yaml::Value {
    match value {
        serde_yaml::Value::Sequence(items) => items.into_iter().map(with_text_keys).collect::<Vec<_>>().into(),
        serde_yaml::Value::Mapping(map) => {
            let entries = map.into_iter().map(|(key, value)| {
                let key = match key {
                    serde_yaml::Value::String(text) => text,
                    other => serde_yaml::to_string(&other).expect("a scalar").trim_end().to_owned(),
                };
                (key.into(), with_text_keys(value))
            });
            serde_yaml::Value::Mapping(entries.collect())
        }
        other => other,
    }
}

#[test]
fn the_value_is_that_of_serde_yaml() {
    let mut count = 0;
    for (source, node) in read() {
        let theirs: serde_yaml::Value = serde_yaml::from_str(&source.text).expect("both read it");
        assert_eq!(value(&node), with_text_keys(theirs), "{}", source.name);
        count += 1;
    }
    assert!(count > 50, "only {count} documents were found");
}

#[test]
fn scalars_are_taken_for_what_serde_yaml_takes_them_for() {
    let scalars = [
        "~",
        "null",
        "Null",
        "NULL",
        "nULL",
        "true",
        "True",
        "TRUE",
        "tRUE",
        "yes",
        "no",
        "on",
        "y",
        "0",
        "-0",
        "+1",
        "-1",
        "007",
        "0x1F",
        "-0x1F",
        "0o17",
        "0b11",
        "0X1F",
        "1_000",
        "1.0",
        "1.",
        ".5",
        "-.5",
        "+.5",
        "1e3",
        "1E3",
        "1e+3",
        "1.5e-3",
        "e3",
        ".",
        "-",
        "-.",
        "+",
        "..",
        "1.2.3",
        "00.5",
        "-01",
        "01.5",
        ".inf",
        "-.inf",
        "+.Inf",
        ".nan",
        "inf",
        "nan",
        "infinity",
        "NaN",
        "9223372036854775807",
        "-9223372036854775808",
        "18446744073709551615",
        "2026-01-15",
        "2026-01-15T09:30:00Z",
        "12:30",
        "''",
        "'1'",
        "\"1\"",
        "\"\\u00e9\"",
        "'it''s'",
        "!!str 1",
        "a b",
        "1 2",
        "0x",
        "0o8",
        "1e",
        "0xg",
    ];
    let mut different = Vec::new();
    for scalar in scalars {
        let text = format!("key: {scalar}\n");
        let source = Source::new("scalar.yaml", text.clone());
        let mut report = Report::default();
        let ours = parse::parse(&source, &mut report).as_ref().map(value);
        let theirs: Option<serde_yaml::Value> = serde_yaml::from_str(&text).ok();
        // `NaN` is not even equal to itself.
        if format!("{ours:?}") != format!("{theirs:?}") {
            different.push(format!("`{scalar}`: {ours:?}, but serde_yaml has {theirs:?}"));
        }
    }
    assert!(different.is_empty(), "{}", different.join("\n"));
}

#[test]
fn keys_and_scalars_stand_where_they_are_noted() {
    for (source, node) in read() {
        let from = source.text.len() - source.text.trim_start_matches('\u{feff}').len();
        check(&source, &node, Span { start: from, end: source.text.len() });
    }
}

/// Checks a node that lies within `around`.
fn check(source: &Source, node: &Node, around: Span) {
    let text = source.text.get(node.span.start..node.span.end).expect("a span lies between characters");
    let place = source.line_column(node.span.start);
    let within = around.start <= node.span.start && node.span.end <= around.end;
    assert!(within || text.starts_with('*'), "{} {place:?}: {text:?} is not within its parent", source.name);
    match &node.value {
        Value::Map(map) => {
            for (key, entry) in map {
                let written = source.text.get(entry.key.start..entry.key.end).expect("a span lies between characters");
                let read: serde_yaml::Value = serde_yaml::from_str(written).expect("a key is YAML");
                let same = written == key || read.as_str() == Some(key);
                assert!(same, "{} {place:?}: the span of `{key}` covers {written:?}", source.name);
                assert!(node.span.start <= entry.key.start, "{} {place:?}: `{key}`", source.name);
                if !is_alias(source, &entry.node) {
                    check(source, &entry.node, node.span);
                }
            }
        }
        Value::List(items) => items.iter().for_each(|item| check(source, item, node.span)),
        Value::Null if text.trim().is_empty() => {}
        // A block scalar is only whole with its indentation.
        Value::Str(_) if text.starts_with(['|', '>']) || text.contains('\n') => {}
        _ => {
            let read: serde_yaml::Value = serde_yaml::from_str(text).expect("a scalar is YAML");
            assert_eq!(read, value(node), "{} {place:?}", source.name);
        }
    }
}

/// What an alias stands for is noted at its anchor.
fn is_alias(source: &Source, node: &Node) -> bool {
    source.text.get(..node.span.start).is_some_and(|before| before.trim_end().ends_with('*'))
}
