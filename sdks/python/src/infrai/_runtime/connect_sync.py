"""Makes connections for threads."""

from __future__ import annotations

from .exchange import CONNECT_TIMEOUT, TIMEOUT, Clock, Fault, Limits, ProxyError, unconnected
from .http11 import BadAnswerError, Reader
from .stream_sync import SyncStream

TYPE_CHECKING = False
if TYPE_CHECKING:
    import socket

    from .base_url import Origin
    from .proxies import Proxy
    from .routes import Routes


def connect(
    origin: Origin, routes: Routes, proxy: Proxy | None, clock: Clock, limit: float
) -> SyncStream | Fault:
    """Connects to a server, through a proxy or directly."""
    sock: socket.socket | None = None
    try:
        left = clock.left()
        own = Clock(Limits(0, limit if left is None else min(limit, left)))
        sock = _open(origin if proxy is None else proxy.origin, own)
        if origin.scheme != "https":
            return SyncStream(sock, is_tls=False)
        if proxy is not None:
            _tunnel(SyncStream(sock, is_tls=False), proxy, origin, own)
        sock.settimeout(own.left())
        sock = routes.trust().wrap_socket(sock, server_hostname=origin.host)
        return SyncStream(sock, is_tls=True)
    except (OSError, ValueError, ProxyError) as error:
        if sock is not None:
            sock.close()
        fault = unconnected(origin, error)
        if fault.kind == CONNECT_TIMEOUT and clock.is_over():
            fault.kind = TIMEOUT
        return fault


def _open(place: Origin, own: Clock) -> socket.socket:
    """Connects to the first of a host's addresses that answers."""
    import socket

    # Nothing can interrupt this look-up but the system's own limit.
    addresses = socket.getaddrinfo(place.host, place.port, type=socket.SOCK_STREAM)
    last: OSError = OSError("the host has no address")
    for at, (family, kind, protocol, _, address) in enumerate(addresses):
        sock: socket.socket | None = None
        try:
            # A family that this machine hasn't is an address that doesn't answer.
            sock = socket.socket(family, kind, protocol)
            sock.settimeout((own.left() or 0) / (len(addresses) - at))
            sock.connect(address)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return sock
        except OSError as error:
            if sock is not None:
                sock.close()
            last = error
    raise last


def _tunnel(stream: SyncStream, proxy: Proxy, origin: Origin, own: Clock) -> None:
    """Asks a proxy for a tunnel."""
    reader = Reader("CONNECT")
    rest = memoryview(proxy.connect(origin))
    while rest and (count := stream.send(rest, own)):
        rest = rest[count:]
    try:
        while reader.head is None:
            reader.feed(stream.receive(own))
    except BadAnswerError:
        raise ProxyError("the proxy gave no answer") from None
    proxy.check(reader)
