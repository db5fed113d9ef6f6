"""What the suites share: the engine under test, from the environment, and a list of cases of which each prints one line.

S3_ENDPOINT, S3_ACCESS_KEY, S3_SECRET_KEY, S3_BUCKET; S3_REGION (us-east-1); S3_ENGINE (infrai) picks the known differences.
S3_PUBLIC_BUCKET, if there is one, is read anonymously.
"""

import os
import sys
import traceback

import boto3
from botocore.config import Config

ENDPOINT = os.environ["S3_ENDPOINT"]
ACCESS_KEY = os.environ["S3_ACCESS_KEY"]
SECRET_KEY = os.environ["S3_SECRET_KEY"]
BUCKET = os.environ["S3_BUCKET"]
PUBLIC_BUCKET = os.environ.get("S3_PUBLIC_BUCKET")
REGION = os.environ.get("S3_REGION", "us-east-1")
ENGINE = os.environ.get("S3_ENGINE", "infrai")

# Keys that must come back byte for byte.
KEYS = [
    "plain", "a b", " a", "a ", "a  b", "a+b", "a%b", "a%2Fb", "a%252Fb", "%", "%25", "100%", "é", "e\u0301", "日本語", "\U0001f980", "a/",
    "a//b", "//a", "a//", "a/b/c/", "a?b", "a#b", "a?b=c&d=e", "a&b", "a=b", "a;b", "a:b", "a,b", "a@b", "a$b", "a!b*c'd(e)", "a\"b",
    "a<b>c", "a[b]{c}|d", "a\\b", "a^b`c", "~a~", "-a_.b", "k" * 1024,
]
# {engine: {key: reason}}: keys that an engine other than ours doesn't keep.
UNKEPT = {
    "seaweedfs": {
        "a/": "it is a folder there, and has no bytes", "a//": "as a/", "a/b/c/": "as a/", "//a": "it is not listed", "a//b": "it is listed as a/b",
        "a\\b": "it is listed as a/b", "k" * 1024: "the names in a path may have 255 bytes",
    },
}
for unkept, reason in UNKEPT.get(ENGINE, {}).items():
    KEYS.remove(unkept)
    print(f"skip  key {unkept[:20]!r}: {reason}")
# Clients resolve these segments in URLs before they send them, so they go signed in headers only.
DOTTED_KEYS = ["..a", "a..", "a/...", "a./b"]


def client(**config):
    """A client of the engine."""
    return boto3.client(
        "s3",
        endpoint_url=ENDPOINT,
        region_name=REGION,
        aws_access_key_id=ACCESS_KEY,
        aws_secret_access_key=SECRET_KEY,
        config=Config(s3={"addressing_style": "path"}, signature_version="s3v4", retries={"max_attempts": 1}, **config),
    )


class Cases:
    """Cases to run, in the order in which they were written."""

    def __init__(self, known):
        # {engine: {case: reason}}: what an engine other than ours is known not to do.
        self.known = known.get(ENGINE, {})
        self.cases = []

    def case(self, run):
        """Adds a case; its name is that of the function."""
        self.cases.append(run)
        return run

    def run(self):
        """Runs them all, or those named on the command line, and says with the exit code whether one failed."""
        wanted, failed, left_out = sys.argv[1:], 0, 0
        for run in self.cases:
            name = run.__name__.replace("_", " ")
            if wanted and run.__name__ not in wanted:
                continue
            if run.__name__ in self.known:
                left_out += 1
                print(f"skip  {name}: {self.known[run.__name__]}")
                continue
            try:
                run()
                print(f"ok    {name}", flush=True)
            except Exception as problem:  # a failed case must not end the others
                failed += 1
                where = traceback.extract_tb(problem.__traceback__)
                line = next((frame.lineno for frame in where if frame.name == run.__name__), where[-1].lineno)
                text = " ".join(str(problem).split()) or type(problem).__name__
                print(f"FAIL  {name} (line {line}): {text[:500]}", flush=True)
        print(f"{failed} failed of {len(self.cases)} on {ENGINE}" + (f", {left_out} left out" if left_out else ""))
        sys.exit(1 if failed else 0)
