"""The Cypher of what is recorded of artifacts and of the files of versions, one function a statement."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, LiteralString

from app.artifacts.content import Content
from app.artifacts.manifest import File, Kind
from app.artifacts.uploads import UploadFile, Version
from app.graph.driver import Graph
from app.graph.transaction import Transaction
from app.registry.request import OWN
from app.registry.sizes import chunks
from graph_schema.identity import uid

Sight = Sequence[str] | None
"""The namespaces that a caller sees; None for all there are."""

LAST = "sha256:g"
"""Sorts after every digest."""

SKEW = 600_000_000
"""Microseconds by which the clocks of two services may differ."""

ABANDONED = 1_200_000_000
"""Microseconds after which who noted that it removes bytes does so no more, and another may take over."""

TAKING = 600_000_000
"""Microseconds for which who noted that it removes bytes asks a store: well before another takes over."""

_ASKED = 5_000
"""Of how many files it is asked at once whether they are gone."""

# What is stored while the usual store lets go of it lies in the colder one. Whoever does that stops after a while.
_REMOVED_SINCE: LiteralString = """
UNWIND $rows AS row MATCH (a:Artifact {uid: row.artifact})
WITH a, row, a.purging IS NOT NULL OR (a.state <> 'STORED' AND a.releasing >= row.since - $abandoned) AS removing
WHERE removing OR (a.state = 'REMOVED' AND a.checkedAt >= row.since)
RETURN a.digest, coalesce(removing, false)
"""
_STRAYS_SINCE: LiteralString = """
UNWIND $rows AS row MATCH (s:Stray {uid: row.stray})
WHERE s.removingSince IS NOT NULL OR s.removedAt >= row.since
RETURN s.digest, s.removingSince IS NOT NULL
"""
_LOCK_VERSION = """
MATCH (v:ModelVersion {uid: $uid}) SET v.lock = $token
RETURN v.filesRemovedAt IS NOT NULL OR v.filesPurgedAt IS NOT NULL OR v.filesPurgeAt IS NOT NULL
"""
_REMOVED = "MATCH (v:ModelVersion {uid: $uid}) RETURN v.filesRemovedAt IS NOT NULL"
_MANIFEST_DIGEST = "MATCH (v:ModelVersion {uid: $uid}) WHERE v.retractedAt IS NULL RETURN v.manifestDigest"
_MANIFEST = """
MATCH (v:ModelVersion {uid: $uid})-[r:CONTAINS]->(a:Artifact) WHERE r.source = $own
RETURN r.path, r.kind, a.digest, a.bytes ORDER BY r.path
"""
_STORED = """
UNWIND $uids AS uid MATCH (a:Artifact {uid: uid}) WHERE a.state = 'STORED' AND EXISTS {
  MATCH (v:ModelVersion)-[r:CONTAINS]->(a)
  WHERE r.source = $own AND v.filesRemovedAt IS NULL AND ($all OR v.namespace IN $sight) RETURN v
}
RETURN a.digest, a.bytes, a.format, a.unsafe, a.flaw
"""
_HELD = "r.source = $own AND ($all OR v.namespace IN $sight)"
_LOOKED_FOR = f"""
WHERE a.sortKey > $after AND a.sortKey <= $to AND a.verifiedAt IS NOT NULL
AND a.state <> 'REMOVED' AND coalesce(a.checkedAt, a.verifiedAt) < $notSince
AND EXISTS {{ MATCH (v:ModelVersion)-[r:CONTAINS]->(a) WHERE {_HELD} RETURN v }}
RETURN a.digest, a.bytes,
  head(COLLECT {{ MATCH (v:ModelVersion)-[r:CONTAINS]->(a) WHERE {_HELD} RETURN v.namespace LIMIT 1 }})
