"""Sends requests through a client of httpx that the caller made: for HTTP/2, SOCKS and whatever else it can do.

A request goes out as it was made: httpx adds no header, cookie or parameter of that client's to it, and follows no redirect. In
threads its time limits are those of single reads and writes; so an answer that drips can outlast an attempt, until its next byte.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator, Mapping
from contextlib import aclosing
from typing import Any, Protocol

from .arriving import Arriving
from .errors import InvalidRequestError
from .exchange import (
    BROKEN,
    CONNECT_TIMEOUT,
    SOURCE,
    TIMEOUT,
    UNSENT,
    Answer,
    Clock,
    Fault,
    Limits,
    Request,
    unconnected,
)
from .headers import Headers


class HttpClient(Protocol):
    """An `httpx.Client`."""

    @property
    def is_closed(self) -> bool:
        """Whether it was closed."""
        ...

    def send(self, request: Any, *, stream: bool, auth: None, follow_redirects: bool) -> Any:
        """Sends a request."""
        ...


class AsyncHttpClient(Protocol):
    """An `httpx.AsyncClient`."""

    @property
    def is_closed(self) -> bool:
        """Whether it was closed."""
        ...

    async def send(self, request: Any, *, stream: bool, auth: None, follow_redirects: bool) -> Any:
        """Sends a request."""
        ...


class HttpxTransport:
    """Attempts over an `httpx.Client`."""

    def __init__(self, client: HttpClient) -> None:
        self._httpx = _library_of(client, "Client")
        self._client = client

    def send(self, request: Request, limits: Limits) -> Answer | Fault:
        """Makes one attempt. What goes wrong is returned, not raised, so that no frame of it is seen."""
        outer = sys.exception()
        clock = Clock(limits)
        arriving = Arriving(request)
        try:
            if self._client.is_closed:
                return Fault(SOURCE, "`http_client` is closed")
            response = self._client.send(
                _sent(self._httpx, request, _Left(clock, limits)), **_AS_IT_IS
            )
            try:
                arriving.begin(response.status_code, _headers(response))
                for piece in response.iter_raw():
                    clock.left()
                    if not arriving.take(piece):
                        break
            finally:
                response.close()
        except (self._httpx.HTTPError, self._httpx.InvalidURL, TimeoutError) as error:
            return arriving.end(_fault(self._httpx, request, error, outer, clock))
        return arriving.end()

    def close(self) -> None:
        """Leaves the client open: it is the caller's."""


class AsyncHttpxTransport:
    """Attempts over an `httpx.AsyncClient`."""

    def __init__(self, client: AsyncHttpClient) -> None:
        self._httpx = _library_of(client, "AsyncClient")
        self._client = client

    async def send(self, request: Request, limits: Limits) -> Answer | Fault:
        """Makes one attempt. What goes wrong is returned, not raised, so that no frame of it is seen."""
        outer = sys.exception()
        clock = Clock(limits)
        arriving = Arriving(request)
        try:
            if self._client.is_closed:
                return Fault(SOURCE, "`http_client` is closed")
            async with asyncio.timeout(limits.total):
                response = await self._client.send(
                    _sent(self._httpx, request, _Left(clock, limits)), **_AS_IT_IS
                )
                try:
                    arriving.begin(response.status_code, _headers(response))
                    async with aclosing(response.aiter_raw()) as pieces:
                        async for piece in pieces:
                            if not arriving.take(piece):
                                break
                finally:
                    await response.aclose()
        except (self._httpx.HTTPError, self._httpx.InvalidURL, TimeoutError) as error:
            return arriving.end(_fault(self._httpx, request, error, outer, clock))
        return arriving.end()

    async def close(self) -> None:
        """Leaves the client open: it is the caller's."""


_AS_IT_IS: Any = {"stream": True, "auth": None, "follow_redirects": False}


class _Left(Mapping[str, "float | None"]):
    """Time limits as httpx asks for them. It asks before each step, so that each gets what the ones before it left."""

    def __init__(self, clock: Clock, limits: Limits) -> None:
        self._clock = clock
        self._connect = limits.connect
        self._connecting: Clock | None = None

    def __getitem__(self, name: str) -> float | None:
        left = self._clock.left()
        if name not in ("connect", "pool"):
            return left
        if self._connecting is None:
            self._connecting = Clock(Limits(0, self._connect))
        own = self._connecting.left()
        return own if left is None or own is None else min(left, own)

    def __iter__(self) -> Iterator[str]:
        return iter(("connect", "pool", "read", "write"))

    def __len__(self) -> int:
        return 4


def _library_of(client: object, name: str) -> Any:
    """Returns the module `httpx`, if this is a client of it."""
    # Nobody has a client of a module that nobody imported.
    httpx: Any = sys.modules.get("httpx")
    if httpx is None or not isinstance(client, getattr(httpx, name)):
        raise InvalidRequestError(f"`http_client` must be an `httpx.{name}`")
    return httpx


def _sent(httpx: Any, request: Request, left: _Left) -> Any:
    return httpx.Request(
        request.method,
        f"{request.url.origin}{request.target()}",
        headers=request.lines(),
        content=request.body,
        extensions={"timeout": left},
    )


def _headers(response: Any) -> Headers:
    lines: list[tuple[bytes, bytes]] = response.headers.raw
    return Headers((name.decode("latin-1"), value.decode("latin-1")) for name, value in lines)


def _fault(
    httpx: Any, request: Request, error: BaseException, outer: BaseException | None, clock: Clock
) -> Fault:
    # What the system said. The errors of httpx hold the request, and with it the key.
    cause: BaseException | None = _root(error, outer)
    if isinstance(cause, httpx.RequestError):
        cause = None
    if isinstance(error, (TimeoutError, httpx.TimeoutException)):
        is_late = clock.is_over() or isinstance(error, (httpx.ReadTimeout, httpx.WriteTimeout))
        return Fault(TIMEOUT if is_late else CONNECT_TIMEOUT, cause=cause)
    if isinstance(error, (httpx.ProxyError, httpx.UnsupportedProtocol, httpx.InvalidURL)):
        return Fault(UNSENT, str(error), cause)
    if not isinstance(error, httpx.ConnectError):
        return Fault(BROKEN, cause=cause)
    if isinstance(cause, OSError):
        return unconnected(request.url.origin, cause)
    is_tls = request.url.origin.scheme == "https"
    return Fault(UNSENT, "TLS handshake failed" if is_tls else str(error), cause)


def _root(error: BaseException, outer: BaseException | None) -> BaseException:
    """Returns what is below an error: what the system said. The caller's own, in whose handling this happened, is not."""
    below: BaseException | None = getattr(error, "exceptions", (error.__cause__,))[0]
    if below is None and not isinstance(error, OSError):
        below = error.__context__
    if below is None or below is outer or isinstance(error, TimeoutError):
        return error
    return _root(below, outer)
