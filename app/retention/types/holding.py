"""The fields by which files are kept whatever a policy says, and their types."""

from typing import Annotated, Any

import strawberry
from strawberry import UNSET, Info

from app.access.permissions import Permission, guarded
from app.compiler import cursors
from app.compiler.paging import Order, page_of
from app.compiler.scalars import DateTime
from app.registry.types.declaring import After, First
from app.registry.types.keys import ModelKey, ModelVersionKey
from app.registry.types.pages import PageInfo, given_page, page_info
from app.registry.types.registering import RequestError
from app.registry.verifying import Contradicted
from app.retention.holds import Hold
from app.retention.keeping import Keeping
from app.retention.policy import RetentionRefused
from app.retention.types.shown import actor_id, moment
from graph_schema.declare import INTEGER_LIMIT, Kind
from graph_schema.identity import to_id, uid

_NEWEST = Order("NEWEST", "placedAt", Kind.TIME, descending=True)
_Lifted = Annotated[bool, strawberry.argument(description="Whether those are listed too that were lifted.")]


@strawberry.input(one_of=True, description="What a hold is on: exactly one field.")
class HoldableRef:
    """What a hold is on."""

    model: ModelKey | None = strawberry.field(default=UNSET, description="A model, with all its versions.")
    model_version: ModelVersionKey | None = strawberry.field(default=UNSET, description="A version of a model.")


@strawberry.input(description="A legal hold that is placed.")
class PlaceHoldInput:
    """A legal hold that is placed."""

    on: HoldableRef = strawberry.field(description="What it is on.")
    reference: str = strawberry.field(description="What it is known by, in 1 to 200 characters: a case, a request.")
    reason: str = strawberry.field(description="Why it is held, in 1 to 2,000 characters.")


@strawberry.input(description="A legal hold that is lifted.")
class LiftHoldInput:
    """A legal hold that is lifted."""

    on: HoldableRef = strawberry.field(description="What it is on.")
    reference: str = strawberry.field(description="What it is known by.")


@strawberry.input(description="A version that gets its files back.")
class RestoreFilesInput:
    """A version that gets its files back."""

    model_version: ModelVersionKey = strawberry.field(description="The version.")


@strawberry.type(description="A legal hold: while it lasts no policy takes the files away of what it is on.")
class LegalHold:
    """A legal hold."""

    id: strawberry.ID = strawberry.field(description="Opaque.")
    on_id: strawberry.ID = strawberry.field(description="The id of the model or version that it is on: for `node`.")
    reference: str = strawberry.field(description="What it is known by.")
    reason: str = strawberry.field(description="Why it is held.")
    placed_at: DateTime = strawberry.field(description="When it was placed.")
    placed_by: strawberry.ID = strawberry.field(description="The id of the actor who placed it.")
    lifted_at: DateTime | None = strawberry.field(description="When it was lifted; null while it lasts.")
    lifted_by: strawberry.ID | None = strawberry.field(description="The id of the actor who lifted it.")


@strawberry.type(description="A hold in a list.")
class LegalHoldEdge:
    """A hold in a list."""

    cursor: str = strawberry.field(description="Where it stands: for `after`.")
    node: LegalHold = strawberry.field(description="The hold.")


@strawberry.type(description="Legal holds, the newest first.")
class LegalHoldConnection:
    """Legal holds, the newest first."""

    edges: list[LegalHoldEdge] = strawberry.field(description="Those of the page.")
    page_info: PageInfo = strawberry.field(description="Where the page lies.")
    total_count: int = strawberry.field(description="How many there are in all.")


@strawberry.type(description="A version that has its files.")
class RestoreFilesResult:
    """A version that has its files."""

    model_version_id: strawberry.ID = strawberry.field(description="The id of the version: for `node`.")


LegalHoldPayload = Annotated[
    LegalHold | RequestError,
    strawberry.union("LegalHoldPayload", description="A hold as it stands now, or why nothing was done."),
]
RestoreFilesPayload = Annotated[
    RestoreFilesResult | RequestError,
    strawberry.union("RestoreFilesPayload", description="A version that has its files, or why it has not."),
]


