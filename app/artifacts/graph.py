"""The Cypher of uploads and of stored artifacts, one function a statement."""

from collections.abc import Iterable, Sequence
from typing import Any

from app.artifacts.content import Content
from app.artifacts.manifest import File, Kind
from app.artifacts.uploads import UploadFile, Version, VersionUpload, file_uid
from app.graph.driver import Graph
from app.graph.transaction import Transaction
from app.registry.request import OWN
from app.registry.sizes import chunks
from graph_schema.identity import uid

Sight = Sequence[str] | None
"""The namespaces that a caller sees; None for all there are."""

_LAST = "sha256:g"
"""Sorts after every digest."""

_OF_UPLOADS = (
    "u.uid, u.namespace, u.model, u.versionName, u.manifestDigest, u.place, u.complete, u.files, u.bytes, "
    "u.verifiedBytes, u.expiresAt, coalesce(u.verifierUntil, 0) > $now"
)
_OF_FILES = "f.number, f.path, f.digest, f.bytes, f.kind, f.token, f.done, f.format, f.unsafe"

_UPLOAD = f"MATCH (u:Upload {{uid: $uid}}) WHERE u.actor = $actor RETURN {_OF_UPLOADS}"
_ANNOUNCE = "MERGE (u:Upload {uid: $uid}) SET u += $properties"
_ANNOUNCE_FILES = "UNWIND $rows AS row MERGE (f:UploadFile {uid: row[0]}) SET f = row[1]"
_PROLONG = "MATCH (u:Upload {uid: $uid}) SET u.expiresAt = $expires"
_FILES = f"UNWIND $uids AS uid MATCH (f:UploadFile {{uid: uid}}) RETURN {_OF_FILES} ORDER BY f.number"
_KEEP_TOKENS = """
UNWIND $rows AS row MATCH (f:UploadFile {uid: row[0]}) SET f.token = coalesce(f.token, row[1])
RETURN f.number, f.token
"""
_BEGIN_ANEW = "UNWIND $uids AS uid MATCH (f:UploadFile {uid: uid}) SET f.token = null"
_DONE = """
MATCH (u:Upload {uid: $upload})
UNWIND $rows AS row MATCH (f:UploadFile {uid: row[0]}) WHERE NOT f.done
SET f.done = true, f.format = row[1], f.unsafe = row[2]
WITH u, sum(f.bytes) AS more SET u.verifiedBytes = u.verifiedBytes + more
"""
_CLAIM = """
MATCH (u:Upload {uid: $uid})
SET u.verifier = CASE WHEN u.verifier IS NULL OR u.verifier = $verifier OR u.verifierUntil < $now
                 THEN $verifier ELSE u.verifier END
SET u.verifierUntil = CASE WHEN u.verifier = $verifier THEN $until ELSE u.verifierUntil END
RETURN u.verifier = $verifier
"""
_RELEASE = "MATCH (u:Upload {uid: $uid}) WHERE u.verifier = $verifier SET u.verifier = null, u.verifierUntil = null"
_COMPLETE = "MATCH (u:Upload {uid: $uid}) SET u.complete = true, u.verifiedBytes = u.bytes"
_FORGET_FILES = "UNWIND $uids AS uid MATCH (f:UploadFile {uid: uid}) DELETE f"

_EXPIRED = """
MATCH (u:Upload) WHERE u.expiresAt < $now AND coalesce(u.verifierUntil, 0) < $now RETURN u.uid, u.files LIMIT $limit
"""
_FORGET = "MATCH (u:Upload {uid: $uid}) DELETE u"
_PLACES = "MATCH (u:Upload) RETURN collect(u.place)"

