"""The AWS command line against an S3 engine: `python aws_cli.py [case …]`. See suite.py for the environment."""

import os
import pathlib
import subprocess
import sys
import tempfile
import time
import urllib.request

from suite import ACCESS_KEY, BUCKET, ENDPOINT, REGION, SECRET_KEY, Cases

cases = Cases({"seaweedfs": {"rm": "it leaves the folder `cli/` behind, which is listed"}})
HOLDER = tempfile.TemporaryDirectory(prefix="aws-cli-")  # removed when this ends
FOLDER = pathlib.Path(HOLDER.name)
AWS = pathlib.Path(sys.executable).parent / "aws"


def aws(*arguments, codes=(0,), stdin=None):
    """Runs the command and gives its output. It sees no settings of whoever runs this."""
    config = FOLDER / "config"
    config.write_text("[default]\ns3 =\n    addressing_style = path\n    signature_version = s3v4\n")
    environment = {
        "PATH": os.environ["PATH"], "HOME": str(FOLDER), "AWS_CONFIG_FILE": str(config), "AWS_ACCESS_KEY_ID": ACCESS_KEY,
        "AWS_SECRET_ACCESS_KEY": SECRET_KEY, "AWS_DEFAULT_REGION": REGION, "LC_ALL": "C.UTF-8", "PYTHONUTF8": "1",
    }
    run = subprocess.run([AWS, "--endpoint-url", ENDPOINT, *arguments], env=environment, input=stdin, capture_output=True, text=True, timeout=300)
    assert run.returncode in codes, f"{arguments} ended with {run.returncode}: {run.stderr or run.stdout}"
    return run.stdout + run.stderr


def make(name, size):
    """A file of random bytes. It is an hour old: `sync` uploads again what is newer than an engine's times, which may be whole seconds."""
    path = FOLDER / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(os.urandom(size))
    an_hour_ago = time.time() - 3600
    os.utime(path, (an_hour_ago, an_hour_ago))
    return path


@cases.case
def cp_of_a_small_file():
    path = make("small", 1000)
    aws("s3", "cp", str(path), f"s3://{BUCKET}/cli/small", "--metadata", "a=1", "--content-type", "a/b")
    aws("s3", "cp", f"s3://{BUCKET}/cli/small", str(FOLDER / "back"))
    assert (FOLDER / "back").read_bytes() == path.read_bytes()
    assert '"a": "1"' in aws("s3api", "head-object", "--bucket", BUCKET, "--key", "cli/small")


@cases.case
def cp_in_parts():
    path = make("large", (20 << 20) + 7)
    aws("s3", "cp", str(path), f"s3://{BUCKET}/cli/large")
    aws("s3", "cp", f"s3://{BUCKET}/cli/large", str(FOLDER / "back"))
    assert (FOLDER / "back").read_bytes() == path.read_bytes()


@cases.case
def cp_within_the_store():
    aws("s3", "cp", f"s3://{BUCKET}/cli/large", f"s3://{BUCKET}/cli/copied")
    aws("s3", "cp", f"s3://{BUCKET}/cli/copied", str(FOLDER / "back"))
    assert (FOLDER / "back").read_bytes() == (FOLDER / "large").read_bytes()
    aws("s3", "mv", f"s3://{BUCKET}/cli/copied", f"s3://{BUCKET}/cli/moved")
    aws("s3", "ls", f"s3://{BUCKET}/cli/copied", codes=(1,))


@cases.case
def cp_from_standard_input():
    aws("s3", "cp", "-", f"s3://{BUCKET}/cli/piped", stdin="piped")
    assert aws("s3", "cp", f"s3://{BUCKET}/cli/piped", "-") == "piped"


@cases.case
def sync_there_and_back():
    for name in ("a", "b/c", "b/d e", "ü+%/x"):
        make(f"tree/{name}", 100)
    aws("s3", "sync", str(FOLDER / "tree"), f"s3://{BUCKET}/tree")
    again = aws("s3", "sync", str(FOLDER / "tree"), f"s3://{BUCKET}/tree")
    assert again == "", again
    aws("s3", "sync", f"s3://{BUCKET}/tree", str(FOLDER / "again"))
    for path in (FOLDER / "tree").rglob("*"):
        if path.is_file():
            assert (FOLDER / "again" / path.relative_to(FOLDER / "tree")).read_bytes() == path.read_bytes()
    (FOLDER / "tree/a").unlink()
    assert "delete:" in aws("s3", "sync", "--delete", str(FOLDER / "tree"), f"s3://{BUCKET}/tree")


@cases.case
def ls():
    assert BUCKET in aws("s3", "ls")
    assert "PRE b/" in aws("s3", "ls", f"s3://{BUCKET}/tree/")
    listed = aws("s3", "ls", "--recursive", f"s3://{BUCKET}/tree/")
    assert "tree/b/d e" in listed and "tree/ü+%/x" in listed, listed


@cases.case
def presign():
    url = aws("s3", "presign", f"s3://{BUCKET}/cli/small").strip()
    assert urllib.request.urlopen(url, timeout=30).read() == (FOLDER / "small").read_bytes()


@cases.case
def rm():
    aws("s3", "rm", f"s3://{BUCKET}/cli/small")
    aws("s3", "rm", "--recursive", f"s3://{BUCKET}/tree/")
    aws("s3", "rm", "--recursive", f"s3://{BUCKET}/cli/")
    aws("s3", "ls", f"s3://{BUCKET}/cli/", codes=(1,))


@cases.case
def errors_are_told():
    assert "NoSuchBucket" in aws("s3", "ls", "s3://no-such-bucket-here", codes=(254, 255))
    assert "Not Found" in aws("s3api", "head-object", "--bucket", BUCKET, "--key", "none", codes=(254, 255))


cases.run()
