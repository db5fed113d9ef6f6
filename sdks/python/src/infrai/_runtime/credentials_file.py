"""The credentials file: profiles with a key and a base URL each, in the part of TOML that is tables and basic strings.

`tomllib` would take more, and the clients in other languages, which read the same file, have no parser at hand. What is not in
that part is refused with its line rather than misunderstood.
"""

from __future__ import annotations

import os
import re

from .errors import CredentialsError
from .system import new_id

_NAME = re.compile(r"[A-Za-z0-9_-]+")
_ESCAPES = {"b": "\b", "t": "\t", "n": "\n", "f": "\f", "r": "\r", '"': '"', "\\": "\\"}
_ESCAPE = re.compile(r"\\(u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}|.)")
_STRING = re.compile(
    r'"((?:[^"\\\x00-\x08\x0a-\x1f\x7f]|\\(?:[btnfr"\\]|u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}))*)"'
)
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


class Profile:
    """A table of the file."""

    __slots__ = ("end", "header", "values")

    def __init__(self, header: int) -> None:
        self.header = header
        # The line behind its last value; both are counted from 0.
        self.end = header + 1
        self.values: dict[str, str] = {}

    def __repr__(self) -> str:
        return f"<Profile with {', '.join(self.values)}>"


class CredentialsFile:
    """A credentials file as it was read. Printed, it shows its path only."""

    __slots__ = ("_text", "path", "profiles")

    def __init__(self, path: str, text: str) -> None:
        self.path = path
        self._text = text
        self.profiles = _profiles(path, text)

    def __repr__(self) -> str:
        return f"<CredentialsFile {self.path}>"

    @classmethod
    def read(cls, path: str) -> CredentialsFile | None:
        """Reads the file; None where there is none."""
        try:
            with open(path, encoding="utf-8", newline="") as file:
                mode = os.fstat(file.fileno()).st_mode
                if os.name == "posix" and mode & 0o077:
                    raise CredentialsError(f"{path} can be read by others: run chmod 600 {path}")
                return cls(path, file.read())
        except (FileNotFoundError, NotADirectoryError):
            return None
        except (OSError, UnicodeDecodeError) as fault:
            why = fault.strerror if isinstance(fault, OSError) else "it is not UTF-8"
            raise CredentialsError(f"{path} can't be read: {why}") from None

    def write(self, profile: str, values: dict[str, str]) -> None:
        """Sets values of a profile and writes the file, whole or not at all. All else stays as it is."""
        # A link to a file that is kept elsewhere stays one.
        path = os.path.realpath(self.path)
        os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
        temporary = f"{path}.{new_id()}.tmp"
        try:
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
            with open(os.open(temporary, flags, 0o600), "wb") as file:
                file.write(self._with(profile, values).encode())
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, path)
        except BaseException:
            if os.path.exists(temporary):
                os.unlink(temporary)
            raise

    def _with(self, profile: str, values: dict[str, str]) -> str:
        """Returns the text with these values in it."""
        lines = _lines(self._text)
        rest = {name: f"{name} = {_quoted(value)}" for name, value in values.items()}
        known = self.profiles.get(profile)
        if known is None:
            if lines:
                lines.append("")
            lines.append(f"[{profile if _NAME.fullmatch(profile) else _quoted(profile)}]")
            return "\n".join([*lines, *rest.values()]) + "\n"
        place = known.header + 1
        for number in range(known.header + 1, known.end):
            line = lines[number].strip(" \t")
            if not line or line.startswith("#"):
                continue
            name, _, behind = _entry(line)
            if name in rest:
                lines[number] = rest.pop(name) + behind
                place = number + 1
        lines[place:place] = rest.values()
        return "\n".join(lines) + "\n"


def _lines(text: str) -> list[str]:
    lines = text.split("\n")
    if lines[-1] == "":
        lines.pop()
    return [line.removesuffix("\r") for line in lines]


def _profiles(path: str, text: str) -> dict[str, Profile]:
    profiles: dict[str, Profile] = {}
    current: Profile | None = None
    for number, line in enumerate(_lines(text)):
        line = line.strip(" \t")
        if not line or line.startswith("#"):
            continue
        try:
            if line.startswith("["):
                name = _table(line)
                if name in profiles:
                    raise _FaultError("this table stands here twice")
                current = profiles[name] = Profile(number)
                continue
            name, value, _ = _entry(line)
            if current is None:
                raise _FaultError("a table such as `[default]` comes first")
            if name in current.values:
                raise _FaultError("this name stands twice in its table")
        except _FaultError as why:
            # The line itself may hold a key, so it isn't repeated.
            raise CredentialsError(f"{path}, line {number + 1}: {why}") from None
        current.values[name] = value
        current.end = number + 1
    return profiles


class _FaultError(Exception):
    """What is wrong with a line."""


def _table(line: str) -> str:
    """Returns the name between brackets."""
    found = _name(line[1:].lstrip())
    if found is None:
        raise _FaultError("this is not a table's name")
    name, rest = found
    rest = rest.lstrip()
    if not rest.startswith("]"):
        raise _FaultError("a table's name ends with `]`")
    if not _is_comment(rest[1:]):
        raise _FaultError("nothing but a comment may follow a table's name")
    return name


def _entry(line: str) -> tuple[str, str, str]:
    """Returns the name, the value and what follows them in a line."""
    found = _name(line)
    if found is None:
        raise _FaultError('this is neither a table nor `name = "text"`')
    name, rest = found
    rest = rest.lstrip()
    if not rest.startswith("="):
        raise _FaultError("a `=` follows a name")
    string = _string(rest[1:].lstrip())
    if string is None:
        raise _FaultError("a value is a text in double quotes, with the escapes of TOML")
    value, behind = string
    if not _is_comment(behind):
        raise _FaultError("nothing but a comment may follow a value")
    return name, value, behind


def _is_comment(rest: str) -> bool:
    return rest.lstrip()[:1] in ("", "#")


def _name(text: str) -> tuple[str, str] | None:
    """Returns a bare or quoted name, and what follows it."""
    if text.startswith('"'):
        return _string(text)
    found = _NAME.match(text)
    return None if found is None else (found.group(), text[found.end() :])


def _string(text: str) -> tuple[str, str] | None:
    """Returns a basic string (TOML 1.0), and what follows it."""
    found = _STRING.match(text)
    if found is None:
        return None
    try:
        value = _ESCAPE.sub(_unescaped, found[1])
    except ValueError:
        return None
    return value, text[found.end() :]


def _unescaped(escape: re.Match[str]) -> str:
    if escape[1] in _ESCAPES:
        return _ESCAPES[escape[1]]
    code = int(escape[1][1:], 16)
    if 0xD800 <= code <= 0xDFFF:
        raise ValueError("half a character")
    return chr(code)


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{_CONTROL.sub(_code, escaped)}"'


def _code(control: re.Match[str]) -> str:
    return f"\\u{ord(control.group()):04x}"
