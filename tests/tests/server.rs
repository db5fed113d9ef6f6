//! The server of every fixture: it is emitted, the same each time, and compiles; or why not is listed here.

use codegen::diag::Source;
use codegen::emit::{OutFile, server};
use codegen::model::Api;
use codegen::spec::Profile;
use infrai_tests::fixture::{Fixture, Workspace};
use infrai_tests::paths::{load, read, root, storage};

/// Fixtures that the gateway's runtime has no way for, and what is said of each.
const REFUSED: [(&str, &str); 10] = [
    // The runtime knows bearer tokens, as our own API has them.
    ("auth-basic", "the operation `ledger.entry.list` wants another proof than a bearer token"),
    ("auth-header", "the operation `vault.secret.get` wants another proof than a bearer token"),
    ("auth-query", "the operation `getNow` wants another proof than a bearer token"),
    // It reads and writes JSON.
    ("bodies", "the operation `body.form` takes a body that is not JSON"),
    ("clashing-names", "the operation `clash.path` answers with something that is not JSON"),
    ("optional-bodies", "the operation `perhaps.form` takes a body that is not JSON"),
    ("places", "the operation `getFile` answers with something that is not JSON"),
    ("refused", "the operation `path.fine` wants another proof than a bearer token"),
    // An answer is of one form and has one status.
    (
        "responses",
        "the operation `answer.empty` succeeds with 201 or 202, and a server sends one; describe that one alone",
    ),
    // `5` may be a number or a text.
    ("unions", "the operation `shape.list` has the parameter `near`, whose type has no text of its own"),
];

/// The crates that `gateway/src/api` stands on.
const NEEDS: [&str; 11] = [
    "axum",
    "bytes",
    "chrono",
    "getrandom",
    "http",
    "http-body-util",
    "percent-encoding",
    "serde",
    "serde_json",
    "serde_path_to_error",
    "sha2",
];

#[test]
fn each_is_emitted_or_says_why_not() {
    let mut refused = Vec::new();
    for fixture in Fixture::all() {
        let files = server::emit(&fixture.api);
        assert_eq!(files, server::emit(&fixture.api), "{}", fixture.case);
        match files {
            Err(error) => refused.push((fixture.case, error.to_string())),
            Ok(files) => {
                for file in files {
                    assert!(syn::parse_file(&file.text).is_ok(), "{}: {}", fixture.case, file.text);
                }
            }
        }
    }
    let refused: Vec<(&str, &str)> = refused.iter().map(|(case, why)| (case.as_str(), why.as_str())).collect();
    assert_eq!(refused, REFUSED);
}

/// A crate with the gateway's runtime and some generated folders beside it.
fn member(workspace: &mut Workspace, name: &str, servers: &[(String, Vec<OutFile>)], own: &str) {
    let versions = read("Cargo.toml");
    let line = |name: &str| versions.lines().find(|line| line.starts_with(&format!("{name} = "))).expect("a version");
    let needs: Vec<&str> = NEEDS.into_iter().map(line).collect();
    let manifest = format!(
        "[package]\nname = \"{name}\"\nedition = \"2024\"\n\n[dependencies]\n{}\ntokio = {{ version = \"1\", features = \
         [\"time\"] }}\n\n[lints]\nworkspace = true\n",
        needs.join("\n")
    );
    let mut library = format!(
        "//! Servers.\n\npub mod api;\n{own}\n/// What the runtime takes from the gateway.\npub mod state {{\n"
    );
    library.push_str("    /// Who calls.\n    #[derive(Clone, Debug, PartialEq, Eq)]\n    pub struct Account {\n");
    library.push_str("        /// What it is called.\n        pub id: String,\n    }\n}\n");
    let mut files = vec![];
    for (module, generated) in servers {
        library.push_str(&format!("pub mod {module};\n"));
        files.extend(
            generated.iter().map(|file| OutFile { path: format!("src/{module}/{}", file.path), ..file.clone() }),
        );
    }
    for entry in std::fs::read_dir(root("gateway/src/api")).expect("the runtime") {
        let file = entry.expect("an entry").file_name().to_string_lossy().into_owned();
        files.push(OutFile { text: read(&format!("gateway/src/api/{file}")), path: format!("src/api/{file}") });
    }
    files.push(OutFile { path: "Cargo.toml".to_owned(), text: manifest });
    files.push(OutFile { path: "src/lib.rs".to_owned(), text: library });
    workspace.member(name, &files);
}

