"""Reads answers of HTTP/1.1 (RFC 9112) out of bytes, wherever these come from."""

from __future__ import annotations

import re

from .headers import Headers

# Of all that is no body: the head, those of interim answers before it, and trailers.
_MOST_HEAD = 64 << 10
_MOST_FIELDS = 256
_MOST_LINE = 1 << 10

_STATUS = re.compile(r"HTTP/1\.([0-9]) ([1-9][0-9]{2})(?: [^\r\n\0]*)?")
_FIELD = re.compile(r"^([!#$%&'*+\-.^_`|~0-9A-Za-z]+):([^\r\n\0]*)\r\n", re.MULTILINE)
_FOLD = re.compile(r"[ \t]*\r\n[ \t]+")
_LENGTH = re.compile(r"[0-9]{1,18}")
_SIZE = re.compile(rb"([0-9a-fA-F]{1,15})[ \t]*(?:;[^\r\n\0]*)?")
# Some read this as the end of a line and some don't, so what one sees as the answer's end another may not (§2.2 leaves it open).
_LONE_LINE_FEED = re.compile(rb"(?<!\r)\n")
_LONE = "a line that ends without a carriage return"

# What comes next.
_HEAD, _LENGTHY, _CHUNK_SIZE, _CHUNK, _CHUNK_END, _TRAILERS, _UNTIL_CLOSED, _NOTHING = range(8)


class BadAnswerError(Exception):
    """What came is no whole answer of HTTP/1.1."""


class Head:
    """Status and headers."""

    __slots__ = ("headers", "is_kept", "status")

    def __init__(self, block: str) -> None:
        """Takes the lines of a head, each with its end."""
        line, _, fields = block.partition("\r\n")
        found = _STATUS.fullmatch(line)
        if found is None:
            raise BadAnswerError("no status of HTTP/1.1")
        if "\r\n " in fields or "\r\n\t" in fields:
            # Clients must understand fields that go on in a next line (§5.2).
            fields = _FOLD.sub(" ", fields)
        lines: list[tuple[str, str]] = _FIELD.findall(fields)
        if len(lines) != fields.count("\n"):
            raise BadAnswerError("a header that is none")
        if len(lines) > _MOST_FIELDS:
            raise BadAnswerError("too many headers")
        self.status = int(found[2])
        self.headers = Headers([(name, value.strip(" \t")) for name, value in lines])
        wishes = _words(self.headers.get("connection", ""))
        is_old = found[1] == "0"
        self.is_kept = "close" not in wishes and (not is_old or "keep-alive" in wishes)
        if is_old and "transfer-encoding" in self.headers:
            raise BadAnswerError("chunks in HTTP/1.0")

    def length(self) -> int | None:
        """Returns how long the body is, if it is told (§6.3). The same told twice is told once."""
        if "content-length" not in self.headers:
            return None
        first, *others = _words(self.headers["content-length"])
        if others or not _LENGTH.fullmatch(first):
            raise BadAnswerError("a length that is none")
        return int(first)


