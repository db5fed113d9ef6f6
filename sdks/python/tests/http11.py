"""How answers are read out of bytes, wherever these are cut: whole, in two, byte by byte."""

from __future__ import annotations

import sys
import time
import unittest
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from infrai._runtime.http11 import BadAnswerError, Reader

OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"


class Read(NamedTuple):
    """What was read of an answer."""

    status: int
    body: bytes = b""
    is_kept: bool = True
    """Whether the server keeps the connection."""
    has_more: bool = False
    """Whether something came behind the answer."""


# The connection ends behind the bytes.
READ = {
    "a length": (OK + b"Content-Length: 2\r\n\r\nab", Read(200, b"ab")),
    "no body": (OK + b"Content-Length: 0\r\n\r\n", Read(200)),
    "no reason": (b"HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nab", Read(200, b"ab")),
    "a body that ends with the connection": (OK + b"\r\nab", Read(200, b"ab", is_kept=False)),
    "chunks": (CHUNKED + b"1\r\na\r\nA\r\n0123456789\r\n0\r\n\r\n", Read(200, b"a0123456789")),
    "chunks with extensions": (CHUNKED + b"1;a=b\r\na\r\n0 ; c\r\n\r\n", Read(200, b"a")),
    "trailers": (CHUNKED + b"1\r\na\r\n0\r\nA: b\r\nContent-Length: 9\r\n\r\n", Read(200, b"a")),
    "the same length twice": (
        OK + b"Content-Length: 2\r\nContent-Length: 2\r\n\r\nab",
        Read(200, b"ab"),
    ),
    "the same length twice in a line": (OK + b"Content-Length: 2, 2\r\n\r\nab", Read(200, b"ab")),
    "a header that goes on": (
        OK + b"A: b\r\n\t c\r\nContent-Length: 2\r\n\r\nab",
        Read(200, b"ab"),
    ),
    "interim answers": (
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\n"
        b"HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\nab",
        Read(404, b"ab"),
    ),
    "no content": (b"HTTP/1.1 204 No Content\r\n\r\n", Read(204)),
    "no content, whatever its length": (
        b"HTTP/1.1 304 Not Modified\r\nContent-Length: 12\r\n\r\n",
        Read(304),
    ),
    "a body where none may be": (b"HTTP/1.1 204 No\r\n\r\nab", Read(204, has_more=True)),
    "another answer": (
        OK + b"Content-Length: 2\r\n\r\nabHTTP/1.1 200 OK\r\n",
        Read(200, b"ab", has_more=True),
    ),
    "a connection that is closed": (
        OK + b"Connection: keep-alive, Close\r\nContent-Length: 2\r\n\r\nab",
        Read(200, b"ab", is_kept=False),
    ),
    "HTTP/1.0": (
        b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nab",
        Read(200, b"ab", is_kept=False),
    ),
    "HTTP/1.0 that is kept": (
        b"HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\nContent-Length: 2\r\n\r\nab",
        Read(200, b"ab"),
    ),
}

BAD = {
    "nothing": b"",
    "a head that is cut": b"HTTP/1.1 200 OK\r\nA: b\r\n",
    "an interim answer only": b"HTTP/1.1 100 Continue\r\n\r\n",
    "a body that is cut": OK + b"Content-Length: 3\r\n\r\nab",
    "chunks that are cut": CHUNKED + b"2\r\na",
    "chunks without the last": CHUNKED + b"1\r\na\r\n",
    "chunks without their end": CHUNKED + b"1\r\na\r\n0\r\n",
    "another protocol": b"SSH-2.0-OpenSSH_9.9\r\n",
    "another version": b"HTTP/2 200 OK\r\n\r\n",
    "a status of four digits": b"HTTP/1.1 2000 OK\r\nContent-Length: 2\r\n\r\nab",
    "a status that is none": b"HTTP/1.1 000 OK\r\nContent-Length: 2\r\n\r\nab",
    "a switch that nobody asked for": b"HTTP/1.1 101 Switching\r\n\r\n",
    "lines without carriage returns": b"HTTP/1.1 200 OK\nContent-Length: 2\n\nab",
    "one line without": OK + b"A: b\nContent-Length: 2\r\n\r\nab",
    "a carriage return in a value": OK + b"A: b\rc\r\nContent-Length: 2\r\n\r\nab",
    "a header without a colon": OK + b"abc\r\nContent-Length: 2\r\n\r\nab",
    "a header without a name": OK + b": a\r\nContent-Length: 2\r\n\r\nab",
    "a space behind a name": OK + b"Content-Length : 2\r\n\r\nab",
    "a first header that goes on": OK + b" A: b\r\nContent-Length: 2\r\n\r\nab",
    "lengths that differ": OK + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\nabc",
    "lengths that differ in a line": OK + b"Content-Length: 2, 3\r\n\r\nabc",
    "a length without digits": OK + b"Content-Length:\r\n\r\nab",
    "a length that is no number": OK + b"Content-Length: 2 bytes\r\n\r\nab",
    "a length as in Python": OK + b"Content-Length: 1_2\r\n\r\nab",
    "a length with a sign": OK + b"Content-Length: +2\r\n\r\nab",
    "a length below zero": OK + b"Content-Length: -1\r\n\r\nab",
    "digits of another script": OK + "Content-Length: ²\r\n\r\nab".encode("latin-1"),
    "a length of too many digits": OK + b"Content-Length: " + b"9" * 5000 + b"\r\n\r\nab",
    "an encoding that is not known": OK + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    "chunks and a length": OK + b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
    "chunks in HTTP/1.0": b"HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "a size that is no number": CHUNKED + b"zz\r\na\r\n0\r\n\r\n",
    "a size as in Python": CHUNKED + b"0x1\r\na\r\n0\r\n\r\n",
    "a size below zero": CHUNKED + b"-1\r\na\r\n0\r\n\r\n",
    "no size": CHUNKED + b"\r\na\r\n0\r\n\r\n",
    "a size of too many digits": CHUNKED + b"1" * 16 + b"\r\na\r\n0\r\n\r\n",
    "a chunk that is longer than it says": CHUNKED + b"1\r\na!!0\r\n\r\n",
    "a chunk that ends without a carriage return": CHUNKED + b"1\r\na\n0\r\n\r\n",
    "a size that ends without a carriage return": CHUNKED + b"1\na\r\n0\r\n\r\n",
    "a trailer that ends without a carriage return": CHUNKED + b"0\r\nA: b\nC: d\r\n\r\n",
}