#[test]
fn they_compile_and_what_is_not_implemented_does_not() {
    let mut workspace = Workspace::new(env!("CARGO_TARGET_TMPDIR"), "servers");
    let module = |fixture: &Fixture| format!("fixture_{}", fixture.case.replace('-', "_"));
    let emitted = |fixture: Fixture| Some((module(&fixture), server::emit(&fixture.api).ok()?));
    let servers: Vec<(String, Vec<OutFile>)> = Fixture::all().into_iter().filter_map(emitted).collect();
    member(&mut workspace, "servers", &servers, "");
    let extended = server::emit(&with_info()).expect("it can be emitted");
    let own = "\nstruct Service;\n\nimpl generated::operations::Operations for Service {}\n";
    member(&mut workspace, "unimplemented", &[("generated".to_owned(), extended)], own);
    workspace.finish();

    let found = workspace.findings(&["build", "--package=servers"]);
    assert!(found.is_empty(), "{}", found.join("\n"));
    let found = workspace.findings(&["build", "--package=unimplemented"]).join("\n");
    assert!(found.contains("not all trait items implemented") && found.contains("`storage_object_info`"), "{found}");
}

/// Our own API with one operation more.
fn with_info() -> Api {
    let path = "  /v1/storage/buckets/{bucket}/objects/{key}/presign:\n";
    let info = r#"  /v1/storage/buckets/{bucket}:
    parameters: [{ $ref: '#/components/parameters/bucket' }]
    get:
      operationId: storage.object.info
      tags: [objects]
      summary: Tell about objects
      description: Tells about the bucket.
      x-infrai-idempotency: safe
      parameters:
        - { name: prefix, in: query, description: How keys begin., schema: { type: string, maxLength: 9 }, example: a }
        - { name: limit, in: query, description: How many., schema: { type: integer, minimum: 1, default: 20 }, example: 5 }
      responses:
        '200':
          description: It.
          content:
            application/json:
              schema: { $ref: '#/components/schemas/DeleteObjectResult' }
              example: { ok: true }
        4XX: { $ref: '#/components/responses/Error' }
        default: { $ref: '#/components/responses/Error' }
      x-codeSamples:
        - lang: Rust
          source: |
            client.storage().object().info("demo").send().await?;

"#;
    let text = read("openapi/storage.yaml").replacen(path, &format!("{info}{path}"), 1);
    load(&Source::new("info.yaml", text), Profile::House)
}

#[test]
fn a_new_operation_is_a_new_method() {
    let text = |api: &Api, path: &str| {
        let files = server::emit(api).expect("it can be emitted");
        files.into_iter().find(|file| file.path == path).expect("a file").text
    };
    assert!(!text(&storage(), "operations.rs").contains("storage_object_info"));
    let (operations, routes) = (text(&with_info(), "operations.rs"), text(&with_info(), "routes.rs"));
    for part in [
        "    fn storage_object_info(\n",
        "    pub bucket: String,\n",
        "    pub prefix: Option<String>,\n",
        "    pub limit: i64,\n",
        "check::length(\"prefix\", &self.prefix, None, Some(9))?;\n",
        "check::range(\"limit\", &self.limit, Some(1), None)\n",
    ] {
        assert!(operations.contains(part), "`{part}` is not in\n{operations}");
    }
    for part in [
        "prefix: arrived.query(\"prefix\")?,\n",
        "limit: arrived.query::<Option<_>>(\"limit\")?.unwrap_or(20),\n",
        ".route::<StorageObjectInfo>()\n",
        // The bucket is one segment, so that it takes no request for an object.
        "const PATH: &'static str = \"/v1/storage/buckets/{bucket}\";\n",
        "const PATH: &'static str = \"/v1/storage/buckets/{bucket}/objects/{*key}\";\n",
    ] {
        assert!(routes.contains(part), "`{part}` is not in\n{routes}");
    }
}

/// A small document: its paths, and its schemas.
fn small(paths: &str, schemas: &str) -> Api {
    let text = format!(
        "openapi: 3.0.3\ninfo: {{ title: Small, version: '1' }}\nservers: [{{ url: https://small.example }}]\nsecurity: [{{ key: [] }}]\npaths:\n\
         {paths}\ncomponents:\n  securitySchemes: {{ key: {{ type: http, scheme: bearer }} }}\n  schemas:\n    Any: {{}}\n{schemas}\n"
    );
    load(&Source::new("small.yaml", text), Profile::Foreign)
}

/// An operation that takes a body of the type `Body`, under its id.
fn taking(body: &str) -> String {
    let answer = "{ '204': { description: Done. } }";
    format!(
        "  /x:\n    post:\n      operationId: x.put\n      requestBody: {{ required: true, content: {{ application/json: {{ schema: {body} }} }} }}\n      \
         responses: {answer}\n"
    )
}

