"""Operations: what the generated tables say of one, and how arguments become a request."""

from __future__ import annotations

from enum import Enum
from typing import Any, Generic, TypeVar

from .decode import ANY, Shape
from .errors import InvalidRequestError
from .json_values import as_many, as_object

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

T = TypeVar("T")

_UNRESERVED = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_STEPS = "in a URL these are steps to another resource"

# What a repeat does: nothing, what one does, what one does with the same key; or nobody knows.
SAFE, IDEMPOTENT, KEYED, NOT_IDEMPOTENT = "safe", "idempotent", "keyed", "not idempotent"
# Where an argument travels.
PATH, QUERY, HEADER, FIELD, BODY = "path", "query", "header", "field", "body"


class NotGiven(Enum):
    """The type of `NOT_GIVEN`."""

    TOKEN = 0

    def __repr__(self) -> str:
        return "NOT_GIVEN"


NOT_GIVEN = NotGiven.TOKEN
"""An argument that is left out, where `None` is sent as `null`."""


class Argument:
    """What a caller passes, by its name on the wire, and which values the description allows."""

    __slots__ = (
        "default",
        "joined",
        "max_items",
        "max_length",
        "maximum",
        "min_items",
        "min_length",
        "minimum",
        "name",
        "nullable",
        "place",
        "required",
        "text",
    )

    def __init__(
        self,
        name: str,
        place: str,
        *,
        required: bool = False,
        text: bool = True,
        nullable: bool = False,
        joined: bool = False,
        default: object = None,
        minimum: float | None = None,
        maximum: float | None = None,
        min_length: int | None = None,
        max_length: int | None = None,
        min_items: int | None = None,
        max_items: int | None = None,
    ) -> None:
        """Takes what the description says. `text` is whether only a text will do, if it travels in the path."""
        self.name = name
        self.place = place
        self.required = required
        self.text = text
        self.nullable = nullable
        self.joined = joined
        self.default = default
        self.minimum = minimum
        self.maximum = maximum
        self.min_length = min_length
        self.max_length = max_length
        self.min_items = min_items
        self.max_items = max_items

    def check(self, value: object) -> None:
        """Refuses a value that is out of its range, or too short or too long. The value is not repeated."""
        if isinstance(value, str):
            try:
                value.encode()
            except UnicodeEncodeError:
                why = f"`{self.name}` must be text that UTF-8 can encode"
                raise InvalidRequestError(why) from None
            self._length(len(value), "character", self.min_length, self.max_length)
        elif isinstance(value, (int, float)) and not isinstance(value, bool):
            if self.minimum is not None and not value >= self.minimum:
                raise InvalidRequestError(f"`{self.name}` must be at least {self.minimum}")
            if self.maximum is not None and not value <= self.maximum:
                raise InvalidRequestError(f"`{self.name}` must be at most {self.maximum}")
        items = as_many(value)
        if items is not None:
            self._length(len(items), "item", self.min_items, self.max_items)

    def _length(self, length: int, unit: str, least: int | None, most: int | None) -> None:
        if least is not None and length < least:
            raise self._wrong("least", least, unit, length)
        if most is not None and length > most:
            raise self._wrong("most", most, unit, length)

    def _wrong(self, end: str, limit: int, unit: str, length: int) -> InvalidRequestError:
        units = unit if limit == 1 else f"{unit}s"
        return InvalidRequestError(
            f"`{self.name}` must have at {end} {limit} {units}, not {length}"
        )


class Operation(Generic[T]):
    """An operation whose answer is a `T`."""

    __slots__ = (
        "answer",
        "arguments",
        "encoding",
        "id",
        "idempotency",
        "key",
        "kind",
        "may_be_empty",
        "method",
        "path",
    )

    def __init__(
        self,
        id: str,
        method: str,
        path: str,
        *,
        idempotency: str = NOT_IDEMPOTENT,
        arguments: tuple[Argument, ...] = (),
        encoding: str = "json",
        answer: Shape = ANY,
        kind: str = "json",
        may_be_empty: bool = False,
        key: str = "yes",
    ) -> None:
        self.id = id
        self.method = method
        self.path = path
        self.idempotency = idempotency
        self.arguments = arguments
        self.encoding = encoding
        self.answer = answer
        self.kind = kind
        self.may_be_empty = may_be_empty
        self.key = key


