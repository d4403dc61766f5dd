"""Fetches the files of a version into a folder: each is hashed as it comes, and has its name only when it is right."""

import asyncio
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence

from app.artifacts.failures import ArtifactDamaged, ArtifactMissing, ArtifactsError
from app.artifacts.manifest import File, Manifest
from app.errors import PedigreeError
from app.transfer.addresses import refused
from app.transfer.arriving import Arriving, PlaceUnfit
from app.transfer.hashing import threads
from app.transfer.placing import Target
from app.transfer.ports import MOST_OFFERS, Downloads, Offer
from app.transfer.pulled import Failure, Pulled
from app.transfer.reading import Reading, Source
from app.transfer.trying import Attempts, How, TryAgain, in_parallel, in_thread, passing, patiently
from graph_schema.canonical import shown

_TOLD = 5
_OK, _PARTIAL, _NO_SUCH_RANGE = 200, 206, 416
_GONE = frozenset({404, 410})
_SPOILT = "Nothing of it was kept. Have it read with `pedigree verify`, which notes it; then push it again."


async def fetch_files(
    manifest: Manifest, target: Target, downloads: Downloads, how: How, *, force: bool = False
) -> Pulled:
    """Fetches what is not there, and returns what became of each file.

    Args:
        manifest: the files that the folder is to hold; made by `Manifest.of`, which refuses paths that lead elsewhere.
        target: the folder.
        downloads: where from.
        how: it goes.
        force: replace files that are there and hold something else.

    Raises:
        PlaceUnfit: a file is there and holds something else, or one cannot be put where it belongs.
        PedigreeError: what the API or the store of artifacts refuses, or that it does not answer. What has come is
            kept, and the same pull goes on.
    """
    pulling = _Pull(target, downloads, how, force=force)
    try:
        await pulling.fetch(await pulling.sort_out(manifest.files))
    finally:
        pulling.stopped.set()
        pulling.source.close()
    return pulling.pulled


