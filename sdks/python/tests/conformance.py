"""Holds both clients, over each of their transports, to the conformance vectors.

`python conformance.py SERVER FOLDER [--client NAME] [--only WORDS] [--first]`.
SERVER is the program `conformance-server`, FOLDER has the vectors. Prints each case that fails, as `file.json: name (client)`, and why, and
a last line with the numbers; ends with 1 if one failed. `tests/conformance/README.md` says what a case means.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import http.client
import importlib
import io
import json
import pickle
import re
import signal
import ssl
import subprocess
import sys
import tempfile
import time
import traceback
from datetime import datetime
from pathlib import Path
from typing import Any

import infrai
from infrai._runtime.system import System
from infrai._runtime.version import VERSION

KEY = "ifr_pk_proj_canary-0123456789"
# `dates`: times are text here, as they are on the wire.
LACKS = {"dates"}
# It takes long to make.
TRUST = ssl.create_default_context()
CLOSE = 1e-6
PATIENCE = 20.0
MAY_BE_THERE = {
    "host",
    "connection",
    "accept-encoding",
    "content-length",
    "transfer-encoding",
    "accept-language",
    "sec-fetch-mode",
}
UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"


class Machine(System):
    """The machine of one case: variables, home, clocks and randomness are the case's, and waits take no time."""

    def __init__(self, case: dict[str, Any], home: Path) -> None:
        self.variables = case.get("environment", {})
        self.folder = home
        self.numbers = case.get("random", [0])
        self.drawn = 0
        self.start = time.monotonic()
        self.wall = datetime.fromisoformat(case.get("now", "2026-01-02T03:04:05Z")).timestamp()
        self.skipped = 0.0
        self.waits: list[float] = []
        self.lines: list[str] = []

    def variable(self, name: str) -> str | None:
        value: str | None = self.variables.get(name)
        return value

    def home(self) -> str | None:
        return str(self.folder)

    def now(self) -> float:
        return time.monotonic() - self.start + self.skipped

    def wall_clock(self) -> float:
        return self.wall + self.skipped

    def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.skipped += seconds

    async def sleep_async(self, seconds: float) -> None:
        self.sleep(seconds)

    def random(self) -> float:
        number: float = self.numbers[min(self.drawn, len(self.numbers) - 1)]
        self.drawn += 1
        return number

    def log(self, line: str) -> None:
        self.lines.append(line)


