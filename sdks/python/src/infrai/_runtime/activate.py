"""Getting a key: a trial account from the service, kept in the credentials file."""

from __future__ import annotations

from typing import Any

from . import base_url as urls
from .activation import Activation
from .credentials import ApiKey
from .credentials_lock import CredentialsLock
from .decode import STRING, Object
from .endpoint import FILE, Endpoint, Stored, find, stored_in
from .errors import AuthenticationError, CredentialsError, InfraiError, InvalidRequestError
from .exchange import bare
from .life import Core, Life, attempts, work
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


def activate(core: Core, options: Options) -> Life:
    """Keeps the key that is found, if it works, else gets one. Returns an `Activation`."""
    try:
        return (yield from _activation(core, options))
    except InfraiError as error:
        failed = bare(core.failed(error, _ACTIVATE.id))
    finally:
        # Another process may get a key; this client then finds it.
        core.forget_lack()
    raise failed


def _activation(core: Core, options: Options) -> Life:
    _ = core.log
    endpoint = find(core.given, core.system, core.service, for_new_key=True)
    core.use(endpoint)
    key = endpoint.api_key
    if key is not None:
        try:
            yield from attempts(core, options, lambda: Call(_LIST, _LIST.path))
            return Activation(key, endpoint.base_url, None, True)
        except AuthenticationError as error:
            error.operation = _LIST.id
            if not endpoint.is_from_file:
                raise
        except InfraiError as error:
            error.operation = error.operation or _LIST.id
            if error.status is None:
                raise
            return Activation(key, endpoint.base_url, None, True)
    response = yield from attempts(core, options, lambda: Call(_ACTIVATE, _ACTIVATE.path))
    account: dict[str, str] = response.value
    key = ApiKey(account["api_key"], core.service.key_prefix, "the service", before=key)
    own = Activation(key, endpoint.base_url, stored_in(core.system), False)
    core.use(Endpoint(own.base_url, key, own.file))
    if own.file is None:
        return own
    told = _place(core, endpoint, account)
    try:
        theirs = yield from _kept(core, own.file, endpoint.api_key, key, told)
    except OSError as fault:
        raise CredentialsError(
            f"the key can't be kept in ~/{FILE}: {fault.strerror}; "
            "this client has it, and the next will need another"
        ) from None
    if theirs is None or theirs.api_key is None:
        return own
    core.use(theirs)
    return Activation(theirs.api_key, theirs.base_url, None, True)


def _place(core: Core, asked: Endpoint, account: dict[str, str]) -> str:
    """Returns the base URL that is written with a key.

    Whoever said where the service is will say so again; else the service may know better, as long as it is the same place.
    """
    if core.given.base_url is None and "base_url" in account:
        try:
            told = urls.checked(account["base_url"], "the service", core.given.allow_insecure)
        except InvalidRequestError:
            return asked.base_url
        if urls.parse(told)[0].origin == asked.origin:
            return told
    return asked.base_url


def _kept(core: Core, file: str, before: ApiKey | None, key: ApiKey, base_url: str) -> Life:
    """Writes a key into the file, unless another has written one there meanwhile: that one is returned."""
    lock = CredentialsLock(file)
    yield from lock.take()
    try:
        # Read only now: others may have written it in the meantime.
        stored = Stored(core.system)
        known = stored.value("api_key")
        if known is None or (before is not None and known == before.expose()):
            yield from work(lambda: stored.keep(key, base_url))
            return None
        return find(core.given, core.system, core.service, for_new_key=True)
    finally:
        lock.release()
