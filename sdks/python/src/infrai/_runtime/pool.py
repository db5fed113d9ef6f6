"""Connections that nobody uses at the moment, kept for the next request to the same origin."""

from __future__ import annotations

from typing import Generic, Protocol, TypeVar

from .base_url import Origin
from .locks import Lock

_MOST_IDLE = 20
LONGEST_IDLE = 60.0


class Pooled(Protocol):
    """A connection."""

    def is_stale(self) -> bool:
        """Whether no further request can go over it."""
        ...

    def close(self) -> None:
        """Closes it."""
        ...


C = TypeVar("C", bound=Pooled)


class Pool(Generic[C]):
    """Idle connections, by origin. Threads may share it."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._idle: dict[Origin, list[C]] = {}

    def take(self, origin: Origin) -> C | None:
        """Returns the connection that was used last, if one is left that can be used."""
        with self._lock:
            connections = self._idle.get(origin, [])
            while connections:
                connection = connections.pop()
                if not connection.is_stale():
                    return connection
                connection.close()
        return None

    def put(self, origin: Origin, connection: C) -> None:
        """Keeps a connection, instead of the one that has waited longest if there are too many."""
        with self._lock:
            # The origin that was used last stands last.
            connections = self._idle.pop(origin, [])
            self._idle[origin] = [*connections, connection]
            surplus = None
            if sum(map(len, self._idle.values())) > _MOST_IDLE:
                first, waiting = next(iter(self._idle.items()))
                surplus = waiting.pop(0)
                if not waiting:
                    del self._idle[first]
        if surplus is not None:
            surplus.close()

    def empty(self) -> list[C]:
        """Returns all connections, and forgets them."""
        with self._lock:
            idle, self._idle = self._idle, {}
        return [connection for connections in idle.values() for connection in connections]
