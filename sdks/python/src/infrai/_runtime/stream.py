"""A connection as coroutines see it: bytes that come, and bytes that go."""

from __future__ import annotations

import asyncio
from collections import deque

from .exchange import CHUNK

TYPE_CHECKING = False
if TYPE_CHECKING:
    import ssl

_MOST_WAITING = 4 * CHUNK


class Stream(asyncio.Protocol):
    """A connection. Unlike asyncio's own streams it tells whether bytes came that nobody has asked for."""

    transport: asyncio.Transport

    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self._arrived: deque[bytes] = deque()
        self._waiting = 0
        self._is_over = False
        self._fault: Exception | None = None
        self._is_full = False
        self._waiter: asyncio.Future[None] | None = None

    def is_quiet(self) -> bool:
        """Whether it is open, and nothing came that was not read."""
        return not (self._is_over or self._arrived or self.transport.is_closing())

    async def receive(self) -> bytes:
        """Returns what came, at least a byte; none, if the connection has ended."""
        while not self._arrived:
            if self._fault is not None:
                raise self._fault
            if self._is_over:
                return b""
            await self._change()
        piece = self._arrived.popleft()
        self._waiting -= len(piece)
        if self._waiting <= _MOST_WAITING and not self._is_over:
            self.transport.resume_reading()
        return piece

    async def send(self, data: bytes) -> None:
        """Sends bytes. Waits while too many are on their way."""
        self.transport.write(data)
        while self._is_full and not self._is_over:
            await self._change()
        if self._fault is not None:
            raise self._fault

    async def start_tls(self, context: ssl.SSLContext, host: str) -> None:
        """Makes a tunnel of it."""
        made = await self.loop.start_tls(self.transport, self, context, server_hostname=host)
        if made is None:
            raise ConnectionResetError("the connection ended early")
        self.transport = made

    def close(self) -> None:
        """Closes it at once; nothing is left to be waited for."""
        self.transport.abort()

    async def _change(self) -> None:
        self._waiter = self.loop.create_future()
        try:
            await self._waiter
        finally:
            self._waiter = None

    def _changed(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    # What the loop calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Takes what sends."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        """Takes what came."""
        self._arrived.append(data)
        self._waiting += len(data)
        if self._waiting > _MOST_WAITING:
            self.transport.pause_reading()
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
