"""Moves: files that a plan gives to the colder store go there, as far as no other version needs them where they are.

The plan says so in the graph first. Then the bytes are copied, which takes as long as it takes. Then it is recorded
that they lie there, and then the usual store lets go of them. A service may be killed between any two of these, and two
may be at it: what was done before is only looked at.
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
from app.artifacts.failures import ArtifactDamaged, ArtifactMissing
from app.artifacts.store import ArtifactStore
from app.artifacts.tiers import TieredStore
from app.errors import PedigreeError
from app.graph.driver import Graph
from app.graph.transaction import Transaction
from app.recurring import recurring
from app.registry.verifying import record_verified
from app.retention import movable
from app.retention.letting_go import let_go
from app.retention.movable import Movable
from app.retention.staying import Protection, protected_by_now, stay

EVERY: Final = 600.0
"""Seconds between two looks at what is to be moved."""

_FIRST: Final = 120.0
"""Seconds before the first look."""

VERSIONS: Final = 10
"""Of how many versions the files are moved at once: each may have 10,000."""

_FILES: Final = 20
"""How many files are copied, recorded and let go of at once."""

_AT_ONCE: Final = 4
"""How many files are copied at a time."""

_SECONDS: Final = 600.0
"""How long one statement, or all of a transaction, may take: nobody waits for it."""

_MOST_FAILURES: Final = 50
"""After how many a turn is at its end: then it is the store that fails, or the graph."""


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

    What cannot be moved keeps nothing else from it, unless much cannot.

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
    if turn.failure is not None:
        raise turn.failure
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
        failure: the first thing that was not done.
    """

    def __init__(self, graph: Graph, store: TieredStore, clock: Callable[[], int]) -> None:
        self.moved = Moved()
        self.failure: PedigreeError | None = None
        self._failures = 0
        self._left = set[str]()
        self._staying = set[str]()
        self._told = set[str]()
        self._graph = graph
        self._store = store
        self._clock = clock

    async def run(self) -> None:
        """Does it, group by group: those that fail are left for the next turn."""
        now = self._clock()
        while self._failures < _MOST_FAILURES and (due := await movable.due(self._read, now, VERSIONS, self._left)):
            await self._store.cold.check()  # else each file would fail by itself
            await self._try(due)

    async def _try(self, due: Mapping[str, int]) -> None:
        """Moves the files of these versions; where that is too much for the graph, of one by one."""
        failures = self._failures
        try:
            await self._move(due)
        except PedigreeError as error:
            for each in due if len(due) > 1 else ():
                await self._try({each: due[each]})
            if len(due) == 1:
                self._note(error)
        else:
            if self._failures == failures:
                await movable.end(self._graph.execute, due)
                return
        self._left |= due.keys()

    def _note(self, failure: PedigreeError) -> None:
        self.failure = self.failure or failure
        self._failures += 1

    async def _read(self, statement: LiteralString, values: Mapping[str, Any]) -> list[list[Any]]:
        return await self._graph.read(statement, values, seconds=_SECONDS)

    async def _move(self, due: Mapping[str, int]) -> None:
        """Moves the files of these versions, but for those that a version has which is protected."""
        files = await movable.files_of(self._read, list(due))
        protection = Protection(self._read)
        for first in range(0, len(files), _FILES):
            if self._failures >= _MOST_FAILURES:
                return
            some = [each for each in files[first : first + _FILES] if each.digest not in self._staying]
            await self._keep(*await protection.of([each.digest for each in some if not each.cold]))
            await self._move_files([each for each in some if each.digest not in self._staying])

    async def _keep(self, digests: frozenset[str], versions: frozenset[str]) -> None:
        """Has these bytes stay in this turn, for these versions."""
        self._staying |= digests
        await stay(self._graph, versions - self._told, self._clock)
        self._told |= versions

    async def _move_files(self, files: Sequence[Movable]) -> None:
        """Moves them. What is missing or damaged stays as it is: who reads it again tells."""
        copied = await self._copy([each for each in files if not each.removed])
        await self._record([each for each in copied if not each.cold])
        here = {each: copied.get(each, False) for each in files if each.removed or each.releasing or copied.get(each)}
        for failure in await let_go(self._graph, self._store, here, self._clock):
            self._note(failure)

    async def _copy(self, files: Sequence[Movable]) -> dict[Movable, bool]:
        """Those of which the colder store has the bytes now, and whether the usual one had them, too."""
        turns = asyncio.Semaphore(_AT_ONCE)

        async def copy(each: Movable) -> bool:
            async with turns:
                return await self._store.copy(each.content)

        results = await asyncio.gather(*map(copy, files), return_exceptions=True)
        copied: dict[Movable, bool] = {}
        for each, result in zip(files, results, strict=True):
            if isinstance(result, bool):
                copied[each] = result
            elif not isinstance(result, PedigreeError):
                raise result
            else:
                self._staying.add(each.digest)  # a file of many versions is met again
                if not isinstance(result, ArtifactMissing | ArtifactDamaged):
                    self._note(result)
        return copied

    async def _record(self, copied: Sequence[Movable]) -> None:
        """Says that these lie in the colder store, but for what is needed where it is after all."""
        if not copied:
            return
        await self._keep(*await protected_by_now(self._read, [each.digest for each in copied]))
        going = {each.digest: each for each in copied if each.digest not in self._staying}

        async def work(transaction: Transaction) -> list[Movable]:
            now = self._clock()
            known = await movable.lock(transaction.run, list(going), uuid4().hex)
            needed = await movable.needed_here(transaction.run, list(going))
            moved = [
                each
                for digest, each in going.items()
                if digest not in needed and known[digest].is_still(each) and not known[digest].cold
            ]
            of: dict[str, list[Mapping[str, Any]]] = {}
            for each in moved:
                of.setdefault(each.namespace, []).append({"artifact": {"digest": each.digest, "coldSince": now}})
            for namespace, nodes in sorted(of.items()):
                await record_verified(
                    transaction, self._graph.engine, nodes, (), namespace=namespace, caller=SERVICE, now=now
                )
            return moved

        if going:
            moved = await self._graph.write(work, repeatable=True, seconds=_SECONDS)
            size = sum(each.bytes for each in moved)
            self.moved = Moved(self.moved.artifacts + len(moved), self.moved.bytes + size)
