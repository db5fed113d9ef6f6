"""Prints the public surface of the package: `python surface.py`, or `python surface.py documented sync|async`.

The first is everything that has a name, with its signature. The second is the calls in the form of `tests/documented/`: what the
documentation page writes, then the types of the arguments, then the fields of the result.
"""

from __future__ import annotations

import inspect
import sys
import typing
from functools import partial
from types import ModuleType
from typing import Any

import infrai
from infrai import types

GENERATED = sys.modules["infrai._generated.types"]
WIRE = {"str": "string", "int": "number", "float": "number", "bool": "boolean"}


def text(annotation: object) -> str:
    """Returns an annotation as it was written."""
    if annotation is inspect.Parameter.empty:
        return "?"
    return str(getattr(annotation, "__forward_arg__", annotation))


def public(names: Any) -> list[str]:
    return [name for name in names if not name.startswith("_")]


def signature(function: Any) -> inspect.Signature:
    """Returns the signature as callers see it: without `self` and what is private."""
    found = inspect.signature(function)
    kept = [one for one in found.parameters.values() if one.name != "self" and one.name[0] != "_"]
    return found.replace(parameters=kept)


def arguments(function: Any) -> str:
    words = []
    was_keyword = False
    for one in signature(function).parameters.values():
        if one.kind is one.KEYWORD_ONLY and not was_keyword:
            was_keyword = True
            words.append("*")
        stars = (
            "**" if one.kind is one.VAR_KEYWORD else "*" if one.kind is one.VAR_POSITIONAL else ""
        )
        default = "" if one.default is one.empty else f" = {value(one.default)}"
        words.append(f"{stars}{one.name}: {text(one.annotation)}{default}")
    return ", ".join(words)


def value(default: object) -> str:
    """Returns a default, with a text in double quotes as the page has it."""
    return f'"{default}"' if isinstance(default, str) else repr(default)


def declared(name: str, function: Any) -> list[str]:
    """Returns the lines of a function, one for each way to call it."""
    raw = isinstance(function, partial)
    plain = function.func if isinstance(function, partial) else function
    is_async = inspect.iscoroutinefunction(plain)
    ways = [] if raw else typing.get_overloads(plain)
    lines = []
    for way in ways or [function]:
        gives = text(signature(way).return_annotation)
        gives = f"Response[{gives}]" if raw else gives
        lines.append(f"{'async ' if is_async else ''}{name}({arguments(way)}) -> {gives}")
    return lines


def members(one: object) -> dict[str, Any]:
    """Returns what one can write behind `one.`, in the order of the class."""
    names: dict[str, None] = {}
    for kind in type(one).__mro__:
        names.update(dict.fromkeys(public(vars(kind))))
    names.update(dict.fromkeys(public(getattr(one, "__dict__", {}))))
    found = {name: getattr(one, name) for name in names}
    # Calls before groups.
    return dict(sorted(found.items(), key=lambda item: not callable(item[1])))


def calls(prefix: str, one: object) -> list[tuple[str, Any]]:
    """Returns every call that can be made of an object and its groups, by its dotted name."""
    found: list[tuple[str, Any]] = []
    for name, member in members(one).items():
        place = f"{prefix}.{name}"
        found += [(place, member)] if callable(member) else calls(place, member)
    return found


def fields(kind: Any) -> list[tuple[str, str, bool]]:
    """Returns the fields of a TypedDict: name, type and whether it may be absent."""
    found = []
    for name, annotation in kind.__annotations__.items():
        told = text(annotation)
        inner = told.removeprefix("NotRequired[")
        is_optional = inner != told
        found.append((name, inner[:-1] if is_optional else told, is_optional))
    return found


def alias(kind: Any) -> str:
    origin, parts = typing.get_origin(kind), typing.get_args(kind)
    if origin is typing.Literal:
        return f"Literal[{', '.join(value(part) for part in parts)}]"
    if len(parts) > 1:
        return " | ".join(alias(part) for part in parts)
    return getattr(kind, "__name__", str(kind))


def aliases() -> dict[str, Any]:
    return {name: getattr(GENERATED, name) for name in GENERATED.__annotations__}


def typed_dicts() -> list[Any]:
    return [kind for kind in vars(types).values() if typing.is_typeddict(kind)]


def error(kind: type[Exception]) -> str:
    base = kind.__mro__[1]
    own = [f"{name}: {text(told)}" for name, told in kind.__annotations__.items() if name[0] != "_"]
    line = f"class {kind.__name__}({base.__name__})"
    if "__init__" in vars(kind):
        line += f": {arguments(kind)}"
    return f"{line}: {', '.join(own)}" if own else line


