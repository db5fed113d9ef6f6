"""One answer of HTTP/1.1 while its bytes come, whoever waits for them."""

from __future__ import annotations

from .arriving import Arriving
from .exchange import BROKEN, Answer, Fault, Request, broken
from .http11 import BadAnswerError, Reader


class Reading:
    """What was read of the answer to a request, and what is to be done next."""

    def __init__(self, request: Request) -> None:
        self._reader = Reader(request.method)
        self._arriving = Arriving(request)
        self._status = 0
        self._fault: Fault | None = None
        self._is_unwanted = False

    @property
    def has_begun(self) -> bool:
        """Whether status and headers came."""
        return self._status > 0

    @property
    def is_over(self) -> bool:
        """Whether nothing more is to be read."""
        return self._reader.is_whole or self._is_unwanted or self._fault is not None

    @property
    def ends_sending(self) -> bool:
        """Whether more of the request is of no use: who answers before it is whole may never read the rest."""
        return self.has_begun or self._fault is not None

    @property
    def is_reusable(self) -> bool:
        """Whether another request may go over the connection."""
        head = self._reader.head
        is_clean = self._reader.is_whole and not self._reader.has_more
        return is_clean and head is not None and head.is_kept

    def feed(self, data: bytes) -> bytes:
        """Takes what came; nothing, where the connection ended. Returns what of it is to be given to the caller."""
        try:
            piece = self._reader.feed(data)
        except BadAnswerError as error:
            self.fail(error)
            piece = b""
        head = self._reader.head
        if head is not None and not self.has_begun:
            self._status = head.status
            self._arriving.begin(head.status, head.headers)
        if not self._arriving.is_kept:
            return piece
        self.give(piece)
        return b""

    def give(self, piece: bytes) -> None:
        """Gives a piece of the body to whoever wants it. This may block."""
        self._is_unwanted = not self._arriving.take(piece)

    def tell(self, piece: bytes) -> None:
        """Tells the caller that a piece was taken."""
        if not self._is_unwanted:
            self._arriving.tell(piece)

    def fail(self, error: BaseException) -> None:
        """Takes why no more will come."""
        self._fault = broken(error)

    def end(self, unsent: Fault | None) -> Answer | Fault:
        """Returns the answer; if there is none, why. `unsent` is why the request was not sent as a whole.

        A server that refuses a request need not read all of it. But it can't have done what it has not read.
        """
        is_success = 200 <= self._status <= 299
        if not self.has_begun or (unsent is not None and is_success):
            return unsent or self._fault or Fault(BROKEN)
        return self._arriving.end(self._fault)
