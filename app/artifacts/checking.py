"""Whether a store can be used, for those who ask it every few seconds."""

import asyncio
import time
from collections.abc import Callable

from app.artifacts.failures import StoreUnreachable
from app.artifacts.store import ArtifactStore

_KEPT_SECONDS = 10.0
"""For how long a good answer is good: to check is to write, which a balancer is not to have done at each beat."""

_WAITED_SECONDS = 5.0


class StoreCheck:
    """What readiness asks of a store: one check at a time, whoever asks, and no answer waited for for ever.

    Args:
        store: which one.
        waited: seconds after which a store that has not answered is said not to.
        ticks: seconds that never go back.
    """

    def __init__(
        self, store: ArtifactStore, waited: float = _WAITED_SECONDS, ticks: Callable[[], float] = time.monotonic
    ) -> None:
        self._store = store
        self._waited = waited
        self._ticks = ticks
        self._good_until = float("-inf")
        self._checking: asyncio.Task[None] | None = None
        self._since = 0.0

    async def __call__(self) -> None:
        """Returns if the store can be read and written, or could some seconds ago.

        Raises:
            ArtifactsError: it cannot, or does not answer in time. A check that hangs goes on: those who ask meanwhile
                are told so at once.
        """
        now = self._ticks()
        if now < self._good_until:
            return
        if self._checking is None or self._checking.done():
            self._checking, self._since = asyncio.create_task(self._check()), now
            self._checking.add_done_callback(_looked_at)
        checking = self._checking
        await asyncio.wait([checking], timeout=max(0.0, self._since + self._waited - now))
        if not checking.done():
            raise StoreUnreachable(
                f"The store of artifacts has not answered for {self._waited:g} seconds.",
                remedy="See whether it runs, and whether it has too much to do.",
            )
        checking.result()

    async def _check(self) -> None:
        await self._store.check()
        self._good_until = self._ticks() + _KEPT_SECONDS

    async def close(self) -> None:
        """Waits for no check any more."""
        if self._checking is not None:
            self._checking.cancel()
            await asyncio.wait([self._checking])


def _looked_at(task: asyncio.Task[None]) -> None:
    """Nobody may be waiting for it any more: what it found is no error that was overlooked."""
    if not task.cancelled():
        task.exception()
