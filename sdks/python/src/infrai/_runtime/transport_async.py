"""Sends requests over connections of a loop that stay open. Threads can't be cancelled; this can, and then leaves nothing open."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncGenerator, Coroutine
from time import monotonic
from typing import Any, TypeVar

from . import http11
from .arriving import Arriving
from .base_url import Origin
from .errors import InvalidRequestError
from .exchange import (
    CHUNK,
    CONNECT_TIMEOUT,
    SOURCE,
    TIMEOUT,
    Answer,
    Clock,
    Fault,
    Limits,
    ProxyError,
    Request,
    broken,
    unconnected,
)
from .pool import LONGEST_IDLE, Pool
from .proxies import Proxy
from .routes import Routes
from .stream import Stream

TYPE_CHECKING = False
if TYPE_CHECKING:
    import ssl


T = TypeVar("T")


class Connection:
    """A stream, and when it was last used."""

    __slots__ = ("stream", "used")

    def __init__(self, stream: Stream) -> None:
        self.stream = stream
        self.used = monotonic()

    def is_stale(self) -> bool:
        """Whether the server closed it meanwhile, or sent what nobody asked for."""
        return monotonic() - self.used > LONGEST_IDLE or not self.stream.is_quiet()

    def close(self) -> None:
        """Closes it."""
        self.stream.close()


class AsyncTransport:
    """HTTP/1.1 over streams."""

    def __init__(self, routes: Routes) -> None:
        self._routes = routes
        self._idle: dict[asyncio.AbstractEventLoop, _Idle] = {}

    async def send(self, request: Request, limits: Limits) -> Answer | Fault:
        """Makes one attempt. What goes wrong is returned, not raised, so that no frame of it is seen."""
        whole = asyncio.timeout(limits.total)
        arriving = Arriving(request)
        connection: Connection | None = None
        is_reusable = False
        pool = (await self._of_this_loop()).pool
        try:
            proxy = self._routes.proxy(request.url.origin)
        except InvalidRequestError as error:
            return Fault(SOURCE, error.message)
        try:
            async with whole:
                clock = Clock(Limits(limits.connect, None, limits.stall))
                connection = pool.take(request.url.origin)
                if connection is None:
                    made = await self._connect(request.url.origin, proxy, limits.connect)
                    if isinstance(made, Fault):
                        return made
                    connection = made
                through = None
                if proxy is not None and request.url.origin.scheme == "http":
                    through = proxy.authorization()
                fault = await _write(connection.stream, request, clock, through)
                if fault is not None and fault.kind in (SOURCE, TIMEOUT):
                    return fault
                # A server that refuses a body may answer before it has read all of it.
                answer, is_reusable = await _read(connection.stream, request, arriving, clock)
                return answer if fault is None or isinstance(answer, Answer) else fault
        except TimeoutError as error:
            if not whole.expired():
                raise
            return arriving.end(Fault(TIMEOUT, cause=error))
        finally:
            if connection is not None and is_reusable and not connection.is_stale():
                connection.used = monotonic()
                pool.put(request.url.origin, connection)
            elif connection is not None:
                connection.close()

    async def close(self) -> None:
        """Closes the connections that nobody uses."""
        here = asyncio.get_running_loop()
        for loop, idle in list(self._idle.items()):
            for connection in idle.pool.empty():
                if loop is here:
                    connection.close()
                elif not loop.is_closed():
                    loop.call_soon_threadsafe(connection.close)

    async def _of_this_loop(self) -> _Idle:
        """Returns the connections that belong to the running loop."""
        loop = asyncio.get_running_loop()
        idle = self._idle.get(loop)
        if idle is None:
            for other in [other for other in self._idle if other.is_closed()]:
                del self._idle[other]
            idle = self._idle[loop] = _Idle()
            await anext(idle.end)
        return idle

    async def _connect(
        self, origin: Origin, proxy: Proxy | None, limit: float
    ) -> Connection | Fault:
        stream: Stream | None = None
        is_made = False
        is_tls = origin.scheme == "https"
        try:
            async with asyncio.timeout(limit):
                trust = self._routes.trust() if is_tls else None
                if proxy is None:
                    stream = await _open(origin, limit, trust)
                else:
                    stream = await _open(proxy.origin, limit, None)
                if trust is not None and proxy is not None:
                    await stream.send(proxy.connect(origin))
                    proxy.check(await _proxy_head(stream))
                    await stream.start_tls(trust, origin.host)
                is_made = True
                return Connection(stream)
        except TimeoutError as error:
            return Fault(CONNECT_TIMEOUT, cause=error)
        except (OSError, ValueError, ProxyError) as error:
            return unconnected(origin, error)
        finally:
            if stream is not None and not is_made:
                stream.close()


class _Idle:
    """The idle connections of a loop, and what closes them at its end."""

    def __init__(self) -> None:
        self.pool: Pool[Connection] = Pool()
        self.end = _until_the_end(self.pool)


async def _until_the_end(pool: Pool[Connection]) -> AsyncGenerator[None, None]:
    """Closes connections when their loop is about to end, or nobody has this generator any more.

    Loops close the asynchronous generators that were begun in them (PEP 525). So a client that nobody closed leaves nothing.
    """
    try:
        yield
    finally:
        for connection in pool.empty():
            connection.close()


async def _open(place: Origin, limit: float, trust: ssl.SSLContext | None) -> Stream:
    """Connects to the first of a host's addresses that answers."""
    loop = asyncio.get_running_loop()
    end = loop.time() + limit
    try:
        # An address needs no look-up, and so no thread.
        addresses = socket.getaddrinfo(
            place.host, place.port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST
        )
    except socket.gaierror:
        addresses = await loop.getaddrinfo(place.host, place.port, type=socket.SOCK_STREAM)
    last: OSError = OSError("the host has no address")
    for at, (family, _, _, _, address) in enumerate(addresses):
        try:
            async with asyncio.timeout((end - loop.time()) / (len(addresses) - at)):
                _, stream = await loop.create_connection(
                    Stream,
                    str(address[0]),
                    place.port,
                    family=family,
                    ssl=trust,
                    server_hostname=None if trust is None else place.host,
                )
                return stream
        except OSError as error:
            last = error
    raise last


