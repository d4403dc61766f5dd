"""The fields by which the store is compared with the record, and their types."""

from enum import Enum
from typing import Annotated, Any

import strawberry
from strawberry import Info

from app.access.permissions import Permission, guarded
from app.artifacts.reconciling import MOST, Differing, Removed, check_sight
from app.artifacts.types.answering import REFUSALS, artifacts
from app.artifacts.types.watching import VerifyArtifactsPayload, shown_checked
from app.artifacts.watching import Wanted
from app.compiler.scalars import BigInt, DateTime, Digest
from app.registry.types.registering import RequestError
from graph_schema.declare import INTEGER_LIMIT


@strawberry.enum(description="How the store and the record differ about the bytes of a digest.")
class StoreDifferenceKind(Enum):
    """How the store and the record differ about the bytes of a digest."""

    UNRECORDED = strawberry.enum_value(
        "UNRECORDED",
        description="The store holds them, and nobody recorded them: they came for an upload that was never completed, "
        "or after a policy had them removed. `removeUnrecorded` removes them.",
    )
    ABSENT = strawberry.enum_value(
        "ABSENT", description="They are recorded as held, and the store has nothing under the digest."
    )
    OTHER_SIZE = strawberry.enum_value(
        "OTHER_SIZE", description="The store holds another number of bytes than is recorded."
    )
    FOUND = strawberry.enum_value("FOUND", description="They are recorded as missing, and the store holds them.")


_After = Annotated[Digest | None, strawberry.argument(description="Only digests that sort after this one.")]


@strawberry.type(description="What the store and the record do not say alike of the bytes of a digest.")
class StoreDifference:
    """What the store and the record do not say alike."""

    digest: Digest = strawberry.field(description="The digest.")
    kind: StoreDifferenceKind = strawberry.field(description="How they differ.")
    stored_bytes: BigInt | None = strawberry.field(description="How many bytes the store holds; null for none.")
    stored_at: DateTime | None = strawberry.field(description="Since when it holds them; null for none.")
    recorded_bytes: BigInt | None = strawberry.field(description="How many are recorded; null where none are.")


@strawberry.type(description="A stretch of digests, for which the store was compared with the record.")
class StoreDifferences:
    """A stretch of digests that was compared."""

    differences: list[StoreDifference] = strawberry.field(description="What differs, in the order of the digests.")
    compared: int = strawberry.field(description="How many digests were compared.")
    next: Digest | None = strawberry.field(description="The digest after which to go on; null at the end.")


@strawberry.input(description="Bytes that nobody recorded.")
class RemoveUnrecordedInput:
    """Bytes that nobody recorded."""

    artifacts: list[Digest] = strawberry.field(
        description="Their digests, as `storeDifferences` told of them: 1 to 100."
    )


@strawberry.input(description="Artifacts of which the store and the record differ.")
class RecordDifferencesInput:
    """Artifacts of which the store and the record differ."""

    artifacts: list[Digest] = strawberry.field(
        description="Their digests, as `storeDifferences` told of them: 1 to 100."
    )
    after: Digest | None = strawberry.field(default=None, description="Only those of them that sort after this one.")


@strawberry.type(description="What became of bytes that were to be removed from the store.")
class RemovedBytes:
    """What became of bytes that were to be removed."""

    digest: Digest = strawberry.field(description="Their digest.")
    bytes: BigInt = strawberry.field(description="How many were removed.")
    kept: str | None = strawberry.field(description="Why none were; null where they were removed.")


@strawberry.type(description="What became of bytes that nobody recorded.")
class RemoveUnrecordedResult:
    """What became of bytes that nobody recorded."""

    artifacts: list[RemovedBytes] = strawberry.field(description="One for each digest, once, in their order.")


RemoveUnrecordedPayload = Annotated[
    RemoveUnrecordedResult | RequestError,
    strawberry.union("RemoveUnrecordedPayload", description="What became of the bytes, or why nothing was done."),
]


@strawberry.type
class ReconcilingQuery:
    """The root field that compares the store with the record."""

    @strawberry.field(
        description="How the store of artifacts and the record differ, some 1,000 digests at a time. It changes "
        "nothing. Only who sees all namespaces may ask. Bytes that came less than an hour ago are left out.",
        metadata=guarded(Permission.RETENTION_READ),
    )
    async def store_differences(self, info: Info[Any, Any], after: _After = None) -> StoreDifferences:
        """Compares."""
        looked = await artifacts(info).reconciling.look(after or "", info.context.caller)
        return StoreDifferences(
            differences=[_difference(each) for each in looked.differing],
            compared=looked.digests,
            next=None if looked.next is None else Digest(looked.next),
        )


@strawberry.type
class ReconcilingMutation:
    """The mutation that removes bytes which nobody recorded."""

    @strawberry.mutation(
        description="Removes bytes from the store that nobody recorded, each looked at anew: what is recorded, awaited "
        "by an upload, or said to be a version's meanwhile is kept, and it is said why. What else differs "
        "`recordDifferences` puts on record.",
        metadata=guarded(Permission.RETENTION_APPLY),
    )
    async def remove_unrecorded(
        self,
        info: Info[Any, Any],
        input: Annotated[RemoveUnrecordedInput, strawberry.argument(description="Which.")],
    ) -> RemoveUnrecordedPayload:
        """Removes."""
        try:
            found = await artifacts(info).reconciling.remove(input.artifacts, info.context.caller)
        except REFUSALS as refused:
            return RequestError.of(refused)
        return RemoveUnrecordedResult(artifacts=[_removed(each) for each in found])

    @strawberry.mutation(
        description="Has the service read artifacts again of which the store and the record differ, and record what it "
        "found, as `verifyArtifacts` does. Only who sees all namespaces may ask.",
        metadata=guarded(Permission.RETENTION_APPLY),
    )
    async def record_differences(
        self,
        info: Info[Any, Any],
        input: Annotated[RecordDifferencesInput, strawberry.argument(description="Which.")],
    ) -> VerifyArtifactsPayload:
        """Records."""
        wanted = Wanted(INTEGER_LIMIT, input.artifacts, input.after or "", count=MOST)
        try:
            check_sight(info.context.caller)
            found, following = await artifacts(info).verify(wanted, info.context.caller)
        except REFUSALS as refused:
            return RequestError.of(refused)
        return shown_checked(found, following)


def _difference(each: Differing) -> StoreDifference:
    return StoreDifference(
        digest=Digest(each.digest),
        kind=StoreDifferenceKind[each.difference.name],
        stored_bytes=None if each.held is None else BigInt(each.held.content.bytes),
        stored_at=None if each.held is None else DateTime(each.held.stored_at),
        recorded_bytes=None if each.recorded_bytes is None else BigInt(each.recorded_bytes),
    )


def _removed(each: Removed) -> RemovedBytes:
    return RemovedBytes(digest=Digest(each.digest), bytes=BigInt(each.bytes), kept=each.kept)
