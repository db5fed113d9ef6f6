"""A connection as coroutines see it: bytes that come, and bytes that go, each step within a limit."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import cast

from .exchange import CHUNK, Clock
from .pool import is_readable

TYPE_CHECKING = False
if TYPE_CHECKING:
    import ssl

_MOST_WAITING = 4 * CHUNK


class AsyncStream(asyncio.Protocol):
    """A connection. Unlike asyncio's own streams it tells whether bytes came that nobody has asked for."""

    _transport: asyncio.Transport

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._came: deque[bytes] = deque()
        self._waiting = 0
        self._is_over = False
        self._fault: Exception | None = None
        self._is_full = False
        self._waiter: asyncio.Future[None] | None = None

    def is_stale(self) -> bool:
        """Whether the server closed it meanwhile, or sent what nobody asked for."""
        if self.has_received() or self._transport.is_closing():
            return True
        # A loop that was busy does not know yet.
        sock = self._transport.get_extra_info("socket")
        return sock is not None and is_readable(sock.fileno())

    def has_received(self) -> bool:
        """Whether bytes or the end came that were not received yet."""
        return self._is_over or bool(self._came)

    async def receive(self, clock: Clock) -> bytes:
        """Returns what comes, at least a byte; none, if the connection has ended."""
        while not self._came:
            if self._fault is not None:
                raise self._fault
            if self._is_over:
                return b""
            await self._change(clock)
        piece = self._came.popleft()
        if self._waiting > _MOST_WAITING >= self._waiting - len(piece) and not self._is_over:
            self._transport.resume_reading()
        self._waiting -= len(piece)
        return piece

    def send(self, data: bytes | memoryview) -> None:
        """Begins to send bytes."""
        self._transport.write(data)

    async def is_sent(self, clock: Clock) -> bool:
        """Waits until more can be sent. Says no, if bytes or the end come before."""
        while self._is_full:
            if self.has_received():
                return False
            waiting = self._transport.get_write_buffer_size()
            try:
                await self._change(clock)
            except TimeoutError:
                # What the system took has moved.
                if self._transport.get_write_buffer_size() >= waiting:
                    raise
        return True

    async def start_tls(self, context: ssl.SSLContext, host: str) -> None:
        """Goes on in a tunnel."""
        made = await self._loop.start_tls(self._transport, self, context, server_hostname=host)
        if made is None:
            raise ConnectionResetError("the connection ended early")
        self._transport = made

    def close(self) -> None:
        """Closes it at once; nothing is left to be waited for."""
        self._transport.abort()

    async def _change(self, clock: Clock) -> None:
        """Waits until something happens."""
        left = clock.left()
        waiter = self._waiter = self._loop.create_future()
        timer = None if left is None else self._loop.call_later(left, _give_up, waiter)
        try:
            await waiter
        finally:
            self._waiter = None
            if timer is not None:
                timer.cancel()

    def _changed(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    # What the loop calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Takes what sends."""
        # Those of other loops, such as uvloop's, are of no class of asyncio's.
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Takes what came."""
        self._came.append(data)
        self._waiting += len(data)
        if self._waiting > _MOST_WAITING:
            self._transport.pause_reading()
        self._changed()

    def eof_received(self) -> bool:
        """Takes note of the end."""
        self._is_over = True
        self._changed()
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        """Takes note of the end, and of why."""
        self._is_over = True
        self._fault = exc
        self._changed()

    def pause_writing(self) -> None:
        """Takes note that too many bytes are on their way."""
        self._is_full = True

    def resume_writing(self) -> None:
        """Takes note that they have gone."""
        self._is_full = False
        self._changed()


def _give_up(waiter: asyncio.Future[None]) -> None:
    if not waiter.done():
        waiter.set_exception(TimeoutError())
