"""The folder of artifacts as files. Every function blocks; what it named is on the disk, whole, when it returns."""

import errno
import hashlib
import os
import re
import secrets
import shutil
import stat
from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from app.artifacts.arriving import check_content, check_parts
from app.artifacts.content import CHUNK, Content, Held, Part, Stored, Unfinished, Upload, content_key, is_sha256
from app.artifacts.failures import BadFile, UploadIncomplete, UploadMismatch
from app.artifacts.store import Look

_NO_LINKS = frozenset({errno.EPERM, errno.EOPNOTSUPP, errno.EMLINK, errno.EXDEV, errno.ENOSYS})
"""What file systems say that have no second names for a file, or have given enough."""


_UNFINISHED = re.compile(r"arriving/[0-9a-f]{32}|staging/[0-9a-f]{32}/[0-9]{1,9}", re.ASCII)


class FolderFiles:
    """What is done in one folder.

    In it `sha256` has what is named by its digest, `staging` the parts of uploads by number, and `arriving` what nobody
    has finished writing.

    Args:
        root: the folder; `make` makes it.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self._arriving = root / "arriving"

    def make(self) -> None:
        """Makes the folder where it is missing, for its owner's eyes only."""
        for folder in (self.root, self._arriving, self.root / "staging", self.root / "sha256"):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def path(self, key: str) -> Path:
        """Where a key is. Keys are made by this program of digests and numbers, never of what a client wrote."""
        return self.root / key

    def try_writing(self) -> None:
        """Writes a few bytes and removes them."""
        path, file = self.open_new()
        try:
            with file:
                file.write(b"?" * 4096)
                sync(file)
        finally:
            path.unlink(missing_ok=True)

    def open_new(self) -> tuple[Path, BinaryIO]:
        """A new file of no lasting name, to be written."""
        path = self._arriving / secrets.token_hex(16)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        return path, os.fdopen(descriptor, "wb")

    def begin(self, upload: Upload) -> None:
        """Makes the folder of the parts of a file."""
        self._make_folder(self.path(upload.key))

    def keep_part(self, written: Path, key: str) -> None:
        """Gives what was written the name of a part; a part that came before is replaced.

        Raises:
            UploadIncomplete: its upload was discarded.
        """
        target = self.path(key)
        if not target.parent.is_dir() and self.root.is_dir():
            raise UploadIncomplete("The upload was discarded.", remedy="Begin it anew.")
        written.replace(target)
        sync_folder(target.parent)

    def parts(self, upload: Upload) -> Sequence[Part]:
        """The parts that have arrived, by number."""
        try:
            entries = [entry for entry in os.scandir(self.path(upload.key)) if entry.name.isdecimal()]
        except FileNotFoundError:
            self.root.stat()  # what is missing may be all of it
            return ()
        found = [Part(int(entry.name), entry.stat().st_size) for entry in entries]
        return sorted(found, key=lambda part: part.number)

    def finish(self, upload: Upload, *, look: Look | None = None) -> Stored:
        """Joins the parts in a file that no address can change, and names it if it is as announced.

        Args:
            upload: whose parts.
            look: looks at it before it is named.

        Raises:
            UploadIncomplete: parts are missing.
            UploadMismatch: it is not; the parts were removed.
            BadFile: the look raised it; the parts were removed.
        """
        self.root.stat()
        if upload.parts and not self.path(upload.key).is_dir():
            raise UploadIncomplete("Nothing of the upload is there: it was discarded.", remedy="Begin it anew.")
        check_parts(upload, self.parts(upload))
        joined = self._arriving / secrets.token_hex(16)
        try:
            size, digest = self._join(upload, joined)
            check_content(upload.content, size, digest)
            if look is not None:
                _shown(joined, look)
            return self.name(joined, upload.content)
        except FileNotFoundError:
            raise UploadIncomplete("The upload was discarded meanwhile.", remedy="Begin it anew.") from None
        except (UploadMismatch, BadFile):
            self.discard(upload.key)
            raise
        finally:
            joined.unlink(missing_ok=True)

    def _join(self, upload: Upload, target: Path) -> tuple[int, str]:
        if upload.parts == 1 and _link(self.path(f"{upload.key}/1"), target):
            return hashed(target)  # nothing was copied
        total = hashlib.sha256()
        descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            for number in range(1, upload.parts + 1):
                with self.path(f"{upload.key}/{number}").open("rb") as part:
                    while chunk := part.read(CHUNK):
                        total.update(chunk)
                        file.write(chunk)
            sync(file)
            return file.tell(), total.hexdigest()

    def name(self, written: Path, content: Content) -> Stored:
        """Gives bytes that were hashed, and are on the disk, the name of their digest; equal bytes are there once.

        They take the place of what has that name: of those nobody knows as well that they are right.
        """
        target, held = self.path(content_key(content.sha256)), self.look(content.sha256)
        self._make_folder(target.parent)
        written.replace(target)
        sync_folder(target.parent)
        return Stored(content, new=held is None or held.content != content)

    def _make_folder(self, folder: Path) -> None:
        """Makes folders, so that they are there after a power cut; never the root itself, whose disk may be away."""
        missing = [each for each in (folder, *folder.parents) if each.is_relative_to(self.root) and not each.exists()]
        for each in reversed(missing):
            if each == self.root:
                raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(self.root))
            each.mkdir(mode=0o700, exist_ok=True)
            sync_folder(each.parent)

    def discard(self, key: str) -> None:
        """Removes the parts of a file, and the folder of its upload if they were the last."""
        folder = self.path(key)
        shutil.rmtree(folder, ignore_errors=True)
        if folder.exists():
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        with suppress(OSError):
            folder.parent.rmdir()

    def unfinished(self, after: str, limit: int) -> Sequence[Unfinished]:
        """Files of no lasting name, and uploads whose parts are there, by key."""
        found: list[Unfinished] = []
        for key in filter(is_unfinished, self._unfinished_keys()):
            if key > after:
                with suppress(FileNotFoundError):
                    found.append(Unfinished(key, self.path(key).stat().st_mtime_ns // 1000))
            if len(found) == limit:
                break
        return found

    def _unfinished_keys(self) -> Iterator[str]:
        yield from (f"arriving/{name}" for name in _names(self._arriving))
        for upload in _names(self.root / "staging"):
            yield from (f"staging/{upload}/{number}" for number in _names(self.root / "staging" / upload))

    def drop(self, key: str) -> None:
        """Removes one of them."""
        if key.startswith("arriving/"):
            self.path(key).unlink(missing_ok=True)
        else:
            self.discard(key)

    def look(self, sha256: str) -> Held | None:
        """What is held under a digest."""
        try:
            found = self.path(content_key(sha256)).stat()
        except FileNotFoundError:
            self.root.stat()  # what is missing may be all of it
            return None
        if not stat.S_ISREG(found.st_mode):
            return None  # nothing of ours
        return Held(Content(sha256, found.st_size), found.st_mtime_ns // 1000)

    def held(self, after: str, limit: int) -> Sequence[Held]:
        """What is held, by digest, after that one."""
        there = (each for sha256 in self._digests(after) if (each := self.look(sha256)) is not None)
        return list(islice(there, limit))

    def _digests(self, after: str) -> Iterator[str]:
        top = self.root / "sha256"
        for first in _names(top):
            if first < after[:2]:
                continue
            for second in _names(top / first):
                folder = first + second
                if folder >= after[:4]:
                    ours = (name for name in _names(top / first / second) if is_sha256(name) and name[:4] == folder)
                    yield from (name for name in ours if name > after)

    def remove(self, sha256: str) -> bool:
        """Removes what is held under a digest; whether there was anything."""
        path = self.path(content_key(sha256))
        try:
            path.unlink()
        except FileNotFoundError:
            self.root.stat()
            return False
        sync_folder(path.parent)
        return True


def is_unfinished(key: str) -> bool:
    """Whether it is the key of what had begun to arrive: never of what has a digest's name, or of what others made."""
    return _UNFINISHED.fullmatch(key) is not None


def sync(file: BinaryIO) -> None:
    """Has what was written to a file on the disk."""
    file.flush()
    os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Has the names in a folder on the disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def hashed(path: Path) -> tuple[int, str]:
    """The size and the sha256 of a file, read in constant memory, once it is on the disk."""
    with path.open("rb") as file:
        os.fsync(file.fileno())
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        return file.tell(), digest


def _shown(path: Path, look: Look) -> None:
    """Has the look read a file."""
    with path.open("rb") as file:

        def read(first: int, count: int) -> bytes:
            file.seek(first)
            return file.read(count)

        look(read)


def _link(source: Path, target: Path) -> bool:
    """Gives a file a second name; whether this file system has such."""
    try:
        target.hardlink_to(source)
    except OSError as error:
        if error.errno in _NO_LINKS:
            return False
        raise
    return True


def _names(folder: Path) -> list[str]:
    try:
        return sorted(entry.name for entry in os.scandir(folder))
    except (FileNotFoundError, NotADirectoryError):  # as of a file that somebody put there
        return []
