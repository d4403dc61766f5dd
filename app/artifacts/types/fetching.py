"""The field by which files are fetched, and its types."""

from typing import Annotated, Any

import strawberry
from strawberry import Info

from app.access.permissions import Permission, guarded
from app.artifacts.service import Download
from app.artifacts.types.answering import REFUSALS, artifacts
from app.compiler.scalars import BigInt, DateTime, Digest
from app.registry.types.registering import RequestError


@strawberry.input(description="Artifacts that are to be fetched.")
class DownloadUrlInput:
    """Artifacts that are to be fetched."""

    artifacts: list[Digest] = strawberry.field(description="Their digests: 1 to 100.")
    seconds: int = strawberry.field(default=900, description="How long their addresses live: at most 86,400 seconds.")


@strawberry.type(description="Where the bytes of an artifact are to be had.")
class ArtifactDownload:
    """Where the bytes of an artifact are to be had."""

    digest: Digest = strawberry.field(description="The sha256 of the bytes: compare it with that of what came.")
    bytes: BigInt | None = strawberry.field(description="How many there are; null where there are none for the caller.")
    url: str | None = strawberry.field(
        description="Where they are got, by HTTP GET, whole or by Range; null where there are none."
    )
    expires_at: DateTime = strawberry.field(description="When the address ends.")
    error: RequestError | None = strawberry.field(description="Why there is none; null where there is one.")


@strawberry.type(description="Where the bytes of artifacts are to be had.")
class DownloadUrlResult:
    """Where the bytes of artifacts are to be had."""

    downloads: list[ArtifactDownload] = strawberry.field(description="One for each digest, in their order.")


DownloadUrlPayload = Annotated[
    DownloadUrlResult | RequestError,
    strawberry.union("DownloadUrlPayload", description="Where bytes are to be had, or why it is not told."),
]


@strawberry.type
class DownloadMutation:
    """The mutation by which files are fetched."""

    @strawberry.mutation(
        description="Tells where bytes are to be had, by addresses that end soon. They are told of artifacts only that "
        "were handed over for a version which the caller may see. It changes nothing.",
        metadata=guarded(Permission.ARTIFACTS_READ),
    )
    async def download_url(
        self,
        info: Info[Any, Any],
        input: Annotated[DownloadUrlInput, strawberry.argument(description="The artifacts.")],
    ) -> DownloadUrlPayload:
        """Tells where bytes are to be had."""
        try:
            found = await artifacts(info).downloads(input.artifacts, input.seconds, info.context.caller)
        except REFUSALS as refused:
            return RequestError.of(refused)
        return DownloadUrlResult(downloads=[_download(each) for each in found])


def _download(each: Download) -> ArtifactDownload:
    error = None if each.error is None else RequestError.of(each.error)
    return ArtifactDownload(
        digest=Digest(each.digest),
        bytes=None if each.bytes is None else BigInt(each.bytes),
        url=each.url,
        expires_at=DateTime(each.expires_at),
        error=error,
    )
