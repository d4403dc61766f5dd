"""Reads stored bytes again, and records what became of them."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import structlog

from app.access.service import SERVICE, Caller
from app.artifacts import recorded
from app.artifacts.announcing import UploadRefused
from app.artifacts.failures import ArtifactDamaged, ArtifactMissing, ArtifactsError
from app.artifacts.moved import move_again
from app.artifacts.store import ArtifactStore
from app.errors import ErrorCode
from app.graph.driver import Graph
from app.graph.transaction import Transaction
from app.registry.verifying import record_verified

_FIRST = f"sha256:{'0' * 64}"
"""No digest sorts before it."""

MOST = 100
"""How many artifacts are asked for at once."""

_KEPT = 600_000_000
"""Microseconds for which what was found of an artifact waits to be asked for again."""


class State(StrEnum):
    """What became of stored bytes."""

    STORED = "STORED"
    """They are there, and are those of their digest."""

    MISSING = "MISSING"
    """The store has nothing under their digest."""

    DAMAGED = "DAMAGED"
    """What the store has under their digest is something else."""

    UNREADABLE = "UNREADABLE"
    """The store answers, but does not give them."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which artifacts are to be read again, in the order of their digests.

    Attributes:
        not_since: those that were last read before, in microseconds since 1970 UTC.
        only: of these only; None for all.
        after: only digests that sort after it.
        to: only digests up to it; None for all.
        count: how many at most.
    """

    not_since: int
    only: Sequence[str] | None = None
    after: str = ""
    to: str | None = None
    count: int = 25


@dataclass(frozen=True, slots=True)
class Checked:
    """What was found of one artifact.

    Attributes:
        digest: `sha256:…`.
        bytes: how many it has.
        state: what became of them.
        message: what is wrong, and what to do; None where nothing is.
        began_at: when the reading began, in microseconds since 1970 UTC.
    """

    digest: str
    bytes: int
    state: State
    message: str | None = None
    began_at: int = 0


class Watch:
    """One service's readings. What takes longer than a caller may wait goes on, and is waited for by asking again.

    Args:
        graph: where it is recorded.
        store: what is read.
        clock: microseconds since 1970 UTC.
        patience: seconds for which a caller is kept waiting.
    """

    def __init__(self, graph: Graph, store: ArtifactStore, clock: Callable[[], int], patience: float) -> None:
        self._graph = graph
        self._store = store
        self._clock = clock
        self._patience = patience
        self._reading: dict[str, asyncio.Task[Checked]] = {}

    async def verify(self, wanted: Wanted, caller: Caller) -> tuple[list[Checked], str | None]:
        """What was found of the next of these artifacts, and the digest after which to go on; None at the end.

        Raises:
            UploadRefused: it is asked for too many, or for none.
            ArtifactsError: the store itself cannot be used; nothing more is recorded.
            GraphError: the graph does not answer.
        """
        _check(wanted)
        self._forget_old()
        due = await recorded.due(
            self._graph, wanted.not_since, wanted.only, wanted.after, wanted.to, wanted.count + 1, caller.sight
        )
        checked = await self._read([(digest, size) for digest, size, _ in due[: wanted.count]])
        if checked:
            await self._record(checked, {digest: namespace for digest, _, namespace in due})
            _note(checked, caller)
        if len(checked) == len(due):
            return checked, None
        return checked, checked[-1].digest if checked else wanted.after or _FIRST

    async def close(self) -> None:
        """Ends what is being read."""
        for task in self._reading.values():
            task.cancel()
        await asyncio.gather(*self._reading.values(), return_exceptions=True)

    async def _read(self, due: Sequence[tuple[str, int]]) -> list[Checked]:
        """What was found of the first of these, as many as could be read in time."""
        loop = asyncio.get_running_loop()
        until, found = loop.time() + self._patience, list[Checked]()
        for digest, size in due:
            task = self._task(digest, size)
            await asyncio.wait({task}, timeout=max(until - loop.time(), 0))
            if not task.done() or task.cancelled():
                break
            self._reading.pop(digest, None)  # of two who asked for it both take it
            found.append(task.result())
        return found

    def _task(self, digest: str, size: int) -> asyncio.Task[Checked]:
        task = self._reading.get(digest)
        if task is None:
            task = asyncio.create_task(self._look(digest, size, self._clock()))
            self._reading[digest] = task
            task.add_done_callback(_seen)
        return task

    def _forget_old(self) -> None:
        """Lets go of what was read and never asked for again; what is there is taken, and not read anew."""
        before = self._clock() - _KEPT
        for digest, task in list(self._reading.items()):
            failed = task.done() and (task.cancelled() or task.exception() is not None)
            if failed or (task.done() and task.result().began_at < before):
                del self._reading[digest]

    async def _look(self, digest: str, size: int, began_at: int) -> Checked:
        try:
            async for _ in self._store.read(digest.removeprefix("sha256:")):
                pass
        except ArtifactMissing as error:
            return Checked(digest, size, State.MISSING, error.message, began_at)
        except ArtifactDamaged as error:
            return Checked(digest, size, State.DAMAGED, error.message, began_at)
        except ArtifactsError as error:
            await self._store.check()  # where the store itself fails, nothing is known of its bytes
            return Checked(digest, size, State.UNREADABLE, error.message, began_at)
        return Checked(digest, size, State.STORED, began_at=began_at)

    async def _record(self, checked: Sequence[Checked], namespaces: Mapping[str, str]) -> None:
        now, engine = self._clock(), self._graph.engine

        async def work(transaction: Transaction) -> None:
            # What was handed over again or removed while it was read is known better than by that reading.
            newest = await recorded.lock_unchanged(transaction, {each.digest: each.began_at for each in checked})
            # Each in a namespace that it is of already: that it was read again lets nobody see it who did not.
            of = {namespace: list[Any]() for namespace in sorted(namespaces.values())}
            for each in checked:
                if each.digest in newest:
                    of[namespaces[each.digest]].append({"artifact": {"digest": each.digest, "state": each.state.value}})
            for namespace, nodes in of.items():
                # The service found it, not whoever asked for it: that is in the log.
                await record_verified(transaction, engine, nodes, (), namespace=namespace, caller=SERVICE, now=now)
            await recorded.mark_checked(transaction, newest, now)
            right = {each.digest for each in checked if each.digest in newest and each.state is State.STORED}
            await move_again(transaction, right, now, again=False)  # what was not so when others were moved

        await self._graph.write(work, repeatable=True)


async def amiss(graph: Graph) -> dict[str, int]:
    """How many artifacts the service last found not to be in the store as they should: by each such `State`.

    Raises:
        GraphError: the graph does not answer.
    """
    return await recorded.amiss(graph, [state.value for state in State if state is not State.STORED])


def _seen(task: asyncio.Task[Checked]) -> None:
    """Looks at what a reading failed with, since whoever waited for it may have left."""
    if not task.cancelled():
        task.exception()


def _note(checked: Sequence[Checked], caller: Caller) -> None:
    wrong = [f"{each.digest} {each.state.value}" for each in checked if each.state is not State.STORED]
    structlog.get_logger("pedigree.artifacts").info("verified", caller=caller.uid, read=len(checked), wrong=wrong)


def _check(wanted: Wanted) -> None:
    if not 1 <= wanted.count <= MOST:
        raise UploadRefused(f"`first` is {wanted.count}: ask for 1 to {MOST}.", code=ErrorCode.BAD_PAGE)
    if wanted.only is not None and not 1 <= len(wanted.only) <= MOST:
        raise UploadRefused(f"Name 1 to {MOST} artifacts, and not {len(wanted.only)}.", path="input.artifacts")
