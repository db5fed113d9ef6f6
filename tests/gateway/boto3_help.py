"""What the cases with boto3 share: a client, requests by hand, assertions, and what other engines are known not to do."""

import http.client
import urllib.parse

from botocore.exceptions import ClientError
from suite import BUCKET, ENDPOINT, Cases, client

s3 = client()
HOST = urllib.parse.urlsplit(ENDPOINT).netloc

KNOWN = {
    "seaweedfs": {
        "put_without_length_is_refused": "it takes bodies of unknown length",
        "acl_headers_are_refused": "it has access rules for objects",
        "a_checksum_of_any_kind_is_verified_or_refused": "it takes checksums of kinds that it does not know",
    },
}
cases = Cases(KNOWN)


def send(method, url, body=None, headers=None):
    """A request as it is, by none of the libraries that rewrite URLs."""
    connection = http.client.HTTPConnection(HOST, timeout=30)
    target = url.split(HOST, 1)[-1] if "://" in url else url
    connection.putrequest(method, target, skip_accept_encoding=True)
    for name, value in (headers or {}).items():
        connection.putheader(name, value)
    if body is not None:
        connection.putheader("Content-Length", str(len(body)))
    connection.endheaders(body)
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    return answer.status, answer.headers, content


def presign(operation, key, seconds=300, **parameters):
    """A signed URL."""
    return s3.generate_presigned_url(operation, Params={"Bucket": BUCKET, "Key": key, **parameters}, ExpiresIn=seconds)


def refused(status, code, call, *args, **kwargs):
    """Asserts that a call is refused so, or with one of these codes."""
    try:
        call(*args, **kwargs)
    except ClientError as error:
        got = (error.response["ResponseMetadata"]["HTTPStatusCode"], error.response["Error"]["Code"])
        assert got[0] == status and got[1] in (code if isinstance(code, tuple) else (code,)), got
        return
    raise AssertionError("it was not refused")


def equal(got, wanted):
    """Asserts equality, and says what it is if not."""
    assert got == wanted, f"{got!r} is not {wanted!r}"
