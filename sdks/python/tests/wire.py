"""What no vector can show of connections: who gets which, what is done while they are idle, and what callers' own code raises.

`python wire.py TLS`, the folder of a certificate.
"""

from __future__ import annotations

import asyncio
import json
import socket
import subprocess
import sys
import threading
import time
import traceback
import unittest
from collections.abc import Callable
from typing import Any
from unittest import mock

from support import EMPTY, KEY, AsyncInfrai, Infrai, Server, serving, settings, until, wait_until

import infrai
from infrai._runtime import pool
from infrai._runtime.base_url import Origin

Handle = Callable[["Scripted", socket.socket, str], object]


class Scripted(Server):
    """Gives each request to a function, which answers, until the connection ends."""

    def __init__(self, handle: Handle) -> None:
        self.handle = handle
        super().__init__()

    def serve(self, sock: socket.socket) -> None:
        with self.lock:
            self.connections += 1
            self.open += 1
        try:
            with sock:
                while head := self.head(sock):
                    with self.lock:
                        self.heads.append(head)
                    self.handle(self, sock, head)
        except OSError:
            pass
        finally:
            with self.lock:
                self.open -= 1


def answer(body: bytes, status: str = "200 OK") -> bytes:
    return f"HTTP/1.1 {status}\r\ncontent-length: {len(body)}\r\n\r\n".encode() + body


def length(head: str) -> int:
    lines = [line.partition(":")[2] for line in head.split("\r\n") if "content-length" in line]
    return int(lines[0]) if lines else 0


def receive(sock: socket.socket, count: int) -> None:
    while count > 0:
        came = len(sock.recv(min(count, 1 << 16)))
        if came == 0:
            raise ConnectionResetError
        count -= came


def presign(server: Scripted, sock: socket.socket, head: str) -> bool:
    """Answers a presigning with a URL of the same server. Returns whether it was one."""
    if not head.startswith("POST"):
        return False
    receive(sock, length(head))
    signed = {"url": f"http://127.0.0.1:{server.port}/object?signed", "method": "PUT"}
    signed |= {"expires_at": "2099-01-01T00:00:00Z"}
    sock.sendall(answer(json.dumps({**signed, "headers": {}}).encode()))
    return True


def store(server: Scripted, sock: socket.socket, head: str) -> None:
    """Has an object of 1 MiB, and takes any."""
    if presign(server, sock, head):
        return
    receive(sock, length(head))
    sock.sendall(answer(bytes(1 << 20) if head.startswith("GET") else b""))


def in_both(server: Server, call: Callable[[Any], Any], **options: Any) -> list[Any]:
    """Makes a call with either client. Returns what came of it, values and errors."""
    own = {**settings(server), **options}

    def threads() -> Any:
        with Infrai(**own) as client:
            return call(client)

    async def coroutines() -> Any:
        async with AsyncInfrai(**own) as client:
            return await call(client)

    results: list[Any] = []
    for run in (threads, lambda: asyncio.run(coroutines())):
        try:
            results.append(run())
        except BaseException as error:
            results.append(error)
    return results


