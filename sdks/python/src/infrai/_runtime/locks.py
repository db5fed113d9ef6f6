"""Locks that do not outlive a fork."""

from __future__ import annotations

import os
import threading
from weakref import WeakSet


class Lock:
    """A lock that is open in a child of `fork`: the thread that held it in the parent isn't there to open it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        _all.add(self)

    def renew(self) -> None:
        """Opens it."""
        self._lock = threading.Lock()

    def __enter__(self) -> None:
        self._lock.acquire()

    def __exit__(self, *_: object) -> None:
        self._lock.release()


_all: WeakSet[Lock] = WeakSet()


def _renew() -> None:
    for lock in list(_all):
        lock.renew()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_renew)
