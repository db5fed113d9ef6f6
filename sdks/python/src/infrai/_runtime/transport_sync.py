"""Sends requests over sockets that stay open: for threads, which may share it."""

from __future__ import annotations

import os
from time import monotonic

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

TYPE_CHECKING = False
if TYPE_CHECKING:
    import socket


class Connection:
    """A socket, and when it was last used."""

    __slots__ = ("sock", "used")

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self.used = monotonic()

    def is_stale(self) -> bool:
        """Whether the server closed it meanwhile, or sent what nobody asked for."""
        import select

        if monotonic() - self.used > LONGEST_IDLE or self.sock.fileno() < 0:
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
    """HTTP/1.1 over sockets."""

    def __init__(self, routes: Routes) -> None:
        self._routes = routes
        self._idle: Pool[Connection] = Pool()
        self._process = os.getpid()

    def send(self, request: Request, limits: Limits) -> Answer | Fault:
        """Makes one attempt. What goes wrong is returned, not raised, so that no frame of it is seen."""
        clock = Clock(limits)
        if self._process != os.getpid():
            # A child must not speak on its parent's connections.
            self._process, self._idle = os.getpid(), Pool()
        try:
            proxy = self._routes.proxy(request.url.origin)
        except InvalidRequestError as error:
            return Fault(SOURCE, error.message)
        connection = self._idle.take(request.url.origin)
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
            fault = _write(connection.sock, request, clock, through)
            if fault is not None and fault.kind in (SOURCE, TIMEOUT):
                return fault
            # A server that refuses a body may answer before it has read all of it.
            answer, is_reusable = _read(connection.sock, request, clock)
            return answer if fault is None or isinstance(answer, Answer) else fault
        finally:
            if is_reusable:
                connection.used = monotonic()
                self._idle.put(request.url.origin, connection)
            else:
                connection.close()

    def close(self) -> None:
        """Closes the connections that nobody uses."""
        for connection in self._idle.empty():
            connection.close()

    def __del__(self) -> None:
        self.close()

    def _connect(
        self, origin: Origin, proxy: Proxy | None, clock: Clock, limit: float
    ) -> Connection | Fault:
        sock: socket.socket | None = None
        own = Clock(Limits(0, limit))
        try:
            place = origin if proxy is None else proxy.origin
            sock = _open(place, clock, own)
            if proxy is not None and origin.scheme == "https":
                sock.settimeout(_least(clock, own))
                sock.sendall(proxy.connect(origin))
                proxy.check(_head(sock, clock, own))
            if origin.scheme == "https":
                sock.settimeout(_least(clock, own))
                sock = self._routes.trust().wrap_socket(sock, server_hostname=origin.host)
            return Connection(sock)
        except (OSError, ValueError, ProxyError) as error:
            if sock is not None:
                sock.close()
            fault = unconnected(origin, error)
            if fault.kind == CONNECT_TIMEOUT and clock.is_over():
                fault.kind = TIMEOUT
            return fault


def _least(clock: Clock, own: Clock) -> float:
    """Returns what is left of an attempt's time and of that for connecting."""
    return min(left for left in (clock.left(), own.left()) if left is not None)


def _open(place: Origin, clock: Clock, own: Clock) -> socket.socket:
    """Connects to the first of a host's addresses that answers."""
    import socket

    # Nothing can interrupt this look-up but the system's own limit.
    addresses = socket.getaddrinfo(place.host, place.port, type=socket.SOCK_STREAM)
    last: OSError = OSError("the host has no address")
    for at, (family, kind, protocol, _, address) in enumerate(addresses):
        sock = socket.socket(family, kind, protocol)
        try:
            sock.settimeout(_least(clock, own) / (len(addresses) - at))
            sock.connect(address)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return sock
        except OSError as error:
            sock.close()
            last = error
    raise last


def _head(sock: socket.socket, clock: Clock, own: Clock) -> bytes:
    """Reads a proxy's answer byte for byte, since what follows it is TLS."""
    head = bytearray()
    while not head.endswith(b"\r\n\r\n"):
        sock.settimeout(_least(clock, own))
        byte = sock.recv(1)
        if not byte or len(head) > CHUNK:
            raise ProxyError("the proxy gave no answer")
        head += byte
    return bytes(head)


def _write(
    sock: socket.socket, request: Request, clock: Clock, through_proxy: str | None
) -> Fault | None:
    """Sends a request. What the caller's own code raises goes on to the caller."""
    if request.chunks is None:
        return _sent(sock, request.head(through_proxy) + (request.body or b""), clock)
    try:
        # A source that can't be sent is known before anything is.
        chunks = request.chunks()
        chunk = next(chunks, b"")
        fault = _sent(sock, request.head(through_proxy), clock)
        while chunk and fault is None:
            fault = _sent(sock, chunk, clock)
            if fault is None and request.progress is not None:
                request.progress(len(chunk))
            chunk = next(chunks, b"")
    except InvalidRequestError as error:
        return Fault(SOURCE, error.message)
    return fault


def _sent(sock: socket.socket, data: bytes, clock: Clock) -> Fault | None:
    rest = memoryview(data)
    try:
        while rest:
            sock.settimeout(clock.left())
            rest = rest[sock.send(rest) :]
    except OSError as error:
        return broken(error)
    return None


def _read(sock: socket.socket, request: Request, clock: Clock) -> tuple[Answer | Fault, bool]:
    """Reads an answer; also returns whether another request may follow."""
    arriving = Arriving(request)
    reading = http11.answer(request.method)
    came: bytes | None = None
    while True:
        try:
            step = reading.send(came)
            came = None
            if step is None:
                sock.settimeout(clock.left())
                came = sock.recv(CHUNK)
        except StopIteration as done:
            return arriving.end(), done.value
        except (OSError, http11.BadAnswerError) as error:
            return arriving.end(broken(error)), False
        if isinstance(step, http11.Head):
            arriving.begin(step.status, step.headers)
        elif step is not None:
            if not arriving.take(step):
                return arriving.end(), False
            arriving.tell(step)
