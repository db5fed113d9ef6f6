"""A value together with what HTTP says about it."""

from __future__ import annotations

from typing import Generic, TypeVar

from .headers import Headers

T = TypeVar("T")


class Response(Generic[T]):
    """A value together with status, headers and the request's id.

    Attributes:
        value: What the call without `with_raw_response` returns.
        status: The HTTP status.
        headers: The headers of the answer, by name in any case.
        request_id: The answer's `X-Request-Id`, else the one that was sent.
    """

    __slots__ = ("headers", "request_id", "status", "value")

    def __init__(self, value: T, status: int, headers: Headers, request_id: str) -> None:
        self.value = value
        self.status = status
        self.headers = headers
        self.request_id = request_id

    def __repr__(self) -> str:
        return f"<Response {self.status} (request {self.request_id})>"
