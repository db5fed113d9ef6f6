"""What a store says of a request that it refuses: S3's error in XML."""

from __future__ import annotations

import re

from . import failure

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .errors import APIStatusError
    from .exchange import Answer

_PART = re.compile(r"<(Code|Message|RequestId)>([^<]*)</\1>")


def request_id(answer: Answer) -> str | None:
    """Returns the id that a store gives a request in its headers."""
    return answer.headers.get("x-amz-request-id")


def refused(context: failure.Context, answer: Answer) -> APIStatusError:
    """Returns the error of a store's answer that is no success."""
    parts = _parts(answer.body)
    return failure.status_error(
        context,
        answer,
        message=parts.get("Message"),
        code=parts.get("Code"),
        request_id=parts.get("RequestId") or request_id(answer),
    )


def _parts(body: bytes) -> dict[str, str]:
    """Returns what an error in XML says. Whatever the store writes, it is read once from its beginning to its end."""
    text = body.decode(errors="replace").strip()
    if text.startswith("<?xml"):
        text = text.partition("?>")[2].lstrip()
    if not re.match(r"<Error[\s>]", text) or not text.endswith("</Error>"):
        return {}
    from html import unescape

    parts: dict[str, str] = {}
    for name, value in _PART.findall(text):
        try:
            parts[name] = unescape(value).strip()
        except ValueError:
            # A character by a number that has thousands of digits.
            parts[name] = value.strip()
    return {name: value for name, value in parts.items() if value}
