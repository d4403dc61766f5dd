"""What a transfer needs of the API and of whoever watches it; commands bring both."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from app.artifacts.manifest import Manifest
from app.errors import PedigreeError


@dataclass(frozen=True, slots=True)
class UploadState:
    """How far an upload is.

    Attributes:
        upload_id: the API's name for it.
        state: ARRIVING while bytes are missing, VERIFYING while the service hashes them, COMPLETE at the end.
        manifest_digest: of the version that it makes.
        verified_bytes: how many the service has hashed, or holds already.
    """

    upload_id: str
    state: Literal["ARRIVING", "VERIFYING", "COMPLETE"]
    manifest_digest: str
    verified_bytes: int


@dataclass(frozen=True, slots=True)
class MissingPart:
    """A part that has not arrived.

    Attributes:
        number: from 1.
        bytes: how many it has.
        url: the signed address that takes them by PUT.
    """

    number: int
    bytes: int
    url: str


@dataclass(frozen=True, slots=True)
class MissingFile:
    """A file of which parts have not arrived.

    Attributes:
        number: which file of the upload.
        path: its path in the version's folder; of equal files that of one of them.
        part_bytes: of each part but the last.
        parts: those that are missing.
    """

    number: int
    path: str
    part_bytes: int
    parts: Sequence[MissingPart]


class Uploads(Protocol):
    """The API as a push speaks to it. Each function may raise any `PedigreeError` that the API answers."""

    async def begin(self, manifest: Manifest) -> UploadState:
        """The upload of these files; the same one where it was begun before, however far it is."""
        ...

    async def missing(self, upload_id: str, after: int | None) -> Sequence[MissingFile]:
        """The next files of which bytes are missing, by number, after that number; none where there are none."""
        ...

    async def complete(self, upload_id: str) -> UploadState:
        """How far it is after the service has verified for a while.

        Raises:
            PedigreeError: UPLOAD_INCOMPLETE, something is missing; UPLOAD_MISMATCH, something was thrown away that was
                not what had been announced; BAD_FILE, the same as it is broken or made to do harm.
        """
        ...


@dataclass(frozen=True, slots=True)
class Offer:
    """Where the bytes of a digest are to be had.

    Attributes:
        url: the signed address that gives them by GET; None where there is none.
        error: why there is none.
    """

    url: str | None
    error: PedigreeError | None = None


class Downloads(Protocol):
    """The API as a pull speaks to it."""

    async def offers(self, digests: Sequence[str]) -> Mapping[str, Offer]:
        """An offer for each sha256, of which there are at most `MOST_OFFERS`.

        Raises:
            PedigreeError: whatever the API answers.
        """
        ...


MOST_OFFERS = 100
"""The digests of one request for addresses (the API's limit)."""


class Progress(Protocol):
    """Watches a transfer. Its functions may be called from any thread."""

    def begin(self, what: str, total: int) -> None:
        """A stage begins, of so many bytes."""
        ...

    def advance(self, count: int) -> None:
        """So many bytes more are done; fewer than none where some must be done again."""
        ...
