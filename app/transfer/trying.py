"""How a transfer goes: how often something is tried that may work in a moment, how many things are done at once."""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TypeVar

import httpx

from app.errors import ErrorCode, PedigreeError
from app.transfer.ports import Progress

_T = TypeVar("_T")

_LONGEST_PAUSE = 30.0
_PASSING = frozenset(
    {
        ErrorCode.ARTIFACTS_UNREACHABLE,
        ErrorCode.GRAPH_BUSY,
        ErrorCode.GRAPH_UNREACHABLE,
        ErrorCode.OUTCOME_UNKNOWN,
        ErrorCode.SERVER_UNREACHABLE,
        ErrorCode.TIMEOUT,
    }
)
"""What the API answers that it may not answer in a moment; all that a transfer asks may be asked again."""


class TryAgain(PedigreeError):
    """A signed address did not do what it is for; another one may."""

    standard_code = ErrorCode.ARTIFACTS_UNREACHABLE


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to go on without getting anywhere.

    Attributes:
        attempts: how many in a row may bear nothing; the last of them is the end.
        seconds: the pause after the first of them; each further one is twice as long, up to half a minute.
    """

    attempts: int = 6
    seconds: float = 1.0

    async def pause(self, fruitless: int = 1) -> None:
        """Returns after the pause that follows so many attempts that bore nothing."""
        await asyncio.sleep(min(self.seconds * 2 ** (fruitless - 1), _LONGEST_PAUSE))


@dataclass(frozen=True, slots=True)
class How:
    """How a transfer goes.

    Attributes:
        client: of `open_client`.
        parallel: how many parts or files are on their way at once.
        progress: watches.
        patience: with what does not work at once.
    """

    client: httpx.AsyncClient
    parallel: int
    progress: Progress
    patience: Patience = field(default_factory=Patience)


class Attempts:
    """Attempts at one thing.

    Args:
        patience: how many there may be.
    """

    def __init__(self, patience: Patience) -> None:
        self._patience = patience
        self._fruitless = 0

    async def again(self, error: PedigreeError, *, fruitful: bool = False) -> None:
        """Returns when it is time for the next attempt.

        Args:
            error: what ended the last one.
            fruitful: whether it bore something nevertheless: then the count begins anew.

        Raises:
            PedigreeError: that error, as too many in a row have borne nothing.
        """
        self._fruitless = 0 if fruitful else self._fruitless + 1
        if self._fruitless >= self._patience.attempts:
            raise error
        if self._fruitless:
            await self._patience.pause(self._fruitless)


def passing(error: PedigreeError) -> bool:
    """Whether what the API answers may be otherwise in a moment."""
    return error.code in _PASSING


async def patiently(patience: Patience, ask: Callable[[], Awaitable[_T]]) -> _T:
    """What the API answers, asked again where it cannot answer for a moment.

    Raises:
        PedigreeError: what it answers, or that it does not.
    """
    attempts = Attempts(patience)
    while True:
        try:
            return await ask()
        except PedigreeError as error:
            if not passing(error):
                raise
            await attempts.again(error)


async def in_parallel(do: Callable[[_T], Awaitable[None]], items: Iterable[_T], most: int) -> None:
    """Returns when all is done; the first error ends what is under way, and is raised.

    Args:
        do: what is done with an item.
        items: taken one by one, each when somebody is free for it.
        most: how many at once.
    """
    waiting = iter(items)

    async def work() -> None:
        for item in waiting:
            await do(item)

    workers = [asyncio.create_task(work()) for _ in range(most)]
    try:
        await asyncio.gather(*workers)
    finally:
        for worker in workers:
            worker.cancel()
        await asyncio.gather(*workers, return_exceptions=True)


async def in_thread(do: Callable[[], _T], stopped: threading.Event, cut: Callable[[], None] = lambda: None) -> _T:
    """What a function returns that blocks. Whoever is cancelled meanwhile goes on when it has ended, and not before.

    Else files would be closed under the thread that still writes them, and those it opens would never be.

    Args:
        do: the function.
        stopped: set when the result is wanted no more, so that the function ends early.
        cut: called after that, where the function may wait for something that does not look at it.
    """
    running = asyncio.ensure_future(asyncio.to_thread(do))
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        stopped.set()
        cut()
        while not running.done():
            with suppress(asyncio.CancelledError):  # it may come again while this waits
                await asyncio.wait([running])
        if not running.cancelled():
            running.exception()  # taken, as it tells of the end that was asked for
        raise
