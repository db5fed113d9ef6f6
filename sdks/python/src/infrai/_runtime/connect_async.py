"""Makes connections for coroutines."""

from __future__ import annotations

import asyncio
import socket

from .exchange import CONNECT_TIMEOUT, TIMEOUT, Clock, Fault, ProxyError, unconnected
from .http11 import BadAnswerError, Reader
from .stream_async import AsyncStream

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .base_url import Origin
    from .proxies import Proxy
    from .routes import Routes

_HEAD_START = 0.25
"""For how many seconds an address is tried before the next one is as well (RFC 8305 §5)."""


async def connect(
    origin: Origin, routes: Routes, proxy: Proxy | None, clock: Clock, limit: float
) -> AsyncStream | Fault:
    """Connects to a server, through a proxy or directly."""
    stream: AsyncStream | None = None
    is_made = False
    try:
        left = clock.left()
        async with asyncio.timeout(limit if left is None else min(limit, left)):
            trust = routes.trust() if origin.scheme == "https" else None
            sock = await _open(origin if proxy is None else proxy.origin)
            is_direct = trust is not None and proxy is None
            _, stream = await asyncio.get_running_loop().create_connection(
                AsyncStream,
                sock=sock,
                ssl=trust if is_direct else None,
                server_hostname=origin.host if is_direct else None,
            )
            if trust is not None and proxy is not None:
                await _tunnel(stream, proxy, origin, clock)
                await stream.start_tls(trust, origin.host)
            is_made = True
            return stream
    except TimeoutError as error:
        return Fault(TIMEOUT if clock.is_over() else CONNECT_TIMEOUT, cause=error)
    except (OSError, ValueError, ProxyError) as error:
        return unconnected(origin, error)
    finally:
        if stream is not None and not is_made:
            stream.close()


async def _open(place: Origin) -> socket.socket:
    """Connects to the first of a host's addresses that answers. One that is silent does not hold up those behind it."""
    loop = asyncio.get_running_loop()
    try:
        # An address needs no look-up, and so no thread.
        addresses = socket.getaddrinfo(
            place.host, place.port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST
        )
    except socket.gaierror:
        addresses = await loop.getaddrinfo(place.host, place.port, type=socket.SOCK_STREAM)
    if len(addresses) == 1:
        return await _try(addresses[0])
    tries: set[asyncio.Task[socket.socket]] = set()
    last: BaseException = OSError("the host has no address")
    try:
        while addresses or tries:
            if addresses:
                tries.add(asyncio.create_task(_try(addresses.pop(0))))
            patience = _HEAD_START if addresses else None
            done, _ = await asyncio.wait(
                tries, timeout=patience, return_when=asyncio.FIRST_COMPLETED
            )
            for one in done:
                tries.discard(one)
                if (fault := one.exception()) is None:
                    return one.result()
                last = fault
    finally:
        for one in tries:
            one.add_done_callback(_close_unused)
            one.cancel()
        if tries:
            await asyncio.wait(tries)
    raise last


async def _try(address: Any) -> socket.socket:
    family, kind, protocol, _, place = address
    sock = socket.socket(family, kind, protocol)
    try:
        sock.setblocking(False)
        await asyncio.get_running_loop().sock_connect(sock, place)
    except BaseException:
        sock.close()
        raise
    return sock


def _close_unused(one: asyncio.Task[socket.socket]) -> None:
    """Closes a connection that was made, but too late."""
    if not one.cancelled() and one.exception() is None:
        one.result().close()


async def _tunnel(stream: AsyncStream, proxy: Proxy, origin: Origin, clock: Clock) -> None:
    """Asks a proxy for a tunnel."""
    reader = Reader("CONNECT")
    stream.send(proxy.connect(origin))
    try:
        while reader.head is None:
            reader.feed(await stream.receive(clock))
    except BadAnswerError:
        raise ProxyError("the proxy gave no answer") from None
    proxy.check(reader)
