"""How long a server asks to wait: `retry-after-ms`, else `Retry-After` (RFC 9110 §10.2.3)."""

from __future__ import annotations

import re
from math import isfinite

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

# Python's `float` would also take `inf`, `nan`, signs and exponents.
_DECIMAL = re.compile(r"[0-9]+(\.[0-9]*)?\Z")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_DAYS = "Mon|Tue|Wed|Thu|Fri|Sat|Sun"
_LONG_DAYS = "Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday"
_TIME = r"(?P<hour>\d\d):(?P<minute>\d\d):(?P<second>\d\d)"
_DATES = (
    rf"(?:{_DAYS}), (?P<day>\d\d) (?P<month>[A-Z][a-z]{{2}}) (?P<year>\d{{4}}) {_TIME} GMT\Z",
    rf"(?:{_LONG_DAYS}), (?P<day>\d\d)-(?P<month>[A-Z][a-z]{{2}})-(?P<year>\d\d) {_TIME} GMT\Z",
    rf"(?:{_DAYS}) (?P<month>[A-Z][a-z]{{2}}) (?P<day>[ \d]\d) {_TIME} (?P<year>\d{{4}})\Z",
)


def server_wait(headers: Mapping[str, str], now: float) -> float | None:
    """Returns the wait in seconds that an answer asks for; `now` is seconds since 1970.

    What is not more than zero, or isn't a finite number or date, counts as absent.
    """
    milliseconds = _decimal(headers.get("retry-after-ms"))
    if milliseconds is not None and milliseconds / 1000 > 0:
        return milliseconds / 1000
    told = headers.get("retry-after")
    if told is None:
        return None
    seconds = _decimal(told)
    if seconds is None and not _DECIMAL.match(told.strip()):
        moment = _date(told.strip(), now)
        seconds = None if moment is None else moment - now
    return seconds if seconds is not None and seconds > 0 else None


def _decimal(text: str | None) -> float | None:
    if text is None or not _DECIMAL.match(text.strip()):
        return None
    number = float(text)
    return number if isfinite(number) else None


def _date(text: str, now: float) -> float | None:
    """Reads an HTTP date in any of its three forms (RFC 9110 §5.6.7)."""
    from calendar import timegm
    from datetime import datetime
    from time import gmtime

    for form in _DATES:
        found = re.match(form, text, re.ASCII)
        if found is None:
            continue
        try:
            month = _MONTHS.index(found["month"]) + 1
            year, day = int(found["year"]), int(found["day"])
            if len(found["year"]) == 2:
                # More than 50 years ahead means the last year with these digits.
                this = gmtime(now).tm_year
                year += this - this % 100
                year -= 100 if year > this + 50 else 0
            clock = (int(found["hour"]), int(found["minute"]), int(found["second"]))
            return float(timegm(datetime(year, month, day, *clock).timetuple()))
        except ValueError:
            return None
    return None