def surface() -> list[str]:
    lines = ["infrai"]
    errors, classes, values = [], [], []
    for name in sorted(infrai.__all__):
        one = getattr(infrai, name)
        if isinstance(one, type) and issubclass(one, Exception):
            errors.append(one)
        elif name in ("Infrai", "AsyncInfrai"):
            continue
        elif isinstance(one, type):
            shown = ", ".join(public(dict.fromkeys(dir(one)))) or "-"
            classes.append(f"class {name}: {shown}")
        elif not isinstance(one, ModuleType):
            values.append(f"{name}: {type(one).__name__}")
    lines += [f"    {line}" for line in values + classes]
    lines.append("errors, with the attributes that they add")
    errors.sort(key=lambda kind: (len(kind.__mro__), kind.__name__))
    lines += [f"    {error(kind)}" for kind in errors]
    lines.append("infrai.types")
    for name, kind in aliases().items():
        lines.append(f"    {name} = {alias(kind)}")
    for kind in typed_dicts():
        parts = [f"{name}{'?' if opt else ''}: {told}" for name, told, opt in fields(kind)]
        lines.append(f"    {kind.__name__} {{ {', '.join(parts)} }}")
    lines.append(f"Infrai({arguments(infrai.Infrai)})")
    lines += methods(infrai.Infrai())
    # What is the same is not said twice, so that a change of the description is a change of one line.
    other = methods(infrai.AsyncInfrai())
    same = [line.replace("async ", "").replace("__a", "__") for line in other]
    if same == lines[-len(same) :] and arguments(infrai.Infrai) == arguments(infrai.AsyncInfrai):
        waits = [line.partition("(")[0] for line in other if line.startswith("    async ")]
        told = ", ".join(dict.fromkeys(line.removeprefix("    async ") for line in waits))
        return [*lines, f"AsyncInfrai: as Infrai, with __aenter__, __aexit__; async are {told}"]
    return [*lines, f"AsyncInfrai({arguments(infrai.AsyncInfrai)})", *other]


def methods(client: Any) -> list[str]:
    """Returns a line for each way to call a client."""
    lines: list[str] = []
    for place, call in calls("", client):
        shown = declared(place, call)
        plain = [line.replace(".with_raw_response", "") for line in shown]
        plain = [line.replace("-> Response[", "-> ").removesuffix("]") for line in plain]
        if shown != plain and all(f"    {line}" in lines for line in plain):
            mark = "async " if shown[0].startswith("async ") else ""
            shown = [f"{mark}{place}(the same) -> Response of the same"]
        lines += [f"    {line}" for line in shown]
    managed = [word for word in dir(client) if word.endswith(("enter__", "exit__"))]
    return [*lines, f"    {', '.join(managed)}"]


def wire(annotation: str) -> str:
    """Returns the type of an argument as the page calls it."""
    plain = annotation.removesuffix(" | None").removeprefix("types.")
    known = aliases().get(plain)
    if known is None:
        return WIRE.get(plain, plain)
    literal = next(part for part in typing.get_args(known) if typing.get_origin(part))
    return "|".join(typing.get_args(literal))


def documented(client: Any, is_async: bool) -> list[str]:
    lines = []
    kinds = {kind.__name__: kind for kind in typed_dicts()}
    for place, call in calls("infra", client):
        if ".with_raw_response." in place:
            continue
        if inspect.iscoroutinefunction(call) is not is_async and not place.endswith("with_options"):
            place = f"not {'async' if is_async else 'sync'}: {place}"
        words, told = [], []
        for one in signature(call).parameters.values():
            mark = "" if one.kind is one.KEYWORD_ONLY else "positional "
            is_required = one.default is one.empty
            words.append(f"{mark}{one.name}={'...' if is_required else value(one.default)}")
            told.append(f"    {one.name}{'' if is_required else '?'}: {wire(text(one.annotation))}")
        lines.append(f"{place}({', '.join(words)})")
        lines += told
        gives = text(signature(call).return_annotation)
        name = gives.removeprefix("types.")
        if gives.startswith("types."):
            parts = [f"{one}{'?' if optional else ''}" for one, _, optional in fields(kinds[name])]
            lines.append(f"    -> {name} {{ {', '.join(parts)} }}")
    return lines


def main() -> None:
    match sys.argv[1:]:
        case []:
            print(*surface(), sep="\n")
        case ["documented", "sync"]:
            print(*documented(infrai.Infrai(), False), sep="\n")
        case ["documented", "async"]:
            print(*documented(infrai.AsyncInfrai(), True), sep="\n")
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    main()
