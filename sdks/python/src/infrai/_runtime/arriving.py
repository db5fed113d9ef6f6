"""An answer while it comes."""

from __future__ import annotations

from .exchange import BROKEN, LONGEST_BODY, Answer, Fault, Request

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from .headers import Headers


class Arriving:
    """What came of an answer so far. The body goes where the request wants it, else into memory, as much as may be there."""

    def __init__(self, request: Request) -> None:
        self._request = request
        self._answer: Answer | None = None
        self._sink: Callable[[bytes], bool] | None = None
        self._pieces: list[bytes] = []
        self._length = 0

    @property
    def is_kept(self) -> bool:
        """Whether the body goes into memory: to take a piece blocks nobody."""
        return self._sink is None

    def begin(self, status: int, headers: Headers) -> None:
        """Takes status and headers."""
        self._answer = Answer(status, headers)
        if self._request.sink is not None:
            self._sink = self._request.sink(status, headers)

    def take(self, piece: bytes) -> bool:
        """Takes a piece of the body. Returns whether more is wanted."""
        return self._keep(piece) if self._sink is None else self._sink(piece)

    def tell(self, piece: bytes) -> None:
        """Tells the caller that a piece was taken."""
        if not self.is_kept and self._request.progress is not None:
            self._request.progress(len(piece))

    def end(self, fault: Fault | None = None) -> Answer | Fault:
        """Returns the answer; if there is none, why."""
        if self._answer is None:
            return fault or Fault(BROKEN)
        self._answer.body = b"".join(self._pieces)
        self._answer.is_too_long = self._length > LONGEST_BODY
        self._answer.fault = fault
        return self._answer

    def _keep(self, piece: bytes) -> bool:
        self._length += len(piece)
        if self._length <= LONGEST_BODY:
            self._pieces.append(piece)
        return self._length <= LONGEST_BODY
