"""What importing and calling costs: this package beside raw `http.client` and clients that others' generators make of the same spec.

`python sdks/python/benches/calls.py` makes all in a temporary folder (or in the one that is given, which it keeps), with pinned
versions, and prints what docs/benchmarks.md shows. It needs the network once, and a Java runtime for openapi-generator; what is
missing is said and left out. All take turns in short rounds, and the median of the rounds counts, so that a busy machine hurts
all alike. CPU is that of the client's process, user and system; the server is another process.
"""

from __future__ import annotations

import asyncio
import http.client
import importlib
import json
import os
import platform
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[3]
PACKAGE = ROOT / "sdks/python"
SPEC = ROOT / "openapi/storage.yaml"
TOOLS = ["openapi-python-client==0.29.1", "openapi-generator-cli==7.26.0"]
# What the clients need to run, as their generators ask for it.
NEEDS = {
    "infrai": [str(PACKAGE)],
    "openapi-python-client": ["httpx==0.28.1", "attrs==26.1.0"],
    "openapi-generator": [
        "urllib3==2.8.0",
        "python-dateutil==4.0.0",
        "pydantic==2.14.3",
        "typing-extensions==4.16.0",
    ],
}
# The first line of a program that makes a call.
IMPORTS = {
    "bare Python": "pass",
    "http.client and json": "import http.client, json",
    "infrai": "from infrai import infra",
    "infrai, AsyncInfrai": "from infrai import AsyncInfrai",
    "openapi-python-client": "from opc_client import AuthenticatedClient; "
    "from opc_client.api.objects import storage_object_presign",
    "openapi-generator": "from og_client import ObjectsApi, ApiClient, Configuration",
}
LONGEST_IMPORT = 60.0
IMPORT_ROUNDS = 15
ROUNDS, CALLS = 25, 100
KEY = "ifr_pk_proj_0123456789abcdef0123456789"
BUCKET, NAME = "user-uploads", "reports/2026/q1.pdf"
PATH = "/v1/storage/buckets/user-uploads/objects/reports%2F2026%2Fq1.pdf/presign"
ANSWER = json.dumps(
    {
        "url": "https://s3.example.com/user-uploads/reports/2026/q1.pdf?X-Amz-Signature="
        + "0" * 400,
        "method": "PUT",
        "expires_at": "2026-11-22T18:00:00Z",
        "headers": {"host": "s3.example.com"},
    }
).encode()


def serve() -> None:
    """Answers every request on one connection after the other with the same answer."""
    listener = socket.create_server(("127.0.0.1", 0))
    print(listener.getsockname()[1], flush=True)
    head = f"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {len(ANSWER)}\r\n\r\n"
    answer = head.encode() + ANSWER

    import threading

    def talk(connection: socket.socket) -> None:
        with connection, connection.makefile("rb") as reader:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            while reader.readline():
                length = 0
                while (line := reader.readline().strip().lower()) != b"":
                    if line.startswith(b"content-length:"):
                        length = int(line.partition(b":")[2])
                reader.read(length)
                connection.sendall(answer)

    while True:
        threading.Thread(target=talk, args=(listener.accept()[0],), daemon=True).start()


def prepare(folder: Path) -> dict[str, int]:
    """Installs and generates everything. Returns how many packages each client is, itself included."""
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    pip += ["--no-warn-conflicts", "--root-user-action=ignore"]
    tools = folder / "tools"
    if not tools.exists():
        subprocess.run([*pip, "--target", str(tools), *TOOLS], check=True)
    environment = {
        **os.environ,
        "PYTHONPATH": str(tools),
        "PATH": f"{tools}/bin:{os.environ['PATH']}",
    }
    made = {"infrai": 0}
    place = folder / "openapi-python-client/opc_client"
    generator = [sys.executable, "-m", "openapi_python_client", "generate", "--path", str(SPEC)]
    generator += ["--meta", "none", "--output-path", str(place), "--overwrite"]
    place.parent.mkdir(exist_ok=True)
    subprocess.run(generator, check=True, env=environment, stdout=subprocess.DEVNULL)
    made["openapi-python-client"] = 1
    if shutil.which("java") is None:
        print("openapi-generator is left out: there is no Java runtime\n")
    else:
        generator = [str(tools / "bin/openapi-generator-cli"), "generate", "-i", str(SPEC)]
        generator += ["-g", "python", "-o", str(folder / "openapi-generator")]
        generator += ["--package-name", "og_client"]
        subprocess.run(generator, check=True, env=environment, stdout=subprocess.DEVNULL)
        made["openapi-generator"] = 1
    for client in made:
        needs = folder / f"{client}-needs"
        if client == "infrai" and needs.exists():
            shutil.rmtree(needs)
        if not needs.exists():
            source = folder / "source"
            shutil.rmtree(source, ignore_errors=True)
            shutil.copytree(PACKAGE, source)
            wanted = [str(source) if one == str(PACKAGE) else one for one in NEEDS[client]]
            subprocess.run([*pip, "--target", str(needs), *wanted], check=True)
        made[client] += len(list(needs.glob("*.dist-info")))
    return made


