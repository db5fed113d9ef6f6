"""Which base URLs are taken, and the form in which they are kept."""

from __future__ import annotations

from .errors import InvalidRequestError

_PORTS = {"http": 80, "https": 443}


class Origin:
    """A scheme, host and port."""

    __slots__ = ("host", "port", "scheme")

    def __init__(self, scheme: str, host: str, port: int) -> None:
        self.scheme = scheme
        self.host = host
        self.port = port

    @property
    def authority(self) -> str:
        """The host, and the port unless it is the scheme's own: what `Host` says."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"

    def __str__(self) -> str:
        return f"{self.scheme}://{self.authority}"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Origin) and str(self) == str(other)

    def __hash__(self) -> int:
        return hash((self.scheme, self.host, self.port))


class Url:
    """An absolute URL, as what of it names a server and what is sent there. Printed, it has no query."""

    __slots__ = ("origin", "target")

    def __init__(self, origin: Origin, target: str) -> None:
        self.origin = origin
        self.target = target

    def __str__(self) -> str:
        return f"{self.origin}{self.target.partition('?')[0]}"

    __repr__ = __str__


def parse(text: str) -> tuple[Url, bool]:
    """Reads an `http` or `https` URL; also whether it has a user. Raises ValueError where it is none.

    Path and query stay as they are: whoever signed them did so.
    """
    from urllib.parse import urlsplit

    if any(not "!" <= character <= "~" for character in text) or "\\" in text:
        raise ValueError("not a URL")
    parts = urlsplit(text)
    scheme = parts.scheme.lower()
    if scheme not in _PORTS or not parts.hostname:
        raise ValueError("not a URL of a server")
    if any(character in parts.hostname for character in "%<>^|`{}\"'"):
        raise ValueError("not a host")
    port = parts.port if parts.port is not None else _PORTS[scheme]
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Url(Origin(scheme, parts.hostname, port), target), "@" in parts.netloc


def checked(text: str, place: str, allow_insecure: bool) -> str:
    """Returns the base URL without a `/` at its end.

    `place` says where it came from. Messages never repeat the URL, which may hold a password.
    """

    def invalid(why: str) -> InvalidRequestError:
        return InvalidRequestError(f"the base URL from {place} {why}")

    if not isinstance(text, str) or not text.lower().startswith(("http://", "https://")):
        raise invalid("must start with `https://` or `http://`")
    try:
        url, has_user = parse(text)
    except ValueError:
        raise invalid("is not a URL") from None
    if has_user:
        raise invalid("must not hold a user or password: give the key as `api_key`")
    if "?" in text or "#" in text:
        raise invalid("must not have a query or fragment")
    if url.origin.scheme == "http" and not allow_insecure and not is_loopback(url.origin.host):
        raise invalid(
            "is plain `http`, which would show the API key to the network: "
            "use `https`, or set `allow_insecure`"
        )
    return f"{url.origin}{url.target}".rstrip("/")


def is_loopback(host: str) -> bool:
    """Whether the host is this machine by its name or address, whatever name servers say."""
    if host == "localhost":
        return True
    from ipaddress import ip_address

    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
