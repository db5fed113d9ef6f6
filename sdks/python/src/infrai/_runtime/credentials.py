"""The API key: which are refused, and how one is shown."""

from __future__ import annotations

from .errors import CredentialsError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

_HIDDEN = "…"
# Of a key of fewer characters, the last 4 would be too much to show.
_SHOWN_FROM = 16


class ApiKey:
    """A usable API key. Printed in whichever way, it shows its prefix and last 4 characters at most."""

    __slots__ = ("_before", "_expose", "_shown")

    def __init__(self, text: str, prefix: str, origin: str, before: ApiKey | None = None) -> None:
        """Takes a key that came from `origin`, of which `prefix` may be shown.

        The one that it replaces, if any, stays a secret.
        """
        self._shown = _HIDDEN
        fault = None
        if not isinstance(text, str):
            fault = "is not text"
        elif not text:
            fault = "is empty"
        elif text.isspace():
            fault = "is blank"
        elif not text.isascii():
            fault = "has characters that are not ASCII"
        elif any(character < " " or character == "\x7f" for character in text):
            fault = "has control characters, such as a line break"
        if fault is not None:
            raise CredentialsError(f"the API key from {origin} {fault}")
        # In a closure and not in an attribute, so that nothing that walks over attributes meets it.
        self._expose: Callable[[], str] = lambda: text
        self._before = before
        if len(text) >= _SHOWN_FROM:
            has_room = text.startswith(prefix) and len(prefix) + _SHOWN_FROM // 2 <= len(text)
            self._shown = f"{prefix if has_room else ''}{_HIDDEN}{text[-4:]}"

    def expose(self) -> str:
        """Returns the key itself, to be sent. Keep it out of local variables: tracebacks may show these."""
        return self._expose()

    def secrets(self) -> list[tuple[str, str]]:
        """Returns every text from which the key can be read, and what is shown for it."""
        secrets = [] if self._before is None else self._before.secrets()
        secrets.append((self._expose(), self._shown))
        if ":" in self._expose():
            from base64 import b64encode

            encoded = b64encode(self._expose().encode()).decode().rstrip("=")
            secrets.append((encoded, self._shown))
            secrets.append((self._expose().partition(":")[2], self._shown))
        return secrets

    def __repr__(self) -> str:
        return self._shown

    __str__ = __repr__

    def __reduce__(self) -> tuple[object, ...]:
        raise TypeError("an API key can't be pickled: it would be written down in clear text")
