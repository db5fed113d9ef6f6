"""Headers: as an answer has them, and how those that a caller gives are checked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import cast

from .errors import InvalidRequestError

_TOKEN = frozenset("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
_FRAMING = "it follows from the connection and the body"
_RESERVED = {
    "x-infrai-attempt": "it counts the attempts",
    "idempotency-key": "give it as `idempotency_key`",
    "host": "give the host in `base_url`",
    "connection": _FRAMING,
    "content-length": _FRAMING,
    "transfer-encoding": _FRAMING,
}


class Headers(Mapping[str, str]):
    """Headers by name, in whatever case. Of several lines with one name the values are joined.

    Printed, it shows names only: a value may be a secret.
    """

    __slots__ = ("_values",)

    def __init__(self, lines: Iterable[tuple[str, str]] = ()) -> None:
        self._values: dict[str, str] = {}
        for name, value in lines:
            name = name.lower()
            known = self._values.get(name)
            self._values[name] = value if known is None else f"{known}, {value}"

    def __getitem__(self, name: str) -> str:
        return self._values[name.lower()]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __reduce__(self) -> tuple[object, ...]:
        # Also for the protocols 0 and 1, which know no slots.
        return (Headers, (tuple(self._values.items()),))

    def __repr__(self) -> str:
        return f"<Headers {', '.join(self._values)}>"


class HeaderLines:
    """Headers to be sent, by their names in small letters. Printed, it shows names only."""

    __slots__ = ("values",)

    def __init__(self, values: Mapping[str, str] | None = None) -> None:
        self.values: dict[str, str] = dict(values or {})

    def with_lines(self, more: HeaderLines) -> HeaderLines:
        """Returns these headers and `more`, of which those count where both have one."""
        return HeaderLines({**self.values, **more.values})

    def __repr__(self) -> str:
        return f"<HeaderLines {', '.join(self.values)}>"


def headers_of(
    headers: Mapping[str, str] | Iterable[tuple[str, str]] | None,
) -> Iterable[tuple[str, str]]:
    """Returns headers as pairs."""
    if isinstance(headers, Mapping):
        return cast("Mapping[str, str]", headers).items()
    return headers or ()


def checked(
    headers: Mapping[str, str] | Iterable[tuple[str, str]] | None, credential: str | None
) -> HeaderLines:
    """Returns headers that a caller gave, if they can be sent and are no headers of the client's own.

    `credential` is the header with the key, if the key goes in one.
    """
    lines = HeaderLines()
    for name, value in headers_of(headers):
        lower = checked_name(name)
        instead = _RESERVED.get(lower)
        if lower == credential:
            instead = "give the key as `api_key`"
        if instead is not None:
            raise InvalidRequestError(f"the header `{lower}` is the client's own: {instead}")
        lines.values[lower] = checked_value(name, value)
    return lines


def checked_name(name: str) -> str:
    """Returns a header's name in small letters, if it is one."""
    if not name or not _TOKEN.issuperset(name):
        raise InvalidRequestError(f"`{_escaped(name)}` is not a header's name")
    return name.lower()


def checked_value(name: str, value: str) -> str:
    """Returns a header's value, if it can be sent. `name` is for the message; the value is not repeated."""
    is_text = isinstance(value, str)
    if not is_text or any(not (" " <= one <= "~" or one == "\t") for one in value):
        why = "a header's value holds visible ASCII characters and spaces, no line breaks"
        raise InvalidRequestError(f"the value for `{_escaped(name)}` can't be sent: {why}")
    return value


def _escaped(name: str) -> str:
    escapes = {"\r": "\\r", "\n": "\\n", "\t": "\\t", "\0": "\\0"}
    return "".join(escapes.get(character, character) for character in name)
