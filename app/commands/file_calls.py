"""The API as commands speak to it of files."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from app.artifacts.content import Content
from app.artifacts.failures import ArtifactMissing
from app.artifacts.manifest import File, Kind, Manifest, kind_of
from app.commands.api import Api, data_of, open_api, outcome_of, refused_by
from app.commands.file_questions import BEGIN_UPLOAD, COMPLETE_UPLOAD, DOWNLOADS, FILES, MISSING
from app.commands.references import reference
from app.errors import ErrorCode, PedigreeError
from app.settings import Settings
from app.transfer.ports import MissingFile, MissingPart, Offer, UploadState

Key = dict[str, str]
"""Of a model version: `namespace`, `name`, `version`."""


@asynccontextmanager
async def open_for_files(settings: Settings) -> AsyncGenerator[Api]:
    """The API, with signed addresses that answer as long as it is open, also those of a home without a server.

    Raises:
        PedigreeError: it cannot be reached or opened.
    """
    async with open_api(settings, serving=True) as api:
        yield api


def reference_of(key: Key) -> str:
    """The REF of a model version."""
    return reference({"__typename": "ModelVersion", **key})


class ApiUploads:
    """The `Uploads` of one version.

    Args:
        api: answers.
        key: of the version.
    """

    def __init__(self, api: Api, key: Key) -> None:
        self._api = api
        self._key = key

    async def begin(self, manifest: Manifest) -> UploadState:
        """See `Uploads.begin`."""
        files = [
            {
                "path": file.path,
                "digest": f"sha256:{file.content.sha256}",
                "bytes": file.content.bytes,
                "kind": file.kind.value,
            }
            for file in manifest.files
        ]
        asked = {"modelVersion": self._key, "files": files}
        return _state(data_of(await self._api.ask(BEGIN_UPLOAD, {"input": asked}))["beginUpload"])

    async def missing(self, upload_id: str, after: int | None) -> Sequence[MissingFile]:
        """See `Uploads.missing`."""
        found = data_of(await self._api.ask(MISSING, {"id": upload_id, "after": after}))["upload"]
        if found is None:
            raise PedigreeError(
                "The service no longer knows the upload: it was given up, or its time is over.",
                code=ErrorCode.NOT_FOUND,
                remedy="Push again.",
            )
        return [_missing_file(each) for each in found["missing"]]

    async def complete(self, upload_id: str) -> UploadState:
        """See `Uploads.complete`."""
        asked = {"input": {"id": upload_id}}
        return _state(data_of(await self._api.ask(COMPLETE_UPLOAD, asked))["completeUpload"])


class ApiDownloads:
    """The `Downloads` of an API.

    Args:
        api: answers.
    """

    def __init__(self, api: Api) -> None:
        self._api = api

    async def offers(self, digests: Sequence[str]) -> Mapping[str, Offer]:
        """See `Downloads.offers`."""
        asked = {"input": {"artifacts": [f"sha256:{each}" for each in digests]}}
        found = outcome_of(data_of(await self._api.ask(DOWNLOADS, asked))["downloadUrl"])
        return {each["digest"].removeprefix("sha256:"): _offer(each) for each in found["downloads"]}


@dataclass(frozen=True, slots=True)
class Listed:
    """What the API says of a version's files.

    Attributes:
        files: those that the service has verified.
        manifest_digest: over all files of the version; None where nobody has said which they are.
        claimed: paths of files that are only claimed, and that nobody has pushed.
    """

    files: Sequence[File]
    manifest_digest: str | None
    claimed: Sequence[str]


async def list_files(api: Api, key: Key) -> Listed:
    """The files of a version, of which there is at least one.

    Raises:
        ArtifactMissing: the service holds none of them.
        PedigreeError: there is no such version, or there is no answer.
    """
    digest, nodes = await _pages(api, key, verified=True)
    files = [_file(node) for node in nodes]
    if files and digest == Manifest.of(files).digest:
        return Listed(files, digest, ())
    held = {file.path for file in files}
    _, every = await _pages(api, key, verified=None)
    claimed = sorted({node["path"] for node in every} - held)
    if not files:
        told = f": {len(claimed):,} are only claimed" if claimed else ""
        raise ArtifactMissing(
            f"The service holds no files of {reference_of(key)}{told}.",
            remedy=f"Send them to it: pedigree push {reference_of(key)} FOLDER.",
        )
    return Listed(files, digest, claimed)


async def _pages(api: Api, key: Key, *, verified: bool | None) -> tuple[str | None, list[dict[str, Any]]]:
    nodes: list[dict[str, Any]] = []
    after: str | None = None
    while True:
        version = data_of(await api.ask(FILES, {"key": key, "after": after, "verified": verified}))["modelVersion"]
        if version is None:
            raise PedigreeError(
                f"There is no {reference_of(key)}.",
                code=ErrorCode.NOT_FOUND,
                remedy="See `pedigree query` for what is.",
            )
        if version["filesRemovedAt"] is not None:
            raise _taken_away(key, version)
        page = version["files"]
        nodes += [edge["node"] for edge in page["edges"]]
        if not page["pageInfo"]["hasNextPage"]:
            return version["manifestDigest"], nodes
        after = page["pageInfo"]["endCursor"]


def _taken_away(key: Key, version: Mapping[str, Any]) -> ArtifactMissing:
    ref = reference_of(key)
    told = f"The files of {ref} were taken away at {version['filesRemovedAt']}, under the policy "
    told += f"{version['filesRemovedUnder']!r}"
    if version["filesPurgedAt"] is not None:
        return ArtifactMissing(
            f"{told}; their bytes are gone.", remedy=f"Send the same again: pedigree push {ref} FOLDER."
        )
    return ArtifactMissing(f"{told}.", remedy=f"An ADMIN can still give them back: pedigree retention restore {ref}.")


def _file(node: Mapping[str, Any]) -> File:
    path, artifact = node["path"], node["artifact"]
    try:
        content = Content(artifact["digest"].removeprefix("sha256:"), artifact["bytes"])
        kind = kind_of(path) if node["kind"] is None else Kind(node["kind"])
    except (TypeError, ValueError) as error:
        raise PedigreeError(
            f"The service describes {path} in a way that this release does not know: {error}.",
            code=ErrorCode.INTERNAL,
            remedy="Use the release of this command that the service has.",
        ) from error
    return File(path, content, kind)


def _state(payload: Mapping[str, Any]) -> UploadState:
    upload = outcome_of(payload)
    return UploadState(upload["id"], upload["state"], upload["manifestDigest"], upload["verifiedBytes"])


def _missing_file(found: Mapping[str, Any]) -> MissingFile:
    parts = [MissingPart(each["number"], each["bytes"], each["url"]) for each in found["parts"]]
    return MissingFile(found["number"], found["path"], found["partBytes"], parts)


def _offer(found: Mapping[str, Any]) -> Offer:
    return Offer(found["url"], None if found["error"] is None else refused_by(found["error"]))
