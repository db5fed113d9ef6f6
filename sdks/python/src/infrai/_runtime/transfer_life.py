"""The life of a transfer: presigned as a call, then sent to the store over a request that has no key, and resumed or begun again."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from . import failure
from .base_url import parse
from .crc64 import checksum
from .errors import APIDecodeError, APIStatusError, InfraiError, InvalidRequestError
from .exchange import Answer, Fault, Limits, Request, bare
from .headers import HeaderLines, Headers, checked_name, checked_value
from .life import Core, Life, Send, Wait, attempts
from .log import DEBUG, shown
from .operation import IDEMPOTENT, Operation, call
from .options import Options, positive
from .retry import Attempts
from .transfer_source import Source
from .transfer_target import Target

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .exchange import Sink

# Of longer objects only the length is checked: in Python, a checksum takes a second for 10 MB.
CHECKED = 8 << 20
_PROGRESS = 1 << 20
_CHECKSUM = "x-amz-checksum-crc64nvme"
_RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+)\Z")
_ERROR = re.compile(rb"\s*(?:<\?xml[^>]*\?>)?\s*<Error(?:\s[^>]*)?>(.*)</Error>\s*\Z", re.DOTALL)

Progress = Callable[[int, "int | None"], object]


class Transfer:
    """What an upload and a download have in common."""

    tries: Attempts

    def __init__(
        self,
        core: Core,
        options: Options,
        name: str,
        presign: Operation[Any],
        place: tuple[str, str],
        stall: float,
        progress: Progress | None,
    ) -> None:
        self.core = core
        self.options = options
        self.name = name
        self.verb = "PUT" if name.endswith("upload") else "GET"
        self.stall = stall
        self.progress = progress
        self._presign = presign
        self._values = (*place, self.verb, None)
        self._signed: dict[str, Any] = {}
        self._was_refused = False

    def begin(self) -> Life:
        """Checks what can be checked, and presigns."""
        _ = self.core.log
        call(self._presign, self._values)
        positive("stall", self.stall)
        checked = self.options.check(self.core.service.credential_header)
        options = checked.options.over(self.core.options.options)
        yield from self._sign()
        self.tries = Attempts(self.core.system, self.core.tokens, options.max_retries or 0, None)

    def _sign(self) -> Life:
        try:
            response = yield from attempts(
                self.core, self.options, lambda: call(self._presign, self._values)
            )
        except InfraiError as error:
            error.operation = error.operation or self._presign.id
            raise
        self._signed = response.value

    def attempt(
        self,
        headers: dict[str, str],
        *,
        chunks: Callable[[], Any] | None = None,
        sink: Sink | None = None,
        progress: Callable[[int], object] | None = None,
    ) -> Life:
        """Makes one attempt. Returns what came, and the context of its errors."""
        core, number = self.core, self.tries.begin()
        try:
            url = parse(self._signed["url"])[0]
        except ValueError:
            raise InvalidRequestError("the presigned URL is none") from None
        lines = {"user-agent": core.user_agent}
        for name, value in self._signed.get("headers", {}).items():
            lines[checked_name(name)] = checked_value(name, value)
        request = Request(self.verb, url, HeaderLines(lines | headers), chunks=chunks, sink=sink)
        request.progress = progress
        started = core.system.now()
        if core.log.level >= DEBUG:
            core.log.debug(self.name, number, f"{self.verb} {url} {shown(request.names(), None)}")
        came = yield Send(request, Limits(core.connect_timeout, None, self.stall))
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
            stall=self.stall,
        )
        return came, context

    def again(self, came: Answer | Fault, error: InfraiError, progressed: bool = False) -> Life:
        """Waits before the next attempt, or presigns anew; raises the error if there is no next attempt."""
        is_over = self.core.system.wall_clock() >= self._expires_at()
        if (
            isinstance(error, APIStatusError)
            and error.status == 403
            and is_over
            and not self._was_refused
        ):
            self._was_refused = True
            yield from self._sign()
            return
        failed = came.kind if isinstance(came, Fault) else None
        if (
            isinstance(came, Answer)
            and came.fault is not None
            and not isinstance(error, APIStatusError)
        ):
            failed = came.fault.kind
        wait = self.tries.wait_after(failed, error, IDEMPOTENT, progressed=progressed)
        if wait is None:
            raise error
        self._was_refused = False
        self.core.log.wait(self.name, self.tries.made + 1, wait)
        yield Wait(wait)
        if self.core.system.wall_clock() >= self._expires_at():
            yield from self._sign()

    def _expires_at(self) -> float:
        from datetime import datetime

        try:
            return datetime.fromisoformat(self._signed["expires_at"]).timestamp()
        except ValueError:
            return float("inf")


def upload(transfer: Transfer, source: Source) -> Life:
    """Sends a source. Returns how many bytes that were, and the object's ETag if the store gave one."""
    yield from transfer.begin()
    done = 0

    def sent(count: int) -> None:
        nonlocal done
        done += count
        if transfer.progress is not None:
            transfer.progress(done, source.size)

    while True:
        done = 0
        headers = {"content-length": str(source.size)}
        came, context = yield from transfer.attempt(headers, chunks=source.chunks, progress=sent)
        if source.fault is not None:
            raise source.fault
        error = _error(context, came)
        if error is None:
            if _CHECKSUM in came.headers and source.size <= CHECKED:
                own = checksum(source.sent)
                if own != came.headers[_CHECKSUM]:
                    raise _differs(context, came, f"of what was sent {own}")
            transfer.tries.succeeded()
            etag = came.headers.get("etag")
            return {"bytes": source.size} | ({} if etag is None else {"etag": etag})
        if not source.can_restart:
            raise error
        yield from transfer.again(came, error)


