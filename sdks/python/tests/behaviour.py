"""What no vector can show: threads, cancelling, proxies, imports, answers that break HTTP.

`python behaviour.py TLS`, the folder of a certificate.
"""

from __future__ import annotations

import asyncio
import contextlib
import copy
import io
import json
import os
import pickle
import ssl
import subprocess
import sys
import tempfile
import threading
import traceback
import typing
import unittest
from pathlib import Path
from typing import Any

import httpx
from support import (
    KEY,
    TLS,
    AsyncInfrai,
    Bare,
    Infrai,
    Script,
    Server,
    json_answer,
    serving,
    settings,
    until,
    wait_until,
)

import infrai
from infrai._runtime import redact, store_error
from infrai._runtime.base_url import Origin
from infrai._runtime.decode import STRING, Map
from infrai._runtime.headers import Headers
from infrai._runtime.locks import Lock
from infrai._runtime.proxies import choose


def outcomes(calls: int, *answers: bytes, **options: Any) -> list[list[str]]:
    """Returns what each client makes of these answers, call by call."""
    found: list[list[str]] = []
    with contextlib.closing(Script(*answers)) as server:
        with Infrai(**settings(server), max_retries=0, timeout=5, **options) as client:
            found.append([said(client.storage.bucket.list) for _ in range(calls)])
        server.close()

    async def main(client: AsyncInfrai) -> list[str]:
        lines: list[str] = []
        async with client:
            for _ in range(calls):
                try:
                    lines.append(str(await client.storage.bucket.list()))
                except infrai.InfraiError as error:
                    lines.append(type(error).__name__)
        return lines

    with contextlib.closing(Script(*answers)) as server:
        own = AsyncInfrai(**settings(server), max_retries=0, timeout=5, **options)
        found.append(asyncio.run(main(own)))
    return found


def said(call: Any) -> str:
    try:
        return str(call())
    except infrai.InfraiError as error:
        return type(error).__name__


class Reading(unittest.TestCase):
    """Both clients read an answer in the same way, and no call gets another's."""

    ONE = "{'items': [], 'n': 1}"
    TWO = "{'items': [], 'n': 2}"

    def both(self, expected: list[str], *answers: bytes) -> None:
        for got in outcomes(len(expected), *answers):
            self.assertEqual(got, expected, answers)

    def test_what_follows_an_answer_is_not_the_next_one(self) -> None:
        one = json_answer({"items": [], "n": 1})
        two = json_answer({"items": [], "n": 2})
        stray = json_answer({"items": [], "n": "stray"})
        self.both([self.ONE, self.TWO], one + stray, two)
        self.both(
            ["InternalServerError", self.TWO],
            b"HTTP/1.1 500 No\r\ncontent-length: 0\r\n\r\n" + stray,
            two,
        )

    def test_answers_before_the_last_one_are_passed_over(self) -> None:
        hints = b"HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n"
        one = json_answer({"items": [], "n": 1})
        two = json_answer({"items": [], "n": 2})
        self.both([self.ONE, self.TWO], hints + one, hints + two)

    def test_what_the_standard_allows_is_taken(self) -> None:
        body = b'{"items": [], "n": 1}'
        for head in (
            "content-length: 21\r\ncontent-length: 21\r\n\r\n",
            "content-length: 21, 21\r\n\r\n",
            "x-folded: a\r\n  b\r\ncontent-length: 21\r\n\r\n",
            "x: y\r\n" * 120 + "content-length: 21\r\n\r\n",
            f"x: {'y' * 60_000}\r\ncontent-length: 21\r\n\r\n",
        ):
            self.both([self.ONE], b"HTTP/1.1 200 OK\r\n" + head.encode() + body)
        chunks = (
            b"transfer-encoding: chunked\r\n\r\n5;a=b\r\n" + body[:5] + b"\r\n10\r\n" + body[5:]
        )
        self.both([self.ONE], b"HTTP/1.1 200 OK\r\n" + chunks + b"\r\n0\r\nt: u\r\n\r\n")
        self.both([self.ONE], b"HTTP/1.1 200 Last\r\n\r\n" + body)

    def test_what_it_does_not_is_a_connection_that_broke(self) -> None:
        body = b'{"items": [], "n": 1}'
        for head in (
            "content-length: 21\r\ncontent-length: 22",
            "content-length: +21",
            "content-length: 2_1",
            "content-length: -1",
            f"content-length: {'9' * 5000}",
            "no colon\r\ncontent-length: 21",
            "name : value\r\ncontent-length: 21",
            "transfer-encoding: gzip, chunked",
            "transfer-encoding: chunked\r\n\r\n0x15",
        ):
            answer = b"HTTP/1.1 200 OK\r\n" + head.encode() + b"\r\n\r\n" + body
            self.both(["APIConnectionError"], answer)
        for status in ("HTTP/1.1 2000 OK", "HTTP/1.1 000 OK", "HTTP/2 200 OK", "HTTP/1.1 101 Go"):
            answer = status.encode() + b"\r\ncontent-length: 21\r\n\r\n" + body
            self.both(["APIConnectionError"], answer)
        self.both(["APIConnectionError"], b"HTTP/1.1 200 OK\ncontent-length: 21\n\n" + body)

    def test_a_connection_that_is_to_close_is_not_used_again(self) -> None:
        one = json_answer({"items": [], "n": 1}, "connection: keep-alive, close")
        with (
            contextlib.closing(Script(one, one)) as server,
            Infrai(**settings(server)) as client,
        ):
            for _ in range(2):
                client.storage.bucket.list()
            self.assertEqual(server.connections, 2)


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

    @unittest.skipUnless(hasattr(os, "fork"), "there is no fork")
    def test_a_child_does_not_wait_for_threads_of_its_parent(self) -> None:
        lock = Lock()
        with lock:
            child = os.fork()
            if child == 0:
                with lock:
                    os._exit(0)
        self.assertEqual(os.waitpid(child, 0)[1], 0)


