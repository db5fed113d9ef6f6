"""`python -m infrai`: which version this is, where its key comes from, and which service it would ask. Sends nothing."""

from __future__ import annotations

import sys

from . import InfraiError, __version__, infra


def main() -> int:
    """Prints what a client finds; ends with 1 if that can't be used, and with 2 if it is asked for something else."""
    if len(sys.argv) > 1:
        print("usage: python -m infrai, without arguments", file=sys.stderr)
        return 2
    print(f"infrai {__version__}")
    try:
        endpoint = infra._core.endpoint()
    except InfraiError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    if endpoint.api_key is None:
        print(endpoint.no_key)
    else:
        print(f"API key: {endpoint.api_key} from {endpoint.key_from}")
    print(f"base URL: {endpoint.base_url}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
