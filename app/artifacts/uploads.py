"""The files of a version on their way in, together."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from app.artifacts.content import Content, Upload
from app.artifacts.manifest import Kind
from graph_schema.identity import uid

DAY = 24 * 60 * 60 * 1_000_000
"""In microseconds."""

LIFE = 7 * DAY
"""How long what arrived of an upload is kept since it was announced, for the last time."""


class State(StrEnum):
    """Where an upload stands."""

    ARRIVING = "ARRIVING"
    """Bytes are still to come, or to be hashed."""

    VERIFYING = "VERIFYING"
    """A service is hashing what arrived."""

    COMPLETE = "COMPLETE"
    """All of it is stored under its digests, and recorded."""


@dataclass(frozen=True, slots=True)
class Version:
    """A version of a model, by its key."""

    namespace: str
    name: str
    version: str

    @property
    def uid(self) -> str:
        """Of its node."""
        return uid("ModelVersion", (self.namespace, self.name, self.version))

    @property
    def key(self) -> dict[str, str]:
        """As inputs name it."""
        return {"namespace": self.namespace, "name": self.name, "version": self.version}

    def __str__(self) -> str:
        return f"{self.namespace}/{self.name}/{self.version}"


@dataclass(frozen=True, slots=True)
class VersionUpload:
    """The files of one version, as one actor announced them.

    Attributes:
        uid: of its node: it follows from the actor, the version and the files, so that the same is begun once.
        version: whose files they are.
        manifest_digest: `sha256:` and the digest over them.
        place: the name under which their bytes arrive; it cannot be guessed.
        complete: whether all of it is recorded.
        files: how many there are.
        bytes: how many they have together.
        verified_bytes: how many of these need not come any more.
        expires_at: when what arrived may be removed, in microseconds since 1970 UTC.
        verifying: whether a service is hashing what arrived.
    """

    uid: str
    version: Version
    manifest_digest: str
    place: str
    complete: bool
    files: int
    bytes: int
    verified_bytes: int
    expires_at: int
    verifying: bool = False

    @property
    def state(self) -> State:
        """Where it stands."""
        if self.complete:
            return State.COMPLETE
        return State.VERIFYING if self.verifying else State.ARRIVING


@dataclass(frozen=True, slots=True)
class UploadFile:
    """One of these files.

    Attributes:
        number: which of them, from 0, by path.
        path: in the version's folder.
        content: what was announced.
        kind: what it is for.
        token: the store's own name for what arrives of it; None until the store was told of it.
        done: whether nothing of it need come: it is stored, or another file has the same bytes.
        format: as its header tells; None where nobody looked.
        unsafe: whether loading it may execute what is in it; None where nobody looked.
        flaw: what is wrong with it as a file of its format; None where nothing is, or nobody looked.
        done_at: when it was last seen that it need not come, in microseconds since 1970 UTC; 0 where it must.
    """

    number: int
    path: str
    content: Content
    kind: Kind
    token: str | None = None
    done: bool = False
    format: str | None = None
    unsafe: bool | None = None
    flaw: str | None = None
    done_at: int = 0

    @property
    def begun(self) -> bool:
        """Whether the store was told of it."""
        return self.token is not None

    def upload(self, place: str) -> Upload:
        """What the store knows of it."""
        return Upload.of(place, self.number, self.content, self.token or "")


@dataclass(frozen=True, slots=True)
class MissingPart:
    """A part of a file that is still to be sent.

    Attributes:
        number: from 1.
        bytes: how many it has.
        url: where they are put.
    """

    number: int
    bytes: int
    url: str


@dataclass(frozen=True, slots=True)
class MissingFile:
    """A file of which something is still to be sent.

    Attributes:
        file: the file.
        part_bytes: the size of each part but the last.
        parts: those that have not arrived.
    """

    file: UploadFile
    part_bytes: int
    parts: Sequence[MissingPart]


def upload_uid(actor: str, version: Version, manifest_digest: str) -> str:
    """The uid of the upload of these files for that version by the actor of that uid."""
    return uid("Upload", (actor, version.uid, manifest_digest))


def file_uid(upload: str, number: int) -> str:
    """The uid of a file of the upload of that uid."""
    return uid("UploadFile", (upload, number))
