#!/usr/bin/env python3
"""Shows that nothing acknowledged is lost when a volume server and a gateway are killed under load. See README.md."""

import argparse
import os
import pathlib
import random
import shutil
import sys
import tempfile
import time

sys.dont_write_bytecode = True

import gateway  # noqa: E402
import postgres  # noqa: E402
import seaweedfs  # noqa: E402
from load import SHARES, Load  # noqa: E402
from processes import ROOT, Missing, free_ports  # noqa: E402

GATEWAYS = ("gateway-a", "gateway-b")
BUCKETS = [f"cluster-{number}" for number in range(4)]
PHASES = ("all up", "volume server gone", "gateway gone too")


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, epilog="Exit codes: 0 nothing was lost, 1 something was, or the run shows too little, 3 something is not installed.")
    parser.add_argument("--seconds", type=int, default=60, help="how long the load lasts [default: 60]")
    parser.add_argument("--workers", type=int, default=12, help="how many clients there are [default: 12]")
    parser.add_argument("--seed", type=int, default=random.randrange(10**6), help="what the load is drawn from [default: any]")
    parser.add_argument("--gateway", type=pathlib.Path, help="a built `infrai-gateway` [default: builds one, release]")
    parser.add_argument("--keep", action="store_true", help="leave the folder with data and logs")
    return parser.parse_args()


def main():
    asked = arguments()
    target = ROOT / os.environ.get("CARGO_TARGET_DIR", "target")
    folder = pathlib.Path(tempfile.mkdtemp(prefix="infrai-cluster-"))
    # Postgres runs as another user.
    folder.chmod(0o755)
    say(f"seed {asked.seed}, folder {folder}")
    try:
        binary = asked.gateway or gateway.build(target)
        return run(asked, binary.resolve(), seaweedfs.install(target), folder)
    except Missing as missing:
        say(f"this machine lacks {missing}")
        return 3
    finally:
        if not asked.keep:
            shutil.rmtree(folder, ignore_errors=True)


def run(asked, binary, weed, folder):
    running = []
    try:
        ports = free_ports(3)
        database = postgres.Postgres(folder / "postgres", ports[0])
        running.append(database)
        engine = seaweedfs.SeaweedFs(weed, folder / "seaweedfs")
        running.append(engine)
        keys = (seaweedfs.ACCESS_KEY, seaweedfs.SECRET_KEY)
        gateways, key = gateway.start(binary, folder, GATEWAYS, ports[1:], database.url(), engine.endpoint(), keys)
        running.extend(Stopped(one) for one in gateways.values())
        say(f"up: Postgres, SeaweedFS with {engine.alive()} volume servers and replication {seaweedfs.REPLICATION}, {len(gateways)} gateways")
        client = gateway.Client(gateway.Balancer(zip(GATEWAYS, ports[1:])), key)
        for bucket in BUCKETS:
            client.api("POST", "/v1/storage/buckets", {"bucket": bucket})
        load = Load(client, BUCKETS, asked.workers, asked.seed, PHASES[0])
        held = disturb(asked, load, engine, gateways)
        wrong = judge(load, engine, gateways)
    finally:
        for one in reversed(running):
            one.stop()
    for problem in wrong[:20]:
        say(f"LOST: {problem}")
    lacking = missed(load.ledger, held)
    if wrong:
        say(f"cluster: {len(wrong)} things are wrong")
    elif lacking:
        say(f"cluster: this run shows too little, give it more `--seconds`: {'; '.join(lacking)}")
    else:
        say("cluster: nothing acknowledged was lost")
    return 1 if wrong or lacking else 0


class Stopped:
    """A program that is ended with the others."""

    def __init__(self, program):
        self.program = program

    def stop(self):
        self.program.kill()


def disturb(asked, load, engine, gateways):
    """Kills a volume server after a third of the time, and a gateway after two. How many volumes the server held."""
    choice = random.Random(asked.seed)
    third = asked.seconds / 3
    time.sleep(third)
    victim = choice.choice(engine.volumes())
    held = engine.held(victim)
    load.phase = PHASES[1]
    engine.programs[victim].kill()
    say(f"kill -9 of {victim}, which held {held} volumes")
    time.sleep(third)
    victim = choice.choice(GATEWAYS)
    load.phase = PHASES[2]
    gateways[victim].kill()
    say(f"kill -9 of {victim}")
    time.sleep(third)
    load.stop()
    table(load.ledger)
    return held


def missed(ledger, held):
    """What should have happened and didn't, so that nothing could be lost: an operation of each kind at each time, a server with data."""
    lacking = []
    for phase in PHASES:
        kinds = [f"`{kind}`" for kind in SHARES if not ledger.counts[phase, kind, "done"]]
        if kinds:
            lacking.append(f"no {' or '.join(kinds)} was done in the phase '{phase}'")
    if not held:
        lacking.append("the volume server that was killed held nothing")
    return lacking


def judge(load, engine, gateways):
    """Compares everything: first with what was killed still gone, then with it back."""
    wrong = list(load.ledger.lost)
    count, found = load.create_again()
    wrong += found
    say(f"creates that weren't acknowledged, repeated with their keys: {count}, {len(found)} without the bucket")
    for state in ("with both still gone", "with both back"):
        if state == "with both back":
            for program in (*engine.programs.values(), *gateways.values()):
                if not program.running():
                    program.again()
            engine.programs["master"].wait(lambda: engine.alive() == 3)
        count, found = load.verify()
        wrong += found
        say(f"downloaded and compared, {state}: {count} objects, {len(found)} wrong")
        count, found = load.verify_buckets()
        wrong += found
        say(f"listed, {state}: {count} buckets, {len(found)} wrong")
    return wrong


def table(ledger):
    """How many operations were done and how many failed, by phase and kind; and why."""
    phases = list(dict.fromkeys(phase for phase, _, _ in ledger.counts))
    kinds = sorted({kind for _, kind, _ in ledger.counts})
    say(f"{'done / failed':<14}" + "".join(f"{phase:>22}" for phase in phases))
    for kind in [*kinds, "all"]:
        cells = []
        for phase in phases:
            count = lambda outcome: sum(n for (p, k, o), n in ledger.counts.items() if p == phase and o == outcome and kind in (k, "all"))  # noqa: E731
            cells.append(f"{count('done')} / {count('failed')}")
        say(f"{kind:<14}" + "".join(f"{cell:>22}" for cell in cells))
    for (phase, kind, why), count in sorted(ledger.whys.items()):
        say(f"  failed, {phase}: {kind}: {why}: {count}")


def say(text):
    print(text, flush=True)


if __name__ == "__main__":
    sys.exit(main())
