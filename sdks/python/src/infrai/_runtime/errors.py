"""The errors of this package. All are `InfraiError`s, and print as one line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

# RFC 9110 §15, RFC 6585 §4. The same words in every language, so not those of a library.
REASONS = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    408: "Request Timeout",
    409: "Conflict",
    410: "Gone",
    413: "Content Too Large",
    415: "Unsupported Media Type",
    422: "Unprocessable Content",
    429: "Too Many Requests",
    500: "Internal Server Error",
    501: "Not Implemented",
    502: "Bad Gateway",
    503: "Service Unavailable",
    504: "Gateway Timeout",
}


class InfraiError(Exception):
    """A call that failed, or a client that can't be built.

    Printed, it is one line, without the API key and the queries of URLs. What the system or a
    library said is its `__cause__`.

    Attributes:
        message: The reason for people: the service's, else this package's.
        operation: What failed, such as `storage.bucket.create`; None where a client was being built.
        status: The HTTP status, if there was an answer.
        code: The service's reason for programs, such as `bucket_exists`. Services add codes: treat
            one that you do not know by its status.
        request_id: The id of the request, to be quoted when asking for help; None if nothing was sent.
        retry_after: How many seconds the service asked to wait, if the last answer said so.
        attempts: How often the request was sent, or was tried to be; 0 if it was refused before.
        headers: The headers of the answer, by name in any case; empty if there was none.
        body: The first 64 KiB of the answer's body as they came.
    """

    # Whether the message is only what the status means.
    _is_reason = False

    def __init__(
        self,
        message: str,
        *,
        operation: str | None = None,
        status: int | None = None,
        code: str | None = None,
        request_id: str | None = None,
        retry_after: float | None = None,
        attempts: int = 0,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
    ) -> None:
        super().__init__(message)
        self.message = message
        self.operation = operation
        self.status = status
        self.code = code
        self.request_id = request_id
        self.retry_after = retry_after
        self.attempts = attempts
        self.headers: Mapping[str, str] = {} if headers is None else headers
        self.body = body

    def __str__(self) -> str:
        line = self.message
        if self.status is not None:
            is_reason = self.code is None and self._is_reason
            code = "" if self.code is None else f" {self.code}"
            line = f"{self.status}{code}{'' if is_reason else ':'} {line}"
        if self.operation is not None:
            line = f"{self.operation}: {line}"
        if self.attempts == 0:
            return line
        attempts = "1 attempt" if self.attempts == 1 else f"{self.attempts} attempts"
        request = "" if self.request_id is None else f"request {self.request_id}, "
        return f"{line} ({request}{attempts})"

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self}>"

    def __reduce__(self) -> tuple[object, ...]:
        return (_restored, (type(self), self.message, self.__dict__))


def _restored(kind: type[InfraiError], message: str, attributes: dict[str, object]) -> InfraiError:
    error = kind.__new__(kind, message)
    error.__dict__.update(attributes)
    return error


class InvalidRequestError(InfraiError):
    """A request, or a setting of a client, that was refused before anything was sent."""


class CredentialsError(InfraiError):
    """There is no usable API key."""


class APIConnectionError(InfraiError):
    """No connection to the service, or one that broke before the answer was whole."""


class APITimeoutError(APIConnectionError):
    """A time limit passed.

    Attributes:
        phase: Which: `connect`, `attempt` (one attempt, the answer's last byte included), `deadline`
            (the whole call) or `stall` (a transfer without a byte).
    """

    phase: Literal["connect", "attempt", "deadline", "stall"] = "attempt"


class APIDecodeError(InfraiError):
    """A success whose body is not the documented one.

    Attributes:
        json_path: Where the fault is, such as `$.items[3].created_at`; None in a transfer.
    """

    json_path: str | None = None


class APIStatusError(InfraiError):
    """An answer that is no success."""


class BadRequestError(APIStatusError):
    """400: the service did not understand the request."""


class AuthenticationError(APIStatusError):
    """401: the API key is missing or refused."""


class PermissionDeniedError(APIStatusError):
    """403: the API key may not do this."""


class NotFoundError(APIStatusError):
    """404: there is no such thing."""


class ConflictError(APIStatusError):
    """409: something else stands in the way, such as a bucket of that name."""


class UnprocessableEntityError(APIStatusError):
    """422: the service understood the request and can't do it."""


class RateLimitError(APIStatusError):
    """429: the service wants fewer requests; `retry_after` may say from when on it takes more."""


class InternalServerError(APIStatusError):
    """5xx: the fault is the service's."""


_BY_STATUS: dict[int, type[APIStatusError]] = {
    400: BadRequestError,
    401: AuthenticationError,
    403: PermissionDeniedError,
    404: NotFoundError,
    409: ConflictError,
    422: UnprocessableEntityError,
    429: RateLimitError,
}


def class_of(status: int) -> type[APIStatusError]:
    """Returns the class of errors with this status."""
    if 500 <= status <= 599:
        return InternalServerError
    return _BY_STATUS.get(status, APIStatusError)
