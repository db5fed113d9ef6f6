//! Other people's S3 tools, boto3 and the AWS command line, on the embedded store; and the same on a real engine, so that
//! it is S3 what the suites ask for and not our notion of it.
//!
//! The suites are in `tests/gateway`; where an engine differs they say so, with the reason.

use std::io::Write as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;

use chrono::Utc;
use infrai::types::Acl;
use infrai_gateway::state::Access::{Private, Public};
use infrai_gateway::vendor::Vendor;
use infrai_gateway::vendor::address::{Endpoint, Style};
use infrai_gateway::vendor::credentials::Credentials;
use infrai_gateway::vendor::s3::Limits;
use infrai_gateway::vendor::sign::{Request, Signer};
use infrai_tests::gateway::{client, fetch};
use infrai_tests::paths::root;
use infrai_tests::program::{Done, Program, run};
use infrai_tests::python::python;
use infrai_tests::seaweedfs::{ACCESS_KEY, SECRET_KEY, SeaweedFs};
use infrai_tests::skip::skipped;
use infrai_tests::vendor::{REGION, make, open};

const SUITES: [&str; 2] = ["boto3_suite.py", "aws_cli.py"];

/// So many cases has each of them at least, without those that an engine is known to fail.
const LEAST: usize = 8;

/// Where the suites are to work.
struct Place {
    /// By this name the suites know what the engine does otherwise.
    engine: &'static str,
    endpoint: String,
    access_key: String,
    secret_key: String,
    private: String,
    public: String,
}

/// What a suite came to.
struct Outcome {
    /// Whether all cases were fine.
    fine: bool,
    /// How many of them there were.
    cases: usize,
    /// The lines about what the engine does otherwise.
    left_out: Vec<String>,
}

#[tokio::test(flavor = "multi_thread")]
async fn the_tools_work_on_the_embedded_store() {
    let Some(python) = tools("the embedded store") else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let gateway = Program::start(folder.path(), &["--log-level=warn"]).await;
    let place = embedded(folder.path(), gateway.api(), gateway.s3()).await;
    let outcomes = SUITES.map(|suite| place.run(suite, &python, folder.path()));
    say(&gateway.stderr());
    for (suite, outcome) in SUITES.iter().zip(&outcomes) {
        assert!(outcome.fine, "{suite} failed on the embedded store; its lines are above");
        assert!(outcome.left_out.is_empty(), "{suite} leaves something out: {:?}", outcome.left_out);
        assert!(outcome.cases >= LEAST, "{suite} had {} cases only", outcome.cases);
    }
    assert!(!gateway.stderr().contains("ERROR"), "the gateway logged errors; they are above");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_tools_work_on_seaweedfs() {
    let Some(python) = tools("SeaweedFS") else { return };
    let engine = tokio::task::spawn_blocking(SeaweedFs::start).await.expect("it starts or not");
    let Some(engine) = engine else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let place = seaweedfs(&engine).await;
    let outcomes = SUITES.map(|suite| place.run(suite, &python, folder.path()));
    for (suite, outcome) in SUITES.iter().zip(&outcomes) {
        assert!(outcome.fine, "{suite} failed on SeaweedFS; its lines are above:\n{}", engine.log());
        assert!(outcome.left_out.iter().all(|line| line.contains(": ")), "no reasons: {:?}", outcome.left_out);
        assert!(outcome.cases >= LEAST, "{suite} had {} cases only", outcome.cases);
    }
}

/// The Python that has the tools.
fn tools(place: &str) -> Option<PathBuf> {
    python("tests/gateway/requirements.txt").inspect_err(|why| skipped(&format!("the S3 tools on {place}"), why)).ok()
}

/// As an operator comes to it: credentials from the command line, buckets from the API.
async fn embedded(folder: &Path, api: SocketAddr, s3: SocketAddr) -> Place {
    let key = run(folder, &["keys", "create", "--account", "acme"]).good().trim_end().to_owned();
    let buckets = client(api, &key);
    let buckets = buckets.storage().bucket();
    for (name, acl) in [("tools-private", Acl::Private), ("tools-public", Acl::Public)] {
        assert_eq!(buckets.create(name).acl(acl.clone()).await.expect("a bucket").acl, Some(acl));
    }
    let shown = run(folder, &["keys", "s3", "--s3-listen", &s3.to_string()]);
    let value = |name: &str| {
        let line = shown.good().lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('='));
        line.unwrap_or_else(|| panic!("no {name} in {}", shown.stdout)).to_owned()
    };
    assert_eq!(value("AWS_REGION"), REGION);
    let (endpoint, access_key) = (value("AWS_ENDPOINT_URL_S3"), value("AWS_ACCESS_KEY_ID"));
    assert_eq!(endpoint, format!("http://{s3}"));
    let mut place = Place {
        engine: "infrai",
        endpoint,
        access_key,
        secret_key: value("AWS_SECRET_ACCESS_KEY"),
        private: String::new(),
        public: String::new(),
    };
    // The store has names of its own for them.
    let names = place.buckets().await;
    let of = |name: &str| {
        let is = |physical: &&String| physical.starts_with(&format!("ifr-{name}-"));
        names.iter().find(is).unwrap_or_else(|| panic!("no {name} among {names:?}")).clone()
    };
    (place.private, place.public) = (of("tools-private"), of("tools-public"));
    assert_eq!(names.len(), 2, "{names:?}");
    place
}

