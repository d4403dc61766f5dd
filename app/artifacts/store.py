"""The port: what a store of artifacts does, whatever keeps the bytes.

Bytes arrive in parts, at a place that the service chose and that their digest does not name. Only when the service
itself has hashed all of them do they get the name of their digest, whole or not at all. A client never names a place.
"""

from collections.abc import AsyncIterable, AsyncIterator, Callable, Sequence
from typing import Protocol

from app.artifacts.content import Content, Held, Part, Span, Stored, Unfinished, Upload
from app.artifacts.formats.format import Read

Look = Callable[[Read], None]
"""Looks at bytes, in a thread where it may block. What it raises is raised."""


class ArtifactStore(Protocol):
    """Where artifacts are kept. Safe for many tasks of one event loop, and for many processes at one place.

    Each of its functions may raise the errors of the store itself: `StoreUnreachable`, `StoreLoginRefused`,
    `PlaceUnknown`, and where it writes `StoreReadOnly` and `StoreFull`.
    """

    async def check(self) -> None:
        """Returns if the store can be read and written now: it writes a few bytes and removes them.

        Raises:
            ArtifactsError: it cannot; the class and the code say why, the message what to do.
        """
        ...

    async def begin(self, upload_id: str, number: int, content: Content) -> Upload:
        """Makes a place for the parts of a file.

        Args:
            upload_id: of `new_upload_id`.
            number: which file of that upload, from 0; each is begun once.
            content: what will come.
        """
        ...

    async def upload_url(self, upload: Upload, part: int, seconds: int) -> str:
        """An address that takes one part by PUT, of the bytes alone, and may be used again while it lives.

        Args:
            upload: what `begin` gave.
            part: from 1 to `upload.parts`; a file of one part is so put by a single PUT.
            seconds: how long it lives, at most `LONGEST_SECONDS`.
        """
        ...

    async def arrived(self, upload: Upload) -> Sequence[Part]:
        """The parts that have arrived, by number: after a break the others are sent."""
        ...

    async def finish(self, upload: Upload, *, look: Look | None = None) -> Stored:
        """Reads what arrived, and if size and digest are as announced names it by its digest, whole or not at all.

        It takes the place of what has that name already, which was right when it was last read, and need not be now.
        Whoever gives a `look` has it look at what arrived after it was hashed, and before it has that name.

        May be called again, and by two at once, until the upload is discarded: each call reads what arrived and answers
        for it. So a caller that fails between this and its own record calls it again, and discards last.

        Raises:
            UploadIncomplete: parts are missing; those that arrived are kept.
            UploadMismatch: the size or the digest is another; what arrived was removed.
            BadFile: the `look` raised it; what arrived was removed.
        """
        ...

    async def discard(self, upload: Upload) -> None:
        """Removes what arrived, and its addresses take nothing more. Nothing under a digest is touched."""
        ...

    async def unfinished(self, after: str = "", limit: int = 1000) -> Sequence[Unfinished]:
        """What has no digest's name, by key: a page of about so many, after the last key of the page before."""
        ...

    async def drop(self, item: Unfinished) -> None:
        """Removes one of `unfinished`. Whoever calls this has seen that nobody is at it any more."""
        ...

    async def put(self, content: Content, source: AsyncIterable[bytes]) -> Stored:
        """Stores bytes that this process has, in constant memory.

        They take the place of what has that name already.

        Raises:
            UploadMismatch: they are not those that were announced; nothing of them was kept.
        """
        ...

    async def stat(self, sha256: str) -> Held | None:
        """What is held under that digest; None where nothing is."""
        ...

    def read(self, sha256: str, span: Span | None = None) -> AsyncIterator[bytes]:
        """The bytes under that digest, some at a time, in constant memory.

        Args:
            sha256: of the whole.
            span: which of them; None for all, which are then hashed on the way: who got an error after the last byte
                has bytes that are not those of the digest.

        Raises:
            ArtifactMissing: nothing is held under it.
            ArtifactDamaged: they were all read, and have another digest.
        """
        ...

    async def delete(self, sha256: str) -> bool:
        """Removes the bytes under that digest for ever; whether there were any."""
        ...

    async def held(self, after: str = "", limit: int = 1000) -> Sequence[Held]:
        """What is held, by digest: a page of at most so many, after that sha256."""
        ...

    async def download_url(self, content: Content, seconds: int, name: str = "") -> str:
        """An address that gives the bytes by GET and HEAD, with Range. It is not looked up whether they are there.

        Args:
            content: which bytes.
            seconds: how long it lives, at most `LONGEST_SECONDS`.
            name: what a browser saves them as; the digest where it is empty.
        """
        ...

    async def close(self) -> None:
        """Lets go of threads and connections."""
        ...
