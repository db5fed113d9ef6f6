"""What uploads and downloads have in common: presigned as a call, then attempts over a request to the store that has no key."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from . import failure
from .base_url import parse
from .errors import APIDecodeError, APIStatusError, InfraiError, InvalidRequestError
from .exchange import Answer, Fault, Limits, Request, bare
from .headers import HeaderLines, checked_name, checked_value
from .life import Core, Life, Send, Wait, attempts
from .log import DEBUG, shown
from .operation import IDEMPOTENT, Operation, call
from .options import Options, positive
from .retry import Attempts
from .store_error import refused, request_id

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .base_url import Url
    from .exchange import Sink
    from .transfers import Progress

# Of longer objects only the length is checked: in Python, a checksum takes a second for 10 MB.
CHECKED = 8 << 20
CHECKSUM = "x-amz-checksum-crc64nvme"


class Transfer:
    """One upload or download: its presigned URL, and its attempts."""

    tries: Attempts

    def __init__(
        self,
        core: Core,
        options: Options,
        presign: Operation[Any],
        *,
        name: str,
        verb: str,
        bucket: str,
        key: str,
        stall: float,
        progress: Progress | None,
    ) -> None:
        self.core = core
        self.options = options
        self.name = name
        self.progress = progress
        self._verb = verb
        self._stall = stall
        self._presign = presign
        self._values = (bucket, key, verb, None)
        self._signed: dict[str, Any] = {}
        self._was_refused = False

    def run(self, life: Callable[[], Life]) -> Life:
        """Makes the transfer; its error is logged, and names what failed."""
        try:
            return (yield from life())
        except InfraiError as error:
            failed = bare(self.core.failed(error, self.name))
        raise failed

    def begin(self) -> Life:
        """Checks what can be checked, and presigns."""
        _ = self.core.log
        call(self._presign, self._values)
        positive("stall", self._stall)
        checked = self.options.check(self.core.service.credential_header)
        options = checked.options.over(self.core.options.options)
        yield from self._sign()
        self.tries = Attempts(self.core.system, self.core.tokens, options.max_retries or 0, None)

    def attempt(
        self,
        headers: dict[str, str],
        *,
        chunks: Callable[[], Any] | None = None,
        sink: Sink | None = None,
        progress: Callable[[int], object] | None = None,
    ) -> Life:
        """Makes one attempt. Returns what came, and the context of its errors."""
        core = self.core
        url, signed = self._place()
        number = self.tries.begin()
        sent = HeaderLines({"user-agent": core.user_agent, **signed.values, **headers})
        request = Request(self._verb, url, sent, chunks=chunks, sink=sink)
        request.progress = progress
        started = core.system.now()
        if core.log.level >= DEBUG:
            core.log.debug(self.name, number, f"{self._verb} {url} {shown(request.names(), None)}")
        came = yield Send(request, Limits(core.connect_timeout, None, self._stall))
        status = came.status if isinstance(came, Answer) else None
        if isinstance(came, Answer) and core.log.level >= DEBUG:
            core.log.debug(self.name, number, f"answer {shown(came.headers, None)}")
        core.log.attempt(self.name, number, status, core.system.now() - started)
        context = failure.Context(
            self.name,
            url.origin,
            attempt=number,
            connect=core.connect_timeout,
            now=core.system.wall_clock(),
            stall=self._stall,
        )
        return came, context

    def again(self, came: Answer | Fault, error: InfraiError, progressed: bool = False) -> Life:
        """Waits before the next attempt, or presigns anew; raises the error if there is no next attempt."""
        is_refused = isinstance(error, APIStatusError)
        if is_refused and error.status == 403 and self._is_expired() and not self._was_refused:
            self._was_refused = True
            yield from self._sign()
            return
        fault = came if isinstance(came, Fault) else came.fault
        failed = None if fault is None or is_refused else fault.kind
        wait = self.tries.wait_after(failed, error, IDEMPOTENT, progressed=progressed)
        if wait is None:
            raise error
        self._was_refused = False
        self.core.log.wait(self.name, self.tries.made + 1, wait)
        try:
            yield Wait(wait)
            if self._is_expired():
                yield from self._sign()
        except BaseException:
            self.tries.end()
            raise

    def undocumented(
        self, why: str, context: failure.Context, came: Answer | None = None
    ) -> APIDecodeError:
        """Returns the error of a success that is not the object, with what is known of the answer."""
        error = APIDecodeError(why, operation=self.name, attempts=context.attempt)
        return error if came is None else failure.filled(error, context, came, request_id(came))

    def _sign(self) -> Life:
        try:
            response = yield from attempts(
                self.core, self.options, lambda: call(self._presign, self._values)
            )
        except InfraiError as error:
            error.operation = error.operation or self._presign.id
            raise
        self._signed = response.value

    def _place(self) -> tuple[Url, HeaderLines]:
        """Returns where the object is, and the headers that were signed with it. What can't be sent is refused."""
        try:
            url = parse(self._signed["url"])[0]
        except ValueError:
            raise _unusable("$.url", "not an `http` or `https` URL") from None
        try:
            signed = HeaderLines()
            for name, value in self._signed.get("headers", {}).items():
                signed.values[checked_name(name)] = checked_value(name, value)
            return url, signed
        except InvalidRequestError:
            raise _unusable("$.headers", "not headers that can be sent") from None

    def _is_expired(self) -> bool:
        from datetime import datetime

        try:
            end = datetime.fromisoformat(self._signed["expires_at"]).timestamp()
        except ValueError:
            return False
        return self.core.system.wall_clock() >= end


def error_of(context: failure.Context, came: Answer | Fault) -> InfraiError | None:
    """Returns the error of an attempt; None if it was a success."""
    if isinstance(came, Fault):
        return failure.unanswered(context, came)
    if 200 <= came.status <= 299:
        return None if came.fault is None else failure.unanswered(context, came.fault)
    return refused(context, came)


def _unusable(path: str, why: str) -> APIDecodeError:
    error = APIDecodeError(f"the answer is not as documented: {path}: {why}")
    error.json_path = path
    return error
