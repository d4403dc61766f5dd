"""The bytes of files, read in constant memory: hashed, or a stretch of them; a file that changes meanwhile is told."""

import asyncio
import hashlib
import os
import threading
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass
from io import FileIO

from app.artifacts.content import CHUNK, Content
from app.errors import ErrorCode, PedigreeError
from app.transfer.ports import Progress
from app.transfer.trying import in_parallel
from app.transfer.walking import FolderUnfit, Found, Look
from graph_schema.canonical import shown


class FileChanged(PedigreeError):
    """A file is no longer what it was when the push began."""

    standard_code = ErrorCode.UPLOAD_MISMATCH

    @classmethod
    def of(cls, found: Found) -> "FileChanged":
        """That file."""
        return cls(
            f"The file {shown(found.path, 200)} changed while it was read or sent.",
            remedy="Push again when nobody writes to the folder any more.",
        )


@dataclass(frozen=True, slots=True)
class Source:
    """A file whose bytes are known.

    Attributes:
        found: the file.
        content: its bytes.
    """

    found: Found
    content: Content


async def hash_files(found: Sequence[Found], progress: Progress) -> list[Source]:
    """The same files with what they hold, in their order.

    Raises:
        FolderUnfit: one cannot be read.
        FileChanged: one changed meanwhile.
    """
    progress.begin("Hashing", sum(each.look.bytes for each in found))
    contents: dict[str, Content] = {}
    stopped = threading.Event()

    async def work(each: Found) -> None:
        contents[each.path] = await asyncio.to_thread(_content_of, each, progress.advance, stopped)

    try:
        await in_parallel(work, found, threads())
    finally:
        stopped.set()
    return [Source(each, contents[each.path]) for each in found]


def threads() -> int:
    """How many files are hashed at once: one for each processor, up to 8, which is more than disks give."""
    return min(os.cpu_count() or 1, 8)


def hash_open(file: FileIO, advance: Callable[[int], None], stopped: threading.Event) -> Content:
    """What the bytes are that an open file has from its place on.

    Args:
        file: read to its end.
        advance: told how many bytes more were read.
        stopped: set when nobody wants to know any more.

    Raises:
        InterruptedError: nobody does.
    """
    digest, size = hashlib.sha256(), 0
    buffer = memoryview(bytearray(CHUNK))
    while count := file.readinto(buffer):
        if stopped.is_set():
            raise InterruptedError
        digest.update(buffer[:count])
        size += count
        advance(count)
    return Content(digest.hexdigest(), size)


async def read_span(found: Found, file: FileIO, first: int, count: int) -> AsyncGenerator[bytes]:
    """A stretch of a file's bytes, some at a time. The last of them come only if the file is what it was.

    Args:
        found: the file.
        file: of `open_found`; it stays open.
        first: from which byte on.
        count: how many bytes.

    Raises:
        FileChanged: it is not.
    """
    await asyncio.to_thread(file.seek, first)
    while count:
        chunk = await asyncio.to_thread(file.read, min(CHUNK, count))
        count -= len(chunk)
        if not chunk:
            raise FileChanged.of(found)
        if not count:
            check(found, file)
        yield chunk


def open_found(found: Found) -> FileIO:
    """The file, open, if it is what it was.

    Raises:
        FileChanged: it is not.
        FolderUnfit: it cannot be read.
    """
    try:
        file = found.place.open("rb", buffering=0)
    except FileNotFoundError as error:
        raise FileChanged.of(found) from error
    except OSError as error:
        raise FolderUnfit(
            f"The file {shown(found.path, 200)} cannot be read: {error.strerror}.",
            remedy="Let this user read it, or leave it out with --exclude.",
        ) from error
    try:
        check(found, file)
    except BaseException:
        file.close()
        raise
    return file


def check(found: Found, file: FileIO) -> None:
    """Returns if the open file looks as it did when it was found.

    Raises:
        FileChanged: it does not.
    """
    if Look.of(os.fstat(file.fileno())) != found.look:
        raise FileChanged.of(found)


def refuse_changed(sources: Sequence[Source]) -> None:
    """Returns if every file looks as it did. It blocks.

    Raises:
        FileChanged: one does not.
    """
    for source in sources:
        open_found(source.found).close()


def _content_of(found: Found, advance: Callable[[int], None], stopped: threading.Event) -> Content:
    with open_found(found) as file:
        content = hash_open(file, advance, stopped)
        check(found, file)
    return content
