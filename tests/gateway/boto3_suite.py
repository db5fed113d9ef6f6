"""boto3 against an S3 engine: `python boto3_suite.py [case …]`. See suite.py for the environment."""

import base64
import hashlib
import io
import os
import zlib

from boto3_help import cases, equal, presign, refused, s3, send
from suite import BUCKET, DOTTED_KEYS, KEYS, client


@cases.case
def odd_keys_come_back_signed_in_headers():
    for left in s3.list_objects_v2(Bucket=BUCKET, Prefix="odd/").get("Contents", []):
        s3.delete_object(Bucket=BUCKET, Key=left["Key"])
    for key in KEYS + DOTTED_KEYS:
        s3.put_object(Bucket=BUCKET, Key="odd/" + key[:1020], Body=key.encode())
    for key in KEYS + DOTTED_KEYS:
        equal(s3.get_object(Bucket=BUCKET, Key="odd/" + key[:1020])["Body"].read(), key.encode())
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=BUCKET, Prefix="odd/", PaginationConfig={"PageSize": 7})
    listed = {entry["Key"] for page in pages for entry in page.get("Contents", [])}
    equal(listed ^ {"odd/" + key[:1020] for key in KEYS + DOTTED_KEYS}, set())


@cases.case
def odd_keys_come_back_presigned():
    for key in KEYS:
        status, _, content = send("PUT", presign("put_object", key), key.encode())
        equal((key, status, content), (key, 200, b""))
        equal(send("GET", presign("get_object", key))[::2], (200, key.encode()))
        equal(s3.head_object(Bucket=BUCKET, Key=key)["ContentLength"], len(key.encode()))
        equal(send("DELETE", presign("delete_object", key))[0], 204)


@cases.case
def odd_keys_are_copied_and_deleted_at_once():
    keys = ["odd/" + key[:1020] for key in KEYS]
    for key in keys:
        s3.copy_object(Bucket=BUCKET, Key="cop" + key[3:], CopySource={"Bucket": BUCKET, "Key": key})
    for key in keys:
        equal(s3.head_object(Bucket=BUCKET, Key="cop" + key[3:])["ETag"], s3.head_object(Bucket=BUCKET, Key=key)["ETag"])
    gone = s3.delete_objects(Bucket=BUCKET, Delete={"Objects": [{"Key": "cop" + key[3:]} for key in keys]})
    equal({entry["Key"] for entry in gone["Deleted"]}, {"cop" + key[3:] for key in keys})
    equal(s3.list_objects_v2(Bucket=BUCKET, Prefix="cop/")["KeyCount"], 0)


@cases.case
def an_object_without_tags_has_none():
    s3.put_object(Bucket=BUCKET, Key="untagged", Body=b"text")
    equal(s3.get_object_tagging(Bucket=BUCKET, Key="untagged")["TagSet"], [])
    refused(404, "NoSuchKey", s3.get_object_tagging, Bucket=BUCKET, Key="nothing")


@cases.case
def metadata_comes_back():
    given = {
        "ContentType": "text/plain", "CacheControl": "max-age=5", "ContentDisposition": 'attachment; filename="a b"',
        "ContentEncoding": "gzip", "ContentLanguage": "de", "Metadata": {"name": "a value", "other": "1"},
    }
    s3.put_object(Bucket=BUCKET, Key="meta", Body=b"text", **given)
    for got in (s3.get_object(Bucket=BUCKET, Key="meta"), s3.head_object(Bucket=BUCKET, Key="meta")):
        equal({name: got[name] for name in given}, given)
    equal(got["ETag"], f'"{hashlib.md5(b"text").hexdigest()}"')
    status, headers, _ = send("GET", presign("get_object", "meta", ResponseContentType="a/b", ResponseContentDisposition="inline"))
    equal((status, headers["Content-Type"], headers["Content-Disposition"]), (200, "a/b", "inline"))


@cases.case
def conditions_on_reads():
    etag = s3.put_object(Bucket=BUCKET, Key="cond", Body=b"text")["ETag"]
    modified = s3.head_object(Bucket=BUCKET, Key="cond")["LastModified"]
    get = lambda **more: s3.get_object(Bucket=BUCKET, Key="cond", **more)
    equal(get(IfMatch=etag)["ETag"], etag)
    refused(412, "PreconditionFailed", get, IfMatch='"x"')
    refused(304, "304", get, IfNoneMatch=etag)
    refused(304, "304", get, IfModifiedSince=modified)
    equal(get(IfUnmodifiedSince=modified)["ETag"], etag)
    url = presign("get_object", "cond")
    equal(send("GET", url, headers={"If-None-Match": etag})[::2], (304, b""))
    equal(send("GET", url, headers={"If-Match": '"x"'})[0], 412)


