"""What tests have in common: servers, and clients on a machine of a test.

The first argument of a test's program is the folder of a certificate.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import ssl
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import infrai
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
    return {"api_key": KEY, "base_url": url, "system": Bare(**variables)}


class Infrai(infrai.Infrai):
    """The client for threads on another machine."""

    def __init__(self, *, system: System, **settings: Any) -> None:
        self._system = system
        super().__init__(**settings)


class AsyncInfrai(infrai.AsyncInfrai):
    """The client for asyncio on another machine."""

    def __init__(self, *, system: System, **settings: Any) -> None:
        self._system = system
        super().__init__(**settings)


class Script(Server):
    """Answers the requests, over whichever connections they come, with these bytes, one after the other."""

    def __init__(self, *answers: bytes) -> None:
        self.answers = list(answers)
        super().__init__()

    def serve(self, sock: socket.socket) -> None:
        with self.lock:
            self.connections += 1
        with contextlib.suppress(OSError), sock:
            while head := self.head(sock):
                for line in head.lower().splitlines():
                    if line.startswith("content-length:"):
                        left = int(line.partition(":")[2])
                        while left:
                            left -= len(sock.recv(left))
                with self.lock:
                    self.heads.append(head)
                    answer = self.answers.pop(0) if self.answers else b""
                sock.sendall(answer)
                if answer.startswith(b"HTTP/1.1 200 Last\r\n") or not answer:
                    return


def json_answer(value: object, *lines: str) -> bytes:
    body = json.dumps(value).encode()
    head = "".join(f"{line}\r\n" for line in ("HTTP/1.1 200 OK", *lines))
    return f"{head}content-length: {len(body)}\r\n\r\n".encode() + body


def wait_until(is_so: Any) -> None:
    asyncio.run(until(is_so))


async def until(is_so: Any) -> None:
    async with asyncio.timeout(10):
        while not is_so():
            await asyncio.sleep(0.01)
