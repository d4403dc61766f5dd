"""Sends the files of a folder as those of a version, as far as they are not there; going on is beginning again."""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Iterator, Sequence
from dataclasses import dataclass, field, replace
from io import FileIO

from app.artifacts.failures import ArtifactsError
from app.artifacts.manifest import File, Manifest
from app.errors import ErrorCode, PedigreeError
from app.transfer.addresses import put
from app.transfer.hashing import Source, open_found, read_span, refuse_changed
from app.transfer.ports import MissingFile, MissingPart, Progress, Uploads, UploadState
from app.transfer.trying import Attempts, How, TryAgain, in_parallel, patiently
from app.transfer.walking import Found
from graph_schema.canonical import shown

_ROUNDS = 3
"""How often all is said to have arrived at the most; a store that loses parts again and again ends the push."""

_SENDINGS = 5
"""How often one part is sent at the most, where each time the store has said that it took it."""

_LOST = frozenset({ErrorCode.UPLOAD_INCOMPLETE, ErrorCode.UPLOAD_MISMATCH})


@dataclass(slots=True)
class Pushed:
    """What became of a push.

    Attributes:
        manifest: of the files that the version has now.
        sent_files: the numbers of those of which something was sent.
        sent_bytes: how many were sent and taken.
    """

    manifest: Manifest
    sent_files: set[int] = field(default_factory=set)
    sent_bytes: int = 0


def manifest_of(sources: Sequence[Source]) -> Manifest:
    """The manifest of the files of a folder.

    Raises:
        BadManifest: they cannot be the files of one version.
    """
    return Manifest.of(File.of(source.found.path, source.content) for source in sources)


async def send_files(sources: Sequence[Source], uploads: Uploads, how: How) -> Pushed:
    """Sends what is missing, and returns when the service has verified all of it.

    Args:
        sources: the files, hashed.
        uploads: where to.
        how: it goes.

    Raises:
        BadManifest: they cannot be the files of one version.
        FileChanged: a file is no longer what it was when it was hashed.
        PedigreeError: what the API or the store of artifacts refuses, or that it does not answer. What was sent is
            kept, and the same push goes on.
    """
    manifest = manifest_of(sources)
    upload = await uploads.begin(manifest)
    if upload.manifest_digest != manifest.digest:
        raise PedigreeError(
            f"The service makes another manifest of the files, {upload.manifest_digest} and not {manifest.digest}.",
            code=ErrorCode.INTERNAL,
            remedy="Use the release of this command that the service has.",
        )
    pushing = _Push(sources, uploads, upload, how, Pushed(manifest))
    return await pushing.all()


class _Push:
    def __init__(
        self, sources: Sequence[Source], uploads: Uploads, upload: UploadState, how: How, pushed: Pushed
    ) -> None:
        self._sources = {source.found.path: source for source in sources}
        self._uploads = uploads
        self._upload = upload
        self._how = how
        self._pushed = pushed
        self._taken: Counter[tuple[int, int]] = Counter()
        self._failed: TryAgain | None = None
        self._rounds = Attempts(replace(how.patience, attempts=_ROUNDS))

    async def all(self) -> Pushed:
        arriving = self._upload.state == "ARRIVING"
        while self._upload.state != "COMPLETE":
            if arriving:
                await self._send_missing()
            arriving = not await self._verified()
        return self._pushed

    async def _send_missing(self) -> None:
        """Sends all that the API says is missing, from the beginning after each failure, until it says: nothing."""
        self._how.progress.begin("Sending", self._pushed.manifest.bytes - self._upload.verified_bytes)
        attempts = Attempts(self._how.patience)
        after: int | None = None
        while True:
            missing = await self._missing(after)
            if not missing and after is None:
                return
            before, self._failed = self._taken.total(), None
            await in_parallel(self._send, self._parts(missing), self._how.parallel)
            after = missing[-1].number if missing else None
            if self._failed is not None:
                await attempts.again(self._failed, fruitful=self._taken.total() > before)
                after = None

    async def _missing(self, after: int | None) -> Sequence[MissingFile]:
        return await patiently(self._how.patience, lambda: self._uploads.missing(self._upload.upload_id, after))

    def _parts(self, missing: Sequence[MissingFile]) -> Iterator[tuple[MissingFile, MissingPart]]:
        """The parts, until one fails: its address may have expired, and then the others' have too."""
        for file in missing:
            for part in file.parts:
                if self._failed is not None:
                    return
                yield file, part

    async def _send(self, item: tuple[MissingFile, MissingPart]) -> None:
        of, part = item
        source = self._source_of(of, part)
        what = f"part {part.number} of {shown(of.path, 200)}"
        if self._taken[of.number, part.number] >= _SENDINGS:
            raise ArtifactsError(
                f"The store of artifacts took {what} {_SENDINGS} times, and does not have it.",
                remedy="Look into its log, and into that of Pedigree.",
            )
        with open_found(source.found) as file:
            body = _Body(source.found, file, (part.number - 1) * of.part_bytes, part.bytes, self._how.progress)
            try:
                await put(self._how.client, part.url, body, part.bytes, what)
            except TryAgain as error:
                self._how.progress.advance(-body.count)
                self._failed = self._failed or error
                return
        self._taken[of.number, part.number] += 1
        self._pushed.sent_files.add(of.number)
        self._pushed.sent_bytes += part.bytes

    def _source_of(self, file: MissingFile, part: MissingPart) -> Source:
        source = self._sources.get(file.path)
        first = (part.number - 1) * file.part_bytes
        if source is None or not 0 <= first < first + part.bytes <= source.content.bytes:
            raise PedigreeError(
                f"The service asks for bytes that no file has: part {part.number} of {shown(file.path, 200)}.",
                code=ErrorCode.INTERNAL,
                remedy="Use the release of this command that the service has.",
            )
        return source

    async def _verified(self) -> bool:
        """Whether the service has verified all of it, waited for; else something must be sent again.

        Raises:
            PedigreeError: that was so several times, or the API does not answer.
        """
        self._how.progress.begin("Verifying", self._pushed.manifest.bytes)
        seen = 0
        while True:
            try:
                self._upload = await self._completed()
            except PedigreeError as error:
                if error.code not in _LOST:
                    raise
                await asyncio.to_thread(refuse_changed, list(self._sources.values()))
                await self._rounds.again(error)
                return False
            self._how.progress.advance(self._upload.verified_bytes - seen)
            seen = self._upload.verified_bytes
            if self._upload.state == "COMPLETE":
                return True
            await self._how.patience.pause()

    async def _completed(self) -> UploadState:
        found = await patiently(self._how.patience, lambda: self._uploads.complete(self._upload.upload_id))
        if found.state == "ARRIVING":
            raise PedigreeError(
                "The service waits for more, and says of nothing that it is missing.",
                code=ErrorCode.UPLOAD_INCOMPLETE,
                remedy="Push again.",
            )
        return found


class _Body:
    """The bytes of a part on their way.

    Args:
        found: the file.
        file: the same, open.
        first: from which byte on.
        bytes_: how many.
        progress: told of each.

    Attributes:
        count: how many are on their way or further.
    """

    def __init__(self, found: Found, file: FileIO, first: int, bytes_: int, progress: Progress) -> None:
        self.count = 0
        self._chunks = read_span(found, file, first, bytes_)
        self._progress = progress

    async def __aiter__(self) -> AsyncGenerator[bytes]:
        """The bytes, some at a time.

        Raises:
            FileChanged: the file is no longer what it was.
        """
        async for chunk in self._chunks:
            self.count += len(chunk)
            self._progress.advance(len(chunk))
            yield chunk
