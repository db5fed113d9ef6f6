"""Sends requests over connections of a loop that stay open. Threads can't be cancelled; this can, and then leaves nothing open."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncGenerator
from contextlib import suppress

from .connect_async import connect
from .errors import InvalidRequestError
from .exchange import BROKEN, SOURCE, Answer, Clock, Fault, Limits, Request, broken, next_chunk
from .in_thread import in_thread
from .pool import Pool
from .reading import Reading
from .routes import message
from .stream_async import AsyncStream

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .proxies import Proxy
    from .routes import Routes


class AsyncTransport:
    """HTTP/1.1 over streams."""

    def __init__(self, routes: Routes) -> None:
        self._routes = routes
        self._idle: dict[asyncio.AbstractEventLoop, _Idle] = {}
        self._process = os.getpid()

    async def send(self, request: Request, limits: Limits) -> Answer | Fault:
        """Makes one attempt. What goes wrong is returned, not raised, so that no frame of it is seen.

        But what the caller's own code raises is the caller's: it goes on as it is.
        """
        origin = request.url.origin
        clock = Clock(limits)
        try:
            proxy = self._routes.proxy(origin)
        except InvalidRequestError as error:
            return Fault(SOURCE, error.message)
        idle = await self._pool()
        stream = idle.take(origin)
        if stream is None:
            made = await connect(origin, self._routes, proxy, clock, limits.connect)
            if isinstance(made, Fault):
                return made
            stream = made
        reading = Reading(request)
        is_reusable = False
        try:
            unsent = await _write(stream, request, proxy, reading, clock)
            if unsent is None or unsent.kind == BROKEN:
                await _read(stream, reading, clock)
            is_reusable = unsent is None and reading.is_reusable
            return reading.end(unsent)
        finally:
            if is_reusable:
                idle.put(origin, stream)
            else:
                stream.close()

    async def close(self) -> None:
        """Closes the connections that nobody uses."""
        here = await self._pool()
        for stream in here.empty():
            stream.close()
        for loop, idle in list(self._idle.items()):
            # One that has ended, or ends now, has closed them.
            with suppress(RuntimeError):
                if idle.pool is not here:
                    loop.call_soon_threadsafe(idle.close)

    async def _pool(self) -> Pool[AsyncStream]:
        """Returns the connections of the running loop. Those of others, which may run in other threads, are theirs."""
        if self._process != os.getpid():
            # A child must not speak on its parent's connections.
            self._process, self._idle = os.getpid(), {}
        loop = asyncio.get_running_loop()
        idle = self._idle.get(loop)
        if idle is None:
            for other in [other for other in list(self._idle) if other.is_closed()]:
                self._idle.pop(other, None)
            idle = self._idle[loop] = _Idle()
            await anext(idle.end)
        return idle.pool


class _Idle:
    """The idle connections of a loop, and what closes them at its end."""

    def __init__(self) -> None:
        self.pool: Pool[AsyncStream] = Pool()
        self.end = _until_the_end(self.pool)

    def close(self) -> None:
        """Closes them, in their loop."""
        for stream in self.pool.empty():
            stream.close()


async def _until_the_end(pool: Pool[AsyncStream]) -> AsyncGenerator[None, None]:
    """Closes connections when their loop is about to end, or nobody has this generator any more.

    Loops close the asynchronous generators that were begun in them (PEP 525). So a client that nobody closed leaves nothing.
    """
    try:
        yield
    finally:
        for stream in pool.empty():
            stream.close()


async def _write(
    stream: AsyncStream, request: Request, proxy: Proxy | None, reading: Reading, clock: Clock
) -> Fault | None:
    """Sends a request. Returns why it was not sent as a whole."""
    if request.chunks is None:
        return await _send(stream, message(request, proxy), reading, clock)
    # A source that can't be sent is known before anything is.
    chunks = request.chunks()
    chunk = await in_thread(next_chunk, chunks)
    fault = None
    if not isinstance(chunk, Fault):
        fault = await _send(stream, message(request, proxy), reading, clock)
    while not isinstance(chunk, Fault) and chunk and fault is None:
        fault = await _send(stream, chunk, reading, clock)
        if fault is None and request.progress is not None:
            request.progress(len(chunk))
        chunk = await in_thread(next_chunk, chunks)
    return chunk if isinstance(chunk, Fault) else fault


async def _send(
    stream: AsyncStream, data: bytes | memoryview, reading: Reading, clock: Clock
) -> Fault | None:
    """Sends bytes, unless an answer comes before."""
    is_begun = False
    while True:
        try:
            if not is_begun and not stream.has_received():
                stream.send(data)
                is_begun = True
            if is_begun and await stream.is_sent(clock):
                return None
            came = await stream.receive(clock)
        except OSError as error:
            return broken(error)
        await _take(reading, came)
        if reading.ends_sending:
            return Fault(BROKEN)


async def _read(stream: AsyncStream, reading: Reading, clock: Clock) -> None:
    while not reading.is_over:
        try:
            came = await stream.receive(clock)
        except OSError as error:
            reading.fail(error)
            return
        await _take(reading, came)


async def _take(reading: Reading, came: bytes) -> None:
    if piece := reading.feed(came):
        await in_thread(reading.give, piece)
        reading.tell(piece)
