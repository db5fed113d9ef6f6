"""The life of an upload: sent as a whole, or begun again."""

from __future__ import annotations

from .crc64 import checksum
from .life import Life, work
from .transfer_life import CHECKED, CHECKSUM, Transfer, error_of
from .transfer_source import Source


def upload(transfer: Transfer, source: Source) -> Life:
    """Sends a source. Returns how many bytes that were, and the object's ETag if the store gave one."""
    yield from transfer.begin()
    done = 0

    def sent(count: int) -> None:
        nonlocal done
        done += count
        if transfer.progress is not None:
            transfer.progress(done, source.size)

    while True:
        done = 0
        headers = {"content-length": str(source.size)}
        came, context = yield from transfer.attempt(headers, chunks=source.chunks, progress=sent)
        if source.fault is not None:
            raise source.fault
        error = error_of(context, came)
        if error is None:
            break
        if not source.can_restart:
            raise error
        yield from transfer.again(came, error)
    told = came.headers.get(CHECKSUM)
    if told is not None and source.size <= CHECKED:
        own = yield from work(lambda: checksum(source.sent))
        if own != told:
            why = f"the object's checksum is {told}, of what was sent {own}"
            raise transfer.undocumented(why, context, came)
    transfer.tries.succeeded()
    etag = came.headers.get("etag")
    return {"bytes": source.size} | ({} if etag is None else {"etag": etag})