_MANIFEST_DIGEST = "MATCH (v:ModelVersion {uid: $uid}) WHERE v.retractedAt IS NULL RETURN v.manifestDigest"
_MANIFEST = """
MATCH (v:ModelVersion {uid: $uid})-[r:CONTAINS]->(a:Artifact) WHERE r.source = $own
RETURN r.path, r.kind, a.digest, a.bytes ORDER BY r.path
"""
_STORED = """
UNWIND $uids AS uid MATCH (a:Artifact {uid: uid}) WHERE a.state = 'STORED' AND EXISTS {
  MATCH (v:ModelVersion)-[r:CONTAINS]->(a) WHERE r.source = $own AND ($all OR v.namespace IN $sight) RETURN v
}
RETURN a.digest, a.bytes, a.format, a.unsafe
"""
_HELD = "r.source = $own AND ($all OR v.namespace IN $sight)"
_LOOKED_FOR = f"""
WHERE a.sortKey > $after AND a.sortKey <= $to AND a.verifiedAt IS NOT NULL
AND coalesce(a.checkedAt, a.verifiedAt) < $notSince
AND EXISTS {{ MATCH (v:ModelVersion)-[r:CONTAINS]->(a) WHERE {_HELD} RETURN v }}
RETURN a.digest, a.bytes,
  head(COLLECT {{ MATCH (v:ModelVersion)-[r:CONTAINS]->(a) WHERE {_HELD} RETURN v.namespace LIMIT 1 }})
ORDER BY a.sortKey LIMIT $count
"""
_DUE = f"MATCH (a:Artifact) {_LOOKED_FOR}"
_DUE_OF = f"UNWIND $uids AS uid MATCH (a:Artifact {{uid: uid}}) {_LOOKED_FOR}"
_CHECKED = "UNWIND $uids AS uid MATCH (a:Artifact {uid: uid}) SET a.checkedAt = $now"
_DAMAGED = """
UNWIND $uids AS uid MATCH (a:Artifact {uid: uid}) WHERE a.state IN ['DAMAGED', 'UNREADABLE'] RETURN a.digest
"""
_INTACT = "UNWIND $uids AS uid MATCH (a:Artifact {uid: uid}) WHERE a.state = 'STORED' RETURN collect(a.digest)"


async def upload_of(graph: Graph, upload: str, actor: str, now: int) -> VersionUpload | None:
    """The upload of that uid, if that actor announced it; the time is in microseconds since 1970 UTC."""
    rows = await graph.read(_UPLOAD, {"uid": upload, "actor": actor, "now": now})
    return _upload(rows[0]) if rows else None


async def prolong(graph: Graph, upload: VersionUpload, expires_at: int) -> None:
    """Keeps what arrived of an upload until then."""
    await graph.execute(_PROLONG, {"uid": upload.uid, "expires": expires_at})


async def announce(
    transaction: Transaction, upload: VersionUpload, actor: str, began_at: int, files: Sequence[UploadFile]
) -> None:
    """Stores an upload with its files, in place of what was known of it."""
    properties = {
        "actor": actor, "version": upload.version.uid, "manifestDigest": upload.manifest_digest,
        "namespace": upload.version.namespace, "model": upload.version.name, "versionName": upload.version.version,
        "place": upload.place, "complete": upload.complete, "files": upload.files, "bytes": upload.bytes,
        "verifiedBytes": upload.verified_bytes, "beganAt": began_at, "expiresAt": upload.expires_at,
    }  # fmt: skip
    await transaction.run(_ANNOUNCE, {"uid": upload.uid, "properties": properties})
    for rows in chunks([_row(upload.uid, file) for file in files]):
        await transaction.run(_ANNOUNCE_FILES, {"rows": rows})


async def files_of(graph: Graph, upload: str, numbers: Iterable[int]) -> list[UploadFile]:
    """Those files of the upload of that uid, by number; none that it has not, or that were forgotten."""
    rows = await graph.read(_FILES, {"uids": [file_uid(upload, number) for number in numbers]})
    return [_file(row) for row in rows]


async def keep_tokens(graph: Graph, upload: str, tokens: Iterable[tuple[int, str]]) -> dict[int, str]:
    """By number, the token that counts: that of whoever told the store of the file first."""
    rows = [[file_uid(upload, number), token] for number, token in tokens]
    return {row[0]: row[1] for row in await graph.execute(_KEEP_TOKENS, {"rows": rows})}


async def begin_anew(graph: Graph, upload: str, numbers: Iterable[int]) -> None:
    """Forgets what the store called these files: what arrived of them was thrown away."""
    await graph.execute(_BEGIN_ANEW, {"uids": [file_uid(upload, number) for number in numbers]})


async def mark_done(graph: Graph, upload: str, files: Iterable[UploadFile]) -> None:
    """Notes that nothing of these files need come any more, and what their headers told."""
    rows = [[file_uid(upload, file.number), file.format, file.unsafe] for file in files]
    if rows:
        await graph.execute(_DONE, {"upload": upload, "rows": rows})


