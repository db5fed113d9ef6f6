"""The client for asyncio without its operations, which are generated."""

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
    from .transport_async import AsyncTransport
    from .transport_httpx import AsyncHttpClient, AsyncHttpxTransport

T = TypeVar("T")


class AsyncClient(Client["AsyncHttpClient"]):
    """A client for asyncio."""

    _transports: Transports[AsyncTransport | AsyncHttpxTransport]

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
        from .activate import activate

        result: Activation = await self._drive(activate(self._core, self._options))
        return result

    async def close(self) -> None:
        """Closes the connections that are kept open. The client can still be used."""
        if self._transports.ours is not None:
            await self._transports.ours.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()

    def _connect(self, routes: Routes, http_client: AsyncHttpClient | None) -> None:
        def ours() -> AsyncTransport:
            from .transport_async import AsyncTransport

            return AsyncTransport(routes)

        given: AsyncHttpxTransport | None = None
        if http_client is not None:
            from .transport_httpx import AsyncHttpxTransport

            given = AsyncHttpxTransport(http_client)
        self._transports = Transports(ours, given)

    async def _request(
        self, method: str, path: str, json: object, idempotent: bool
    ) -> Response[Any]:
        from .escape import call_of, name_of

        name = name_of(method, path)
        return await self._perform(name, lambda: call_of(name, method, path, json, idempotent))

    async def _call(self, operation: Operation[T], *values: object) -> T:
        value: T = (await self._perform(operation.id, lambda: call(operation, values))).value
        return value

    async def _perform(self, operation: str, prepare: Callable[[], Call]) -> Response[Any]:
        response: Response[Any] = await self._drive(self._life(operation, prepare))
        return response

    async def _drive(self, life: Life) -> Any:
        came: object = None
        try:
            while True:
                try:
                    step = life.send(came)
                except StopIteration as done:
                    return done.value
                came = None
                if isinstance(step, Send):
                    came = await self._transports.of(step.request).send(step.request, step.limits)
                elif isinstance(step, Wait):
                    await self._core.system.sleep_async(step.seconds)
                else:
                    from .in_thread import in_thread

                    await in_thread(step.run)
        finally:
            life.close()
