"""Programs that run beside each other on loopback, each with a log, none left behind."""

import os
import pathlib
import pwd
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]


class Missing(Exception):
    """What this machine lacks, and how to get it."""


class Program:
    """A running program. `kill` is `kill -9`; `again` starts it as it was started first."""

    def __init__(self, name, command, folder, environment=None, user=None):
        self.name = name
        self.command = [str(word) for word in command]
        self.folder = pathlib.Path(folder)
        self.environment = {**os.environ, **(environment or {})}
        self.user = user
        self.process = None
        self.again()

    def again(self):
        """Starts it."""
        # Its own session: a Ctrl-C is for us, who then end it in the right order.
        who = {"user": self.user[0], "group": self.user[1], "extra_groups": []} if self.user else {}
        with open(self.folder / f"{self.name}.log", "ab") as log:
            self.process = subprocess.Popen(
                self.command, cwd=self.folder, env=self.environment, stdin=subprocess.DEVNULL, stdout=log,
                stderr=subprocess.STDOUT, start_new_session=True, **who,
            )

    def running(self):
        """Whether it is."""
        return self.process.poll() is None

    def kill(self, how=signal.SIGKILL):
        """Ends it, and waits until it is gone."""
        if self.running():
            self.process.send_signal(how)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def log(self, lines=15):
        """The end of what it said."""
        path = self.folder / f"{self.name}.log"
        return "\n".join(path.read_text(errors="replace").splitlines()[-lines:])

    def wait(self, ready, seconds=120):
        """Waits until `ready()`; complains with the log if it ends or takes too long."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if not self.running():
                raise RuntimeError(f"{self.name} ended with {self.process.returncode}:\n{self.log()}")
            if ready():
                return
            time.sleep(0.2)
        raise RuntimeError(f"{self.name} isn't ready after {seconds} s:\n{self.log()}")


def free_ports(count):
    """Ports on loopback that nobody has. All are held until the last is found, so that none comes twice."""
    held = []
    try:
        for _ in range(count):
            held.append(socket.create_server(("127.0.0.1", 0)))
        return [one.getsockname()[1] for one in held]
    finally:
        for one in held:
            one.close()


def get(url, seconds=5):
    """Status and text of an answer; `None` if nobody answers."""
    try:
        with DIRECT.open(url, timeout=seconds) as answer:
            return answer.status, answer.read().decode(errors="replace")
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode(errors="replace")
    except OSError:
        return None


# A proxy of the environment isn't meant for loopback.
DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def unprivileged():
    """Somebody that isn't root, if we are root: some servers refuse to run as root."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
            return entry.pw_uid, entry.pw_gid
        except KeyError:
            continue
    raise Missing("a user `postgres` or `nobody`, since Postgres does not run as root")


def folder_of(*tools, among=()):
    """The first folder that has all these tools, of the path's and the others."""
    folders = [pathlib.Path(folder) for folder in os.get_exec_path()] + list(among)
    return next((folder for folder in folders if all((folder / tool).exists() for tool in tools)), None)
