"""What a caller sets for a client or for single calls."""

from __future__ import annotations

from types import NoneType

from .errors import InvalidRequestError
from .headers import HeaderLines, checked, checked_value, headers_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

MOST_RETRIES = 10


class Options:
    """Options of calls. What is None comes from the client. Headers are as they were given, unchecked."""

    __slots__ = ("deadline", "headers", "idempotency_key", "max_retries", "timeout")

    def __init__(
        self,
        timeout: float | None = None,
        deadline: float | None = None,
        max_retries: int | None = None,
        headers: Mapping[str, str] | Iterable[tuple[str, str]] | None = None,
        idempotency_key: str | None = None,
    ) -> None:
        self.timeout = timeout
        self.deadline = deadline
        self.max_retries = max_retries
        self.headers = tuple(headers_of(headers))
        self.idempotency_key = idempotency_key

    def over(self, other: Options) -> Options:
        """Returns these options, and those of `other` that are not set here."""
        options = Options(headers=(*other.headers, *self.headers))
        for name in ("timeout", "deadline", "max_retries", "idempotency_key"):
            own = getattr(self, name)
            setattr(options, name, getattr(other, name) if own is None else own)
        return options

    def check(self, credential: str | None) -> Checked:
        """Returns the options, if they can be kept."""
        for name in ("timeout", "deadline"):
            positive(name, getattr(self, name))
        few(self.max_retries)
        if self.idempotency_key is not None:
            if not self.idempotency_key:
                raise InvalidRequestError("`idempotency_key` must not be empty")
            checked_value("idempotency_key", self.idempotency_key)
        return Checked(self, checked(self.headers, credential))

    def __repr__(self) -> str:
        return "<Options>"


class Checked:
    """Options that can be kept."""

    __slots__ = ("headers", "options")

    def __init__(self, options: Options, headers: HeaderLines) -> None:
        self.options = options
        self.headers = headers


def positive(name: str, seconds: float | None) -> None:
    """Refuses a limit that no answer could keep."""
    if isinstance(seconds, bool) or not isinstance(seconds, (int, float, NoneType)):
        raise InvalidRequestError(f"`{name}` must be a number of seconds")
    if seconds is not None and not seconds > 0:
        raise InvalidRequestError(f"`{name}` must be more than zero")


def few(retries: int | None) -> None:
    """Refuses a number of retries that is too high or none."""
    if isinstance(retries, bool) or not isinstance(retries, (int, NoneType)):
        raise InvalidRequestError("`max_retries` must be a whole number")
    if retries is not None and retries < 0:
        raise InvalidRequestError("`max_retries` must be at least 0")
    if retries is not None and retries > MOST_RETRIES:
        raise InvalidRequestError(f"`max_retries` must be at most {MOST_RETRIES}")
