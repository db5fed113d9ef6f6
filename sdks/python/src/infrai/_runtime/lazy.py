"""Modules that annotations name. They are imported when someone reads these, such as `typing.get_type_hints`."""

from __future__ import annotations

from typing import Any


class Lazy:
    """A module that is imported when something of it is asked for."""

    def __init__(self, name: str, package: str | None = None) -> None:
        self._name = name
        self._package = package

    def __getattr__(self, name: str) -> Any:
        from importlib import import_module

        return getattr(import_module(self._name, self._package), name)