class Reader:
    """Reads the answer to one request."""

    def __init__(self, method: str) -> None:
        """Takes the request's verb, by which some answers have no body."""
        self.head: Head | None = None
        self._method = method
        self._next = _HEAD
        self._left = 0
        """How many bytes are missing of the body or chunk."""
        self._room = _MOST_HEAD
        self._data = b""
        self._at = 0
        self._searched = 0
        """Up to where an end was looked for, in vain."""

    @property
    def is_whole(self) -> bool:
        """Whether all of the answer came."""
        return self._next == _NOTHING

    @property
    def has_more(self) -> bool:
        """Whether something came behind the answer."""
        return self._next == _NOTHING and self._at < len(self._data)

    def feed(self, data: bytes) -> bytes:
        """Takes what came, nothing where the connection ended. Returns what of the body is in it. Raises BadAnswerError."""
        pieces: list[bytes] = []
        if not data and self._next == _UNTIL_CLOSED:
            self._next = _NOTHING
        elif not data and self._next != _NOTHING:
            raise BadAnswerError("the connection ended early")
        self._data = self._data[self._at :] + data
        self._searched = max(0, self._searched - self._at)
        self._at = 0
        while self._step(pieces):
            pass
        return b"".join(pieces)

    def _step(self, pieces: list[bytes]) -> bool:
        """Reads one thing. Returns whether it was there."""
        if self._next == _HEAD:
            block = self._until(b"\r\n\r\n", self._room)
            if block is None:
                self._check_beginning()
                return False
            self._room -= len(block)
            self._take(Head(f"{block.decode('latin-1')}\r\n"))
        elif self._next in (_LENGTHY, _CHUNK):
            end = min(self._at + self._left, len(self._data))
            if end == self._at:
                return False
            pieces.append(self._data[self._at : end])
            self._left -= end - self._at
            self._at = end
            if self._left == 0:
                self._next = _CHUNK_END if self._next == _CHUNK else _NOTHING
        elif self._next == _CHUNK_SIZE:
            line = self._until(b"\r\n", _MOST_LINE)
            if line is None:
                return False
            size = _SIZE.fullmatch(line)
            if size is None:
                raise BadAnswerError("a chunk without a size")
            self._left = int(size[1], 16)
            self._next = _CHUNK if self._left else _TRAILERS
        elif self._next == _CHUNK_END:
            if self._until(b"\r\n", 0) is None:
                return False
            self._next = _CHUNK_SIZE
        elif self._next == _TRAILERS:
            line = self._until(b"\r\n", self._room)
            if line is None:
                return False
            if b"\n" in line:
                raise BadAnswerError(_LONE)
            self._room -= len(line)
            self._next = _TRAILERS if line else _NOTHING
        elif self._next == _UNTIL_CLOSED and self._at < len(self._data):
            pieces.append(self._data[self._at :])
            self._at = len(self._data)
        else:
            return False
        return True

    def _take(self, head: Head) -> None:
        """Takes a head, and from it how the body ends."""
        # Nothing was asked for that could switch protocols.
        if head.status == 101:
            raise BadAnswerError("another protocol")
        if head.status < 200:
            return
        self.head = head
        is_tunnel = self._method == "CONNECT" and head.status <= 299
        if self._method == "HEAD" or is_tunnel or head.status in (204, 304):
            self._next = _NOTHING
            return
        length = head.length()
        encoding = head.headers.get("transfer-encoding")
        if encoding is None and length is None:
            self._next = _UNTIL_CLOSED
            head.is_kept = False
        elif encoding is None:
            self._left = length or 0
            self._next = _LENGTHY if length else _NOTHING
        elif encoding.lower() == "chunked" and length is None:
            self._next = _CHUNK_SIZE
        else:
            # A length beside chunks ought to be handled as an error: someone on the way may have believed the other (§6.3).
            raise BadAnswerError("an encoding that is not known, or a length beside it")

    def _until(self, end: bytes, most: int) -> bytes | None:
        """Returns what stands before an end, and passes over both; None, if the end has not come yet."""
        found = self._data.find(end, max(self._at, self._searched - len(end) + 1))
        is_there = found >= 0
        # Where only a part of the end came, that is not of the line.
        length = (found if is_there else len(self._data) - len(end) + 1) - self._at
        if length > most:
            raise BadAnswerError("a line that is too long")
        if not is_there:
            if _LONE_LINE_FEED.search(self._data, max(self._at, self._searched)):
                raise BadAnswerError(_LONE)
            self._searched = len(self._data)
            return None
        line = self._data[self._at : found]
        self._at = found + len(end)
        return line

    def _check_beginning(self) -> None:
        """Finds another protocol at once, whose end may never come."""
        came = self._data[self._at : self._at + 7]
        if not b"HTTP/1.".startswith(came):
            raise BadAnswerError("another protocol")


def _words(value: str) -> set[str]:
    return {word.strip(" \t").lower() for word in value.split(",")}
