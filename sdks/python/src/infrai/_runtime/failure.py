"""From what went wrong to an error: reads error bodies, names the phase of a timeout, keeps secrets out."""

from __future__ import annotations

from . import redact
from .errors import (
    REASONS,
    APIConnectionError,
    APIDecodeError,
    APIStatusError,
    APITimeoutError,
    InfraiError,
    InvalidRequestError,
    class_of,
)
from .exchange import CONNECT_TIMEOUT, KEPT_BODY, LONGEST_BODY, SOURCE, TIMEOUT, Answer, Fault
from .json_values import as_list, as_object
from .log import seconds
from .server_wait import server_wait

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeVar

    from .base_url import Origin
    from .credentials import ApiKey
    from .decode import Mismatch
    from .retry import Limit
    from .service import Service

    E = TypeVar("E", bound=InfraiError)

REQUEST_ID = "x-request-id"


class Context:
    """What is known of an attempt, whatever becomes of it."""

    __slots__ = (
        "attempt",
        "connect",
        "key",
        "limit",
        "now",
        "operation",
        "origin",
        "request_id",
        "stall",
    )

    def __init__(
        self,
        operation: str,
        origin: Origin,
        *,
        attempt: int,
        connect: float,
        now: float,
        limit: Limit | None = None,
        stall: float | None = None,
        request_id: str | None = None,
        key: ApiKey | None = None,
    ) -> None:
        self.operation = operation
        self.origin = origin
        self.attempt = attempt
        self.connect = connect
        self.now = now
        self.limit = limit
        self.stall = stall
        self.request_id = request_id
        self.key = key

    def answered_id(self, answer: Answer) -> str | None:
        """Returns the id that an answer gives the request, else the one that was sent."""
        told = answer.headers.get(REQUEST_ID)
        return redact.text(told, self.key) if told else self.request_id


def unanswered(context: Context, fault: Fault) -> InfraiError:
    """Returns the error of a call that got no whole answer."""
    if fault.kind == SOURCE:
        return InvalidRequestError(fault.why, operation=context.operation)
    error: APIConnectionError
    if fault.kind == CONNECT_TIMEOUT:
        within = seconds(context.connect)
        error = APITimeoutError(f"no connection to {context.origin} within {within}")
        error.phase = "connect"
    elif fault.kind == TIMEOUT and context.limit is not None:
        deadline = "the deadline of " if context.limit.is_deadline else ""
        error = APITimeoutError(f"no whole answer within {deadline}{seconds(context.limit.told)}")
        error.phase = "deadline" if context.limit.is_deadline else "attempt"
    elif fault.kind == TIMEOUT:
        error = APITimeoutError(f"no byte for {seconds(context.stall or 0)}")
        error.phase = "stall"
    elif fault.why:
        why = redact.text(fault.why, context.key)
        error = APIConnectionError(f"no connection to {context.origin}: {why}")
    else:
        error = APIConnectionError("the connection broke before the answer was whole")
    error.operation = context.operation
    error.attempts = context.attempt
    error.request_id = context.request_id
    error.__cause__ = fault.cause
    return error


def undocumented(context: Context, answer: Answer, mismatch: Mismatch | None) -> APIDecodeError:
    """Returns the error of a success that is not the documented one."""
    path = "$" if mismatch is None else redact.text(mismatch.path, context.key)
    too_long = f"the body is longer than {LONGEST_BODY >> 20} MiB"
    why = too_long if mismatch is None else redact.text(mismatch.why, context.key)
    error = APIDecodeError(f"the answer is not as documented: {path}: {why}")
    error.json_path = path
    return filled(error, context, answer, context.answered_id(answer))


def refused(context: Context, answer: Answer, service: Service) -> APIStatusError:
    """Returns the error of an answer that is no success."""
    body = _json(answer.body)
    code = _first(body, service.code)
    request_id = _first(body, service.request_id)
    key = context.key
    return status_error(
        context,
        answer,
        message=_first(body, service.message),
        code=code,
        request_id=context.answered_id(answer)
        if request_id is None
        else redact.text(request_id, key),
    )


def status_error(
    context: Context,
    answer: Answer,
    *,
    message: str | None,
    code: str | None,
    request_id: str | None,
) -> APIStatusError:
    """Returns the error of a status, with what its body says of it."""
    location = answer.headers.get("location") if 300 <= answer.status <= 399 else None
    if location is not None:
        message = f"redirect to {redact.url(location)} is not followed"
    is_reason = message is None and answer.status in REASONS
    if message is None:
        message = REASONS.get(answer.status, "no reason given")
    error = class_of(answer.status)(redact.text(message, context.key))
    error._is_reason = is_reason
    error.code = None if code is None else redact.text(code, context.key)
    return filled(error, context, answer, request_id)


def filled(error: E, context: Context, answer: Answer, request_id: str | None) -> E:
    """Returns an error with what is known of its answer."""
    error.operation = context.operation
    error.attempts = context.attempt
    error.status = answer.status
    error.request_id = request_id
    error.retry_after = server_wait(answer.headers, context.now)
    error.headers = answer.headers
    error.body = answer.body[:KEPT_BODY]
    return error


def _json(body: bytes) -> object:
    import json

    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def _first(body: object, pointers: tuple[str, ...]) -> str | None:
    """Returns the text that the first of some JSON pointers leads to that leads to one."""
    for pointer in pointers:
        value = body
        for step in pointer.split("/")[1:]:
            step = step.replace("~1", "/").replace("~0", "~")
            fields, items = as_object(value), as_list(value)
            if items is not None:
                value = items[int(step)] if step.isdecimal() and int(step) < len(items) else None
            else:
                value = None if fields is None else fields.get(step)
        if isinstance(value, str) and value:
            return value
    return None