async def claim(graph: Graph, upload: str, verifier: str, now: int, until: int) -> bool:
    """Whether that service may verify the upload until then; another does, where it may not."""
    rows = await graph.execute(_CLAIM, {"uid": upload, "verifier": verifier, "now": now, "until": until})
    return bool(rows and rows[0][0])


async def release(graph: Graph, upload: str, verifier: str) -> None:
    """Lets others verify it."""
    await graph.execute(_RELEASE, {"uid": upload, "verifier": verifier})


async def mark_complete(transaction: Transaction, upload: str) -> None:
    """Notes that all of an upload is recorded."""
    await transaction.run(_COMPLETE, {"uid": upload})


async def forget_files(graph: Graph, upload: str, files: int) -> None:
    """Forgets how so many files of an upload arrived."""
    for rows in chunks([[file_uid(upload, number)] for number in range(files)]):
        await graph.execute(_FORGET_FILES, {"uids": [row[0] for row in rows]})


async def forget_upload(graph: Graph, upload: str, files: int) -> None:
    """Forgets an upload of so many files."""
    await forget_files(graph, upload, files)
    await graph.execute(_FORGET, {"uid": upload})


async def expired_uploads(graph: Graph, now: int, limit: int) -> list[tuple[str, int]]:
    """The uids of uploads whose time is over, each with the number of its files."""
    return [(uid, files) for uid, files in await graph.read(_EXPIRED, {"now": now, "limit": limit})]


async def places_of(graph: Graph) -> frozenset[str]:
    """Where the uploads arrive that are known."""
    return frozenset((await graph.read(_PLACES))[0][0])


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


async def stored(graph: Graph, digests: Iterable[str], sight: Sight) -> dict[str, tuple[Content, str | None, bool]]:
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
    return {digest: (_content(digest, size), format_, unsafe) for digest, size, format_, unsafe in rows}


async def intact(transaction: Transaction, digests: Iterable[str]) -> frozenset[str]:
    """Which of these are stored already, as far as is known, whoever sees them."""
    found: set[str] = set()
    for rows in chunks([[uid("Artifact", (each,))] for each in digests]):
        [[more]] = await transaction.run(_INTACT, {"uids": [row[0] for row in rows]})
        found.update(more)
    return frozenset(found)


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
    values: dict[str, Any] = {"after": after, "to": to or _LAST, "notSince": not_since, "count": count, "own": OWN}
    values |= {"all": sight is None, "sight": [each for each in sight or () if each]}
    if only is None:
        rows = await graph.read(_DUE, values)
    else:
        rows = await graph.read(_DUE_OF, {**values, "uids": [uid("Artifact", (each,)) for each in set(only)]})
    return [(digest, size, namespace) for digest, size, namespace in rows]


async def mark_checked(transaction: Transaction, digests: Iterable[str], now: int) -> None:
    """Notes that these artifacts were read."""
    await transaction.run(_CHECKED, {"uids": [uid("Artifact", (each,)) for each in digests], "now": now})


async def damaged(graph: Graph, digests: Iterable[str]) -> frozenset[str]:
    """Which of these were found to be something else, or not to be had, when they were last read."""
    rows = await graph.read(_DAMAGED, {"uids": [uid("Artifact", (each,)) for each in digests]})
    return frozenset(row[0] for row in rows)


def _content(digest: str, size: int) -> Content:
    return Content(digest.removeprefix("sha256:"), size)


def _upload(row: Sequence[Any]) -> VersionUpload:
    node_uid, namespace, model, version, digest, place, complete, files, size, verified_bytes, expires, verifying = row
    return VersionUpload(
        node_uid, Version(namespace, model, version), digest, place, complete, files, size, verified_bytes, expires,
        verifying,
    )  # fmt: skip


def _file(row: Sequence[Any]) -> UploadFile:
    number, path, digest, size, kind, token, done, format_, unsafe = row
    return UploadFile(number, path, _content(digest, size), Kind(kind), token, done, format_, unsafe)


def _row(upload: str, file: UploadFile) -> list[Any]:
    node_uid = file_uid(upload, file.number)
    properties = {
        "uid": node_uid, "upload": upload, "number": file.number, "path": file.path,
        "digest": f"sha256:{file.content.sha256}", "bytes": file.content.bytes, "kind": file.kind.value,
        "token": file.token, "done": file.done, "format": file.format, "unsafe": file.unsafe,
    }  # fmt: skip
    return [node_uid, {name: value for name, value in properties.items() if value is not None}]
