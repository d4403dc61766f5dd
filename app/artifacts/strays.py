"""The Cypher by which the store is compared with what is recorded, one function a statement."""

from collections.abc import Iterable
from dataclasses import dataclass

from app.artifacts.uploads import LIFE
from app.graph.driver import Graph
from graph_schema.identity import uid

_RECORDED = """
MATCH (a:Artifact) WHERE a.sortKey > $after AND a.sortKey <= $to AND a.state IS NOT NULL
RETURN a.digest, a.bytes, a.state ORDER BY a.sortKey LIMIT $count
"""
_AWAITED = """
UNWIND $digests AS digest MATCH (f:UploadFile {digest: digest}) MATCH (u:Upload {uid: f.upload})
WHERE NOT u.complete RETURN DISTINCT digest
"""
# Of a version that lost its files nothing is needed; whoever says that another is made of the bytes keeps them.
_NEEDED = """
UNWIND $rows AS row MATCH (a:Artifact {uid: row[1]})
WHERE (a.state IS NOT NULL AND a.state <> 'REMOVED') OR a.purging IS NOT NULL OR EXISTS {
  MATCH (v:ModelVersion)-[:CONTAINS]->(a) WHERE v.filesPurgedAt IS NULL RETURN v }
RETURN row[0]
"""
# Locked first: of two who would remove the same, one does. It may be sent twice.
_CLAIM = """
UNWIND $rows AS row MERGE (s:Stray {uid: row[1]}) SET s.lock = $remover
WITH s, row WHERE s.removingSince IS NULL OR s.removingSince < $abandoned OR s.remover = $remover
SET s.digest = row[0], s.removingSince = $now, s.remover = $remover, s.expiresAt = $expires
RETURN row[0]
"""
_CLAIMED = "MATCH (s:Stray) WHERE s.removingSince < $before RETURN s.digest ORDER BY s.digest LIMIT $count"
_GONE = """
UNWIND $rows AS row MATCH (s:Stray {uid: row[1]}) WHERE s.remover = $remover
SET s.removingSince = null, s.remover = null, s.removedAt = $now
"""
# When they were removed before stays known: an upload may have seen them just before that.
_LET_GO = """
UNWIND $rows AS row MATCH (s:Stray {uid: row[1]}) WHERE s.remover = $remover
SET s.removingSince = null, s.remover = null
"""
# An upload that is begun again and again may have seen them long ago.
_FORGET = """
MATCH (s:Stray) WHERE s.expiresAt < $now AND s.removingSince IS NULL
AND NOT EXISTS { MATCH (f:UploadFile {digest: s.digest}) RETURN f }
WITH s LIMIT 5000 DELETE s
"""


@dataclass(frozen=True, slots=True)
class Recorded:
    """What is recorded of an artifact that the service itself has read at some time.

    Attributes:
        digest: `sha256:…`.
        bytes: how many it has.
        state: what became of them.
    """

    digest: str
    bytes: int
    state: str


async def recorded(graph: Graph, after: str, to: str, count: int) -> list[Recorded]:
    """The next artifacts after one digest and up to another, in the order of their digests."""
    rows = await graph.read(_RECORDED, {"after": after, "to": to, "count": count})
    return [Recorded(*row) for row in rows]


async def awaited(graph: Graph, digests: Iterable[str]) -> frozenset[str]:
    """Which of these are files of an upload that has not ended, so that they may be recorded any time."""
    return frozenset(row[0] for row in await graph.read(_AWAITED, {"digests": sorted(digests)}))


async def needed(graph: Graph, digests: Iterable[str]) -> frozenset[str]:
    """Which of these are recorded as held, are being removed by others, or are said to be a version's."""
    return frozenset(row[0] for row in await graph.read(_NEEDED, {"rows": _rows(digests, "Artifact")}))


async def claim(graph: Graph, digests: Iterable[str], remover: str, now: int, abandoned: int) -> frozenset[str]:
    """Notes that a remover is removing these bytes, but for those that another is; those that it is.

    Args:
        graph: where it is noted.
        digests: of the bytes.
        remover: a name of its own.
        now: in microseconds since 1970 UTC.
        abandoned: what another claimed before that time is its own no longer.
    """
    values = {"remover": remover, "now": now, "abandoned": abandoned, "expires": now + LIFE}
    rows = await graph.execute(_CLAIM, {"rows": _rows(digests, "Stray"), **values})
    return frozenset(row[0] for row in rows)


async def claimed(graph: Graph, before: int, count: int) -> list[str]:
    """Digests of bytes that somebody began to remove before that time, and did not."""
    return [row[0] for row in await graph.read(_CLAIMED, {"before": before, "count": count})]


async def note_removed(graph: Graph, digests: Iterable[str], remover: str, now: int) -> None:
    """Notes that these bytes, which that remover claimed, are removed."""
    await graph.execute(_GONE, {"rows": _rows(digests, "Stray"), "remover": remover, "now": now})


async def let_go(graph: Graph, digests: Iterable[str], remover: str) -> None:
    """Notes that these bytes, which that remover claimed, stay after all."""
    await graph.execute(_LET_GO, {"rows": _rows(digests, "Stray"), "remover": remover})


async def forget(graph: Graph, now: int) -> None:
    """Forgets what was removed long ago, and is named by no upload."""
    await graph.execute(_FORGET, {"now": now})


def _rows(digests: Iterable[str], label: str) -> list[list[str]]:
    return [[digest, uid(label, (digest,))] for digest in sorted(digests)]
