"""Carries out an approved plan: every version is decided on anew, in the transaction that says what becomes of it.

Nothing that was not approved goes. What has come to be protected since, or falls under another rule now, keeps its
files, and the item says why.
"""

from collections.abc import Callable, Mapping
from typing import Any, LiteralString

import orjson

from app.access.service import Caller
from app.graph.driver import Graph
from app.graph.transaction import Transaction
from app.registry.verifying import record_verified
from app.retention import graph as cypher
from app.retention import movable, plans
from app.retention.deciding import Decider, Decision
from app.retention.plans import Item, Plan, State
from app.retention.policy import Action, Policy, policy_of

GROUP = 100
"""Of how many versions the files are taken away in one transaction."""

_OUTCOMES: Mapping[Action, str] = {Action.DELETE_ARTIFACT: "REMOVED", Action.TIER: "TIERED"}
_CHANGED = "CHANGED"
"""The outcome of an item whose version falls under another rule now, or has lost its files otherwise."""

_ADVANCE: LiteralString = """
MATCH (p:RetentionPlan {uid: $uid}) SET p.lock = $worker
WITH p WHERE p.next = $first AND p.state = 'APPLYING'
SET p.next = $next, p.removed = coalesce(p.removed, 0) + $removed, p.spared = coalesce(p.spared, 0) + $spared,
  p.tiered = coalesce(p.tiered, 0) + $tiered
RETURN count(p)
"""


class _Overtaken(Exception):
    """Another service carried out these items."""


class Applying:
    """One service's work at one plan.

    Args:
        graph: where it is kept.
        plan: approved, or half carried out.
        caller: who has it carried out.
        clock: microseconds since 1970 UTC.
        worker: the name of the service's turn.
    """

    def __init__(self, graph: Graph, plan: Plan, caller: Caller, clock: Callable[[], int], worker: str) -> None:
        self._graph = graph
        self._plan = plan
        self._caller = caller
        self._clock = clock
        self._worker = worker
        self._policy: Policy = policy_of(orjson.loads(plan.policy))

    async def run(self) -> None:
        """Takes away, or has moved, the files of all items that are still to be, and notes that it is done.

        Raises:
            GraphError: the graph does not do it; whoever asks again goes on where it stopped.
        """
        for first in range(self._plan.next, self._plan.versions, GROUP):
            items = await plans.items_of(self._graph, self._plan.token, first, min(GROUP, self._plan.versions - first))
            try:
                await self._graph.write(
                    lambda transaction, items=items: self._group(transaction, items), repeatable=True
                )
            except _Overtaken:
                return
        done = {"state": State.APPLIED.value, "appliedAt": self._clock(), "appliedBy": self._caller.uid}

        async def end(transaction: Transaction) -> None:
            await plans.keep(transaction, self._plan.uid, done)

        await self._graph.write(end, repeatable=True)

    async def _group(self, transaction: Transaction, items: list[Item]) -> None:
        by_version = {item.version: item for item in items}
        await cypher.lock(transaction.run, list(by_version), self._worker)
        decider = Decider(self._policy, self._plan.planned_at)
        decided = {each.version.uid: each for each in await decider.of(transaction.run, sorted(by_version))}
        outcomes = {item.number: self._outcome(item, decided.get(item.version)) for item in items}
        removed, tiered = (
            [item for item in items if outcomes[item.number] == _OUTCOMES[each]]
            for each in (Action.DELETE_ARTIFACT, Action.TIER)
        )
        await self._advance(transaction, items, len(removed), len(tiered))
        now = self._clock()
        await self._say(transaction, removed, lambda item: self._taken_away(item, now), now)
        await self._say(transaction, tiered, lambda _: self._tiered(now), now)
        await movable.begin(transaction.run, [item.version for item in tiered], now)
        await plans.note_outcomes(transaction, self._plan.token, outcomes)

    async def _advance(self, transaction: Transaction, items: list[Item], removed: int, tiered: int) -> None:
        values = {
            "uid": self._plan.uid, "worker": self._worker, "first": items[0].number, "next": items[-1].number + 1,
            "removed": removed, "tiered": tiered, "spared": len(items) - removed - tiered,
        }  # fmt: skip
        [[count]] = await transaction.run(_ADVANCE, values)
        if not count:
            raise _Overtaken

    def _taken_away(self, item: Item, now: int) -> Mapping[str, Any]:
        return {
            "filesRemovedAt": now, "filesRemovedUnder": self._policy.name,
            "filesPurgeAt": now + self._policy.rules[item.rule].grace, "filesPurgedAt": None, "bytesFreed": None,
        }  # fmt: skip

    def _tiered(self, now: int) -> Mapping[str, Any]:
        return {"filesTieredAt": now, "filesTieredUnder": self._policy.name}

    async def _say(
        self, transaction: Transaction, items: list[Item], words: Callable[[Item], Mapping[str, Any]], now: int
    ) -> None:
        """Records such words of the version of each item."""
        of: dict[str, list[Mapping[str, Any]]] = {}
        for item in items:
            named = dict(zip(("namespace", "name", "version"), item.key, strict=True))
            of.setdefault(item.key[0], []).append({"modelVersion": {**named, **words(item)}})
        for namespace, nodes in sorted(of.items()):
            await record_verified(
                transaction, self._graph.engine, nodes, (), namespace=namespace, caller=self._caller, now=now
            )

    def _outcome(self, item: Item, decision: Decision | None) -> str:
        if decision is None or (decision.rule is not None and decision.rule != item.rule):
            return _CHANGED
        return _OUTCOMES[self._policy.rules[item.rule].action] if decision.kept is None else decision.kept.value
