"""Each documented signature and result, as type checkers see them: held to `mypy --strict` and pyright, never run."""

from __future__ import annotations

import io
from pathlib import Path
from typing import assert_type

from infrai import AsyncInfrai, Infrai, Response, infra
from infrai.types import Acl, Bucket, BucketList, DeleteObjectResult, PresignedUrl, Transferred


def calls(client: Infrai) -> None:
    bucket = client.storage.bucket
    assert_type(bucket.create(bucket="b", vendor=None, region=None, acl=None), Bucket)
    assert_type(bucket.create(bucket="b", acl="private"), Bucket)
    assert_type(bucket.create(bucket="b", acl="of-a-newer-server"), Bucket)
    assert_type(bucket.list(), BucketList)
    client.storage.bucket.create()  # type: ignore[call-arg] # pyright: ignore[reportCallIssue]
    client.storage.bucket.create("b")  # type: ignore[call-arg] # pyright: ignore[reportCallIssue]
    client.storage.bucket.create(bucket=1)  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]

    objects = client.storage.object
    assert_type(objects.presign(bucket="b", key="k"), PresignedUrl)
    assert_type(
        objects.presign(bucket="b", key="k", method="PUT", expires_seconds=None), PresignedUrl
    )
    assert_type(objects.delete(bucket="b", key="k"), DeleteObjectResult)
    assert_type(objects.upload(bucket="b", key="k", source=b""), Transferred)
    assert_type(objects.upload(bucket="b", key="k", source=io.BytesIO(), size=1), Transferred)
    assert_type(objects.download(bucket="b", key="k"), bytes)
    assert_type(objects.download(bucket="b", key="k", to=Path("f")), Transferred)


def results() -> None:
    b = infra.storage.bucket.create(bucket="user-uploads", acl="private")
    assert_type(b["bucket"], str)
    assert_type(b["created_at"], str)
    acl: Acl | None = b.get("acl")
    assert acl
    b["no_such_field"]  # type: ignore[typeddict-item] # pyright: ignore[reportGeneralTypeIssues]
    for one in infra.storage.bucket.list().get("items", []):
        assert_type(one, Bucket)
    headers = infra.storage.object.presign(bucket="b", key="k").get("headers", {})
    assert_type(headers, dict[str, str])


def options(client: Infrai) -> None:
    assert_type(client.with_options(timeout=1.5, max_retries=0, headers={"x-team": "blue"}), Infrai)
    whole = client.storage.bucket.with_raw_response.create(bucket="b", region=None)
    assert_type(whole, Response[Bucket])
    assert_type(whole.value, Bucket)
    assert_type(whole.status, int)
    client.storage.bucket.with_raw_response.create()  # type: ignore[call-arg] # pyright: ignore[reportCallIssue]


async def asynchronously(client: AsyncInfrai) -> None:
    assert_type(await client.storage.bucket.create(bucket="b"), Bucket)
    assert_type(await client.storage.bucket.list(), BucketList)
    assert_type(await client.storage.object.presign(bucket="b", key="k"), PresignedUrl)
    assert_type(await client.storage.object.delete(bucket="b", key="k"), DeleteObjectResult)
    assert_type(await client.storage.object.upload(bucket="b", key="k", source="f"), Transferred)
    assert_type(await client.storage.object.download(bucket="b", key="k"), bytes)
    whole = await client.storage.object.with_raw_response.delete(bucket="b", key="k")
    assert_type(whole, Response[DeleteObjectResult])
