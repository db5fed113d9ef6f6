"""One attempt as transports see it: a request, its limits, and what came of it."""

from __future__ import annotations

from time import monotonic

from .headers import HeaderLines, Headers

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from .base_url import Origin, Url
    from .credentials import ApiKey

LONGEST_BODY = 16 << 20
KEPT_BODY = 64 << 10
CHUNK = 1 << 16

# How an attempt failed. `SOURCE` is a fault of what was to be sent.
FOR_GOOD, UNSENT, CONNECT_TIMEOUT, BROKEN, TIMEOUT, SOURCE = (
    "for good",
    "unsent",
    "connect timeout",
    "broken",
    "timeout",
    "source",
)


class Credential:
    """How a key goes with a request. Printed, it shows nothing of it."""

    __slots__ = ("_auth", "_key", "_name")

    def __init__(self, auth: str, name: str, key: ApiKey) -> None:
        self._auth = auth
        self._name = name
        self._key = key

    @property
    def header(self) -> str | None:
        """The name of the header that has the key."""
        if self._auth in ("bearer", "basic"):
            return "authorization"
        return self._name if self._auth == "header" else None

    def line(self) -> str:
        """Returns the header's line, with its end; nothing, if there is none."""
        if self._auth == "bearer":
            return f"authorization: Bearer {self._key.expose()}\r\n"
        if self._auth == "basic":
            from base64 import b64encode

            return f"authorization: Basic {b64encode(self._key.expose().encode()).decode()}\r\n"
        return f"{self._name}: {self._key.expose()}\r\n" if self._auth == "header" else ""

    def in_target(self, target: str) -> str:
        """Returns a request's target, with the key if it goes there."""
        if self._auth != "query":
            return target
        from urllib.parse import quote

        return (
            f"{target}{'&' if '?' in target else '?'}{self._name}={quote(self._key.expose(), '')}"
        )


class Request:
    """A request that is complete but for the connection. Printed, it shows no value of a header."""

    __slots__ = ("body", "chunks", "credential", "headers", "method", "progress", "sink", "url")

    def __init__(
        self,
        method: str,
        url: Url,
        headers: HeaderLines,
        *,
        body: bytes | None = None,
        credential: Credential | None = None,
        chunks: Callable[[], Iterator[bytes]] | None = None,
        sink: Callable[[int, Headers], Callable[[bytes], object] | None] | None = None,
    ) -> None:
        """Takes what is to be sent, as `body` or in `chunks`.

        What `sink` returns for status and headers takes the answer's body, piece by piece, instead of memory. `progress`, if it is set,
        gets the length of each piece that was sent or taken.
        """
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.credential = credential
        self.chunks = chunks
        self.sink = sink
        self.progress: Callable[[int], object] | None = None

    def names(self) -> dict[str, str]:
        """Returns the headers as they may be logged, in which the credential has no value."""
        lines = dict(self.headers.values)
        if self.credential is not None and self.credential.header is not None:
            lines[self.credential.header] = ""
        return lines

    def head(self, through_proxy: str | None = None) -> bytes:
        """Returns the request line and the headers. Keep them out of local variables."""
        target = self.url.target
        if self.credential is not None:
            target = self.credential.in_target(target)
        if through_proxy is not None:
            target = f"{self.url.origin}{target}"
        lines = [f"{self.method} {target} HTTP/1.1\r\nhost: {self.url.origin.authority}\r\n"]
        lines += [f"{name}: {value}\r\n" for name, value in self.headers.values.items()]
        if through_proxy:
            lines.append(f"proxy-authorization: {through_proxy}\r\n")
        if self.credential is not None:
            lines.append(self.credential.line())
        if self.chunks is None and (
            self.body is not None or self.method in ("POST", "PUT", "PATCH")
        ):
            lines.append(f"content-length: {len(self.body or b'')}\r\n")
        lines.append("\r\n")
        # What is not ASCII was refused, but for targets, which are percent-encoded.
        return "".join(lines).encode("latin-1")

    def __repr__(self) -> str:
        return f"<Request {self.method} {self.url}>"


class Limits:
    """How many seconds an attempt may take: as a whole, for connecting, and without a byte."""

    __slots__ = ("connect", "stall", "total")

    def __init__(
        self, connect: float, total: float | None = None, stall: float | None = None
    ) -> None:
        self.connect = connect
        self.total = total
        self.stall = stall


class Clock:
    """What is left of an attempt's limits."""

    __slots__ = ("_end", "_stall")

    def __init__(self, limits: Limits) -> None:
        self._end = None if limits.total is None else monotonic() + limits.total
        self._stall = limits.stall

    def left(self, most: float | None = None) -> float | None:
        """Returns the seconds that the next step may take, at most `most`. Raises TimeoutError at the end."""
        left = [limit for limit in (most, self._stall) if limit is not None]
        if self._end is not None:
            left.append(self._end - monotonic())
        if not left:
            return None
        if min(left) <= 0:
            raise TimeoutError
        return min(left)


class Answer:
    """An answer, whole unless it has a fault."""

    __slots__ = ("body", "fault", "headers", "is_too_long", "status", "version")

    def __init__(
        self,
        status: int,
        headers: Headers,
        body: bytes = b"",
        fault: Fault | None = None,
        is_too_long: bool = False,
    ) -> None:
        self.status = status
        self.headers = headers
        self.body = body
        self.fault = fault
        self.is_too_long = is_too_long
        self.version = "HTTP/1.1"

    def __repr__(self) -> str:
        return f"<Answer {self.status}>"


class Fault:
    """Why there is no whole answer."""

    __slots__ = ("cause", "kind", "why")

    def __init__(self, kind: str, why: str = "", cause: BaseException | None = None) -> None:
        self.kind = kind
        self.why = why
        self.cause = None if cause is None else bare(cause)

    def __repr__(self) -> str:
        return f"<Fault {self.kind}>"


def bare(error: BaseException) -> BaseException:
    """Returns an error without tracebacks: the frames of libraries hold what is sent, the key included."""
    seen: BaseException | None = error
    while seen is not None:
        seen.__traceback__ = None
        seen.__suppress_context__ = True
        seen.__context__ = None
        seen = seen.__cause__
    return error


def broken(error: BaseException) -> Fault:
    """Returns the fault of a connection that was there."""
    return Fault(TIMEOUT if isinstance(error, TimeoutError) else BROKEN, cause=error)


def unconnected(origin: Origin, error: BaseException) -> Fault:
    """Returns why there is no connection, and whether there may be one the next time."""
    import socket

    if isinstance(error, TimeoutError):
        return Fault(CONNECT_TIMEOUT, cause=error)
    if isinstance(error, socket.gaierror):
        return Fault(UNSENT, "host not found", error)
    if isinstance(error, ProxyError):
        return Fault(UNSENT, str(error))
    if isinstance(error, ConnectionRefusedError):
        return Fault(UNSENT, "connection refused", error)
    if origin.scheme == "https":
        import ssl

        if isinstance(error, ssl.SSLCertVerificationError):
            return Fault(FOR_GOOD, "certificate not trusted", error)
        torn = (ssl.SSLEOFError, ssl.SSLZeroReturnError, ConnectionResetError, BrokenPipeError)
        if isinstance(error, torn):
            return Fault(UNSENT, "TLS handshake failed", error)
        if isinstance(error, ssl.SSLError):
            # "Unexpected EOF" has no class of its own in every version.
            kind = UNSENT if "EOF" in str(error) else FOR_GOOD
            return Fault(kind, "TLS handshake failed", error)
    why = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return Fault(UNSENT, why, error)


class ProxyError(Exception):
    """A proxy that made no connection."""