async fn seaweedfs(engine: &SeaweedFs) -> Place {
    let vendor = open(&engine.endpoint(), (ACCESS_KEY, SECRET_KEY), "public = 'policy'", Limits::default());
    for (name, access) in [("tools-private", Private), ("tools-public", Public)] {
        vendor.make_bucket(&make(name, access)).await.expect("a bucket");
    }
    let place = Place {
        engine: "seaweedfs",
        endpoint: engine.endpoint(),
        access_key: ACCESS_KEY.to_owned(),
        secret_key: SECRET_KEY.to_owned(),
        private: "tools-private".to_owned(),
        public: "tools-public".to_owned(),
    };
    assert_eq!(place.buckets().await, ["tools-private", "tools-public"]);
    place
}

impl Place {
    /// The names of the buckets, in their order.
    async fn buckets(&self) -> Vec<String> {
        let url =
            Endpoint::new(&self.endpoint, Style::Path).and_then(|at| at.url(REGION, None, None, &[])).expect("a URL");
        let signer = Signer::new(&Credentials {
            access_key: self.access_key.clone(),
            secret_key: self.secret_key.clone(),
            session_token: None,
            from: "the test".to_owned(),
        });
        let request = Request { method: "GET", url: &url, region: REGION, headers: &[] };
        let (url, _) = signer.presign(request, 60, Utc::now()).expect("a URL");
        let answer = fetch("GET", &url, None).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        let text = answer.text();
        let names = text.split("<Name>").skip(1).filter_map(|rest| Some(rest.split_once("</Name>")?.0.to_owned()));
        names.collect()
    }

    /// Runs a suite and prints its lines.
    fn run(&self, suite: &str, python: &Path, folder: &Path) -> Outcome {
        let mut command = Command::new(python);
        // No settings of whoever runs the tests, and nothing left behind.
        command
            .arg(root("tests/gateway").join(suite))
            .env_clear()
            .envs(std::env::var_os("PATH").map(|path| ("PATH", path)));
        command.env("HOME", folder).env("TMPDIR", folder).env("PYTHONDONTWRITEBYTECODE", "1").env("PYTHONUTF8", "1");
        command.env("S3_ENGINE", self.engine).env("S3_ENDPOINT", &self.endpoint).env("S3_REGION", REGION);
        command.env("S3_ACCESS_KEY", &self.access_key).env("S3_SECRET_KEY", &self.secret_key);
        command.env("S3_BUCKET", &self.private).env("S3_PUBLIC_BUCKET", &self.public);
        let done = Done::from(command.output().expect("Python can be started"));
        say(&format!("{suite} on {}:\n{}{}", self.engine, done.stdout, done.stderr));
        let lines = |word: &str| done.stdout.lines().filter(|line| line.starts_with(word)).map(str::to_owned).collect();
        let (good, left_out): (Vec<String>, Vec<String>) = (lines("ok "), lines("skip "));
        Outcome { fine: done.status.success(), cases: good.len(), left_out }
    }
}

/// Also where the test succeeds: what the suites leave out shall be seen.
fn say(text: &str) {
    // In one piece, since two tests say something.
    let _ = std::io::stderr().write_all(text.as_bytes());
}
