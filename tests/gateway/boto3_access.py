"""Who gets in, with boto3 and by hand: signed URLs, what must be signed, browsers, the public."""

import time

import boto3
from boto3_help import cases, equal, presign, refused, s3, send
from botocore.config import Config
from suite import BUCKET, ENDPOINT, PUBLIC_BUCKET, REGION


@cases.case
def put_without_length_is_refused():
    status, _, _ = send("PUT", presign("put_object", "length"), headers={"Transfer-Encoding": "chunked"})
    equal(status, 411)


@cases.case
def changed_urls_are_refused():
    s3.put_object(Bucket=BUCKET, Key="url", Body=b"text")
    url = presign("get_object", "url")
    equal(send("GET", url)[::2], (200, b"text"))
    last = "0" if url[-1] != "0" else "1"
    for method, other in [
        ("GET", url[:-1] + last), ("GET", url.replace("/url?", "/other?")), ("PUT", url), ("DELETE", url),
        ("GET", url.replace("X-Amz-Expires=300", "X-Amz-Expires=301")), ("GET", url + "&response-content-type=text/html"),
    ]:
        equal((method, send(method, other, b"" if method == "PUT" else None)[0]), (method, 403))
    equal(s3.get_object(Bucket=BUCKET, Key="url")["Body"].read(), b"text")


@cases.case
def expired_urls_are_refused():
    url = presign("get_object", "url", seconds=1)
    time.sleep(2.5)
    equal(send("GET", url)[0], 403)


@cases.case
def urls_live_seven_days_at_most():
    assert send("GET", presign("get_object", "url", seconds=604801))[0] in (400, 403)
    equal(send("GET", presign("get_object", "url", seconds=604800))[0], 200)


@cases.case
def unsigned_amz_headers_are_refused():
    s3.delete_object(Bucket=BUCKET, Key="header")
    url = presign("put_object", "header")
    for name, value in [("x-amz-meta-a", "1"), ("x-amz-copy-source", f"/{BUCKET}/url"), ("x-amz-acl", "private")]:
        equal((name, send("PUT", url, b"text", {name: value})[0]), (name, 403))
    refused(404, "404", s3.head_object, Bucket=BUCKET, Key="header")
    equal(send("PUT", presign("put_object", "header", Metadata={"a": "1"}), b"text", {"x-amz-meta-a": "1"})[0], 200)


@cases.case
def wrong_keys_are_refused():
    other = boto3.client("s3", endpoint_url=ENDPOINT, region_name=REGION, aws_access_key_id="AKIAIOSFODNN7EXAMPLE",
                         aws_secret_access_key="x" * 40, config=Config(s3={"addressing_style": "path"}))
    refused(403, "InvalidAccessKeyId", other.list_objects_v2, Bucket=BUCKET)


@cases.case
def acl_headers_are_refused():
    refused(400, "AccessControlListNotSupported", s3.put_object, Bucket=BUCKET, Key="acl", Body=b"", ACL="public-read")


@cases.case
def browsers_may_ask():
    asked = {"Origin": "https://example.com", "Access-Control-Request-Method": "PUT", "Access-Control-Request-Headers": "content-type"}
    status, headers, _ = send("OPTIONS", f"/{BUCKET}/url", headers=asked)
    assert status == 200 and headers["Access-Control-Allow-Origin"] in ("*", asked["Origin"]), headers
    assert "PUT" in headers["Access-Control-Allow-Methods"]
    equal(headers["Access-Control-Allow-Headers"].lower(), "content-type")
    _, headers, _ = send("GET", presign("get_object", "url"), headers={"Origin": "https://example.com"})
    assert headers["Access-Control-Allow-Origin"] in ("*", asked["Origin"]), headers
    assert "etag" in headers["Access-Control-Expose-Headers"].lower()


@cases.case
def the_public_reads_public_buckets_only():
    equal(send("GET", f"/{BUCKET}/url")[0], 403)
    if PUBLIC_BUCKET:
        s3.put_object(Bucket=PUBLIC_BUCKET, Key="a/b", Body=b"text")
        equal(send("GET", f"/{PUBLIC_BUCKET}/a/b")[::2], (200, b"text"))
        for method, target in [("GET", ""), ("GET", "?list-type=2"), ("PUT", "/a/b"), ("DELETE", "/a/b")]:
            equal((method, send(method, f"/{PUBLIC_BUCKET}{target}", b"" if method == "PUT" else None)[0]), (method, 403))
