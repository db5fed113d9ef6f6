"""The life of a download: fetched as a whole, gone on with where it broke off, or begun again."""

from __future__ import annotations

import re
from collections.abc import Callable
from enum import Enum

from . import failure
from .crc64 import checksum
from .exchange import BROKEN, Answer, Fault
from .headers import Headers
from .life import Life, work
from .transfer_life import CHECKED, CHECKSUM, Transfer, error_of
from .transfer_target import Target

# After so many new bytes, an attempt that broke off is none that failed.
_PROGRESS = 1 << 20
_RANGE = re.compile(r"bytes (\d{1,18})-(\d{1,18})/(\d{1,18})\Z", re.ASCII)


class Verdict(Enum):
    """What an answer's head says of its body."""

    OBJECT = "the object, or the rest of it"
    CHANGED = "another object than the one that was begun"
    NO_OBJECT = "a success, and not the object"
    REFUSAL = "no success"


class Download:
    """What is known of an object while it comes."""

    def __init__(self, transfer: Transfer, target: Target) -> None:
        self.transfer = transfer
        self.target = target
        self.verdict = Verdict.REFUSAL
        self.etag: str | None = None
        """As the store told it last."""
        self.total: int | None = None
        self.checksum: str | None = None
        self.fault: OSError | None = None
        """Why the target can't be written."""
        self._asked = 0

    def headers(self) -> dict[str, str]:
        """Returns the headers that ask for what is missing."""
        self.verdict = Verdict.REFUSAL
        self._asked = self.target.length if self.is_resumable else 0
        if not self._asked:
            return {}
        return {"range": f"bytes={self._asked}-", "if-match": self.etag or ""}

    @property
    def is_resumable(self) -> bool:
        """Whether the rest of the very same object can be asked for: by a strong ETag (RFC 9110 §8.8.1)."""
        return self.etag is not None and self.etag.startswith('"')

    @property
    def progress(self) -> int:
        """How many bytes the attempt brought."""
        return self.target.length - self._asked

    def sink(self, status: int, headers: Headers) -> Callable[[bytes], bool] | None:
        """Returns what takes the bytes of an answer."""
        self.verdict = self._judge(status, headers)
        match self.verdict:
            case Verdict.OBJECT:
                return self._write
            case Verdict.REFUSAL:
                return None
            case _:
                return self._refuse

    def forget(self) -> None:
        """Begins again from the first byte."""
        self.etag = self.checksum = self.total = None
        self._asked = 0
        try:
            if not self.target.restart():
                raise OSError("the file can't be written from its beginning again")
        except OSError as fault:
            self.fault = fault

    def may_be_cut(self, headers: Headers) -> bool:
        """Returns whether a connection that broke would look like the end."""
        has_end = self.total is not None or "transfer-encoding" in headers
        return not has_end and self.checksum is None

    def arrived(self, _count: int) -> None:
        """Tells how much there is."""
        if self.transfer.progress is not None:
            self.transfer.progress(self.target.length, self.total)

    def _judge(self, status: int, headers: Headers) -> Verdict:
        if status == 412 and self._asked:
            return Verdict.CHANGED
        if not 200 <= status <= 299:
            return Verdict.REFUSAL
        if status == 206 and self._asked:
            return self._rest(headers)
        if status != 200:
            return Verdict.NO_OBJECT
        self.forget()
        self.etag = headers.get("etag")
        length = headers.get("content-length", "")
        self.total = int(length) if length.isascii() and length.isdecimal() else None
        self.checksum = headers.get(CHECKSUM)
        return Verdict.OBJECT

    def _rest(self, headers: Headers) -> Verdict:
        """Takes the head of an answer with the rest of an object. All of it was asked for, and of no other object."""
        found = _RANGE.match(headers.get("content-range", ""))
        if found is None or headers.get("etag") != self.etag:
            return Verdict.CHANGED
        first, last, total = (int(number) for number in found.groups())
        if first != self._asked or last + 1 != total or self.total not in (None, total):
            return Verdict.CHANGED
        self.total = total
        self.checksum = headers.get(CHECKSUM, self.checksum)
        return Verdict.OBJECT

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
            yield from work(one.forget)
        came, context = yield from transfer.attempt(headers, sink=one.sink, progress=one.arrived)
        if one.fault is not None:
            raise one.fault
        if one.verdict is Verdict.NO_OBJECT:
            raise transfer.undocumented("the answer is not the object", context, came)
        if one.verdict is Verdict.CHANGED:
            if has_restarted:
                raise transfer.undocumented("the object changed while it was downloaded", context)
            has_restarted = True
            yield from work(one.forget)
            continue
        error = error_of(context, came)
        if error is None and one.total not in (None, target.length):
            error = failure.unanswered(context, Fault(BROKEN))
        if error is None:
            break
        yield from transfer.again(came, error, one.is_resumable and one.progress >= _PROGRESS)
    yield from _check(one, context, came)
    yield from work(target.finish)
    transfer.tries.succeeded()
    return {"bytes": target.length} | ({} if one.etag is None else {"etag": one.etag})


def _check(one: Download, context: failure.Context, came: Answer) -> Life:
    """Refuses what may not be the whole object as the store has it."""
    transfer, target = one.transfer, one.target
    if one.may_be_cut(came.headers):
        why = "the answer has no length, so its end may be a break"
        raise transfer.undocumented(why, context, came)
    if one.checksum is not None and target.length <= CHECKED:
        own = yield from work(lambda: checksum(target.content()))
        if own != one.checksum:
            why = f"the object's checksum is {one.checksum}, of what came {own}"
            raise transfer.undocumented(why, context, came)