# Those that are bad however much more comes, so that nobody waits for it.
ENDLESS = {
    "a head": OK + b"A: " + b"a" * (64 << 10),
    "interim answers": b"HTTP/1.1 100 Continue\r\n\r\n" * 4000,
    "headers": OK + b"A: b\r\n" * 300 + b"\r\n",
    "an extension": CHUNKED + b"1;" + b"a" * 2000,
    "trailers": CHUNKED + b"0\r\n" + b"A: b\r\n" * 20_000,
    "another protocol": b"SSH-",
    "lines without carriage returns": b"HTTP/1.1 200 OK\nA: b",
    "chunks that end wrong": CHUNKED + b"1\r\na!!",
}


def read(parts: Iterable[bytes], method: str = "GET", *, ends: bool = True) -> Read:
    reader = Reader(method)
    body = b""
    for part in parts:
        body += reader.feed(part)
    if ends and not reader.is_whole:
        body += reader.feed(b"")
    if not reader.is_whole:
        return Read(0)
    assert reader.head is not None
    return Read(reader.head.status, body, reader.head.is_kept, reader.has_more)


def cuts(data: bytes) -> Iterator[list[bytes]]:
    yield [data] if data else []
    yield [data[at : at + 1] for at in range(len(data))]
    # Of very long ones, both ends.
    places = range(1, len(data))
    for at in [*places[:200], *places[200:][-200:]]:
        yield [data[:at], data[at:]]


class Reading(unittest.TestCase):
    def test_answers_are_read(self) -> None:
        for name, (data, expected) in READ.items():
            for parts in cuts(data):
                with self.subTest(name, parts=parts):
                    self.assertEqual(read(parts), expected)

    def test_what_is_none_is_refused(self) -> None:
        for name, data in BAD.items():
            for parts in cuts(data):
                with self.subTest(name, parts=parts), self.assertRaises(BadAnswerError):
                    read(parts)

    def test_what_never_ends_is_refused_while_it_comes(self) -> None:
        for name, data in ENDLESS.items():
            halves = [data[: len(data) // 2], data[len(data) // 2 :]]
            for parts in ([data], halves):
                with self.subTest(name), self.assertRaises(BadAnswerError):
                    read(parts, ends=False)

    def test_a_long_head_is_searched_once(self) -> None:
        """It took half a minute when each byte led to a look at all that came before."""
        head = (
            OK + b"".join(b"A%d: b\r\n" % number for number in range(250)) + b"C: " + b"d" * 50_000
        )
        begun = time.process_time()
        read([head[at : at + 1] for at in range(len(head))], ends=False)
        self.assertLess(time.process_time() - begun, 10)

    def test_answers_to_some_verbs_have_no_body(self) -> None:
        head = OK + b"Content-Length: 2\r\n\r\n"
        for parts in cuts(head):
            self.assertEqual(read(parts, "HEAD", ends=False), Read(200))
        for parts in cuts(OK + b"\r\n"):
            self.assertEqual(read(parts, "CONNECT", ends=False), Read(200))
        refusal = b"HTTP/1.1 407 Authenticate\r\nContent-Length: 2\r\n\r\nab"
        self.assertEqual(read([refusal], "CONNECT", ends=False), Read(407, b"ab"))

    def test_headers_of_one_name_are_joined(self) -> None:
        reader = Reader("GET")
        reader.feed(OK + b"A:  b \t\r\nB: \xe9\r\na: c\r\n d\r\nE:\r\n\r\n")
        assert reader.head is not None
        self.assertEqual(dict(reader.head.headers), {"a": "b, c d", "b": "é", "e": ""})


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
