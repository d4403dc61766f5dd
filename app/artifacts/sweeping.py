"""Removes what is left of uploads that broke off: nobody can go on with it, and no digest names it.

What has the name of a digest is touched by `app.artifacts.reconciling` alone, which is asked to.
"""

import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

import structlog

from app.artifacts import graph as cypher
from app.artifacts.content import Unfinished
from app.artifacts.reconciling import Reconciling
from app.artifacts.store import ArtifactStore
from app.artifacts.uploads import LIFE
from app.graph.driver import Graph
from app.recurring import recurring

EVERY: Final = 3_600.0
"""Seconds between two sweeps."""

GOING_ON: Final = 600.0
"""Seconds between two looks at removals that were cut off, for which uploads of the same bytes wait."""

_FIRST: Final = 60.0
"""Seconds before the first: who has just started has more to do."""

_PAGE = 1_000


@dataclass(frozen=True, slots=True)
class Swept:
    """What a sweep removed.

    Attributes:
        uploads: how many uploads were forgotten, whose time was over.
        leftovers: how many files that had begun to arrive were removed.
    """

    uploads: int
    leftovers: int


async def sweep(graph: Graph, store: ArtifactStore, now: int) -> Swept:
    """Forgets uploads whose time is over, and removes what arrived of those and of none that is known.

    Another service may do the same at once. What fails half-way is done by the next sweep.

    Args:
        graph: where uploads are known.
        store: where they arrive.
        now: in microseconds since 1970 UTC.

    Raises:
        PedigreeError: the graph or the store does not do it.
    """
    uploads = 0
    while expired := await cypher.expired_uploads(graph, now, _PAGE):
        for uid, files in expired:
            await cypher.forget_expired(graph, uid, files, now)
        uploads += len(expired)
    places, leftovers = await cypher.places_of(graph), 0
    after = ""
    while page := await store.unfinished(after, _PAGE):
        for item in page:
            if item.touched_at < now - LIFE and _place(item) not in places:
                await store.drop(item)
                leftovers += 1
        after = page[-1].key
    return Swept(uploads, leftovers)


@asynccontextmanager
async def sweeping(graph: Graph, store: ArtifactStore) -> AsyncGenerator[None]:
    """Has it swept now and then while it lasts."""
    reconciling = Reconciling(graph, store, lambda: int(time.time() * 1_000_000))

    async def turn() -> None:
        swept = await sweep(graph, store, int(time.time() * 1_000_000))
        if swept.uploads or swept.leftovers:
            structlog.get_logger("pedigree.artifacts").info("swept", uploads=swept.uploads, leftovers=swept.leftovers)

    async with (
        recurring(turn, EVERY, "artifacts", first=_FIRST),
        recurring(reconciling.go_on, GOING_ON, "artifacts", first=_FIRST),
    ):
        yield


def _place(item: Unfinished) -> str:
    """Of which upload it is: what begins otherwise is of none."""
    return item.key.removeprefix("staging/").partition("/")[0] if item.key.startswith("staging/") else ""
