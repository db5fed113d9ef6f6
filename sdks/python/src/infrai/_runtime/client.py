"""The clients without their operations, which are generated."""

from __future__ import annotations

from threading import Lock
from typing import Any

from .base_url import checked as checked_base_url
from .connection import Given
from .credentials import ApiKey
from .errors import InfraiError, InvalidRequestError
from .exchange import bare
from .headers import checked_value
from .life import Core, Life, Send, run
from .operation import IDEMPOTENT, Call, Operation, call, json_of
from .options import Options, positive
from .proxies import Proxy
from .response import Response
from .system import System
from .version import VERSION

TYPE_CHECKING = False
if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterable, Mapping
    from types import TracebackType
    from typing import Self, TypeVar

    from .activate import Activation
    from .service import Service
    from .transport_async import AsyncTransport
    from .transport_sync import SyncTransport

    T = TypeVar("T")
    Headers = Mapping[str, str] | Iterable[tuple[str, str]]

_BODY_METHODS = frozenset("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ")
_PATH = frozenset(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~!$&'()*+,;=:@/%"
)


class Connections:
    """The connections of a client, which all clients share that were made of it by `with_options`."""

    def __init__(self, proxy: Proxy | None, ssl_context: ssl.SSLContext | None) -> None:
        self.proxy = proxy
        self.ssl_context = ssl_context
        self.lock = Lock()
        self.sync_transport: SyncTransport | None = None
        self.async_transport: AsyncTransport | None = None


class Client:
    """What clients for threads and for asyncio have in common."""

    _service: Service

    def __init__(
        self,
        api_key: str | None = None,
        *,
        base_url: str | None = None,
        timeout: float = 30.0,
        connect_timeout: float = 5.0,
        deadline: float = 120.0,
        max_retries: int = 2,
        headers: Headers | None = None,
        user_agent_suffix: str | None = None,
        proxy: str | None = None,
        allow_insecure: bool = False,
        ssl_context: ssl.SSLContext | None = None,
        logger: Callable[[str], object] | None = None,
        _system: System | None = None,
        _reads_later: bool = False,
    ) -> None:
        """Builds a client. This sends and reads nothing; what is not given is looked up at the first call.

        Times are in seconds.

        Args:
            api_key: The key. Else `INFRAI_API_KEY`, else the one in `~/.infrai/credentials`.
            base_url: Where the service is. Else `INFRAI_BASE_URL`, else the file's, else the service's own.
            timeout: How long an attempt may take, its last byte included.
            connect_timeout: How long connecting may take of it.
            deadline: How long a call may take over all its attempts and waits.
            max_retries: How often a failed call is tried again at most, 0 to 10.
            headers: Further headers of every request.
            user_agent_suffix: What the `User-Agent` has behind it, such as `my-app/1.2`.
            proxy: The `http` URL of a proxy for everything, instead of what the environment names for `https`.
            allow_insecure: Whether plain `http` may leave this machine. It shows the key to the network.
            ssl_context: For certificates of your own.
            logger: Gets the lines of the log instead of standard error. `INFRAI_LOG` says how many.

        Raises:
            CredentialsError: If the key can't be one.
            InvalidRequestError: If another setting can't be used.
        """
        try:
            key = None
            if api_key is not None:
                key = ApiKey(api_key, self._service.key_prefix, "`api_key`")
            if base_url is not None:
                base_url = checked_base_url(base_url, "`base_url`", allow_insecure)
            positive("connect_timeout", connect_timeout)
            options = Options(timeout, deadline, max_retries, headers)
            user_agent = f"infrai-python/{VERSION}"
            if user_agent_suffix is not None:
                user_agent = f"{user_agent} {user_agent_suffix}"
                checked_value("user_agent_suffix", user_agent)
            self._connections = Connections(
                None if proxy is None else Proxy(proxy, "`proxy`"), ssl_context
            )
            self._options = Options()
            self._core = Core(
                self._service,
                _system or System(),
                Given(key, base_url, allow_insecure),
                options.check(self._service.credential_header),
                connect_timeout=connect_timeout,
                user_agent=user_agent,
                logger=logger,
            )
            if not _reads_later:
                _ = self._core.log
            return
        except InfraiError as error:
            failed = bare(error)
        # A traceback may show what its frames hold.
        del api_key, base_url, headers, proxy
        raise failed

    def with_options(
        self,
        *,
        timeout: float | None = None,
        deadline: float | None = None,
        max_retries: int | None = None,
        headers: Headers | None = None,
        idempotency_key: str | None = None,
    ) -> Self:
        """Returns a client whose calls have these options, and which shares all else with this one.

        Args:
            timeout: How many seconds an attempt may take, its last byte included.
            deadline: How many seconds a call may take over all its attempts and waits.
            max_retries: How often a failed call is tried again at most, 0 to 10.
            headers: Further headers. Of one name, these go before the client's.
            idempotency_key: By this the service knows a call that it has seen before. Use one for one call.
        """
        other = object.__new__(type(self))
        other.__dict__.update(self.__dict__)
        options = Options(timeout, deadline, max_retries, headers, idempotency_key)
        other._options = options.over(self._options)
        return other

    def _life(self, operation: str, prepare: Callable[[], Call]) -> Life:
        return run(self._core, self._options, operation, prepare)

    def __repr__(self) -> str:
        core = getattr(self, "_core", None)
        given = Given(None, None, False) if core is None else core.given
        shown = [] if given.base_url is None else [f"base_url={given.base_url!r}"]
        shown += [] if given.api_key is None else [f"api_key={given.api_key!r}"]
        return f"{type(self).__name__}({', '.join(shown)})"

    def __reduce__(self) -> tuple[object, ...]:
        raise TypeError("a client can't be pickled: it holds connections and an API key")


