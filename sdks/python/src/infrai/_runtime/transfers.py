"""Uploads and downloads: calls of ours beside those of the description."""

from __future__ import annotations

import os
from typing import Any, ClassVar, NotRequired, TypedDict, overload

from .operation import Operation
from .resource import AsyncResource, Resource

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .client import Client
    from .life import Life
    from .transfer_life import Progress
    from .transfer_source import Readable
    from .transfer_target import Target, Writable

    Contents = bytes | bytearray | memoryview | str | os.PathLike[str] | Readable
    Place = str | os.PathLike[str] | Writable

_STALL = 20.0


class Transferred(TypedDict):
    """An object that was uploaded or downloaded."""

    bytes: int
    """How many bytes it has."""
    etag: NotRequired[str]
    """What the store calls this version of it."""


class Transfers(Resource):
    """A group of operations with uploads and downloads."""

    __slots__ = ()
    _presign: ClassVar[Operation[Any]]

    def upload(
        self,
        *,
        bucket: str,
        key: str,
        source: Contents,
        size: int | None = None,
        stall: float = _STALL,
        progress: Progress | None = None,
    ) -> Transferred:
        """Upload an object.

        Presigns a URL and sends the bytes over it, straight to the store and without the API key. A failed
        attempt is tried again as any call is, if the source can be read again.

        Args:
            bucket: Which bucket.
            key: Which object.
            source: The bytes, the path of a file, or a binary file that is open.
            size: How many bytes there are; needed for a stream that can't be asked.
            stall: For how many seconds no byte may be sent or come. There is no limit for the whole.
            progress: Gets the bytes so far and the whole length. It begins again where the upload does.

        Raises:
            InvalidRequestError: If the source is longer or shorter than announced. No object is made.
            InfraiError: If the upload fails; its class says how.
            OSError: If the source can't be read.
        """
        result: Transferred = self._client._drive(
            _upload(self._client, self._presign, bucket, key, source, size, stall, progress)
        )
        return result

    @overload
    def download(
        self,
        *,
        bucket: str,
        key: str,
        to: None = None,
        stall: float = _STALL,
        progress: Progress | None = None,
    ) -> bytes: ...

    @overload
    def download(
        self,
        *,
        bucket: str,
        key: str,
        to: Place,
        stall: float = _STALL,
        progress: Progress | None = None,
    ) -> Transferred: ...

    def download(
        self,
        *,
        bucket: str,
        key: str,
        to: Place | None = None,
        stall: float = _STALL,
        progress: Progress | None = None,
    ) -> bytes | Transferred:
        """Download an object.

        Presigns a URL and fetches the bytes over it, straight from the store and without the API key. A
        download that breaks off goes on where it was.

        Args:
            bucket: Which bucket.
            key: Which object.
            to: The path of a file, which has the whole object then or what it had before; or a binary file
                that is open. If left out, the bytes are returned.
            stall: For how many seconds no byte may come. There is no limit for the whole.
            progress: Gets the bytes so far and the whole length, None if the store doesn't say.

        Raises:
            APIDecodeError: If the object changes twice meanwhile, or is not what its checksum says.
            InfraiError: If the download fails; its class says how.
            OSError: If the file can't be written.
        """
        target = _target(to)
        result: Transferred = self._client._drive(
            _download(self._client, self._presign, bucket, key, target, stall, progress)
        )
        return b"".join(target.content()) if to is None else result


class AsyncTransfers(AsyncResource):
    """A group of operations with uploads and downloads."""

    __slots__ = ()
    _presign: ClassVar[Operation[Any]]

    async def upload(
        self,
        *,
        bucket: str,
        key: str,
        source: Contents,
        size: int | None = None,
        stall: float = _STALL,
        progress: Progress | None = None,
    ) -> Transferred:
        """Upload an object.

        Presigns a URL and sends the bytes over it, straight to the store and without the API key. A failed
        attempt is tried again as any call is, if the source can be read again. Files are read in threads.

        Args:
            bucket: Which bucket.
            key: Which object.
            source: The bytes, the path of a file, or a binary file that is open.
            size: How many bytes there are; needed for a stream that can't be asked.
            stall: For how many seconds no byte may be sent or come. There is no limit for the whole.
            progress: Gets the bytes so far and the whole length. It begins again where the upload does.

        Raises:
            InvalidRequestError: If the source is longer or shorter than announced. No object is made.
            InfraiError: If the upload fails; its class says how.
            OSError: If the source can't be read.
        """
        result: Transferred = await self._client._drive(
            _upload(self._client, self._presign, bucket, key, source, size, stall, progress)
        )
        return result

    @overload
    async def download(
        self,
        *,
        bucket: str,
        key: str,
        to: None = None,
        stall: float = _STALL,
        progress: Progress | None = None,
    ) -> bytes: ...

    @overload
    async def download(
        self,
        *,
        bucket: str,
        key: str,
        to: Place,
        stall: float = _STALL,
        progress: Progress | None = None,
    ) -> Transferred: ...

    async def download(
        self,
        *,
        bucket: str,
        key: str,
        to: Place | None = None,
        stall: float = _STALL,
        progress: Progress | None = None,
    ) -> bytes | Transferred:
        """Download an object.

        Presigns a URL and fetches the bytes over it, straight from the store and without the API key. A
        download that breaks off goes on where it was. Files are written in threads.

        Args:
            bucket: Which bucket.
            key: Which object.
            to: The path of a file, which has the whole object then or what it had before; or a binary file
                that is open. If left out, the bytes are returned.
            stall: For how many seconds no byte may come. There is no limit for the whole.
            progress: Gets the bytes so far and the whole length, None if the store doesn't say.

        Raises:
            APIDecodeError: If the object changes twice meanwhile, or is not what its checksum says.
            InfraiError: If the download fails; its class says how.
            OSError: If the file can't be written.
        """
        target = _target(to)
        result: Transferred = await self._client._drive(
            _download(self._client, self._presign, bucket, key, target, stall, progress)
        )
        return b"".join(target.content()) if to is None else result


# What transfers are made of is imported with the first one.


def _target(to: Place | None) -> Target:
    from .transfer_life import CHECKED
    from .transfer_target import FileTarget, PathTarget, Target

    if to is None:
        return Target()
    return PathTarget(to) if isinstance(to, (str, os.PathLike)) else FileTarget(to, CHECKED)


def _upload(
    client: Client,
    presign: Operation[Any],
    bucket: str,
    key: str,
    contents: Contents,
    size: int | None,
    stall: float,
    progress: Progress | None,
) -> Life:
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


def _download(
    client: Client,
    presign: Operation[Any],
    bucket: str,
    key: str,
    target: Target,
    stall: float,
    progress: Progress | None,
) -> Life:
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
