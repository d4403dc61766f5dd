"""Moves: files that a plan gives to the colder store go there, as far as no other version needs them where they are.

The plan says so in the graph first. Then the bytes are copied, which takes as long as it takes. Then, while the
artifact is locked in the graph, so that nothing else becomes of its bytes, the store lets go of them and it is recorded
where they lie. A service may be killed between any two of these, and two may be at it: of what was copied before it is
only looked whether it is right.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final, LiteralString
from uuid import uuid4

import structlog

from app.access.service import SERVICE
from app.artifacts.content import Content
from app.artifacts.failures import ArtifactDamaged, ArtifactMissing
from app.artifacts.store import ArtifactStore
from app.artifacts.tiers import TieredStore
from app.errors import PedigreeError
from app.graph.driver import Graph
from app.graph.transaction import Transaction
from app.recurring import recurring
from app.registry.request import OWN
from app.registry.verifying import record_verified
from app.retention import graph as cypher
from graph_schema.identity import uid

EVERY: Final = 600.0
"""Seconds between two looks at what is to be moved."""

_FIRST: Final = 120.0
"""Seconds before the first look."""

VERSIONS: Final = 10
"""Of how many versions the files are moved at once: each may have 10,000."""

_RECORDED: Final = 20
"""How many artifacts are locked, released and recorded at once."""

_AT_ONCE: Final = 4
"""How many files are copied at a time."""

_SECONDS: Final = 600.0
"""How long one statement may take: nobody waits for it."""

_NOT_MOVED: Final = {"filesTieredAt": None, "filesTieredUnder": None}
"""What is said of a version whose files are not moved after all."""

_BEGIN: LiteralString = "UNWIND $uids AS uid MATCH (v:ModelVersion {uid: uid}) SET v.filesMoving = $now"
# What was marked anew meanwhile, by a later plan or since its bytes came again, is looked at once more.
_END: LiteralString = (
    "UNWIND $uids AS uid MATCH (v:ModelVersion {uid: uid}) WHERE v.filesMoving <= $now SET v.filesMoving = null"
)
# In no order: by any other than that of the times the embedded engine would look at every version there is.
_DUE: LiteralString = """
MATCH (v:ModelVersion) WHERE v.filesMoving <= $now RETURN v.uid, v.namespace, v.name, v.version LIMIT $count
"""
# Others need them where they are if they have them from the service, and neither gave them away nor had them moved.
_MOVABLE: LiteralString = """
UNWIND $uids AS uid MATCH (v:ModelVersion {uid: uid})-[r:CONTAINS]->(a:Artifact)
WHERE r.source = $own AND a.state = 'STORED' AND a.bytes > 0
WITH a, min(v.namespace) AS namespace
WHERE NOT EXISTS {
  MATCH (w:ModelVersion)-[s:CONTAINS]->(a)
  WHERE s.source = $own AND w.filesPurgedAt IS NULL AND w.filesRemovedAt IS NULL AND w.filesTieredAt IS NULL
  RETURN w }
