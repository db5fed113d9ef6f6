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
    // An answer is of one form.
    ("responses", "the operation `answer.maybe` answers with a body or with none"),
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
    let info = r#"  /v1/storage/infos/{bucket}:
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
    ] {
        assert!(routes.contains(part), "`{part}` is not in\n{routes}");
    }
}
