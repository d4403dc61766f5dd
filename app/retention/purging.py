"""Purges: once nobody may restore them any more, the bytes go of which no other version is made.

Looked at anew first: what has come to be protected meanwhile gets its files back. Then the graph says that the bytes
are removed, then the store removes them, then the mark is taken away that says that somebody is at it. A service may be
killed between any two of these: what is marked for long is removed by the next. Whoever hands over such bytes meanwhile
has them taken in anew (`app.artifacts.verifying`).
"""

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final
from uuid import uuid4

import structlog

from app.access.service import SERVICE
from app.artifacts.recorded import ABANDONED, TAKING
from app.artifacts.store import ArtifactStore
from app.graph.driver import Graph
from app.graph.transaction import Transaction
from app.recurring import recurring
from app.registry.verifying import FILES_BACK, record_verified
from app.retention import graph as cypher
from app.retention import removing
from app.retention.expiring import expire
from app.retention.removing import Due, Removable

EVERY: Final = 600.0
"""Seconds between two looks at what is due."""

_FIRST: Final = 90.0
"""Seconds before the first look."""

GROUP = 10
"""Of how many versions the bytes go at once: each may have 10,000 files."""

_AT_ONCE = 16
"""How many things the store is asked at a time."""


@dataclass(frozen=True, slots=True)
class Purged:
    """What a purge did.

    Attributes:
        versions: of how many versions the bytes went.
        restored: how many got their files back, since they are protected now.
        artifacts: how many artifacts went from the store.
        bytes: how many bytes these had.
    """

    versions: int = 0
    restored: int = 0
    artifacts: int = 0
    bytes: int = 0

    def __add__(self, other: "Purged") -> "Purged":
        """Both together."""
        return Purged(
            self.versions + other.versions, self.restored + other.restored, self.artifacts + other.artifacts,
            self.bytes + other.bytes,
        )  # fmt: skip


async def purge(graph: Graph, store: ArtifactStore, clock: Callable[[], int]) -> Purged:
    """Has all bytes go that are due.

    Args:
        graph: where it is known.
        store: where they are.
        clock: microseconds since 1970 UTC.

    Raises:
        PedigreeError: the graph or the store does not do it; what is left is done by the next purge.
    """
    while abandoned := await removing.marked(graph, clock() - ABANDONED, GROUP * _AT_ONCE):
        since = clock()
        await removing.mark(graph, abandoned, since)
        await _remove(graph, store, abandoned, since, clock)
    done = Purged()
    while due := await removing.due(graph, clock(), GROUP):
        done += await _purge_some(graph, store, due, clock)
    return done


@asynccontextmanager
async def purging(graph: Graph, store: ArtifactStore) -> AsyncGenerator[None]:
    """Has it done now and then while it lasts, and plans expire that nobody approved."""

    async def turn() -> None:
        done = await purge(graph, store, _now)
        if done != Purged():
            structlog.get_logger("pedigree.retention").info(
                "purged", versions=done.versions, restored=done.restored, artifacts=done.artifacts, bytes=done.bytes
            )
        if expired := await expire(graph, _now):
            structlog.get_logger("pedigree.retention").info("expired", plans=expired)

    async with recurring(turn, EVERY, "retention", first=_FIRST):
        yield


def _now() -> int:
    return int(time.time() * 1_000_000)


async def _purge_some(graph: Graph, store: ArtifactStore, seen: Sequence[Due], clock: Callable[[], int]) -> Purged:
    now = clock()

    async def work(transaction: Transaction) -> tuple[Sequence[Due], Sequence[Due], list[Removable]]:
        await cypher.lock(transaction.run, [each.uid for each in seen], uuid4().hex)
        there = await removing.still_due(transaction, [each.uid for each in seen], now)
        due = [each for each in seen if each.uid in there]
        uids = [each.uid for each in due]
        kept = await cypher.protected(transaction.run, uids)
        going = [each for each in due if each.uid not in kept]
        removable = await removing.removable(transaction, [each.uid for each in going])
        freed = {each.uid: sum(one.bytes for one in removable if one.version == each.uid) for each in going}
        said = [restored(each.key) if each.uid in kept else _gone(each, now, freed[each.uid]) for each in due]
        await _record(transaction, graph, due, said, removable, now)
        await removing.mark_within(transaction, [each.digest for each in removable], now)
        await removing.move_shared(transaction, [each.uid for each in going], now)
        return due, going, removable

    due, going, removable = await graph.write(work, repeatable=True)
    await _remove(graph, store, [each.digest for each in removable], now, clock)
    size = sum(each.bytes for each in removable)
    return Purged(len(going), len(due) - len(going), len(removable), size)


async def _record(
    transaction: Transaction,
    graph: Graph,
    due: Sequence[Due],
    said: Sequence[Mapping[str, Any]],
    removable: Sequence[Removable],
    now: int,
) -> None:
    """Each artifact in a namespace of one that had it: that it is gone lets nobody see it who did not."""
    of: dict[str, list[Mapping[str, Any]]] = {}
    namespaces = {each.uid: each.key[0] for each in due}
    for each, words in zip(due, said, strict=True):
        of.setdefault(each.key[0], []).append({"modelVersion": words})
    for one in removable:
        of[namespaces[one.version]].append({"artifact": {"digest": one.digest, "state": "REMOVED", "coldSince": None}})
    for namespace, nodes in sorted(of.items()):
        await record_verified(transaction, graph.engine, nodes, (), namespace=namespace, caller=SERVICE, now=now)


async def _remove(
    graph: Graph, store: ArtifactStore, digests: Sequence[str], since: int, clock: Callable[[], int]
) -> None:
    """Removes bytes from the store that were marked then, as far as that is done in time."""
    for first in range(0, len(digests), _AT_ONCE):
        if clock() > since + TAKING:
            return
        group = digests[first : first + _AT_ONCE]
        await asyncio.gather(*(store.delete(each.removeprefix("sha256:")) for each in group))
        await removing.unmark(graph, group, clock())


def restored(key: tuple[str, str, str]) -> dict[str, Any]:
    """What is said of a version that has its files again."""
    return {**_named(key), **FILES_BACK}


def _gone(due: Due, now: int, freed: int) -> dict[str, Any]:
    return {**_named(due.key), "filesPurgeAt": None, "filesPurgedAt": now, "bytesFreed": freed}


def _named(key: tuple[str, str, str]) -> dict[str, Any]:
    return dict(zip(("namespace", "name", "version"), key, strict=True))
