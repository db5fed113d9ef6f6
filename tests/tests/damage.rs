//! Damaged documents: whatever is done to a text, it is read or refused with a finding, and never ends in a panic.
//!
//! The damage is random, from a fixed seed. `DAMAGE_SEED` and `DAMAGE_ROUNDS` in the environment try others; a failure
//! names the seed and leaves the text in the build's folder.

use std::io::Read as _;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};
use std::{env, fs};

use codegen::diag::{Report, Severity, Source};
use codegen::emit::rust;
use codegen::spec::{Profile, Spec};
use infrai_tests::built;
use infrai_tests::fixture::Fixture;
use infrai_tests::paths::read;

/// How many damaged texts are tried.
const ROUNDS: u64 = 400;

/// How long a small document may take.
const AT_MOST: Duration = Duration::from_secs(20);

/// xorshift64* (Vigna, 2016): small, and good enough to choose damage.
struct Dice(u64);

impl Dice {
    fn new(seed: u64) -> Self {
        // Neighbouring seeds give unlike rows, and none is 0, from which there is no way on.
        Self(seed.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let value = self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33;
        usize::try_from(value).expect("31 bits") % end.max(1)
    }

    fn of<'t, T: ?Sized>(&mut self, list: &[&'t T]) -> &'t T {
        list[self.below(list.len())]
    }
}

#[test]
fn it_is_read_or_refused() {
    let number = |name: &str| env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let first = number("DAMAGE_SEED").unwrap_or(1);
    let texts = texts();
    for seed in first..first + number("DAMAGE_ROUNDS").unwrap_or(ROUNDS) {
        let mut dice = Dice::new(seed);
        let mut text = texts[dice.below(texts.len())].clone();
        for _ in 0..=dice.below(3) {
            text = damaged(&text, &mut dice);
        }
        if let Err(panic) = catch_unwind(AssertUnwindSafe(|| try_it(&text))) {
            let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("damaged-{seed}.yaml"));
            let _ = fs::write(&file, &text);
            let message = panic.downcast_ref::<String>().map_or("", String::as_str);
            if message.is_empty() {
                resume_unwind(panic);
            }
            panic!("DAMAGE_SEED={seed}, text in {}: {message}", file.display());
        }
    }
}

#[test]
fn damage_by_hand() {
    for text in [
        "",
        "\u{feff}",
        "---\n---\n",
        "openapi: 3.0.3",
        "openapi: 3.0.3\ninfo: {title: '', version: ''}\npaths: {}\n",
        "openapi: 3.0.3\ninfo: {title: a, version: b}\npaths: {'/': {get: {responses: {}}}}\n",
        "openapi: 3.0.3\ninfo: {title: a, version: b}\npaths: {'/{': {get: {responses: {'200': {description: ''}}}}}\n",
        "openapi: 3.0.3\ninfo: &a {title: *a, version: b}\npaths: {}\n",
        "openapi: 3.0.3\ninfo: {title: \"\\0\\n*/ //! \\\" \\\\ # ]\", version: \"\\\"\"}\npaths: {'/a': {get: {summary: \"\\0\\r\", \
         responses: {'200': {description: ''}}}}}\n",
    ] {
        try_it(text);
    }
    try_it(&"[".repeat(100_000));
    try_it(&format!("openapi: 3.0.3\nx: {}", "{a: ".repeat(5_000)));
    try_it(&schema(&nested("{ type: array, items: ", 500)));
    try_it(&schema(&nested("{ type: object, properties: { a: ", 60)));
    try_it(&schema(&nested("{ allOf: [", 100)));
    try_it(&schema("{ oneOf: [] }"));
    try_it(&schema("{ $ref: '#/components/schemas/A' }"));
    try_it(&schema("{ allOf: [{ $ref: '#/components/schemas/A' }] }"));
    try_it(&schema("{ oneOf: [{ $ref: '#/components/schemas/A' }, { type: 'null' }] }"));
    try_it(&schema("{ type: object, required: [a], properties: { a: { $ref: '#/components/schemas/A' } } }"));
    try_it(&schema("{ $ref: '#/paths/~1a/post/requestBody/content/application~1json/schema' }"));
    let chain: Vec<String> = (0..3000)
        .map(|n| {
            format!("    S{n}: {{ type: object, properties: {{ a: {{ $ref: '#/components/schemas/S{}' }} }} }}", n + 1)
        })
        .collect();
    try_it(&format!("{}{}\n    S3000: {{}}\n", schema("{ $ref: '#/components/schemas/S0' }"), chain.join("\n")));
}

