"""Checks that JSON is of a documented shape. Nothing is changed or made up: fields beyond the known ones stay."""

from __future__ import annotations

import re
from functools import cache

from .json_values import as_list, as_object

TYPE_CHECKING = False
if TYPE_CHECKING:
    import json
    from collections.abc import Callable, Mapping

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")


class Mismatch:
    """Where JSON is not as documented, and why. It repeats no value."""

    __slots__ = ("_steps", "why")

    def __init__(self, why: str) -> None:
        self.why = why
        self._steps: list[str] = []

    def below(self, step: str | int) -> Mismatch:
        """Returns this, with what it is below of."""
        if isinstance(step, int):
            self._steps.append(f"[{step}]")
        elif _PLAIN.match(step):
            self._steps.append(f".{step}")
        else:
            import json

            self._steps.append(f"[{json.dumps(step, ensure_ascii=False)}]")
        return self

    @property
    def path(self) -> str:
        """The place, in the manner of RFC 9535: `$.items[3].created_at`."""
        return "$" + "".join(reversed(self._steps))


class Shape:
    """What JSON may look like: anything."""

    __slots__ = ()

    def mismatch(self, value: object) -> Mismatch | None:
        """Returns where `value` is not of this shape."""
        return None


class Plain(Shape):
    """A value of one type of JSON."""

    __slots__ = ("_name", "_types")

    def __init__(self, name: str, *types: type) -> None:
        self._name = name
        self._types = types

    def mismatch(self, value: object) -> Mismatch | None:
        return None if type(value) in self._types else _expected(self._name, value)


class List(Shape):
    """A list whose elements have one shape."""

    __slots__ = ("_of",)

    def __init__(self, of: Shape) -> None:
        self._of = of

    def mismatch(self, value: object) -> Mismatch | None:
        items = as_list(value)
        if items is None:
            return _expected("list", value)
        for at, item in enumerate(items):
            found = self._of.mismatch(item)
            if found is not None:
                return found.below(at)
        return None


class Map(Shape):
    """An object whose values have one shape."""

    __slots__ = ("_of",)

    def __init__(self, of: Shape) -> None:
        self._of = of

    def mismatch(self, value: object) -> Mismatch | None:
        fields = as_object(value)
        if fields is None:
            return _expected("object", value)
        for name, item in fields.items():
            found = self._of.mismatch(item)
            if found is not None:
                return found.below(name)
        return None


class Object(Shape):
    """An object with known fields, and perhaps others of one shape."""

    __slots__ = ("_extra", "_optional", "_required")

    def __init__(
        self,
        *,
        required: Mapping[str, Shape] | None = None,
        optional: Mapping[str, Shape] | None = None,
        extra: Shape | None = None,
    ) -> None:
        self._required = required or {}
        self._optional = optional or {}
        self._extra = extra

    def mismatch(self, value: object) -> Mismatch | None:
        fields = as_object(value)
        if fields is None:
            return _expected("object", value)
        for name, shape in self._required.items():
            if name not in fields:
                return Mismatch("missing").below(name)
            found = shape.mismatch(fields[name])
            if found is not None:
                return found.below(name)
        for name, shape in self._optional.items():
            if name in fields:
                found = shape.mismatch(fields[name])
                if found is not None:
                    return found.below(name)
        if self._extra is not None:
            for name, item in fields.items():
                if name not in self._required and name not in self._optional:
                    found = self._extra.mismatch(item)
                    if found is not None:
                        return found.below(name)
        return None


class Nullable(Shape):
    """A shape, or null."""

    __slots__ = ("_of",)

    def __init__(self, of: Shape) -> None:
        self._of = of

    def mismatch(self, value: object) -> Mismatch | None:
        return None if value is None else self._of.mismatch(value)


class Later(Shape):
    """A shape that is not there yet: of a type that holds itself, or one that comes further down."""

    __slots__ = ("_shape",)

    def __init__(self, shape: Callable[[], Shape]) -> None:
        self._shape = shape

    def mismatch(self, value: object) -> Mismatch | None:
        return self._shape().mismatch(value)


class Union(Shape):
    """One of several shapes, perhaps told apart by a property."""

    __slots__ = ("_mapping", "_property", "_variants")

    def __init__(
        self,
        variants: tuple[Shape, ...],
        property: str | None = None,
        mapping: Mapping[str, int] | None = None,
    ) -> None:
        self._variants = variants
        self._property = property
        self._mapping = mapping or {}

    def mismatch(self, value: object) -> Mismatch | None:
        fields = as_object(value)
        if self._property is not None and fields is not None:
            told: object = fields.get(self._property)
            known = self._mapping.get(told) if isinstance(told, str) else None
            # A variant of a newer server is kept as it is.
            return None if known is None else self._variants[known].mismatch(value)
        found = [variant.mismatch(value) for variant in self._variants]
        return None if None in found or not found else found[0]


ANY = Shape()
STRING = Plain("string", str)
INTEGER = Plain("integer", int)
NUMBER = Plain("number", int, float)
BOOLEAN = Plain("boolean", bool)

_NAMES: dict[type, str] = {
    dict: "object",
    list: "list",
    str: "string",
    int: "integer",
    float: "number",
    bool: "boolean",
    type(None): "null",
}


def _expected(name: str, value: object) -> Mismatch:
    return Mismatch(f"expected {name}, found {_NAMES.get(type(value), 'another type')}")


def parse(body: bytes, shape: Shape) -> tuple[object, Mismatch | None]:
    """Returns the value of a body, or where it is not as documented."""
    if not body:
        return None, Mismatch("the body is empty")
    try:
        value: object = _decoder().decode(body.decode())
    except (ValueError, RecursionError):
        return None, Mismatch("the body is not JSON")
    return value, shape.mismatch(value)


@cache
def _decoder() -> json.JSONDecoder:
    import json

    return json.JSONDecoder(parse_constant=_no_constant, parse_float=_finite)


def _no_constant(word: str) -> object:
    raise ValueError(f"{word} is not JSON")


def _finite(digits: str) -> float:
    number = float(digits)
    if number in (float("inf"), float("-inf")):
        # It could not be written as JSON again.
        raise ValueError("this number is too large")
    return number
