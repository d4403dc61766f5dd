"""What a loader provides that brings files beside what it knows: the folders of versions in the system it reads."""

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import Protocol, runtime_checkable

from app.errors import PedigreeError
from app.loading.loader import LoadOptions
from app.transfer.ports import Progress


class Folder(Protocol):
    """The files of a version, wherever they are. Its functions block, and are called from other threads."""

    def sizes(self) -> Mapping[str, int] | None:
        """The bytes of each file by its path, as far as they are told without fetching any; None where none need be.

        Raises:
            PedigreeError: they cannot be had.
        """
        ...

    def fetch(self, into: Path, progress: Progress, stopped: Event) -> Path:
        """The folder on this machine that holds the files and nothing else.

        Args:
            into: an empty folder for what must be fetched; removed by the caller.
            progress: watches.
            stopped: set when nobody wants them any more.

        Raises:
            InterruptedError: nobody does.
            PedigreeError: they cannot be had.
        """
        ...


@dataclass(frozen=True, slots=True)
class VersionFiles:
    """A version and where its files are.

    Attributes:
        key: of the version: `namespace`, `name`, `version`.
        place: the address of its files as people may see it, without what lets a reader in; empty where none is said.
        folder: the files, or why they cannot be had.
    """

    key: Mapping[str, str]
    place: str
    folder: Folder | PedigreeError


@runtime_checkable
class BringsFiles(Protocol):
    """A loader that finds files too."""

    def open_files(self, location: str, options: LoadOptions) -> AbstractContextManager[Iterator[VersionFiles]]:
        """Each version that a load of that store registers, with its files; found one by one while the block lasts.

        Args:
            location: of the store.
            options: what the user decided.

        Raises:
            SourceUnreachable: nothing answers there, or it went away.
            SourceUnusable: what is there is no such store.
        """
        ...
