"""Makes a plan: decides of every version, and keeps those whose files go or are moved, page by page."""

from collections import Counter
from collections.abc import AsyncGenerator, Iterable, Mapping
from hashlib import sha256
from typing import Any, LiteralString

from app.graph.driver import Graph
from app.graph.transaction import Transaction
from app.retention import plans
from app.retention.deciding import Decider, Decision
from app.retention.freeing import Freed
from app.retention.plans import Item, Plan, State
from app.retention.policy import Action, Policy
from graph_schema.canonical import canonical

SECONDS = 600.0
"""How long one statement may take: nobody waits for the whole."""

_ITEMS = 1_000
"""How many items are read at once."""


class Fingerprint:
    """The digest over a plan: its policy, its time, the sight of who planned, and each item in turn.

    Args:
        plan: the plan.
    """

    def __init__(self, plan: Plan) -> None:
        namespaces = None if plan.sight is None else list(plan.sight)
        self._hash = sha256()
        self._add({"policy": plan.policy_digest, "plannedAt": plan.planned_at, "namespaces": namespaces})

    def add(self, items: Iterable[Item]) -> None:
        """Takes in the next items."""
        for item in items:
            self._add([item.number, *item.key, item.rule, item.files, item.bytes])

    @property
    def digest(self) -> str:
        """`sha256:` and the digest over what was taken in."""
        return f"sha256:{self._hash.hexdigest()}"

    def _add(self, value: object) -> None:
        self._hash.update(f"{canonical(value)}\n".encode())


async def make(graph: Graph, plan: Plan, policy: Policy) -> None:
    """Fills a plan that was begun, and notes that it is made.

    Raises:
        GraphError: the graph does not answer; what was kept is of no use then, and harms nothing.
    """
    fingerprint, kept, freed = Fingerprint(plan), Counter[str](), Freed()
    count = size = moving = moved = 0

    async def read(statement: LiteralString, values: Mapping[str, Any]) -> list[list[Any]]:
        return await graph.read(statement, values, seconds=SECONDS)

    async for decisions in Decider(policy, plan.planned_at).all(read, plan.sight):
        kept.update(each.kept.value for each in decisions if each.kept is not None)
        items = _items(decisions, count)
        if items:
            await _keep(graph, plan.token, items)
            tiered = [item for item in items if policy.rules[item.rule].action is Action.TIER]
            await freed.add(read, [item for item in items if policy.rules[item.rule].action is not Action.TIER])
            fingerprint.add(items)
            count += len(items)
            size += sum(item.bytes for item in items)
            moving += len(tiered)
            moved += sum(item.bytes for item in tiered)
    properties = {
        "state": State.PLANNED.value, "digest": fingerprint.digest, "versions": count, "bytes": size,
        "freedBytes": freed.bytes, "tierVersions": moving, "tierBytes": moved, "kept": canonical(dict(kept)), "next": 0,
    }  # fmt: skip
    await _note(graph, plan, properties)


async def every_item(graph: Graph, plan: Plan, first: int = 0) -> AsyncGenerator[list[Item]]:
    """The items of a plan from that number on, some hundreds at a time."""
    for start in range(first, plan.versions, _ITEMS):
        yield await plans.items_of(graph, plan.token, start, min(_ITEMS, plan.versions - start))


async def digest_of(graph: Graph, plan: Plan) -> str:
    """The digest of a plan as it is kept now."""
    fingerprint = Fingerprint(plan)
    async for items in every_item(graph, plan):
        fingerprint.add(items)
    return fingerprint.digest


def _items(decisions: Iterable[Decision], first: int) -> list[Item]:
    going = [each for each in decisions if each.rule is not None]
    return [
        Item(number, each.version.key, each.rule or 0, each.version.files, each.version.bytes)
        for number, each in enumerate(going, first)
    ]


async def _keep(graph: Graph, token: str, items: list[Item]) -> None:
    async def work(transaction: Transaction) -> None:
        await plans.keep_items(transaction, token, items)

    await graph.write(work, repeatable=True)


async def _note(graph: Graph, plan: Plan, properties: Mapping[str, Any]) -> None:
    async def work(transaction: Transaction) -> None:
        await plans.keep(transaction, plan.uid, properties)

    await graph.write(work, repeatable=True)
