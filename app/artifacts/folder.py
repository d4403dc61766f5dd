"""Artifacts in a folder of this machine, with signed addresses of the service's own."""

import asyncio
import hashlib
import re
import time
from collections.abc import AsyncGenerator, AsyncIterable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from functools import partial
from pathlib import Path
from typing import BinaryIO, TypeVar

from app.artifacts.arriving import check_content, in_pieces
from app.artifacts.content import CHUNK, Content, Held, Part, Span, Stored, Unfinished, Upload, content_key
from app.artifacts.failures import ArtifactDamaged, ArtifactMissing, UploadMismatch, UrlRefused
from app.artifacts.folder_failures import told
from app.artifacts.folder_files import FolderFiles, is_unfinished, sync
from app.artifacts.signing import Grant, Signer, expiry, secret_of
from app.artifacts.store import Look
from app.artifacts.waiting import Threads, Work

_T = TypeVar("_T")

_PART = re.compile(r"staging/[0-9a-f]{32}/[0-9]{1,9}/[0-9]{1,5}", re.ASCII)


class FolderStore:
    """An `ArtifactStore` in a folder.

    Args:
        root: the folder; `open_folder` makes it.
        signer: makes the addresses, and knows them again.
        clock: seconds since 1970 UTC.
    """

    def __init__(self, root: Path, signer: Signer, clock: Callable[[], float] = time.time) -> None:
        self.signer = signer
        self._files = FolderFiles(root)
        self._clock = clock
        self._threads = Threads()

    async def run(self, work: Callable[[], _T], kind: Work = Work.SHORT) -> _T:
        """What `work` returns, run in a thread of the store's own.

        Raises:
            ArtifactsError: the operating system refused something.
        """
        with told(self._files.root):
            return await self._threads.run(work, kind)

    async def make(self) -> None:
        """Makes the folder where it is missing."""
        await self.run(self._files.make)

    def overlaps(self, folder: Path) -> bool:
        """Whether that folder is its own, or in it, or has it as `artifacts`, whatever names lead there. It blocks."""
        own, other = self._files.root.resolve(), folder.resolve()
        return other.is_relative_to(own) or (other / "artifacts").resolve() == own

    async def check(self) -> None:
        """See `ArtifactStore.check`."""
        await self.run(self._files.try_writing, Work.CHECK)

    async def begin(self, upload_id: str, number: int, content: Content) -> Upload:
        """See `ArtifactStore.begin`."""
        upload = Upload.of(upload_id, number, content)
        if upload.parts:
            await self.run(lambda: self._files.begin(upload))
        return upload

    async def upload_url(self, upload: Upload, part: int, seconds: int) -> str:
        """See `ArtifactStore.upload_url`. It takes exactly the bytes of the part, and of an only part its own."""
        size, sha256 = upload.bytes_of(part), upload.content.sha256 if upload.parts == 1 else ""
        return self.signer.url(Grant("PUT", f"{upload.key}/{part}", expiry(self._clock(), seconds), size, sha256))

    async def arrived(self, upload: Upload) -> Sequence[Part]:
        """See `ArtifactStore.arrived`."""
        return await self.run(lambda: self._files.parts(upload))

    async def finish(self, upload: Upload, *, look: Look | None = None) -> Stored:
        """See `ArtifactStore.finish`."""
        return await self.run(lambda: self._files.finish(upload, look=look), Work.LONG)

    async def discard(self, upload: Upload) -> None:
        """See `ArtifactStore.discard`."""
        await self.run(lambda: self._files.discard(upload.key))

    async def unfinished(self, after: str = "", limit: int = 1000) -> Sequence[Unfinished]:
        """See `ArtifactStore.unfinished`. What this process writes, by `put` too, is there under a key of no upload."""
        return await self.run(lambda: self._files.unfinished(after, limit))

    async def drop(self, item: Unfinished) -> None:
        """See `ArtifactStore.drop`."""
        if is_unfinished(item.key):
            await self.run(lambda: self._files.drop(item.key))

    async def put(self, content: Content, source: AsyncIterable[bytes]) -> Stored:
        """See `ArtifactStore.put`."""
        async with self._writing() as (path, file):
            size, digest = await self._write(file, source, content.bytes)
            check_content(content, size, digest)
            return await self.run(lambda: self._files.name(path, content))

    async def receive(self, grant: Grant, source: AsyncIterable[bytes]) -> None:
        """Keeps the part that a client sends to an address, once all of it is on the disk.

        Raises:
            UploadMismatch: it is not of the size, or has not the digest, that the address says; nothing was kept.
            UploadIncomplete: the upload was discarded.
            UrlRefused: the address is for no part.
        """
        if not _PART.fullmatch(grant.key):  # signed it may be, and yet it becomes a path
            raise UrlRefused("This address is for no part of an upload.", remedy="Ask for one that is.")
        async with self._writing() as (path, file):
            size, digest = await self._write(file, source, grant.bytes, hashing=bool(grant.sha256))
            if size != grant.bytes:
                at_least = "at least " if size > grant.bytes else ""
                raise UploadMismatch(
                    f"{at_least}{size:,} bytes came, where this address takes {grant.bytes:,}.",
                    remedy="Send exactly those of the part.",
                )
            if grant.sha256:
                check_content(Content(grant.sha256, grant.bytes), size, digest)
            await self.run(lambda: self._files.keep_part(path, grant.key))

    @asynccontextmanager
    async def _writing(self) -> AsyncGenerator[tuple[Path, BinaryIO]]:
        """A new file, which is gone afterwards unless it was given a name."""
        path, file = await self.run(self._files.open_new)
        try:
            yield path, file
        finally:
            with suppress(OSError):  # a disk that is full says so once more; what counts was synced before
                file.close()
            path.unlink(missing_ok=True)

    async def _write(
        self, file: BinaryIO, source: AsyncIterable[bytes], most: int, *, hashing: bool = True
    ) -> tuple[int, str]:
        """Has bytes on the disk, some at a time; how many, and their digest. More than `most` are not all read."""
        hashed, size = hashlib.sha256(), 0

        def write(piece: bytes) -> None:
            if hashing:
                hashed.update(piece)
            file.write(piece)

        async for piece in in_pieces(source, CHUNK):
            size += len(piece)
            if size > most:
                return size, ""
            await self.run(partial(write, piece))
        await self.run(lambda: sync(file))
        return size, hashed.hexdigest()

    async def stat(self, sha256: str) -> Held | None:
        """See `ArtifactStore.stat`."""
        return await self.run(lambda: self._files.look(sha256))

    async def read(self, sha256: str, span: Span | None = None) -> AsyncGenerator[bytes]:
        """See `ArtifactStore.read`."""
        file = await self.run(lambda: self._open(sha256, span))
        hashed, left = hashlib.sha256(), span.bytes if span else None

        def following() -> bytes:
            chunk = file.read(CHUNK if left is None else min(CHUNK, left))
            if span is None:
                hashed.update(chunk)
            return chunk

        try:
            while chunk := await self.run(following):
                left = None if left is None else left - len(chunk)
                yield chunk
        finally:
            file.close()
        if span is None and hashed.hexdigest() != sha256:
            raise ArtifactDamaged.of(sha256, hashed.hexdigest())

    def _open(self, sha256: str, span: Span | None) -> BinaryIO:
        if self._files.look(sha256) is None:
            raise ArtifactMissing.of(sha256)
        try:
            file = self.path_of(sha256).open("rb")
        except FileNotFoundError:  # it was deleted meanwhile
            raise ArtifactMissing.of(sha256) from None
        file.seek(span.first if span else 0)
        return file

    def path_of(self, sha256: str) -> Path:
        """The file with the bytes of that digest, if they are held."""
        return self._files.path(content_key(sha256))

    async def delete(self, sha256: str) -> bool:
        """See `ArtifactStore.delete`."""
        return await self.run(lambda: self._files.remove(sha256))

    async def held(self, after: str = "", limit: int = 1000) -> Sequence[Held]:
        """See `ArtifactStore.held`."""
        return await self.run(lambda: self._files.held(after, limit))

    async def download_url(self, content: Content, seconds: int, name: str = "") -> str:
        """See `ArtifactStore.download_url`."""
        key, until = content_key(content.sha256), expiry(self._clock(), seconds)
        grant = Grant("GET", key, until, content.bytes, content.sha256, name or content.sha256)
        return self.signer.url(grant)

    async def close(self) -> None:
        """See `ArtifactStore.close`."""
        await self._threads.close()


async def open_folder(home: Path, base: str) -> FolderStore:
    """The artifacts that are kept in `home`, in the folder `artifacts`, which is made where it is missing.

    Args:
        home: the folder of all that this machine keeps.
        base: the beginning of the signed addresses, as clients reach this service, without a slash at its end.

    Raises:
        HomeUnusable: the secret that signs addresses can be neither read nor made.
        ArtifactsError: the folder cannot be made.
    """
    root = home / "artifacts"
    store = FolderStore(root, Signer(await asyncio.to_thread(secret_of, home), base))
    await store.make()
    return store
