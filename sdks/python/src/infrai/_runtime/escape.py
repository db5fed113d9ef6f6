"""Requests that the description knows nothing of: what `request` of a client takes."""

from __future__ import annotations

from typing import Any

from . import redact
from .errors import InvalidRequestError
from .operation import IDEMPOTENT, Call, Operation, json_of

_IN_VERBS = frozenset("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ")
_IN_PATHS = frozenset(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~!$&'()*+,;=:@/%"
)


def name_of(method: str, path: str) -> str:
    """Returns what errors call a request."""
    return f"{method} {redact.text(path.partition('#')[0].partition('?')[0], None)}"


def call_of(name: str, method: str, path: str, json: object, idempotent: bool) -> Call:
    """Returns a request as a call. A path that would not be sent as it is written is refused."""
    if not method or not _IN_VERBS.issuperset(method):
        raise InvalidRequestError("`method` must be a verb of HTTP in capitals, such as `GET`")
    if not path.startswith("/") or path.startswith("//"):
        raise InvalidRequestError("`path` must begin with one `/`: it is what follows the base URL")
    place, _, query = path.partition("?")
    steps = (part.lower().replace("%2e", ".") for part in place.split("/"))
    is_encoded = _IN_PATHS.issuperset(place) and _IN_PATHS.union("?").issuperset(query)
    if not is_encoded or any(step in (".", "..") for step in steps):
        raise InvalidRequestError(
            "`path` must be written as it is sent: percent-encoded, without `.`, `..` and `#`"
        )
    operation: Operation[Any] = Operation(name, method, path, may_be_empty=True)
    body = None if json is None else json_of(json)
    return Call(operation, path, body=body, idempotency=IDEMPOTENT if idempotent else None)