ORDER BY a.sortKey LIMIT $count
"""
_DUE = f"MATCH (a:Artifact) {_LOOKED_FOR}"
_DUE_OF = f"UNWIND $uids AS uid MATCH (a:Artifact {{uid: uid}}) {_LOOKED_FOR}"
_CHECKED = "UNWIND $uids AS uid MATCH (a:Artifact {uid: uid}) SET a.checkedAt = $now"
_LOCK_UNCHANGED = """
UNWIND $rows AS row MATCH (a:Artifact {uid: row[0]}) SET a.lock = row[0]
WITH a, row WHERE a.state <> 'REMOVED' AND coalesce(a.checkedAt, 0) <= row[1] RETURN collect(a.digest)
"""
_STATES = """
UNWIND $uids AS uid MATCH (a:Artifact {uid: uid}) WHERE a.state <> 'STORED' AND EXISTS {
  MATCH (v:ModelVersion)-[r:CONTAINS]->(a) WHERE r.source = $own AND ($all OR v.namespace IN $sight) RETURN v
}
RETURN a.digest, a.state
"""
_AMISS = "MATCH (a:Artifact) WHERE a.state IN $states RETURN a.state, count(a)"
_LOCK_INTACT = """
UNWIND $uids AS uid MATCH (a:Artifact {uid: uid}) SET a.lock = $token
RETURN a.digest, coalesce(a.state = 'STORED', false), coalesce(a.unsafe, false)
"""


@dataclass(frozen=True, slots=True)
class Told:
    """What is recorded of stored bytes.

    Attributes:
        content: what they are.
        format: as their header tells.
        unsafe: whether loading them may execute what is in them.
        flaw: what is wrong with them as a file of their format.
    """

    content: Content
    format: str | None
    unsafe: bool | None
    flaw: str | None


async def removed_since(transaction: Transaction, files: Sequence[UploadFile]) -> dict[str, bool]:
    """Digests of those of these files whose bytes may be gone since they were seen: whether they are being removed now.

    Two services tell the time by clocks that may differ by `SKEW`; so of the others it is for the store to say.
    """
    found: dict[str, bool] = {}
    for first in range(0, len(files), _ASKED):
        rows = [_seen(file) for file in files[first : first + _ASKED]]
        for statement in (_REMOVED_SINCE, _STRAYS_SINCE):
            for digest, removing in await transaction.run(statement, {"rows": rows, "abandoned": ABANDONED}):
                found[digest] = found.get(digest, False) or removing
    return found


def _seen(file: UploadFile) -> dict[str, Any]:
    digest = f"sha256:{file.content.sha256}"
    return {"artifact": uid("Artifact", (digest,)), "stray": uid("Stray", (digest,)), "since": file.done_at - SKEW}


async def lock_version(transaction: Transaction, version: Version, token: str) -> bool:
    """Whether a retention policy has taken the files of a version away, which is locked from now on."""
    rows = await transaction.run(_LOCK_VERSION, {"uid": version.uid, "token": token})
    return bool(rows and rows[0][0])


async def files_removed(graph: Graph, version: Version) -> bool:
    """Whether a retention policy has taken the files of a version away."""
    rows = await graph.read(_REMOVED, {"uid": version.uid})
    return bool(rows and rows[0][0])


async def manifest_digest_of(graph: Graph, version: Version) -> str | None:
    """The digest over the files of a version, where one is known."""
    rows = await graph.read(_MANIFEST_DIGEST, {"uid": version.uid})
    return rows[0][0] if rows else None


async def files_recorded(graph: Graph, version: Version) -> list[File]:
    """The files of a version of which the service itself has read the bytes."""
    rows = await graph.read(_MANIFEST, {"uid": version.uid, "own": OWN})
    return [
        File(path, Content(digest.removeprefix("sha256:"), size), Kind(kind or Kind.OTHER))
        for path, kind, digest, size in rows
    ]


async def stored(graph: Graph, digests: Iterable[str], sight: Sight) -> dict[str, Told]:
    """By digest, of those artifacts that are part of a verified version in sight, what they are.

    Who only knows a digest must not get the bytes by claiming that a version holds them: what clients claim does not
    count here.

    Args:
        graph: where they are.
        digests: as `sha256:…`.
        sight: the namespaces that the caller sees.
    """
    values = {"uids": [uid("Artifact", (each,)) for each in digests], "own": OWN}
    rows = await graph.read(_STORED, {**values, "all": sight is None, "sight": [each for each in sight or () if each]})
    return {digest: Told(_content(digest, size), *others) for digest, size, *others in rows}


async def states(graph: Graph, digests: Iterable[str], sight: Sight) -> dict[str, str]:
    """By digest, what became of those of these that are part of a verified version in sight, and are not there."""
    values = {"uids": [uid("Artifact", (each,)) for each in digests], "own": OWN}
    values |= {"all": sight is None, "sight": [each for each in sight or () if each]}
    rows = await graph.read(_STATES, values)
    return {row[0]: row[1] for row in rows}


async def lock_unchanged(transaction: Transaction, since: Mapping[str, int]) -> frozenset[str]:
    """Which of these are as they were at a time each, in microseconds since 1970 UTC; all are locked from now on."""
    rows = sorted([uid("Artifact", (digest,)), at] for digest, at in since.items())
    [[found]] = await transaction.run(_LOCK_UNCHANGED, {"rows": rows})
    return frozenset(found)


async def lock_intact(
    transaction: Transaction, digests: Iterable[str], token: str
) -> tuple[frozenset[str], frozenset[str]]:
    """Which of these are stored already, as far as is known, whoever sees them; and which are known to be unsafe.

    All are locked from now on.
    """
    intact, unsafe = set[str](), set[str]()
    for rows in chunks([[each] for each in sorted(uid("Artifact", (each,)) for each in digests)]):
        found = await transaction.run(_LOCK_INTACT, {"uids": [row[0] for row in rows], "token": token})
        intact.update(digest for digest, stored, _ in found if stored)
        unsafe.update(digest for digest, _, executes in found if executes)
    return frozenset(intact), frozenset(unsafe)


async def due(
    graph: Graph, not_since: int, only: Iterable[str] | None, after: str, to: str | None, count: int, sight: Sight
) -> list[tuple[str, int, str]]:
    """Stored artifacts that were last read before a time: digest, bytes, and a namespace in sight that each is of.

    Args:
        graph: where they are.
        not_since: the time, in microseconds since 1970 UTC.
        only: of these digests only; None for all.
        after: only digests that sort after it.
        to: only digests up to it; None for all.
        count: how many at most, in the order of their digests.
        sight: the namespaces that the caller sees: as `stored` has it.
    """
    values: dict[str, Any] = {"after": after, "to": to or LAST, "notSince": not_since, "count": count, "own": OWN}
    values |= {"all": sight is None, "sight": [each for each in sight or () if each]}
    if only is None:
        rows = await graph.read(_DUE, values)
    else:
        rows = await graph.read(_DUE_OF, {**values, "uids": [uid("Artifact", (each,)) for each in set(only)]})
    return [(digest, size, namespace) for digest, size, namespace in rows]


async def mark_checked(transaction: Transaction, digests: Iterable[str], now: int) -> None:
    """Notes that these artifacts were read."""
    await transaction.run(_CHECKED, {"uids": [uid("Artifact", (each,)) for each in digests], "now": now})


def _content(digest: str, size: int) -> Content:
    return Content(digest.removeprefix("sha256:"), size)


async def amiss(graph: Graph, states: Sequence[str]) -> dict[str, int]:
    """How many artifacts are in each of these states: all artifacts are looked at for it."""
    found = dict.fromkeys(states, 0)
    rows = await graph.read(_AMISS, {"states": list(states)})
    return found | {row[0]: row[1] for row in rows}