RETURN a.digest, a.bytes, namespace ORDER BY a.digest
"""
_LOCK: LiteralString = """
UNWIND $uids AS uid MATCH (a:Artifact {uid: uid}) SET a.lock = $token
RETURN a.digest, a.state, a.purging IS NOT NULL, a.coldSince IS NOT NULL
"""


@dataclass(frozen=True, slots=True)
class Movable:
    """Bytes that are to be moved.

    Attributes:
        digest: `sha256:…`.
        bytes: how many there are.
        namespace: of a version that has them.
    """

    digest: str
    bytes: int
    namespace: str

    @property
    def content(self) -> Content:
        """The same as a store knows them."""
        return Content(self.digest.removeprefix("sha256:"), self.bytes)


@dataclass(frozen=True, slots=True)
class Moved:
    """What was moved.

    Attributes:
        artifacts: how many.
        bytes: how many bytes these have.
    """

    artifacts: int = 0
    bytes: int = 0


async def begin(transaction: Transaction, versions: Sequence[str], now: int) -> None:
    """Notes that the files of the versions of these uids are to be moved."""
    if versions:
        await transaction.run(_BEGIN, {"uids": sorted(versions), "now": now})


async def move(graph: Graph, store: ArtifactStore, clock: Callable[[], int]) -> Moved:
    """Moves all that is to be; nothing where there is no colder store.

    What cannot be moved keeps nothing else from it.

    Args:
        graph: where it is known.
        store: where the bytes are.
        clock: microseconds since 1970 UTC.

    Raises:
        PedigreeError: the first thing that the graph or the store did not do; the next turn tries again.
    """
    if not isinstance(store, TieredStore):
        return Moved()
    turn = _Turn(graph, store, clock)
    await turn.run()
    if turn.failures:
        raise turn.failures[0]
    return turn.moved


@asynccontextmanager
async def moving(graph: Graph, store: ArtifactStore) -> AsyncGenerator[None]:
    """Has it done now and then while it lasts."""

    async def turn() -> None:
        done = await move(graph, store, lambda: int(time.time() * 1_000_000))
        if done.artifacts:
            structlog.get_logger("pedigree.retention").info("moved", artifacts=done.artifacts, bytes=done.bytes)

    async with recurring(turn, EVERY, "moving", first=_FIRST):
        yield


class _Turn:
    """One look at all that is to be moved.

    Attributes:
        moved: what was.
        failures: what was not done, and why.
    """

    def __init__(self, graph: Graph, store: TieredStore, clock: Callable[[], int]) -> None:
        self.moved = Moved()
        self.failures: list[PedigreeError] = []
        self._graph = graph
        self._store = store
        self._clock = clock

    async def run(self) -> None:
        """Does it, group by group: those that fail are left for the next turn."""
        now, left = self._clock(), set[str]()
        while due := await self._due(now, left):
            uids = await self._spare(due)
            movable = [Movable(*row) for row in await self._read(_MOVABLE, {"uids": uids, "own": OWN})]
            failed = len(self.failures)
            for first in range(0, len(movable), _RECORDED):
                await self._move(movable[first : first + _RECORDED])
            if len(self.failures) == failed:
                await self._graph.execute(_END, {"uids": uids, "now": now})
            else:
                left |= set(uids)

    async def _due(self, now: int, left: set[str]) -> dict[str, tuple[str, str, str]]:
        """The next versions that are due, by uid their keys, but for those that are left."""
        rows = await self._read(_DUE, {"now": now, "count": VERSIONS + len(left)})
        return {row[0]: (row[1], row[2], row[3]) for row in rows if row[0] not in left}

    async def _read(self, statement: LiteralString, values: Mapping[str, Any]) -> list[list[Any]]:
        return await self._graph.read(statement, values, seconds=_SECONDS)

    async def _spare(self, due: Mapping[str, tuple[str, str, str]]) -> list[str]:
        """The versions whose files are to be moved still: those that have come to be protected keep them here."""
        now = self._clock()

        async def work(transaction: Transaction) -> frozenset[str]:
            await cypher.lock(transaction.run, list(due), uuid4().hex)
            spared = await cypher.protected(transaction.run, list(due))
            for each in sorted(spared):
                named = dict(zip(("namespace", "name", "version"), due[each], strict=True))
                nodes = [{"modelVersion": {**named, **_NOT_MOVED}}]
                await record_verified(
                    transaction, self._graph.engine, nodes, (), namespace=due[each][0], caller=SERVICE, now=now
                )
            await transaction.run(_END, {"uids": sorted(spared), "now": now})
            return spared

        spared = await self._graph.write(work, repeatable=True)
        return [each for each in due if each not in spared]

    async def _move(self, movable: Sequence[Movable]) -> None:
        """Moves them. What is missing or damaged stays as it is: who reads it again tells."""
        turns = asyncio.Semaphore(_AT_ONCE)

        async def copy(each: Movable) -> None:
            async with turns:
                await self._store.copy(each.content)

        results = await asyncio.gather(*map(copy, movable), return_exceptions=True)
        copied = [each for each, result in zip(movable, results, strict=True) if result is None]
        moved = await self._graph.write(lambda transaction: self._release(transaction, copied), repeatable=True)
        self.moved = Moved(self.moved.artifacts + len(moved), self.moved.bytes + sum(each.bytes for each in moved))
        for result in results:
            if isinstance(result, PedigreeError) and not isinstance(result, ArtifactMissing | ArtifactDamaged):
                self.failures.append(result)
            elif result is not None and not isinstance(result, PedigreeError):
                raise result

    async def _release(self, transaction: Transaction, copied: Sequence[Movable]) -> list[Movable]:
        """Lets go of what was copied, and records where it lies; which of it is new there.

        Nothing else becomes of the bytes meanwhile: who removes them, or records that they came again, waits. Done once
        more, after a transaction that was not stored, it finds what it did.
        """
        now = self._clock()
        uids = sorted(uid("Artifact", (each.digest,)) for each in copied)
        known = {row[0]: row[1:] for row in await transaction.run(_LOCK, {"uids": uids, "token": uuid4().hex})}
        moved: list[Movable] = []
        for each in copied:
            state, purging, cold = known[each.digest]
            if state == "STORED" and not purging:
                if await self._store.release(each.content) and not cold:
                    moved.append(each)
            elif state == "REMOVED":  # while they were copied; where they come again they come to the other store
                await self._store.cold.delete(each.content.sha256)
        of: dict[str, list[Mapping[str, Any]]] = {}
        for each in moved:
            of.setdefault(each.namespace, []).append({"artifact": {"digest": each.digest, "coldSince": now}})
        for namespace, nodes in sorted(of.items()):
            await record_verified(
                transaction, self._graph.engine, nodes, (), namespace=namespace, caller=SERVICE, now=now
            )
        return moved
