"""Work for the cluster, and a ledger of what it acknowledged.

Each worker has keys of its own, so that what a key must hold is known. An operation is tried once. One that isn't acknowledged
may have been done or not: its key is left alone from then on and must hold the old content or the new one, whole.
"""

import collections
import concurrent.futures
import hashlib
import random
import threading
import time
import urllib.parse

from gateway import Failed, Unacknowledged

SIZES = (0, 1, 100, 4096, 20_000, 65_536, 300_000, 1_500_000)
# Kinds of operations, each with its share of the load.
SHARES = {"upload": 28, "overwrite": 14, "download": 30, "delete": 8, "create": 20}
GONE = None


class Ledger:
    """What was acknowledged: contents by (bucket, key), creates by name; and how often each kind was done or failed, and why."""

    def __init__(self):
        self.lock = threading.Lock()
        self.settled = {}
        self.open = {}
        self.created = {}
        self.uncreated = {}
        self.counts = collections.Counter()
        self.whys = collections.Counter()
        self.lost = []

    def count(self, phase, kind, outcome, why=None):
        with self.lock:
            self.counts[phase, kind, outcome] += 1
            if why:
                self.whys[phase, kind, why] += 1

    def objects(self):
        """Each object with the contents that it may have."""
        allowed = {place: (content,) for place, content in self.settled.items()}
        return allowed | self.open


def content(place, version):
    """What an upload sends: the same for the same place and version."""
    seed = f"{place[0]}/{place[1]}/{version}".encode()
    size = SIZES[hashlib.sha256(seed).digest()[0] % len(SIZES)]
    return hashlib.shake_128(seed).digest(size)


class Load:
    """Workers that run until they are told to stop."""

    def __init__(self, client, buckets, workers, seed, phase):
        self.client = client
        self.buckets = buckets
        self.seed = seed
        self.ledger = Ledger()
        self.phase = phase
        self.over = threading.Event()
        self.threads = [threading.Thread(target=self.work, args=(number,), daemon=True) for number in range(workers)]
        for thread in self.threads:
            thread.start()

    def stop(self):
        """Ends the workers, each after its operation."""
        self.over.set()
        for thread in self.threads:
            thread.join()

    def work(self, number):
        choice = random.Random(f"{self.seed}/{number}")
        own, version = {}, 0
        while not self.over.is_set():
            kind = choice.choices(list(SHARES), SHARES.values())[0]
            held = [place for place, what in own.items() if what is not GONE]
            if kind in ("download", "overwrite", "delete") and not held:
                kind = "upload"
            version += 1
            try:
                if kind == "create":
                    self.create(f"made-{number}-{version}")
                else:
                    new = (choice.choice(self.buckets), f"worker {number}/{version}/ö+%")
                    self.object(kind, own, choice.choice(held) if kind != "upload" else new, version)
            except Failed as error:
                self.ledger.count(self.phase, kind, "failed", error.why)
                # A client that is refused waits a little.
                time.sleep(0.05)
            else:
                self.ledger.count(self.phase, kind, "done")

    def object(self, kind, own, place, version):
        """One operation on an object. What isn't acknowledged takes its key out of the game."""
        ledger = self.ledger
        if kind == "download":
            problem = self.compare(place, (own[place],))
            if problem:
                ledger.lost.append(problem)
            return
        after = GONE if kind == "delete" else version
        try:
            if kind == "delete":
                quoted = urllib.parse.quote(place[1], safe="")
                self.client.api("DELETE", f"/v1/storage/buckets/{place[0]}/objects/{quoted}")
            else:
                status, answer = self.client.object("PUT", *place, content(place, version))
                if status != 200:
                    raise Unacknowledged(f"S3: {status}", answer.decode(errors="replace")[:200])
        except Unacknowledged:
            before = own.pop(place, GONE)
            with ledger.lock:
                ledger.settled.pop(place, None)
                ledger.open[place] = (before, after)
            raise
        own[place] = after
        with ledger.lock:
            ledger.settled[place] = after

    def create(self, name):
        """Makes a bucket, with a key so that it can be asked for again."""
        ledger = self.ledger
        key = f"cluster-{self.seed}-{name}"
        try:
            made = self.client.api("POST", "/v1/storage/buckets", {"bucket": name}, **{"Idempotency-Key": key})
        except Failed:
            ledger.uncreated[name] = key
            raise
        ledger.created[name] = made

    def compare(self, place, allowed):
        """Downloads an object; says what is wrong, if something is. It isn't if it could not be downloaded: that is `Failed`."""
        status, got = self.client.object("GET", *place)
        if status not in (200, 404):
            raise Failed(f"S3: {status}", got.decode(errors="replace")[:200])
        if status == 404:
            return None if GONE in allowed else f"{place} is gone, and should hold version {allowed}"
        if any(version is not GONE and got == content(place, version) for version in allowed):
            return None
        return f"{place} holds {len(got)} bytes that are no allowed version ({allowed})"

    def patiently(self, what, seconds=90):
        """Does it until it works."""
        end = time.monotonic() + seconds
        while True:
            try:
                return what()
            except Failed as error:
                if time.monotonic() > end:
                    return f"after {seconds} s still: {error}"
                time.sleep(1)

    def verify(self, workers=8):
        """Downloads everything that was acknowledged, and compares. What is wrong, in words."""
        objects = self.ledger.objects()
        with concurrent.futures.ThreadPoolExecutor(workers) as pool:
            found = pool.map(lambda one: self.patiently(lambda: self.compare(*one)), objects.items())
            wrong = [problem for problem in found if problem]
        return len(objects), wrong

    def verify_buckets(self):
        """Looks whether every bucket that was acknowledged is listed as it was made."""
        listed = {one["bucket"]: one for one in self.patiently(lambda: self.client.api("GET", "/v1/storage/buckets"))["items"]}
        created = self.ledger.created
        return len(created), [f"bucket {name}: {listed.get(name)}, made as {made}" for name, made in created.items() if listed.get(name) != made]

    def create_again(self):
        """Repeats each create that wasn't acknowledged, with its key: it must give the bucket now."""
        wrong = []

        def repeat(item):
            name, key = item
            made = self.patiently(
                lambda: self.client.api("POST", "/v1/storage/buckets", {"bucket": name}, **{"Idempotency-Key": key}), 90)
            if isinstance(made, dict):
                self.ledger.created[name] = made
            else:
                wrong.append(f"create of {name}, repeated: {made}")

        again = dict(self.ledger.uncreated)
        with concurrent.futures.ThreadPoolExecutor(16) as pool:
            list(pool.map(repeat, again.items()))
        return len(again), wrong