#[test]
fn what_the_runtime_would_do_otherwise_than_described_is_refused() {
    let param = |name: &str, more: &str| {
        format!("{{ name: {name}, in: path, required: true, schema: {{ type: string }}{more} }}")
    };
    let get = |path: &str, params: &[String]| {
        let params = params.join(", ");
        format!(
            "  {path}:\n    get: {{ operationId: x.get, parameters: [{params}], responses: {{ '204': {{ description: Done. }} }} }}\n"
        )
    };
    let slashes = ", x-infrai-slashes: true";
    let post = |more: &str| format!("  /x:\n    post: {{ operationId: x.put, x-infrai-idempotency: keyed, {more} }}\n");
    let done = "responses: { '204': { description: Done. } }";
    for (paths, says) in [
        (get("/x/{a}/{b}", &[param("a", ""), param("b", slashes)]), None),
        (
            get("/x/{a}/{b}", &[param("b", ""), param("a", slashes)]),
            Some(
                "the operation `x.get` has slashes in `a`, which only a path's last parameter may have; move it to the end",
            ),
        ),
        (
            get("/x/{*a}", &[param("'*a'", "")]),
            Some("the operation `x.get` has the parameter `*a`; rename it, since its star would stand for slashes"),
        ),
        (post(done), None),
        (
            post(&format!("security: [{{ key: [] }}, {{}}], {done}")),
            Some(
                "the operation `x.put` is keyed, but may be called without proof, and keys belong to a caller; require proof",
            ),
        ),
        (
            post(&format!("security: [], {done}")),
            Some(
                "the operation `x.put` is keyed, but may be called without proof, and keys belong to a caller; require proof",
            ),
        ),
        (
            post(
                "responses: { '200': { description: It., content: { application/json: {} } }, '204': { description: Done. } }",
            ),
            Some("the operation `x.put` answers with a body or with none"),
        ),
        (post("responses: { '202': { description: Later. }, 2XX: { description: Done. } }"), None),
        (
            post("responses: { '200': { description: Done. }, '202': { description: Later. } }"),
            Some("the operation `x.put` succeeds with 200 or 202, and a server sends one; describe that one alone"),
        ),
    ] {
        let said = server::emit(&small(&paths, "")).err().map(|error| error.to_string());
        assert_eq!(said.as_deref(), says, "{paths}");
    }
}

#[test]
fn a_union_whose_reading_doubles_with_each_level_is_refused() {
    let with = |schemas: &str| {
        let paths = taking("{ $ref: '#/components/schemas/Expr' }");
        server::emit(&small(&paths, schemas)).err().map(|error| error.to_string())
    };
    let object = |name: &str, fields: &str| format!("    {name}: {{ type: object, properties: {{ {fields} }} }}\n");
    let expr = "e: { $ref: '#/components/schemas/Expr' }";
    let union = |more: &str| {
        let of = |name: &str| format!("{{ $ref: '#/components/schemas/{name}' }}");
        format!("    Expr: {{ oneOf: [{}, {}]{more} }}\n", of("Not"), of("Neg"))
    };
    let says = "the type `Expr` is told by trying its alternatives, of which several lead back to it, so that reading may take for ever; give \
                it a `discriminator`";
    let twice = [union(""), object("Not", expr), object("Neg", expr)].concat();
    assert_eq!(with(&twice).as_deref(), Some(says));
    // Through lists, maps and other types, too.
    let list =
        "e: { type: array, items: { type: object, additionalProperties: { $ref: '#/components/schemas/Not' } } }";
    assert_eq!(with(&[union(""), object("Not", expr), object("Neg", list)].concat()).as_deref(), Some(says));
    assert_eq!(with(&[union(""), object("Not", expr), object("Neg", "e: { type: string }")].concat()), None);
    let kind = ", k: { type: string }";
    let told = [
        union(", discriminator: { propertyName: k }"),
        object("Not", &format!("{expr}{kind}")),
        object("Neg", &format!("{expr}{kind}")),
    ];
    assert_eq!(with(&told.concat()), None);
}

#[test]
fn of_what_is_beside_a_sensitive_field_only_names_are_shown() {
    let body = "{ type: object, additionalProperties: { type: string }, properties: { pin: { type: string, x-infrai-sensitive: true } } }";
    let files = server::emit(&small(&taking(body), "")).expect("it can be emitted");
    let operations = &files.iter().find(|file| file.path == "operations.rs").expect("a file").text;
    for part in [".field(\"pin\", &format_args!(\"…\"))\n", ".field(\"extra\", &self.extra.keys())\n"] {
        assert!(operations.contains(part), "`{part}` is not in\n{operations}");
    }
}
