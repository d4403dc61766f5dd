"""Work that is done again and again while something is open."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

import structlog

_END = 10.0
"""Seconds for the last turn, once what it works on is to be closed."""


@asynccontextmanager
async def recurring(
    work: Callable[[], Awaitable[None]], every: float, name: str, *, first: float = 0.0
) -> AsyncGenerator[None]:
    """Has the work done again and again, beside what is done within.

    It may fail at any turn: the log says so once, until it succeeds again.

    Args:
        work: one turn.
        every: seconds between the end of one turn and the next.
        name: of the work, in the log.
        first: seconds before the first turn.
    """
    ending = asyncio.Event()
    going = asyncio.create_task(_keep_on(work, (first, every), name, ending))
    try:
        yield
    finally:
        # A statement under way is waited for, a while: cut off, it leaves its connection open.
        ending.set()
        with suppress(TimeoutError):
            await asyncio.wait_for(going, _END)


async def _keep_on(
    work: Callable[[], Awaitable[None]], pauses: tuple[float, float], name: str, ending: asyncio.Event
) -> None:
    log, failing = structlog.get_logger(f"pedigree.{name}"), False
    pause, every = pauses
    while not await _ended(ending, pause):
        pause = every
        try:
            await work()
            failing = False
        except Exception as error:  # noqa: BLE001 - whatever it is: it is done again
            if not failing:
                log.warning("put off", reason=f"{type(error).__name__}: {error}"[:500])
            failing = True


async def _ended(ending: asyncio.Event, seconds: float) -> bool:
    """Whether it is at an end, waited for at most so long."""
    if seconds:
        with suppress(TimeoutError):
            await asyncio.wait_for(ending.wait(), seconds)
    return ending.is_set()
