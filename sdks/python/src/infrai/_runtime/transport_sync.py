"""Sends requests over sockets that stay open: for threads, which may share it."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from threading import Lock
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
    import socket
    import ssl
    from http.client import HTTPResponse

_MOST_IDLE = 10
_LONGEST_IDLE = 60.0


class Connection:
    """A socket, and when it was last used."""

    __slots__ = ("sock", "used")

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self.used = monotonic()

    def is_stale(self) -> bool:
        """Whether the server closed it meanwhile, or sent what nobody asked for."""
        import select

        if monotonic() - self.used > _LONGEST_IDLE or self.sock.fileno() < 0:
            return True
        if hasattr(select, "poll"):
            poll = select.poll()
            poll.register(self.sock, select.POLLIN)
            return bool(poll.poll(0))
        return bool(select.select([self.sock], [], [], 0)[0])

    def close(self) -> None:
        """Closes it."""
        self.sock.close()


class SyncTransport:
    """HTTP/1.1 over sockets: `http.client` reads the answers, the limits are ours."""

    def __init__(self, system: System, proxy: Proxy | None, context: ssl.SSLContext | None) -> None:
        self._system = system
        self._proxy = proxy
        self._context = context
        self._lock = Lock()
        self._idle: dict[Origin, list[Connection]] = {}
        self._process = os.getpid()

    def send(self, request: Request, limits: Limits) -> Answer | Fault:
        """Makes one attempt. What goes wrong is returned, not raised, so that no frame of it is seen."""
        clock = Clock(limits)
        proxy = choose(request.url.origin, self._proxy, self._system)
        connection = self._take(request.url.origin)
        if connection is None:
            made = self._connect(request.url.origin, proxy, clock, limits.connect)
            if isinstance(made, Fault):
                return made
            connection = made
        through = None
        if proxy is not None and request.url.origin.scheme == "http":
            through = proxy.authorization()
        is_reusable = False
        try:
            fault = _write(connection, request, clock, through)
            if fault is not None and fault.kind in (SOURCE, TIMEOUT):
                return fault
            # A server that refuses a body may answer before it has read all of it.
            answer, is_reusable = _read(connection, request, clock)
            return answer if fault is None or isinstance(answer, Answer) else fault
        finally:
            if is_reusable:
                self._put(request.url.origin, connection)
            else:
                connection.close()

    def close(self) -> None:
        """Closes the connections that nobody uses."""
        with self._lock:
            idle, self._idle = self._idle, {}
        for connections in idle.values():
            for connection in connections:
                connection.close()

    def __del__(self) -> None:
        self.close()

    def _take(self, origin: Origin) -> Connection | None:
        with self._lock:
            if self._process != os.getpid():
                # A child must not speak on its parent's connections.
                self._process, self._idle = os.getpid(), {}
            connections = self._idle.get(origin, [])
            while connections:
                connection = connections.pop()
                if not connection.is_stale():
                    return connection
                connection.close()
        return None

    def _put(self, origin: Origin, connection: Connection) -> None:
        connection.used = monotonic()
        with self._lock:
            connections = self._idle.setdefault(origin, [])
            connections.append(connection)
            surplus = connections.pop(0) if len(connections) > _MOST_IDLE else None
        if surplus is not None:
            surplus.close()

    def _connect(
        self, origin: Origin, proxy: Proxy | None, clock: Clock, limit: float
    ) -> Connection | Fault:
        sock: socket.socket | None = None
        own = Clock(Limits(0, limit))
        try:
            place = origin if proxy is None else proxy.origin
            sock = _open(place, clock, own)
            if proxy is not None and origin.scheme == "https":
                _set(sock, clock, own)
                sock.sendall(proxy.connect(origin))
                _tunnel(sock, clock, own)
            if origin.scheme == "https":
                _set(sock, clock, own)
                sock = self._tls().wrap_socket(sock, server_hostname=origin.host)
            return Connection(sock)
        except (OSError, ValueError, ProxyError) as error:
            if sock is not None:
                sock.close()
            fault = unconnected(origin, error)
            if fault.kind == CONNECT_TIMEOUT and _is_over(clock):
                fault.kind = TIMEOUT
            return fault

    def _tls(self) -> ssl.SSLContext:
        if self._context is None:
            import ssl

            self._context = ssl.create_default_context()
        return self._context


class _Ahead:
    """Pieces of a body, of which the first was read already."""

    __slots__ = ("_first", "_rest")

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._first = next(chunks, b"")
        self._rest = chunks

    def __iter__(self) -> Iterator[bytes]:
        yield self._first
        yield from self._rest


def _is_over(clock: Clock) -> bool:
    try:
        clock.left()
    except TimeoutError:
        return True
    return False


def _set(sock: socket.socket, *clocks: Clock) -> None:
    left = [clock.left() for clock in clocks]
    sock.settimeout(min((time for time in left if time is not None), default=None))


def _open(place: Origin, clock: Clock, own: Clock) -> socket.socket:
    """Connects to the first of a host's addresses that answers."""
    import socket

    # Nothing can interrupt this look-up but the system's own limit.
    addresses = socket.getaddrinfo(place.host, place.port, type=socket.SOCK_STREAM)
    last: OSError = OSError("the host has no address")
    for at, (family, kind, protocol, _, address) in enumerate(addresses):
        sock = socket.socket(family, kind, protocol)
        try:
            left = min(time for time in (clock.left(), own.left()) if time is not None)
            sock.settimeout(left / (len(addresses) - at))
            sock.connect(address)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return sock
        except OSError as error:
            sock.close()
            last = error
    raise last


