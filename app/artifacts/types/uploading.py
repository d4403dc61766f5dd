"""The fields by which files are handed over, and their types."""

from enum import Enum
from typing import Annotated, Any

import strawberry
from strawberry import Info

from app.access.permissions import Permission, guarded
from app.artifacts.announcing import Announced
from app.artifacts.manifest import Kind
from app.artifacts.types.answering import REFUSALS, artifacts
from app.artifacts.uploads import MissingFile, VersionUpload
from app.compiler.scalars import BigInt, DateTime, Digest
from app.registry.types.enums import FileKind
from app.registry.types.keys import ModelVersionKey
from app.registry.types.registering import RequestError
from graph_schema.identity import to_id

_WRITE = guarded(Permission.ARTIFACTS_WRITE)
_NOTHING_COMES = "a file without bytes, and one whose bytes are stored or come as another's, is never among them"


@strawberry.enum(description="Where an upload stands.")
class UploadState(Enum):
    """Where an upload stands; the names are those of `app.artifacts.uploads.State`."""

    ARRIVING = strawberry.enum_value("ARRIVING", description="Bytes are still to come, or to be verified.")
    VERIFYING = strawberry.enum_value("VERIFYING", description="A service is reading and hashing what arrived.")
    COMPLETE = strawberry.enum_value("COMPLETE", description="All of it is stored, verified and recorded.")


@strawberry.input(description="A file that is handed over.")
class UploadFileInput:
    """A file that is handed over."""

    path: str = strawberry.field(
        description="Where in the version's folder, with `/` between its parts: no more than 1,024 characters, none of "
        "them a backslash or a control character, no part of it `.` or `..`."
    )
    digest: Digest = strawberry.field(description="The sha256 of its bytes.")
    bytes: BigInt = strawberry.field(description="How many there are.")
    kind: FileKind | None = strawberry.field(default=None, description="What it is for; null: as its path tells.")


@strawberry.input(description="The files of a version that are handed over: all of them, 1 to 10,000.")
class BeginUploadInput:
    """The files of a version that are handed over."""

    model_version: ModelVersionKey = strawberry.field(description="The version; it need not be known yet.")
    files: list[UploadFileInput] = strawberry.field(description="All files of its folder, in any order.")


@strawberry.input(description="An upload that has arrived.")
class CompleteUploadInput:
    """An upload that has arrived."""

    id: strawberry.ID = strawberry.field(description="The id of the upload.")


@strawberry.type(description="A part of a file that is still to be sent.")
class UploadPart:
    """A part of a file that is still to be sent."""

    number: int = strawberry.field(description="Which part, from 1: its bytes begin at (number - 1) x partBytes.")
    bytes: BigInt = strawberry.field(description="How many bytes it has.")
    url: str = strawberry.field(description="Where exactly these bytes are put, by HTTP PUT, within an hour.")


@strawberry.type(description="A file of which something is still to be sent.")
class UploadFile:
    """A file of which something is still to be sent."""

    number: int = strawberry.field(description="Which file of the upload, from 0, by path.")
    path: str = strawberry.field(description="Where in the version's folder.")
    digest: Digest = strawberry.field(description="The sha256 of its bytes, as it was announced.")
    bytes: BigInt = strawberry.field(description="How many there are, as it was announced.")
    part_bytes: BigInt = strawberry.field(description="The size of each part but the last.")
    parts: list[UploadPart] = strawberry.field(
        description="The parts that have not arrived; of very many the first 1,000: those after them are told when "
        "these have arrived."
    )


_First = Annotated[int, strawberry.argument(description="Of how many files at most: 1 to 100.")]
_After = Annotated[
    int | None, strawberry.argument(description="The number of the file that they come after; null: from the first on.")
]


