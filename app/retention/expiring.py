"""Lets plans expire that nobody approved: their items go, which else would pile up for ever with each plan.

The plan itself stays, with its digest and its numbers; and of one that was approved all stays, since it is the record
of what was decided. A service may be killed at any point: the next goes on where it stopped.
"""

from collections.abc import Callable
from typing import Final, LiteralString

from app.graph.driver import Graph
from app.graph.transaction import Transaction
from app.retention.plans import item_uid

LIFE: Final = 90 * 24 * 60 * 60 * 1_000_000
"""Microseconds after its planning in which a plan can be approved."""

_ITEMS = 1_000
"""How many items go in one transaction."""

_PLANS = 100

_UNAPPROVED: LiteralString = "p.state IN ['PLANNING', 'PLANNED'] AND coalesce(p.workerUntil, 0) < $now"
_DUE = f"""
MATCH (p:RetentionPlan) WHERE p.plannedAt < $before AND {_UNAPPROVED} RETURN p.uid ORDER BY p.uid LIMIT $count
"""
# The lock first, and what was seen anew: it may be approved at this moment.
_EXPIRE = f"""
UNWIND $uids AS uid MATCH (p:RetentionPlan {{uid: uid}}) SET p.lock = uid
WITH p WHERE {_UNAPPROVED} SET p.state = 'EXPIRED', p.next = 0
"""
_EXPIRED = """
MATCH (p:RetentionPlan) WHERE p.state = 'EXPIRED' AND p.next IS NOT NULL
RETURN p.uid, p.token ORDER BY p.uid LIMIT $count
"""
_STANDS_AT = "MATCH (p:RetentionPlan {uid: $uid}) SET p.lock = $uid RETURN p.next"
_COUNT = "UNWIND $uids AS uid MATCH (i:RetentionItem {uid: uid}) RETURN count(i)"
_FORGET = "UNWIND $uids AS uid MATCH (i:RetentionItem {uid: uid}) DETACH DELETE i"
_ADVANCE = "MATCH (p:RetentionPlan {uid: $uid}) SET p.next = $next"


async def expire(graph: Graph, clock: Callable[[], int]) -> int:
    """How many plans lost all of their items: those that were not approved in 90 days, made to their end or not.

    Args:
        graph: where they are kept.
        clock: microseconds since 1970 UTC.

    Raises:
        GraphError: the graph does not do it; what is left is done by the next.
    """
    now, count = clock(), 0
    while uids := await _due(graph, now):
        await _expire(graph, uids, now)
    while expired := await graph.read(_EXPIRED, {"count": _PLANS}):
        for plan, token in expired:
            while await _forget(graph, plan, token):
                pass
        count += len(expired)
    return count


async def _due(graph: Graph, now: int) -> list[str]:
    return [row[0] for row in await graph.read(_DUE, {"before": now - LIFE, "now": now, "count": _PLANS})]


async def _expire(graph: Graph, plans: list[str], now: int) -> None:
    await graph.execute(_EXPIRE, {"uids": plans, "now": now})


async def _forget(graph: Graph, plan: str, token: str) -> bool:
    """Deletes the next items of a plan; whether there may be more."""

    async def work(transaction: Transaction) -> bool:
        [[first]] = await transaction.run(_STANDS_AT, {"uid": plan})
        if first is None:
            return False  # another service deleted the last
        uids = [item_uid(token, number) for number in range(first, first + _ITEMS)]
        [[found]] = await transaction.run(_COUNT, {"uids": uids})
        more = found == len(uids)
        await transaction.run(_FORGET, {"uids": uids})
        await transaction.run(_ADVANCE, {"uid": plan, "next": first + found if more else None})
        return more

    return await graph.write(work, repeatable=True)
