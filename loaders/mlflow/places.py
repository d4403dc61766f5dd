"""Where the files of a version are, and what of that can be read from here.

A store is read from where the user said, and from nowhere else: no address that it names leads to another host, one
that a server names leads to no file of this machine, and one that a store of this machine names to no folder outside of
the store's own and of those that the user allowed. For whoever may register a version writes such addresses.
"""

import os
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from urllib.parse import SplitResult, unquote, urlsplit

import httpx

from app.artifacts.manifest import flaw_of_path
from app.loading.loader import SourceUnusable
from app.transfer.ports import Progress
from graph_schema.canonical import shown
from loaders.mlflow.connection import Connection
from loaders.mlflow.mapping import logged_model_in, run_in, version_in
from loaders.mlflow.records import StoreOfFiles, Version
from loaders.mlflow.served import ARTIFACTS, ServedFolder

_MOST_TURNS = 20
"""How many names stand for another at the most: MLflow itself makes no more than three."""

_PORTS = {"http": 80, "https": 443}
_PUSH = "Fetch them from there, and hand them over by `pedigree push`."


@dataclass(frozen=True, slots=True)
class Nearby:
    """A store of this machine.

    Attributes:
        start: the folder from which its relative addresses go.
        roots: the folders in which files may be read, whatever it names.
    """

    start: Path
    roots: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class LocalFolder:
    """A folder of this machine, read where it is.

    Attributes:
        path: of it, as the store says it.
        roots: the folders in which it may be.
    """

    path: Path
    roots: tuple[Path, ...]

    def sizes(self) -> None:
        """None: nothing need be fetched."""

    def fetch(self, into: Path, progress: Progress, stopped: Event) -> Path:  # noqa: ARG002 - as `Folder` has it
        """The folder itself, by the path that no link is on.

        Raises:
            SourceUnusable: there is none, or it is in none of the roots once links and `..` are followed.
        """
        try:
            # Only a strict path is free of links: without, one that meets a loop of links is merely tidied as a text.
            found = Path(os.path.realpath(self.path, strict=True))
        except (OSError, ValueError):  # the second: a path that no system call takes
            found = None
        if not self._is_allowed(found):
            raise SourceUnusable(
                f"Its files are in {shown(str(found or self.path), 300)}, which lies neither in the store's own folder "
                "nor in one that was allowed: nothing of it is read.",
                remedy="Name the folder by --artifact-root if you trust it.",
            )
        if found is None or not found.is_dir():
            raise SourceUnusable(
                f"There is no folder {shown(str(self.path), 300)}.",
                remedy="Restore it, or mount it there, and load again; or push the files from where they are.",
            )
        return found

    def _is_allowed(self, found: Path | None) -> bool:
        """Whether it is in one of the roots; of what is not there, whether it would be."""
        try:
            place = found or Path(os.path.realpath(self.path))
        except ValueError:
            return True  # it is nowhere
        return any(place.is_relative_to(os.path.realpath(root)) for root in self.roots)


def place_of(store: StoreOfFiles, version: Version) -> str:
    """The address of a version's files, once all names that stand for it are followed; empty where nothing says it."""
    place = store.version_place(version.name, version.version) or version.source
    for _ in range(_MOST_TURNS):
        copied = version_in(place)
        if model_id := logged_model_in(place):
            place = store.logged_place(model_id)
        elif run_id := run_in(place):
            _, _, path = place.removeprefix("runs:/").partition("/")
            root = store.run_place(run_id)
            place = f"{root.rstrip('/')}/{path}" if root else ""
        elif copied[0]:
            place = store.version_place(*copied)
        else:
            break
    return place


def folder_at(place: str, near: Connection | Nearby) -> LocalFolder | ServedFolder:
    """The files at an address.

    Args:
        place: the address, as a store says it.
        near: the server that said it, or the store of this machine.

    Raises:
        SourceUnusable: they are not to be had from here; with what to do about it.
    """
    try:
        parts = urlsplit(place, allow_fragments=False)
        port = parts.port
    except ValueError:
        raise SourceUnusable("The address of its files cannot be read.", remedy=_PUSH) from None
    scheme = "file" if place.startswith("/") else parts.scheme or "file"
    if not place or scheme in {"models", "runs"}:
        raise SourceUnusable("MLflow does not know where its files are.", remedy="Push them from where they are.")
    if scheme not in {"file", "mlflow-artifacts", *_PORTS}:
        raise SourceUnusable(f"Its files are at {scheme}:, from where nothing is fetched.", remedy=_PUSH)
    if isinstance(near, Nearby):
        return _local(place, parts, scheme, near)
    if scheme == "file":
        raise SourceUnusable(
            "Its files are in a folder that the server names, on whichever machine that is: it is not read here.",
            remedy="Load from the store itself (sqlite:///… or file:…) where the folder is, or push the files.",
        )
    return ServedFolder(near, _served_path(parts, port, near.url))


def _local(place: str, parts: SplitResult, scheme: str, near: Nearby) -> LocalFolder:
    if scheme != "file":
        raise SourceUnusable(
            f"Its files are at {scheme}:, with the server of the store.",
            remedy="Load from the address of that server (http://…).",
        )
    if parts.scheme != "file" or place.startswith("/"):
        return LocalFolder(near.start / place, near.roots)
    if parts.netloc not in {"", "localhost"}:
        raise SourceUnusable("Its files are in a folder of another host, from where nothing is fetched.", remedy=_PUSH)
    return LocalFolder(near.start / unquote(parts.path), near.roots)


def _served_path(parts: SplitResult, port: int | None, server: httpx.URL) -> str:
    """The path of what the server hands out."""
    path = parts.path + (f"?{parts.query}" if parts.query else "")
    secure = parts.scheme if parts.scheme in _PORTS else server.scheme
    there = (secure, (parts.hostname or "").lower(), port or _PORTS[secure])
    here = (server.scheme, server.host.lower(), server.port or _PORTS[server.scheme])
    if (parts.netloc or parts.scheme in _PORTS) and there != here:
        raise SourceUnusable(
            "Its files are at another host than the server, and are not asked for there.", remedy=_PUSH
        )
    if parts.scheme in _PORTS:
        before = f"{server.path.rstrip('/')}{ARTIFACTS}/"
        if not path.startswith(before):
            raise SourceUnusable("Its files are at an address that hands out no artifacts of MLflow.", remedy=_PUSH)
        path = path.removeprefix(before)
    path = path.strip("/")
    if flaw := flaw_of_path(path):
        raise SourceUnusable(f"The path of its files, '{shown(path, 200)}', {flaw}.", remedy="Register it anew.")
    return path
