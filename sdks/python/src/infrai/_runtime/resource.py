"""What generated groups of operations are built on."""

from __future__ import annotations

from functools import partial
from typing import Any, Generic, TypeVar, cast

from .operation import Operation, call
from .response import Response

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from typing import ParamSpec

    from .client_async import AsyncClient
    from .client_sync import SyncClient

    P = ParamSpec("P")

T = TypeVar("T")
C = TypeVar("C", bound="SyncClient | AsyncClient")


class Group(Generic[C]):
    """A group of operations of a client."""

    __slots__ = ("_client", "_is_raw")

    def __init__(self, client: C, *, is_raw: bool = False) -> None:
        self._client = client
        self._is_raw = is_raw

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {self._client!r}>"


class Resource(Group["SyncClient"]):
    """A group of operations."""

    __slots__ = ()

    def _call(self, operation: Operation[T], *values: object) -> T:
        response = self._client._perform(operation.id, lambda: call(operation, values))
        value: Any = response if self._is_raw else response.value
        return cast("T", value)


class AsyncResource(Group["AsyncClient"]):
    """A group of operations."""

    __slots__ = ()

    async def _call(self, operation: Operation[T], *values: object) -> T:
        response = await self._client._perform(operation.id, lambda: call(operation, values))
        value: Any = response if self._is_raw else response.value
        return cast("T", value)


def with_response(method: Callable[P, T]) -> Callable[P, Response[T]]:
    """Returns a method that gives its value together with status, headers and the request's id."""
    return cast("Callable[P, Response[T]]", _raw(method))


def with_response_async(
    method: Callable[P, Coroutine[Any, Any, T]],
) -> Callable[P, Coroutine[Any, Any, Response[T]]]:
    """Returns a method that gives its value together with status, headers and the request's id."""
    return cast("Callable[P, Coroutine[Any, Any, Response[T]]]", _raw(method))


def _raw(method: Any) -> Any:
    group = method.__self__
    return partial(method.__func__, type(group)(group._client, is_raw=True))