@strawberry.type
class HoldingQuery:
    """The root field that tells of legal holds."""

    @strawberry.field(
        description="Legal holds on what the caller sees, the newest first.",
        metadata=guarded(Permission.RETENTION_READ),
    )
    async def legal_holds(
        self, info: Info[Any, Any], *, lifted: _Lifted = False, first: First = UNSET, after: After = UNSET
    ) -> LegalHoldConnection:
        """Lists holds."""
        page = page_of({**given_page(first, after), "lifted": lifted}, "Query.legalHolds", _NEWEST)
        found, total = await _keeping(info).holds(
            page.after or (INTEGER_LIMIT, ""), page.size + 1, info.context.caller, lifted=lifted
        )
        edges = [
            LegalHoldEdge(cursor=cursors.encode(page.list_tag, each.placed_at, each.uid), node=_hold(each))
            for each in found[: page.size]
        ]
        return LegalHoldConnection(
            edges=edges,
            page_info=page_info(page, [edge.cursor for edge in edges], len(found)),
            total_count=total,
        )


@strawberry.type
class HoldingMutation:
    """The mutations that keep files whatever a policy says."""

    @strawberry.mutation(
        description="Places a legal hold on a model or a version. Sent again it changes nothing.",
        metadata=guarded(Permission.HOLDS_MANAGE),
    )
    async def place_hold(
        self, info: Info[Any, Any], input: Annotated[PlaceHoldInput, strawberry.argument(description="The hold.")]
    ) -> LegalHoldPayload:
        """Places a hold."""
        label, key = _named(input.on)
        try:
            return _hold(
                await _keeping(info).place_hold(label, key, input.reference, input.reason, info.context.caller)
            )
        except RetentionRefused as refused:
            return RequestError.of(refused)

    @strawberry.mutation(
        description="Lifts a legal hold. Sent again it changes nothing.", metadata=guarded(Permission.HOLDS_MANAGE)
    )
    async def lift_hold(
        self, info: Info[Any, Any], input: Annotated[LiftHoldInput, strawberry.argument(description="The hold.")]
    ) -> LegalHoldPayload:
        """Lifts a hold."""
        label, key = _named(input.on)
        try:
            return _hold(await _keeping(info).lift_hold(label, key, input.reference, info.context.caller))
        except RetentionRefused as refused:
            return RequestError.of(refused)

    @strawberry.mutation(
        description="Gives a version its files back, which a policy has taken away, before their bytes go. Sent again "
        "it changes nothing.",
        metadata=guarded(Permission.RETENTION_APPLY),
    )
    async def restore_files(
        self,
        info: Info[Any, Any],
        input: Annotated[RestoreFilesInput, strawberry.argument(description="The version.")],
    ) -> RestoreFilesPayload:
        """Gives files back."""
        key = _key(input.model_version)
        try:
            await _keeping(info).restore(key, info.context.caller)
        except (RetentionRefused, Contradicted) as refused:
            return RequestError.of(refused)
        return RestoreFilesResult(
            model_version_id=strawberry.ID(to_id("ModelVersion", uid("ModelVersion", tuple(key.values()))))
        )


def _keeping(info: Info[Any, Any]) -> Keeping:
    return info.context.services.keeping


def _named(on: HoldableRef) -> tuple[str, dict[str, str]]:
    """The label and the key of what a hold is on."""
    if on.model:
        return "Model", {"namespace": on.model.namespace, "name": on.model.name}
    return "ModelVersion", _key(on.model_version) if on.model_version else {}


def _key(version: ModelVersionKey) -> dict[str, str]:
    return {"namespace": version.namespace, "name": version.name, "version": version.version}


def _hold(hold: Hold) -> LegalHold:
    return LegalHold(
        id=strawberry.ID(to_id("LegalHold", hold.uid)),
        on_id=strawberry.ID(to_id(hold.label, hold.about)),
        reference=hold.reference,
        reason=hold.reason,
        placed_at=DateTime(hold.placed_at),
        placed_by=actor_id(hold.placed_by),
        lifted_at=moment(hold.lifted_at),
        lifted_by=None if hold.lifted_by is None else actor_id(hold.lifted_by),
    )
