"""The Cypher by which bytes go, one function a statement."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import LiteralString

from app.artifacts import moved
from app.graph.driver import Graph
from app.graph.transaction import Transaction
from app.registry.request import OWN
from graph_schema.identity import uid

_DUE = """
MATCH (v:ModelVersion) WHERE v.filesPurgeAt <= $now
RETURN v.uid, v.namespace, v.name, v.version ORDER BY v.uid LIMIT $count
"""
_STILL_DUE = """
UNWIND $uids AS uid MATCH (v:ModelVersion {uid: uid}) WHERE v.filesPurgeAt <= $now RETURN uid
"""
_LOCK_ARTIFACTS = """
UNWIND $uids AS uid MATCH (v:ModelVersion {uid: uid})-[r:CONTAINS]->(a:Artifact) WHERE r.source = $own
WITH DISTINCT a ORDER BY a.uid SET a.lock = $token
"""
# Whoever says that another version has the same bytes keeps them, and also one that waits for its own purge.
_REMOVABLE = """
UNWIND $uids AS uid MATCH (v:ModelVersion {uid: uid})-[r:CONTAINS]->(a:Artifact)
WHERE r.source = $own AND a.state IS NOT NULL AND a.state <> 'REMOVED' AND a.bytes > 0
WITH a, min(uid) AS version
WHERE NOT EXISTS {
  MATCH (w:ModelVersion)-[:CONTAINS]->(a) WHERE w.filesPurgedAt IS NULL AND NOT w.uid IN $uids RETURN w }
RETURN a.digest, CASE WHEN a.state = 'MISSING' THEN 0 ELSE a.bytes END, version ORDER BY a.digest
"""
# What a version that is gone had where it was, and others that were moved have, too, is moved now.
_MOVE_SHARED: LiteralString = f"""
UNWIND $uids AS uid MATCH (:ModelVersion {{uid: uid}})-[r:CONTAINS]->(a:Artifact)
WHERE r.source = $own AND {moved.TO_BE_MOVED}
WITH DISTINCT a {moved.MARK}
"""
_MARK = "UNWIND $uids AS uid MATCH (a:Artifact {uid: uid}) WHERE a.state = 'REMOVED' SET a.purging = $now"
_UNMARK = """
UNWIND $uids AS uid MATCH (a:Artifact {uid: uid}) WHERE a.state = 'REMOVED' SET a.purging = null, a.checkedAt = $now
"""
_MARKED = "MATCH (a:Artifact) WHERE a.purging < $before RETURN a.digest ORDER BY a.digest LIMIT $count"


@dataclass(frozen=True, slots=True)
class Due:
    """A version whose bytes are due.

    Attributes:
        uid: of its node.
        key: namespace, name and version.
    """

    uid: str
    key: tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Removable:
    """Bytes that no version needs any more.

    Attributes:
        digest: `sha256:…`.
        bytes: how many there are.
        version: the uid of the version to which they count, of several that had them.
    """

    digest: str
    bytes: int
    version: str


async def due(graph: Graph, now: int, count: int) -> list[Due]:
    """Versions whose bytes are due at a time, in microseconds since 1970 UTC."""
    rows = await graph.read(_DUE, {"now": now, "count": count})
    return [Due(row[0], (row[1], row[2], row[3])) for row in rows]


async def still_due(transaction: Transaction, versions: Sequence[str], now: int) -> frozenset[str]:
    """Which of these versions, that are locked, are due at a time: one may have its files again since it was seen."""
    return frozenset(row[0] for row in await transaction.run(_STILL_DUE, {"uids": list(versions), "now": now}))


async def removable(transaction: Transaction, versions: Sequence[str]) -> list[Removable]:
    """The bytes of these versions that no other has, and which are locked from now on."""
    values = {"uids": sorted(versions), "own": OWN}
    await transaction.run(_LOCK_ARTIFACTS, {**values, "token": values["uids"][0] if versions else ""})
    return [Removable(*row) for row in await transaction.run(_REMOVABLE, values)]


async def move_shared(transaction: Transaction, versions: Sequence[str], now: int) -> None:
    """Notes that what these versions, whose bytes go, shared with versions that were moved is to be moved, too."""
    await transaction.run(_MOVE_SHARED, {"uids": sorted(versions), "own": OWN, "now": now})


async def mark_within(transaction: Transaction, digests: Sequence[str], now: int) -> None:
    """Notes that somebody is removing these bytes, since then."""
    await transaction.run(_MARK, {"uids": _uids(digests), "now": now})


async def mark(graph: Graph, digests: Sequence[str], now: int) -> None:
    """The same by itself."""
    await graph.execute(_MARK, {"uids": _uids(digests), "now": now})


async def unmark(graph: Graph, digests: Sequence[str], now: int) -> None:
    """Notes that these bytes are gone."""
    await graph.execute(_UNMARK, {"uids": _uids(digests), "now": now})


async def marked(graph: Graph, before: int, count: int) -> list[str]:
    """Digests of bytes that somebody began to remove before that time, and did not."""
    return [row[0] for row in await graph.read(_MARKED, {"before": before, "count": count})]


def _uids(digests: Sequence[str]) -> list[str]:
    return sorted(uid("Artifact", (each,)) for each in digests)
