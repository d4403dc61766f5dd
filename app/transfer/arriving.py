"""A file on its way: written beside its place, under a name that says so, and given its own only when it is right."""

import errno
import fcntl
import hashlib
import os
import stat
import threading
from collections.abc import Generator
from contextlib import contextmanager, suppress
from io import FileIO
from types import TracebackType
from typing import Self

from app.artifacts.content import CHUNK
from app.artifacts.manifest import LONGEST_PART, UNFINISHED
from app.errors import ErrorCode, PedigreeError
from graph_schema.canonical import shown

_WRITE = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
"""Whatever lies there instead of a file is neither followed nor waited for."""


_SET_OUT_BYTES = 8 * CHUNK
"""After how many bytes the disk is given them, so that little is left to wait for at the end."""


class PlaceUnfit(PedigreeError):
    """A file cannot be put where it belongs; the message names the place."""

    standard_code = ErrorCode.BAD_USAGE


class Arriving:
    """A file on its way, under a name that says so, beside its own; nobody else writes it meanwhile.

    Args:
        folder: that it is in, open; closed with this.
        path: where it belongs.
        most: the bytes that it will have; what is there of it and has more is thrown away.
        stopped: set when nobody wants it any more.

    Attributes:
        bytes: how many are there.
    """

    def __init__(self, folder: int, path: str, most: int, stopped: threading.Event) -> None:
        self.bytes = 0
        self._set_out = 0  # up to where they are on their way to the disk
        self._digest = hashlib.sha256()
        self._folder = folder
        self._path = path
        try:
            self._file = _opened(folder, path)
        except BaseException:
            os.close(folder)
            raise
        try:
            self._go_on(most, stopped)
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def sha256(self) -> str:
        """Of the bytes that are there."""
        return self._digest.hexdigest()

    def write(self, chunk: bytes) -> None:
        """Adds some bytes.

        Raises:
            PlaceUnfit: there is no room, or the like.
        """
        with told(self._path):
            rest = memoryview(chunk)
            while rest:
                rest = rest[self._file.write(rest) :]
        self._digest.update(chunk)
        self.bytes += len(chunk)
        if self.bytes - self._set_out >= _SET_OUT_BYTES:
            _set_out(self._file, self._set_out, self.bytes)
            self._set_out = self.bytes

    def restart(self) -> None:
        """Throws away what is there."""
        with told(self._path):
            self._file.seek(0)
            self._file.truncate()
        self.bytes, self._set_out, self._digest = 0, 0, hashlib.sha256()

    def finish(self, *, replace: bool) -> None:
        """Gives the file its name, once all of it is on the disk.

        Args:
            replace: a file that has that name.

        Raises:
            PlaceUnfit: it cannot have it.
        """
        with told(self._path):
            os.fsync(self._file.fileno())
            if not replace and size_in(self._folder, self._path) is not None:
                raise PlaceUnfit(f"{shown(self._path, 200)} has come meanwhile.", remedy="Pull again.")
            written = _unfinished(name_of(self._path))
            os.rename(written, name_of(self._path), src_dir_fd=self._folder, dst_dir_fd=self._folder)
            os.fsync(self._folder)

    def discard(self) -> None:
        """Removes what is there."""
        with told(self._path), suppress(FileNotFoundError):
            os.unlink(_unfinished(name_of(self._path)), dir_fd=self._folder)

    def close(self) -> None:
        """Lets go of the file; what is there of it stays, so that another pull goes on with it."""
        self._file.close()
        os.close(self._folder)

    def _go_on(self, most: int, stopped: threading.Event) -> None:
        if os.fstat(self._file.fileno()).st_size > most:
            self.restart()
            return
        buffer = memoryview(bytearray(CHUNK))
        while count := self._file.readinto(buffer):
            if stopped.is_set():
                raise InterruptedError
            self._digest.update(buffer[:count])
            self.bytes += count
        self._set_out = self.bytes


@contextmanager
def told(path: str) -> Generator[None]:
    """Turns what the operating system says of a file of the folder into what its reader can do about it.

    Raises:
        PlaceUnfit: with the reason and the remedy.
    """
    try:
        yield
    except InterruptedError:
        raise
    except OSError as error:
        place = shown(path, 200)
        if error.errno in {errno.ELOOP, errno.ENOTDIR}:
            raise PlaceUnfit(
                f"The way to {place} leads through a link, or through what is no folder.",
                remedy="Nothing is written through links: move it away, or pull into another folder.",
            ) from error
        full = error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
        raise PlaceUnfit(
            f"{place} cannot be read or written: {error.strerror or error}.",
            remedy="Make room; the same command then goes on." if full else "Mend that, or pull into another folder.",
        ) from error


def _set_out(file: FileIO, first: int, end: int) -> None:
    """Has these bytes of a file on their way to the disk, without waiting for them, where the system can be told so.

    What is said is that nobody needs them in memory. Linux begins to write them then, and forgets none that it has not
    written: as they have just come, it forgets none at all (posix_fadvise(2), POSIX_FADV_DONTNEED).
    """
    if not hasattr(os, "posix_fadvise"):
        return
    with suppress(OSError):  # a file system that takes no advice
        os.posix_fadvise(file.fileno(), first, end - first, os.POSIX_FADV_DONTNEED)


def size_in(folder: int, path: str) -> int | None:
    """The bytes of the file of that path in an open folder, its own; None where nothing is.

    Raises:
        PlaceUnfit: what is there is no file.
    """
    try:
        status = os.stat(name_of(path), dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return None
    if not stat.S_ISREG(status.st_mode):
        raise PlaceUnfit(
            f"What is there as {shown(path, 200)} is no file, but a folder, a link or the like.",
            remedy="Move it away, or pull into another folder.",
        )
    return status.st_size


def _opened(folder: int, path: str) -> FileIO:
    """The file that is written, which is there under its temporary name and which this process alone has locked."""
    name = _unfinished(name_of(path))
    while True:
        file = FileIO(os.open(name, _WRITE, 0o666, dir_fd=folder), "r+")
        try:
            if _is_ours(file, folder, name, path):
                return file
        except BaseException:
            file.close()
            raise
        file.close()


def _is_ours(file: FileIO, folder: int, name: str, path: str) -> bool:
    """Locks the file; whether it has its name still, which another pull may have taken from it meanwhile."""
    status = os.fstat(file.fileno())
    if not stat.S_ISREG(status.st_mode) or status.st_nlink > 1:
        raise PlaceUnfit(
            f"{shown(name, 200)}, which stands for what is unfinished of {shown(path, 200)}, is no file of its own.",
            remedy="Delete it.",
        )
    try:
        fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise PlaceUnfit(
            f"Another pull is writing {shown(path, 200)}.", remedy="Let it end, or pull into another folder."
        ) from None
    except OSError:
        pass  # a file system without locks: two pulls at once then spoil what they write, and see it by its digest
    with suppress(FileNotFoundError):
        return os.path.samestat(os.stat(name, dir_fd=folder, follow_symlinks=False), status)
    return False


def name_of(path: str) -> str:
    """The last part of a path."""
    return path.rpartition("/")[2]


def _unfinished(name: str) -> str:
    """The name of what is unfinished; a long name is cut, and told from others by its digest."""
    wanted = f".{name}{UNFINISHED}"
    if len(wanted.encode()) <= LONGEST_PART:
        return wanted
    return f".{hashlib.sha256(name.encode()).hexdigest()}{UNFINISHED}"
