"""What no vector can show: threads, cancelling, proxies, imports. `python behaviour.py TLS`, the folder of a certificate."""

from __future__ import annotations

import asyncio
import contextlib
import copy
import io
import json
import os
import pickle
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import traceback
import unittest
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import infrai
from infrai import AsyncInfrai, Infrai
from infrai._runtime.system import System

KEY = "ifr_pk_proj_canary-0123456789"
EMPTY = b'{"items":[]}'
TLS = Path(sys.argv[1])


class Bare(System):
    """A machine with these variables and no home folder."""

    def __init__(self, **variables: str) -> None:
        self.variables = variables

    def variable(self, name: str) -> str | None:
        return self.variables.get(name)

    def home(self) -> str | None:
        return None


class Server:
    """Answers each request with an empty list, as long as connections stay; counts connections and requests."""

    def __init__(self, *, silent: bool = False, tls: bool = False, proxy: bool = False) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.silent = silent
        self.proxy = proxy
        self.context: ssl.SSLContext | None = None
        if tls:
            self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.context.load_cert_chain(TLS / "certificate.pem", TLS / "key.pem")
        self.lock = threading.Lock()
        self.connections = 0
        self.open = 0
        self.heads: list[str] = []
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self) -> None:
        while True:
            try:
                sock, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(sock,), daemon=True).start()

    def serve(self, sock: socket.socket) -> None:
        with self.lock:
            self.connections += 1
            self.open += 1
        try:
            if self.context is not None:
                sock = self.context.wrap_socket(sock, server_side=True)
            while head := self.head(sock):
                with self.lock:
                    self.heads.append(head)
                if self.proxy:
                    self.relay(sock, head)
                    return
                if not self.silent:
                    length = f"content-length: {len(EMPTY)}\r\n\r\n".encode()
                    sock.sendall(b"HTTP/1.1 200 OK\r\n" + length + EMPTY)
        except OSError:
            pass
        finally:
            sock.close()
            with self.lock:
                self.open -= 1

    def head(self, sock: socket.socket) -> str:
        data = b""
        while not data.endswith(b"\r\n\r\n"):
            byte = sock.recv(1)
            if not byte:
                return ""
            data += byte
        return data.decode()

    def relay(self, sock: socket.socket, head: str) -> None:
        host, _, port = head.split()[1].rpartition(":")
        with socket.create_connection((host, int(port))) as other:
            sock.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            back = threading.Thread(target=self.pump, args=(other, sock), daemon=True)
            back.start()
            self.pump(sock, other)
            back.join(5)

    def pump(self, source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)

    def close(self) -> None:
        # A thread that waits in `accept` would take one more connection from a listener that is only closed.
        with contextlib.suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()


@contextlib.contextmanager
def serving(**how: bool) -> Iterator[Server]:
    server = Server(**how)
    try:
        yield server
    finally:
        server.close()


def settings(server: Server, scheme: str = "http", **variables: str) -> dict[str, Any]:
    url = f"{scheme}://127.0.0.1:{server.port}"
    return {"api_key": KEY, "base_url": url, "_system": Bare(**variables)}


