"""Waiting with a limit, for the driver: what is there at once is taken without a clock.

Neo4j tells the driver how long to wait for a piece of an answer, of which a statement has half a dozen; most of them
came with the first. Python's own `asyncio.wait_for` sets a clock for each all the same, and what the driver brings for
Python before 3.12 (whose `wait_for` was the first that loses no cancellation, python/cpython#98518) makes a task.
"""

import asyncio
from collections.abc import Awaitable, Generator
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Generic, TypeVar

T = TypeVar("T")

_WAITS = "neo4j._async_compat.network._bolt_socket"
"""Where the driver waits for what comes."""


def wait_without_tasks() -> None:
    """Has the driver wait so in this process. One of another make, which has nothing of the name, is left as it is."""
    with suppress(ModuleNotFoundError):
        setattr(import_module(_WAITS), "wait_for", wait_for)  # noqa: B010 - as an attribute no module declares it


async def wait_for(awaited: Awaitable[T], seconds: float | None) -> T:
    """What it gives, waited for that long at most; None: however long it takes.

    Raises:
        TimeoutError: it takes longer.
    """
    if seconds is None:
        return await awaited
    if seconds <= 0:  # what is there after a turn of the loop counts, and that takes a task to find out
        return await asyncio.wait_for(awaited, seconds)
    steps = awaited.__await__()
    try:
        waited_for = next(steps)
    except StopIteration as done:
        return done.value
    async with asyncio.timeout(seconds):
        return await _Begun(steps, waited_for)


@dataclass(frozen=True, slots=True)
class _Begun(Generic[T]):
    """What has run until it had to wait.

    Attributes:
        steps: the rest of it.
        waited_for: what it waits for.
    """

    steps: Generator[Any, Any, T]
    waited_for: Any

    def __await__(self) -> Generator[Any, Any, T]:
        try:
            yield self.waited_for
        except BaseException as error:  # noqa: BLE001 - a cancellation, too, is for whoever waits within
            try:
                waited_for = self.steps.throw(error)
            except StopIteration as done:
                return done.value
            return (yield from _Begun(self.steps, waited_for).__await__())
        return (yield from self.steps)
