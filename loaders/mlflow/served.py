"""A folder of files that a tracking server hands out (`mlflow-artifacts:`), fetched file by file.

The listing is the server's word and believed in nothing: a name that leads elsewhere is refused, and so is a file that
is not as long as it was listed.
"""

import json
import shutil
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from threading import Event
from typing import Any
from urllib.parse import quote

import httpx

from app.artifacts.content import CHUNK, MIB
from app.artifacts.manifest import MOST_FILES, flaw_of_path
from app.loading.loader import SourceUnreachable, SourceUnusable
from app.transfer.arriving import PlaceUnfit, told
from app.transfer.ports import Progress
from graph_schema.canonical import shown
from loaders.mlflow.connection import ATTEMPTS, Connection
from loaders.mlflow.records import number

ARTIFACTS = "/api/2.0/mlflow-artifacts/artifacts"
"""The path of the server below which all that it hands out is."""

_LONGEST_LISTING = 32 * MIB
"""The most bytes of one answer that lists a folder: more than ten thousand files take."""


class ServedFolder:
    """The folder of that path.

    Args:
        connection: to the server.
        root: the path, from the root of what the server hands out on.
    """

    def __init__(self, connection: Connection, root: str) -> None:
        self._connection = connection
        self._root = root
        self._sizes: dict[str, int] | None = None

    def sizes(self) -> dict[str, int]:
        """The bytes of each file by its path in the folder, as the server lists them.

        Raises:
            SourceUnreachable: it does not answer.
            SourceUnusable: it lists none, or what no version can have.
        """
        if self._sizes is None:
            self._sizes = self._listed()
            if not self._sizes:
                raise SourceUnusable(
                    f"{self._connection.shown} lists no files in {shown(self._root, 200)}.",
                    remedy="If they were deleted there, restore them; else push them from where they are.",
                )
        return self._sizes

    def fetch(self, into: Path, progress: Progress, stopped: Event) -> Path:
        """The folder with all of them.

        Raises:
            InterruptedError: nobody wants them any more.
            SourceUnreachable: the server does not answer, or stops answering.
            SourceUnusable: what comes is not what was listed.
            PlaceUnfit: there is no room for it.
        """
        sizes = self.sizes()
        total, free = sum(sizes.values()), shutil.disk_usage(into).free
        if total > free:
            raise PlaceUnfit(
                f"{total:,} bytes are to be fetched, and {into} has room for {free:,}.",
                remedy="Make room, or name another folder in TMPDIR.",
            )
        progress.begin("Fetching", total)
        for path, size in sizes.items():
            for attempt in range(ATTEMPTS):
                try:
                    with told(path):
                        self._fetch(path, into / path, size, progress, stopped)
                    break
                except SourceUnreachable:
                    if attempt == ATTEMPTS - 1:
                        raise
                    time.sleep(0.25 * 2**attempt)
        return into

    def _fetch(self, path: str, place: Path, size: int, progress: Progress, stopped: Event) -> None:
        place.parent.mkdir(parents=True, exist_ok=True)
        came = 0
        try:
            with place.open("wb") as file, self._answer(f"{self._root}/{path}") as response:
                for chunk in response.iter_bytes(CHUNK):
                    if stopped.is_set():
                        raise InterruptedError
                    came += len(chunk)
                    progress.advance(len(chunk))
                    if came > size:
                        raise _not_as_listed(path, size, "more")
                    file.write(chunk)
        except SourceUnreachable:
            progress.advance(-came)
            raise
        if came < size:
            raise _not_as_listed(path, size, f"{came:,}")

    def _answer(self, path: str) -> AbstractContextManager[httpx.Response]:
        return self._connection.stream(f"{ARTIFACTS}/{quote(path)}", {})

    def _listed(self) -> dict[str, int]:
        sizes: dict[str, int] = {}
        folders, met = [""], 0
        while folders:
            above = folders.pop()
            for name, size in self._entries(f"{self._root}/{above}".rstrip("/")):
                met += 1
                path = f"{above}{name}"
                flaw = "holds a slash" if "/" in name else flaw_of_path(path)
                if flaw or path in sizes:
                    raise SourceUnusable(
                        f"{self._connection.shown} lists the path '{shown(path, 200)}', which "
                        f"{flaw or 'it lists twice'}: nothing of that folder is fetched.",
                        remedy="See who can write there; push the files by `pedigree push` if they are right.",
                    )
                if met > MOST_FILES:
                    raise SourceUnusable(
                        f"{self._connection.shown} lists more than {MOST_FILES:,} files and folders in "
                        f"{shown(self._root, 200)}.",
                        remedy="A version has no more: pack small files into an archive, and push that.",
                    )
                if size is None:
                    folders.append(f"{path}/")
                else:
                    sizes[path] = size
        return sizes

    def _entries(self, path: str) -> Iterator[tuple[str, int | None]]:
        """What is in a folder: names, with the bytes of files and None for folders."""
        text = bytearray()
        with self._connection.stream(ARTIFACTS, {"path": path}) as response:
            for chunk in response.iter_bytes():
                text += chunk
                if len(text) > _LONGEST_LISTING:
                    raise self._strange(path)
        try:
            files = json.loads(text).get("files", ())
            # What has no size is an empty file: MLflow leaves a zero out.
            yield from [(_text(each["path"]), None if each.get("is_dir") else _size(each)) for each in files]
        except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
            raise self._strange(path) from error

    def _strange(self, path: str) -> SourceUnusable:
        return SourceUnusable(
            f"{self._connection.shown} lists {shown(path, 200)} as MLflow does not.",
            remedy="Give the address that MLFLOW_TRACKING_URI would have, with its path.",
        )


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _size(entry: dict[str, Any]) -> int:
    size = number(entry.get("file_size", 0))
    if size is None or size < 0:
        raise ValueError
    return size


def _not_as_listed(path: str, size: int, came: str) -> SourceUnusable:
    return SourceUnusable(
        f"The file {shown(path, 200)} is listed with {size:,} bytes, and {came} came.",
        remedy="Load again when nobody writes to it any more.",
    )