class Server:
    """The scripted server, as a program beside this one."""

    def __init__(self, program: str) -> None:
        self.process = subprocess.Popen(
            [program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert self.process.stdout is not None
        self.address = self.process.stdout.readline().strip().removeprefix("http://")

    def ask(self, method: str, path: str, body: object = None) -> Any:
        connection = http.client.HTTPConnection(self.address)
        connection.request(method, path, None if body is None else json.dumps(body))
        answer = connection.getresponse().read()
        connection.close()
        return json.loads(answer) if answer else None

    def close(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait(10)


class Comparison:
    """What was compared so far."""

    def __init__(self) -> None:
        self.letters: dict[str, str] = {}
        self.faults: list[str] = []

    def wrong(self, place: str, expected: object, got: object) -> None:
        self.faults.append(f"{place}\n      expected {expected!r}\n      got      {got!r}")

    def fits(self, template: str, text: str) -> bool:
        """Whether a text is what a template with `{any}`, `{number}` and `{uuid:a}` says."""
        pattern = ""
        new: dict[str, str] = {}
        for part in re.split(r"(\{any\}|\{number\}|\{uuid:[^}]*\})", template):
            if part == "{any}":
                pattern += "(?s:.*)"
            elif part == "{number}":
                pattern += r"[0-9]+(?:\.[0-9]+)?"
            elif part.startswith("{uuid:"):
                letter = part[6:-1]
                if letter in self.letters:
                    pattern += re.escape(self.letters[letter])
                elif letter in new:
                    pattern += rf"(?P={new[letter]})"
                else:
                    new[letter] = f"u{len(new)}"
                    pattern += rf"(?P<{new[letter]}>{UUID})"
            else:
                pattern += re.escape(part)
        found = re.fullmatch(pattern, text)
        if found is None:
            return False
        values = {letter: found[group] for letter, group in new.items()}
        known = [*self.letters.values(), *values.values()]
        if len(set(known)) != len(known):
            return False
        self.letters.update(values)
        return True

    def text(self, place: str, expected: str | None, got: object) -> None:
        if expected is None or not isinstance(got, str):
            if expected is not got:
                self.wrong(place, expected, got)
        elif not self.fits(expected, got):
            self.wrong(place, expected, got)

    def seconds(self, place: str, expected: list[float], got: list[float]) -> None:
        if len(expected) != len(got) or any(
            abs(a - b) > CLOSE for a, b in zip(expected, got, strict=True)
        ):
            self.wrong(place, expected, got)

    def headers(self, place: str, expected: dict[str, str | None], got: dict[str, str]) -> None:
        for name, value in expected.items():
            self.text(f"{place}.{name}", value, got.get(name))

    def json(self, place: str, expected: Any, got: Any) -> None:
        if isinstance(expected, str) and isinstance(got, str):
            self.text(place, expected, got)
        elif isinstance(expected, list) and isinstance(got, list) and len(expected) == len(got):
            for at, (one, other) in enumerate(zip(expected, got, strict=True)):
                self.json(f"{place}[{at}]", one, other)
        elif isinstance(expected, dict) and isinstance(got, dict):
            for name in sorted({*expected, *got}):
                if name in expected and name in got:
                    self.json(f"{place}.{name}", expected[name], got[name])
                else:
                    self.wrong(
                        f"{place}.{name}", expected.get(name, "nothing"), got.get(name, "nothing")
                    )
        elif isinstance(expected, bool) is not isinstance(got, bool) or expected != got:
            self.wrong(place, expected, got)


class Stream(io.RawIOBase):
    """A source that can be read once, and can't be asked for its length."""

    def __init__(self, data: bytes) -> None:
        self.data = io.BytesIO(data)

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        return self.data.read(size)


def pattern(start: int, end: int) -> bytes:
    """Bytes of which each can be told by its place."""
    period = bytes(range(251))
    return (period * ((end - start) // 251 + 2))[start % 251 :][: end - start]


def filled(value: Any, names: dict[str, str]) -> Any:
    """Returns JSON in which `{server}` and the like are what they stand for."""
    if isinstance(value, str):
        for name, text in names.items():
            value = value.replace(f"{{{name}}}", text)
        return value
    if isinstance(value, list):
        return [filled(one, names) for one in value]
    if isinstance(value, dict):
        return {filled(name, names): filled(one, names) for name, one in value.items()}
    return value


def on(machine: Machine, client: Any) -> Any:
    """Returns a client's class for this machine."""
    return type(client.__name__, (client,), {"_system": machine})


class Driver:
    """A client, and how what it returns is waited for."""

    def __init__(self, settings: dict[str, Any], machine: Machine) -> None:
        self.client: Any = on(machine, infrai.Infrai)(**settings)

    def wait(self, value: Any) -> Any:
        return value

    def close(self) -> str:
        """Closes all; returns what is left of it."""
        self.client.close()
        return ""


class AsyncDriver(Driver):
    """The same for asyncio."""

    def __init__(self, settings: dict[str, Any], machine: Machine) -> None:
        self.client = on(machine, infrai.AsyncInfrai)(**settings)
        self.loop = asyncio.new_event_loop()

    def wait(self, value: Any) -> Any:
        return self.loop.run_until_complete(value)

    def close(self) -> str:
        self.wait(self.client.close())
        tasks = asyncio.all_tasks(self.loop)
        self.loop.close()
        return str(tasks) if tasks else ""


class HttpxDriver(Driver):
    """A client over httpx."""

    def __init__(self, settings: dict[str, Any], machine: Machine) -> None:
        self.http_client = importlib.import_module("httpx").Client(verify=TRUST)
        super().__init__({**settings, "http_client": self.http_client}, machine)

    def close(self) -> str:
        left = super().close()
        self.http_client.close()
        return left


class AsyncHttpxDriver(AsyncDriver):
    """The same for asyncio."""

    def __init__(self, settings: dict[str, Any], machine: Machine) -> None:
        self.http_client = importlib.import_module("httpx").AsyncClient(verify=TRUST)
        super().__init__({**settings, "http_client": self.http_client}, machine)

    def close(self) -> str:
        self.wait(self.http_client.aclose())
        # A body that is too long leaves generators of httpx, whose end is the loop's to see to.
        self.wait(self.loop.shutdown_asyncgens())
        return super().close()


# httpx reads what a server sends beyond an answer as the next one; its interface has no way to see that.
BEYOND_HTTPX = {
    "a second answer to one request is not the answer of the next call",
    "a body behind an answer that has none is not the answer of the next call",
}
DRIVERS: dict[str, type[Driver]] = {
    "sync": Driver,
    "async": AsyncDriver,
    "httpx": HttpxDriver,
    "async-httpx": AsyncHttpxDriver,
}


class Runner:
    """Runs a case."""

    def __init__(
        self, case: dict[str, Any], server: Server, driver: type[Driver], folder: Path
    ) -> None:
        self.server = server
        self.driver = driver
        self.home = folder / "home"
        self.beside = folder / "beside"
        self.home.mkdir()
        self.beside.mkdir()
        self.comparison = Comparison()
        self.printed: list[str] = []
        own = {"home": str(self.home), "version": VERSION, "language": "python", "key": KEY}
        case = filled(case, own)
        script = {"server": case.get("server", []), "other": case.get("other", [])}
        begun = server.ask("POST", "/cases", script)
        self.id = begun["id"]
        self.case = filled(case, begun["places"])
        self.url = begun["places"]["server"]
        self.machine = Machine(self.case, self.home)

    def run(self) -> list[str]:
        try:
            self._run()
        finally:
            self.server.ask("DELETE", f"/cases/{self.id}")
        return self.comparison.faults

    def _run(self) -> None:
        case, comparison = self.case, self.comparison
        for path, file in case.get("files", {}).items():
            self._put(self.home / path, file["text"], file.get("mode", "0600"))
        for call in case["calls"]:
            if "before" in call.get("arguments", {}):
                self._put(self.home / "download", call["arguments"]["before"], "0600")
        before = self._found()
        settings: dict[str, Any] = {"api_key": KEY, "base_url": self.url, **case.get("client", {})}
        if "headers" in settings:
            settings["headers"] = [tuple(pair) for pair in settings["headers"]]
        driver = None
        try:
            driver = self.driver(settings, self.machine)
        except infrai.InfraiError as error:
            self._print_error(error)
            self._outcome("calls[0] (no client)", case["calls"][0]["outcome"], None, error)
        if driver is not None:
            self.client, self.wait = driver.client, driver.wait
            client = self.client
            for at, call in enumerate(case["calls"]):
                for turn in range(call.get("repeat", 1)):
                    letters = dict(comparison.letters)
                    self._call(f"calls[{at}]" + (f", time {turn + 1}" if turn else ""), call)
                    if call.get("repeat", 1) > 1:
                        comparison.letters = letters
            self.printed += [repr(client), str(client), str(vars(client)), str(vars(client._core))]
            try:
                self.printed.append(repr(pickle.dumps(client)))
                comparison.wrong("pickle", "refused", "done")
            except TypeError as refused:
                self.printed.append(str(refused))
            left = driver.close()
            if left:
                comparison.wrong("tasks", "none", left)
        self._requests()
        self._files(before)
        if "log" in case:
            if len(case["log"]) == len(self.machine.lines):
                for at, (expected, got) in enumerate(
                    zip(case["log"], self.machine.lines, strict=True)
                ):
                    comparison.text(f"log[{at}]", expected, got)
            else:
                comparison.wrong("log", case["log"], self.machine.lines)
        for text in [*self.printed, *self.machine.lines]:
            if "canary" in text:
                comparison.wrong("printed", "no secret", text)

    def _call(self, place: str, call: dict[str, Any]) -> None:
        for path, file in call.get("files", {}).items():
            self._put(self.home / path, file["text"], file.get("mode", "0600"))
        start = time.monotonic()
        value, error = None, None
        try:
            value = self._made(call)
        except infrai.InfraiError as failed:
            error = failed
            self._print_error(failed)
        took = time.monotonic() - start
        least, most = call.get("took", (0, PATIENCE))
        if not least <= took <= most:
            self.comparison.wrong(f"{place}.took", (least, most), took)
        waits, self.machine.waits = self.machine.waits, []
        self.comparison.seconds(f"{place}.delays", call.get("delays", []), waits)
        self._outcome(place, call["outcome"], value, error)

    def _made(self, call: dict[str, Any]) -> Any:
        arguments = dict(call.get("arguments", {}))
        options = dict(call.get("options", {}))
        if "headers" in options:
            options["headers"] = [tuple(pair) for pair in options["headers"]]
        stall = {"stall": options.pop("stall")} if "stall" in options else {}
        client = self.client.with_options(**options) if options else self.client
        operation = call["operation"]
        if operation == "activate":
            activation = self.wait(client.activate())
            self.printed += [repr(activation)]
            return {"api_key": activation.api_key, "kept": activation.kept}
        if operation == "request":
            method = client._request if call.get("with_response") else client.request
            settings = {
                name: arguments[name] for name in ("json", "idempotent") if name in arguments
            }
            settings = (
                {"json": None, "idempotent": False, **settings}
                if call.get("with_response")
                else settings
            )
            return self.wait(method(arguments["method"], arguments["path"], **settings))
        group = client
        *path, name = operation.split(".")
        for part in path:
            group = getattr(group, part)
        if operation.endswith("load"):
            return self._transfer(getattr(group, name), name, arguments, stall)
        if call.get("with_response"):
            group = group.with_raw_response
        result = self.wait(getattr(group, name)(**arguments))
        self.printed += [repr(result)] if call.get("with_response") else []
        return result

    def _transfer(
        self, method: Any, name: str, arguments: dict[str, Any], stall: dict[str, float]
    ) -> Any:
        place = {"bucket": arguments["bucket"], "key": arguments["key"]}
        if name == "upload":
            return self.wait(method(**place, **self._source(arguments["source"]), **stall))
        if arguments["to"] == "memory":
            data = self.wait(method(**place, **stall))
            return {"bytes": len(data)} if data == pattern(0, len(data)) else {"other": data[:99]}
        result = self.wait(method(**place, to=self.home / "download", **stall))
        data = (self.home / "download").read_bytes()
        if data != pattern(0, len(data)):
            return {"other": data[:99]}
        return {"bytes": result["bytes"]}

    def _source(self, source: dict[str, Any]) -> dict[str, Any]:
        if "bytes" in source:
            return {"source": pattern(0, source["bytes"])}
        if "file" in source:
            path = self.beside / "source"
            path.write_bytes(pattern(0, source["file"]))
            return {"source": path}
        data = pattern(0, source["stream"])
        size = source.get("announced", source["stream"])
        return {"source": io.BytesIO(data) if source.get("reopen") else Stream(data), "size": size}

    def _outcome(
        self, place: str, expected: dict[str, Any], value: Any, error: infrai.InfraiError | None
    ) -> None:
        comparison = self.comparison
        if error is not None:
            if "error" in expected:
                self._error(f"{place}.error", expected["error"], error)
            else:
                comparison.wrong(place, expected, str(error))
        elif "error" in expected:
            comparison.wrong(place, expected["error"]["text"], value)
        elif "response" in expected:
            wanted = expected["response"]
            comparison.json(f"{place}.value", wanted["value"], value.value)
            comparison.json(f"{place}.status", wanted["status"], value.status)
            comparison.headers(f"{place}.headers", wanted.get("headers", {}), dict(value.headers))
            if "request_id" in wanted:
                comparison.text(f"{place}.request_id", wanted["request_id"], value.request_id)
        else:
            comparison.json(place, expected["value"], value)

    def _error(self, place: str, expected: dict[str, Any], error: Any) -> None:
        for name, wanted in expected.items():
            part = f"{place}.{name}"
            if name == "class":
                self.comparison.text(part, wanted, type(error).__name__)
            elif name == "text":
                self.comparison.text(part, wanted, str(error))
            elif name == "headers":
                self.comparison.headers(part, wanted, dict(error.headers))
            elif name == "body":
                self.comparison.json(
                    part,
                    wanted,
                    None if error.status is None else error.body.decode(errors="replace"),
                )
            elif name == "retry_after":
                got = [] if error.retry_after is None else [error.retry_after]
                self.comparison.seconds(part, [] if wanted is None else [wanted], got)
            else:
                self.comparison.json(part, wanted, getattr(error, name, None))

    def _print_error(self, error: BaseException) -> None:
        restored = pickle.loads(pickle.dumps(error))
        if str(restored) != str(error) or type(restored) is not type(error):
            self.comparison.wrong("pickled error", str(error), str(restored))
        shown = traceback.TracebackException.from_exception(error, capture_locals=True)
        lines = "".join(shown.format())
        # The runner's own frames hold the case.
        own = [line for line in lines.split("  File ") if not line.startswith(f'"{__file__}"')]
        # Arguments are the caller's, the key is nobody's.
        self.printed += [line for line in own if "ifr_pk_proj" in line]
        self.printed += [
            repr(error),
            str(error),
            repr(error.headers) if hasattr(error, "headers") else "",
        ]

    def _requests(self) -> None:
        expected: list[dict[str, Any]] = []
        for request in self.case["requests"]:
            expected += [request] * request.get("repeat", 1)
        recorded = self.server.ask("GET", f"/cases/{self.id}")["requests"]
        if len(expected) != len(recorded):
            self.comparison.wrong(
                "requests", [r["line"] for r in expected], [r["line"] for r in recorded]
            )
            return
        for at, (wanted, got) in enumerate(zip(expected, recorded, strict=True)):
            letters = dict(self.comparison.letters)
            self._request(f"requests[{at}]", wanted, got)
            if wanted.get("repeat", 1) > 1:
                self.comparison.letters = letters

    def _request(self, place: str, wanted: dict[str, Any], got: dict[str, Any]) -> None:
        comparison = self.comparison
        headers: dict[str, str] = {}
        for name, value in got["headers"]:
            headers[name.lower()] = (
                f"{headers[name.lower()]}, {value}" if name.lower() in headers else value
            )
        comparison.text(f"{place}.to", wanted.get("to", "server"), got["to"])
        comparison.text(f"{place}.line", wanted["line"], got["line"])
        comparison.headers(f"{place}.headers", wanted.get("headers", {}), headers)
        if wanted.get("only_headers"):
            others = sorted(set(headers) - set(wanted["headers"]) - MAY_BE_THERE)
            if others:
                comparison.wrong(f"{place}.only_headers", [], others)
        body = base64.b64decode(got["body"]) if "body" in got else None
        if "json" in wanted:
            comparison.json(f"{place}.json", wanted["json"], json.loads(body or b"null"))
        if "text" in wanted:
            comparison.text(f"{place}.text", wanted["text"], (body or b"").decode(errors="replace"))
        if "body" in wanted and body:
            comparison.wrong(f"{place}.body", None, body[:99])
        if "pattern" in wanted:
            of = wanted["pattern"]
            start, end = (of["from"], of["to"]) if isinstance(of, dict) else (0, of)
            if body is None:
                if got["long_body"] != {"length": end - start, "pattern": True}:
                    comparison.wrong(f"{place}.pattern", of, got["long_body"])
            elif body != pattern(start, end):
                comparison.wrong(f"{place}.pattern", of, f"{len(body)} bytes")

    def _put(self, path: Path, text: str, mode: str) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())
        path.chmod(int(mode, 8))

    def _found(self) -> dict[str, bytes]:
        files = (path for path in self.home.rglob("*") if path.is_file())
        return {path.relative_to(self.home).as_posix(): path.read_bytes() for path in files}

    def _files(self, before: dict[str, bytes]) -> None:
        after = self._found()
        named = self.case.get("files_after", {})
        for name, wanted in named.items():
            path = self.home / name
            if wanted is None:
                if path.exists():
                    self.comparison.wrong(f"files_after.{name}", None, after.get(name))
                continue
            if path.is_dir() is not wanted.get("folder", False) or not path.exists():
                self.comparison.wrong(f"files_after.{name}", wanted, "not there")
                continue
            if "text" in wanted:
                self.comparison.text(f"files_after.{name}", wanted["text"], after[name].decode())
            if "pattern" in wanted and after[name] != pattern(0, wanted["pattern"]):
                self.comparison.wrong(f"files_after.{name}", wanted, f"{len(after[name])} bytes")
            if "mode" in wanted:
                self.comparison.text(
                    f"files_after.{name}.mode", wanted["mode"], f"{path.stat().st_mode & 0o777:04o}"
                )
        others = [
            {name: text for name, text in files.items() if name not in named}
            for files in (before, after)
        ]
        if others[0] != others[1]:
            self.comparison.wrong("other files", *others)


class HungError(BaseException):
    """A case that does not end. No client catches it."""


def hung(_signal: int, _frame: object) -> None:
    raise HungError


def attempt(case: dict[str, Any], server: Server, driver: type[Driver]) -> list[str]:
    """Runs a case in a folder of its own."""
    with tempfile.TemporaryDirectory() as folder:
        if hasattr(signal, "setitimer"):
            signal.signal(signal.SIGALRM, hung)
            signal.setitimer(signal.ITIMER_REAL, PATIENCE + 10)
        try:
            return Runner(case, server, driver, Path(folder)).run()
        except HungError:
            return [f"it does not end: {PATIENCE + 10} s"]
        except Exception:
            return [traceback.format_exc()]
        finally:
            if hasattr(signal, "setitimer"):
                signal.setitimer(signal.ITIMER_REAL, 0)


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("server")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--client", choices=DRIVERS, action="append")
    parser.add_argument("--only", default="")
    parser.add_argument("--first", action="store_true", help="stop at the first that fails")
    options = parser.parse_args()
    server = Server(options.server)
    failed = passed = 0
    left_out: dict[str, int] = {}
    try:
        for path in sorted(options.folder.glob("*.json")):
            if path.name == "schema.json":
                continue
            for case in json.loads(path.read_text())["cases"]:
                place = f"{path.name}: {case['name']}"
                lacks = LACKS.intersection(case.get("requires", []))
                for word in lacks:
                    left_out[word] = left_out.get(word, 0) + 1
                if lacks or options.only not in place:
                    continue
                for name in options.client or DRIVERS:
                    if "httpx" in name and case["name"] in BEYOND_HTTPX:
                        left_out["httpx"] = left_out.get("httpx", 0) + 1
                        continue
                    faults = attempt(case, server, DRIVERS[name])
                    if faults and all(".took" in fault for fault in faults):
                        # A machine that was busy: what is late once more is late.
                        faults = attempt(case, server, DRIVERS[name])
                    passed += not faults
                    failed += bool(faults)
                    if faults:
                        print(f"{place} ({name})", *faults, sep="\n   ")
                        if options.first:
                            return 1
    finally:
        server.close()
    print(f"{passed} passed, {failed} failed, left out: {left_out}")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
