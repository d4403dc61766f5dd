"""Hands over the files of versions, and gives them back: by signed addresses, past the service."""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from app.access.service import Caller
from app.artifacts import graph as cypher
from app.artifacts import recorded
from app.artifacts.announcing import Announced, UploadRefused, another_manifest, manifest_of, planned, version_of
from app.artifacts.content import new_upload_id
from app.artifacts.failures import ArtifactDamaged, ArtifactMissing
from app.artifacts.manifest import Manifest, differences
from app.artifacts.missing import forget_lost, held, missing
from app.artifacts.reconciling import Reconciling
from app.artifacts.store import ArtifactStore
from app.artifacts.uploads import LIFE, MissingFile, Version, VersionUpload, upload_uid
from app.artifacts.verifying import Verification
from app.artifacts.watching import Checked, Wanted, Watch
from app.errors import ErrorCode, PedigreeError
from app.graph.driver import Graph
from app.graph.transaction import Transaction
from graph_schema.identity import from_id

MOST_ARTIFACTS = 100
"""For how many artifacts addresses are told at once."""

LONGEST_SECONDS = 86_400
"""How long an address lives by which bytes are fetched, at most."""

PATIENCE = 20.0
"""Seconds for which who completes an upload is kept waiting: longer would outlast what stands between."""

_POLL = 0.5
"""Seconds after which it is looked again whether another service has done it."""


@dataclass(frozen=True, slots=True)
class Download:
    """Where the bytes of one artifact are to be had.

    Attributes:
        digest: of them, as it was asked for.
        bytes: how many there are; None where there are none for the caller.
        url: where; None where there are none.
        expires_at: when the address ends, in microseconds since 1970 UTC.
        error: why there are none.
    """

    digest: str
    bytes: int | None
    url: str | None
    expires_at: int
    error: PedigreeError | None = None


