"""The life of one call: checked, sent, tried again where that may help, and answered.

It is a generator that yields the few things that a client does to the world, so that it is written once for threads
and for asyncio: each has a driver of a few lines.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from . import failure, redact
from .decode import Mismatch, parse
from .endpoint import Endpoint, Given, find
from .errors import CredentialsError, InfraiError
from .exchange import Answer, Credential, Fault, Limits, Request, bare
from .headers import HeaderLines
from .locks import Lock
from .log import DEBUG, Log, shown
from .operation import KEYED, NOT_IDEMPOTENT, Call
from .response import Response
from .retry import Attempts, Tokens
from .system import System, new_id

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from .options import Checked, Options
    from .service import Service


class Send:
    """A step: make an attempt. The driver answers with an `Answer` or a `Fault`."""

    __slots__ = ("limits", "request")

    def __init__(self, request: Request, limits: Limits) -> None:
        self.request = request
        self.limits = limits


class Wait:
    """A step: wait so many seconds."""

    __slots__ = ("seconds",)

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds


class Work:
    """A step: do what may take long. A driver for asyncio does it in a thread, so that no other task waits for it."""

    __slots__ = ("_do", "error", "value")

    def __init__(self, do: Callable[[], Any]) -> None:
        self._do = do
        self.value: Any = None
        self.error: Exception | None = None

    def run(self) -> None:
        """Does it."""
        try:
            self.value = self._do()
        except Exception as error:
            self.error = error


Life = Generator[Send | Wait | Work, Any, Any]


class Core:
    """What a client and all that were made of it by `with_options` share."""

    def __init__(
        self,
        service: Service,
        system: System,
        given: Given,
        options: Checked,
        *,
        connect_timeout: float,
        user_agent: str,
        logger: Callable[[str], object] | None,
    ) -> None:
        self.service = service
        self.system = system
        self.given = given
        self.options = options
        self.connect_timeout = connect_timeout
        self.user_agent = user_agent
        self.tokens = Tokens()
        self._logger = logger
        self._log: Log | None = None
        self._endpoint: Endpoint | None = None
        self._lock = Lock()

    @property
    def log(self) -> Log:
        """The log, as the environment wanted it when it was first asked."""
        if self._log is None:
            self._log = Log(self.system, self._logger)
        return self._log

    def endpoint(self) -> Endpoint:
        """Returns where the service is and the key for it. The first call looks them up."""
        with self._lock:
            if self._endpoint is not None:
                return self._endpoint
            found = find(self.given, self.system, self.service)
            # A key that is missing may be there at the next call.
            self._endpoint = None if found.api_key is None else found
            return found

    def use(self, endpoint: Endpoint) -> None:
        """Calls this endpoint from now on."""
        with self._lock:
            self._endpoint = endpoint

    def forget_lack(self) -> None:
        """Looks for a key anew at the next call, if none was found."""
        with self._lock:
            if self._endpoint is not None and self._endpoint.api_key is None:
                self._endpoint = None

    def failed(self, error: InfraiError, operation: str) -> InfraiError:
        """Returns an error that names its operation; also logs it."""
        if error.operation is None:
            error.operation = operation
        if self._log is not None:
            self._log.error(error)
        return error


def run(core: Core, options: Options, operation: str, prepare: Callable[[], Call]) -> Life:
    """Makes a call and returns its `Response`."""
    try:
        return (yield from attempts(core, options, prepare))
    except InfraiError as error:
        # Raised anew, so that no frame below this one is in its traceback.
        failed = bare(core.failed(error, operation))
    raise failed


def attempts(core: Core, options: Options, prepare: Callable[[], Call]) -> Life:
    """Makes one attempt after the other."""
    log = core.log
    call = prepare()
    operation = call.operation
    own = options.check(core.service.credential_header)
    options = own.options.over(core.options.options)
    headers = _headers(core, call, own.headers, options.idempotency_key)
    idempotency = call.idempotency
    if idempotency == NOT_IDEMPOTENT and options.idempotency_key is not None:
        idempotency = KEYED
    endpoint = core.endpoint()
    wants_key = operation.key != "no" and core.service.auth != "none"
    key = endpoint.api_key if wants_key else None
    if wants_key and key is None and operation.key == "yes":
        raise CredentialsError(endpoint.no_key)
    credential = None
    if key is not None:
        credential = Credential(core.service.auth, core.service.auth_name, key)

    tries = Attempts(core.system, core.tokens, options.max_retries or 0, options.deadline)
    while True:
        number = tries.begin()
        headers.values["x-infrai-attempt"] = str(number)
        limit = tries.limit(options.timeout or 0)
        started = core.system.now()
        request = Request(
            operation.method,
            endpoint.url(call.target),
            headers,
            body=call.body,
            credential=credential,
        )
        if log.level >= DEBUG:
            sent = f"{operation.method} {request.url} {shown(request.names(), key)}"
            log.debug(operation.id, number, sent)
        came: Answer | Fault = yield Send(request, Limits(core.connect_timeout, limit.seconds))
        context = failure.Context(
            operation.id,
            endpoint.origin,
            attempt=number,
            connect=core.connect_timeout,
            now=core.system.wall_clock(),
            limit=limit,
            request_id=redact.text(headers.values[failure.REQUEST_ID], key),
            key=key,
        )
        result, failed = _result(core, context, call, came)
        if isinstance(came, Answer) and log.level >= DEBUG:
            log.debug(operation.id, number, f"answer {shown(came.headers, key)}")
        log.attempt(operation.id, number, result.status, core.system.now() - started)
        if not isinstance(result, InfraiError):
            tries.succeeded()
            return result
        wait = tries.wait_after(failed, result, idempotency)
        if wait is None:
            raise result
        log.wait(operation.id, number + 1, wait)
        try:
            yield Wait(wait)
        except BaseException:
            tries.end()
            raise


def work(do: Callable[[], Any]) -> Life:
    """Does what may take long, and returns what it gives."""
    step = Work(do)
    yield step
    if step.error is not None:
        raise step.error
    return step.value


def _headers(core: Core, call: Call, own: HeaderLines, idempotency_key: str | None) -> HeaderLines:
    """Returns the headers of all attempts: the client's, the call's, and those that only the runtime sets."""
    headers = HeaderLines({"accept": "application/json"})
    if call.body is not None:
        headers.values["content-type"] = call.content_type
    headers.values["user-agent"] = core.user_agent
    headers = headers.with_lines(core.options.headers).with_lines(own)
    headers.values.update(call.headers)
    headers.values[failure.REQUEST_ID] = headers.values.get(failure.REQUEST_ID) or new_id()
    if idempotency_key is not None:
        headers.values["idempotency-key"] = idempotency_key
    elif call.operation.idempotency == KEYED:
        headers.values["idempotency-key"] = new_id()
    return headers


def _result(
    core: Core, context: failure.Context, call: Call, came: Answer | Fault
) -> tuple[Response[Any] | Any, str | None]:
    """Returns the response or the error of an attempt, and how it failed if it got no whole answer."""
    if isinstance(came, Fault):
        return failure.unanswered(context, came), came.kind
    if not 200 <= came.status <= 299:
        # An error whose body does not end is still the error of its status.
        return failure.refused(context, came, core.service), None
    if came.fault is not None:
        return failure.unanswered(context, came.fault), came.fault.kind
    operation = call.operation
    value: object = None
    mismatch: Mismatch | None = None
    if came.is_too_long:
        return failure.undocumented(context, came, None), None
    if operation.kind == "json" and not (operation.may_be_empty and not came.body):
        value, mismatch = parse(came.body, operation.answer)
    elif operation.kind == "text":
        value = came.body.decode(errors="replace")
    elif operation.kind == "bytes":
        value = came.body
    if mismatch is not None:
        return failure.undocumented(context, came, mismatch), None
    request_id = context.answered_id(came) or ""
    return Response(value, came.status, came.headers, request_id), None
