"""The Cypher by which the store is compared with what is recorded, one function a statement."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from app.graph.driver import Graph
from graph_schema.identity import uid

LAST = "sha256:g"
"""Sorts after every digest."""

_RECORDED = """
MATCH (a:Artifact) WHERE a.sortKey > $after AND a.sortKey <= $to AND a.state IS NOT NULL
RETURN a.digest, a.bytes, a.state ORDER BY a.sortKey LIMIT $count
"""
_AWAITED = "UNWIND $digests AS digest MATCH (f:UploadFile {digest: digest}) RETURN DISTINCT digest"
# Of a version that lost its files nothing is needed; whoever says that another is made of the bytes keeps them.
_NEEDED = """
UNWIND $rows AS row MATCH (a:Artifact {uid: row[1]})
WHERE (a.state IS NOT NULL AND a.state <> 'REMOVED') OR a.purging IS NOT NULL OR EXISTS {
  MATCH (v:ModelVersion)-[:CONTAINS]->(a) WHERE v.filesPurgedAt IS NULL RETURN v }
RETURN row[0]
"""
_MARK = """
UNWIND $rows AS row MERGE (s:Stray {uid: row[1]})
SET s.digest = row[0], s.removingSince = $now, s.expiresAt = $expires
"""
_MARKED = "MATCH (s:Stray) WHERE s.removingSince < $before RETURN s.digest ORDER BY s.digest LIMIT $count"
_GONE = "UNWIND $rows AS row MATCH (s:Stray {uid: row[1]}) SET s.removingSince = null, s.removedAt = $now"
# When they were removed before stays known: an upload may have seen them just before that.
_UNMARK = """
UNWIND $rows AS row MATCH (s:Stray {uid: row[1]}) WHERE s.removingSince = $since SET s.removingSince = null
"""
_FORGET = "MATCH (s:Stray) WHERE s.expiresAt < $now AND s.removingSince IS NULL WITH s LIMIT 5000 DELETE s"


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
    """Which of these are files of an upload that is known, so that they may be recorded any time."""
    return frozenset(row[0] for row in await graph.read(_AWAITED, {"digests": sorted(digests)}))


async def needed(graph: Graph, digests: Iterable[str]) -> frozenset[str]:
    """Which of these are recorded as held, are being removed by others, or are said to be a version's."""
    return frozenset(row[0] for row in await graph.read(_NEEDED, {"rows": _rows(digests, "Artifact")}))


async def mark(graph: Graph, digests: Iterable[str], now: int, expires_at: int) -> None:
    """Notes that somebody is removing these bytes, since then; times are in microseconds since 1970 UTC."""
    await graph.execute(_MARK, {"rows": _rows(digests, "Stray"), "now": now, "expires": expires_at})


async def marked(graph: Graph, before: int, count: int) -> list[str]:
    """Digests of bytes that somebody began to remove before that time, and did not."""
    return [row[0] for row in await graph.read(_MARKED, {"before": before, "count": count})]


async def gone(graph: Graph, digests: Sequence[str], now: int) -> None:
    """Notes that these bytes are removed."""
    await graph.execute(_GONE, {"rows": _rows(digests, "Stray"), "now": now})


async def unmark(graph: Graph, digests: Iterable[str], since: int) -> None:
    """Notes that they stay after all: the mark goes that was set then."""
    await graph.execute(_UNMARK, {"rows": _rows(digests, "Stray"), "since": since})


async def forget(graph: Graph, now: int) -> None:
    """Forgets what was removed long ago."""
    await graph.execute(_FORGET, {"now": now})


def _rows(digests: Iterable[str], label: str) -> list[list[str]]:
    return [[digest, uid(label, (digest,))] for digest in sorted(digests)]
