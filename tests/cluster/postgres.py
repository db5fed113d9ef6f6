"""A Postgres of one's own, from what Debian's package `postgresql` installs."""

import os
import pathlib
import signal
import subprocess

from processes import Missing, Program, folder_of, unprivileged


class Postgres:
    """A cluster in a folder, on loopback. Durable, as it is out of the box."""

    def __init__(self, folder, port):
        self.port = port
        self.folder = pathlib.Path(folder)
        self.folder.mkdir()
        user = unprivileged()
        if user:
            os.chown(self.folder, *user)
        debian = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: -float(path.parent.name))
        tools = folder_of("initdb", "postgres", "pg_isready", among=debian)
        who = {"user": user[0], "group": user[1], "extra_groups": []} if user else {}
        if not tools:
            raise Missing("Postgres; `apt-get install postgresql`")
        made = subprocess.run(
            [tools / "initdb", "-D", self.folder / "data", "-U", "postgres", "-E", "UTF8", "--locale=C.UTF-8", "--auth=trust"],
            cwd=self.folder, capture_output=True, text=True, **who,
        )
        if made.returncode:
            raise RuntimeError(f"initdb failed:\n{made.stderr}")
        options = ["-c", "listen_addresses=127.0.0.1", "-c", "max_connections=200"]
        command = [tools / "postgres", "-D", self.folder / "data", "-k", self.folder, "-p", port, *options]
        self.program = Program("postgres", command, self.folder, {"LC_ALL": "C"}, user)
        ready = [tools / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(port)]
        try:
            self.program.wait(lambda: subprocess.run(ready).returncode == 0, 60)
        except BaseException:
            self.stop()
            raise

    def url(self):
        """What gateways are told."""
        return f"postgres://postgres@127.0.0.1:{self.port}/postgres"

    def stop(self):
        """Ends it at once."""
        self.program.kill(signal.SIGQUIT)