@cases.case
def conditions_on_writes():
    s3.delete_object(Bucket=BUCKET, Key="once")
    etag = s3.put_object(Bucket=BUCKET, Key="once", Body=b"1", IfNoneMatch="*")["ETag"]
    refused(412, "PreconditionFailed", s3.put_object, Bucket=BUCKET, Key="once", Body=b"2", IfNoneMatch="*")
    refused(412, "PreconditionFailed", s3.put_object, Bucket=BUCKET, Key="once", Body=b"2", IfMatch='"x"')
    s3.put_object(Bucket=BUCKET, Key="once", Body=b"3", IfMatch=etag)
    equal(s3.get_object(Bucket=BUCKET, Key="once")["Body"].read(), b"3")


@cases.case
def ranges():
    s3.put_object(Bucket=BUCKET, Key="range", Body=b"0123456789")
    for spec, content, told in [("0-0", b"0", "0-0"), ("3-5", b"345", "3-5"), ("7-", b"789", "7-9"), ("-2", b"89", "8-9"), ("8-99", b"89", "8-9")]:
        got = s3.get_object(Bucket=BUCKET, Key="range", Range=f"bytes={spec}")
        equal((got["Body"].read(), got["ContentRange"]), (content, f"bytes {told}/10"))
    refused(416, "InvalidRange", s3.get_object, Bucket=BUCKET, Key="range", Range="bytes=10-")
    status, _, content = send("GET", presign("get_object", "range"), headers={"Range": "bytes=2-3"})
    equal((status, content), (206, b"23"))


@cases.case
def put_checks_every_checksum():
    right = {"CRC32": base64.b64encode(zlib.crc32(b"text").to_bytes(4, "big")).decode(),
             "SHA1": base64.b64encode(hashlib.sha1(b"text").digest()).decode(),
             "SHA256": base64.b64encode(hashlib.sha256(b"text").digest()).decode()}
    wrong = {"CRC32": 4, "CRC32C": 4, "CRC64NVME": 8, "SHA1": 20, "SHA256": 32}
    s3.put_object(Bucket=BUCKET, Key="sum", Body=b"before")
    for name, size in wrong.items():
        bad = {f"Checksum{name}": base64.b64encode(bytes(size)).decode()}
        refused(400, "BadDigest", s3.put_object, Bucket=BUCKET, Key="sum", Body=b"text", **bad)
    equal(s3.get_object(Bucket=BUCKET, Key="sum")["Body"].read(), b"before")
    for name, value in right.items():
        s3.put_object(Bucket=BUCKET, Key="sum", Body=b"text", **{f"Checksum{name}": value})
        got = s3.get_object(Bucket=BUCKET, Key="sum", ChecksumMode="ENABLED")
        equal((got[f"Checksum{name}"], got["Body"].read()), (value, b"text"))
    for name in right:
        s3.put_object(Bucket=BUCKET, Key="sum", Body=io.BytesIO(b"stream"), ChecksumAlgorithm=name)


@cases.case
def a_checksum_of_any_kind_is_verified_or_refused():
    enums = boto3_shapes("ChecksumAlgorithm")
    assert "CRC32" in enums, enums
    s3.put_object(Bucket=BUCKET, Key="kinds", Body=b"before")
    upload = s3.create_multipart_upload(Bucket=BUCKET, Key="kinds")["UploadId"]
    for name in enums:
        for size in (4, 8, 16, 20, 32, 64):
            bad = {f"Checksum{name}": base64.b64encode(bytes(size)).decode()}
            refused(400, ("BadDigest", "InvalidRequest"), s3.put_object, Bucket=BUCKET, Key="kinds", Body=b"text", **bad)
            refused(400, ("BadDigest", "InvalidRequest"), s3.upload_part, Bucket=BUCKET, Key="kinds", UploadId=upload, PartNumber=1,
                    Body=b"text", **bad)
    equal(s3.get_object(Bucket=BUCKET, Key="kinds")["Body"].read(), b"before")
    assert "Parts" not in s3.list_parts(Bucket=BUCKET, Key="kinds", UploadId=upload)
    s3.abort_multipart_upload(Bucket=BUCKET, Key="kinds", UploadId=upload)


def boto3_shapes(name):
    """The values that boto3 knows of an enumeration."""
    return s3.meta.service_model.shape_for(name).enum


@cases.case
def put_checks_content_md5():
    s3.put_object(Bucket=BUCKET, Key="md5", Body=b"before")
    bad = base64.b64encode(bytes(16)).decode()
    refused(400, "BadDigest", s3.put_object, Bucket=BUCKET, Key="md5", Body=b"text", ContentMD5=bad)
    refused(400, ("InvalidDigest", "BadDigest"), s3.put_object, Bucket=BUCKET, Key="md5", Body=b"text", ContentMD5="nonsense")
    equal(s3.get_object(Bucket=BUCKET, Key="md5")["Body"].read(), b"before")