def _tunnel(sock: socket.socket, clock: Clock, own: Clock) -> None:
    """Reads a proxy's answer byte for byte, since what follows it is TLS."""
    head = bytearray()
    while not head.endswith(b"\r\n\r\n"):
        _set(sock, clock, own)
        byte = sock.recv(1)
        if not byte or len(head) > CHUNK:
            raise ProxyError("the proxy gave no answer")
        head += byte
    status = bytes(head.split(b"\r\n", 1)[0]).split(b" ")[1:2]
    if not status or not status[0].startswith(b"2"):
        told = status[0].decode("latin-1") if status else "no status"
        raise ProxyError(f"the proxy answered {told}")


def _write(
    connection: Connection,
    request: Request,
    clock: Clock,
    through_proxy: str | None,
) -> Fault | None:
    sock = connection.sock
    try:
        sock.settimeout(clock.left())
        if request.chunks is None:
            sock.sendall(request.head(through_proxy) + (request.body or b""))
            return None
        # A source that can't be sent is known before anything is.
        chunks = _Ahead(request.chunks())
        sock.sendall(request.head(through_proxy))
        for chunk in chunks:
            rest = memoryview(chunk)
            while rest:
                sock.settimeout(clock.left())
                rest = rest[sock.send(rest) :]
            if request.progress is not None and chunk:
                request.progress(len(chunk))
    except InvalidRequestError as error:
        return Fault(SOURCE, error.message)
    except OSError as error:
        return broken(error)
    return None


def _read(connection: Connection, request: Request, clock: Clock) -> tuple[Answer | Fault, bool]:
    """Reads an answer; also returns whether another request may follow."""
    from http.client import HTTPException, HTTPResponse

    response = HTTPResponse(_Wire(connection.sock, clock), method=request.method)  # type: ignore[arg-type]
    try:
        response.begin()
        headers = Headers(response.getheaders())
    except (OSError, HTTPException, ValueError) as error:
        response.close()
        return broken(error), False
    sink = None if request.sink is None else request.sink(response.status, headers)
    answer = Answer(response.status, headers)
    is_whole = False
    pieces: list[bytes] = []
    length = 0
    try:
        for piece in _pieces(response):
            if sink is not None:
                sink(piece)
                if request.progress is not None:
                    request.progress(len(piece))
                continue
            length += len(piece)
            if length > LONGEST_BODY:
                answer.is_too_long = True
                break
            pieces.append(piece)
        else:
            is_whole = not response.will_close
    except (OSError, HTTPException, ValueError) as error:
        answer.fault = broken(error)
    finally:
        response.close()
    answer.body = b"".join(pieces)
    return answer, is_whole


def _pieces(response: HTTPResponse) -> Iterator[bytes]:
    left = response.length
    while left is None or left > 0:
        piece = response.read1(CHUNK if left is None else min(CHUNK, left))
        if not piece:
            if left is not None:
                raise ConnectionError("the connection ended early")
            return
        if left is not None:
            left -= len(piece)
        yield piece


class _Wire:
    """What `http.client` takes for a socket."""

    __slots__ = ("_clock", "_sock")

    def __init__(self, sock: socket.socket, clock: Clock) -> None:
        self._sock = sock
        self._clock = clock

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(_Arriving(self._sock, self._clock), CHUNK)


class _Arriving(io.RawIOBase):
    """The bytes that come: each read ends with the attempt, however slowly they do."""

    def __init__(self, sock: socket.socket, clock: Clock) -> None:
        self._sock = sock
        self._clock = clock

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview, /) -> int:  # type: ignore[override]
        self._sock.settimeout(self._clock.left())
        return self._sock.recv_into(buffer)
