"""The Cypher by which files are moved to the colder store, one function a statement."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import LiteralString

from app.artifacts import moved
from app.artifacts.content import Content
from app.registry.request import OWN
from app.retention.graph import Read
from graph_schema.identity import uid

_BEGIN: LiteralString = "UNWIND $uids AS uid MATCH (v:ModelVersion {uid: uid}) SET v.filesMoving = $now"
# What was marked anew meanwhile, by a later plan or since its bytes came again, is looked at once more. Locked first:
# another may be about to mark it.
_END: LiteralString = """
UNWIND $rows AS row MATCH (v:ModelVersion {uid: row[0]}) SET v.lock = row[0]
WITH v, row WHERE v.filesMoving = row[1] SET v.filesMoving = null
"""
# In no order: by any other than that of the times the embedded engine would look at every version there is.
_DUE: LiteralString = "MATCH (v:ModelVersion) WHERE v.filesMoving <= $now RETURN v.uid, v.filesMoving LIMIT $count"
# What lies in the colder store already may lie here, too; that is not asked of all versions that have it, which may
# have the same tokenizer.
_MOVABLE: LiteralString = f"""
UNWIND $uids AS uid MATCH (v:ModelVersion {{uid: uid}})-[r:CONTAINS]->(a:Artifact)
WHERE r.source = $own AND a.state IN ['STORED', 'REMOVED'] AND a.bytes > 0
WITH a, min(v.namespace) AS namespace
WHERE a.coldSince IS NOT NULL OR a.state = 'REMOVED' OR NOT {moved.NEEDED_HERE}
RETURN a.digest, a.bytes, namespace, a.state = 'REMOVED', a.coldSince IS NOT NULL, a.verifiedAt,
  a.releasing IS NOT NULL
