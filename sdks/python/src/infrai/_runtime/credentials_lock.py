"""Processes that change the credentials file take turns, so that none writes down what it read before another wrote.

The lock is a file beside it, which clients in other languages know, too: not all of them can lock a file itself.
"""

from __future__ import annotations

import os
import time
from contextlib import suppress

from .life import Life, Wait

# How long is waited before the next look.
_WAIT = 0.05
# A lock as old as this was left by a process that ended: it is held only while a small file is read and written.
_LEFT_OVER = 10.0


class CredentialsLock:
    """The lock of a credentials file."""

    __slots__ = ("_path",)

    def __init__(self, file: str) -> None:
        self._path = f"{os.path.realpath(file)}.lock"

    def take(self) -> Life:
        """Takes it; waits while another holds it. Raises OSError if it can't be made."""
        os.makedirs(os.path.dirname(self._path), mode=0o700, exist_ok=True)
        while not self._is_made():
            if self._is_left_over():
                self.release()
            else:
                yield Wait(_WAIT)

    def release(self) -> None:
        """Lets others have it."""
        with suppress(FileNotFoundError):
            os.unlink(self._path)

    def _is_made(self) -> bool:
        try:
            os.close(os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        except FileExistsError:
            return False
        return True

    def _is_left_over(self) -> bool:
        try:
            # A time to come is of a clock that was put back since.
            return abs(time.time() - os.stat(self._path).st_mtime) > _LEFT_OVER
        except FileNotFoundError:
            return False