def path_of(folder: Path, name: str) -> list[str]:
    """Returns where the modules of a client are."""
    client = name.partition(",")[0]
    return [str(folder / f"{client}-needs"), str(folder / client)] if client in NEEDS else []


def import_cpu(folder: Path, names: list[str]) -> dict[str, float]:
    """Returns the milliseconds of CPU that a program of one import takes, each beyond bare Python."""
    seen: dict[str, list[float]] = {name: [] for name in names}
    for turn in range(IMPORT_ROUNDS + 1):
        for name in names:
            environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path_of(folder, name))}
            environment.pop("PYTHONDONTWRITEBYTECODE", None)
            pid = os.spawnve(
                os.P_NOWAIT, sys.executable, [sys.executable, "-c", IMPORTS[name]], environment
            )
            _, status, used = os.wait4(pid, 0)
            assert status == 0, name
            # The first turn writes the bytecode.
            seen[name] += [(used.ru_utime + used.ru_stime) * 1000] if turn else []
    found = {name: statistics.median(times) for name, times in seen.items()}
    bare = found["bare Python"]
    return {name: time - (0 if name == "bare Python" else bare) for name, time in found.items()}


def raw(port: int) -> Callable[[], Any]:
    """Returns a call by hand."""
    connection = http.client.HTTPConnection("127.0.0.1", port)
    headers = {"authorization": f"Bearer {KEY}", "content-type": "application/json"}

    def call() -> Any:
        body = json.dumps({"method": "PUT", "expires_seconds": 600})
        connection.request("POST", PATH, body, headers)
        return json.loads(connection.getresponse().read())["url"]

    return call


def ours(port: int) -> Callable[[], Any]:
    """Returns a call of this package."""
    client = importlib.import_module("infrai").Infrai(KEY, base_url=f"http://127.0.0.1:{port}")
    return lambda: client.storage.object.presign(
        bucket=BUCKET, key=NAME, method="PUT", expires_seconds=600
    )["url"]


def ours_async(port: int) -> Callable[[], Any]:
    """Returns a call of this package, for asyncio."""
    client = importlib.import_module("infrai").AsyncInfrai(KEY, base_url=f"http://127.0.0.1:{port}")
    loop = asyncio.new_event_loop()

    async def call() -> Any:
        told = {"bucket": BUCKET, "key": NAME, "method": "PUT", "expires_seconds": 600}
        return (await client.storage.object.presign(**told))["url"]

    return lambda: loop.run_until_complete(call())


def opc(port: int) -> Callable[[], Any]:
    """Returns a call of openapi-python-client's client."""
    client = importlib.import_module("opc_client").AuthenticatedClient(
        base_url=f"http://127.0.0.1:{port}", token=KEY
    )
    models = importlib.import_module("opc_client.models")
    presign = importlib.import_module("opc_client.api.objects.storage_object_presign")

    def call() -> Any:
        body = models.PresignObjectRequest(method=models.PresignMethod.PUT, expires_seconds=600)
        return presign.sync(BUCKET, NAME, client=client, body=body).url

    return call