ORDER BY a.digest
"""
_NEEDED_HERE: LiteralString = f"""
UNWIND $uids AS uid MATCH (a:Artifact {{uid: uid}}) WHERE {moved.NEEDED_HERE} RETURN a.digest
"""
_HOLDERS: LiteralString = """
UNWIND $uids AS uid MATCH (a:Artifact {uid: uid})<-[r:CONTAINS]-(v:ModelVersion)
WHERE r.source = $own AND v.filesPurgedAt IS NULL RETURN DISTINCT a.digest, v.uid
"""
_NOT_WHOLLY_MOVED: LiteralString = """
UNWIND $uids AS uid MATCH (v:ModelVersion {uid: uid})-[r:CONTAINS]->(a:Artifact)
WHERE v.filesTieredAt IS NOT NULL AND r.source = $own
AND a.state = 'STORED' AND a.bytes > 0 AND a.coldSince IS NULL
RETURN DISTINCT v.namespace, v.name, v.version
"""
_LOCK: LiteralString = """
UNWIND $uids AS uid MATCH (a:Artifact {uid: uid}) SET a.lock = $token
RETURN a.digest, a.state, a.purging IS NOT NULL, a.coldSince IS NOT NULL, a.verifiedAt, a.releasing
"""
_CLAIM: LiteralString = "UNWIND $uids AS uid MATCH (a:Artifact {uid: uid}) SET a.releasing = $now"
_UNCLAIM: LiteralString = """
UNWIND $rows AS row MATCH (a:Artifact {uid: row[0]}) SET a.lock = $token
WITH a, row WHERE a.releasing = $since SET a.releasing = null, a.checkedAt = coalesce(row[1], a.checkedAt)
"""


@dataclass(frozen=True, slots=True)
class Movable:
    """Bytes that are to be moved.

    Attributes:
        digest: `sha256:…`.
        bytes: how many there are.
        namespace: of a version that has them.
        removed: whether they were removed since: what was copied meanwhile is to go, too.
        cold: whether they lie in the colder store already: what is in the other, too, is to go.
        verified_at: when the service took them in, in microseconds since 1970 UTC; later where they came again.
        releasing: whether somebody has the usual store let go of them, or did not end it.
    """

    digest: str
    bytes: int
    namespace: str
    removed: bool
    cold: bool
    verified_at: int | None
    releasing: bool

    @property
    def content(self) -> Content:
        """The same as a store knows them."""
        return Content(self.digest.removeprefix("sha256:"), self.bytes)


@dataclass(frozen=True, slots=True)
class Locked:
    """What is known of an artifact that is locked.

    Attributes:
        state: what became of its bytes.
        purging: whether somebody removes them.
        cold: whether they lie in the colder store, as is recorded.
        verified_at: as `Movable` has it.
        releasing: since when somebody has the usual store let go of them; None where nobody has.
    """

    state: str
    purging: bool
    cold: bool
    verified_at: int | None
    releasing: int | None

    def is_still(self, seen: Movable) -> bool:
        """Whether these are the bytes that were seen, which nobody removed, found amiss or handed over again since."""
        return self.state == "STORED" and not self.purging and self.verified_at == seen.verified_at

    def is_free(self, since: int, abandoned: int) -> bool:
        """Whether nobody else has the usual store let go of them: who began at that time, or before an older one."""
        return self.releasing is None or self.releasing == since or self.releasing < abandoned


async def begin(run: Read, versions: Sequence[str], now: int) -> None:
    """Notes that the files of the versions of these uids are to be moved."""
    if versions:
        await run(_BEGIN, {"uids": sorted(versions), "now": now})


async def end(run: Read, versions: Mapping[str, int]) -> None:
    """Notes that those of these uids are not any more, but for what was noted anew since that time of each."""
    if versions:
        await run(_END, {"rows": [[each, marked] for each, marked in sorted(versions.items())]})


async def due(read: Read, now: int, count: int, left: set[str]) -> dict[str, int]:
    """The next versions whose files are to be moved, but for those that are left: by uid, when that was noted."""
    rows = await read(_DUE, {"now": now, "count": count + len(left)})
    return {row[0]: row[1] for row in rows if row[0] not in left}


async def files_of(read: Read, versions: Sequence[str]) -> list[Movable]:
    """What of these versions no other needs where it is, and what was removed of them, by digest."""
    return [Movable(*row) for row in await read(_MOVABLE, {"uids": list(versions), "own": OWN})]


async def needed_here(read: Read, digests: Sequence[str]) -> frozenset[str]:
    """Which of these bytes a version needs where they are, that neither gave them away nor had them moved."""
    return frozenset(row[0] for row in await read(_NEEDED_HERE, {"uids": _uids(digests), "own": OWN}))


async def holders(read: Read, digests: Sequence[str]) -> list[tuple[str, str]]:
    """Which versions have these bytes from the service: digest and uid."""
    return [(row[0], row[1]) for row in await read(_HOLDERS, {"uids": _uids(digests), "own": OWN})]


async def not_wholly_moved(read: Read, versions: Sequence[str]) -> list[tuple[str, str, str]]:
    """Namespace, name and version of those of these that are said to have been moved, and have files here."""
    rows = await read(_NOT_WHOLLY_MOVED, {"uids": sorted(versions), "own": OWN})
    return [(row[0], row[1], row[2]) for row in rows]


async def lock(run: Read, digests: Sequence[str], token: str) -> dict[str, Locked]:
    """Has others who change these artifacts wait, or fail and do it anew: what is known of each, by digest."""
    return {row[0]: Locked(*row[1:]) for row in await run(_LOCK, {"uids": _uids(digests), "token": token})}


async def claim(run: Read, digests: Sequence[str], now: int) -> None:
    """Notes that somebody has the usual store let go of these bytes, since then."""
    if digests:
        await run(_CLAIM, {"uids": _uids(digests), "now": now})


async def unclaim(run: Read, checked: Mapping[str, int | None], since: int, token: str) -> None:
    """Notes that it did, by who has done so since then.

    Args:
        run: runs it.
        checked: of the digests, when the bytes were read or removed: what was read of them before says nothing of
            them now. None where they were not.
        since: as `claim` has it.
        token: of the lock.
    """
    if checked:
        rows = sorted([uid("Artifact", (digest,)), at] for digest, at in checked.items())
        await run(_UNCLAIM, {"rows": rows, "since": since, "token": token})


def _uids(digests: Sequence[str]) -> list[str]:
    return sorted(uid("Artifact", (each,)) for each in digests)