class Artifacts:
    """Uploads and downloads of the files of versions.

    Args:
        graph: where they are recorded.
        store: where their bytes are.
        most_bytes: how many the files of one version may have together.
        clock: seconds since 1970 UTC.
        patience: seconds for which who completes an upload is kept waiting.

    Attributes:
        reconciling: compares the store with what is recorded.
    """

    def __init__(
        self,
        graph: Graph,
        store: ArtifactStore,
        *,
        most_bytes: int,
        clock: Callable[[], float] = time.time,
        patience: float = PATIENCE,
    ) -> None:
        self._graph = graph
        self._store = store
        self._most_bytes = most_bytes
        self._clock = clock
        self._patience = patience
        self._verifying: dict[str, asyncio.Task[bool]] = {}
        self._watch = Watch(graph, store, self.now, patience)
        self.reconciling = Reconciling(graph, store, self.now)

    async def begin(self, key: Mapping[str, str], files: Sequence[Announced], caller: Caller) -> VersionUpload:
        """The upload of these files: begun, or gone on with where the caller has begun the same before.

        Raises:
            PedigreeError: it makes no sense, may not be, or the graph or the store does not answer; and why.
        """
        version = version_of(key, caller.sight)
        manifest = manifest_of(files, self._most_bytes)
        await self._refuse_another(version, manifest)
        uid, now = upload_uid(caller.uid, version, manifest.digest), self.now()
        there = await self._there(manifest, caller)
        known = await cypher.upload_of(self._graph, uid, caller, now)
        whole = all(f"sha256:{file.content.sha256}" in there for file in manifest.files)
        if known is not None and known.complete:
            whole = whole and not await recorded.files_removed(self._graph, version)
        if known is not None and not _outdated(known, now, whole=whole):
            await cypher.prolong(self._graph, known, now + LIFE)
            await forget_lost(self._graph, self._store, known)
            return replace(known, expires_at=now + LIFE)
        coming = planned(manifest, there)
        upload = VersionUpload(
            uid, version, manifest.digest, new_upload_id(), complete=False, files=len(coming), bytes=manifest.bytes,
            verified_bytes=sum(file.content.bytes for file in coming if file.done), expires_at=now + LIFE,
        )  # fmt: skip

        async def work(transaction: Transaction) -> None:
            await cypher.announce(transaction, upload, caller.uid, now, coming)

        await self._graph.write(work, repeatable=True)
        return upload

    async def upload(self, upload_id: str, caller: Caller) -> VersionUpload | None:
        """The upload with that id, if the caller has begun it, and sees the namespace of its version now.

        Raises:
            GraphError: the graph does not answer.
        """
        try:
            label, uid = from_id(upload_id)
        except ValueError:
            return None
        return await cypher.upload_of(self._graph, uid, caller, self.now()) if label == "Upload" else None

    async def missing(self, upload: VersionUpload, count: int, after: int = -1) -> list[MissingFile]:
        """The next files of which something is still to be sent, by number: see `app.artifacts.missing.missing`.

        Raises:
            UploadRefused: the number of files makes no sense.
            PedigreeError: the graph or the store does not answer.
        """
        return await missing(self._graph, self._store, upload, count, after)

    async def complete(self, upload_id: str, caller: Caller) -> VersionUpload:
        """The upload, all of it verified and recorded; or as it stands, where that takes longer than one may wait.

        It goes on, and is waited for by calling this again. Where the namespace goes out of the caller's sight, there
        is no such upload for it from then on; what is under way ends as it began (ADR 12).

        Raises:
            UploadRefused: the caller has no such upload in sight, or its version has other files meanwhile.
            UploadIncomplete: something has not arrived; what has is kept.
            UploadMismatch: something is not what was announced; that was thrown away, the rest is kept.
            BadFile: something is certainly broken, or made to do harm; that was thrown away, the rest is kept.
            PedigreeError: the graph or the store does not answer.
        """
        upload = await self._known(upload_id, caller)
        until = self._clock() + self._patience
        while not upload.complete:
            task = self._verification(upload, caller)
            await asyncio.wait({task}, timeout=max(until - self._clock(), 0))
            if task.done() and not task.cancelled():
                await self._refuse_late(task, upload, caller)
            upload = await self._known(upload_id, caller)
            if task.cancelled() or self._clock() >= until:
                break
            if not upload.complete:
                await asyncio.sleep(_POLL)  # another service is at it
        return upload

    async def downloads(self, digests: Sequence[str], seconds: int, caller: Caller) -> list[Download]:
        """Where the bytes of these artifacts are to be had, each by itself, in their order.

        Raises:
            UploadRefused: they are too many or none, or the time makes no sense.
            PedigreeError: the graph or the store does not answer.
        """
        if not 1 <= len(digests) <= MOST_ARTIFACTS:
            raise UploadRefused(
                f"Name 1 to {MOST_ARTIFACTS} artifacts, and not {len(digests)}.", path="input.artifacts"
            )
        if not 1 <= seconds <= LONGEST_SECONDS:
            raise UploadRefused(
                f"An address lives between 1 and {LONGEST_SECONDS:,} seconds, and not {seconds}.", path="input.seconds"
            )
        known = await recorded.stored(self._graph, set(digests), caller.sight)
        there = await held(self._store, [each.content for each in known.values()])
        lost = (
            await recorded.states(self._graph, set(digests) - known.keys(), caller.sight)
            if len(known) < len(digests)
            else {}
        )
        until = self.now() + seconds * 1_000_000
        found: list[Download] = []
        for digest in digests:
            content = known[digest].content if digest in known else None
            if content is None or content not in there:
                error = _not_there(digest, lost.get(digest)) if content is None else ArtifactMissing.of(content.sha256)
                found.append(Download(digest, content and content.bytes, None, until, error))
                continue
            url = await self._store.download_url(content, seconds)
            found.append(Download(digest, content.bytes, url, until))
        return found

    async def verify(self, wanted: Wanted, caller: Caller) -> tuple[list[Checked], str | None]:
        """Reads stored artifacts again: see `app.artifacts.watching.Watch.verify`.

        Raises:
            PedigreeError: as it says there.
        """
        return await self._watch.verify(wanted, caller)

    async def close(self) -> None:
        """Ends what is being verified; it is gone on with when it is asked for again."""
        await self._watch.close()
        for task in self._verifying.values():
            task.cancel()
        await asyncio.gather(*self._verifying.values(), return_exceptions=True)

    async def _known(self, upload_id: str, caller: Caller) -> VersionUpload:
        upload = await self.upload(upload_id, caller)
        if upload is None:
            raise UploadRefused(
                "You have begun no upload with that id.",
                code=ErrorCode.NOT_FOUND,
                path="input.id",
                remedy="Take it from the answer of beginUpload, which gives it again for the same files.",
            )
        return upload

    def _verification(self, upload: VersionUpload, caller: Caller) -> asyncio.Task[bool]:
        task = self._verifying.get(upload.uid)
        if task is None:
            work = Verification(self._graph, self._store, upload, caller, self.now)
            task = asyncio.create_task(work.run())
            self._verifying[upload.uid] = task
            task.add_done_callback(lambda ended: self._ended(upload, ended))
        return task

    def _ended(self, upload: VersionUpload, task: asyncio.Task[bool]) -> None:
        del self._verifying[upload.uid]
        if not task.cancelled():
            task.exception()  # looked at here, since whoever waited for it may have left

    def now(self) -> int:
        """The time, in microseconds since 1970 UTC."""
        return int(self._clock() * 1_000_000)

    async def _refuse_late(self, task: asyncio.Task[bool], upload: VersionUpload, caller: Caller) -> None:
        """Raises what the verification failed with, unless another has done it meanwhile."""
        error = task.exception()
        if error is None:
            return
        now = await cypher.upload_of(self._graph, upload.uid, caller, self.now())
        if now is None or not now.complete:
            raise error

    async def _refuse_another(self, version: Version, manifest: Manifest) -> None:
        """Lets pass the files that the version has already, or those of one that has none."""
        before = await recorded.manifest_digest_of(self._graph, version)
        if before is not None and before != manifest.digest:
            files = await recorded.files_recorded(self._graph, version)
            differing = differences(Manifest(tuple(files)), manifest)
            raise another_manifest(version, before, manifest.digest, differing if files else None)

    async def _there(self, manifest: Manifest, caller: Caller) -> dict[str, recorded.Told]:
        """By digest, what the caller need not send: it is stored, part of a version in sight, and of that size."""
        digests = {f"sha256:{file.content.sha256}": file.content for file in manifest.files}
        known = await recorded.stored(self._graph, digests, caller.sight)
        there = await held(self._store, [each.content for each in known.values()])
        found = {digest: each for digest, each in known.items() if each.content in there}
        return {digest: each for digest, each in found.items() if each.content == digests[digest]}


def _outdated(known: VersionUpload, now: int, *, whole: bool) -> bool:
    """Whether an upload is no longer to be gone on with: its time is over, or what it brought is gone."""
    return not whole if known.complete else known.expires_at <= now


def _not_there(digest: str, state: str | None) -> PedigreeError:
    """Why the bytes of a digest are not given out."""
    match state:
        case None | "STORED":
            return UploadRefused(
                f"No version that you may see has files of the digest {digest} that were handed over here.",
                code=ErrorCode.NOT_FOUND,
                remedy="Take it from `files(verified: true)` of a version that has its files.",
            )
        case "REMOVED":
            return ArtifactMissing(
                f"The bytes of {digest} were removed under a retention policy.",
                remedy="`filesRemovedUnder` of the versions that had them says under which; hand them over again.",
            )
        case _:
            return ArtifactDamaged(
                f"The bytes of {digest} are {state} since they were last read, and are not given out.",
                code=ErrorCode.ARTIFACT_MISSING if state == "MISSING" else ErrorCode.ARTIFACT_DAMAGED,
                remedy="Hand the files of a version that has them over again, and they are mended.",
            )
