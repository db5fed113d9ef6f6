//! Signatures against those that Amazon has published: S3's documentation, and the suite in the package of `aws-sigv4`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use super::*;
use crate::vendor::address::{Endpoint, Style, encode_path};

fn at(text: &str) -> DateTime<Utc> {
    text.parse().expect("a time")
}

fn keys(access_key: &str, secret_key: &str, session_token: Option<&str>) -> Credentials {
    Credentials {
        access_key: access_key.to_owned(),
        secret_key: secret_key.to_owned(),
        session_token: session_token.map(str::to_owned),
        from: "the test".to_owned(),
    }
}

fn documented() -> Signer {
    Signer::new(&keys("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", None))
}

fn url(key: Option<&str>, query: &[(&str, &str)]) -> String {
    let endpoint = Endpoint::new("https://s3.amazonaws.com", Style::Virtual).expect("an endpoint");
    endpoint.url("us-east-1", Some("examplebucket"), key, query).expect("a URL")
}

/// <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html>
#[test]
fn the_documented_signed_url() {
    let url = url(Some("test.txt"), &[]);
    let request = Request { method: "GET", url: &url, region: "us-east-1", headers: &[] };
    let (signed, ends) = documented().presign(request, 86_400, at("2013-05-24T00:00:00.9Z")).expect("a URL");
    let mut expected = vec![
        "X-Amz-Algorithm=AWS4-HMAC-SHA256",
        "X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request",
        "X-Amz-Date=20130524T000000Z",
        "X-Amz-Expires=86400",
        "X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404",
        "X-Amz-SignedHeaders=host",
    ];
    expected.sort_unstable();
    let (path, query) = signed.split_once('?').expect("a query");
    let mut query: Vec<&str> = query.split('&').collect();
    query.sort_unstable();
    assert_eq!(path, "https://examplebucket.s3.amazonaws.com/test.txt");
    assert_eq!(query, expected);
    assert_eq!(ends, at("2013-05-25T00:00:00Z"));
}

/// Method, URL, headers, body and signature.
type Case<'a> = (&'a str, &'a str, &'a [(&'a str, &'a str)], &'a str, &'a str);

/// <https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html>
#[test]
fn the_documented_requests() {
    let get_object = url(Some("test.txt"), &[]);
    let put_object = url(Some("test$file.text"), &[]);
    let lifecycle = url(None, &[("lifecycle", "")]);
    let list = url(None, &[("max-keys", "2"), ("prefix", "J")]);
    let dated = [("date", "Fri, 24 May 2013 00:00:00 GMT"), ("x-amz-storage-class", "REDUCED_REDUNDANCY")];
    let cases: [Case<'_>; 4] = [
        (
            "GET",
            &get_object,
            &[("range", "bytes=0-9")],
            "",
            "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
        ),
        (
            "PUT",
            &put_object,
            &dated,
            "Welcome to Amazon S3.",
            "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd",
        ),
        ("GET", &lifecycle, &[], "", "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"),
        ("GET", &list, &[], "", "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"),
    ];
    for (method, url, headers, body, signature) in cases {
        let request = Request { method, url, region: "us-east-1", headers };
        let signed = documented().headers(request, body.as_bytes(), at("2013-05-24T00:00:00Z")).expect("headers");
        let value = |name: &str| signed.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str());
        let authorization = value("authorization").expect("an authorization");
        assert!(authorization.ends_with(&format!("Signature={signature}")), "{url}: {authorization}");
        assert_eq!(value("x-amz-date"), Some("20130524T000000Z"));
        assert!(value("x-amz-content-sha256").is_some());
    }
}

