"""Keeps files whatever a policy says: places holds and lifts them, and gives files back that were taken away."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from uuid import uuid4

from app.access.service import Caller
from app.artifacts.uploads import Version
from app.errors import ErrorCode
from app.graph.driver import Graph
from app.graph.transaction import Transaction
from app.registry.naming import key_uid
from app.registry.speaking import know
from app.registry.verifying import FILES_BACK, record_verified
from app.retention import holds
from app.retention.holds import Hold
from app.retention.policy import MOST_NAME, RetentionRefused
from graph_schema.canonical import flaw_of_text

_MOST_REASON = 2_000
_RESTORABLE = "MATCH (v:ModelVersion {uid: $uid}) SET v.lock = $token RETURN v.filesRemovedAt, v.filesPurgedAt"


class Keeping:
    """Legal holds, and files that are given back.

    Args:
        graph: where they are recorded.
        clock: seconds since 1970 UTC.
    """

    def __init__(self, graph: Graph, clock: Callable[[], float] = time.time) -> None:
        self._graph = graph
        self._clock = clock

    async def place_hold(self, label: str, key: Mapping[str, str], reference: str, reason: str, caller: Caller) -> Hold:
        """The hold, which is on that Model or ModelVersion from now on; one that is there already stays as it is.

        Raises:
            RetentionRefused: there is no such model or version, or the words make no sense.
            GraphError: the graph does not answer.
        """
        about = key_uid(label, key)
        reference, reason = _text(reference, "reference", MOST_NAME), _text(reason, "reason", _MOST_REASON)

        async def work(transaction: Transaction) -> Hold:
            namespace = await holds.touch(transaction, label, about, uuid4().hex, caller.sight)
            if namespace is None:
                raise _nothing_to_hold()
            known = await holds.hold_of(transaction, about, reference)
            if known is not None and known.lifted_at is None:
                return known
            hold = Hold(about, label, namespace, reference, reason, self._now(), caller.uid)
            await know(transaction, caller, self._now(), [namespace])
            await holds.keep(transaction, hold)
            return hold

        return await self._graph.write(work, repeatable=True)

    async def lift_hold(self, label: str, key: Mapping[str, str], reference: str, caller: Caller) -> Hold:
        """The hold, which is lifted from now on.

        Raises:
            RetentionRefused: there is no such hold.
            GraphError: the graph does not answer.
        """
        about = key_uid(label, key)

        async def work(transaction: Transaction) -> Hold:
            namespace = await holds.touch(transaction, label, about, uuid4().hex, caller.sight)
            known = await holds.hold_of(transaction, about, reference.strip()) if namespace is not None else None
            if namespace is None or known is None:
                raise RetentionRefused(
                    "There is no hold of that reference on it.", code=ErrorCode.NOT_FOUND, path="input.reference"
                )
            if known.lifted_at is None:
                await know(transaction, caller, self._now(), [namespace])
                known = replace(known, lifted_at=self._now(), lifted_by=caller.uid)
                await holds.keep(transaction, known)
            return known

        return await self._graph.write(work, repeatable=True)

    async def holds(
        self, after: tuple[int, str], count: int, caller: Caller, *, lifted: bool
    ) -> tuple[Sequence[Hold], int]:
        """The next holds that the caller sees, the newest first, and how many there are."""
        return await holds.list_holds(self._graph, after, count, caller.sight, lifted=lifted)

    async def restore(self, key: Mapping[str, str], caller: Caller) -> None:
        """Gives a version its files back, before their bytes went.

        Raises:
            RetentionRefused: there is no such version, it has its files, or they went.
            GraphError: the graph does not answer.
        """
        version, now = Version(**key), self._now()

        async def work(transaction: Transaction) -> None:
            rows = await transaction.run(_RESTORABLE, {"uid": version.uid, "token": uuid4().hex})
            if not rows or (caller.sight is not None and version.namespace not in caller.sight):
                raise RetentionRefused("There is no such version.", code=ErrorCode.NOT_FOUND, path="input.modelVersion")
            removed_at, purged_at = rows[0]
            if removed_at is None:
                return
            if purged_at is not None:
                raise RetentionRefused(
                    "The bytes of this version are gone.",
                    path="input.modelVersion",
                    remedy="Hand the same files over again: pedigree push.",
                )
            nodes = [{"modelVersion": {**version.key, **FILES_BACK}}]
            await record_verified(
                transaction, self._graph.engine, nodes, (), namespace=version.namespace, caller=caller, now=now
            )

        await self._graph.write(work, repeatable=True)

    def _now(self) -> int:
        return int(self._clock() * 1_000_000)


def _nothing_to_hold() -> RetentionRefused:
    return RetentionRefused("There is no such model or version.", code=ErrorCode.NOT_FOUND, path="input.on")


def _text(given: str, name: str, most: int) -> str:
    text = given.strip()
    if not text or len(text) > most or flaw_of_text(text):
        raise RetentionRefused(f"`{name}` has 1 to {most:,} characters.", path=f"input.{name}")
    return text
