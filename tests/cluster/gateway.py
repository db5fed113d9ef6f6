"""Gateways, and a client that goes to another one when one is gone."""

import http.client
import json
import random
import subprocess
import threading
import time
import urllib.parse

from processes import ROOT, Program, get

# No request may take longer; one that does has failed.
PATIENCE = 20
# How long a gateway that could not be reached is left out.
PAUSE = 3


def build(target):
    """Builds the gateway and returns the binary."""
    subprocess.run(["cargo", "build", "--locked", "--release", "-p", "gateway", "--bin", "infrai-gateway"], cwd=ROOT, check=True)
    return target / "release/infrai-gateway"


def start(binary, folder, names, ports, database, endpoint, keys):
    """Starts gateways over one database and one S3 engine."""
    config = folder / "gateway.toml"
    config.write_text(
        f'database = "{database}"\nembedded = false\nlog = "json"\n\n'
        f'[[vendor]]\nname = "seaweedfs"\nendpoint = "{endpoint}"\nregion = "us-east-1"\n'
        'access_key_env = "CLUSTER_ACCESS_KEY"\nsecret_key_env = "CLUSTER_SECRET_KEY"\n'
    )
    environment = {"CLUSTER_ACCESS_KEY": keys[0], "CLUSTER_SECRET_KEY": keys[1]}
    gateways = {}
    for name, port in zip(names, ports):
        command = [binary, "serve", "--config", config, "--listen", f"127.0.0.1:{port}"]
        gateways[name] = Program(name, command, folder, environment)
        gateways[name].wait(lambda port=port: (get(f"http://127.0.0.1:{port}/readyz") or (0,))[0] == 200, 60)
    made = subprocess.run([binary, "keys", "create", "--account", "cluster", "--config", config], capture_output=True, text=True,
                          env={**environment, "PATH": ""}, check=True)
    return gateways, made.stdout.strip()


class Failed(Exception):
    """An operation that wasn't acknowledged; `why` is short, for counting."""

    def __init__(self, why, detail=""):
        super().__init__(f"{why} {detail}".strip())
        self.why = why


class Unacknowledged(Failed):
    """It may have been done all the same."""


class Balancer:
    """Chooses a gateway: any, but for those that were just found gone."""

    def __init__(self, ports):
        self.ports = dict(ports)
        self.out = {}

    def choose(self):
        now = time.monotonic()
        up = [name for name in self.ports if self.out.get(name, 0) < now]
        return random.choice(up or list(self.ports))

    def gone(self, name):
        self.out[name] = time.monotonic() + PAUSE


class Client:
    """What a thread calls the API and the signed URLs with. Nothing is tried twice here."""

    def __init__(self, balancer, key):
        self.balancer = balancer
        self.key = key
        self.connections = threading.local()

    def api(self, method, path, body=None, **headers):
        """Calls any gateway; the answer's JSON. What isn't 2xx is a `Failed`."""
        name = self.balancer.choose()
        sent = {"Authorization": f"Bearer {self.key}", **headers}
        data = None
        if body is not None:
            data = json.dumps(body).encode()
            sent["Content-Type"] = "application/json"
        try:
            status, answer = self.request(self.balancer.ports[name], method, path, data, sent)
        except (OSError, http.client.HTTPException) as error:
            self.balancer.gone(name)
            raise Unacknowledged(f"{name}: {type(error).__name__}") from error
        if status // 100 == 2:
            return json.loads(answer)
        kind = Unacknowledged if status >= 500 else Failed
        raise kind(f"API: {status} {code_of(answer)}", answer.decode(errors="replace"))

    def object(self, method, bucket, key, data=None):
        """Has a URL signed, and calls it; status and bytes."""
        quoted = urllib.parse.quote(key, safe="")
        try:
            signed = self.api("POST", f"/v1/storage/buckets/{bucket}/objects/{quoted}/presign", {"method": method})
        except Unacknowledged as error:
            # Signing changes nothing.
            raise Failed(error.why) from error
        url = urllib.parse.urlsplit(signed["url"])
        headers = signed.get("headers") or {}
        try:
            return self.request(url.port, method, f"{url.path}?{url.query}", data, headers)
        except (OSError, http.client.HTTPException) as error:
            raise Unacknowledged(f"S3: {type(error).__name__}") from error

    def request(self, port, method, path, data, headers):
        """One request over this thread's connection to the port."""
        kept = self.connections.__dict__
        connection = kept.pop(port, None) or http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
        try:
            connection.request(method, path, data, headers)
            answer = connection.getresponse()
            body = answer.read()
        except BaseException:
            connection.close()
            raise
        kept[port] = connection
        return answer.status, body


def code_of(answer):
    """The code of the API's errors."""
    try:
        return json.loads(answer)["error"]["code"]
    except (ValueError, KeyError, TypeError):
        return "with no code"