class Idle(unittest.TestCase):
    def test_a_connection_that_the_server_gives_up_is_not_used_again(self) -> None:
        def handle(server: Scripted, sock: socket.socket, _head: str) -> None:
            sock.sendall(answer(EMPTY))
            if server.connections % 2:
                # By then the client has its answer.
                time.sleep(0.05)
                sock.sendall(answer(b"", "408 Request Timeout"))
                server.silent = True

        def given_up(server: Server) -> None:
            deadline = time.monotonic() + 10
            while not server.silent and time.monotonic() < deadline:
                # Blocks, as a loop's other work may: it must not be needed that it runs meanwhile.
                time.sleep(0.01)
            time.sleep(0.05)

        def threads(server: Server) -> None:
            with Infrai(**settings(server), max_retries=0) as client:
                client.storage.bucket.list()
                given_up(server)
                client.storage.bucket.list()

        async def coroutines(server: Server) -> None:
            async with AsyncInfrai(**settings(server), max_retries=0) as client:
                await client.storage.bucket.list()
                given_up(server)
                await client.storage.bucket.list()

        for run in (threads, lambda server: asyncio.run(coroutines(server))):
            server = Scripted(handle)
            run(server)
            self.assertEqual(server.connections, 2)
            server.close()

    def test_two_loops_at_once_have_connections_of_their_own(self) -> None:
        with serving() as server:
            client = AsyncInfrai(**settings(server), max_retries=0)
            turns = threading.Barrier(2)
            results: list[object] = []

            async def main() -> None:
                for _ in range(5):
                    await asyncio.to_thread(turns.wait, 10)
                    results.append(await client.storage.bucket.list())

            def run() -> None:
                try:
                    asyncio.run(main())
                except BaseException as error:
                    results.append(error)
                    turns.abort()

            threads = [threading.Thread(target=run) for _ in range(2)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            self.assertEqual(results, [{"items": []}] * 10)
            self.assertEqual(server.connections, 2)
            wait_until(lambda: server.open == 0)

    def test_there_are_never_too_many_nor_too_old(self) -> None:
        class Connection:
            is_closed = False

            def is_stale(self) -> bool:
                return False

            def close(self) -> None:
                self.is_closed = True

        origins = [Origin("https", f"host-{number}", 443) for number in range(30)]
        made = [Connection() for _ in origins]
        idle: pool.Pool[Connection] = pool.Pool()
        # Some machines' clocks step by 15 ms, so that many have the same time.
        with mock.patch.object(pool, "monotonic", return_value=time.monotonic()):
            for origin, connection in zip(origins, made, strict=True):
                idle.put(origin, connection)
        self.assertEqual([one.is_closed for one in made], [True] * 10 + [False] * 20)
        self.assertIs(idle.take(origins[20]), made[20])
        later = time.monotonic() + 61
        with mock.patch.object(pool, "monotonic", lambda: later):
            idle.put(origins[20], made[20])
            # Whoever is asked for, none of the others is there any longer.
            self.assertIsNone(idle.take(origins[0]))
            self.assertEqual([one for one in made if not one.is_closed], [made[20]])
            self.assertIs(idle.take(origins[20]), made[20])


class Secrets(unittest.TestCase):
    def test_a_call_that_is_ended_while_it_sends_shows_no_key(self) -> None:
        """The frame that sends is in the traceback, and has what it sends."""

        async def ended(server: Server) -> None:
            async with AsyncInfrai(**settings(server)) as client:
                calling = client.request("POST", "/v1/things", json="x" * 8_000_000)
                await asyncio.wait_for(calling, 0.2)

        with serving(silent=True) as server:
            try:
                asyncio.run(ended(server))
            except TimeoutError as error:
                told = traceback.TracebackException.from_exception(error, capture_locals=True)
                text = "".join(told.format())
                self.assertIn("_send", text)
                self.assertNotIn(KEY, text)
            else:
                self.fail("it had an end")


class Limits(unittest.TestCase):
    def test_no_limit_is_one_too(self) -> None:
        with serving() as server:
            for limit in (float("inf"), 1e10):
                limits = {"timeout": limit, "deadline": limit, "connect_timeout": limit}
                results = in_both(server, lambda client: client.storage.bucket.list(), **limits)
                self.assertEqual(results, [{"items": []}] * 2)

    def test_an_address_that_is_silent_does_not_hold_up_the_next(self) -> None:
        with serving() as server:
            deaf = socket.socket()
            deaf.bind(("127.0.0.2", server.port))
            deaf.listen(0)
            # What does not fit into its queue is not answered.
            waiting = [socket.socket() for _ in range(3)]
            for one in waiting:
                one.setblocking(False)
                one.connect_ex(("127.0.0.2", server.port))
            found = [
                (socket.AF_INET, socket.SOCK_STREAM, 6, "", (host, server.port))
                for host in ("127.0.0.2", "127.0.0.1")
            ]
            with mock.patch.object(socket, "getaddrinfo", lambda *_, **__: list(found)):
                results = in_both(
                    server,
                    lambda client: client.storage.bucket.list(),
                    base_url=f"http://localhost:{server.port}",
                    connect_timeout=2,
                    max_retries=0,
                )
            self.assertEqual(results, [{"items": []}] * 2)
            for one in [deaf, *waiting]:
                one.close()


class OwnError(Exception):
    """The caller's."""


class Failing:
    """A file that can't be read or written."""

    def __init__(self, error: BaseException) -> None:
        self.error = error

    def read(self, _size: int) -> bytes:
        raise self.error

    def write(self, _data: bytes) -> int:
        raise self.error


class Callers(unittest.TestCase):
    """What a caller's own code raises is no fault of the connection: it comes out as it is, and at once."""

    ERRORS = (OwnError, ValueError, BrokenPipeError, TimeoutError, infrai.InvalidRequestError)

    def check(self, error: BaseException, call: str, **arguments: Any) -> None:
        server = Scripted(store)
        with self.subTest(call, kind=type(error)):
            results = in_both(
                server,
                lambda client: getattr(client.storage.object, call)(
                    bucket="demo", key="k", **arguments
                ),
            )
            self.assertEqual([result is error for result in results], [True, True], results)
            # Each client presigned once and asked the store once at most.
            self.assertLessEqual(len(server.heads), 4)
        server.close()

    def test_progress(self) -> None:
        for kind in self.ERRORS:
            error = kind("own")

            def fail(_done: int, _whole: int | None, error: BaseException = error) -> None:
                raise error

            self.check(error, "download", progress=fail)
            self.check(error, "upload", progress=fail, source=bytes(1 << 20))

    def test_what_is_written_to(self) -> None:
        for kind in self.ERRORS:
            error = kind("own")
            self.check(error, "download", to=Failing(error))

    def test_what_is_read_from(self) -> None:
        for kind in (OwnError, ValueError, BrokenPipeError, TimeoutError):
            error = kind("own")
            self.check(error, "upload", source=Failing(error), size=9)

    def test_nobody_writes_any_more_when_a_download_was_cancelled(self) -> None:
        class Slow:
            begun = threading.Event()
            is_writing = False

            def write(self, data: bytes, /) -> int:
                self.is_writing = True
                self.begun.set()
                time.sleep(0.2)
                self.is_writing = False
                return len(data)

        async def main(server: Server) -> None:
            async with AsyncInfrai(**settings(server)) as client:
                slow = Slow()
                call = asyncio.create_task(
                    client.storage.object.download(bucket="demo", key="k", to=slow)
                )
                await until(slow.begun.is_set)
                call.cancel()
                with self.assertRaises(asyncio.CancelledError):
                    await call
                self.assertFalse(slow.is_writing)

        server = Scripted(store)
        asyncio.run(main(server))
        server.close()


class Refusals(unittest.TestCase):
    def upload(self, status: str) -> list[Any]:
        gone = threading.Event()

        def handle(server: Scripted, sock: socket.socket, head: str) -> None:
            if not presign(server, sock, head):
                sock.sendall(answer(b"<Error><Code>AccessDenied</Code></Error>", status))
                # Stays open, and reads nothing.
                gone.wait(30)

        server = Scripted(handle)
        source = bytes(32 << 20)
        results = in_both(
            server,
            lambda client: client.storage.object.upload(bucket="demo", key="k", source=source),
            max_retries=0,
        )
        gone.set()
        server.close()
        return results

    def test_a_refusal_before_the_upload_is_whole_is_its_error(self) -> None:
        start = time.monotonic()
        for result in self.upload("403 Forbidden"):
            self.assertIsInstance(result, infrai.PermissionDeniedError)
            self.assertEqual(result.code, "AccessDenied")
        # Not after the 20 s without a byte.
        self.assertLess(time.monotonic() - start, 15)

    def test_a_success_before_the_upload_is_whole_is_none(self) -> None:
        for result in self.upload("200 OK"):
            self.assertIsInstance(result, infrai.APIConnectionError)
            self.assertIn("broke before the answer was whole", str(result))


class Tunnels(unittest.TestCase):
    def test_what_comes_out_of_a_tunnel_before_anything_went_in_is_not_the_servers(self) -> None:
        def handle(_server: Scripted, sock: socket.socket, _head: str) -> None:
            sock.sendall(b"HTTP/1.1 200 Connection established\r\n\r\njunk")

        server = Scripted(handle)
        results = in_both(
            server,
            lambda client: client.storage.bucket.list(),
            base_url="https://service.example",
            proxy=f"http://127.0.0.1:{server.port}",
            max_retries=0,
        )
        for result in results:
            self.assertIsInstance(result, infrai.APIConnectionError)
            self.assertIn("the proxy gave no answer", str(result))
        server.close()


class Importing(unittest.TestCase):
    def test_a_call_needs_no_other_reader_of_answers(self) -> None:
        with serving() as server:
            url = f"http://127.0.0.1:{server.port}"
            code = (
                f"import sys; sys.path[:0] = {sys.path!r}; from infrai import Infrai; "
                f"Infrai('ifr_pk_proj_0123456789', base_url={url!r}).storage.bucket.list(); "
                "import json; print(json.dumps(sorted(sys.modules)))"
            )
            command = [sys.executable, "-I", "-S", "-c", code]
            printed = subprocess.run(command, capture_output=True, check=True).stdout
        heavy = {"asyncio", "email.parser", "http.client", "ssl"}
        self.assertEqual(heavy.intersection(json.loads(printed)), set())


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
