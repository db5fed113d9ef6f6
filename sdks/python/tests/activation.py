"""Clients that activate at the same time, in one home folder: none loses the key of another.

`python activation.py TLS`, the folder of a certificate.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
import tempfile
import threading
import time
import unittest
from pathlib import Path

from support import AsyncInfrai, Bare, Infrai, Script, json_answer

import infrai
from infrai._runtime.activation import Activation

KEYS = [f"ifr_pk_proj_canary-000000000{n}" for n in range(6)]


class Home(Bare):
    """A machine with a home folder."""

    def __init__(self, folder: str, profile: str) -> None:
        super().__init__(INFRAI_PROFILE=profile)
        self.folder = folder

    def home(self) -> str | None:
        return self.folder


def accounts(count: int) -> Script:
    return Script(*(json_answer({"api_key": key}) for key in KEYS[:count]))


class Activating(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.home = folder.name
        self.folder = Path(self.home) / ".infrai"
        self.file = self.folder / "credentials"

    def client(self, server: Script, profile: str) -> Infrai:
        return Infrai(
            base_url=f"http://127.0.0.1:{server.port}", system=Home(self.home, profile), timeout=5
        )

    def together(self, server: Script, *profiles: str) -> list[Activation]:
        """Activates in threads, all of which have an account before the first writes it down."""
        found: list[Activation] = []
        lock = self.folder / "credentials.lock"
        self.folder.mkdir()
        lock.touch()
        clients = [self.client(server, profile) for profile in profiles]
        threads = [
            threading.Thread(target=lambda client=client: found.append(client.activate()))
            for client in clients
        ]
        for thread in threads:
            thread.start()
        while len(server.heads) < len(profiles):
            time.sleep(0.01)
        lock.unlink()
        for thread in threads:
            thread.join(20)
        return found

    def test_each_profile_has_its_key(self) -> None:
        with contextlib.closing(accounts(6)) as server:
            found = self.together(server, *"abcdef")
        self.assertEqual([one.kept for one in found], [False] * 6)
        text = self.file.read_text()
        for profile, key in zip("abcdef", KEYS, strict=True):
            self.assertEqual((text.count(f"[{profile}]\n"), text.count(key)), (1, 1), text)
        self.assertEqual(os.listdir(self.folder), ["credentials"])

    def test_two_of_one_profile_have_the_same_key(self) -> None:
        with contextlib.closing(accounts(2)) as server:
            first, second = self.together(server, "default", "default")
        self.assertEqual(first.api_key, second.api_key)
        self.assertEqual({first.kept, second.kept}, {True, False})
        self.assertIn(first.api_key[-4:], self.file.read_text())

    def test_tasks_do_not_hold_each_other_up(self) -> None:
        async def main(server: Script) -> None:
            url = f"http://127.0.0.1:{server.port}"
            clients = [AsyncInfrai(base_url=url, system=Home(self.home, name)) for name in "abc"]
            await asyncio.gather(*(client.activate() for client in clients))
            for client in clients:
                await client.close()

        with contextlib.closing(accounts(3)) as server:
            asyncio.run(main(server))
        self.assertEqual(self.file.read_text().count("api_key"), 3)

    def test_a_lock_that_was_left_over_is_taken_away(self) -> None:
        self.folder.mkdir()
        lock = self.folder / "credentials.lock"
        lock.touch()
        os.utime(lock, (time.time() - 11, time.time() - 11))
        with contextlib.closing(accounts(1)) as server:
            self.assertFalse(self.client(server, "default").activate().kept)
        self.assertEqual(os.listdir(self.folder), ["credentials"])

    def test_a_link_to_the_file_stays_one(self) -> None:
        other = Path(self.home) / "kept-elsewhere"
        other.touch(mode=0o600)
        self.folder.mkdir()
        self.file.symlink_to(other)
        with contextlib.closing(accounts(1)) as server:
            self.client(server, "default").activate()
        self.assertTrue(self.file.is_symlink())
        self.assertIn(KEYS[0], other.read_text())
        self.assertEqual(sorted(os.listdir(self.home)), [".infrai", "kept-elsewhere"])

    def test_a_key_that_another_gets_is_found_after_a_failure(self) -> None:
        refusal = b"HTTP/1.1 403 No\r\ncontent-length: 0\r\n\r\n"
        with contextlib.closing(Script(refusal, json_answer({"api_key": KEYS[0]}))) as server:
            client = self.client(server, "")
            with self.assertRaises(infrai.PermissionDeniedError):
                client.activate()
            self.client(server, "").activate()
            server.answers = [json_answer({"items": []})]
            client.storage.bucket.list()
            self.assertIn(KEYS[0], server.heads[-1])

    def test_a_key_that_cannot_be_written_is_this_clients(self) -> None:
        self.folder.write_text("no folder")
        with contextlib.closing(accounts(1)) as server:
            client = self.client(server, "")
            with self.assertRaisesRegex(infrai.CredentialsError, "this client has it"):
                client.activate()
            server.answers = [json_answer({"items": []})]
            client.storage.bucket.list()
            self.assertIn(KEYS[0], server.heads[-1])


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