def og(port: int) -> Callable[[], Any]:
    """Returns a call of openapi-generator's client."""
    package = importlib.import_module("og_client")
    configuration = package.Configuration(host=f"http://127.0.0.1:{port}", access_token=KEY)
    api = package.ObjectsApi(package.ApiClient(configuration))

    def call() -> Any:
        body = package.PresignObjectRequest(method="PUT", expires_seconds=600)
        return api.storage_object_presign(BUCKET, NAME, body).url

    return call


CLIENTS: dict[str, Callable[[int], Callable[[], Any]]] = {
    "http.client and json": raw,
    "infrai": ours,
    "infrai, AsyncInfrai": ours_async,
    "openapi-python-client": opc,
    "openapi-generator": og,
}


def call_cpu(folder: Path, names: list[str]) -> dict[str, float]:
    """Returns the microseconds of CPU of a call. Each client has a process of its own, and all take turns."""
    script = [sys.executable, __file__]
    server = subprocess.Popen([*script, "serve"], stdout=subprocess.PIPE, text=True)
    children: dict[str, subprocess.Popen[str]] = {}
    pipe = subprocess.PIPE
    try:
        assert server.stdout is not None
        port = server.stdout.readline().strip()
        for name in names:
            environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path_of(folder, name))}
            words = [*script, "calls", name, port]
            children[name] = subprocess.Popen(
                words, stdin=pipe, stdout=pipe, text=True, env=environment
            )
        seen: dict[str, list[float]] = {name: [] for name in names}
        for turn in range(ROUNDS + 1):
            for name, child in children.items():
                assert child.stdin is not None
                assert child.stdout is not None
                print(file=child.stdin, flush=True)
                used = float(child.stdout.readline())
                seen[name] += [used] if turn else []
        return {name: statistics.median(times) for name, times in seen.items()}
    finally:
        for process in [server, *children.values()]:
            process.kill()
            process.wait()


def take_turns(name: str, port: int) -> None:
    """Makes calls whenever a line comes, and prints what one took."""
    call = CLIENTS[name](port)
    for _ in sys.stdin:
        start = time.process_time()
        for _ in range(CALLS):
            assert call().startswith("https://"), name
        print((time.process_time() - start) / CALLS * 1e6, flush=True)


def measure(folder: Path) -> int:
    """Measures all and prints it; returns 1 if a budget is missed."""
    folder.mkdir(exist_ok=True)
    packages = prepare(folder)
    there = [name for name in IMPORTS if name.partition(",")[0] in packages or name not in CLIENTS]
    there.insert(1, "http.client and json")
    imports = import_cpu(folder, there)
    calls = call_cpu(folder, there[1:])
    plain = calls["http.client and json"]
    print(f"Python {platform.python_version()}, {platform.platform()}, {os.cpu_count()} cores,")
    print(f"load {', '.join(f'{one:.1f}' for one in os.getloadavg())}; {', '.join(TOOLS)}\n")
    print("|  | import, CPU over bare Python | CPU a call | of raw `http.client` | packages |")
    print("| --- | --- | --- | --- | --- |")
    for name in there[1:]:
        count = packages.get(name, "")
        count = "0" if name == "http.client and json" else count
        cells = [name, f"{imports[name]:.0f} ms", f"{calls[name]:.0f} µs"]
        print("|", " | ".join([*cells, f"{calls[name] / plain:.2f}", str(count)]), "|")
    print(f"\nbare Python: {imports['bare Python']:.0f} ms")
    missed = []
    if imports["infrai"] > LONGEST_IMPORT:
        missed.append(f"import {imports['infrai']:.0f} ms, at most {LONGEST_IMPORT:.0f}")
    if packages["infrai"] != 1:
        missed.append(f"{packages['infrai']} packages, not 1")
    print(f"budgets: {'missed: ' + '; '.join(missed) if missed else 'met'}")
    return 1 if missed else 0


def main() -> int:
    """Does what the command line says."""
    if sys.argv[1:] == ["serve"]:
        serve()
    if sys.argv[1:2] == ["calls"]:
        take_turns(sys.argv[2], int(sys.argv[3]))
        return 0
    if len(sys.argv) > 1:
        return measure(Path(sys.argv[1]).resolve())
    with tempfile.TemporaryDirectory() as folder:
        return measure(Path(folder))


if __name__ == "__main__":
    sys.exit(main())
