"""A connection as threads see it: bytes that come, and bytes that go, each step within a limit."""

from __future__ import annotations

import select

from .exchange import CHUNK, Clock
from .pool import is_readable

TYPE_CHECKING = False
if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

# More fits no system's clock.
_LONGEST_WAIT = 1e6


class SyncStream:
    """A socket. It never blocks, so that it can be waited for both ways at once."""

    __slots__ = ("_blocked", "_pending", "_poll", "_sock")

    def __init__(self, sock: socket.socket, *, is_tls: bool) -> None:
        sock.setblocking(False)
        self._sock = sock
        self._blocked: tuple[type[OSError], ...] = (BlockingIOError,)
        self._pending: Callable[[], int] | None = None
        if is_tls:
            import ssl

            self._blocked = (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError)
            # What was decrypted already, the system does not know of.
            self._pending = getattr(sock, "pending", None)
        self._poll = select.poll() if hasattr(select, "poll") else None

    def is_stale(self) -> bool:
        """Whether the server closed it meanwhile, or sent what nobody asked for."""
        return self._has_pending() or is_readable(self._sock.fileno())

    def receive(self, clock: Clock) -> bytes:
        """Returns what comes, at least a byte; none, if the connection has ended."""
        while True:
            if not self._has_pending():
                self._until(clock, receives=True, sends=False)
            try:
                return self._sock.recv(CHUNK)
            except self._blocked:
                continue

    def received(self) -> bytes | None:
        """Returns what came; None, if nothing did after all."""
        try:
            return self._sock.recv(CHUNK)
        except self._blocked:
            return None

    def send(self, data: memoryview, clock: Clock) -> int:
        """Sends some bytes, and returns how many: none, if bytes or the end come before."""
        while True:
            if self._until(clock, receives=True, sends=True):
                return 0
            try:
                return self._sock.send(data)
            except self._blocked:
                continue

    def close(self) -> None:
        """Closes it."""
        self._sock.close()

    def _has_pending(self) -> bool:
        return self._pending is not None and self._pending() > 0

    def _until(self, clock: Clock, *, receives: bool, sends: bool) -> bool:
        """Waits until there is something to be done. Returns whether that is to receive."""
        while True:
            left = clock.left()
            comes, goes = self._wait(left, receives=receives, sends=sends)
            if comes or goes:
                return comes
            if left is not None and left < _LONGEST_WAIT:
                raise TimeoutError

    def _wait(self, seconds: float | None, *, receives: bool, sends: bool) -> tuple[bool, bool]:
        """Waits so long at most. Returns whether bytes, the end or a fault came, and whether bytes can be sent."""
        seconds = None if seconds is None else min(seconds, _LONGEST_WAIT)
        if self._poll is None:
            sock = [self._sock]
            found = select.select(sock if receives else [], sock if sends else [], [], seconds)
            return bool(found[0]), bool(found[1])
        wanted = (select.POLLIN if receives else 0) | (select.POLLOUT if sends else 0)
        self._poll.register(self._sock, wanted)
        # Rounded up: one that waits for no time, again and again, does not let others work.
        events = self._poll.poll(None if seconds is None else int(seconds * 1000 + 0.999))
        flags = events[0][1] if events else 0
        return bool(flags & ~select.POLLOUT), bool(flags & select.POLLOUT)
