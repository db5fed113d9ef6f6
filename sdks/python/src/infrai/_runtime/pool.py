"""Connections that nobody uses at the moment, kept for the next request to the same origin."""

from __future__ import annotations

import select
from time import monotonic
from typing import Generic, Protocol, TypeVar

from .base_url import Origin
from .locks import Lock

_MOST_IDLE = 20
_LONGEST_IDLE = 60.0


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
    """Idle connections, each with the time since when it is one. Threads may share it."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._idle: dict[Origin, list[tuple[float, C]]] = {}
        """By origin, of which the one that was used last stands last."""

    def take(self, origin: Origin) -> C | None:
        """Returns the connection that was used last, if one is left that can be used."""
        found: C | None = None
        with self._lock:
            over = self._too_old()
            waiting = self._idle.get(origin, [])
            while waiting and found is None:
                _, connection = waiting.pop()
                if connection.is_stale():
                    over.append(connection)
                else:
                    found = connection
        for connection in over:
            connection.close()
        return found

    def put(self, origin: Origin, connection: C) -> None:
        """Keeps a connection, instead of the one that has waited longest if there are too many."""
        with self._lock:
            self._idle[origin] = [*self._idle.pop(origin, []), (monotonic(), connection)]
            over = self._too_old()
            if sum(map(len, self._idle.values())) > _MOST_IDLE:
                longest = min(self._idle.values(), key=lambda waiting: waiting[0][0])
                over.append(longest.pop(0)[1])
        for connection in over:
            connection.close()

    def empty(self) -> list[C]:
        """Returns all connections, and forgets them."""
        with self._lock:
            idle, self._idle = self._idle, {}
        return [connection for waiting in idle.values() for _, connection in waiting]

    def _too_old(self) -> list[C]:
        """Takes out those, of all origins, that no server can be expected to keep any longer."""
        end = monotonic() - _LONGEST_IDLE
        over: list[C] = []
        for origin, waiting in list(self._idle.items()):
            while waiting and waiting[0][0] < end:
                over.append(waiting.pop(0)[1])
            if not waiting:
                del self._idle[origin]
        return over


def is_readable(socket: int) -> bool:
    """Returns whether bytes, the end or a fault came that nobody has asked for."""
    if not hasattr(select, "poll"):
        return bool(select.select([socket], [], [], 0)[0])
    poll = select.poll()
    poll.register(socket, select.POLLIN)
    return bool(poll.poll(0))
