"""The Cypher of what a policy had moved to the colder store, one function a statement."""

from collections.abc import Iterable
from typing import LiteralString

from app.graph.driver import Graph
from app.graph.transaction import Transaction
from app.registry.request import OWN
from app.registry.sizes import chunks
from graph_schema.identity import uid

NEEDED_HERE: LiteralString = """EXISTS {
  MATCH (w:ModelVersion)-[s:CONTAINS]->(a)
  WHERE s.source = $own AND w.filesPurgedAt IS NULL AND w.filesRemovedAt IS NULL AND w.filesTieredAt IS NULL
  RETURN w }"""
"""Whether the bytes of `a` are needed in the usual store: by a version that has them from the service, which neither
gave its files away nor had them moved."""

TO_BE_MOVED: LiteralString = f"a.state = 'STORED' AND a.bytes > 0 AND a.coldSince IS NULL AND NOT {NEEDED_HERE}"
"""Whether the bytes of `a` may lie in the colder store, and do not yet."""

# One version for each artifact: with whatever version it is met, it is moved for all.
MARK: LiteralString = """
MATCH (a)<-[r:CONTAINS]-(v:ModelVersion)
WHERE r.source = $own AND v.filesTieredAt IS NOT NULL AND v.filesRemovedAt IS NULL
WITH a, min(v.uid) AS found WITH DISTINCT found ORDER BY found
MATCH (w:ModelVersion {uid: found}) SET w.filesMoving = $now
"""
"""Notes that `a` is to be moved."""

# What is amiss there nobody can look for without a service that runs.
_COLD: LiteralString = "MATCH (a:Artifact) WHERE a.coldSince > 0 AND a.state = 'STORED' RETURN a.digest LIMIT 1"
_AGAIN: LiteralString = f"""
UNWIND $uids AS uid MATCH (a:Artifact {{uid: uid}})
WHERE ($again AND a.coldSince IS NOT NULL) OR ({TO_BE_MOVED})
WITH DISTINCT a {MARK}
"""


async def any_cold(graph: Graph) -> bool:
    """Whether any artifact lies in the colder store, as is recorded."""
    return bool(await graph.read(_COLD))


async def move_again(transaction: Transaction, digests: Iterable[str], now: int, *, again: bool) -> None:
    """Notes that bytes are to be moved to the colder store, where a policy had those of a version moved.

    Args:
        transaction: of the change.
        digests: of the bytes.
        now: in microseconds since 1970 UTC.
        again: whether they came again, so that those that lie there may lie in the other store, too.
    """
    for rows in chunks([[each] for each in sorted(uid("Artifact", (each,)) for each in digests)]):
        values = {"uids": [row[0] for row in rows], "own": OWN, "now": now, "again": again}
        await transaction.run(_AGAIN, values)