class SyncClient(Client):
    """A client for threads."""

    def request(
        self,
        method: str,
        path: str,
        *,
        json: object = None,
        idempotent: bool = False,
    ) -> Any:
        """Calls what this client has no method for yet.

        Key, headers, retries and errors are those of any other call.

        Args:
            method: The verb, such as `POST`.
            path: What follows the base URL, beginning with `/`. It is sent as it is: percent-encode it.
            json: The body; None sends none.
            idempotent: Whether doing this twice is the same as doing it once, so that it may be tried again.

        Returns:
            The JSON of the answer; None if it has no body.

        Raises:
            InfraiError: If the call fails.
        """
        return self._request(method, path, json, idempotent).value

    def activate(self) -> Activation:
        """Makes sure that there is a key.

        Keeps the one that is found, if it works. Else asks the service for a trial account and writes its key into
        `~/.infrai/credentials` (mode 0600), where all clients look for it. This client uses it from then on.

        Raises:
            AuthenticationError: If the key that was given, or is in the environment, is refused: it would go
                before a new one.
            InfraiError: If the service gives none, or it can't be written.
        """
        from .activate import activation

        result: Activation = self._drive(activation(self._core, self._options))
        return result

    def close(self) -> None:
        """Closes the connections that are kept open. The client can still be used."""
        if self._connections.sync_transport is not None:
            self._connections.sync_transport.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _request(self, method: str, path: str, json: object, idempotent: bool) -> Response[Any]:
        name = _request_name(method, path)
        return self._perform(name, lambda: _request_call(name, method, path, json, idempotent))

    def _call(self, operation: Operation[T], *values: object) -> T:
        value: T = self._perform(operation.id, lambda: call(operation, values)).value
        return value

    def _perform(self, operation: str, prepare: Callable[[], Call]) -> Response[Any]:
        response: Response[Any] = self._drive(self._life(operation, prepare))
        return response

    def _transport(self) -> SyncTransport:
        shared = self._connections
        # Threads that make their first calls together have one pool.
        with shared.lock:
            if shared.sync_transport is None:
                from .transport_sync import SyncTransport

                shared.sync_transport = SyncTransport(
                    self._core.system, shared.proxy, shared.ssl_context
                )
        return shared.sync_transport

    def _drive(self, life: Life) -> Any:
        came: object = None
        try:
            while True:
                try:
                    step = life.send(came)
                except StopIteration as done:
                    return done.value
                if isinstance(step, Send):
                    came = self._transport().send(step.request, step.limits)
                else:
                    self._core.system.sleep(step.seconds)
                    came = None
        finally:
            life.close()