@strawberry.type(description="The files of a version on their way in.")
class Upload:
    """The files of a version on their way in."""

    known: strawberry.Private[VersionUpload]
    id: strawberry.ID = strawberry.field(
        description="Opaque. Whoever begins the same upload again is given the same: so one that broke off is gone on "
        "with."
    )
    state: UploadState = strawberry.field(description="Where it stands.")
    manifest_digest: Digest = strawberry.field(description="The digest over the files, their paths and kinds.")
    file_count: int = strawberry.field(description="How many files there are.")
    bytes: BigInt = strawberry.field(description="How many bytes they have together.")
    verified_bytes: BigInt = strawberry.field(
        description="How many of these need not come any more: they are stored, or come as another file's."
    )
    expires_at: DateTime = strawberry.field(
        description="When what arrived may be removed, if it is not complete; beginning it again puts that off."
    )

    @strawberry.field(
        description="The next files of which something is still to be sent, by number; none: nothing is after that "
        f"number. {_NOTHING_COMES[0].upper()}{_NOTHING_COMES[1:]}.",
        metadata=_WRITE,
    )
    async def missing(self, info: Info[Any, Any], first: _First = 25, after: _After = None) -> list[UploadFile]:
        """What is still to be sent."""
        return [
            _missing(each) for each in await artifacts(info).missing(self.known, first, -1 if after is None else after)
        ]


BeginUploadPayload = Annotated[
    Upload | RequestError,
    strawberry.union("BeginUploadPayload", description="An upload, or why none was begun."),
]
CompleteUploadPayload = Annotated[
    Upload | RequestError,
    strawberry.union("CompleteUploadPayload", description="An upload as it stands now, or what it lacks."),
]


@strawberry.type
class UploadQuery:
    """The root field that reads an upload."""

    @strawberry.field(
        description="The upload with that id; null where the caller has begun none such, or does not see the "
        "namespace of its version now.",
        metadata=_WRITE,
    )
    async def upload(
        self,
        info: Info[Any, Any],
        id: Annotated[strawberry.ID, strawberry.argument(description="The id, from another answer.")],
    ) -> Upload | None:
        """Reads an upload."""
        found = await artifacts(info).upload(id, info.context.caller)
        return None if found is None else _upload(found)


@strawberry.type
class UploadMutation:
    """The mutations that hand over files."""

    @strawberry.mutation(
        description="Begins to hand over all files of a version. What is missing is put to the addresses of `missing`, "
        "then `completeUpload` is asked. Sent again it gives the same upload. The files of a version never change: "
        "others are MANIFEST_DIFFERS.",
        metadata=_WRITE,
    )
    async def begin_upload(
        self,
        info: Info[Any, Any],
        input: Annotated[BeginUploadInput, strawberry.argument(description="The version and its files.")],
    ) -> BeginUploadPayload:
        """Begins an upload."""
        key = input.model_version
        named = {"namespace": key.namespace, "name": key.name, "version": key.version}
        files = [
            Announced(each.path, each.digest, each.bytes, Kind(each.kind.name) if each.kind else None)
            for each in input.files
        ]
        try:
            return _upload(await artifacts(info).begin(named, files, info.context.caller))
        except REFUSALS as refused:
            return RequestError.of(refused)

    @strawberry.mutation(
        description="Has the service read and hash what arrived of an upload, and record it as VERIFIED. It answers "
        "within half a minute: where that takes longer the state is VERIFYING, and it is asked again. Sent again it "
        "changes nothing.",
        metadata=_WRITE,
    )
    async def complete_upload(
        self,
        info: Info[Any, Any],
        input: Annotated[CompleteUploadInput, strawberry.argument(description="The upload.")],
    ) -> CompleteUploadPayload:
        """Completes an upload."""
        try:
            return _upload(await artifacts(info).complete(input.id, info.context.caller))
        except REFUSALS as refused:
            return RequestError.of(refused)


def _upload(known: VersionUpload) -> Upload:
    return Upload(
        known=known,
        id=strawberry.ID(to_id("Upload", known.uid)),
        state=UploadState[known.state.name],
        manifest_digest=Digest(known.manifest_digest),
        file_count=known.files,
        bytes=BigInt(known.bytes),
        verified_bytes=BigInt(known.verified_bytes),
        expires_at=DateTime(known.expires_at),
    )


def _missing(each: MissingFile) -> UploadFile:
    file = each.file
    parts = [UploadPart(number=part.number, bytes=BigInt(part.bytes), url=part.url) for part in each.parts]
    return UploadFile(
        number=file.number, path=file.path, digest=Digest(f"sha256:{file.content.sha256}"),
        bytes=BigInt(file.content.bytes),
        part_bytes=BigInt(each.part_bytes), parts=parts,
    )  # fmt: skip
