"""What is uploaded: bytes, a file, or a stream, in pieces that are exactly as long as was announced."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any, BinaryIO

from .errors import InvalidRequestError
from .exchange import CHUNK

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .transfers import Contents, Readable


class Source:
    """What is uploaded, and how long it is."""

    def __init__(
        self,
        source: Contents,
        size: int | None,
        kept: int,
    ) -> None:
        """Takes a source. What is sent of it is remembered if it is no longer than `kept`, to compare checksums."""
        self._source = source
        self._data: memoryview | None = None
        self._file: Readable | None = None
        self._own: BinaryIO | None = None
        self._start: int | None = 0
        self._announced = size
        self._kept = kept
        self.size = 0
        self.fault: OSError | None = None
        self.was_read = False
        self.sent: list[bytes] = []

    def open(self) -> None:
        """Opens it, and finds out how long it is."""
        source, size = self._source, self._announced
        if isinstance(source, (bytes, bytearray, memoryview)):
            self._data = memoryview(source).cast("B")
            measured: int | None = len(self._data)
        elif isinstance(source, (str, os.PathLike)):
            self._own = self._file = open(source, "rb")  # noqa: SIM115
            measured = os.fstat(self._own.fileno()).st_size
        else:
            self._file = source
            self._start, measured = _place(source)
        if size is None and measured is None:
            raise InvalidRequestError(
                "`size` must be given for a stream that can't be asked for its length"
            )
        if size is not None and (not isinstance(size, int) or isinstance(size, bool)):
            raise InvalidRequestError("`size` must be a whole number")
        if size is not None and size < 0:
            raise InvalidRequestError("`size` must be at least 0")
        self.size = (measured or 0) if size is None else size

    @property
    def can_restart(self) -> bool:
        """Whether it can be sent from its first byte, for the first time or again."""
        return not self.was_read or self._start is not None

    def chunks(self) -> Iterator[bytes]:
        """Returns the pieces. The last one comes only when there is nothing behind it, so that no request ends too early."""
        self.sent = []
        left = self.size
        pieces = self._pieces()
        piece = next(pieces, b"")
        while piece:
            if len(piece) > left:
                announced = f"the {self.size} bytes that were announced"
                raise InvalidRequestError(f"the source has more than {announced}")
            left -= len(piece)
            following = next(pieces, b"")
            if not following and left > 0:
                break
            if self.size <= self._kept:
                self.sent.append(piece)
            yield piece
            piece = following
        if left > 0:
            came = self.size - left
            raise InvalidRequestError(f"the source ended after {came} of {self.size} bytes")

    def close(self) -> None:
        """Closes what was opened here."""
        if self._own is not None:
            self._own.close()

    def _pieces(self) -> Iterator[bytes]:
        if self._data is not None:
            for at in range(0, len(self._data), CHUNK):
                yield bytes(self._data[at : at + CHUNK])
            return
        assert self._file is not None
        try:
            if self.was_read and self._start is not None:
                self._file.seek(self._start)  # type: ignore[attr-defined]
            self.was_read = True
            while piece := self._file.read(CHUNK):
                if not isinstance(piece, (bytes, bytearray, memoryview)):
                    raise InvalidRequestError("`source` must give bytes: open a file with `rb`")
                yield bytes(piece)
        except OSError as fault:
            self.fault = fault
            raise InvalidRequestError("the source can't be read") from None


def _place(source: Any) -> tuple[int | None, int | None]:
    """Returns where a stream stands and how much follows; None where it can't be asked."""
    try:
        if not source.seekable():
            return None, None
        start: int = source.tell()
        end: int = source.seek(0, os.SEEK_END)
        source.seek(start)
    except (AttributeError, OSError):
        return None, None
    return start, max(0, end - start)