class Call:
    """An operation with what to send."""

    __slots__ = ("body", "content_type", "headers", "idempotency", "operation", "target")

    def __init__(
        self,
        operation: Operation[Any],
        target: str,
        headers: dict[str, str] | None = None,
        body: bytes | None = None,
        content_type: str = "application/json",
        idempotency: str | None = None,
    ) -> None:
        self.operation = operation
        self.target = target
        self.headers = headers or {}
        self.body = body
        self.content_type = content_type
        self.idempotency = idempotency or operation.idempotency


def call(operation: Operation[Any], values: tuple[object, ...]) -> Call:
    """Returns a call with these values of its arguments. What the description rules out is refused."""
    target = operation.path
    query: list[str] = []
    headers: dict[str, str] = {}
    fields: dict[str, object] = {}
    body: bytes | None = None
    content_type = "application/json"
    for argument, value in zip(operation.arguments, values, strict=True):
        if value is NOT_GIVEN or (value is None and argument.default is not None):
            value = NOT_GIVEN if argument.default is None else argument.default
        if value is NOT_GIVEN or (value is None and not argument.nullable):
            if argument.required:
                raise InvalidRequestError(f"`{argument.name}` is missing")
            continue
        name = argument.name
        encoded_segment = segment(argument, value) if argument.place == PATH else ""
        argument.check(value)
        match argument.place:
            case "path":
                target = target.replace(f"{{{name}}}", encoded_segment, 1)
            case "query":
                query += _query(argument, value)
            case "header":
                from .headers import checked_value

                headers[name.lower()] = checked_value(name, _text(value))
            case "field":
                fields[name] = value
            case _:
                body, content_type = encoded(operation.encoding, value)
    if any(argument.place == FIELD for argument in operation.arguments):
        body, content_type = encoded(operation.encoding, fields)
    return Call(
        operation,
        "?".join([target, "&".join(query)] if query else [target]),
        headers,
        body,
        content_type,
    )


def encoded(encoding: str, value: object) -> tuple[bytes, str]:
    """Returns a body and its media type."""
    if encoding == "json":
        return json_of(value), "application/json"
    if encoding == "form":
        from urllib.parse import urlencode

        pairs = as_object(value) or {}
        form = [(name, _text(one)) for name, item in pairs.items() for one in _many(item)]
        return urlencode(form).encode(), "application/x-www-form-urlencoded"
    if isinstance(value, (bytes, bytearray)):
        return bytes(value), encoding
    return str(value).encode(), encoding


def json_of(value: object) -> bytes:
    """Returns a value as JSON. What JSON can't say is refused."""
    import json

    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        return text.encode()
    except (TypeError, ValueError, RecursionError):
        raise InvalidRequestError("the body can't be written as JSON") from None


def segment(argument: Argument, value: object) -> str:
    """Returns a value as one segment of a path, whatever it holds (RFC 3986 §2.3)."""
    name = argument.name
    if not isinstance(value, str if argument.text else (str, int, float)):
        # Written as a text, it would name a resource that nobody meant.
        raise InvalidRequestError(f"`{name}` must be a text")
    text = _text(value)
    if text == "":
        raise InvalidRequestError(f"`{name}` must not be empty")
    if text in (".", ".."):
        raise InvalidRequestError(f"`{name}` must not be `.` or `..`: {_STEPS}")
    return quoted(text)


def quoted(text: str) -> str:
    """Returns a text with everything percent-encoded that is not unreserved."""
    data = text.encode(errors="replace")
    if _UNRESERVED.issuperset(data):
        return text
    return "".join(chr(byte) if byte in _UNRESERVED else f"%{byte:02X}" for byte in data)


def _query(argument: Argument, value: object) -> list[str]:
    texts = [_text(one) for one in _many(value)]
    if argument.joined and isinstance(value, (list, tuple)):
        if any("," in text for text in texts):
            raise InvalidRequestError(
                f"`{argument.name}` must have no commas in its items: they are sent as one value"
            )
        return [f"{quoted(argument.name)}={','.join(quoted(text) for text in texts)}"]
    return [f"{quoted(argument.name)}={quoted(text)}" for text in texts]


def _many(value: object) -> Sequence[object]:
    items = as_many(value)
    return [value] if items is None else items


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    items = as_many(value)
    return str(value) if items is None else ",".join(_text(one) for one in items)