async def _proxy_head(stream: Stream) -> bytes:
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        piece = await stream.receive()
        head += piece
        if not piece or len(head) > CHUNK:
            raise ProxyError("the proxy gave no answer")
    return head


async def _write(
    stream: Stream, request: Request, clock: Clock, through_proxy: str | None
) -> Fault | None:
    """Sends a request. What the caller's own code raises goes on to the caller."""
    if request.chunks is None:
        return await _sent(stream, request.head(through_proxy) + (request.body or b""), clock)
    try:
        # A source that can't be sent is known before anything is.
        chunks = request.chunks()
        chunk = await asyncio.to_thread(next, chunks, b"")
        fault = await _sent(stream, request.head(through_proxy), clock)
        while chunk and fault is None:
            fault = await _sent(stream, chunk, clock)
            if fault is None and request.progress is not None:
                request.progress(len(chunk))
            chunk = await asyncio.to_thread(next, chunks, b"")
    except InvalidRequestError as error:
        return Fault(SOURCE, error.message)
    return fault


async def _sent(stream: Stream, data: bytes, clock: Clock) -> Fault | None:
    try:
        await _within(clock, stream.send(data))
    except OSError as error:
        return broken(error)
    return None


async def _read(
    stream: Stream, request: Request, arriving: Arriving, clock: Clock
) -> tuple[Answer | Fault, bool]:
    """Reads an answer; also returns whether another request may follow."""
    reading = http11.answer(request.method)
    came: bytes | None = None
    while True:
        try:
            step = reading.send(came)
            came = None
            if step is None:
                came = await _within(clock, stream.receive())
        except StopIteration as done:
            return arriving.end(), done.value
        except (OSError, http11.BadAnswerError) as error:
            return arriving.end(broken(error)), False
        if isinstance(step, http11.Head):
            arriving.begin(step.status, step.headers)
        elif step is not None:
            is_wanted = (
                arriving.take(step)
                if arriving.is_kept
                else await asyncio.to_thread(arriving.take, step)
            )
            if not is_wanted:
                return arriving.end(), False
            arriving.tell(step)


async def _within(clock: Clock, step: Coroutine[Any, Any, T]) -> T:
    """Makes a step, in the time that there is for one."""
    if clock.stall is None:
        return await step
    async with asyncio.timeout(clock.stall):
        return await step
