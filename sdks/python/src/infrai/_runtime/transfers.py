"""Uploads and downloads, calls of ours beside those of the description: what they take, give and do."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any, NotRequired, Protocol, TypedDict

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .client import Client
    from .life import Life
    from .operation import Operation
    from .transfer_life import Transfer
    from .transfer_target import Target

STALL = 20.0
"""For how many seconds no byte may move."""


class Readable(Protocol):
    """What bytes can be read from."""

    def read(self, size: int, /) -> bytes:
        """Returns at most `size` bytes; none at the end."""
        ...


class Writable(Protocol):
    """What bytes can be written to."""

    def write(self, data: bytes, /) -> object:
        """Takes bytes. Returns how many, if not all."""


Contents = bytes | bytearray | memoryview | str | os.PathLike[str] | Readable
Place = str | os.PathLike[str] | Writable
Progress = Callable[[int, int | None], object]


class Transferred(TypedDict):
    """An object that was uploaded or downloaded."""

    bytes: int
    """How many bytes it has."""
    etag: NotRequired[str]
    """What the store calls this version of it."""


# What transfers are made of is imported with the first one.


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
    from .life import work
    from .transfer_life import CHECKED
    from .transfer_source import Source
    from .upload import upload

    transfer = _transfer(client, presign, "upload", "PUT", bucket, key, stall, progress)

    def life() -> Life:
        source = Source(contents, size, CHECKED)
        try:
            yield from work(source.open)
            return (yield from upload(transfer, source))
        finally:
            source.close()

    return transfer.run(life)


def downloading(
    client: Client[Any],
    presign: Operation[Any],
    bucket: str,
    key: str,
    to: Place | None,
    stall: float,
    progress: Progress | None,
) -> Life:
    """Returns the life of a download, which ends with the bytes if there is no place for them."""
    from .download import download
    from .life import work

    transfer = _transfer(client, presign, "download", "GET", bucket, key, stall, progress)

    def life() -> Life:
        target = _target(to)
        try:
            yield from work(target.open)
            result = yield from download(transfer, target)
            return b"".join(target.content()) if to is None else result
        finally:
            target.close()

    return transfer.run(life)


def _transfer(
    client: Client[Any],
    presign: Operation[Any],
    what: str,
    verb: str,
    bucket: str,
    key: str,
    stall: float,
    progress: Progress | None,
) -> Transfer:
    from .transfer_life import Transfer

    return Transfer(
        client._core,
        client._options,
        presign,
        name=f"storage.object.{what}",
        verb=verb,
        bucket=bucket,
        key=key,
        stall=stall,
        progress=progress,
    )


def _target(to: Place | None) -> Target:
    """Returns what takes the bytes of a download."""
    from .transfer_life import CHECKED
    from .transfer_target import FileTarget, PathTarget, Target

    if to is None:
        return Target()
    if not isinstance(to, (str, os.PathLike)):
        return FileTarget(to, CHECKED)
    return PathTarget(to)
