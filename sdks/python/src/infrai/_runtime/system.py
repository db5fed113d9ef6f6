"""The machine as clients see it: variables, home, clocks, randomness. Tests put another in its place."""

from __future__ import annotations

import os
import sys
import time


class System:
    """The machine that this process runs on."""

    def variable(self, name: str) -> str | None:
        """Returns a variable of the environment."""
        return os.environ.get(name)

    def home(self) -> str | None:
        """Returns the home folder."""
        if os.name == "posix" and os.environ.get("HOME") == "":
            # Set but empty counts as unset, here as everywhere.
            import pwd

            return pwd.getpwuid(os.getuid()).pw_dir
        home = os.path.expanduser("~")
        return home if home != "~" else None

    def now(self) -> float:
        """Returns the seconds of a clock that never goes back."""
        return time.monotonic()

    def wall_clock(self) -> float:
        """Returns the seconds since 1970, UTC."""
        return time.time()

    def sleep(self, seconds: float) -> None:
        """Waits."""
        time.sleep(seconds)

    async def sleep_async(self, seconds: float) -> None:
        """Waits, and lets others run."""
        import asyncio

        await asyncio.sleep(seconds)

    def random(self) -> float:
        """Returns a number from [0, 1)."""
        return (int.from_bytes(os.urandom(7)) >> 3) / (1 << 53)

    def log(self, line: str) -> None:
        """Writes a line for people."""
        print(line, file=sys.stderr)


def set_variable(system: System, name: str) -> str | None:
    """Returns a variable; one that is set but empty counts as unset."""
    return system.variable(name) or None


def new_id() -> str:
    """Returns a random UUID (RFC 9562, version 4). Python's own module takes long to import."""
    data = bytearray(os.urandom(16))
    data[6] = data[6] & 0x0F | 0x40
    data[8] = data[8] & 0x3F | 0x80
    digits = data.hex()
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))
