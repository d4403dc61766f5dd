"""Reads and hashes what arrived of an upload, names it by its digests, and records it: in that order.

A service may be killed between any two steps, and two may be at it: what is stored is not read again, what is recorded
changes nothing when it is recorded again, and what arrived is thrown away last.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from app.access.service import Caller
from app.artifacts import graph as cypher
from app.artifacts import recorded
from app.artifacts.failures import BadFile, UploadIncomplete, UploadMismatch
from app.artifacts.formats.format import Format, Read
from app.artifacts.formats.names import is_unsafe_by_name
from app.artifacts.formats.recognising import recognise
from app.artifacts.missing import held
from app.artifacts.moved import move_again
from app.artifacts.store import ArtifactStore
from app.artifacts.uploads import UploadFile, VersionUpload
from app.artifacts.watching import State
from app.errors import PedigreeError
from app.graph.driver import Graph
from app.graph.transaction import Transaction
from app.registry.verifying import FILES_BACK, record_verified
from graph_schema.canonical import shown

if TYPE_CHECKING:
    from app.artifacts.content import Content

GROUP = 100
"""Of how many files is noted at once that they have arrived."""

AT_ONCE = 4
"""How many files are read at a time."""

LEASE = 60_000_000
"""Microseconds for which a service that verifies is waited for, unless it says that it still does."""

RECORD_SECONDS = 600.0
"""How long it may take to record what was verified."""

_THROWN_AWAY = (UploadMismatch, BadFile)
"""What a file fails with of which nothing is kept."""


class Verification:
    """One service's verification of one upload.

    Args:
        graph: where it is recorded.
        store: where it arrived.
        upload: what arrives.
        caller: on whose behalf.
        clock: microseconds since 1970 UTC.
    """

    def __init__(
        self, graph: Graph, store: ArtifactStore, upload: VersionUpload, caller: Caller, clock: Callable[[], int]
    ) -> None:
        self._graph = graph
        self._store = store
        self._upload = upload
        self._caller = caller
        self._clock = clock
        self._name = uuid4().hex
        self._taken: set[Content] = set()

    async def run(self) -> bool:
        """Whether all of it is recorded now; not, where another service is verifying it.

        Raises:
            UploadIncomplete: something has not arrived; what has is kept.
            UploadMismatch: something is not what was announced; that was thrown away, the rest is kept.
            BadFile: something is certainly broken, or made to do harm; that was thrown away, the rest is kept.
            PedigreeError: the store or the graph does not do it; it can be tried again.
        """
        async with self._claimed() as ours:
            if ours:
                await self._verify()
            return ours

    async def _verify(self) -> None:
        # What the version has already was taken once: it comes back, whatever is thought of it now.
        self._taken = {file.content for file in await recorded.files_recorded(self._graph, self._upload.version)}
        files: list[UploadFile] = []
        for first in range(0, self._upload.files, GROUP):
            numbers = range(first, min(first + GROUP, self._upload.files))
            files += await self._stored(await cypher.files_of(self._graph, self._upload.uid, numbers))
        if len(files) < self._upload.files:
            return  # another service has recorded it, and forgotten how it arrived
        gone = await self._graph.write(
            lambda transaction: self._record(transaction, files), repeatable=True, seconds=RECORD_SECONDS
        )
        await self._refuse_gone(files, gone)
        await self._throw_away(files)

    async def _stored(self, files: Sequence[UploadFile]) -> list[UploadFile]:
        """These files, with what their headers tell; those that are stored by now are noted, whatever else fails."""
        turns = asyncio.Semaphore(AT_ONCE)
        coming = [file for file in files if not file.done]

        async def one(file: UploadFile) -> UploadFile:
            async with turns:
                return await self._finish(file)

        results = await asyncio.gather(*map(one, coming), return_exceptions=True)
        done = {each.number: each for each in results if isinstance(each, UploadFile)}
        await cypher.mark_done(self._graph, self._upload.uid, done.values())
        failed = {file.number: each for file, each in zip(coming, results, strict=True) if file.number not in done}
        await self._refuse(files, failed)
        return [done.get(file.number, file) for file in files]

    async def _finish(self, file: UploadFile) -> UploadFile:
        if not file.begun and file.content.bytes:
            raise UploadIncomplete("nothing of it has arrived")
        began = self._clock()  # what is removed from now on is not seen here
        told: list[Format] = []

        def look(read: Read) -> None:
            found = recognise(read, file.content.bytes, file.path)
            if found.unfit and file.content not in self._taken:
                raise BadFile(f"It {found.flaw}.")
            told.append(found)

        await self._store.finish(file.upload(self._upload.place), look=look)
        [found] = told
        return replace(file, done=True, format=found.name, unsafe=found.unsafe, flaw=found.flaw, done_at=began)

    async def _refuse(self, files: Iterable[UploadFile], failed: dict[int, Any]) -> None:
        """Raises the first failure, if there is one, with the place of its file."""
        if not failed:
            return
        wrong = [number for number, each in failed.items() if isinstance(each, _THROWN_AWAY)]
        if wrong:
            await cypher.begin_anew(self._graph, self._upload.uid, wrong)
        number = min(failed, key=lambda each: (not isinstance(failed[each], _THROWN_AWAY), each))
        error = failed[number]
        if not isinstance(error, (UploadIncomplete, *_THROWN_AWAY)):
            raise error
        path = next(file.path for file in files if file.number == number)
        others = f", as of {len(failed) - 1:,} other files" if len(failed) > 1 else ""
        if isinstance(error, UploadMismatch):
            said = f"What arrived as '{shown(path)}' is not what was announced, and was thrown away. {error.message}"
            raise UploadMismatch(said, path=path, remedy="Send it again, or announce what it has become.") from error
        if isinstance(error, BadFile):
            said = f"'{shown(path)}' is not taken, and what arrived of it was thrown away. {error.message}"
            raise BadFile(said, path=path, remedy="Hand over a whole one, as other bytes, or leave it out.") from error
        said = f"Of '{shown(path)}' something has not arrived yet{others}."
        raise UploadIncomplete(said, path=path, remedy="Ask for what is missing, and send it.") from error

    async def _refuse_gone(self, files: Sequence[UploadFile], gone: frozenset[str]) -> None:
        """Has those files come again whose bytes were removed or lost between their arrival and the record."""
        if not gone:
            return
        again = [file for file in files if _digest(file) in gone]
        await cypher.come_again(self._graph, self._upload.uid, [file.number for file in again])
        said = f"The bytes of '{shown(again[0].path)}' were lost or removed meanwhile, or are being removed now."
        remedy = "Ask for what is missing, and send it; where it is told so again, in half an hour."
        raise UploadIncomplete(said, path=again[0].path, remedy=remedy)

    async def _record(self, transaction: Transaction, files: Sequence[UploadFile]) -> frozenset[str]:
        """Nothing is recorded where bytes are gone: their digests."""
        now, upload = self._clock(), self._upload
        removed = await recorded.lock_version(transaction, upload.version, self._name)
        intact, unsafe = await recorded.lock_intact(transaction, {_digest(file) for file in files}, self._name)
        read = {_digest(file) for file in files if file.begun or not file.content.bytes}
        # Only what this upload brought was read by it: of the rest it is known no better than by what was found since.
        gone = await self._gone(transaction, files) | ({_digest(file) for file in files} - intact - read)
        if gone:
            return gone
        artifacts = _artifacts(files, intact, unsafe, now)
        version = {**upload.version.key, "manifestDigest": upload.manifest_digest, **(FILES_BACK if removed else {})}
        contained = [
            {
                "contains": {
                    "modelVersion": upload.version.key, "artifact": _digest(file), "path": file.path,
                    "kind": file.kind.value,
                }
            }
            for file in files
        ]  # fmt: skip
        nodes = [{"modelVersion": version}, *({"artifact": each} for each in artifacts.values())]
        await record_verified(
            transaction, self._graph.engine, nodes, contained,
            namespace=upload.version.namespace, caller=self._caller, now=now,
        )  # fmt: skip
        # What was read here is known better than by whoever began to read what lay there before.
        await recorded.mark_checked(transaction, (artifacts.keys() - intact) | read, now)
        await move_again(transaction, {_digest(file) for file in files if file.begun}, now, again=True)
        await cypher.mark_complete(transaction, upload.uid)
        return frozenset()

    async def _gone(self, transaction: Transaction, files: Sequence[UploadFile]) -> frozenset[str]:
        """Digests of what was removed since it arrived. Nothing is removed now of what the store is asked here."""
        doubtful = await recorded.removed_since(transaction, files)
        contents = {_digest(file): file.content for file in files}
        asked = [contents[digest] for digest, removing in doubtful.items() if not removing]
        there = {f"sha256:{content.sha256}" for content in await held(self._store, asked)}
        return frozenset(doubtful) - there

    async def _throw_away(self, files: Sequence[UploadFile]) -> None:
        """Removes what arrived; where that fails it is done when its time is over."""
        begun = [file for file in files if file.begun]
        with suppress(PedigreeError):
            for file in begun:
                await self._store.discard(file.upload(self._upload.place))
            await cypher.forget_files(self._graph, self._upload.uid, len(files))

    @asynccontextmanager
    async def _claimed(self) -> AsyncGenerator[bool]:
        """Whether this is the only service at it, for as long as it takes."""
        if not await self._claim():
            yield False
            return
        keeping = asyncio.create_task(self._keep())
        try:
            yield True
        finally:
            keeping.cancel()
            with suppress(PedigreeError):
                await cypher.release(self._graph, self._upload.uid, self._name)

    async def _claim(self) -> bool:
        now = self._clock()
        return await cypher.claim(self._graph, self._upload.uid, self._name, now, now + LEASE)

    async def _keep(self) -> None:
        while True:
            await asyncio.sleep(LEASE / 3_000_000)
            with suppress(PedigreeError):
                await self._claim()


def _artifacts(
    files: Sequence[UploadFile], intact: frozenset[str], unsafe: frozenset[str], now: int
) -> dict[str, dict[str, Any]]:
    """What is recorded of the bytes of these files, by digest.

    Each of the names that bytes have can make them unsafe, and none makes them safe that were found not to be.

    Args:
        files: the files.
        intact: the digests of which nothing new was read.
        unsafe: those that are known to be unsafe.
        now: in microseconds since 1970 UTC.
    """
    found: dict[str, dict[str, Any]] = {_digest(file): {"digest": _digest(file)} for file in files}
    for file in files:
        if _digest(file) not in intact and file.format is not None:
            found[_digest(file)] |= {
                "bytes": file.content.bytes, "verifiedAt": now, "state": State.STORED.value,
                "format": file.format, "unsafe": file.unsafe, "flaw": file.flaw, "coldSince": None,
            }  # fmt: skip
    formats = {_digest(file): file.format for file in files if file.format is not None}
    for file in files:
        digest = _digest(file)
        news = digest not in unsafe or digest not in intact
        if news and (digest in unsafe or file.unsafe or is_unsafe_by_name(file.path, formats.get(digest))):
            found[digest]["unsafe"] = True
    return found


def _digest(file: UploadFile) -> str:
    return f"sha256:{file.content.sha256}"