#[test]
fn a_signed_url_lasts_from_a_second_to_a_week() {
    let url = url(Some("k"), &[]);
    let request = Request { method: "PUT", url: &url, region: "r", headers: &[("x-amz-acl", "public-read")] };
    let now = at("2026-01-01T00:00:00Z");
    for seconds in [0, LONGEST + 1, u32::MAX] {
        let error = documented().presign(request, seconds, now).unwrap_err();
        assert_eq!(error, format!("a signed URL is good for 1 to 604800 seconds, not {seconds}"));
    }
    let (signed, ends) = documented().presign(request, LONGEST, now).expect("a URL");
    assert!(signed.contains("X-Amz-Expires=604800") && signed.contains("SignedHeaders=host%3Bx-amz-acl"), "{signed}");
    assert_eq!(ends, at("2026-01-08T00:00:00Z"));
    documented().presign(request, 1, now).expect("a URL");
}

#[test]
fn a_session_token_is_part_of_the_query() {
    let url = url(Some("k"), &[]);
    let request = Request { method: "GET", url: &url, region: "r", headers: &[] };
    let (signed, _) = Signer::new(&keys("A", "S", Some("t/+="))).presign(request, 9, Utc::now()).expect("a URL");
    assert!(signed.contains("&X-Amz-Security-Token=t%2F%2B%3D"), "{signed}");
    assert_eq!(format!("{:?}", Signer::new(&keys("A", "S", None))), "Signer");
}

/// What S3 doesn't do: steps and double slashes are resolved, paths are encoded twice.
const OTHER_SERVICES: [&str; 8] = [
    "double-encode-path",
    "double-url-encode",
    "get-relative-normalized",
    "get-relative-relative-normalized",
    "get-slash-dot-slash-normalized",
    "get-slash-normalized",
    "get-slash-pointless-dot-normalized",
    "get-slashes-normalized",
];

#[test]
fn amazons_suite() {
    let folder = suite();
    let mut run = 0;
    let mut left_out = Vec::new();
    for case in fs::read_dir(&folder).expect("the suite").map(|entry| entry.expect("a case").path()) {
        let name = case.file_name().expect("a name").to_string_lossy().into_owned();
        if OTHER_SERVICES.contains(&name.as_str()) {
            left_out.push(name);
            continue;
        }
        check(&case);
        run += 1;
    }
    left_out.sort_unstable();
    assert_eq!(left_out, OTHER_SERVICES);
    assert!(run >= 30, "only {run} cases are there");
    println(&format!(
        "{run} cases of Amazon's suite, each in headers and in the query; without {}",
        left_out.join(", ")
    ));
}

#[expect(clippy::print_stdout, reason = "how many there were is a finding")]
fn println(text: &str) {
    println!("{text}");
}

/// The suite isn't copied: it lies in the package that we depend on.
fn suite() -> PathBuf {
    let cargo = |arguments: &[&str]| {
        let output = Command::new(env!("CARGO")).args(arguments).current_dir(env!("CARGO_MANIFEST_DIR")).output();
        let output = output.expect("cargo");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("UTF-8")
    };
    // Of other platforms not everything is here.
    let version = cargo(&["-vV"]);
    let host = version.lines().find_map(|line| line.strip_prefix("host: ")).expect("a host");
    let metadata = cargo(&["metadata", "--format-version=1", "--offline", "--locked", "--filter-platform", host]);
    let metadata: Value = serde_json::from_str(&metadata).expect("metadata");
    let packages = metadata["packages"].as_array().expect("packages");
    let package = packages.iter().find(|package| package["name"] == "aws-sigv4").expect("the package");
    let manifest = package["manifest_path"].as_str().expect("its path");
    Path::new(manifest).parent().expect("its folder").join("aws-signing-test-suite/v4")
}