class Download:
    """What is known of an object while it comes."""

    def __init__(self, transfer: Transfer, target: Target) -> None:
        self.transfer = transfer
        self.target = target
        self.etag: str | None = None
        self.told: str | None = None
        self.checksum: str | None = None
        self.total: int | None = None
        self.has_changed = False
        self.is_none: tuple[int, Headers] | None = None
        """The head of a success that is not the object."""
        self.fault: OSError | None = None
        self._asked = 0

    def headers(self) -> dict[str, str]:
        """Returns the headers that ask for what is missing."""
        self.has_changed = False
        self._asked = self.target.length if self.etag is not None else 0
        if self._asked == 0 or self.etag is None:
            return {}
        return {"range": f"bytes={self._asked}-", "if-match": self.etag}

    def sink(self, status: int, headers: Headers) -> Callable[[bytes], bool] | None:
        """Returns what takes the bytes of an answer."""
        if status == 412 and self._asked:
            self.has_changed = True
        if status == 206 and self._asked:
            found = _RANGE.match(headers.get("content-range", ""))
            is_next = found is not None and int(found[1]) == self._asked
            is_same = headers.get("etag") == self.etag and found is not None
            if (
                found is None
                or not is_next
                or not is_same
                # All of the rest was asked for.
                or int(found[2]) + 1 != int(found[3])
                or self.total not in (None, int(found[3]))
            ):
                self.has_changed = True
                return self._refuse
            self.total = int(found[3])
            self.told = headers.get("etag")
            self.checksum = headers.get(_CHECKSUM, self.checksum)
            return self._write
        if not 200 <= status <= 299:
            return None
        if status != 200:
            self.is_none = (status, headers)
            return self._refuse
        self.forget()
        etag = headers.get("etag")
        self.told = etag
        self.etag = etag if etag is not None and etag.startswith('"') else None
        length = headers.get("content-length", "")
        self.total = int(length) if length.isascii() and length.isdecimal() else None
        self.checksum = headers.get(_CHECKSUM)
        return self._write

    def may_be_cut(self, headers: Headers) -> bool:
        """Returns whether a connection that broke would look like the end."""
        has_end = self.total is not None or "transfer-encoding" in headers
        return not has_end and self.checksum is None

    def forget(self) -> None:
        """Begins again from the first byte."""
        self.etag = self.told = self.checksum = self.total = None
        try:
            if not self.target.restart():
                raise OSError("the file can't be written from its beginning again")
        except OSError as fault:
            self.fault = fault

    def arrived(self, _count: int) -> None:
        """Tells how much there is."""
        if self.transfer.progress is not None:
            self.transfer.progress(self.target.length, self.total)

    def _write(self, piece: bytes) -> bool:
        try:
            if self.fault is None:
                self.target.write(piece)
        except OSError as fault:
            self.fault = fault
        return self.fault is None

    def _refuse(self, _piece: bytes) -> bool:
        return False


