"""Sends requests over asyncio streams that stay open. Threads can't be cancelled; this can, and then leaves nothing open."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from time import monotonic

from .base_url import Origin
from .errors import InvalidRequestError
from .exchange import (
    CHUNK,
    CONNECT_TIMEOUT,
    LONGEST_BODY,
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
from .headers import Headers
from .proxies import Proxy, choose
from .system import System

TYPE_CHECKING = False
if TYPE_CHECKING:
    import ssl

_MOST_IDLE = 10
_LONGEST_IDLE = 60.0


class Connection:
    """A pair of streams, and when it was last used."""

    __slots__ = ("reader", "used", "writer")

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer
        self.used = monotonic()

    def is_stale(self) -> bool:
        """Whether the server closed it meanwhile."""
        is_old = monotonic() - self.used > _LONGEST_IDLE
        return is_old or self.reader.at_eof() or self.writer.is_closing()

    def close(self) -> None:
        """Closes it at once; nothing is left to be waited for."""
        self.writer.transport.abort()


class BadAnswerError(Exception):
    """An answer that is not HTTP/1.1."""


class AsyncTransport:
    """HTTP/1.1 over asyncio streams."""

    def __init__(self, system: System, proxy: Proxy | None, context: ssl.SSLContext | None) -> None:
        self._system = system
        self._proxy = proxy
        self._context = context
        self._idle: dict[Origin, list[Connection]] = {}
        self._loop: asyncio.AbstractEventLoop | None = None

    async def send(self, request: Request, limits: Limits) -> Answer | Fault:
        """Makes one attempt. What goes wrong is returned, not raised, so that no frame of it is seen."""
        answer: Answer | None = None
        try:
            async with asyncio.timeout(limits.total):
                clock = Clock(Limits(limits.connect, None, limits.stall))
                came = await self._exchange(request, limits, clock)
                if isinstance(came, Fault):
                    return came
                connection, answer = came
                is_reusable = False
                try:
                    is_reusable = await _read_body(connection, request, answer, clock)
                finally:
                    self._release(request.url.origin, connection, is_reusable)
                return answer
        except TimeoutError as error:
            if answer is None:
                return Fault(TIMEOUT, cause=error)
            answer.fault = Fault(TIMEOUT, cause=error)
            return answer

    def close(self) -> None:
        """Closes the connections that nobody uses."""
        idle, self._idle = self._idle, {}
        if self._loop is None or self._loop.is_closed():
            return
        for connections in idle.values():
            for connection in connections:
                connection.close()

    async def _exchange(
        self, request: Request, limits: Limits, clock: Clock
    ) -> tuple[Connection, Answer] | Fault:
        """Sends a request and reads the head of its answer."""
        proxy = choose(request.url.origin, self._proxy, self._system)
        connection = self._take(request.url.origin)
        if connection is None:
            made = await self._connect(request.url.origin, proxy, limits.connect)
            if isinstance(made, Fault):
                return made
            connection = made
        through = None
        if proxy is not None and request.url.origin.scheme == "http":
            through = proxy.authorization()
        is_answered = False
        try:
            writer = connection.writer
            sent: Fault | None = None
            try:
                # A source that can't be sent is known before anything is.
                chunks = None if request.chunks is None else request.chunks()
                first = b"" if chunks is None else await asyncio.to_thread(next, chunks, b"")
                writer.write(request.head(through) + (request.body or b""))
                while first:
                    writer.write(first)
                    await _drain(writer, clock)
                    if request.progress is not None:
                        request.progress(len(first))
                    assert chunks is not None
                    first = await asyncio.to_thread(next, chunks, b"")
                await _drain(writer, clock)
            except InvalidRequestError as error:
                return Fault(SOURCE, error.message)
            except TimeoutError as error:
                return Fault(TIMEOUT, cause=error)
            except OSError as error:
                # A server that refuses a body may answer before it has read all of it.
                sent = broken(error)
            try:
                answer = await _read_head(connection.reader, clock)
            except (OSError, BadAnswerError) as error:
                return sent or broken(error)
            is_answered = True
            return connection, answer
        finally:
            if not is_answered:
                connection.close()

    def _take(self, origin: Origin) -> Connection | None:
        loop = asyncio.get_running_loop()
        if self._loop is not loop:
            # Streams belong to the loop that made them.
            self.close()
            self._loop = loop
        connections = self._idle.get(origin, [])
        while connections:
            connection = connections.pop()
            if not connection.is_stale():
                return connection
            connection.close()
        return None

    def _release(self, origin: Origin, connection: Connection, is_reusable: bool) -> None:
        if not is_reusable or connection.is_stale():
            connection.close()
            return
        connection.used = monotonic()
        connections = self._idle.setdefault(origin, [])
        connections.append(connection)
        if len(connections) > _MOST_IDLE:
            connections.pop(0).close()

    async def _connect(
        self, origin: Origin, proxy: Proxy | None, limit: float
    ) -> Connection | Fault:
        connection: Connection | None = None
        is_made = False
        is_tls = origin.scheme == "https"
        place = origin if proxy is None else proxy.origin
        try:
            async with asyncio.timeout(limit):
                reader, writer = await asyncio.open_connection(
                    place.host, place.port, ssl=self._tls() if is_tls and proxy is None else None
                )
                connection = Connection(reader, writer)
                if is_tls and proxy is not None:
                    writer.write(proxy.connect(origin))
                    await _tunnel(reader)
                    await writer.start_tls(self._tls(), server_hostname=origin.host)
                is_made = True
                return connection
        except TimeoutError as error:
            return Fault(CONNECT_TIMEOUT, cause=error)
        except (OSError, ValueError, ProxyError) as error:
            return unconnected(origin, error)
        finally:
            if connection is not None and not is_made:
                connection.close()

    def _tls(self) -> ssl.SSLContext:
        if self._context is None:
            import ssl

            self._context = ssl.create_default_context()
        return self._context


async def _drain(writer: asyncio.StreamWriter, clock: Clock) -> None:
    async with asyncio.timeout(clock.left()):
        await writer.drain()


async def _tunnel(reader: asyncio.StreamReader) -> None:
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except (asyncio.IncompleteReadError, asyncio.LimitOverrunError):
        raise ProxyError("the proxy gave no answer") from None
    status = head.split(b"\r\n", 1)[0].split(b" ")[1:2]
    if not status or not status[0].startswith(b"2"):
        told = status[0].decode("latin-1") if status else "no status"
        raise ProxyError(f"the proxy answered {told}")


async def _read_head(reader: asyncio.StreamReader, clock: Clock) -> Answer:
    """Reads status and headers (RFC 9112 §4, §5), of the last answer where others come before it."""
    while True:
        lines = (await _until(reader, b"\r\n\r\n", clock)).decode("latin-1").split("\r\n")
        version, _, rest = lines[0].partition(" ")
        status = rest[:3]
        if not version.startswith("HTTP/1.") or not status.isdecimal() or len(status) != 3:
            raise BadAnswerError("no status")
        headers: list[tuple[str, str]] = []
        for line in lines[1:]:
            name, colon, value = line.partition(":")
            if line and (not colon or not name or name != name.strip()):
                raise BadAnswerError("a header that is none")
            if line:
                headers.append((name, value.strip(" \t")))
        if not 100 <= int(status) <= 199:
            answer = Answer(int(status), Headers(headers))
            answer.version = version
            return answer


async def _until(reader: asyncio.StreamReader, end: bytes, clock: Clock) -> bytes:
    try:
        async with asyncio.timeout(clock.left()):
            return await reader.readuntil(end)
    except asyncio.IncompleteReadError:
        raise ConnectionError("the connection ended early") from None
    except asyncio.LimitOverrunError:
        raise BadAnswerError("a head without an end") from None


async def _read_body(
    connection: Connection, request: Request, answer: Answer, clock: Clock
) -> bool:
    """Reads the body, or as much of it as comes. Returns whether another request may follow."""
    sink = None if request.sink is None else request.sink(answer.status, answer.headers)
    body = bytearray()
    has_end = True
    try:
        if request.method != "HEAD" and answer.status not in (204, 304):
            pieces, has_end = _pieces(connection.reader, answer.headers, clock)
            async with aclosing(pieces):
                async for piece in pieces:
                    if sink is not None:
                        await asyncio.to_thread(sink, piece)
                        if request.progress is not None:
                            request.progress(len(piece))
                        continue
                    body += piece
                    if len(body) > LONGEST_BODY:
                        answer.is_too_long = True
                        return False
    except (OSError, BadAnswerError) as error:
        answer.fault = broken(error)
        return False
    finally:
        answer.body = bytes(body)
    is_kept = answer.headers.get("connection", "").lower() != "close"
    return has_end and is_kept and answer.version == "HTTP/1.1"


def _pieces(
    reader: asyncio.StreamReader, headers: Headers, clock: Clock
) -> tuple[AsyncGenerator[bytes, None], bool]:
    """Returns the pieces of a body (RFC 9112 §6.3), and whether it ends before the connection."""
    if "transfer-encoding" in headers:
        if headers["transfer-encoding"].lower() != "chunked":
            raise BadAnswerError("an encoding that is not known")
        return _chunks(reader, clock), True
    if "content-length" in headers:
        told = headers["content-length"]
        if not (told.isascii() and told.isdecimal()):
            raise BadAnswerError("a length that is none")
        return _counted(reader, int(told), clock), True
    return _rest(reader, clock), False


async def _piece(reader: asyncio.StreamReader, most: int, clock: Clock) -> bytes:
    async with asyncio.timeout(clock.left()):
        return await reader.read(most)


async def _counted(
    reader: asyncio.StreamReader, left: int, clock: Clock
) -> AsyncGenerator[bytes, None]:
    while left > 0:
        piece = await _piece(reader, min(left, CHUNK), clock)
        if not piece:
            raise ConnectionError("the connection ended early")
        left -= len(piece)
        yield piece


async def _rest(reader: asyncio.StreamReader, clock: Clock) -> AsyncGenerator[bytes, None]:
    while piece := await _piece(reader, CHUNK, clock):
        yield piece


async def _chunks(reader: asyncio.StreamReader, clock: Clock) -> AsyncGenerator[bytes, None]:
    """Reads a body in chunks (RFC 9112 §7.1)."""
    while True:
        size = (await _until(reader, b"\r\n", clock)).partition(b";")[0].strip()
        if not size or len(size) > 16 or set(size) - set(b"0123456789abcdefABCDEF"):
            raise BadAnswerError("a chunk without a size")
        length = int(size, 16)
        if length == 0:
            break
        async with aclosing(_counted(reader, length, clock)) as pieces:
            async for piece in pieces:
                yield piece
        if await _until(reader, b"\r\n", clock) != b"\r\n":
            raise BadAnswerError("a chunk without an end")
    while await _until(reader, b"\r\n", clock) != b"\r\n":
        pass
