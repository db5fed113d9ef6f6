"""Whether a call is tried again, and after which wait. The rules are those of `docs/behaviour.md`, "Retries"."""

from __future__ import annotations

from .errors import APITimeoutError, InfraiError
from .exchange import BROKEN, CONNECT_TIMEOUT, TIMEOUT, UNSENT
from .locks import Lock
from .operation import NOT_IDEMPOTENT
from .system import System

_LONGEST_SERVER_WAIT = 60.0
_FIRST_WAIT = 0.5
_LONGEST_WAIT = 8.0


def may_repeat(failed: str | None, error: InfraiError, idempotency: str) -> bool:
    """Returns whether a call of this kind may be tried again.

    `failed` is how the attempt failed, or None where it got an error status.
    """
    is_repeatable = idempotency != NOT_IDEMPOTENT
    if failed is not None:
        is_unsent = failed in (UNSENT, CONNECT_TIMEOUT)
        return is_unsent or (failed in (BROKEN, TIMEOUT) and is_repeatable)
    # RFC 9110 §15, RFC 6585 §4, RFC 8470 §5.2. With 429 nothing was done, and a 503 that knows when to
    # come back says the same.
    if error.status == 429:
        return True
    if error.status == 503:
        return is_repeatable or error.retry_after is not None
    return is_repeatable and error.status in (408, 425, 500, 502, 504)


def backoff(n: int, u: float) -> float:
    """Returns the wait before retry `n`, counted from 0, with `u` from [0, 1)."""
    return min(_LONGEST_WAIT, _FIRST_WAIT * 2.0 ** min(n, 10)) * (0.5 + 0.5 * u)


class Tokens:
    """What a client may still spend on retries. It keeps a service that is down from being asked three times as much."""

    MOST = 500
    RETRY = 5
    RETRY_AFTER_TIMEOUT = 10

    def __init__(self) -> None:
        self._left = self.MOST
        self._lock = Lock()

    def take(self, cost: int) -> bool:
        """Takes what a retry costs; nothing, if there isn't enough."""
        with self._lock:
            is_enough = self._left >= cost
            if is_enough:
                self._left -= cost
            return is_enough

    def give_back(self, tokens: int) -> None:
        """Puts tokens back."""
        with self._lock:
            self._left = min(self.MOST, self._left + tokens)


class Limit:
    """How long an attempt may take, and which limit that is as the caller knows it."""

    __slots__ = ("is_deadline", "seconds", "told")

    def __init__(self, seconds: float, told: float, is_deadline: bool) -> None:
        self.seconds = seconds
        self.told = told
        self.is_deadline = is_deadline


class Attempts:
    """The attempts of one call: how many there were, how long the next may take, and whether there is one."""

    def __init__(
        self, system: System, tokens: Tokens, max_retries: int, deadline: float | None
    ) -> None:
        self._system = system
        self._tokens = tokens
        self._max_retries = max_retries
        self._deadline = deadline
        self._end = None if deadline is None else system.now() + deadline
        self._retries = 0
        self._paid = 0
        self._pending = 0
        self.made = 0

    def begin(self) -> int:
        """Begins an attempt and returns its number, from 1."""
        self._pending = 0
        self.made += 1
        return self.made

    def limit(self, timeout: float) -> Limit:
        """Returns the limit of the attempt that begins: `timeout`, or what the deadline leaves if that is less."""
        if self._end is not None and self._deadline is not None:
            left = max(0.0, self._end - self._system.now())
            if left < timeout:
                return Limit(left, self._deadline, True)
        return Limit(timeout, timeout, False)

    def wait_after(
        self, failed: str | None, error: InfraiError, idempotency: str, *, progressed: bool = False
    ) -> float | None:
        """Returns how long to wait before the next attempt, and pays for it; None, if this is the call's error.

        One that `progressed` came so far that the next does not count as a retry.
        """
        if not progressed and self._retries >= self._max_retries:
            return None
        if not may_repeat(failed, error, idempotency):
            return None
        wait = error.retry_after
        if wait is not None and wait > _LONGEST_SERVER_WAIT:
            return None
        if wait is None:
            wait = backoff(self._retries, self._system.random())
        if self._end is not None and self._system.now() + wait >= self._end:
            return None
        is_timeout = isinstance(error, APITimeoutError)
        cost = Tokens.RETRY_AFTER_TIMEOUT if is_timeout else Tokens.RETRY
        if progressed:
            # Tokens guard a service that is down, which one that brings so much is not.
            cost = 0
        if not self._tokens.take(cost):
            return None
        self._retries += 0 if progressed else 1
        self._paid = self._pending = cost
        return wait

    def end(self) -> None:
        """Gives back what was paid for an attempt that was not begun: whoever called gave up in the wait."""
        self._tokens.give_back(self._pending)
        self._pending = 0

    def succeeded(self) -> None:
        """Pays back the call's last retry, or else a little of what others took."""
        self._tokens.give_back(self._paid or 1)
