"""Reads answers of HTTP/1.1 (RFC 9112) out of bytes, wherever these come from."""

from __future__ import annotations

import re

from .headers import Headers

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Generator

_LONGEST_HEAD = 128 << 10
_LONGEST_LINE = 4 << 10
_END_OF_HEAD = re.compile(rb"\r?\n\r?\n")
_END_OF_LINE = re.compile(rb"\r?\n")
_FOLD = re.compile(r"\r?\n[ \t]+")
_STATUS = re.compile(r"HTTP/1\.([0-9]) ([1-9][0-9][0-9])(?: .*)?")
_LENGTH = re.compile(r"[0-9]{1,18}")
_CHUNK_SIZE = re.compile(rb"([0-9a-fA-F]{1,15})[ \t]*(?:;.*)?")


class BadAnswerError(Exception):
    """An answer that is not HTTP/1.1."""


class Head:
    """Status and headers."""

    __slots__ = ("headers", "is_kept", "status")

    def __init__(self, block: bytes) -> None:
        first, *lines = re.split("\r?\n", _FOLD.sub(" ", block.decode("latin-1")))
        found = _STATUS.fullmatch(first)
        if found is None:
            raise BadAnswerError("no status")
        headers: list[tuple[str, str]] = []
        for line in lines:
            name, colon, value = line.partition(":")
            if not colon or not name or name != name.strip():
                raise BadAnswerError("a header that is none")
            headers.append((name, value.strip(" \t")))
        self.status = int(found[2])
        self.headers = Headers(headers)
        options = self.headers.get("connection", "").lower().split(",")
        self.is_kept = found[1] != "0" and "close" not in [option.strip() for option in options]

    def length(self) -> int | None:
        """Returns how long the body is; None if it says nothing (§6.3)."""
        told = {one.strip() for one in self.headers.get("content-length", "").split(",")}
        if told == {""}:
            return None
        length = told.pop()
        if told or not _LENGTH.fullmatch(length):
            raise BadAnswerError("a length that is none")
        return int(length)


def answer(method: str) -> Generator[Head | bytes | None, bytes | None, bool]:
    """Reads the answer to a request with this verb.

    Yields None where it needs bytes, which it is to be sent, with none where the connection ended; then the head, once, and the
    pieces of the body. Returns whether another request may follow. Raises ConnectionError if the answer is cut, and
    BadAnswerError.
    """
    arrived = bytearray()
    while True:
        head = Head((yield from _until(_END_OF_HEAD, arrived, _LONGEST_HEAD)))
        # Nothing was asked for that could switch protocols.
        if head.status == 101:
            raise BadAnswerError("another protocol")
        if head.status >= 200:
            break
    yield head
    if method == "HEAD" or head.status in (204, 304):
        return head.is_kept and not arrived
    length = head.length()
    if "transfer-encoding" in head.headers:
        if head.headers["transfer-encoding"].lower() != "chunked":
            raise BadAnswerError("an encoding that is not known")
        yield from _chunks(arrived)
        # Of two lengths, someone on the way may have believed the other.
        return head.is_kept and length is None and not arrived
    if length is not None:
        yield from _counted(arrived, length)
        return head.is_kept and not arrived
    if arrived:
        yield bytes(arrived)
    while piece := (yield None):
        yield piece
    return False


def _more(arrived: bytearray) -> Generator[None, bytes | None, None]:
    piece = yield None
    if not piece:
        raise ConnectionError("the connection ended early")
    arrived += piece


def _until(
    end: re.Pattern[bytes], arrived: bytearray, most: int
) -> Generator[None, bytes | None, bytes]:
    searched = 0
    while (found := end.search(arrived, searched)) is None:
        if len(arrived) > most:
            raise BadAnswerError("a line without an end")
        # What is searched for has up to four bytes.
        searched = max(0, len(arrived) - 3)
        yield from _more(arrived)
    taken = bytes(arrived[: found.start()])
    del arrived[: found.end()]
    return taken


def _counted(arrived: bytearray, left: int) -> Generator[bytes | None, bytes | None, None]:
    while left > 0:
        if not arrived:
            yield from _more(arrived)
        piece = bytes(arrived[:left])
        del arrived[:left]
        left -= len(piece)
        yield piece


def _chunks(arrived: bytearray) -> Generator[bytes | None, bytes | None, None]:
    """Reads a body in chunks (§7.1)."""
    while True:
        size = _CHUNK_SIZE.fullmatch((yield from _until(_END_OF_LINE, arrived, _LONGEST_LINE)))
        if size is None:
            raise BadAnswerError("a chunk without a size")
        length = int(size[1], 16)
        if length == 0:
            break
        yield from _counted(arrived, length)
        if (yield from _until(_END_OF_LINE, arrived, _LONGEST_LINE)):
            raise BadAnswerError("a chunk without an end")
    while (yield from _until(_END_OF_LINE, arrived, _LONGEST_LINE)):
        pass
