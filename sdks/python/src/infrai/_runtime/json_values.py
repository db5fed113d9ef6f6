"""JSON as type checkers see it: what `isinstance` says of a value and leaves open of what is in it."""

from __future__ import annotations

from typing import Any, cast


def as_object(value: object) -> dict[str, Any] | None:
    """Returns an object, or None if it is another value."""
    return cast("dict[str, Any]", value) if isinstance(value, dict) else None


def as_list(value: object) -> list[Any] | None:
    """Returns a list, or None if it is another value."""
    return _list(value) if isinstance(value, list) else None


def _list(value: Any) -> list[Any]:
    items: list[Any] = value
    return items


def as_many(value: object) -> list[Any] | tuple[Any, ...] | None:
    """Returns a list or tuple, or None if it is another value."""
    return cast("list[Any]", value) if isinstance(value, (list, tuple)) else None