class Arguments(unittest.TestCase):
    def test_what_is_wrong_is_refused_before_sending(self) -> None:
        with serving() as server, Infrai(**settings(server)) as client:
            objects: Any = client.storage.object
            for arguments, why in (
                ({"bucket": None, "key": "k"}, "`bucket` is missing"),
                ({"bucket": "demo", "key": None}, "`key` is missing"),
                ({"bucket": "demo", "key": b"k"}, "`key` must be a text"),
            ):
                with self.assertRaisesRegex(infrai.InvalidRequestError, why):
                    objects.delete(**arguments)
            with self.assertRaisesRegex(infrai.InvalidRequestError, "`size` must be at least 0"):
                client.storage.object.upload(bucket="demo", key="k", source=b"", size=-1)
            self.assertEqual(server.heads, [])

    def test_settings_of_a_wrong_type_are_errors_of_ours_without_the_key(self) -> None:
        wrong: list[dict[str, Any]] = [
            {"timeout": "30"},
            {"max_retries": "2"},
            {"headers": {"a": 1}},
            {"base_url": 5},
            {"base_url": "http://127.0.0.1/\u20ac"},
            {"http_client": object()},
            {"timeout": True},
            {"max_retries": 2.5},
            {"max_retries": True},
        ]
        for one in wrong:
            try:
                infrai.Infrai(KEY, **one)
            except infrai.InvalidRequestError as error:
                found = traceback.TracebackException.from_exception(error, capture_locals=True)
                self.assertNotIn("canary", "".join(found.format()).replace(f"KEY = '{KEY}'", ""))
            else:
                self.fail(f"{one} was taken")
        with self.assertRaises(infrai.CredentialsError):
            infrai.Infrai(KEY.encode())  # type: ignore[arg-type]

    def test_a_suffix_without_a_word_is_none(self) -> None:
        with serving() as server, Infrai(**settings(server), user_agent_suffix="") as client:
            client.storage.bucket.list()
            lines = server.heads[0].split("\r\n")
            self.assertIn(f"user-agent: infrai-python/{infrai.__version__}", lines)

    def test_limits_may_be_endless(self) -> None:
        with serving() as server:
            endless: dict[str, Any] = {
                "timeout": float("inf"),
                "connect_timeout": 1e12,
                "deadline": float("inf"),
            }
            with Infrai(**settings(server), **endless) as client:
                self.assertEqual(client.storage.bucket.list(), {"items": []})
            client_of_loops = AsyncInfrai(**settings(server), **endless)
            self.assertEqual(asyncio.run(client_of_loops.storage.bucket.list()), {"items": []})


