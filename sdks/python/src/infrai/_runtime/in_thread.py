"""What may take long, without holding up the other tasks of a loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextvars import copy_context
from functools import partial
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")


async def in_thread(work: Callable[P, R], *arguments: P.args, **named: P.kwargs) -> R:
    """Does something in a thread. Who is cancelled, once or more, waits for its end, so that nobody closes what it works on."""
    run = partial(copy_context().run, work, *arguments, **named)
    done = asyncio.get_running_loop().run_in_executor(None, run)
    cancelled: asyncio.CancelledError | None = None
    while not done.done():
        try:
            await asyncio.wait([done])
        except asyncio.CancelledError as error:
            cancelled = error
    if cancelled is None:
        return done.result()
    # Asked for, so that nobody is told that nobody has asked for it.
    done.exception()
    raise cancelled
