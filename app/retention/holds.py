"""Legal holds: while one is on a model or a version, no policy takes its files away."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, LiteralString

from app.graph.driver import Graph
from app.graph.transaction import Transaction
from app.retention.graph import Sight
from graph_schema.identity import uid

# A statement for each label, since a look-up without one scans.
_TOUCH: dict[str, LiteralString] = {
    "Model": "MATCH (n:Model {uid: $uid}) WHERE n.retractedAt IS NULL AND ($all OR n.namespace IN $sight) "
    "SET n.lock = $token RETURN n.namespace",
    "ModelVersion": "MATCH (n:ModelVersion {uid: $uid}) WHERE n.retractedAt IS NULL AND ($all OR n.namespace IN $sight)"
    " SET n.lock = $token RETURN n.namespace",
}
_HOLDS: dict[str, LiteralString] = {
    "Model": "MATCH (n:Model {uid: $uid}) SET n.holds = "
    "[each IN coalesce(n.holds, []) WHERE each <> $reference] + $added",
    "ModelVersion": "MATCH (n:ModelVersion {uid: $uid}) SET n.holds = "
    "[each IN coalesce(n.holds, []) WHERE each <> $reference] + $added",
}
_OF_HOLDS: LiteralString = (
    "h.about, h.aboutLabel, h.namespace, h.reference, h.reason, h.placedAt, h.placedBy, h.liftedAt, h.liftedBy"
)
_HOLD: LiteralString = f"MATCH (h:LegalHold {{uid: $uid}}) RETURN {_OF_HOLDS}"
_KEEP = "MERGE (h:LegalHold {uid: $uid}) SET h += $properties"
_LIST: LiteralString = f"""
MATCH (h:LegalHold) WHERE ($all OR h.namespace IN $sight) AND ($lifted OR h.liftedAt IS NULL)
AND (h.placedAt < $at OR (h.placedAt = $at AND h.uid > $after))
RETURN {_OF_HOLDS} ORDER BY h.placedAt DESC, h.uid LIMIT $count
"""
_COUNT = """
MATCH (h:LegalHold) WHERE ($all OR h.namespace IN $sight) AND ($lifted OR h.liftedAt IS NULL) RETURN count(h)
"""


@dataclass(frozen=True, slots=True)
class Hold:
    """A legal hold.

    Attributes:
        about: the uid of the node that it is on.
        label: of that node.
        namespace: of that node.
        reference: what the hold is known by.
        reason: why it is held.
        placed_at: in microseconds since 1970 UTC, as all times here.
        placed_by: the uid of the actor.
        lifted_at: when it was lifted; None while it lasts.
        lifted_by: the uid of the actor who lifted it.
    """

    about: str
    label: str
    namespace: str
    reference: str
    reason: str
    placed_at: int
    placed_by: str
    lifted_at: int | None = None
    lifted_by: str | None = None

    @property
    def uid(self) -> str:
        """Of its node."""
        return hold_uid(self.about, self.reference)


def hold_uid(about: str, reference: str) -> str:
    """The uid of the hold of that reference on the node of that uid."""
    return uid("LegalHold", (about, reference))


async def touch(transaction: Transaction, label: str, node: str, token: str, sight: Sight) -> str | None:
    """The namespace of a model or version in sight, which is locked from now on; None where there is none."""
    values = {"uid": node, "token": token, **_seen(sight)}
    rows = await transaction.run(_TOUCH[label], values)
    return rows[0][0] if rows else None


async def hold_of(transaction: Transaction, about: str, reference: str) -> Hold | None:
    """The hold of that reference on the node of that uid, also one that was lifted."""
    rows = await transaction.run(_HOLD, {"uid": hold_uid(about, reference)})
    return Hold(*rows[0]) if rows else None


async def keep(transaction: Transaction, hold: Hold) -> None:
    """Stores a hold, and marks its node as held while it lasts."""
    properties: dict[str, Any] = {
        "about": hold.about, "aboutLabel": hold.label, "namespace": hold.namespace, "reference": hold.reference,
        "reason": hold.reason, "placedAt": hold.placed_at, "placedBy": hold.placed_by, "liftedAt": hold.lifted_at,
        "liftedBy": hold.lifted_by,
    }  # fmt: skip
    await transaction.run(_KEEP, {"uid": hold.uid, "properties": properties})
    added = [hold.reference] if hold.lifted_at is None else []
    await transaction.run(_HOLDS[hold.label], {"uid": hold.about, "reference": hold.reference, "added": added})


async def list_holds(
    graph: Graph, after: tuple[int, str], count: int, sight: Sight, *, lifted: bool
) -> tuple[Sequence[Hold], int]:
    """The next holds in sight, the newest first, and how many there are; with those that were lifted, if asked for."""
    values = {"lifted": lifted, **_seen(sight)}
    rows = await graph.read(_LIST, {**values, "at": after[0], "after": after[1], "count": count})
    [[total]] = await graph.read(_COUNT, values)
    return [Hold(*row) for row in rows], total


def _seen(sight: Sight) -> dict[str, Any]:
    return {"all": sight is None, "sight": list(sight or ())}
