"""What the runtime must know of a service; the generated `service.py` says it."""

from __future__ import annotations


class Service:
    """A service, as its description has it.

    Attributes:
        base_url: Where it is, without a `/` at its end.
        key_prefix: The part of a key that may be shown.
        auth: How a key travels: `bearer`, `basic`, `header`, `query` or `none`.
        auth_name: The name of the header or query parameter.
        code: JSON pointers into error bodies, in the order to try: to a word for programs,
        message: to a sentence for people,
        request_id: and to the id under which the service logged the request.
    """

    __slots__ = ("auth", "auth_name", "base_url", "code", "key_prefix", "message", "request_id")

    def __init__(
        self,
        *,
        base_url: str | None,
        key_prefix: str = "",
        auth: str = "none",
        auth_name: str = "",
        code: tuple[str, ...] = (),
        message: tuple[str, ...] = (),
        request_id: tuple[str, ...] = (),
    ) -> None:
        self.base_url = base_url
        self.key_prefix = key_prefix
        self.auth = auth
        self.auth_name = auth_name
        self.code = code
        self.message = message
        self.request_id = request_id

    @property
    def credential_header(self) -> str | None:
        """The header that has the key, in small letters."""
        if self.auth in ("bearer", "basic"):
            return "authorization"
        return self.auth_name.lower() if self.auth == "header" else None