@cases.case
def uploads_by_every_payload_kind():
    data = os.urandom(300_000)
    for config in ({}, {"request_checksum_calculation": "when_required"}):
        one = client(**config)
        one.put_object(Bucket=BUCKET, Key="kind", Body=data)
        equal(one.get_object(Bucket=BUCKET, Key="kind")["Body"].read(), data)
        one.put_object(Bucket=BUCKET, Key="kind", Body=io.BytesIO(data))
        equal(one.get_object(Bucket=BUCKET, Key="kind")["Body"].read(), data)


@cases.case
def multipart_uploads():
    data = os.urandom(20 << 20)
    s3.upload_fileobj(io.BytesIO(data), BUCKET, "multi", ExtraArgs={"Metadata": {"a": "1"}, "ContentType": "a/b"})
    head = s3.head_object(Bucket=BUCKET, Key="multi")
    equal((head["ContentLength"], head["Metadata"], head["ContentType"]), (len(data), {"a": "1"}, "a/b"))
    assert head["ETag"].endswith('-3"'), head["ETag"]
    out = io.BytesIO()
    s3.download_fileobj(BUCKET, "multi", out)
    equal(hashlib.md5(out.getvalue()).digest(), hashlib.md5(data).digest())


@cases.case
def multipart_with_every_checksum():
    first = os.urandom(5 << 20)
    for name in ("CRC32", "SHA1", "SHA256"):
        upload = s3.create_multipart_upload(Bucket=BUCKET, Key="parts", ChecksumAlgorithm=name)["UploadId"]
        where = {"Bucket": BUCKET, "Key": "parts", "UploadId": upload}
        parts = []
        for number, body in ((1, first), (2, b"last")):
            got = s3.upload_part(PartNumber=number, Body=body, ChecksumAlgorithm=name, **where)
            parts.append({"PartNumber": number, "ETag": got["ETag"], f"Checksum{name}": got[f"Checksum{name}"]})
        equal([part["Size"] for part in s3.list_parts(**where)["Parts"]], [5 << 20, 4])
        done = s3.complete_multipart_upload(MultipartUpload={"Parts": parts}, **where)
        assert done[f"Checksum{name}"].endswith("-2"), done
        equal(s3.get_object(Bucket=BUCKET, Key="parts")["Body"].read(), first + b"last")


@cases.case
def multipart_errors():
    where = {"Bucket": BUCKET, "Key": "bad"}
    upload = s3.create_multipart_upload(**where)["UploadId"]
    etags = [s3.upload_part(PartNumber=n, Body=b"small", UploadId=upload, **where)["ETag"] for n in (1, 2)]
    complete = lambda *parts: s3.complete_multipart_upload(
        UploadId=upload, MultipartUpload={"Parts": [{"PartNumber": n, "ETag": tag} for n, tag in parts]}, **where)
    refused(400, "EntityTooSmall", complete, (1, etags[0]), (2, etags[1]))
    refused(400, "InvalidPart", complete, (1, '"' + "0" * 32 + '"'))
    refused(400, "InvalidPartOrder", complete, (2, etags[1]), (1, etags[0]))
    assert upload in [one["UploadId"] for one in s3.list_multipart_uploads(Bucket=BUCKET)["Uploads"]]
    s3.abort_multipart_upload(UploadId=upload, **where)
    refused(404, "NoSuchUpload", s3.list_parts, UploadId=upload, **where)


@cases.case
def listings():
    for key in ("l/a", "l/b/1", "l/b/2", "l/c"):
        s3.put_object(Bucket=BUCKET, Key=key, Body=b"")
    for call in (s3.list_objects_v2, s3.list_objects):
        got = call(Bucket=BUCKET, Prefix="l/", Delimiter="/")
        equal([entry["Key"] for entry in got["Contents"]], ["l/a", "l/c"])
        equal([entry["Prefix"] for entry in got["CommonPrefixes"]], ["l/b/"])
    equal([e["Key"] for e in s3.list_objects_v2(Bucket=BUCKET, Prefix="l/", StartAfter="l/b/1")["Contents"]], ["l/b/2", "l/c"])
    pages = s3.get_paginator("list_objects").paginate(Bucket=BUCKET, Prefix="l/", Delimiter="/", PaginationConfig={"PageSize": 1})
    seen = [e.get("Key") or e["Prefix"] for page in pages for e in page.get("Contents", []) + page.get("CommonPrefixes", [])]
    equal(sorted(seen), ["l/a", "l/b/", "l/c"])


@cases.case
def missing_things_are_told():
    refused(404, "NoSuchKey", s3.get_object, Bucket=BUCKET, Key="none")
    refused(404, "404", s3.head_object, Bucket=BUCKET, Key="none")
    refused(404, "NoSuchBucket", s3.list_objects_v2, Bucket="no-such-bucket-here")
    equal(s3.delete_object(Bucket=BUCKET, Key="none")["ResponseMetadata"]["HTTPStatusCode"], 204)
    equal(s3.head_bucket(Bucket=BUCKET)["ResponseMetadata"]["HTTPStatusCode"], 200)
    assert BUCKET in [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]]


import boto3_access  # noqa: E402, F401 - adds its cases after these

cases.run()
