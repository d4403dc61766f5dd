"""The Cypher of uploads, one function a statement."""

from collections.abc import Iterable, Sequence
from typing import Any

from app.access.service import Caller
from app.artifacts.content import Content
from app.artifacts.manifest import Kind
from app.artifacts.uploads import UploadFile, Version, VersionUpload, file_uid
from app.graph.driver import Graph
from app.graph.transaction import Transaction
from app.registry.sizes import chunks

_OF_UPLOADS = (
    "u.uid, u.namespace, u.model, u.versionName, u.manifestDigest, u.place, u.complete, u.files, u.bytes, "
    "u.verifiedBytes, u.expiresAt, coalesce(u.verifierUntil, 0) > $now"
)
_OF_FILES = (
    "f.number, f.path, f.digest, f.bytes, f.kind, f.token, f.done, f.format, f.unsafe, f.flaw, coalesce(f.doneAt, 0)"
)

_UPLOAD = f"""
MATCH (u:Upload {{uid: $uid}}) WHERE u.actor = $actor AND ($all OR u.namespace IN $sight)
RETURN {_OF_UPLOADS}
"""
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
SET f.done = true, f.doneAt = row[4], f.format = row[1], f.unsafe = row[2], f.flaw = row[3]
WITH u, sum(f.bytes) AS more SET u.verifiedBytes = u.verifiedBytes + more
"""
_COMES_AGAIN = """
MATCH (u:Upload {uid: $upload})
UNWIND $uids AS uid MATCH (f:UploadFile {uid: uid}) WHERE f.done
SET f.done = false, f.token = null
WITH u, sum(f.bytes) AS less SET u.verifiedBytes = u.verifiedBytes - less
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

_OVER = "u.expiresAt < $now AND coalesce(u.verifierUntil, 0) < $now"
_EXPIRED = f"MATCH (u:Upload) WHERE {_OVER} RETURN u.uid, u.files LIMIT $limit"
# Locked first: it may be begun again, or somebody may verify it, at this moment.
_STILL_EXPIRED = f"""
MATCH (u:Upload {{uid: $uid}}) SET u.lock = $uid WITH u WHERE {_OVER} RETURN u.uid
"""
_FORGET = "MATCH (u:Upload {uid: $uid}) DELETE u"
_PLACES = "MATCH (u:Upload) RETURN collect(u.place)"


async def upload_of(graph: Graph, upload: str, caller: Caller, now: int) -> VersionUpload | None:
    """The upload of that uid, if the caller announced it and sees its namespace now; in microseconds since 1970 UTC."""
    values = {"uid": upload, "actor": caller.uid, "all": caller.sight is None, "sight": [*(caller.sight or ())]}
    rows = await graph.read(_UPLOAD, {**values, "now": now})
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
    for rows in chunks([_row(upload.uid, file, began_at) for file in files]):
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
    """Notes that nothing of these files need come any more, since when, and what their headers told."""
    rows = [[file_uid(upload, file.number), file.format, file.unsafe, file.flaw, file.done_at] for file in files]
    if rows:
        await graph.execute(_DONE, {"upload": upload, "rows": rows})


async def come_again(graph: Graph, upload: str, numbers: Iterable[int]) -> None:
    """Notes that these files must come again."""
    await graph.execute(_COMES_AGAIN, {"upload": upload, "uids": [file_uid(upload, number) for number in numbers]})


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


async def forget_expired(graph: Graph, upload: str, files: int, now: int) -> None:
    """Forgets an upload of so many files, all of it or nothing, if its time is over and nobody verifies it."""

    async def work(transaction: Transaction) -> None:
        if not await transaction.run(_STILL_EXPIRED, {"uid": upload, "now": now}):
            return
        for rows in chunks([[file_uid(upload, number)] for number in range(files)]):
            await transaction.run(_FORGET_FILES, {"uids": [row[0] for row in rows]})
        await transaction.run(_FORGET, {"uid": upload})

    await graph.write(work, repeatable=True)


async def expired_uploads(graph: Graph, now: int, limit: int) -> list[tuple[str, int]]:
    """The uids of uploads whose time is over, each with the number of its files."""
    return [(uid, files) for uid, files in await graph.read(_EXPIRED, {"now": now, "limit": limit})]


async def places_of(graph: Graph) -> frozenset[str]:
    """Where the uploads arrive that are known."""
    return frozenset((await graph.read(_PLACES))[0][0])


def _content(digest: str, size: int) -> Content:
    return Content(digest.removeprefix("sha256:"), size)


def _upload(row: Sequence[Any]) -> VersionUpload:
    node_uid, namespace, model, version, digest, place, complete, files, size, verified_bytes, expires, verifying = row
    return VersionUpload(
        node_uid, Version(namespace, model, version), digest, place, complete, files, size, verified_bytes, expires,
        verifying,
    )  # fmt: skip


def _file(row: Sequence[Any]) -> UploadFile:
    number, path, digest, size, kind, *others = row
    return UploadFile(number, path, _content(digest, size), Kind(kind), *others)


def _row(upload: str, file: UploadFile, began_at: int) -> list[Any]:
    node_uid = file_uid(upload, file.number)
    properties = {
        "uid": node_uid, "upload": upload, "number": file.number, "path": file.path,
        "digest": f"sha256:{file.content.sha256}", "bytes": file.content.bytes, "kind": file.kind.value,
        "token": file.token, "done": file.done, "doneAt": began_at if file.done else None,
        "format": file.format, "unsafe": file.unsafe, "flaw": file.flaw,
    }  # fmt: skip
    return [node_uid, {name: value for name, value in properties.items() if value is not None}]
