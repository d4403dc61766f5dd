"""A retention plan: what it is, and the Cypher that keeps it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, LiteralString

from app.graph.driver import Graph
from app.graph.transaction import Transaction
from app.retention.graph import Sight
from graph_schema.identity import uid

_OF_PLANS: LiteralString = (
    "p.token, p.policy, p.policyName, p.policyDigest, p.namespaces, p.state, p.plannedAt, p.plannedBy, p.digest, "
    "p.versions, p.bytes, p.freedBytes, p.kept, p.approvedAt, p.approvedBy, p.appliedAt, p.appliedBy, p.removed, "
    "p.spared, p.tierVersions, p.tierBytes, p.tiered, p.next, coalesce(p.workerUntil, 0) > $now"
)
_SEEN: LiteralString = "($all OR (p.namespaces IS NOT NULL AND all(each IN p.namespaces WHERE each IN $sight)))"
_OF_ITEMS: LiteralString = "i.number, i.namespace, i.model, i.versionName, i.rule, i.files, i.bytes, i.outcome"
_PLAN: LiteralString = f"MATCH (p:RetentionPlan {{uid: $uid}}) RETURN {_OF_PLANS}"
_PLANS: LiteralString = f"""
MATCH (p:RetentionPlan) WHERE {_SEEN} AND (p.plannedAt < $at OR (p.plannedAt = $at AND p.uid > $after))
RETURN {_OF_PLANS} ORDER BY p.plannedAt DESC, p.uid LIMIT $count
"""
_COUNT: LiteralString = f"MATCH (p:RetentionPlan) WHERE {_SEEN} RETURN count(p)"
_KEEP = "MERGE (p:RetentionPlan {uid: $uid}) SET p += $properties"
_CHANGE = """
MATCH (p:RetentionPlan {uid: $uid}) SET p.lock = $uid
WITH p WHERE p.state = $before SET p += $properties RETURN count(p)
"""
_KEEP_ITEMS = "UNWIND $rows AS row MERGE (i:RetentionItem {uid: row[0]}) SET i += row[1]"
_ITEMS: LiteralString = f"""
UNWIND $uids AS uid MATCH (i:RetentionItem {{uid: uid}}) RETURN {_OF_ITEMS} ORDER BY i.number
"""
_OUTCOMES = "UNWIND $rows AS row MATCH (i:RetentionItem {uid: row[0]}) SET i.outcome = row[1]"
_CLAIM = """
MATCH (p:RetentionPlan {uid: $uid}) SET p.lock = $worker
SET p.worker = CASE WHEN p.worker IS NULL OR p.worker = $worker OR p.workerUntil < $now THEN $worker ELSE p.worker END
SET p.workerUntil = CASE WHEN p.worker = $worker THEN $until ELSE p.workerUntil END
RETURN p.worker = $worker
"""
_RELEASE = "MATCH (p:RetentionPlan {uid: $uid}) WHERE p.worker = $worker SET p.worker = null, p.workerUntil = null"
_MADE_BY = "MATCH (t:ApiToken {uid: $uid}) RETURN t.createdBy = $actor"


class State(StrEnum):
    """Where a plan stands."""

    PLANNING = "PLANNING"
    """It is being made."""

    ABANDONED = "ABANDONED"
    """It never was made to its end, and nobody is at it: stored as one that is being made."""

    PLANNED = "PLANNED"
    """It waits for a second person."""

    APPROVED = "APPROVED"
    """A second person has approved it."""

    APPLYING = "APPLYING"
    """Files are being taken away; whoever asks again goes on with it."""

    APPLIED = "APPLIED"
    """It was carried out to its end."""

    EXPIRED = "EXPIRED"
    """Nobody approved it in 90 days, and its items are gone, or are going."""


@dataclass(frozen=True, slots=True)
class Plan:
    """A plan.

    Attributes:
        token: its name.
        policy: as `Policy.data` gives it, in JSON.
        policy_name: the policy's name.
        policy_digest: `sha256:…` of the policy.
        sight: the namespaces that whoever planned sees; None for all.
        state: where it stands.
        planned_at: of which time it is, in microseconds since 1970 UTC, as all times here.
        planned_by: the uid of who had it planned.
        digest: over the policy, the time and all items; None while it is being made.
        versions: how many it names.
        bytes: how many bytes their files have, each version by itself.
        freed_bytes: how many the store would be freed of.
        kept: in JSON, by reason, how many other versions with files keep them.
        approved_at: when it was approved; None for never.
        approved_by: by whom.
        applied_at: when it was carried out to its end.
        applied_by: who had it carried out.
        removed: of how many versions the files were taken away so far.
        spared: how many were kept after all.
        tier_versions: how many of its versions have their files moved to the colder store, and do not lose them.
        tier_bytes: how many bytes these have, each version by itself.
        tiered: of how many the files were given to the colder store so far.
        next: the number of the first item that is still to be carried out.
        working: whether a service is at it.
    """

    token: str
    policy: str
    policy_name: str
    policy_digest: str
    sight: Sight
    state: State
    planned_at: int
    planned_by: str
    digest: str | None = None
    versions: int = 0
    bytes: int = 0
    freed_bytes: int = 0
    kept: str = "{}"
    approved_at: int | None = None
    approved_by: str | None = None
    applied_at: int | None = None
    applied_by: str | None = None
    removed: int = 0
    spared: int = 0
    tier_versions: int = 0
    tier_bytes: int = 0
    tiered: int = 0
    next: int = 0
    working: bool = False

    @property
    def uid(self) -> str:
        """Of its node."""
        return plan_uid(self.token)


@dataclass(frozen=True, slots=True)
class Item:
    """A version in a plan.

    Attributes:
        number: which item, from 0.
        key: namespace, name and version.
        rule: the number of the rule that it falls under.
        files: how many files it has.
        bytes: how many bytes they have, equal ones counted once.
        outcome: `REMOVED`, `TIERED`, or why they were kept after all; None until it is carried out.
    """

    number: int
    key: tuple[str, str, str]
    rule: int
    files: int
    bytes: int
    outcome: str | None = None

    @property
    def version(self) -> str:
        """The uid of the version."""
        return uid("ModelVersion", self.key)


def plan_uid(token: str) -> str:
    """The uid of a plan."""
    return uid("RetentionPlan", (token,))


def item_uid(token: str, number: int) -> str:
    """The uid of an item of the plan of that name."""
    return uid("RetentionItem", (token, number))


async def plan_of(graph: Graph, plan: str, now: int) -> Plan | None:
    """The plan of that uid."""
    rows = await graph.read(_PLAN, {"uid": plan, "now": now})
    return _plan(rows[0]) if rows else None


async def list_plans(
    graph: Graph, after: tuple[int, str], count: int, now: int, sight: Sight
) -> tuple[list[Plan], int]:
    """The next plans whose namespaces are all in sight, the newest first, and how many there are."""
    seen = {"all": sight is None, "sight": list(sight or ())}
    rows = await graph.read(_PLANS, {**seen, "at": after[0], "after": after[1], "count": count, "now": now})
    [[total]] = await graph.read(_COUNT, seen)
    return [_plan(row) for row in rows], total


async def keep(transaction: Transaction, plan: str, properties: Mapping[str, Any]) -> None:
    """Notes these properties of the plan of that uid, which is made if it is not there."""
    await transaction.run(_KEEP, {"uid": plan, "properties": dict(properties)})


async def change(transaction: Transaction, plan: str, before: State, properties: Mapping[str, Any]) -> bool:
    """Notes these properties of a plan, if it still is in that state; whether it was."""
    values = {"uid": plan, "before": before.value, "properties": dict(properties)}
    return bool((await transaction.run(_CHANGE, values))[0][0])


async def keep_items(transaction: Transaction, token: str, items: Sequence[Item]) -> None:
    """Stores items of a plan."""
    await transaction.run(_KEEP_ITEMS, {"rows": [_item_row(token, each) for each in items]})


async def items_of(graph: Graph, token: str, first: int, count: int) -> list[Item]:
    """The items of a plan from that number on, so many."""
    rows = await graph.read(_ITEMS, {"uids": [item_uid(token, number) for number in range(first, first + count)]})
    return [Item(row[0], (row[1], row[2], row[3]), *row[4:]) for row in rows]


async def note_outcomes(transaction: Transaction, token: str, outcomes: Mapping[int, str]) -> None:
    """Notes what became of items, by number."""
    rows = [[item_uid(token, number), outcome] for number, outcome in outcomes.items()]
    await transaction.run(_OUTCOMES, {"rows": rows})


async def claim(graph: Graph, plan: str, worker: str, now: int, until: int) -> bool:
    """Whether that service may work at the plan until then; another does, where it may not."""
    rows = await graph.execute(_CLAIM, {"uid": plan, "worker": worker, "now": now, "until": until})
    return bool(rows and rows[0][0])


async def release(graph: Graph, plan: str, worker: str) -> None:
    """Lets others work at it."""
    await graph.execute(_RELEASE, {"uid": plan, "worker": worker})


async def made_token(graph: Graph, token: str, actor: str) -> bool:
    """Whether that actor made the token of that uid."""
    rows = await graph.read(_MADE_BY, {"uid": token, "actor": actor})
    return bool(rows and rows[0][0])


def _plan(row: Sequence[Any]) -> Plan:
    token, policy, name, policy_digest, namespaces, state, *rest = row
    planned_at, planned_by, digest, versions, size, freed, kept, *more = rest
    approved_at, approved_by, applied_at, applied_by, removed, spared, *last = more
    tier_versions, tier_bytes, tiered, following, working = last
    standing = State(state)
    if standing is State.PLANNING and not working:
        standing = State.ABANDONED
    return Plan(
        token, policy, name, policy_digest, namespaces, standing, planned_at, planned_by, digest, versions or 0,
        size or 0, freed or 0, kept or "{}", approved_at, approved_by, applied_at, applied_by, removed or 0,
        spared or 0, tier_versions or 0, tier_bytes or 0, tiered or 0, following or 0, working,
    )  # fmt: skip


def _item_row(token: str, item: Item) -> list[Any]:
    namespace, name, version = item.key
    found = item_uid(token, item.number)
    return [
        found,
        {
            "plan": token, "number": item.number, "namespace": namespace, "model": name, "versionName": version,
            "rule": item.rule, "files": item.files, "bytes": item.bytes,
        },
    ]  # fmt: skip
