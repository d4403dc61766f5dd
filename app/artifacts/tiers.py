"""Two stores as one: what a policy moves lies in a colder, cheaper store, and is read and given out from there.

Bytes go one way, in two steps. `copy` has the colder store have them, read there to the last byte. `release` removes
them from the other: only while whoever calls it keeps others from removing or mending the same. A purge that comes
between the two takes the copy away, and what is handed over again then is in the first store alone.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterable, Sequence
from contextlib import aclosing

from app.artifacts.content import Content, Held, Part, Span, Stored, Unfinished, Upload
from app.artifacts.failures import ArtifactDamaged, ArtifactMissing, ArtifactsError, StoreUnreachable, UploadMismatch
from app.artifacts.store import ArtifactStore, Look


class TieredStore:
    """An `ArtifactStore` of two: clients hand over to the first; the second is filled by `copy` alone.

    Args:
        hot: where bytes arrive.
        cold: where they lie when they have been moved.
    """

    def __init__(self, hot: ArtifactStore, cold: ArtifactStore) -> None:
        self.hot = hot
        self.cold = cold

    async def copy(self, content: Content) -> bool:
        """Has the colder store have the bytes, too, which is read whole; whether the first store has them.

        Where it has not, the colder one is only asked whether it has: what comes to the first store after that is not
        known to be there, too, and is not to be released. May be called by two at once.

        Raises:
            ArtifactMissing: neither store has them.
            ArtifactDamaged: they are no longer those of the digest.
            ArtifactsError: a store does not do it, or the colder one does not keep what it took; to be asked again.
        """
        if await self.hot.stat(content.sha256) is None:
            if await self.cold.stat(content.sha256) is None:
                raise ArtifactMissing.of(content.sha256)
            return False
        if await self._is_right_in_cold(content.sha256):
            return True
        try:
            # What is wrong there is replaced, and never removed: another may have put right bytes there meanwhile.
            async with aclosing(_bytes(self.hot, content.sha256)) as source:
                await self.cold.put(content, source)
        except UploadMismatch as error:  # seen before their end was: they have become more
            raise ArtifactDamaged(
                f"The bytes that the store holds as sha256:{content.sha256} are no longer {content.bytes:,}.",
                remedy="Use none of them; restore the object, or delete it and upload the bytes again.",
            ) from error
        except ArtifactMissing:  # another has moved them meanwhile
            if not await self._is_right_in_cold(content.sha256):
                raise
            return False
        try:
            await _read_through(self.cold, content.sha256)
        except ArtifactDamaged as error:
            said = f"The colder store does not keep what it takes. {error.message}"
            raise StoreUnreachable(said, remedy="See its log, and its disks.") from error
        return True

    async def release(self, content: Content) -> bool:
        """Removes bytes from the first store, if the colder one has as many under that name; whether it does.

        The caller has seen them there by `copy`, and sees to it that nobody removes or mends them meanwhile.
        """
        found = await self.cold.stat(content.sha256)
        if found is None or found.content != content:
            return False
        await self.hot.delete(content.sha256)
        return True

    async def _is_right_in_cold(self, sha256: str) -> bool:
        """Whether the colder store has them already, as when a move was cut off."""
        try:
            await _read_through(self.cold, sha256)
        except (ArtifactMissing, ArtifactDamaged):
            return False
        return True

    async def check(self) -> None:
        """See `ArtifactStore.check`: both can."""
        await self.hot.check()
        await self.cold.check()

    async def begin(self, upload_id: str, number: int, content: Content) -> Upload:
        """See `ArtifactStore.begin`."""
        return await self.hot.begin(upload_id, number, content)

    async def upload_url(self, upload: Upload, part: int, seconds: int) -> str:
        """See `ArtifactStore.upload_url`."""
        return await self.hot.upload_url(upload, part, seconds)

    async def arrived(self, upload: Upload) -> Sequence[Part]:
        """See `ArtifactStore.arrived`."""
        return await self.hot.arrived(upload)

    async def finish(self, upload: Upload, *, look: Look | None = None) -> Stored:
        """See `ArtifactStore.finish`. What comes again lies in both until a version that has it is moved again."""
        return await self.hot.finish(upload, look=look)

    async def discard(self, upload: Upload) -> None:
        """See `ArtifactStore.discard`."""
        await self.hot.discard(upload)

    async def unfinished(self, after: str = "", limit: int = 1000) -> Sequence[Unfinished]:
        """See `ArtifactStore.unfinished`: of both, as a move may have been cut off."""
        pages = await asyncio.gather(self.hot.unfinished(after, limit), self.cold.unfinished(after, limit))
        # What one store has behind a page that it could not end is on the next: nothing of the other goes before it.
        last = min((page[-1].key for page in pages if len(page) >= limit), default=None)
        found = sorted((each for page in pages for each in page), key=lambda each: (each.key, each.token))
        return [each for each in found if last is None or each.key <= last]

    async def drop(self, item: Unfinished) -> None:
        """See `ArtifactStore.drop`. Which of the two has it, it does not say; the other has nothing of that name."""
        await self.hot.drop(item)
        await self.cold.drop(item)

    async def put(self, content: Content, source: AsyncIterable[bytes]) -> Stored:
        """See `ArtifactStore.put`."""
        return await self.hot.put(content, source)

    async def stat(self, sha256: str) -> Held | None:
        """See `ArtifactStore.stat`."""
        return await self.hot.stat(sha256) or await self.cold.stat(sha256)

    async def read(self, sha256: str, span: Span | None = None) -> AsyncGenerator[bytes]:
        """See `ArtifactStore.read`."""
        begun = False
        try:
            async with aclosing(_bytes(self.hot, sha256, span)) as chunks:
                async for chunk in chunks:
                    begun = True
                    yield chunk
        except ArtifactMissing:
            if begun:
                raise
        else:
            return
        async with aclosing(_bytes(self.cold, sha256, span)) as chunks:
            async for chunk in chunks:
                yield chunk

    async def delete(self, sha256: str) -> bool:
        """See `ArtifactStore.delete`."""
        hot = await self.hot.delete(sha256)
        try:
            return await self.cold.delete(sha256) or hot
        except ArtifactsError as error:
            if not hot:
                raise
            # A refusal would be taken for nothing having been done.
            raise StoreUnreachable(f"Removed from one of two stores only. {error.message}") from error

    async def held(self, after: str = "", limit: int = 1000) -> Sequence[Held]:
        """See `ArtifactStore.held`."""
        hot, cold = await asyncio.gather(self.hot.held(after, limit), self.cold.held(after, limit))
        found = {each.content.sha256: each for each in (*cold, *hot)}
        return [found[sha256] for sha256 in sorted(found)[:limit]]

    async def download_url(self, content: Content, seconds: int, name: str = "") -> str:
        """See `ArtifactStore.download_url`: of the one that has them, which after they were moved answers 404."""
        there = self.hot if await self.hot.stat(content.sha256) is not None else self.cold
        return await there.download_url(content, seconds, name)

    async def close(self) -> None:
        """See `ArtifactStore.close`."""
        await self.hot.close()
        await self.cold.close()


async def _bytes(store: ArtifactStore, sha256: str, span: Span | None = None) -> AsyncGenerator[bytes]:
    """What a store reads, which can be closed before its end."""
    async for chunk in store.read(sha256, span):
        yield chunk


async def _read_through(store: ArtifactStore, sha256: str) -> None:
    """Returns when all bytes were read, and are those of the digest."""
    async for _ in store.read(sha256):
        pass
