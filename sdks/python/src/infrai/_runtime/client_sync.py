"""The client for threads without its operations, which are generated."""

from __future__ import annotations

from types import TracebackType
from typing import Any, Self, TypeVar

from .activation import Activation
from .client import Client, Transports
from .life import Send, Wait
from .operation import call

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from .life import Life
    from .operation import Call, Operation
    from .response import Response
    from .routes import Routes
    from .transport_httpx import HttpClient, HttpxTransport
    from .transport_sync import SyncTransport

T = TypeVar("T")


class SyncClient(Client["HttpClient"]):
    """A client for threads."""

    _transports: Transports[SyncTransport | HttpxTransport]

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
        from .activate import activate

        result: Activation = self._drive(activate(self._core, self._options))
        return result

    def close(self) -> None:
        """Closes the connections that are kept open. The client can still be used."""
        if self._transports.ours is not None:
            self._transports.ours.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _connect(self, routes: Routes, http_client: HttpClient | None) -> None:
        def ours() -> SyncTransport:
            from .transport_sync import SyncTransport

            return SyncTransport(routes)

        given: HttpxTransport | None = None
        if http_client is not None:
            from .transport_httpx import HttpxTransport

            given = HttpxTransport(http_client)
        self._transports = Transports(ours, given)

    def _request(self, method: str, path: str, json: object, idempotent: bool) -> Response[Any]:
        from .escape import call_of, name_of

        name = name_of(method, path)
        return self._perform(name, lambda: call_of(name, method, path, json, idempotent))

    def _call(self, operation: Operation[T], *values: object) -> T:
        value: T = self._perform(operation.id, lambda: call(operation, values)).value
        return value

    def _perform(self, operation: str, prepare: Callable[[], Call]) -> Response[Any]:
        response: Response[Any] = self._drive(self._life(operation, prepare))
        return response

    def _drive(self, life: Life) -> Any:
        came: object = None
        try:
            while True:
                try:
                    step = life.send(came)
                except StopIteration as done:
                    return done.value
                came = None
                if isinstance(step, Send):
                    came = self._transports.of(step.request).send(step.request, step.limits)
                elif isinstance(step, Wait):
                    self._core.system.sleep(step.seconds)
                else:
                    step.run()
        finally:
            life.close()
