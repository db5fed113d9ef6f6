"""One attempt as transports see it: a request, its limits, and what came of it."""

from __future__ import annotations

from time import monotonic

from .errors import InvalidRequestError
from .headers import HeaderLines, Headers

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from .base_url import Origin, Url
    from .credentials import ApiKey

    Sink = Callable[[int, Headers], Callable[[bytes], bool] | None]

LONGEST_BODY = 16 << 20
KEPT_BODY = 64 << 10
CHUNK = 1 << 16

# Sockets take no limit without end; so this is one.
_LONGEST = 1e7

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
        """The name of the header that has the key; None if it goes elsewhere."""
        if self._auth in ("bearer", "basic"):
            return "authorization"
        return self._name if self._auth == "header" else None

    def value(self) -> str:
        """Returns that header's value. Keep it out of local variables."""
        if self._auth == "bearer":
            return f"Bearer {self._key.expose()}"
        if self._auth == "basic":
            from base64 import b64encode

            return f"Basic {b64encode(self._key.expose().encode()).decode()}"
        return self._key.expose()

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
        sink: Sink | None = None,
    ) -> None:
        """Takes what is to be sent, as `body` or in `chunks`.

        What `sink` returns for status and headers takes the answer's body, piece by piece, instead of memory, and says whether it
        wants more. `progress`, if it is set, gets the length of each piece that was sent or taken.
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

    @property
    def is_transfer(self) -> bool:
        """Whether an object's bytes go or come: over a signed URL, to a store."""
        return self.chunks is not None or self.sink is not None

    def target(self) -> str:
        """Returns path and query, with the key if it goes there. Keep it out of local variables."""
        if self.credential is None:
            return self.url.target
        return self.credential.in_target(self.url.target)

    def lines(self) -> list[tuple[str, str]]:
        """Returns the headers but `Host`. Keep them out of local variables."""
        lines = list(self.headers.values.items())
        if self.credential is not None and self.credential.header is not None:
            lines.append((self.credential.header, self.credential.value()))
        if self.chunks is None and (
            self.body is not None or self.method in ("POST", "PUT", "PATCH")
        ):
            lines.append(("content-length", str(len(self.body or b""))))
        return lines

    def head(self, through_proxy: str | None = None) -> bytes:
        """Returns the request line and the headers. Keep them out of local variables.

        A request `through_proxy`, without a tunnel, has a whole URL, and what proves to the proxy who asks.
        """
        server = "" if through_proxy is None else str(self.url.origin)
        proof = f"proxy-authorization: {through_proxy}\r\n" if through_proxy else ""
        headers = "".join([f"{name}: {value}\r\n" for name, value in self.lines()])
        # What is not ASCII was refused, or percent-encoded.
        return (
            f"{self.method} {server}{self.target()} HTTP/1.1\r\n"
            f"host: {self.url.origin.authority}\r\n{proof}{headers}\r\n"
        ).encode("ascii")

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

    __slots__ = ("_end", "stall")

    def __init__(self, limits: Limits) -> None:
        self._end = None if limits.total is None else monotonic() + min(limits.total, _LONGEST)
        self.stall = None if limits.stall is None else min(limits.stall, _LONGEST)

    def left(self) -> float | None:
        """Returns the seconds that the next step may take. Raises TimeoutError at the end."""
        if self._end is None:
            return self.stall
        left = self._end - monotonic()
        if left <= 0:
            raise TimeoutError
        return left if self.stall is None else min(left, self.stall)

    def is_over(self) -> bool:
        """Returns whether the attempt's time has run out."""
        return self._end is not None and self._end <= monotonic()


class Answer:
    """An answer, whole unless it has a fault."""

    __slots__ = ("body", "fault", "headers", "is_too_long", "status")

    def __init__(self, status: int, headers: Headers) -> None:
        self.status = status
        self.headers = headers
        self.body = b""
        self.fault: Fault | None = None
        self.is_too_long = False

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


def next_chunk(chunks: Iterator[bytes]) -> bytes | Fault:
    """Returns the next piece of a source; none at its end."""
    try:
        return next(chunks, b"")
    except InvalidRequestError as error:
        return Fault(SOURCE, error.message)


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
