"""What `activate` gives."""

from __future__ import annotations

from .credentials import ApiKey


class Activation:
    """A key that works, and where it is kept.

    Attributes:
        api_key: The key as it may be shown: `ifr_pk_…` and its last 4 characters.
        base_url: Where the service is.
        file: The credentials file that the key was written to; None if nothing was written.
        kept: Whether there was a key that works. Then nothing was asked for or written.
    """

    __slots__ = ("api_key", "base_url", "file", "kept")

    def __init__(self, api_key: ApiKey, base_url: str, file: str | None, kept: bool) -> None:
        self.api_key = str(api_key)
        self.base_url = base_url
        self.file = file
        self.kept = kept

    def __repr__(self) -> str:
        place = "kept" if self.kept else f"written to {self.file}"
        return f"<Activation {self.api_key} for {self.base_url}, {place}>"
