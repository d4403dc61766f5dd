"""The Cypher by which files are moved to the colder store, one function a statement."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import LiteralString

from app.artifacts.content import Content
from app.registry.request import OWN
from app.retention.graph import Read
from graph_schema.identity import uid

_BEGIN: LiteralString = "UNWIND $uids AS uid MATCH (v:ModelVersion {uid: uid}) SET v.filesMoving = $now"
# What was marked anew meanwhile, by a later plan or since its bytes came again, is looked at once more.
_END: LiteralString = (
    "UNWIND $uids AS uid MATCH (v:ModelVersion {uid: uid}) WHERE v.filesMoving <= $now SET v.filesMoving = null"
)
# In no order: by any other than that of the times the embedded engine would look at every version there is.
_DUE: LiteralString = """
MATCH (v:ModelVersion) WHERE v.filesMoving <= $now RETURN v.uid, v.namespace, v.name, v.version LIMIT $count
"""
# Others need them where they are if they have them from the service, and neither gave them away nor are to be moved.
_MOVABLE: LiteralString = """
UNWIND $uids AS uid MATCH (v:ModelVersion {uid: uid})-[r:CONTAINS]->(a:Artifact)
WHERE r.source = $own AND a.state IN ['STORED', 'REMOVED'] AND a.bytes > 0
WITH a, min(v.namespace) AS namespace
WHERE NOT EXISTS {
  MATCH (w:ModelVersion)-[s:CONTAINS]->(a)
  WHERE s.source = $own AND w.filesPurgedAt IS NULL AND w.filesRemovedAt IS NULL AND w.filesTieredAt IS NULL
  RETURN w }
RETURN a.digest, a.bytes, namespace, a.state = 'REMOVED' ORDER BY a.digest
"""
_HOLDERS: LiteralString = """
UNWIND $uids AS uid MATCH (a:Artifact {uid: uid})<-[r:CONTAINS]-(v:ModelVersion)
WHERE r.source = $own AND v.filesPurgedAt IS NULL RETURN DISTINCT a.digest, v.uid
"""
_LOCK: LiteralString = """
UNWIND $uids AS uid MATCH (a:Artifact {uid: uid}) SET a.lock = $token
RETURN a.digest, a.state, a.purging IS NOT NULL, a.coldSince IS NOT NULL
"""


@dataclass(frozen=True, slots=True)
class Movable:
    """Bytes that are to be moved.

    Attributes:
        digest: `sha256:…`.
        bytes: how many there are.
        namespace: of a version that has them.
        removed: whether they were removed since: what was copied meanwhile is to go, too.
    """

    digest: str
    bytes: int
    namespace: str
    removed: bool

    @property
    def content(self) -> Content:
        """The same as a store knows them."""
        return Content(self.digest.removeprefix("sha256:"), self.bytes)


async def begin(run: Read, versions: Sequence[str], now: int) -> None:
    """Notes that the files of the versions of these uids are to be moved."""
    if versions:
        await run(_BEGIN, {"uids": sorted(versions), "now": now})


async def end(run: Read, versions: Sequence[str], now: int) -> None:
    """Notes that they are not any more, but for what was noted after that time."""
    if versions:
        await run(_END, {"uids": list(versions), "now": now})


async def due(read: Read, now: int, count: int, left: set[str]) -> dict[str, tuple[str, str, str]]:
    """The next versions whose files are to be moved, by uid their keys, but for those that are left."""
    rows = await read(_DUE, {"now": now, "count": count + len(left)})
    return {row[0]: (row[1], row[2], row[3]) for row in rows if row[0] not in left}


async def files_of(read: Read, versions: Sequence[str]) -> list[Movable]:
    """What of these versions no other needs where it is, and what was removed of them, by digest."""
    return [Movable(*row) for row in await read(_MOVABLE, {"uids": list(versions), "own": OWN})]


async def holders(read: Read, digests: Sequence[str]) -> list[tuple[str, str]]:
    """Which versions have these bytes from the service: digest and uid."""
    return [(row[0], row[1]) for row in await read(_HOLDERS, {"uids": _uids(digests), "own": OWN})]


async def lock(run: Read, digests: Sequence[str], token: str) -> dict[str, tuple[str, bool, bool]]:
    """Has others who change these artifacts wait: by digest the state, whether they are being purged, whether cold."""
    rows = await run(_LOCK, {"uids": _uids(digests), "token": token})
    return {row[0]: (row[1], row[2], row[3]) for row in rows}


def _uids(digests: Sequence[str]) -> list[str]:
    return sorted(uid("Artifact", (each,)) for each in digests)
