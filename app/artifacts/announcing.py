"""What is announced: checked before anything is asked of the graph or of the store. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from app.artifacts.content import LARGEST, Content
from app.artifacts.failures import BadManifest
from app.artifacts.manifest import Differences, File, Kind, Manifest, kind_of
from app.artifacts.recorded import Told
from app.artifacts.uploads import UploadFile, Version
from app.errors import ErrorCode, PedigreeError
from graph_schema.canonical import shown
from graph_schema.rows import Violation
from graph_schema.validation import Validator

_FILES = "input.files"


class UploadRefused(PedigreeError):
    """An upload makes no sense, or may not be; nothing was changed."""

    standard_code = ErrorCode.BAD_VALUE


@dataclass(frozen=True, slots=True)
class Announced:
    """A file as a client announces it.

    Attributes:
        path: in the version's folder.
        digest: `sha256:…` of its bytes.
        bytes: how many there are.
        kind: what it is for; None where its path tells.
    """

    path: str
    digest: str
    bytes: int
    kind: Kind | None = None


def version_of(key: Mapping[str, str], sight: Sequence[str] | None) -> Version:
    """The version that a key names, in a namespace in which the caller may register.

    Raises:
        UploadRefused: a part of it is missing, too long or no text, or the namespace is another's.
    """
    try:
        named = Validator("").node({"modelVersion": key}, "input").named
    except Violation as violation:
        raise UploadRefused(
            violation.message, code=ErrorCode(violation.code), path=f"input.modelVersion{_rest(violation.path)}"
        ) from violation
    version = Version(*named.key.values())
    if sight is not None and version.namespace not in sight:
        raise UploadRefused(
            f"You may not hand over files in the namespace {shown(version.namespace)}.",
            code=ErrorCode.FORBIDDEN,
            path="input.modelVersion.namespace",
            remedy=f"Name one that you see: {', '.join(map(shown, sight)) or 'none'}.",
        )
    return version


def manifest_of(files: Sequence[Announced], most_bytes: int) -> Manifest:
    """The manifest that these files make.

    Args:
        files: what is announced.
        most_bytes: how many they may have together.

    Raises:
        UploadRefused: a size is none, or they are too large together.
        BadManifest: there are too many or none, a path is none, or two of them cannot be in one folder.
    """
    for index, file in enumerate(files):
        if not 0 <= file.bytes <= LARGEST:
            raise UploadRefused(
                f"A file has between 0 and {LARGEST:,} bytes, and not {file.bytes:,}.", path=f"{_FILES}[{index}].bytes"
            )
    try:
        manifest = Manifest.of(_file(file) for file in files)
    except BadManifest as flaw:
        flaw.path = next((f"{_FILES}[{at}].path" for at, file in enumerate(files) if file.path == flaw.path), _FILES)
        raise
    _refuse_two_sizes(files)
    if manifest.bytes > most_bytes:
        raise UploadRefused(
            f"The files have {manifest.bytes:,} bytes together, and may have {most_bytes:,}.",
            path=_FILES,
            remedy="Leave out what does not belong to the model, or have PEDIGREE_LIMIT_UPLOAD_BYTES raised.",
        )
    return manifest


def planned(manifest: Manifest, stored: Mapping[str, Told]) -> list[UploadFile]:
    """The files of a manifest as they come: what is stored need not, and equal bytes come once.

    Args:
        manifest: of all of them.
        stored: by digest, what is there, and what its header tells.
    """
    found: list[UploadFile] = []
    coming: set[str] = set()
    for number, file in enumerate(manifest.files):
        there = stored.get(f"sha256:{file.content.sha256}")
        # A file without bytes costs nothing, and is put anew each time: so nothing need be known of it.
        done = file.content.bytes > 0 and (there is not None or file.content.sha256 in coming)
        coming.add(file.content.sha256)
        planned = UploadFile(number, file.path, file.content, file.kind, done=done)
        if there is not None:
            planned = replace(planned, format=there.format, unsafe=there.unsafe, flaw=there.flaw)
        found.append(planned)
    return found


def another_manifest(version: Version, before: str, now: str, differing: Differences | None) -> UploadRefused:
    """The error that a version has other files already.

    Args:
        version: whose they are.
        before: the digest over the files that it has.
        now: that of those that are announced.
        differing: what differs between them; None where of those that it has only the digest is known.
    """
    said = f": {differing}" if differing else ", which a source claims"
    return UploadRefused(
        f"{shown(str(version))} has other files already{said}. Its manifest is {before}, these make {now}.",
        code=ErrorCode.MANIFEST_DIFFERS,
        path="input.modelVersion",
        remedy="The files of a version never change: hand over others as another version.",
    )


def _file(file: Announced) -> File:
    content = Content(file.digest.removeprefix("sha256:"), file.bytes)
    return File(file.path, content, file.kind or kind_of(file.path))


def _refuse_two_sizes(files: Sequence[Announced]) -> None:
    """Refuses one digest with two sizes: at most one of them can be right."""
    sizes: dict[str, int] = {}
    for index, file in enumerate(files):
        size = sizes.setdefault(file.digest, file.bytes)
        if size != file.bytes:
            raise UploadRefused(
                f"{file.digest} has {file.bytes:,} bytes here, and {size:,} in an earlier file.",
                path=f"{_FILES}[{index}].bytes",
                remedy="Measure and hash the files again.",
            )


def _rest(path: str) -> str:
    """What follows the item in the place of a violation, as `.namespace`."""
    return path.removeprefix("input.modelVersion")