/// A document in which a schema is sent and returned.
fn schema(text: &str) -> String {
    let media = "content: { application/json: { schema: { $ref: '#/components/schemas/A' } } }";
    format!(
        "openapi: 3.0.3\ninfo: {{ title: a, version: '1' }}\npaths:\n  /a:\n    post:\n      requestBody: {{ {media} }}\n      \
         responses: {{ '200': {{ description: a, {media} }} }}\ncomponents:\n  schemas:\n    A: {text}\n"
    )
}

fn nested(open: &str, times: usize) -> String {
    let close: String = open.chars().rev().filter_map(|c| ['}', ']'].get("{[".find(c)?)).collect();
    format!("{}{{ type: string }}{}", open.repeat(times), close.repeat(times))
}

/// The texts that get damaged: ours most often, for it is the longest.
fn texts() -> Vec<String> {
    let ours = read("openapi/storage.yaml");
    let fixtures = Fixture::all().into_iter().map(|fixture| fixture.source.text);
    fixtures.chain(std::iter::repeat_n(ours, 8)).collect()
}

/// Reads a text in both ways, and holds what comes out to what must be true of any text.
fn try_it(text: &str) {
    for profile in [Profile::House, Profile::Foreign] {
        let source = Source::new("damaged.yaml", text);
        let loaded = codegen::load(&source, profile);
        let findings = loaded.report.sorted();
        for item in &findings {
            assert!(!source.render(item).is_empty(), "a finding says nothing");
            assert!(item.span.start <= item.span.end && item.span.end <= text.len(), "a finding is out of the text");
            assert!(text.is_char_boundary(item.span.start), "a finding begins within a character");
        }
        let errors = findings.iter().filter(|item| item.severity == Severity::Error).count();
        let Some(api) = loaded.api else {
            assert!(errors > 0, "{profile:?}: refused without a word");
            continue;
        };
        assert_eq!(errors, 0, "{profile:?}: taken in spite of errors");
        let spec = Spec::read(&source, profile, &mut Report::default()).expect("it was read before");
        assert_eq!(spec.operations().count(), loaded.operations, "{profile:?}: operations are counted in two ways");
        for at in spec.operations().filter(|at| api.operations.iter().all(|one| one.span != at.verb_span)) {
            let own = |span| at.node.span.contains(span) || at.verb_span.contains(span);
            let said = findings.iter().any(|finding| own(finding.span));
            assert!(said, "{profile:?}: `{} {}` is lost without a word", at.verb, at.path);
        }
        if let Err(error) = rust::emit(&api) {
            panic!("{profile:?}: it is taken, and can't be emitted: {error}\n{text}");
        }
    }
}

/// Aliases that make much of little, in depth and in breadth. Where the stack ends there is no panic to be caught, so another
/// process reads these.
#[test]
fn aliases_that_blow_up_are_refused() {
    let head = "openapi: 3.0.3\ninfo: { title: x, version: 1.0.0 }\n";
    let mut deep = format!("{head}paths: {{}}\nx-a0: &a0 {}1{}\n", "[".repeat(120), "]".repeat(120));
    for n in 1..1500 {
        deep += &format!("x-a{n}: &a{n} {}*a{}{}\n", "[".repeat(120), n - 1, "]".repeat(120));
    }
    let (open, close) = ("{type: object, properties: {p: ".repeat(30), "}}".repeat(30));
    let mut schemas = format!("{head}x-s0: &s0 {{type: string}}\n");
    for n in 1..=400 {
        schemas += &format!("x-s{n}: &s{n} {open}*s{}{close}\n", n - 1);
    }
    schemas += "paths:\n  /a:\n    get:\n      operationId: a.b\n      responses: {'200': {description: a, content: \
                {application/json: {schema: *s400}}}}\n";
    let mut bomb = format!("{head}paths: {{}}\nx-b0: &b0 [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]\n");
    for n in 1..=8 {
        bomb += &format!("x-b{n}: &b{n} [{}]\n", [format!("*b{}", n - 1).as_str(); 10].join(", "));
    }
    let xtask = built::program("xtask");
    for (name, text) in [("deep", deep), ("schemas", schemas), ("bomb", bomb)] {
        let folder = tempfile::TempDir::new().expect("a folder");
        let spec = folder.path().join("openapi.yaml");
        fs::write(&spec, text).expect("a file can be written");
        let mut command = Command::new(&xtask);
        command.arg("generate").arg(&spec).arg("--out").arg(folder.path().join("out"));
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("xtask can be started");
        let begun = Instant::now();
        let status = loop {
            if let Some(status) = child.try_wait().expect("a status") {
                break status;
            }
            if begun.elapsed() > AT_MOST {
                child.kill().expect("xtask can be ended");
                panic!("{name}: not refused within {AT_MOST:?}");
            }
            sleep(Duration::from_millis(20));
        };
        let mut said = String::new();
        child.stderr.take().expect("its messages").read_to_string(&mut said).expect("text");
        assert_eq!(status.code(), Some(1), "{name}: {status}: {said}");
        assert!(said.contains("error[") && said.contains("openapi.yaml:"), "{name}: {said}");
    }
}

