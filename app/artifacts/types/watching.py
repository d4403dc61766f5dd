"""The field by which stored bytes are read again, and its types."""

from collections.abc import Sequence
from typing import Annotated, Any

import strawberry
from strawberry import Info

from app.access.permissions import Permission, guarded
from app.artifacts.types.answering import REFUSALS, artifacts
from app.artifacts.watching import Checked, Wanted
from app.compiler.scalars import BigInt, DateTime, Digest
from app.registry.types.enums import ArtifactState
from app.registry.types.registering import RequestError


@strawberry.input(description="Which stored artifacts are to be read again, by digest.")
class VerifyArtifactsInput:
    """Which stored artifacts are to be read again."""

    not_since: DateTime = strawberry.field(description="Those that were last read before this time.")
    artifacts: list[Digest] | None = strawberry.field(
        default=None, description="Of these only: 1 to 100; null: of all that the caller may fetch."
    )
    after: Digest | None = strawberry.field(default=None, description="Only digests that sort after this one.")
    to: Digest | None = strawberry.field(default=None, description="Only digests up to this one.")
    first: int = strawberry.field(default=25, description="How many at most: 1 to 100.")


@strawberry.type(description="An artifact that was read again.")
class CheckedArtifact:
    """An artifact that was read again."""

    digest: Digest = strawberry.field(description="Its digest.")
    bytes: BigInt = strawberry.field(description="How many bytes it has.")
    state: ArtifactState = strawberry.field(description="What was found.")
    message: str | None = strawberry.field(description="What is wrong, and what to do; null where nothing is.")


@strawberry.type(description="Artifacts that were read again.")
class VerifyArtifactsResult:
    """Artifacts that were read again."""

    checked: list[CheckedArtifact] = strawberry.field(description="What was read, in the order of the digests.")
    next: Digest | None = strawberry.field(
        description="The digest after which to go on; null where there is nothing more. Large bytes take longer than "
        "an answer may: they are read on meanwhile, and are in a later answer."
    )


VerifyArtifactsPayload = Annotated[
    VerifyArtifactsResult | RequestError,
    strawberry.union("VerifyArtifactsPayload", description="What was found, or why nothing was read."),
]


@strawberry.type
class WatchMutation:
    """The mutation that has stored bytes read again."""

    @strawberry.mutation(
        description="Has the service read stored bytes again, hash them, and record what it found: the marks are in "
        "`state` of the artifacts and in `gaps`, as the service's own finding, whoever asked for it. It answers within "
        "half a minute; `next` says where to go on.",
        metadata=guarded(Permission.ARTIFACTS_VERIFY),
    )
    async def verify_artifacts(
        self,
        info: Info[Any, Any],
        input: Annotated[VerifyArtifactsInput, strawberry.argument(description="Which.")],
    ) -> VerifyArtifactsPayload:
        """Reads again."""
        wanted = Wanted(
            not_since=input.not_since, only=input.artifacts, after=input.after or "", to=input.to, count=input.first
        )
        try:
            found, following = await artifacts(info).verify(wanted, info.context.caller)
        except REFUSALS as refused:
            return RequestError.of(refused)
        return shown_checked(found, following)


def shown_checked(found: Sequence[Checked], following: str | None) -> VerifyArtifactsResult:
    """What was found, and after which digest to go on, as a result shows it."""
    checked = [
        CheckedArtifact(
            digest=Digest(each.digest),
            bytes=BigInt(each.bytes),
            state=ArtifactState[each.state.name],
            message=each.message,
        )
        for each in found
    ]
    return VerifyArtifactsResult(checked=checked, next=None if following is None else Digest(following))
