"""What clients for threads and for asyncio have in common: how they are built, and what calls share."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Generic, Self, TypeVar

from .base_url import checked as checked_base_url
from .credentials import ApiKey
from .endpoint import Given
from .errors import InfraiError
from .exchange import bare
from .headers import checked_value
from .lazy import Lazy
from .life import Core, run
from .options import Options, positive
from .proxies import Proxy
from .routes import Routes
from .service import Service
from .system import System
from .version import VERSION

TYPE_CHECKING = False
if TYPE_CHECKING:
    import ssl

    from .exchange import Request
    from .life import Life
    from .operation import Call
else:
    ssl = Lazy("ssl")

Headers = Mapping[str, str] | Iterable[tuple[str, str]]
H = TypeVar("H")
T = TypeVar("T")


class Transports(Generic[T]):
    """What sends requests, for a client and all that were made of it by `with_options`."""

    def __init__(self, make: Callable[[], T], given: T | None) -> None:
        """Takes how ours is made, with its first request, and the one over a client of the caller's."""
        self._make = make
        self._given = given
        self._made: dict[str, T] = {}

    def of(self, request: Request) -> T:
        """Returns the one for a request. What goes to a store goes over connections of ours."""
        if self._given is not None and not request.is_transfer:
            return self._given
        # Threads that make their first calls together have one pool: `setdefault` is one step.
        return self.ours or self._made.setdefault("ours", self._make())

    @property
    def ours(self) -> T | None:
        """The one of ours, if there is one yet."""
        return self._made.get("ours")


class Client(Generic[H]):
    """What clients for threads and for asyncio have in common."""

    _service: Service
    # Tests put another in its place.
    _system = System()
    _reads_later = False

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
        http_client: H | None = None,
        logger: Callable[[str], object] | None = None,
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
            proxy: The `http` URL of a proxy for everything, instead of those that the environment names. `NO_PROXY`
                does not count for it, and plain `http` needs `allow_insecure` where it is not on this machine.
            allow_insecure: Whether plain `http` may leave this machine. It shows the key to the network.
            ssl_context: For certificates of your own.
            http_client: An httpx client of your own that makes the calls, for HTTP/2 or other kinds of proxies. You
                close it. Uploads and downloads don't use it, and it uses neither `proxy` nor `ssl_context`.
            logger: Gets the lines of the log instead of standard error. `INFRAI_LOG` says how many.

        Raises:
            CredentialsError: If the key can't be one.
            InvalidRequestError: If another setting can't be used.
        """
        try:
            key = None
            if api_key is not None:
                key = ApiKey(api_key, self._service.key_prefix, "`api_key`")
            # A traceback may show what its frames hold.
            api_key = None
            if base_url is not None:
                base_url = checked_base_url(base_url, "`base_url`", allow_insecure)
            positive("connect_timeout", connect_timeout)
            options = Options(timeout, deadline, max_retries, headers)
            user_agent = f"infrai-python/{VERSION}"
            if user_agent_suffix:
                user_agent = f"{user_agent} {user_agent_suffix}"
                checked_value("user_agent_suffix", user_agent)
            machine = self._system
            through = None if proxy is None else Proxy(proxy, "`proxy`")
            self._connect(Routes(machine, through, ssl_context, allow_insecure), http_client)
            self._options = Options()
            self._core = Core(
                self._service,
                machine,
                Given(key, base_url, allow_insecure),
                options.check(self._service.credential_header),
                connect_timeout=connect_timeout,
                user_agent=user_agent,
                logger=logger,
            )
            if not self._reads_later:
                _ = self._core.log
            return
        except InfraiError as error:
            failed = bare(error)
            api_key = base_url = headers = proxy = None
        raise failed

    @classmethod
    def _later(cls) -> Self:
        """Builds a client that looks at no variable before its first call, not even at `INFRAI_LOG`."""
        client = cls.__new__(cls)
        client._reads_later = True
        cls.__init__(client)
        return client

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

    def _connect(self, routes: Routes, http_client: H | None) -> None:
        """Makes what all clients share that `with_options` makes of this one: its connections."""
        raise NotImplementedError

    def _life(self, operation: str, prepare: Callable[[], Call]) -> Life:
        return run(self._core, self._options, operation, prepare)

    def __repr__(self) -> str:
        core = getattr(self, "_core", None)
        given = Given(None, None, False) if core is None else core.given
        shown = [] if given.base_url is None else [f"base_url={given.base_url!r}"]
        shown += [] if given.api_key is None else [f"api_key={given.api_key!r}"]
        return f"{type(self).__name__}({', '.join(shown)})"

    def __reduce__(self) -> tuple[object, ...]:
        raise TypeError("a client can't be copied or pickled: it holds connections and an API key")
