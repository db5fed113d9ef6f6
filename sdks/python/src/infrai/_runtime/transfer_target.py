"""Where a download goes: memory, a path, which has the whole object or what it had before, or a file that is open."""

from __future__ import annotations

import io
import os
from contextlib import suppress
from typing import BinaryIO

from .errors import InvalidRequestError
from .exchange import CHUNK
from .system import new_id

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .transfers import Writable

# What most file systems allow a name.
_LONGEST_NAME = 255


class Target:
    """Where a download goes: memory."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self.length = 0

    def open(self) -> None:
        """Finds out whether it can be written, before anything is fetched."""

    def write(self, piece: bytes) -> None:
        """Takes the next bytes."""
        self._pieces.append(piece)
        self.length += len(piece)

    def restart(self) -> bool:
        """Forgets what was written. Returns whether that can be done."""
        self._pieces = []
        self.length = 0
        return True

    def content(self) -> list[bytes]:
        """Returns what was written, if it is still known."""
        return self._pieces

    def finish(self) -> None:
        """Makes it the object: it is whole."""

    def close(self) -> None:
        """Leaves nothing behind."""


class PathTarget(Target):
    """A path: what comes stands beside it until it is whole."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        super().__init__()
        self._path = os.fspath(path)
        self._is_begun = False

    def open(self) -> None:
        # Whole, since the working folder may change meanwhile; and a link is followed.
        self._path = os.path.realpath(self._path)
        if os.path.exists(self._path) and not os.path.isfile(self._path):
            raise InvalidRequestError(
                "`to` is there and is no file: open a device or pipe yourself, and give that"
            )
        folder, name = os.path.split(self._path)
        end = f".{new_id()[:8]}.part"
        while len(os.fsencode(name)) + len(end) + 1 > _LONGEST_NAME:
            name = name[:-1]
        self._beside = os.path.join(folder, f".{name}{end}")
        self._file: BinaryIO = open(self._beside, "xb")  # noqa: SIM115
        self._is_begun = True

    def write(self, piece: bytes) -> None:
        self._file.write(piece)
        self.length += len(piece)

    def restart(self) -> bool:
        self._file.seek(0)
        self._file.truncate()
        self.length = 0
        return True

    def content(self) -> list[bytes]:
        self._file.flush()
        with open(self._beside, "rb") as file:
            return list(iter(lambda: file.read(CHUNK), b""))

    def finish(self) -> None:
        self._file.close()
        os.replace(self._beside, self._path)
        self._is_begun = False

    def close(self) -> None:
        if self._is_begun:
            try:
                self._file.close()
            finally:
                os.unlink(self._beside)


class FileTarget(Target):
    """A file that the caller opened. It has what came, whole or not."""

    def __init__(self, file: Writable, kept: int) -> None:
        super().__init__()
        self._file = file
        self._kept = kept
        self._start: int | None = None

    def open(self) -> None:
        with suppress(AttributeError, OSError):
            if self._file.seekable():  # type: ignore[attr-defined]
                self._start = self._file.tell()  # type: ignore[attr-defined]

    def write(self, piece: bytes) -> None:
        rest = piece
        while rest:
            taken = self._file.write(rest)
            # A file without a buffer takes what it can; one that doesn't say how much took all.
            if isinstance(self._file, io.RawIOBase) and taken is None:
                raise BlockingIOError("the file takes nothing at the moment")
            rest = rest[taken if isinstance(taken, int) else len(rest) :]
        self.length += len(piece)
        if self.length <= self._kept:
            self._pieces.append(piece)
        else:
            self._pieces = []

    def restart(self) -> bool:
        if self.length and self._start is None:
            return False
        if self.length:
            self._file.seek(self._start)  # type: ignore[attr-defined]
            self._file.truncate()  # type: ignore[attr-defined]
        return super().restart()
