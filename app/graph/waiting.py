"""Waiting with a limit as Python 3.12 does it, for the driver on an older one.

Neo4j tells the driver how long to wait for a piece of an answer. Before Python 3.12, whose `asyncio.wait_for` was the
first that loses no cancellation (python/cpython#98518), the driver does so by a function of its own, which makes a task
for each piece: half a dozen for a statement, and a tenth of the time that a short one takes.
"""

import asyncio
import sys
from collections.abc import Awaitable
from contextlib import suppress
from importlib import import_module
from typing import TypeVar

T = TypeVar("T")

_WAITS = "neo4j._async_compat.network._bolt_socket"
"""Where the driver waits for what comes."""


def wait_without_tasks() -> None:
    """Has the driver wait so in this process. One of another make, which has nothing of the name, is left as it is."""
    if sys.version_info < (3, 12):
        with suppress(ModuleNotFoundError):
            setattr(import_module(_WAITS), "wait_for", wait_for)  # noqa: B010 - as an attribute no module declares it


async def wait_for(awaited: Awaitable[T], seconds: float | None) -> T:
    """What it gives, waited for that long at most; None: however long it takes.

    Raises:
        TimeoutError: it takes longer.
    """
    if seconds is not None and seconds <= 0:  # what is there at once counts, and that takes a task to find out
        return await asyncio.wait_for(awaited, seconds)
    async with asyncio.timeout(seconds):
        return await awaited
