"""Uploads and downloads, calls of ours beside those of the description: what they take, give and do."""

from __future__ import annotations

import os
from typing import Any, NotRequired, TypedDict

from .errors import InvalidRequestError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .client import Client
    from .life import Life
    from .operation import Operation
    from .transfer_life import Progress
    from .transfer_source import Readable
    from .transfer_target import Target, Writable

    Contents = bytes | bytearray | memoryview | str | os.PathLike[str] | Readable
    Place = str | os.PathLike[str] | Writable

STALL = 20.0
"""For how many seconds no byte may move."""


class Transferred(TypedDict):
    """An object that was uploaded or downloaded."""

    bytes: int
    """How many bytes it has."""
    etag: NotRequired[str]
    """What the store calls this version of it."""


# What transfers are made of is imported with the first one.


def target_of(to: Place | None) -> Target:
    """Returns what takes the bytes of a download."""
    from .transfer_life import CHECKED
    from .transfer_target import FileTarget, PathTarget, Target

    if to is None:
        return Target()
    if not isinstance(to, (str, os.PathLike)):
        return FileTarget(to, CHECKED)
    if os.path.exists(to) and not os.path.isfile(to):
        raise InvalidRequestError(
            "`to` is there and is no file: open a device or pipe yourself, and give that"
        )
    return PathTarget(to)


def uploading(
    client: Client[Any],
    presign: Operation[Any],
    bucket: str,
    key: str,
    contents: Contents,
    size: int | None,
    stall: float,
    progress: Progress | None,
) -> Life:
    """Returns the life of an upload."""
    from .transfer_life import CHECKED, Transfer, run, upload
    from .transfer_source import Source

    name = "storage.object.upload"
    transfer = Transfer(
        client._core, client._options, name, presign, (bucket, key), stall, progress
    )

    def life() -> Life:
        source = Source(contents, size, CHECKED)
        try:
            return (yield from upload(transfer, source))
        finally:
            source.close()

    return run(transfer, life)


def downloading(
    client: Client[Any],
    presign: Operation[Any],
    bucket: str,
    key: str,
    target: Target,
    stall: float,
    progress: Progress | None,
) -> Life:
    """Returns the life of a download."""
    from .transfer_life import Transfer, download, run

    name = "storage.object.download"
    transfer = Transfer(
        client._core, client._options, name, presign, (bucket, key), stall, progress
    )

    def life() -> Life:
        try:
            return (yield from download(transfer, target))
        finally:
            target.close()

    return run(transfer, life)