class Httpx(unittest.TestCase):
    """Clients over httpx, which the vectors are played with too."""

    def test_nothing_of_its_client_goes_along(self) -> None:
        own: dict[str, Any] = {
            "headers": {"x-own": "1", "user-agent": "own"},
            "cookies": {"own": "1"},
            "params": {"own": "1"},
            "auth": ("own", "1"),
            "follow_redirects": True,
        }
        moved = b"HTTP/1.1 302 Found\r\nlocation: /elsewhere\r\ncontent-length: 0\r\n\r\n"
        with contextlib.closing(Script(moved)) as server, httpx.Client(**own) as given:
            client = Infrai(**settings(server), http_client=given)
            with self.assertRaisesRegex(infrai.APIStatusError, "redirect to /elsewhere is not"):
                client.storage.bucket.list()
            client.close()
            self.assertFalse(given.is_closed)
            self.assertEqual(len(server.heads), 1)
            lines = server.heads[0].lower().split("\r\n")
            self.assertEqual(lines[0], "get /v1/storage/buckets http/1.1")
            self.assertEqual([line for line in lines if "own" in line], [])
            self.assertIn(f"authorization: bearer {KEY}", lines)

    def test_another_thing_or_one_that_is_closed_is_refused(self) -> None:
        with serving() as server:
            wrong: Any = httpx.AsyncClient()
            with self.assertRaisesRegex(infrai.InvalidRequestError, "must be an `httpx.Client`"):
                Infrai(**settings(server), http_client=wrong)
            given = httpx.Client()
            client = Infrai(**settings(server), http_client=given)
            given.close()
            with self.assertRaisesRegex(infrai.InvalidRequestError, "`http_client` is closed"):
                client.storage.bucket.list()

    def test_an_error_in_the_handling_of_another_leaves_that_alone(self) -> None:
        with serving() as server, httpx.Client() as given:
            server.close()
            client = Infrai(**settings(server), http_client=given, max_retries=0)
            try:
                raise OSError("the caller's")
            except OSError as own:
                with self.assertRaisesRegex(infrai.APIConnectionError, "refused") as caught:
                    client.storage.bucket.list()
                self.assertIsInstance(caught.exception.__cause__, ConnectionRefusedError)
                self.assertIsNotNone(own.__traceback__)

    def test_a_call_ends_at_once_and_leaves_nothing_open(self) -> None:
        async def main(server: Server) -> None:
            async with httpx.AsyncClient() as given:
                client = AsyncInfrai(**settings(server), http_client=given)
                call = asyncio.create_task(client.storage.bucket.list())
                await until(lambda: len(server.heads) == 1)
                call.cancel()
                with self.assertRaises(asyncio.CancelledError):
                    await call
                await until(lambda: server.open == 0)
                self.assertEqual(len(asyncio.all_tasks()), 1)

        with serving(silent=True) as server:
            asyncio.run(main(server))


