"""Lines about what happens, for people: on standard error or to the caller's logger, as much as the environment asks for."""

from __future__ import annotations

from . import redact
from .errors import InvalidRequestError
from .system import System, set_variable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from .credentials import ApiKey

_VARIABLE = "INFRAI_LOG"
OFF, ERROR, INFO, DEBUG = range(4)
_LEVELS = {"off": OFF, "error": ERROR, "info": INFO, "debug": DEBUG}
# The headers whose values may be seen. Of all others only the name is.
_SHOWN = frozenset(
    (
        "accept",
        "accept-ranges",
        "content-length",
        "content-range",
        "content-type",
        "date",
        "etag",
        "idempotency-key",
        "if-match",
        "range",
        "retry-after",
        "retry-after-ms",
        "server",
        "user-agent",
        "x-infrai-attempt",
        "x-request-id",
    )
)


class Log:
    """A log: as much as its level lets through."""

    def __init__(self, system: System, logger: Callable[[str], object] | None) -> None:
        """Takes the level that the environment names. Lines go to `logger`, else to the system."""
        word = set_variable(system, _VARIABLE) or "off"
        if word not in _LEVELS:
            raise InvalidRequestError(f"{_VARIABLE} must be off, error, info or debug")
        self.level = _LEVELS[word]
        self._write = system.log if logger is None else logger

    def error(self, error: object) -> None:
        """Writes what a call failed with."""
        if self.level >= ERROR:
            self._write(f"infrai error: {error}")

    def attempt(self, operation: str, number: int, status: int | None, took: float) -> None:
        """Writes what an attempt came to."""
        if self.level >= INFO:
            came = "no answer" if status is None else str(status)
            line = f"{operation}: attempt {number}: {came} after {seconds(took)}"
            self._write(f"infrai info: {line}")

    def wait(self, operation: str, number: int, wait: float) -> None:
        """Writes when the next attempt follows."""
        if self.level >= INFO:
            line = f"{operation}: attempt {number} follows in {seconds(wait)}"
            self._write(f"infrai info: {line}")

    def debug(self, operation: str, number: int, what: str) -> None:
        """Writes what goes out or comes in."""
        if self.level >= DEBUG:
            self._write(f"infrai debug: {operation}: attempt {number}: {what}")


def shown(headers: Mapping[str, str], key: ApiKey | None) -> str:
    """Returns headers as they may be seen: in order, and of most of them only the name."""
    lines: list[str] = []
    for name in sorted(headers):
        lines.append(f"{name}: {redact.text(headers[name], key)}" if name in _SHOWN else name)
    return f"[{', '.join(lines)}]"


def seconds(time: float) -> str:
    """Returns a time with at most three decimals: `0.25 s`."""
    return f"{f'{time:.3f}'.rstrip('0').rstrip('.')} s"
