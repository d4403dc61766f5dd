"""A folder that files come into: never through a link, never outside of it, and under their names only when whole.

Each step from the folder down is taken from an open folder to one in it, so that what somebody puts in the way between
a look and a step is not followed either.
"""

import os
import threading
from collections.abc import Callable, Container, Iterator
from contextlib import suppress
from io import FileIO
from itertools import islice
from pathlib import Path

from app.artifacts.content import CHUNK, Content
from app.artifacts.manifest import UNFINISHED, flaw_of_path
from app.transfer.arriving import Arriving, PlaceUnfit, name_of, size_in, told
from app.transfer.hashing import hash_open
from graph_schema.canonical import shown

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
"""Whatever lies there instead of a file is neither followed nor waited for."""


_TOLD = 100
"""Of how many files it is told that they are there, too."""


class Target:
    """A folder that files come into. Every function blocks, and may be called from any thread.

    Args:
        root: the folder, which is made where it is missing; it may be a link itself, as its user has named it.

    Raises:
        PlaceUnfit: it cannot be made, or is no folder.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        try:
            root.mkdir(parents=True, exist_ok=True)
            self._root = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        except OSError as error:
            raise PlaceUnfit(f"{root} cannot be used as a folder: {error.strerror}.", remedy="Name another.") from error

    def close(self) -> None:
        """Lets go of the folder."""
        os.close(self._root)

    def size_of(self, path: str) -> int | None:
        """The bytes of the file that is there under that path; None where nothing is.

        Raises:
            PlaceUnfit: what is there is no file, or the way there leads through a link.
        """
        with told(path):
            try:
                folder = self._enter(path)
            except FileNotFoundError:
                return None
            try:
                return size_in(folder, path)
            finally:
                os.close(folder)

    def content_of(self, path: str, advance: Callable[[int], None], stopped: threading.Event) -> Content:
        """What the file under that path holds; see `hash_open`.

        Raises:
            PlaceUnfit: it cannot be read.
        """
        with told(path), self._opened(path) as file:
            return hash_open(file, advance, stopped)

    def copy(
        self, path: str, arriving: Arriving, most: int, advance: Callable[[int], None], stopped: threading.Event
    ) -> None:
        """Adds to a file on its way what the file under that path has after as many bytes.

        Args:
            path: of what is copied.
            arriving: what it is copied to.
            most: how many bytes that is to have then at the most.
            advance: told how many bytes more are copied.
            stopped: set when nobody wants it any more.

        Raises:
            PlaceUnfit: one cannot be read, or the other not be written.
            InterruptedError: nobody wants it any more.
        """
        with told(path), self._opened(path) as file:
            file.seek(arriving.bytes)
            while chunk := file.read(min(CHUNK, most - arriving.bytes)):
                if stopped.is_set():
                    raise InterruptedError
                arriving.write(chunk)
                advance(len(chunk))

    def arriving(self, path: str, most: int, stopped: threading.Event) -> Arriving:
        """The file on its way to that path, with what has come of it before, if that is at most so many bytes.

        Raises:
            PlaceUnfit: it cannot be written, or another process writes it.
            InterruptedError: nobody wants it any more, as the event says that is set then.
        """
        with told(path):
            return Arriving(self._enter(path, make=True), path, most, stopped)

    def others(self, paths: Container[str]) -> list[str]:
        """What else is in the folder, in order: the first hundred. What a pull has not finished is not told."""
        others = (each for each in self._all() if each not in paths and not each.endswith(UNFINISHED))
        return [os.fsencode(each).decode("utf-8", "backslashreplace") for each in islice(others, _TOLD)]

    def _all(self) -> Iterator[str]:
        """The paths of what is in the folder and is no folder; nothing is followed, and what cannot be read is left."""
        for above, folders, files in os.walk(self.root):
            folders.sort()
            links = (name for name in folders if Path(above, name).is_symlink())
            yield from (Path(above, name).relative_to(self.root).as_posix() for name in sorted((*files, *links)))

    def _opened(self, path: str) -> FileIO:
        folder = self._enter(path)
        try:
            return FileIO(os.open(name_of(path), _READ, dir_fd=folder))
        finally:
            os.close(folder)

    def _enter(self, path: str, *, make: bool = False) -> int:
        """The folder that the path's last part is in, open."""
        if flaw := flaw_of_path(path):  # which no manifest lets through
            raise PlaceUnfit(f"The path '{shown(path, 200)}' {flaw}.")
        at = os.dup(self._root)
        try:
            for name in path.split("/")[:-1]:
                if make:
                    with suppress(FileExistsError):
                        os.mkdir(name, dir_fd=at)
                below = os.open(name, _FOLDER, dir_fd=at)
                os.close(at)
                at = below
        except BaseException:
            os.close(at)
            raise
        return at
