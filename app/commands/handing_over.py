"""The files that a loader finds, handed over as those of its versions: each as `pedigree push` would."""

import asyncio
import tempfile
from collections.abc import Generator, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event

from app.artifacts.failures import ArtifactMissing
from app.artifacts.manifest import Manifest
from app.commands.api import Api
from app.commands.file_calls import ApiUploads, list_files, open_for_files, reference_of
from app.errors import ErrorCode, PedigreeError
from app.loading.report import KEPT
from app.settings import Settings
from app.transfer.addresses import open_client
from app.transfer.bringing import VersionFiles
from app.transfer.hashing import hash_files
from app.transfer.ports import Progress
from app.transfer.sending import Pushed, send_files
from app.transfer.trying import How, in_thread
from app.transfer.walking import FolderUnfit, walk

_PARALLEL = 4
"""How many parts are sent at once, as by a push."""

_ENDING = frozenset(
    {
        ErrorCode.ARTIFACTS_LOGIN_REFUSED,
        ErrorCode.ARTIFACTS_PLACE_UNKNOWN,
        ErrorCode.ARTIFACTS_READ_ONLY,
        ErrorCode.GRAPH_UNREACHABLE,
        ErrorCode.SERVER_UNREACHABLE,
        ErrorCode.UNAUTHENTICATED,
    }
)
"""What no other version would fare better with."""


@dataclass(slots=True)
class Count:
    """Versions, and their files and bytes."""

    versions: int = 0
    files: int = 0
    bytes: int = 0

    def add(self, manifest: Manifest) -> None:
        """Counts a version."""
        self.versions += 1
        self.files += len(manifest.files)
        self.bytes += manifest.bytes


@dataclass(frozen=True, slots=True)
class NotHandedOver:
    """A version whose files Pedigree does not have.

    Attributes:
        key: of the version.
        place: where they are; empty where nothing says it.
        error: why, and what to do about it.
    """

    key: Mapping[str, str]
    place: str
    error: PedigreeError


@dataclass(slots=True)
class HandedOver:
    """What became of the files of a load's versions.

    Attributes:
        new: versions that have their files now, and did not before.
        there: versions that had them.
        sent_files: the files of which something was sent.
        sent_bytes: what was sent of them.
        failed: how many versions do not have theirs.
        failures: the first of those.
        failure: what ended it early; None where nothing did.
    """

    new: Count = field(default_factory=Count)
    there: Count = field(default_factory=Count)
    sent_files: int = 0
    sent_bytes: int = 0
    failed: int = 0
    failures: list[NotHandedOver] = field(default_factory=list)
    failure: PedigreeError | None = None

    def push(self, pushed: Pushed, held: Manifest | None) -> None:
        """Counts a version that was pushed; `held` is what Pedigree had of it."""
        had = held is not None and held.digest == pushed.manifest.digest
        (self.there if had else self.new).add(pushed.manifest)
        self.sent_files += len(pushed.sent_files)
        self.sent_bytes += pushed.sent_bytes

    def refuse(self, version: VersionFiles, error: PedigreeError) -> None:
        """Counts a version that does not have its files."""
        self.failed += 1
        if len(self.failures) < KEPT:
            self.failures.append(NotHandedOver(version.key, version.place, error))


async def hand_over(
    settings: Settings, opened: AbstractContextManager[Iterator[VersionFiles]], progress: Progress
) -> HandedOver:
    """What became of the files of each version; one that fails costs no other.

    Args:
        settings: which Pedigree they go to.
        opened: the versions.
        progress: watches.
    """
    handed = HandedOver()
    try:
        async with open_for_files(settings) as api, open_client(_PARALLEL) as client:
            # Whatever blocks is done by threads: this loop may be the one that answers the addresses.
            versions = await asyncio.to_thread(opened.__enter__)
            try:
                await _Handing(api, How(client, _PARALLEL, progress), handed).all(versions)
            finally:
                opened.__exit__(None, None, None)
    except PedigreeError as error:
        handed.failure = error
    return handed


class _Handing:
    def __init__(self, api: Api, how: How, handed: HandedOver) -> None:
        self._api = api
        self._how = how
        self._handed = handed
        self._stopped = Event()

    async def all(self, versions: Iterator[VersionFiles]) -> None:
        while version := await in_thread(lambda: next(versions, None), self._stopped):
            try:
                await self._one(version)
            except PedigreeError as error:
                self._handed.refuse(version, error)
                if error.code in _ENDING:
                    raise

    async def _one(self, version: VersionFiles) -> None:
        folder = version.folder
        if isinstance(folder, PedigreeError):
            raise folder
        key = dict(version.key)
        how = How(self._how.client, self._how.parallel, _Named(self._how.progress, f"{key['name']}/{key['version']}"))
        how.progress.begin("Looking at", 0)
        held = await self._held(key)
        sizes = await in_thread(folder.sizes, self._stopped)
        if held and sizes == {file.path: file.content.bytes for file in held.files}:
            self._handed.there.add(held)  # not fetched only to be compared
            return
        with _room() as into:
            place = await in_thread(lambda: folder.fetch(into, how.progress, self._stopped), self._stopped)
            try:
                sources = await hash_files(await in_thread(lambda: walk(place), self._stopped), how.progress)
            except FolderUnfit as error:
                more = f"To leave something out: pedigree push {reference_of(key)} FOLDER --exclude …"
                raise FolderUnfit(error.message, remedy=more) from error
            self._handed.push(await send_files(sources, ApiUploads(self._api, key), how), held)

    async def _held(self, key: dict[str, str]) -> Manifest | None:
        """The files that Pedigree has verified of a version; None where they are not all of them."""
        try:
            listed = await list_files(self._api, key)
        except ArtifactMissing:
            return None
        manifest = Manifest.of(listed.files)
        return manifest if manifest.digest == listed.manifest_digest else None


@contextmanager
def _room() -> Generator[Path]:
    """An empty folder for one version, and gone with it.

    Raises:
        PedigreeError: it cannot be made.
    """
    try:
        folder = tempfile.TemporaryDirectory(prefix="pedigree-load-")
    except OSError as error:
        raise PedigreeError(
            f"No folder can be made in {tempfile.gettempdir()}: {error.strerror}.",
            code=ErrorCode.BAD_USAGE,
            remedy="Make room, or name another folder in TMPDIR.",
        ) from error
    with folder as name:
        yield Path(name)


class _Named:
    """A progress that says which version it is about.

    Args:
        progress: told of everything.
        name: of the version.
    """

    def __init__(self, progress: Progress, name: str) -> None:
        self._progress = progress
        self._name = name

    def begin(self, what: str, total: int) -> None:
        """See `Progress.begin`."""
        self._progress.begin(f"{what} {self._name}", total)

    def advance(self, count: int) -> None:
        """See `Progress.advance`."""
        self._progress.advance(count)
