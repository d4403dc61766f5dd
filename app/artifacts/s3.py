"""Artifacts in a bucket of MinIO, or of any other store with S3's interface.

A client's bytes arrive by multipart uploads only, of one part where they are few: once such an upload is joined, an
address that still lives can change nothing of it. An address of a plain PUT could, between the reading of the bytes and
their naming.
"""

import asyncio
import hashlib
from collections.abc import AsyncGenerator, AsyncIterable, Callable, Sequence
from functools import partial
from typing import TypeVar, cast

from minio.error import MinioException
from urllib3.exceptions import HTTPError

from app.artifacts.arriving import check_content, in_pieces
from app.artifacts.bucket import Bucket, held, is_staged
from app.artifacts.content import (
    CHUNK,
    Content,
    Held,
    Part,
    Span,
    Stored,
    Unfinished,
    Upload,
    content_key,
)
from app.artifacts.failures import ArtifactDamaged, BadFile, UploadIncomplete, UploadMismatch
from app.artifacts.place import S3Place
from app.artifacts.s3_failures import meaning
from app.artifacts.s3_sending import PIECE_BYTES, Sending
from app.artifacts.store import Look
from app.artifacts.waiting import Threads, Work

_T = TypeVar("_T")


class S3Store:
    """An `ArtifactStore` in a bucket.

    Args:
        place: which bucket, and as whom.
    """

    def __init__(self, place: S3Place) -> None:
        self._place = place
        self._bucket = Bucket(place)
        self._threads = Threads()

    async def _run(self, work: Callable[[], _T], kind: Work = Work.SHORT, *, writing: bool = False) -> _T:
        """What `work` returns, run in a thread of the store's own."""
        try:
            return await self._threads.run(work, kind)
        except (MinioException, HTTPError) as error:
            raise meaning(error, str(self._place), writing=writing) from error

    async def check(self) -> None:
        """See `ArtifactStore.check`."""
        # Writing first: what it answers says more than what a HEAD does, which has no body to say why.
        await self._run(self._bucket.try_writing, Work.CHECK, writing=True)
        await self._run(self._bucket.try_reading, Work.CHECK)

    async def begin(self, upload_id: str, number: int, content: Content) -> Upload:
        """See `ArtifactStore.begin`."""
        planned = Upload.of(upload_id, number, content)
        if not planned.parts:
            return planned
        token = await self._run(lambda: self._bucket.multipart.begin(planned.key), writing=True)
        return Upload.of(upload_id, number, content, token)

    async def upload_url(self, upload: Upload, part: int, seconds: int) -> str:
        """See `ArtifactStore.upload_url`. S3 bounds no sizes by it: what is too large is found by `finish`."""
        upload.bytes_of(part)
        return self._bucket.part_url(upload, part, seconds)

    async def arrived(self, upload: Upload) -> Sequence[Part]:
        """See `ArtifactStore.arrived`."""
        if not upload.parts:
            return ()
        return await self._run(lambda: self._bucket.arrived(upload))

    async def finish(self, upload: Upload, *, look: Look | None = None) -> Stored:
        """See `ArtifactStore.finish`."""
        if not upload.parts:
            if look is not None:
                look(lambda _first, _count: b"")  # which has nothing to wait for
            return await self._put_small(upload.content, b"")
        await self._run(lambda: self._bucket.join(upload), Work.LONG, writing=True)
        found = await self._run(lambda: self._bucket.look(upload.key))
        if found is None:
            raise UploadIncomplete("Nothing of the upload is there: it was discarded.", remedy="Begin it anew.")
        size, digest = found.size or 0, ""
        if size == upload.content.bytes:  # else there is no need to read it
            digest = await self._run(lambda: self._bucket.digest(upload.key), Work.LONG)
        try:
            check_content(upload.content, size, digest)
            if look is not None:
                await self._run(lambda: look(self._bucket.reading(upload.key)), Work.LONG)
        except (UploadMismatch, BadFile):
            await self.discard(upload)
            raise
        etag = cast("str", found.etag)
        return await self._run(lambda: self._bucket.name(upload, etag), Work.LONG, writing=True)

    async def discard(self, upload: Upload) -> None:
        """See `ArtifactStore.discard`."""
        if upload.token:
            await self._run(lambda: self._bucket.multipart.abort(upload.key, upload.token), writing=True)
            await self._run(lambda: self._bucket.remove(upload.key), writing=True)

    async def unfinished(self, after: str = "", limit: int = 1000) -> Sequence[Unfinished]:
        """See `ArtifactStore.unfinished`. What this process sends by `put` is there under the key of its digest."""
        return await self._run(lambda: self._bucket.unfinished(after, limit))

    async def drop(self, item: Unfinished) -> None:
        """See `ArtifactStore.drop`."""
        if item.token:
            await self._run(lambda: self._bucket.multipart.abort(item.key, item.token), writing=True)
        elif is_staged(item.key):  # never bytes that have a digest's name, or that others put there
            await self._run(lambda: self._bucket.remove(item.key), writing=True)

    async def put(self, content: Content, source: AsyncIterable[bytes]) -> Stored:
        """See `ArtifactStore.put`. Parts go to the key of the digest, and are joined only if they are its."""
        if content.bytes > PIECE_BYTES:
            return await self._put_large(content, source)
        data = bytearray()
        async for chunk in source:
            data += chunk
            if len(data) > content.bytes:
                break
        return await self._put_small(content, bytes(data))

    async def _put_small(self, content: Content, data: bytes) -> Stored:
        check_content(content, len(data), hashlib.sha256(data).hexdigest())
        there = await self._run(lambda: self._bucket.holds(content))
        await self._run(lambda: self._bucket.put(content, data), writing=True)
        return Stored(content, new=not there)

    async def _put_large(self, content: Content, source: AsyncIterable[bytes]) -> Stored:
        sending = Sending(self._bucket, content)
        await self._run(sending.begin, writing=True)
        try:
            async for piece in in_pieces(source, sending.part_bytes):
                if not await self._run(partial(sending.send, piece), writing=True):
                    break
            return await self._run(sending.end, writing=True)
        except BaseException:
            await asyncio.shield(self._run(sending.give_up, writing=True))
            raise

    async def stat(self, sha256: str) -> Held | None:
        """See `ArtifactStore.stat`."""
        found = await self._run(lambda: self._bucket.look(content_key(sha256)))
        return None if found is None else held(sha256, found)

    async def read(self, sha256: str, span: Span | None = None) -> AsyncGenerator[bytes]:
        """See `ArtifactStore.read`."""
        response = await self._run(lambda: self._bucket.open_content(sha256, span))
        if response is None:
            return
        hashed, left = hashlib.sha256(), span.bytes if span else None

        def following() -> bytes:
            chunk = response.read(CHUNK if left is None else min(CHUNK, left))
            if span is None:
                hashed.update(chunk)
            return chunk

        try:
            while left != 0 and (chunk := await self._run(following)):
                left = None if left is None else left - len(chunk)
                yield chunk
        finally:
            response.close()
        if span is None and hashed.hexdigest() != sha256:
            raise ArtifactDamaged.of(sha256, hashed.hexdigest())

    async def delete(self, sha256: str) -> bool:
        """See `ArtifactStore.delete`."""
        there = await self._run(lambda: self._bucket.look(content_key(sha256))) is not None
        if there:
            await self._run(lambda: self._bucket.remove(content_key(sha256)), writing=True)
        return there

    async def held(self, after: str = "", limit: int = 1000) -> Sequence[Held]:
        """See `ArtifactStore.held`."""
        return await self._run(lambda: self._bucket.held(after, limit))

    async def download_url(self, content: Content, seconds: int, name: str = "") -> str:
        """See `ArtifactStore.download_url`."""
        return self._bucket.download_url(content, seconds, name or content.sha256)

    async def close(self) -> None:
        """See `ArtifactStore.close`."""
        await self._threads.close()
        self._bucket.close()
