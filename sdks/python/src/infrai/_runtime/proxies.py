"""Which proxy a request goes through: the one that was given, or for `https` the one that the environment names."""

from __future__ import annotations

from .errors import InvalidRequestError
from .exchange import ProxyError
from .system import System

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .base_url import Origin
    from .http11 import Reader


class Proxy:
    """An `http` proxy. Printed, it shows no password."""

    __slots__ = ("_authorization", "origin")

    def __init__(self, url: str, name: str) -> None:
        from urllib.parse import unquote, urlsplit

        from .base_url import Origin

        self.origin = Origin("http", "", 80)
        # What is wrong with it isn't told, since the text may have a password in it.
        wrong = InvalidRequestError(f"{name} is not the `http` URL of a proxy")
        if not isinstance(url, str):
            raise wrong
        try:
            parts = urlsplit(url if "://" in url else f"http://{url}")
            host, port = parts.hostname, parts.port
        except ValueError:
            raise wrong from None
        if parts.scheme != "http" or not host:
            raise wrong
        self.origin = Origin("http", host, port or 80)
        self._authorization = None
        if parts.username is not None:
            from base64 import b64encode

            user = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
            secret = f"Basic {b64encode(user.encode()).decode()}"
            self._authorization = lambda: secret

    def authorization(self) -> str:
        """Returns the credentials for the proxy itself; empty if it wants none."""
        return "" if self._authorization is None else self._authorization()

    def connect(self, origin: Origin) -> bytes:
        """Returns the request for a tunnel (RFC 9110 §9.3.6)."""
        host = f"[{origin.host}]" if ":" in origin.host else origin.host
        lines = f"CONNECT {host}:{origin.port} HTTP/1.1\r\nhost: {host}:{origin.port}\r\n"
        if self._authorization is not None:
            lines += f"proxy-authorization: {self._authorization()}\r\n"
        return f"{lines}\r\n".encode("latin-1")

    def check(self, reader: Reader) -> None:
        """Takes the proxy's answer. Raises ProxyError if there is no tunnel, or if something came out of it unasked."""
        if reader.head is None or reader.has_more:
            raise ProxyError("the proxy gave no answer")
        if not 200 <= reader.head.status <= 299:
            raise ProxyError(f"the proxy answered {reader.head.status}")

    def __repr__(self) -> str:
        return f"<Proxy {self.origin}>"


def choose(origin: Origin, given: Proxy | None, system: System) -> Proxy | None:
    """Returns the proxy for an origin. Plain `http` goes through none of the environment's: it would read the key."""
    if given is not None:
        return given
    if origin.scheme != "https" or _is_excepted(origin, _variable(system, "NO_PROXY")):
        return None
    for name in ("HTTPS_PROXY", "ALL_PROXY"):
        url = _variable(system, name)
        if url:
            return Proxy(url, f"`{name}`")
    return None


def _variable(system: System, name: str) -> str:
    return system.variable(name.lower()) or system.variable(name) or ""


def _is_excepted(origin: Origin, names: str) -> bool:
    from ipaddress import ip_address, ip_network

    for name in names.split(","):
        name = name.strip().lower()
        has_port = name.count(":") == 1 or "]:" in name
        host, _, port = name.rpartition(":") if has_port else (name, "", "")
        if port and port != str(origin.port):
            continue
        host = host.strip("[]").removeprefix("*").removeprefix(".")
        if name == "*" or (host and (origin.host == host or origin.host.endswith(f".{host}"))):
            return True
        try:
            if ip_address(origin.host) in ip_network(host, strict=False):
                return True
        except ValueError:
            continue
    return False