fn check(case: &Path) {
    let read =
        |file: &str| fs::read_to_string(case.join(file)).unwrap_or_else(|error| panic!("{case:?} {file}: {error}"));
    let context: Value = serde_json::from_str(&read("context.json")).expect("a context");
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let given = &context["credentials"];
    let (access_key, secret_key) = (text(&given["access_key_id"]), text(&given["secret_access_key"]));
    let signer = Signer::new(&keys(&access_key, &secret_key, given["token"].as_str()));
    let (service, region) = (text(&context["service"]), text(&context["region"]));
    let excluded = context["omit_session_token"] == true;
    let token = if excluded { SessionTokenMode::Exclude } else { SessionTokenMode::Include };
    let dialect = Dialect { service: &service, hash_header: context["sign_body"] == true, token };
    let now = at(&text(&context["timestamp"]));

    let sent = Sent::parse(&read("request.txt"));
    let headers: Vec<(&str, &str)> = sent.headers.iter().map(|(name, value)| (&**name, &**value)).collect();
    let request = Request { method: &sent.method, url: &sent.url, region: &region, headers: &headers };
    let body = || SignableBody::Bytes(sent.body.as_bytes());

    let (signed, signature) = signer.sign(request, body(), None, now, dialect).expect("headers");
    assert_eq!(signature, read("header-signature.txt").trim(), "{case:?}");
    let expected = Sent::parse(&read("header-signed-request.txt"));
    let added = signed.headers().map(|(name, value)| (name.to_owned(), value.to_owned()));
    let mut all: Vec<_> = sent.headers.iter().cloned().chain(added).collect();
    let mut wanted = expected.headers;
    all.sort();
    wanted.sort();
    assert_eq!(all, wanted, "{case:?}");

    let seconds = context["expiration_in_seconds"].as_u64().expect("a number");
    let lifetime = Some(Duration::from_secs(seconds));
    let (signed, signature) = signer.sign(request, body(), lifetime, now, dialect).expect("a query");
    assert_eq!(signature, read("query-signature.txt").trim(), "{case:?}");
    let mut url = sent.url.clone();
    append(&mut url, signed.params().iter().map(|(name, value)| (*name, &**value)));
    let expected = Sent::parse(&read("query-signed-request.txt")).url;
    assert_eq!(parts(&url), parts(&expected), "{case:?}");
}

/// A URL with its query in order.
fn parts(url: &str) -> (&str, Vec<&str>) {
    let (path, query) = url.split_once('?').unwrap_or((url, ""));
    let mut query: Vec<&str> = query.split('&').collect();
    query.sort_unstable();
    (path, query)
}

/// A request as it stands in the suite.
struct Sent {
    method: String,
    url: String,
    headers: Vec<(String, String)>,
    body: String,
}

impl Sent {
    fn parse(text: &str) -> Self {
        let text = text.replace("\r\n", "\n");
        let (head, body) = text.split_once("\n\n").unwrap_or((&text, ""));
        let mut lines = head.lines();
        let line = lines.next().expect("a request line");
        let (method, rest) = line.split_once(' ').expect("a method");
        let target = rest.rsplit_once(' ').expect("a version").0;
        let mut host = String::new();
        let mut headers: Vec<(String, String)> = Vec::new();
        for line in lines {
            match line.split_once(':') {
                Some((name, value)) if !line.starts_with(' ') => {
                    if name.eq_ignore_ascii_case("host") {
                        value.trim().clone_into(&mut host);
                    } else {
                        headers.push((name.to_ascii_lowercase(), value.to_owned()));
                    }
                }
                // A value that goes on in the next line.
                _ => headers.last_mut().expect("a header").1.push_str(&format!(" {}", line.trim())),
            }
        }
        let (path, query) = target.split_once('?').map_or((target, None), |(path, query)| (path, Some(query)));
        // The suite writes some of them as they are, and some encoded.
        let path = if path.contains('%') { path.to_owned() } else { encode_path(path) };
        let mut url = format!("https://{host}{path}");
        for pair in query.unwrap_or_default().split('&').filter(|pair| !pair.is_empty()) {
            if pair.contains('%') {
                url.push(if url.contains('?') { '&' } else { '?' });
                url.push_str(pair);
            } else {
                append(&mut url, [pair.split_once('=').unwrap_or((pair, ""))]);
            }
        }
        Self { method: method.to_owned(), url, headers, body: body.trim_end_matches('\n').to_owned() }
    }
}