class AsyncClient(Client):
    """A client for asyncio."""

    async def request(
        self,
        method: str,
        path: str,
        *,
        json: object = None,
        idempotent: bool = False,
    ) -> Any:
        """Calls what this client has no method for yet.

        Key, headers, retries and errors are those of any other call.

        Args:
            method: The verb, such as `POST`.
            path: What follows the base URL, beginning with `/`. It is sent as it is: percent-encode it.
            json: The body; None sends none.
            idempotent: Whether doing this twice is the same as doing it once, so that it may be tried again.

        Returns:
            The JSON of the answer; None if it has no body.

        Raises:
            InfraiError: If the call fails.
        """
        return (await self._request(method, path, json, idempotent)).value

    async def activate(self) -> Activation:
        """Makes sure that there is a key.

        Keeps the one that is found, if it works. Else asks the service for a trial account and writes its key into
        `~/.infrai/credentials` (mode 0600), where all clients look for it. This client uses it from then on.

        Raises:
            AuthenticationError: If the key that was given, or is in the environment, is refused: it would go
                before a new one.
            InfraiError: If the service gives none, or it can't be written.
        """
        from .activate import activation

        result: Activation = await self._drive(activation(self._core, self._options))
        return result

    async def close(self) -> None:
        """Closes the connections that are kept open. The client can still be used."""
        if self._connections.async_transport is not None:
            self._connections.async_transport.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()

    async def _request(
        self, method: str, path: str, json: object, idempotent: bool
    ) -> Response[Any]:
        name = _request_name(method, path)
        return await self._perform(
            name, lambda: _request_call(name, method, path, json, idempotent)
        )

    async def _call(self, operation: Operation[T], *values: object) -> T:
        value: T = (await self._perform(operation.id, lambda: call(operation, values))).value
        return value

    async def _perform(self, operation: str, prepare: Callable[[], Call]) -> Response[Any]:
        response: Response[Any] = await self._drive(self._life(operation, prepare))
        return response

    def _transport(self) -> AsyncTransport:
        shared = self._connections
        if shared.async_transport is None:
            from .transport_async import AsyncTransport

            shared.async_transport = AsyncTransport(
                self._core.system, shared.proxy, shared.ssl_context
            )
        return shared.async_transport

    async def _drive(self, life: Life) -> Any:
        came: object = None
        try:
            while True:
                try:
                    step = life.send(came)
                except StopIteration as done:
                    return done.value
                if isinstance(step, Send):
                    came = await self._transport().send(step.request, step.limits)
                else:
                    await self._core.system.sleep_async(step.seconds)
                    came = None
        finally:
            life.close()


def _request_name(method: str, path: str) -> str:
    from . import redact

    return f"{method} {redact.text(path.partition('#')[0].partition('?')[0], None)}"


def _request_call(name: str, method: str, path: str, json: object, idempotent: bool) -> Call:
    if not method or not _BODY_METHODS.issuperset(method):
        raise InvalidRequestError("`method` must be a verb of HTTP in capitals, such as `GET`")
    if not path.startswith("/") or path.startswith("//"):
        raise InvalidRequestError("`path` must begin with one `/`: it is what follows the base URL")
    place, _, query = path.partition("?")
    steps = (part.lower().replace("%2e", ".") for part in place.split("/"))
    is_encoded = _PATH.issuperset(place) and _PATH.union("?").issuperset(query)
    if not is_encoded or any(step in (".", "..") for step in steps):
        raise InvalidRequestError(
            "`path` must be written as it is sent: percent-encoded, without `.`, `..` and `#`"
        )
    operation: Operation[Any] = Operation(name, method, path, may_be_empty=True)
    body = None if json is None else json_of(json)
    return Call(operation, path, body=body, idempotency=IDEMPOTENT if idempotent else None)
