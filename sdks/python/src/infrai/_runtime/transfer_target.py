"""Where a download goes: memory, a path, which has the whole object or what it had before, or a file that is open."""

from __future__ import annotations

import io
import os
from typing import BinaryIO, Protocol

from .system import new_id

_CHUNK = 1 << 16


class Writable(Protocol):
    """What bytes can be written to."""

    def write(self, data: bytes, /) -> object:
        """Takes bytes. Returns how many, if not all."""


class Target:
    """Where a download goes: memory."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self.length = 0

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
        self._path = os.path.abspath(path)
        folder, name = os.path.split(self._path)
        self._beside = os.path.join(folder, f".{name}.{new_id()[:8]}.part")
        self._file: BinaryIO | None = None

    def write(self, piece: bytes) -> None:
        self._open().write(piece)
        self.length += len(piece)

    def restart(self) -> bool:
        if self._file is not None:
            self._file.seek(0)
            self._file.truncate()
        self.length = 0
        return True

    def content(self) -> list[bytes]:
        self._open().flush()
        with open(self._beside, "rb") as file:
            return list(iter(lambda: file.read(_CHUNK), b""))

    def finish(self) -> None:
        self._open().close()
        os.replace(self._beside, self._path)
        self._file = None

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
            os.unlink(self._beside)

    def _open(self) -> BinaryIO:
        if self._file is None:
            self._file = open(self._beside, "xb")  # noqa: SIM115
        return self._file


class FileTarget(Target):
    """A file that the caller opened. It has what came, whole or not."""

    def __init__(self, file: Writable, kept: int) -> None:
        super().__init__()
        self._file = file
        self._kept = kept
        self._start: int | None = None
        try:
            if file.seekable():  # type: ignore[attr-defined]
                self._start = file.tell()  # type: ignore[attr-defined]
        except (AttributeError, OSError):
            pass

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
