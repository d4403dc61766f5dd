"""Moves: files that a plan gives to the colder store go there, as far as no other version needs them where they are.

The plan says so in the graph first. Then the bytes are copied, which takes as long as it takes. Then, while the
artifact and the versions that have it are locked in the graph, the store lets go of them and it is recorded where they
lie. A service may be killed between any two of these, and two may be at it: what was copied before is only looked at.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
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
from app.registry.verifying import record_verified
from app.retention import graph as cypher
from app.retention import movable
from app.retention.graph import Read
from app.retention.movable import Movable

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


@dataclass(frozen=True, slots=True)
class Moved:
    """What was moved.

    Attributes:
        artifacts: how many.
        bytes: how many bytes these have.
    """

    artifacts: int = 0
    bytes: int = 0


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
        while due := await movable.due(self._read, now, VERSIONS, left):
            uids = await self._spare(due, now)
            found = await movable.files_of(self._read, uids)
            failed = len(self.failures)
            for first in range(0, len(found), _RECORDED):
                await self._move(found[first : first + _RECORDED])
            if len(self.failures) == failed:
                await movable.end(self._graph.execute, uids, now)
            else:
                left |= set(uids)

    async def _read(self, statement: LiteralString, values: Mapping[str, Any]) -> list[list[Any]]:
        return await self._graph.read(statement, values, seconds=_SECONDS)

    async def _spare(self, due: Mapping[str, tuple[str, str, str]], now: int) -> list[str]:
        """The versions whose files are to be moved still: of those that have come to be protected no more is moved."""

        async def work(transaction: Transaction) -> frozenset[str]:
            await cypher.lock(transaction.run, list(due), uuid4().hex)
            spared = await cypher.protected(transaction.run, list(due))
            for each in sorted(spared):
                named = dict(zip(("namespace", "name", "version"), due[each], strict=True))
                nodes = [{"modelVersion": {**named, **_NOT_MOVED}}]
                await record_verified(
                    transaction, self._graph.engine, nodes, (), namespace=due[each][0], caller=SERVICE, now=now
                )
            await movable.end(transaction.run, sorted(spared), now)
            return spared

        spared = await self._graph.write(work, repeatable=True)
        return [each for each in due if each not in spared]

    async def _move(self, files: Sequence[Movable]) -> None:
        """Moves them. What is missing or damaged stays as it is: who reads it again tells."""
        turns = asyncio.Semaphore(_AT_ONCE)

        async def copy(each: Movable) -> bool:
            async with turns:
                return await self._store.copy(each.content)

        held = await movable.holders(self._read, [each.digest for each in files])
        protected = await _protected(self._read, held)  # asked again when they are let go of
        copying = [each for each in files if not each.removed and each.digest not in protected]
        results = await asyncio.gather(*map(copy, copying), return_exceptions=True)
        copied: dict[str, bool] = {}
        for each, result in zip(copying, results, strict=True):
            if isinstance(result, bool):
                copied[each.digest] = result
            elif not isinstance(result, PedigreeError):
                raise result
            elif not isinstance(result, ArtifactMissing | ArtifactDamaged):
                self.failures.append(result)
        settled = await self._graph.write(
            lambda transaction: self._settle(transaction, files, copied), repeatable=True, seconds=_SECONDS
        )
        self.failures += settled.failures
        size = sum(each.bytes for each in settled.moved)
        self.moved = Moved(self.moved.artifacts + len(settled.moved), self.moved.bytes + size)

    async def _settle(
        self, transaction: Transaction, files: Sequence[Movable], copied: Mapping[str, bool]
    ) -> "_Settled":
        """Lets go of what was copied, and records where it lies.

        Who removes the bytes, records that they came again or protects a version that has them waits meanwhile. Done
        once more, after a transaction that was not stored, it finds what it did.
        """
        now, token = self._clock(), uuid4().hex
        digests = [each.digest for each in files]
        held = await movable.holders(transaction.run, digests)
        await cypher.lock(transaction.run, sorted({version for _, version in held}), token)
        protected = await _protected(transaction.run, held)
        known = await movable.lock(transaction.run, digests, token)
        settled = _Settled()
        for each in files:
            state, purging, cold = known[each.digest]
            here = copied.get(each.digest) if state == "STORED" and not purging else None
            try:
                if state == "REMOVED":
                    # While they were copied; where they come again they come to the other store.
                    await self._store.cold.delete(each.content.sha256)
                elif here is not None and each.digest not in protected:
                    await self._let_go(each.content, was_here=here)
                    settled.moved += [] if cold else [each]
            except PedigreeError as error:
                settled.failures.append(error)
        of: dict[str, list[Mapping[str, Any]]] = {}
        for each in settled.moved:
            of.setdefault(each.namespace, []).append({"artifact": {"digest": each.digest, "coldSince": now}})
        for namespace, nodes in sorted(of.items()):
            await record_verified(
                transaction, self._graph.engine, nodes, (), namespace=namespace, caller=SERVICE, now=now
            )
        return settled

    async def _let_go(self, content: Content, *, was_here: bool) -> None:
        """Has bytes lie in the colder store alone. What has come here since it was looked at stays, for the next turn.

        Raises:
            ArtifactMissing: they do not.
        """
        if was_here:
            alone = await self._store.release(content)
        else:
            alone = await self._store.hot.stat(content.sha256) is None
        if not alone:
            raise ArtifactMissing.of(content.sha256)


@dataclass(slots=True)
class _Settled:
    """What became of some artifacts.

    Attributes:
        moved: those that lie in the colder store, and did not before.
        failures: why others do not yet.
    """

    moved: list[Movable] = field(default_factory=list[Movable])
    failures: list[PedigreeError] = field(default_factory=list[PedigreeError])


async def _protected(read: Read, held: Sequence[tuple[str, str]]) -> frozenset[str]:
    """Of which bytes, given with the versions that have them, a version keeps its files whatever a policy says."""
    versions = await cypher.protected(read, sorted({version for _, version in held}))
    return frozenset(digest for digest, version in held if version in versions)