class Threads(unittest.TestCase):
    def test_a_client_is_shared(self) -> None:
        with serving() as server, Infrai(**settings(server)) as client:
            results: list[object] = []

            def many() -> None:
                results.extend(client.storage.bucket.list() for _ in range(25))

            threads = [threading.Thread(target=many) for _ in range(8)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            self.assertEqual(results, [{"items": []}] * 200)
            self.assertLessEqual(server.connections, 8)

    def test_connections_stay_open_until_the_client_is_closed(self) -> None:
        with serving() as server:
            with Infrai(**settings(server)) as client:
                for _ in range(5):
                    client.with_options(timeout=5).storage.bucket.list()
                self.assertEqual((server.connections, server.open), (1, 1))
            wait_until(lambda: server.open == 0)


class Cancelling(unittest.TestCase):
    def test_a_call_ends_at_once_and_leaves_nothing_open(self) -> None:
        async def main(server: Server) -> None:
            client = AsyncInfrai(**settings(server))
            call = asyncio.create_task(client.storage.bucket.list())
            await until(lambda: len(server.heads) == 1)
            call.cancel()
            with self.assertRaises(asyncio.CancelledError):
                await call
            await until(lambda: server.open == 0)
            self.assertEqual(len(asyncio.all_tasks()), 1)

        with serving(silent=True) as server:
            asyncio.run(main(server))

    def test_a_wait_ends_at_once(self) -> None:
        async def main(client: AsyncInfrai) -> None:
            call = asyncio.create_task(client.storage.bucket.list())
            await asyncio.sleep(0.1)
            call.cancel()
            with self.assertRaises(asyncio.CancelledError):
                await asyncio.wait_for(call, 0.2)

        with serving() as server:
            server.close()
            # So many waits that one of them is running, however slow the machine is.
            asyncio.run(main(AsyncInfrai(**settings(server), max_retries=10)))

    def test_a_client_goes_from_loop_to_loop(self) -> None:
        with serving() as server:
            client = AsyncInfrai(**settings(server))
            for _ in range(2):
                self.assertEqual(asyncio.run(client.storage.bucket.list()), {"items": []})

    def test_a_download_leaves_no_file(self) -> None:
        async def main(server: Server) -> None:
            client = AsyncInfrai(**settings(server))
            place = Path(tempfile.gettempdir()) / f"{os.getpid()}.download"
            call = asyncio.create_task(
                client.storage.object.download(bucket="demo", key="k", to=place)
            )
            await until(lambda: len(server.heads) == 1)
            call.cancel()
            with self.assertRaises(asyncio.CancelledError):
                await call
            self.assertEqual(list(place.parent.glob(f".{place.name}*")), [])

        with serving(silent=True) as server:
            asyncio.run(main(server))


class Proxies(unittest.TestCase):
    def both(self, server: Server, **variables: str) -> None:
        trusting = ssl.create_default_context(cafile=str(TLS / "certificate.pem"))
        trusting.check_hostname = False
        own = {**settings(server, "https", **variables), "ssl_context": trusting}
        with Infrai(**own) as client:
            self.assertEqual(client.storage.bucket.list(), {"items": []})

        async def main() -> None:
            async with AsyncInfrai(**own) as client:
                self.assertEqual(await client.storage.bucket.list(), {"items": []})

        asyncio.run(main())

    def test_https_goes_through_the_environments(self) -> None:
        with serving(tls=True) as server, serving(proxy=True) as proxy:
            self.both(server, HTTPS_PROXY=f"http://u:p@127.0.0.1:{proxy.port}")
            self.assertEqual(len(proxy.heads), 2)
            for head in proxy.heads:
                self.assertTrue(head.startswith(f"CONNECT 127.0.0.1:{server.port} "), head)
                self.assertNotIn("canary", head)
                self.assertIn("proxy-authorization: Basic dTpw\r\n", head)

    def test_but_not_where_it_is_excepted(self) -> None:
        for name in ("127.0.0.1", "127.0.0.0/8", "*", "other.example, 127.0.0.1:{}"):
            with serving(tls=True) as server, serving(proxy=True) as proxy:
                excepted = name.format(server.port)
                self.both(server, ALL_PROXY=f"http://127.0.0.1:{proxy.port}", NO_PROXY=excepted)
                self.assertEqual(proxy.connections, 0)

    def test_plain_http_goes_through_none(self) -> None:
        with serving() as server, serving(proxy=True) as proxy:
            url = f"http://127.0.0.1:{proxy.port}"
            Infrai(**settings(server, HTTP_PROXY=url, ALL_PROXY=url)).storage.bucket.list()
            self.assertEqual((proxy.connections, server.connections), (0, 1))


class Secrets(unittest.TestCase):
    def test_nothing_shows_the_key(self) -> None:
        with serving() as server:
            server.close()
            client = Infrai(**settings(server), max_retries=0)
            try:
                client.storage.bucket.list()
            except infrai.InfraiError as error:
                lines = traceback.TracebackException.from_exception(error, capture_locals=True)
                own = [text for text in lines.format() if "settings(server)" not in text]
                self.assertNotIn("canary", "".join(own))
            for shown in (
                repr(client),
                str(vars(client)),
                str(vars(client._core)),
                repr(client.storage),
            ):
                self.assertNotIn("canary", shown)
            for dump in (pickle.dumps, copy.copy, copy.deepcopy):
                with self.assertRaises(TypeError):
                    dump(client)

    def test_a_traceback_of_a_client_that_could_not_be_built_has_none(self) -> None:
        try:
            Infrai(KEY, timeout=0)
        except infrai.InvalidRequestError as error:
            shown = io.StringIO()
            found = traceback.TracebackException.from_exception(error, capture_locals=True)
            print("".join(found.format()), file=shown)
            self.assertNotIn("canary-0123", shown.getvalue().replace(f"KEY = '{KEY}'", ""))


class Importing(unittest.TestCase):
    def test_what_not_every_program_needs_is_not_imported(self) -> None:
        code = (
            f"import sys; sys.path[:0] = {sys.path!r}; import infrai; "
            "import json; print(json.dumps(sorted(sys.modules)))"
        )
        command = [sys.executable, "-I", "-S", "-c", code]
        printed = subprocess.run(command, capture_output=True, check=True).stdout
        heavy = {"ssl", "socket", "asyncio", "http.client", "email", "tempfile", "uuid", "datetime"}
        self.assertEqual(heavy.intersection(json.loads(printed)), set())


def wait_until(is_so: Any) -> None:
    asyncio.run(until(is_so))


async def until(is_so: Any) -> None:
    async with asyncio.timeout(10):
        while not is_so():
            await asyncio.sleep(0.01)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
