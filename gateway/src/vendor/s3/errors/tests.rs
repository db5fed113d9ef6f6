//! Every text that can come of an answer, as an operator reads it. What has no answer is in the tests over the wire.

use std::time::Duration;

use bytes::Bytes;

use super::*;

const FROM: &str = "the variables `K` and `S`";

/// A bucket that is made, at an engine with these keys.
fn told<T>(tell: impl Fn(&Doing<'_>) -> T) -> T {
    let credentials = Credentials {
        access_key: "canary-key".to_owned(),
        secret_key: "canary-secret".to_owned(),
        session_token: None,
        from: FROM.to_owned(),
    };
    let who = Who { name: "v".to_owned(), credentials };
    let second = Duration::from_secs(1);
    let limits = Limits { connect: second, attempt: second, total: second, retries: 0 };
    tell(&Doing { who: &who, host: "s3.example".to_owned(), what: "make", bucket: "b", limits })
}

fn judged(status: u16, headers: &[(&'static str, &str)], body: &str) -> VendorError {
    let headers = headers.iter().map(|(name, value)| (name.parse().expect("a name"), value.parse().expect("a value")));
    let (headers, body) = (headers.collect::<reqwest::header::HeaderMap>(), Bytes::copy_from_slice(body.as_bytes()));
    told(|doing| {
        let raw = Raw { status, headers: headers.clone(), body: body.clone() };
        doing.judge(raw).expect_err("a failure").error
    })
}

fn said(status: u16, code: &str) -> VendorError {
    let message = "Told of canary-key\nand canary-secret.";
    judged(status, &[], &format!("<Error><Code>{code}</Code><Message>{message}</Message></Error>"))
}

/// What stands behind the vendor and what it didn't do, which are the same in all.
fn rest(error: &VendorError) -> String {
    let text = error.to_string();
    assert!(!text.contains("canary") && !text.contains('\n') && !text.ends_with('.'), "{text}");
    let rest = text.strip_prefix("vendor `v` at `s3.example` didn't make the bucket `b`: ");
    rest.unwrap_or_else(|| panic!("{text}")).to_owned()
}

#[test]
fn each_code_has_its_advice() {
    let check = format!("check the credentials in {FROM}");
    let rights = format!("{check}, and that they have the right to do this");
    let place = "check `endpoint` and `region` of this vendor";
    let policy = "set `public = \"policy\"` for this vendor";
    let cant = "this engine can't do that: look at its `public`";
    let refused = [
        (403, "InvalidAccessKeyId", &*check),
        (403, "SignatureDoesNotMatch", &check),
        (400, "InvalidToken", &check),
        (403, "InvalidSecurity", &check),
        (400, "ExpiredToken", "get new credentials into the variables `K` and `S`, and restart the gateway"),
        (403, "AccessDenied", &rights),
        (403, "AllAccessDisabled", &rights),
        (403, "AccountProblem", &rights),
        (403, "NotSignedUp", &rights),
        (403, "RequestTimeTooSkewed", "set this machine's clock, or the engine's"),
        (409, "BucketAlreadyExists", "somebody else has a bucket of this name"),
        (409, "BucketNotEmpty", "there are objects in it"),
        (400, "TooManyBuckets", "have the limit raised, or remove buckets"),
        (400, "AuthorizationHeaderMalformed", place),
        (400, "IllegalLocationConstraintException", place),
        (400, "InvalidLocationConstraint", place),
        (400, "AccessControlListNotSupported", policy),
        (400, "InvalidBucketAclWithObjectOwnership", policy),
        (400, "InvalidBucketAclWithBlockPublicAccessError", policy),
        (501, "NotImplemented", cant),
        (405, "MethodNotAllowed", cant),
        (400, "Curious", "look at this vendor's configuration"),
    ];
    for (status, code, advice) in refused {
        let error = said(status, code);
        assert!(matches!(error, VendorError::Refused(_)), "{error:?}");
        assert_eq!(rest(&error), format!("{status} {code}: Told of … and …: {advice}"));
    }
    let busy = [
        (503, "SlowDown"),
        (500, "InternalError"),
        (409, "OperationAborted"),
        (400, "RequestTimeout"),
        (503, "ServiceUnavailable"),
        (429, "TooManyRequests"),
    ];
    for (status, code) in busy {
        let error = said(status, code);
        assert!(matches!(error, VendorError::Down(_)), "{error:?}");
        assert_eq!(rest(&error), format!("{status} {code}: Told of … and …: wait until it is up again"));
    }
    for (status, code) in [(507, "XMinioStorageFull"), (507, "Curious"), (403, "QuotaExceeded")] {
        let error = said(status, code);
        assert!(matches!(error, VendorError::Full(_)), "{error:?}");
        assert_eq!(
            rest(&error),
            format!("{status} {code}: Told of … and …: make space there, or have the quota raised")
        );
    }
    let error = said(404, "NoSuchBucket");
    assert!(matches!(error, VendorError::NoBucket(_)), "{error:?}");
    let why = "somebody removed it, or `endpoint` is another engine's";
    assert_eq!(rest(&error), format!("404 NoSuchBucket: Told of … and …: {why}"));
}

#[test]
fn what_isnt_s3_is_told_from_what_is() {
    let page = "<html>log in</html>";
    let (engine, wait) = ("check that `endpoint` is an S3 engine's", "wait until it is up again");
    let cases = [
        (200, page, format!("it answered 200 with a web page: {engine}")),
        (403, page, format!("it answered 403 with a web page: {engine}")),
        (407, "", format!("it answered 407 without an error of S3's: {engine}")),
        (404, "no", format!("it answered 404 without an error of S3's: {engine}")),
        (502, page, format!("it answered 502 with a web page: {wait}")),
        (503, "", format!("it answered 503 without an error of S3's: {wait}")),
    ];
    for (status, body, expected) in cases {
        assert_eq!(rest(&judged(status, &[], body)), expected);
    }
}

#[test]
fn a_wrong_region_or_scheme_is_told() {
    let check = "check `endpoint` and `region` of this vendor";
    let moved = "<Error><Code>PermanentRedirect</Code></Error>";
    let (to, region) = (("location", "https://s3.eu.example:9/b?X-Amz-Signature=0"), ("x-amz-bucket-region", "eu-1"));
    assert_eq!(
        rest(&judged(301, &[to, region], moved)),
        format!(
            "301 PermanentRedirect, a redirect to `https://s3.eu.example:9`: {check}, for it names the region `eu-1`"
        )
    );
    assert_eq!(
        rest(&judged(307, &[to], "")),
        format!("it answered 307 without an error of S3's, a redirect to `https://s3.eu.example:9`: {check}")
    );
    assert_eq!(rest(&judged(301, &[], moved)), format!("301 PermanentRedirect, a redirect: {check}"));
    let malformed = "<Error><Code>AuthorizationHeaderMalformed</Code><Region>eu-1</Region></Error>";
    assert_eq!(
        rest(&judged(400, &[], malformed)),
        format!("400 AuthorizationHeaderMalformed: {check}, for it names the region `eu-1`")
    );
}

#[test]
fn what_is_no_answer_is_told() {
    let endless = told(|doing| doing.lost(Lost::Endless).error);
    assert_eq!(rest(&endless), "its answer doesn't end: check that `endpoint` is an S3 engine's");
    let unsendable = told(|doing| doing.lost(Lost::Unsendable("an object needs a key".to_owned())).error);
    assert_eq!(rest(&unsendable), "an object needs a key");
    let inner = |code: &str| {
        let error = xml::Error { code: code.to_owned(), message: "locked".to_owned(), region: String::new() };
        rest(&told(|doing| doing.said(&error)))
    };
    assert_eq!(inner("SlowDown"), "SlowDown: locked: wait until it is up again");
    assert_eq!(inner("Curious"), "Curious: locked: look at this vendor's configuration");
}
