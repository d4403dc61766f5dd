"""The files of a folder, as a manifest can name them; what cannot be one is told, all of it at once."""

import os
import stat
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Self

from app.artifacts.content import Content
from app.artifacts.manifest import MOST_FILES, UNFINISHED, File, Manifest, flaw_of_path
from app.errors import ErrorCode, PedigreeError
from graph_schema.canonical import shown

_VERSIONING = frozenset({".bzr", ".git", ".hg", ".jj", ".svn"})
"""What systems of versioning keep in a folder: history, and sometimes passwords."""

_TOLD = 10
_UNREAD = Content("0" * 64, 0)
"""Stands for bytes that nobody has read so far."""

_KINDS = (
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)


class FolderUnfit(PedigreeError):
    """A folder holds what no version can; the message names it, and the remedy."""

    standard_code = ErrorCode.BAD_MANIFEST


@dataclass(frozen=True, slots=True)
class Look:
    """How a file looks from outside: the same, as long as nobody writes to it or puts another in its place.

    Attributes:
        device: that it is on.
        inode: its number there.
        bytes: how many it has.
        modified: when it was written to last, in nanoseconds.
    """

    device: int
    inode: int
    bytes: int
    modified: int

    @classmethod
    def of(cls, status: os.stat_result) -> Self:
        """The look of what has that status."""
        return cls(status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)


@dataclass(frozen=True, slots=True)
class Found:
    """A file of a folder.

    Attributes:
        path: in the folder, as a manifest has it.
        place: where its bytes are; for a link, where it leads.
        look: as it was found.
    """

    path: str
    place: Path
    look: Look


def walk(folder: Path, exclude: Sequence[str] = ()) -> list[Found]:
    """The files of a folder and of the folders in it, by path. Links to files within it count as files.

    Args:
        folder: which one.
        exclude: patterns, with `*`, `?` and `[…]`, of what is passed over: a path, or the name of a file or a folder.

    Raises:
        FolderUnfit: it holds what cannot be a file of a version, or is no folder that can be read.
        BadManifest: the files cannot be those of one version.
    """
    walked = _Walk(folder, exclude)
    walked.all()
    if walked.flaws:
        told = [f"  {shown(path, 200)} {flaw}" for path, flaw in walked.flaws[:_TOLD]]
        if len(walked.flaws) > _TOLD:
            told.append(f"  … and {len(walked.flaws) - _TOLD:,} more")
        lines = (f"{folder} cannot be pushed as it is:", *told, "Mend that, or leave it out with --exclude.")
        raise FolderUnfit("\n".join(lines))
    Manifest.of(File.of(found.path, _UNREAD) for found in walked.found)  # its digest is not asked for
    return sorted(walked.found, key=lambda found: found.path)


class _Walk:
    def __init__(self, folder: Path, exclude: Sequence[str]) -> None:
        try:
            self._root = folder.resolve(strict=True)
        except OSError as error:
            raise _unread(folder, error) from error
        self._exclude = [pattern.rstrip("/") for pattern in exclude]
        self._folders = [""]
        self.found: list[Found] = []
        self.flaws: list[tuple[str, str]] = []

    def all(self) -> None:
        while self._folders:
            above = self._folders.pop()
            try:
                entries = sorted(os.scandir(self._root / above), key=lambda entry: entry.name)
            except OSError as error:
                if not above:
                    raise _unread(self._root, error) from error
                self.flaws.append((above, f"cannot be read: {error.strerror}"))
                continue
            for entry in entries:
                self._enter(entry, f"{above}{entry.name}")

    def _enter(self, entry: os.DirEntry[str], path: str) -> None:
        if any(fnmatchcase(each, pattern) for pattern in self._exclude for each in (path, entry.name)):
            return
        if len(self.found) > MOST_FILES:
            raise FolderUnfit(
                f"{self._root} holds more than {MOST_FILES:,} files, the most that a version has.",
                remedy="Pack small files into an archive, or leave some out with --exclude.",
            )
        try:
            flaw = _flaw_of_name(path, entry.name) or self._take(entry, path)
        except OSError as error:
            flaw = f"cannot be read: {error.strerror}"
        if flaw:
            self.flaws.append((path, flaw))

    def _take(self, entry: os.DirEntry[str], path: str) -> str:
        """Takes a file, or notes a folder to be walked; what keeps it from being either."""
        place = self._root / path
        if entry.is_symlink():
            try:
                place = place.resolve(strict=True)
            except (OSError, RuntimeError):
                return "is a link that leads nowhere"
            if not place.is_relative_to(self._root):
                return "is a link that leads out of the folder"
            if place.is_dir():
                return "is a link to a folder"
        status = place.lstat()
        if stat.S_ISDIR(status.st_mode):
            self._folders.append(f"{path}/")
        elif stat.S_ISREG(status.st_mode):
            self.found.append(Found(path, place, Look.of(status)))
        else:
            return f"is {next((name for test, name in _KINDS if test(status.st_mode)), 'no file')}"
        return ""


def _flaw_of_name(path: str, name: str) -> str:
    if name in _VERSIONING:
        return f"is what a system of versioning keeps: --exclude {name}"
    if name.endswith(UNFINISHED):
        return "is what a pull has not finished: pull again, or delete it"
    return flaw_of_path(path)


def _unread(folder: Path, error: OSError) -> FolderUnfit:
    return FolderUnfit(f"{folder} is no folder that can be read: {error.strerror}.", remedy="Name another.")
