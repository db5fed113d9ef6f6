"""What the description says in words only, and schemathesis therefore can't know; see schemathesis.toml."""

import ipaddress
import urllib.parse

import schemathesis

KEPT_BY_S3 = ("xn--", "sthree-", "amzn-s3-demo-"), ("-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3")


@schemathesis.hook
def filter_case(context, case):
    """Leaves out requests that are right by the schema and wrong by its words. Those that are meant to be wrong stay."""
    if case.meta is not None and not case.meta.generation.mode.is_positive:
        return True
    parameters = case.path_parameters or {}
    body = case.body if isinstance(case.body, dict) else {}
    names = [parameters.get("bucket"), body.get("bucket")]
    return all(bucket_is_right(text(name)) for name in names) and key_is_right(text(parameters.get("key")))


def text(value):
    """As it is sent, whether or not it is encoded already."""
    return urllib.parse.unquote(value) if isinstance(value, str) else ""


def bucket_is_right(name):
    """Whether a name that has the schema's form is also no address and nothing that S3 keeps for itself."""
    try:
        ipaddress.IPv4Address(name)
        return False
    except ValueError:
        return not name.startswith(KEPT_BY_S3[0]) and not name.endswith(KEPT_BY_S3[1])


def key_is_right(key):
    """Whether a key has no steps and no control characters, and no more than 1024 bytes."""
    steps = any(segment in (".", "..") for segment in key.split("/"))
    control = any(ord(char) < 0x20 or 0x7F <= ord(char) < 0xA0 for char in key)
    return not steps and not control and len(key.encode(errors="replace")) <= 1024
