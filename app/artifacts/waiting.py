"""The threads in which a store is waited for: what takes long is in the way of nothing that does not."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from enum import Enum
from typing import TypeVar

_T = TypeVar("_T")

THREADS = 16
"""What is short, and what takes long, waits in no more than so many each."""


class Work(Enum):
    """What a thread is wanted for."""

    SHORT = 1
    """One answer of the store, or one piece of bytes."""

    LONG = 2
    """All the bytes of a file: they are read, joined or copied."""

    CHECK = 3
    """Whether the store can be used at all: a thread of its own, whatever else hangs."""


class Threads:
    """The threads of one store; each is started when it is first wanted."""

    def __init__(self) -> None:
        self._of = {
            Work.SHORT: ThreadPoolExecutor(THREADS, "artifacts"),
            Work.LONG: ThreadPoolExecutor(THREADS, "artifacts-long"),
            Work.CHECK: ThreadPoolExecutor(1, "artifacts-check"),
        }

    async def run(self, work: Callable[[], _T], kind: Work) -> _T:
        """What `work` returns."""
        return await asyncio.get_running_loop().run_in_executor(self._of[kind], work)

    async def close(self) -> None:
        """Waits for what is under way; what has not begun is not begun any more."""
        for pool in self._of.values():
            await asyncio.to_thread(pool.shutdown, cancel_futures=True)
