"""Sends requests over sockets that stay open: for threads, which may share it."""

from __future__ import annotations

import os

from .connect_sync import connect
from .errors import InvalidRequestError
from .exchange import BROKEN, SOURCE, Answer, Clock, Fault, Limits, Request, broken, next_chunk
from .pool import Pool
from .reading import Reading
from .routes import message
from .stream_sync import SyncStream

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .proxies import Proxy
    from .routes import Routes


class SyncTransport:
    """HTTP/1.1 over sockets."""

    def __init__(self, routes: Routes) -> None:
        self._routes = routes
        self._idle: Pool[SyncStream] = Pool()
        self._process = os.getpid()

    def send(self, request: Request, limits: Limits) -> Answer | Fault:
        """Makes one attempt. What goes wrong is returned, not raised, so that no frame of it is seen.

        But what the caller's own code raises is the caller's: it goes on as it is.
        """
        origin = request.url.origin
        clock = Clock(limits)
        try:
            proxy = self._routes.proxy(origin)
        except InvalidRequestError as error:
            return Fault(SOURCE, error.message)
        idle = self._pool()
        stream = idle.take(origin)
        if stream is None:
            made = connect(origin, self._routes, proxy, clock, limits.connect)
            if isinstance(made, Fault):
                return made
            stream = made
        reading = Reading(request)
        is_reusable = False
        try:
            unsent = _write(stream, request, proxy, reading, clock)
            if unsent is None or unsent.kind == BROKEN:
                _read(stream, reading, clock)
            is_reusable = unsent is None and reading.is_reusable
            return reading.end(unsent)
        finally:
            if is_reusable:
                idle.put(origin, stream)
            else:
                stream.close()

    def close(self) -> None:
        """Closes the connections that nobody uses."""
        for stream in self._pool().empty():
            stream.close()

    def __del__(self) -> None:
        self.close()

    def _pool(self) -> Pool[SyncStream]:
        if self._process != os.getpid():
            # A child must not speak on its parent's connections.
            self._process, self._idle = os.getpid(), Pool()
        return self._idle


def _write(
    stream: SyncStream, request: Request, proxy: Proxy | None, reading: Reading, clock: Clock
) -> Fault | None:
    """Sends a request. Returns why it was not sent as a whole."""
    if request.chunks is None:
        return _send(stream, message(request, proxy), reading, clock)
    # A source that can't be sent is known before anything is.
    chunks = request.chunks()
    chunk = next_chunk(chunks)
    fault = None
    if not isinstance(chunk, Fault):
        fault = _send(stream, message(request, proxy), reading, clock)
    while not isinstance(chunk, Fault) and chunk and fault is None:
        fault = _send(stream, chunk, reading, clock)
        if fault is None and request.progress is not None:
            request.progress(len(chunk))
        chunk = next_chunk(chunks)
    return chunk if isinstance(chunk, Fault) else fault


def _send(
    stream: SyncStream, data: bytes | memoryview, reading: Reading, clock: Clock
) -> Fault | None:
    """Sends bytes, unless an answer comes before."""
    rest = memoryview(data)
    while rest:
        try:
            count = stream.send(rest, clock)
            came = stream.received() if count == 0 else None
        except OSError as error:
            return broken(error)
        rest = rest[count:]
        if came is not None:
            _take(reading, came)
        if reading.ends_sending:
            return Fault(BROKEN)
    return None


def _read(stream: SyncStream, reading: Reading, clock: Clock) -> None:
    while not reading.is_over:
        try:
            came = stream.receive(clock)
        except OSError as error:
            reading.fail(error)
            return
        _take(reading, came)


def _take(reading: Reading, came: bytes) -> None:
    if piece := reading.feed(came):
        reading.give(piece)
        reading.tell(piece)