def download(transfer: Transfer, target: Target) -> Life:
    """Fetches an object. Returns how many bytes it has, and its ETag if the store gave one."""
    yield from transfer.begin()
    one = Download(transfer, target)
    has_restarted = False
    while True:
        headers = one.headers()
        if not headers and target.length:
            one.forget()
        before = target.length
        came, context = yield from transfer.attempt(headers, sink=one.sink, progress=one.arrived)
        if one.fault is not None:
            raise one.fault
        if one.is_none is not None:
            none = APIDecodeError(
                "the answer is not the object", operation=transfer.name, attempts=context.attempt
            )
            none.status, none.headers = one.is_none
            none.request_id = none.headers.get("x-amz-request-id")
            raise none
        if one.has_changed:
            if has_restarted:
                raise APIDecodeError(
                    "the object changed while it was downloaded",
                    operation=transfer.name,
                    attempts=context.attempt,
                )
            has_restarted = True
            one.forget()
            continue
        error = _error(context, came)
        if error is None and one.total not in (None, target.length):
            error = failure.unanswered(context, Fault("broken"))
        if error is None:
            if one.may_be_cut(came.headers):
                cut = APIDecodeError("the answer has no length, so its end may be a break")
                raise failure.filled(cut, context, came, came.headers.get("x-amz-request-id"))
            if one.checksum is not None and target.length <= CHECKED:
                own = checksum(target.content())
                if own != one.checksum:
                    raise _differs(context, came, f"of what came {own}", one.checksum)
            target.finish()
            transfer.tries.succeeded()
            return {"bytes": target.length} | ({} if one.told is None else {"etag": one.told})
        progressed = (
            target.length - (before if headers else 0) >= _PROGRESS and one.etag is not None
        )
        yield from transfer.again(came, error, progressed)


def run(transfer: Transfer, life: Callable[[], Life]) -> Life:
    """Makes a transfer; its error is logged, and names what failed."""
    try:
        return (yield from life())
    except InfraiError as error:
        failed = bare(transfer.core.failed(error, transfer.name))
    raise failed


def _error(context: failure.Context, came: Answer | Fault) -> InfraiError | None:
    """Returns the error of an attempt; None if it was a success."""
    if isinstance(came, Fault):
        return failure.unanswered(context, came)
    if 200 <= came.status <= 299:
        return None if came.fault is None else failure.unanswered(context, came.fault)
    parts = _parts(came.body)
    return failure.status_error(
        context,
        came,
        message=parts.get("Message"),
        code=parts.get("Code"),
        request_id=parts.get("RequestId") or came.headers.get("x-amz-request-id"),
    )


def _parts(body: bytes) -> dict[str, str]:
    """Returns what a store's error in XML says."""
    found = _ERROR.match(body)
    if found is None:
        return {}
    from html import unescape

    parts = re.findall(r"<(Code|Message|RequestId)>([^<]*)</\1>", found[1].decode(errors="replace"))
    return {name: unescape(text).strip() for name, text in parts if text.strip()}


def _differs(
    context: failure.Context, came: Answer, of_what: str, told: str | None = None
) -> APIDecodeError:
    told = came.headers[_CHECKSUM] if told is None else told
    error = APIDecodeError(f"the object's checksum is {told}, {of_what}")
    return failure.filled(error, context, came, came.headers.get("x-amz-request-id"))
