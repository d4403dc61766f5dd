"""The usual store lets go of bytes that lie in the colder one, and the colder one of what was removed meanwhile.

The graph says first that it is being done, then the store does it, then the mark goes: no lock is held while a store is
asked. Whoever hands over such bytes meanwhile has them taken in anew (`app.artifacts.verifying`), as while a purge is
at them. A mark that is old was left by one that was killed, and is another's to take over.
"""

import asyncio
from collections.abc import Callable, Mapping
from typing import Final
from uuid import uuid4

from app.artifacts.failures import ArtifactMissing, StoreUnreachable
from app.artifacts.recorded import ABANDONED, TAKING
from app.artifacts.tiers import TieredStore
from app.errors import PedigreeError
from app.graph.driver import Graph
from app.graph.transaction import Transaction
from app.retention import movable
from app.retention.movable import Locked, Movable

_AT_ONCE: Final = 4
"""How many things the store is asked at a time."""


async def let_go(
    graph: Graph, store: TieredStore, files: Mapping[Movable, bool], clock: Callable[[], int]
) -> list[PedigreeError]:
    """What kept the stores from it; what comes again meanwhile is not let go of.

    Args:
        graph: where it is known what became of the bytes.
        store: where they are.
        files: those that were copied from the usual store, those that were removed, of which a copy may be left, and
            those of which somebody did not end it; each with whether the colder store's bytes were just read.
        clock: microseconds since 1970 UTC.
    """
    since, turns = clock(), asyncio.Semaphore(_AT_ONCE)

    async def claim(transaction: Transaction) -> tuple[list[tuple[Movable, bool]], bool]:
        known = await movable.lock(transaction.run, [each.digest for each in files], uuid4().hex)
        may_go = [each for each in files if _may_go(each, known[each.digest])]
        going = [each for each in may_go if known[each.digest].is_free(since, since - ABANDONED)]
        await movable.claim(transaction.run, [each.digest for each in going], since)
        return [(each, known[each.digest].state == "REMOVED") for each in going], len(going) < len(may_go)

    async def act(each: Movable, *, removed: bool) -> PedigreeError | None:
        async with turns:
            try:
                if clock() > since + TAKING:
                    raise StoreUnreachable("The store takes too long to remove what was moved.", remedy="See its log.")
                await _act(store, each, removed=removed)
            except PedigreeError as failure:
                return failure

    if not files:
        return []
    going, others = await graph.write(claim, repeatable=True)
    results = await asyncio.gather(*(act(each, removed=removed) for each, removed in going))
    # What may be under way still keeps its mark; of what the colder store has not, the usual one was asked nothing.
    ended = {
        each.digest: clock() if files[each] or removed else None
        for (each, removed), failure in zip(going, results, strict=True)
        if failure is None or isinstance(failure, ArtifactMissing)
    }
    await movable.unclaim(graph.execute, ended, since, uuid4().hex)
    failures = [failure for failure in results if failure is not None]
    if others:
        failures.append(StoreUnreachable("Another service lets go of what was moved.", remedy="It is done later."))
    return failures


def _may_go(each: Movable, now: Locked) -> bool:
    """Whether the usual store may let go of them, or the colder one, since they were removed."""
    return now.state == "REMOVED" or (now.cold and now.is_still(each))


async def _act(store: TieredStore, each: Movable, *, removed: bool) -> None:
    if removed:  # where they come again, they come to the usual store
        await store.cold.delete(each.content.sha256)
    elif not await store.release(each.content):
        raise ArtifactMissing.of(each.content.sha256)
