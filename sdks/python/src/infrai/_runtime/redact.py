"""Keeps secrets out of text that is shown: messages lose the API key, URLs their users and queries."""

from __future__ import annotations

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .credentials import ApiKey

_LONGEST = 1000
# A shorter key isn't looked for in messages: it would be found in every other word, and guards nothing.
_KEY_FROM = 8
_WORDS = re.compile(r"([\s\x00-\x1f\x7f-\x9f\"<>`])")
# Half a surrogate pair could not be printed.
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_CUT = re.compile(r"[?#]")
_MARK = re.compile(r"//|[?#]")
_AUTHORITY = re.compile(r"[/?#]")
_IN_A_PATH = frozenset("-._~%/@")


def url(text: str) -> str:
    """Returns a URL, absolute or not, without user, query and fragment."""
    cut = _CUT.search(text)
    place, end = text, ""
    if cut is not None:
        place, end = text[: cut.start()], "?…" if cut.group() == "?" else ""
    scheme, slashes, rest = place.partition("//")
    if not slashes or (scheme and not scheme.endswith(":")):
        return place + end
    authority, slash, path = rest.partition("/")
    return f"{scheme}//{authority.rpartition('@')[2]}{slash}{path}{end}"


def text(foreign: str, key: ApiKey | None) -> str:
    """Returns foreign text as it may be shown.

    That is without `key`, without the users, queries and fragments of URLs, on one line, and not too long.
    """
    if key is not None:
        for secret, shown in key.secrets():
            if len(secret) >= _KEY_FROM:
                foreign = foreign.replace(secret, shown)
    parts = _WORDS.split(foreign)
    shown = "".join(part if at % 2 else _word(part) for at, part in enumerate(parts))
    shown = _CONTROL.sub(" ", shown)
    return shown if len(shown) <= _LONGEST else shown[:_LONGEST] + "…"


def _word(word: str) -> str:
    """Cuts the users of the URLs in a word, and the word from where a query or fragment begins.

    In one pass: a server may write megabytes.
    """
    last_equals = word.rfind("=")
    # Where is looked on, and where the part begins that follows the last host's mark and user.
    shown: list[str] = []
    at, part, absolute = 0, 0, False
    while (mark := _MARK.search(word, at)) is not None:
        behind = mark.end()
        shown.append(word[at:behind])
        at = behind
        if mark.group() != "//":
            # A `=` makes a query of what stands behind a mark; in a URL that is known to be one, anything does.
            if last_equals >= at or (absolute and at < len(word)):
                return "".join([*shown, "…"])
            continue
        # In the middle of a path, `//` begins no host.
        last = word[mark.start() - 1] if mark.start() > part else ":"
        if last == ":" or not (last.isalnum() or last in _IN_A_PATH):
            absolute = True
            end = _AUTHORITY.search(word, at)
            at = max(at, word.rfind("@", at, len(word) if end is None else end.start()) + 1)
        part = at
    return "".join([*shown, word[at:]])