class Leaving(unittest.TestCase):
    def test_a_client_that_nobody_closed_leaves_nothing_with_its_loop(self) -> None:
        code = (
            "import asyncio, sys\n"
            "from infrai import AsyncInfrai\n"
            "async def main(url):\n"
            "    clients = [AsyncInfrai('ifr_pk_test', base_url=url) for _ in range(2)]\n"
            "    for client in clients:\n"
            "        await client.storage.bucket.list()\n"
            "    del clients[0], client\n"
            "    await asyncio.sleep(0.01)\n"
            "    return clients\n"
            "kept = asyncio.run(main(sys.argv[1]))\n"
            "del kept\n"
        )
        with serving() as server:
            url = f"http://127.0.0.1:{server.port}"
            command = [sys.executable, "-W", "always", "-c", code, url]
            ran = subprocess.run(command, capture_output=True, text=True, check=False)
            self.assertEqual((ran.returncode, ran.stderr), (0, ""))
            self.assertEqual(server.connections, 2)

    def test_two_loops_at_once_share_a_client(self) -> None:
        async def main(client: AsyncInfrai) -> None:
            for _ in range(20):
                self.assertEqual(await client.storage.bucket.list(), {"items": []})

        with serving() as server:
            client = AsyncInfrai(**settings(server))
            faults: list[BaseException] = []

            def run() -> None:
                try:
                    asyncio.run(main(client))
                except BaseException as fault:
                    faults.append(fault)

            threads = [threading.Thread(target=run) for _ in range(3)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            self.assertEqual(faults, [])


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

    def test_a_retry_that_is_not_begun_costs_nothing(self) -> None:
        refusal = b"HTTP/1.1 503 Busy\r\ncontent-length: 0\r\n\r\n"

        async def main(client: AsyncInfrai, server: Script) -> None:
            task = asyncio.create_task(client.storage.bucket.list())
            await until(lambda: server.heads and client._core.tokens._left < 500)
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
            self.assertEqual(client._core.tokens._left, 500)
            await client.close()

        class Interrupted(Bare):
            def sleep(self, seconds: float) -> None:
                raise KeyboardInterrupt

        with contextlib.closing(Script(refusal)) as server:
            asyncio.run(main(AsyncInfrai(**settings(server)), server))
        with contextlib.closing(Script(refusal)) as server:
            client = Infrai(**{**settings(server), "system": Interrupted()})
            with self.assertRaises(KeyboardInterrupt):
                client.storage.bucket.list()
            self.assertEqual(client._core.tokens._left, 500)

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

    def test_nor_where_an_address_with_a_port_is(self) -> None:
        origin = Origin("https", "::1", 8443)
        for names, is_excepted in (
            ("[::1]:8443", True),
            ("[::1]:443", False),
            ("[::1]", True),
            ("::1", True),
            ("::2", False),
        ):
            machine = Bare(HTTPS_PROXY="http://127.0.0.1:1", NO_PROXY=names)
            self.assertEqual(choose(origin, None, machine) is None, is_excepted, names)

    def test_plain_http_goes_through_one_of_this_machine_only(self) -> None:
        with serving() as server:
            client = Infrai(**settings(server), proxy="http://proxy.example:3128", max_retries=0)
            with self.assertRaisesRegex(infrai.InvalidRequestError, "bucket.list: plain `http`"):
                client.storage.bucket.list()
            self.assertEqual(server.heads, [])

    def test_one_that_cannot_be_used_is_an_error_of_the_call_without_its_password(self) -> None:
        with serving() as server:
            own = settings(server, "https", ALL_PROXY="socks5://u:secret@127.0.0.1:1")
        for call in (
            Infrai(**own).storage.bucket.list,
            lambda: asyncio.run(AsyncInfrai(**own).storage.bucket.list()),
        ):
            try:
                call()
            except infrai.InvalidRequestError as error:
                self.assertIn("storage.bucket.list: `ALL_PROXY` is not", str(error))
                found = traceback.TracebackException.from_exception(error, capture_locals=True)
                frames = [line for line in found.format() if "own = " not in line]
                self.assertNotIn("u:secret", "".join(frames))
            else:
                self.fail("it was used")

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
            infrai.Infrai(KEY, timeout=0)
        except infrai.InvalidRequestError as error:
            shown = io.StringIO()
            found = traceback.TracebackException.from_exception(error, capture_locals=True)
            print("".join(found.format()), file=shown)
            self.assertNotIn("canary-0123", shown.getvalue().replace(f"KEY = '{KEY}'", ""))


class Answers(unittest.TestCase):
    def test_a_number_that_json_cannot_hold_is_not_taken(self) -> None:
        body = b'{"items": [], "x": 1e999}'
        head = f"HTTP/1.1 200 OK\r\ncontent-length: {len(body)}\r\n\r\n".encode()
        self.assertEqual(outcomes(1, head + body), [["APIDecodeError"]] * 2)

    def test_a_name_in_a_path_is_quoted_as_json_quotes_it(self) -> None:
        found = Map(STRING).mismatch({'a\n\x01"é': 1})
        self.assertEqual(found and found.path, '$["a\\n\\u0001\\"é"]')

    def test_what_a_server_writes_is_read_once(self) -> None:
        # These would take minutes, if each mark led to a look at all that follows.
        for part in ("a://", "//a", "?", "/", "a?", "a:/", "//@"):
            self.assertEqual(len(redact.text(part * (1 << 16), None)), 1001, part)
        for body in (b" " * (1 << 20), b"<Error>" * (1 << 17), b"<Error><Code>" * (1 << 16)):
            self.assertEqual(store_error._parts(body), {})
        many = b"<Error><Code>&#" + b"1" * 5000 + b";</Code></Error>"
        self.assertIn("Code", store_error._parts(many))

    def test_errors_can_be_pickled(self) -> None:
        error = infrai.NotFoundError("gone", status=404, headers=Headers([("a", "b")]))
        for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
            other = pickle.loads(pickle.dumps(error, protocol))
            self.assertEqual((str(other), dict(other.headers)), (str(error), {"a": "b"}))


class Importing(unittest.TestCase):
    def test_the_types_of_every_method_can_be_looked_up(self) -> None:
        looked = 0
        for client in (infrai.Infrai, infrai.AsyncInfrai):
            storage = client(api_key=KEY).storage
            for group in (client, type(storage.bucket), type(storage.object)):
                for name in dir(group):
                    method = getattr(group, name)
                    if name == "__init__" or (callable(method) and not name.startswith("_")):
                        typing.get_type_hints(method)
                        looked += 1
        self.assertGreater(looked, 20)

    def test_what_not_every_program_needs_is_not_imported(self) -> None:
        code = (
            f"import sys; sys.path[:0] = {sys.path!r}; import infrai; "
            "import json; print(json.dumps(sorted(sys.modules)))"
        )
        command = [sys.executable, "-I", "-S", "-c", code]
        printed = subprocess.run(command, capture_output=True, check=True).stdout
        heavy = {"ssl", "socket", "asyncio", "http.client", "email", "tempfile", "uuid", "datetime"}
        heavy.add("httpx")
        self.assertEqual(heavy.intersection(json.loads(printed)), set())


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