class _Pull:
    def __init__(self, target: Target, downloads: Downloads, how: How, *, force: bool) -> None:
        self.pulled = Pulled()
        self.stopped = threading.Event()
        self.source = Source(how.parallel)
        self._target = target
        self._downloads = downloads
        self._how = how
        self._force = force
        self._furthest: dict[str, int] = {}
        self._grown = False
        self._anew: set[str] = set()
        self._astray = False  # whether an address of this round led nowhere: what was moved has another now
        self._asked_anew: set[str] = set()  # for what there was another address since, by sha256
        self._there: dict[str, str] = {}  # the path of a file that is right, by sha256
        self._failures: dict[str, PedigreeError] = {}
        self._failed: TryAgain | None = None

    async def sort_out(self, files: Sequence[File]) -> list[File]:
        """The files to be fetched; those that are there and right are noted as kept."""
        sizes = await asyncio.to_thread(lambda: {file.path: self._target.size_of(file.path) for file in files})
        likely = [file for file in files if sizes[file.path] == file.content.bytes]
        right: set[str] = set()
        self._how.progress.begin("Checking what is there", sum(file.content.bytes for file in likely))

        async def check(file: File) -> None:
            found = await asyncio.to_thread(
                self._target.content_of, file.path, self._how.progress.advance, self.stopped
            )
            if found == file.content:
                right.add(file.path)

        await in_parallel(check, likely, threads())
        self.pulled.kept += [file for file in files if file.path in right]
        self._there = {file.content.sha256: file.path for file in self.pulled.kept}
        wanted = [file for file in files if file.path not in right]
        others = [file.path for file in wanted if sizes[file.path] is not None]
        if others and not self._force:
            named = ", ".join(shown(path, 200) for path in others[:_TOLD]) + (", …" if len(others) > _TOLD else "")
            raise PlaceUnfit(
                f"{self._target.root} holds something else under {len(others):,} of the names: {named}.",
                remedy="Pull into another folder, or replace them with --force.",
            )
        return wanted

    async def fetch(self, files: Sequence[File]) -> None:
        """Fetches one of each that are equal, and copies it to the others."""
        self._how.progress.begin("Fetching", sum(file.content.bytes for file in files))
        one_of_each: dict[str, File] = {}
        for file in files:
            one_of_each.setdefault(file.content.sha256, file)
        chosen = {file.path for file in one_of_each.values()}
        await self._fetch_all(list(one_of_each.values()))
        await self._fetch_all([file for file in files if file.path not in chosen])

    async def _fetch_all(self, files: Sequence[File]) -> None:
        """Fetches the files, those whose addresses fail again with new ones."""
        attempts = Attempts(self._how.patience)
        left = {file.path: file for file in files}
        while left:
            batch = list(left.values())[:MOST_OFFERS]
            offers = await self._offers(batch)
            self._failed, self._grown, self._astray = None, False, False
            settled = len(self.pulled.fetched) + len(self.pulled.failures)

            async def work(file: File, offers: Mapping[str, Offer] = offers) -> None:
                await self._settle(file, offers)

            await in_parallel(work, self._until_one_fails(batch), self._how.parallel)
            for each in (*self.pulled.fetched, *self.pulled.failures):
                left.pop(each.path, None)
            if self._astray:
                self._asked_anew |= {file.content.sha256 for file in batch}
            if self._failed is not None:
                more = len(self.pulled.fetched) + len(self.pulled.failures) > settled
                await attempts.again(self._failed, fruitful=self._grown or more)

    async def _offers(self, batch: Sequence[File]) -> Mapping[str, Offer]:
        """Addresses by sha256; what has no bytes, or is there under another name, needs none."""
        known = {*self._there, *self._failures}
        digests = sorted({file.content.sha256 for file in batch if file.content.bytes} - known)
        return await patiently(self._how.patience, lambda: self._downloads.offers(digests)) if digests else {}

    def _until_one_fails(self, batch: Sequence[File]) -> Iterator[File]:
        """The files, until one fails: its address may have expired, and then the others' have too."""
        for file in batch:
            if self._failed is not None:
                return
            yield file

    async def _settle(self, file: File, offers: Mapping[str, Offer]) -> None:
        sha256 = file.content.sha256
        if sha256 in self._failures:
            self.pulled.failures.append(Failure(file.path, self._failures[sha256]))
            return
        try:
            await self._fetch(file, "" if sha256 in self._there else _url(file, offers))
        except TryAgain as error:
            self._failed = self._failed or error
        except (_NotToBeHad, ArtifactMissing, ArtifactDamaged) as error:
            self._failures[sha256] = error
            self.pulled.failures.append(Failure(file.path, error))
        else:
            self._there.setdefault(sha256, file.path)
            self.pulled.fetched.append(file)

    async def _fetch(self, file: File, url: str) -> None:
        with await self._arriving(file) as arriving:
            before = arriving.bytes
            furthest = self._furthest.setdefault(file.path, before)
            self._how.progress.advance(before)
            equal = self._there.get(file.content.sha256) if file.content.bytes else None
            try:
                await (self._fill(arriving, file, url) if equal is None else self._copy(arriving, file, equal))
                await self._finish(arriving, file)
            except _Spoilt as spoilt:
                self._how.progress.advance(-arriving.bytes)
                raise await self._thrown_away(arriving, file, spoilt, last=not before and equal is None) from None
            except PedigreeError:
                self._how.progress.advance(-arriving.bytes)
                self._grown = self._grown or arriving.bytes > furthest
                self._furthest[file.path] = max(furthest, arriving.bytes)
                if not arriving.bytes:
                    await self._blocking(arriving.discard)
                raise

    async def _arriving(self, file: File) -> Arriving:
        opened: list[Arriving] = []
        try:
            await self._blocking(
                lambda: opened.append(self._target.arriving(file.path, file.content.bytes, self.stopped))
            )
        except asyncio.CancelledError:
            for each in opened:
                each.close()
            raise
        return opened[0]

    async def _blocking(self, do: Callable[[], None]) -> None:
        await in_thread(do, self.stopped)

    async def _copy(self, arriving: Arriving, file: File, equal: str) -> None:
        """Has all of the file arrive from an equal one in the folder."""
        most, advance = file.content.bytes, self._how.progress.advance
        try:
            await self._blocking(lambda: self._target.copy(equal, arriving, most, advance, self.stopped))
        except PlaceUnfit as error:
            raise _Spoilt(f"cannot be copied from {shown(equal, 200)} ({error.message})") from error

    async def _fill(self, arriving: Arriving, file: File, url: str) -> None:
        """Has all of the file arrive, going on after what is there."""
        if arriving.bytes == file.content.bytes:
            return
        headers = {"accept-encoding": "identity"} | ({"range": f"bytes={arriving.bytes}-"} if arriving.bytes else {})
        reading = Reading(self.source, url, headers, shown(file.path, 200))
        await in_thread(lambda: self._read(reading, arriving, file), self.stopped, reading.cut)
        if arriving.bytes < file.content.bytes:
            raise TryAgain(
                f"The store of artifacts gave {arriving.bytes:,} bytes of {shown(file.path, 200)}, which has "
                f"{file.content.bytes:,}.",
                remedy="Look into its log; the same command then goes on.",
            )

    def _read(self, reading: Reading, arriving: Arriving, file: File) -> None:
        with reading:
            self._make_ready(arriving, reading, file)
            for chunk in reading.chunks():
                if self.stopped.is_set():
                    return
                if arriving.bytes + len(chunk) > file.content.bytes:
                    raise _Spoilt(f"has more than {file.content.bytes:,} bytes")
                arriving.write(chunk)
                self._how.progress.advance(len(chunk))

    def _make_ready(self, arriving: Arriving, reading: Reading, file: File) -> None:
        """Returns when what the answer brings goes after what is there."""
        status, what = reading.status, shown(file.path, 200)
        ranged = reading.header("content-range").startswith(f"bytes {arriving.bytes}-")
        if status == _PARTIAL and arriving.bytes and ranged:
            return
        if status in {_OK, _PARTIAL, _NO_SUCH_RANGE}:
            self._how.progress.advance(-arriving.bytes)
            arriving.restart()
        if status in {_PARTIAL, _NO_SUCH_RANGE}:
            raise TryAgain(f"The store of artifacts gave other bytes of {what} than those that were asked for.")
        if status in _GONE and file.content.sha256 not in self._asked_anew:
            self._astray = True
            raise TryAgain(f"The store of artifacts does not hold {what} where it was.")
        if status in _GONE:
            raise ArtifactMissing(
                f"The store of artifacts does not hold {what}, sha256:{file.content.sha256}.", remedy="Push it again."
            )
        if status != _OK:
            raise refused(status, reading.words(), what)

    async def _finish(self, arriving: Arriving, file: File) -> None:
        if arriving.sha256 != file.content.sha256:
            raise _Spoilt(f"is sha256:{arriving.sha256}")
        await self._blocking(lambda: arriving.finish(replace=self._force))

    async def _thrown_away(
        self, arriving: Arriving, file: File, spoilt: "_Spoilt", *, last: bool
    ) -> TryAgain | ArtifactDamaged:
        """Removes what came; what to raise. What was there before may be of another version: once it comes anew."""
        self._there.pop(file.content.sha256, None)
        await self._blocking(arriving.discard)
        message = f"What came for {shown(file.path, 200)} {spoilt}, and the version has sha256:{file.content.sha256}."
        if not last and file.path not in self._anew:
            self._anew.add(file.path)
            self._grown = True
            return TryAgain(message)
        return ArtifactDamaged(message, remedy=_SPOILT)


class _Spoilt(Exception):
    """What came is not what it should be, and why."""


class _NotToBeHad(ArtifactsError):
    """The API gives no address for a file."""


def _url(file: File, offers: Mapping[str, Offer]) -> str:
    """The address that gives the file; empty where it has no bytes.

    Raises:
        TryAgain: there is none for the moment.
        ArtifactsError: there is none.
    """
    if not file.content.bytes:
        return ""
    offer = offers.get(file.content.sha256)
    if offer is None:  # it was not asked for, as an equal file was there then
        raise TryAgain(f"There is no address for {shown(file.path, 200)} yet.")
    if offer.url is not None:
        return offer.url
    error = offer.error or ArtifactMissing.of(file.content.sha256)
    if passing(error):
        raise TryAgain(error.message, code=error.code)
    raise _NotToBeHad(error.message, code=error.code)
