"""Getting a key: a trial account from the service, kept in the credentials file."""

from __future__ import annotations

from typing import Any

from . import base_url as urls
from .connection import Connection, Stored, find
from .credentials import ApiKey
from .decode import STRING, Object
from .errors import AuthenticationError, CredentialsError, InfraiError
from .exchange import bare
from .life import Core, Life, attempts
from .operation import SAFE, Call, Operation

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .options import Options

_ACTIVATE: Operation[Any] = Operation(
    "activate",
    "POST",
    "/v1/activate",
    answer=Object(required={"api_key": STRING}, optional={"base_url": STRING}),
    key="no",
)
_LIST: Operation[Any] = Operation(
    "storage.bucket.list", "GET", "/v1/storage/buckets", idempotency=SAFE
)


class Activation:
    """A key that works, and where it is kept.

    Attributes:
        api_key: The key as it may be shown: `ifr_pk_…` and its last 4 characters.
        base_url: Where the service is.
        file: The credentials file that the key was written to; None if nothing was written.
        kept: Whether there was a key that works. Then nothing was asked for or written.
    """

    __slots__ = ("api_key", "base_url", "file", "kept")

    def __init__(self, api_key: ApiKey, base_url: str, file: str | None, kept: bool) -> None:
        self.api_key = str(api_key)
        self.base_url = base_url
        self.file = file
        self.kept = kept

    def __repr__(self) -> str:
        place = "kept" if self.kept else f"written to {self.file}"
        return f"<Activation {self.api_key} for {self.base_url}, {place}>"


def activation(core: Core, options: Options) -> Life:
    """Keeps the key that is found, if it works, else gets one. Returns an `Activation`."""
    try:
        return (yield from _activation(core, options))
    except InfraiError as error:
        failed = bare(core.failed(error, _ACTIVATE.id))
    raise failed


def _activation(core: Core, options: Options) -> Life:
    _ = core.log
    connection = find(core.given, core.system, core.service, for_new_key=True)
    core.connect_to(connection)
    key = connection.api_key
    if key is not None:
        try:
            yield from attempts(core, options, lambda: Call(_LIST, _LIST.path))
            return Activation(key, connection.base_url, None, True)
        except AuthenticationError as error:
            error.operation = _LIST.id
            if not connection.is_from_file:
                raise
        except InfraiError as error:
            error.operation = error.operation or _LIST.id
            if error.status is None:
                raise
            return Activation(key, connection.base_url, None, True)
    response = yield from attempts(core, options, lambda: Call(_ACTIVATE, _ACTIVATE.path))
    account: dict[str, str] = response.value
    key = ApiKey(account["api_key"], core.service.key_prefix, "the service", before=key)
    told = connection.base_url
    # Whoever said where the service is will say so again, and the key must be for that place.
    if core.given.base_url is None and "base_url" in account:
        told = urls.checked(account["base_url"], "the service", True)
    try:
        file = Stored(core.system).keep(key, told)
    except OSError as fault:
        raise CredentialsError(
            f"the key can't be kept in ~/.infrai/credentials: {fault.strerror}"
        ) from None
    core.connect_to(Connection(connection.base_url, key, file))
    return Activation(key, connection.base_url, file, False)
