"""Uploads and downloads of the client for asyncio."""

from __future__ import annotations

from typing import Any, ClassVar, overload

from .operation import Operation
from .resource import AsyncResource
from .transfers import STALL, Contents, Place, Progress, Transferred, downloading, uploading


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
        stall: float = STALL,
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
            uploading(self._client, self._presign, bucket, key, source, size, stall, progress)
        )
        return result

    @overload
    async def download(
        self,
        *,
        bucket: str,
        key: str,
        to: None = None,
        stall: float = STALL,
        progress: Progress | None = None,
    ) -> bytes: ...

    @overload
    async def download(
        self,
        *,
        bucket: str,
        key: str,
        to: Place,
        stall: float = STALL,
        progress: Progress | None = None,
    ) -> Transferred: ...

    async def download(
        self,
        *,
        bucket: str,
        key: str,
        to: Place | None = None,
        stall: float = STALL,
        progress: Progress | None = None,
    ) -> bytes | Transferred:
        """Download an object.

        Presigns a URL and fetches the bytes over it, straight from the store and without the API key. A
        download that breaks off goes on where it was. Files are written in threads.

        Args:
            bucket: Which bucket.
            key: Which object.
            to: The path of a file, which has the whole object then or what it had before; or a binary file
                that is open, such as a device or pipe. If left out, the bytes are returned.
            stall: For how many seconds no byte may come. There is no limit for the whole.
            progress: Gets the bytes so far and the whole length, None if the store doesn't say.

        Raises:
            APIDecodeError: If the object changes twice meanwhile, or is not what its checksum says.
            InfraiError: If the download fails; its class says how.
            OSError: If the file can't be written.
        """
        result: bytes | Transferred = await self._client._drive(
            downloading(self._client, self._presign, bucket, key, to, stall, progress)
        )
        return result
