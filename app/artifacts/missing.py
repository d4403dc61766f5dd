"""What is still to be sent of an upload, and where to: told a few files at a time, and told anew after a break."""

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TypeVar

from app.artifacts import graph as cypher
from app.artifacts.announcing import UploadRefused
from app.artifacts.content import Content
from app.artifacts.store import ArtifactStore
from app.artifacts.uploads import MissingFile, MissingPart, UploadFile, VersionUpload
from app.errors import ErrorCode
from app.graph.driver import Graph

T = TypeVar("T")

URL_SECONDS = 3_600
"""How long the address of a part lives."""

MOST_FILES = 100
"""Of how many files addresses are told at once."""

MOST_ADDRESSES = 1_000
"""How many addresses are told at once; what a file has more is told when these have been used."""

AT_ONCE = 16
"""How many things the store is asked at a time."""

_LOOKED_AT = 500


async def missing(
    graph: Graph, store: ArtifactStore, upload: VersionUpload, count: int, after: int
) -> list[MissingFile]:
    """The next files of which something is still to be sent, with an address for each part of it.

    Args:
        graph: where it is known what is done.
        store: where it arrives.
        upload: of which.
        count: how many files at most.
        after: the number of the file that they come after; -1 for the first.

    Raises:
        UploadRefused: the number of files makes no sense.
        PedigreeError: the graph or the store does not answer.
    """
    if not 1 <= count <= MOST_FILES:
        raise UploadRefused(f"`first` is {count}: ask for 1 to {MOST_FILES} files.", code=ErrorCode.BAD_PAGE)
    found: list[MissingFile] = []
    room = MOST_ADDRESSES
    for first in range(max(after, -1) + 1, 0 if upload.complete else upload.files, _LOOKED_AT):
        numbers = range(first, min(first + _LOOKED_AT, upload.files))
        coming = [each for each in await cypher.files_of(graph, upload.uid, numbers) if _comes(each)]
        for group in in_groups(coming, AT_ONCE):
            if len(found) >= count or room <= 0:
                return found
            for each in await _looked_at(graph, store, upload, group[: count - len(found)]):
                if room > 0:
                    found.append(await _told(store, upload, each, room))
                    room -= len(found[-1].parts)
    return found


async def forget_lost(graph: Graph, store: ArtifactStore, upload: VersionUpload) -> None:
    """Has files begin anew of which nothing is there: stores remove what is unfinished for long.

    Raises:
        PedigreeError: the graph or the store does not answer.
    """
    for first in range(0, upload.files, _LOOKED_AT):
        numbers = range(first, min(first + _LOOKED_AT, upload.files))
        files = [each for each in await cypher.files_of(graph, upload.uid, numbers) if _comes(each) and each.begun]
        lost: list[int] = []
        for group in in_groups(files, AT_ONCE):
            arrived = await asyncio.gather(*(store.arrived(each.upload(upload.place)) for each in group))
            lost += [each.number for each, parts in zip(group, arrived, strict=True) if not parts]
        if lost:
            await cypher.begin_anew(graph, upload.uid, lost)


async def held(store: ArtifactStore, contents: Iterable[Content]) -> set[Content]:
    """Those that the store holds, of their sizes.

    Raises:
        PedigreeError: the store does not answer.
    """
    found: set[Content] = set()
    for group in in_groups(list(contents), AT_ONCE):
        there = await asyncio.gather(*(store.stat(content.sha256) for content in group))
        found.update(each.content for each in there if each is not None)
    return found


def in_groups(things: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """These things, so many at a time."""
    return (things[first : first + size] for first in range(0, len(things), size))


async def _looked_at(
    graph: Graph, store: ArtifactStore, upload: VersionUpload, files: Sequence[UploadFile]
) -> list[tuple[UploadFile, frozenset[int]]]:
    """Of these those of which something is missing, and the numbers of the parts."""
    found: list[tuple[UploadFile, frozenset[int]]] = []
    begun = await _begun(graph, store, upload, files)
    arrived = await asyncio.gather(*(store.arrived(each.upload(upload.place)) for each in begun))
    for file, parts in zip(begun, arrived, strict=True):
        coming = file.upload(upload.place)
        whole = {part.number for part in parts if part.bytes == coming.bytes_of(part.number)}
        if gone := frozenset(range(1, coming.parts + 1)) - whole:
            found.append((file, gone))
    return found


async def _begun(
    graph: Graph, store: ArtifactStore, upload: VersionUpload, files: Sequence[UploadFile]
) -> list[UploadFile]:
    """These files, the store told of each.

    Of two who tell it at once the first counts; what the other began is left over, and swept.
    """
    new = [each for each in files if not each.begun]
    made = await asyncio.gather(*(store.begin(upload.place, each.number, each.content) for each in new))
    tokens = await cypher.keep_tokens(graph, upload.uid, [(each.number, each.token) for each in made]) if made else {}
    return [replace(each, token=tokens.get(each.number, each.token)) for each in files]


async def _told(
    store: ArtifactStore, upload: VersionUpload, missing: tuple[UploadFile, frozenset[int]], most: int
) -> MissingFile:
    file, numbers = missing
    coming = file.upload(upload.place)
    parts = [
        MissingPart(number, coming.bytes_of(number), await store.upload_url(coming, number, URL_SECONDS))
        for number in sorted(numbers)[:most]
    ]
    return MissingFile(file, coming.part_bytes, parts)


def _comes(file: UploadFile) -> bool:
    return not file.done and file.content.bytes > 0
