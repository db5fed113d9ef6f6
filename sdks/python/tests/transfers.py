"""What no vector can show of transfers: callers' own code that fails, and files that are none.

`python transfers.py TLS`, the folder of a certificate.
"""

from __future__ import annotations

import asyncio
import contextlib
import io
import os
import sys
import tempfile
import threading
import unittest
from pathlib import Path
from typing import Any
from unittest import mock

from support import AsyncInfrai, Infrai, Script, Server, json_answer, serving, settings

import infrai
from infrai._runtime.transfer_target import PathTarget


class Transfers(unittest.TestCase):
    def script(self, *answers: bytes) -> Script:
        server = Script()
        url = f"http://127.0.0.1:{server.port}/object"
        signed = {"url": url, "method": "GET", "expires_at": "2100-01-01T00:00:00Z"}
        server.answers = [json_answer(signed), *answers]
        return server

    def test_what_the_callers_own_code_raises_is_the_callers(self) -> None:
        def progress(_done: int, _all: int | None) -> None:
            raise BrokenPipeError("mine")

        object_ = json_answer({})
        for answer in (object_, object_):
            with contextlib.closing(self.script(answer)) as server:
                with (
                    Infrai(**settings(server)) as client,
                    self.assertRaisesRegex(OSError, "mine"),
                ):
                    client.storage.object.download(bucket="demo", key="k", progress=progress)
                self.assertEqual(len(server.heads), 2)
            with contextlib.closing(self.script(answer)) as server:
                call = AsyncInfrai(**settings(server)).storage.object.upload(
                    bucket="demo", key="k", source=b"abc", progress=progress
                )
                with self.assertRaisesRegex(OSError, "mine"):
                    asyncio.run(call)

    def test_an_end_that_may_be_a_break_is_no_success(self) -> None:
        with contextlib.closing(self.script(b"HTTP/1.1 200 Last\r\n\r\nsome")) as server:
            objects = Infrai(**settings(server)).storage.object
            with self.assertRaisesRegex(infrai.APIDecodeError, "has no length"):
                objects.download(bucket="demo", key="k")

    def test_a_file_that_takes_a_little_at_a_time_has_all(self) -> None:
        class Slow(io.RawIOBase):
            taken = b""

            def write(self, data: Any, /) -> int:
                self.taken += bytes(data[:1])
                return 1

        slow = Slow()
        with contextlib.closing(self.script(json_answer({"a": 1}))) as server:
            with Infrai(**settings(server)) as client:
                result = client.storage.object.download(bucket="demo", key="k", to=slow)
            self.assertEqual((result["bytes"], slow.taken), (8, b'{"a": 1}'))

    def test_a_place_that_cannot_be_written_is_known_before_anything_is_sent(self) -> None:
        with tempfile.TemporaryDirectory() as folder, serving() as server:
            with Infrai(**settings(server)) as client:
                objects = client.storage.object
                with self.assertRaises(FileNotFoundError):
                    objects.download(bucket="demo", key="k", to=f"{folder}/none/file")
                for place in (folder, ""):
                    with self.assertRaisesRegex(
                        infrai.InvalidRequestError, "object.download: `to`"
                    ):
                        objects.download(bucket="demo", key="k", to=place)
            self.assertEqual((server.heads, os.listdir(folder)), ([], []))

    def test_a_link_is_followed_and_a_long_name_is_taken(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            link, long = Path(folder) / "link", Path(folder) / ("é" * 127)
            link.symlink_to(long)
            with (
                contextlib.closing(self.script(json_answer({}))) as server,
                Infrai(**settings(server)) as client,
            ):
                client.storage.object.download(bucket="demo", key="k", to=link)
            self.assertEqual(long.read_bytes(), b"{}")
            self.assertTrue(link.is_symlink())
            self.assertEqual(len(os.listdir(folder)), 2)

    def test_a_text_is_no_source(self) -> None:
        with (
            contextlib.closing(self.script()) as server,
            Infrai(**settings(server)) as client,
            self.assertRaisesRegex(infrai.InvalidRequestError, "open a file with `rb`"),
        ):
            text: Any = io.StringIO("text")
            client.storage.object.upload(bucket="demo", key="k", source=text)

    def test_a_checksum_holds_no_other_task_up(self) -> None:
        body = bytes(1 << 20)
        lines = f"content-length: {len(body)}\r\nx-amz-checksum-crc64nvme: AAAAAAAAAAA="
        answer = f"HTTP/1.1 200 OK\r\n{lines}\r\n\r\n".encode() + body
        threads: list[int] = []

        def checksum(_: Any) -> str:
            threads.append(threading.get_ident())
            return "AAAAAAAAAAA="

        with (
            contextlib.closing(self.script(answer)) as server,
            mock.patch("infrai._runtime.download.checksum", checksum),
        ):
            call = AsyncInfrai(**settings(server)).storage.object.download(bucket="demo", key="k")
            self.assertEqual(asyncio.run(call), body)
        self.assertNotEqual(threads, [threading.get_ident()])

    def test_who_is_cancelled_waits_for_what_a_thread_does(self) -> None:
        begun, may_end = threading.Event(), threading.Event()
        ended: list[bool] = []

        def checksum(_: Any) -> str:
            begun.set()
            may_end.wait(10)
            ended.append(True)
            return ""

        async def main(server: Script) -> None:
            call = AsyncInfrai(**settings(server)).storage.object.download(bucket="demo", key="k")
            task = asyncio.create_task(call)
            await asyncio.to_thread(begun.wait, 10)
            task.cancel()
            await asyncio.sleep(0)
            may_end.set()
            with self.assertRaises(asyncio.CancelledError):
                await task
            self.assertEqual(ended, [True])

        lines = ("x-amz-checksum-crc64nvme: AAAAAAAAAAA=",)
        with (
            contextlib.closing(self.script(json_answer({}, *lines))) as server,
            mock.patch("infrai._runtime.download.checksum", checksum),
        ):
            asyncio.run(main(server))

    def test_who_is_cancelled_while_a_file_is_made_leaves_none(self) -> None:
        begun, may_end = threading.Event(), threading.Event()
        made = PathTarget.open

        def slowly(target: PathTarget) -> None:
            made(target)
            begun.set()
            may_end.wait(10)

        async def main(server: Server, folder: str) -> None:
            objects = AsyncInfrai(**settings(server)).storage.object
            task = asyncio.create_task(
                objects.download(bucket="demo", key="k", to=Path(folder) / "file")
            )
            await asyncio.to_thread(begun.wait, 10)
            task.cancel()
            await asyncio.sleep(0)
            may_end.set()
            with self.assertRaises(asyncio.CancelledError):
                await task
            self.assertEqual(os.listdir(folder), [])

        with (
            tempfile.TemporaryDirectory() as folder,
            serving() as server,
            mock.patch.object(PathTarget, "open", slowly),
        ):
            asyncio.run(main(server, folder))

    @unittest.skipUnless(hasattr(os, "mkfifo"), "there are no pipes")
    def test_a_pipe_is_not_replaced_by_a_file(self) -> None:
        with tempfile.TemporaryDirectory() as folder, serving() as server:
            place = Path(folder) / "pipe"
            os.mkfifo(place)
            with (
                Infrai(**settings(server)) as client,
                self.assertRaises(infrai.InvalidRequestError),
            ):
                client.storage.object.download(bucket="demo", key="k", to=place)
            self.assertTrue(place.is_fifo())
            self.assertEqual(server.heads, [])


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
