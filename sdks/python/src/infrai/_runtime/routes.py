"""How connections are made: through which proxy, and which certificates are trusted."""

from __future__ import annotations

from .base_url import is_loopback
from .errors import InvalidRequestError
from .proxies import Proxy, choose
from .system import System

TYPE_CHECKING = False
if TYPE_CHECKING:
    import ssl

    from .base_url import Origin
    from .exchange import Request


class Routes:
    """The ways of one client to servers."""

    def __init__(
        self,
        system: System,
        proxy: Proxy | None,
        context: ssl.SSLContext | None,
        allow_insecure: bool,
    ) -> None:
        self._system = system
        self._allow_insecure = allow_insecure
        self._proxy = proxy
        self._context = context

    def proxy(self, origin: Origin) -> Proxy | None:
        """Returns the proxy on the way to an origin. One of another machine may not see what is not encrypted."""
        proxy = choose(origin, self._proxy, self._system)
        is_open = origin.scheme == "http" and not self._allow_insecure
        if proxy is not None and is_open and not is_loopback(proxy.origin.host):
            raise InvalidRequestError(
                "plain `http` through a proxy would show the API key to it: "
                "use `https`, or set `allow_insecure`"
            )
        return proxy

    def trust(self) -> ssl.SSLContext:
        """Returns what certificates are checked against. The system's own are read once, since that takes long."""
        if self._context is None:
            import ssl

            self._context = ssl.create_default_context()
        return self._context


def message(request: Request, proxy: Proxy | None) -> memoryview:
    """Returns what is sent first: the head and, unless it comes in chunks, the body.

    A view, since it has the key: a traceback that shows local variables shows where it is, and not what is in it.
    """
    if proxy is None or request.url.origin.scheme == "https":
        return memoryview(request.head() + (request.body or b""))
    return memoryview(request.head(proxy.authorization()) + (request.body or b""))
