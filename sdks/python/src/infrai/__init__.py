"""Buckets and objects at S3-compatible vendors, with presigned URLs.

    from infrai import infra

    b = infra.storage.bucket.create(bucket="user-uploads", acl="private")
    print("bucket:", b.get("bucket"), "| vendor:", b.get("vendor"))

`infra` is a client that is ready: it takes its key from `INFRAI_API_KEY`, else from `~/.infrai/credentials`,
into which `infra.activate()` writes one. `Infrai(...)` makes a client with settings of its own, `AsyncInfrai(...)`
one for asyncio. Every error is an `InfraiError`.
"""

from ._generated.client import Infrai
from ._runtime.activation import Activation
from ._runtime.errors import (
    APIConnectionError,
    APIDecodeError,
    APIStatusError,
    APITimeoutError,
    AuthenticationError,
    BadRequestError,
    ConflictError,
    CredentialsError,
    InfraiError,
    InternalServerError,
    InvalidRequestError,
    NotFoundError,
    PermissionDeniedError,
    RateLimitError,
    UnprocessableEntityError,
)
from ._runtime.operation import NOT_GIVEN, NotGiven
from ._runtime.response import Response
from ._runtime.version import VERSION as __version__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from . import types
    from ._generated.async_client import AsyncInfrai

__all__ = [
    "NOT_GIVEN",
    "APIConnectionError",
    "APIDecodeError",
    "APIStatusError",
    "APITimeoutError",
    "Activation",
    "AsyncInfrai",
    "AuthenticationError",
    "BadRequestError",
    "ConflictError",
    "CredentialsError",
    "Infrai",
    "InfraiError",
    "InternalServerError",
    "InvalidRequestError",
    "NotFoundError",
    "NotGiven",
    "PermissionDeniedError",
    "RateLimitError",
    "Response",
    "UnprocessableEntityError",
    "__version__",
    "infra",
    "types",
]

# In tracebacks, errors have the name that they are imported by.
for _public in list(globals().values()):
    if isinstance(_public, type) and issubclass(_public, InfraiError):
        _public.__module__ = __name__

infra: Infrai = Infrai._later()
"""A client that is ready. It reads the environment and the credentials file at its first call."""


if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        """Imports what not every program needs."""
        if name == "AsyncInfrai":
            from ._generated.async_client import AsyncInfrai

            return AsyncInfrai
        if name == "types":
            from importlib import import_module

            return import_module(".types", __name__)
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

    def __dir__() -> list[str]:
        """Returns what is public, also what isn't imported yet."""
        return __all__