/// Does one thing to a text.
fn damaged(text: &str, dice: &mut Dice) -> String {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    if lines.is_empty() {
        return text.to_owned();
    }
    let at = dice.below(lines.len());
    let other = dice.below(lines.len());
    match dice.below(12) {
        0 => drop(lines.remove(at)),
        1 => lines.insert(at, lines[at].clone()),
        2 => lines.swap(at, other),
        3 => drop(lines.drain(at..(at + 1 + dice.below(12)).min(lines.len()))),
        4 => {
            let indent = " ".repeat(dice.below(14));
            lines[at] = format!("{indent}{}", lines[at].trim_start());
        }
        5 => {
            let values = [
                "",
                "3",
                "-1",
                "1e999",
                "true",
                "null",
                "[]",
                "{}",
                "[a, {b: c}]",
                "''",
                "\"\\0\"",
                "~",
                "*a",
                "|",
                "&a b",
                "2026-01-15",
            ];
            let more = [
                "{ $ref: '#' }",
                "{ $ref: '#/components' }",
                "{ $ref: x.yaml }",
                "{ $ref: 7 }",
                "18446744073709551616",
                "0x1F",
            ];
            let value = dice.of(&[&values[..], &more[..]].concat());
            let line = &lines[at];
            lines[at] = line.split_once(": ").map_or_else(|| value.to_owned(), |(key, _)| format!("{key}: {value}"));
        }
        6 => {
            let keys = [
                "$ref",
                "allOf",
                "oneOf",
                "anyOf",
                "not",
                "type",
                "items",
                "properties",
                "additionalProperties",
                "enum",
                "format",
                "nullable",
                "required",
                "discriminator",
                "default",
                "get",
                "parameters",
                "requestBody",
                "responses",
                "content",
                "schema",
                "in",
                "name",
                "security",
                "servers",
                "x-y",
                "200",
                "''",
            ];
            let key = dice.of(&keys);
            let line = &lines[at];
            let indent = &line[..line.len() - line.trim_start().len()];
            let rest = line.split_once(':').map_or("", |(_, rest)| rest);
            lines[at] = format!("{indent}{key}:{rest}");
        }
        7 => {
            let odd = [
                "\u{feff}", "\u{202e}", "🦀", "\t", "\u{0}", "\r", "é", "\u{2028}", "'", "\"", "{", "]", "#", ": ",
                "- ", "%", "`",
            ];
            let mut chars: Vec<char> = lines[at].chars().collect();
            let place = dice.below(chars.len() + 1);
            chars.splice(place..place, dice.of(&odd).chars());
            lines[at] = chars.into_iter().collect();
        }
        8 => lines.truncate(at),
        9 => {
            // Half a line, too.
            let end = lines[at].char_indices().nth(dice.below(lines[at].chars().count() + 1)).map_or(0, |(end, _)| end);
            lines[at].truncate(end);
        }
        10 => {
            // One word for another, of the same text.
            let words = |line: &str| line.split(|c: char| !c.is_alphanumeric()).map(str::to_owned).collect::<Vec<_>>();
            let (from, to) = (words(&lines[at]), words(&lines[other]));
            let (from, to) = (&from[dice.below(from.len())], &to[dice.below(to.len())]);
            if !from.is_empty() {
                lines[at] = lines[at].replacen(from.as_str(), to, 1);
            }
        }
        _ => {
            // A block, somewhere else.
            let block: Vec<String> = lines[at..(at + 1 + dice.below(20)).min(lines.len())].to_vec();
            lines.splice(other..other, block);
        }
    }
    lines.join("\n") + "\n"
}
