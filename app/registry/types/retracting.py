"""The root field with which a source takes back what it said, its input and the types of its answers."""

from enum import Enum
from typing import Annotated, Any

import strawberry

from app.access.permissions import Permission, guarded
from app.registry.types.assertions import RelationshipInput
from app.registry.types.inputs import maybe, named
from app.registry.types.keys import NodeRef
from app.registry.types.registering import RequestError


@strawberry.input(description="One source's assertion that two things are related, as a step of an answer shows it.")
class AssertionRef:
    """One source's assertion that two things are related."""

    id: strawberry.ID = named("The id of the step's relationship.")
    from_: strawberry.ID = strawberry.field(name="from", description="The id of the thing that the step goes from.")
    to: strawberry.ID = named("The id of the thing that the step goes to.")


@strawberry.input(description="What one source takes back: at most 500 items together.")
class RetractInput:
    """What one source takes back."""

    source: str = named("The system that said it: no source takes back what another said.")
    nodes: list[NodeRef] = strawberry.field(
        default_factory=list,
        description="The things of which it says nothing any more; its relationships of them that are stated as items "
        "stay, unless they are named too.",
    )
    relationships: list[RelationshipInput] = strawberry.field(
        default_factory=list,
        description="The relationships that it states no more, as they were registered; what is said of them beside "
        "ends, role and path plays no part.",
    )
    assertions: list[AssertionRef] = strawberry.field(
        default_factory=list, description="The same, as steps of lineage and paths show them."
    )
    dry_run: bool = strawberry.field(default=False, description="Say what would change, and change nothing.")
    atomic: bool = strawberry.field(
        default=False,
        description="All or nothing: where one item is refused, the innocent are REJECTED(BATCH_ABORTED).",
    )
    idempotency_key: str | None = maybe("Sent again with it within 7 days, the same body gets the same result.")


@strawberry.enum(description="What became of an item that was to be taken back.")
class RetractionStatus(Enum):
    """What became of an item that was to be taken back."""

    RETRACTED = strawberry.enum_value("RETRACTED", description="The source said it, and says it no more.")
    UNCHANGED = strawberry.enum_value(
        "UNCHANGED", description="The source did not say it, or an earlier item or request has taken it back."
    )
    REJECTED = strawberry.enum_value("REJECTED", description="It was refused; the error says why.")


@strawberry.type(description="What became of an item that was to be taken back.")
class RetractionItemResult:
    """What became of an item that was to be taken back."""

    path: str = strawberry.field(description="The item, as `nodes[3]`.")
    status: RetractionStatus = strawberry.field(description="What became of it.")
    error: RequestError | None = strawberry.field(description="Why it was refused; null where it was not.")


@strawberry.type(description="What became of a retraction.")
class RetractResult:
    """What became of a retraction."""

    items: list[RetractionItemResult] = strawberry.field(
        description="A result for each item: nodes, then relationships, then assertions."
    )
    retracted: int = strawberry.field(description="How many items were taken back.")
    unchanged: int = strawberry.field(description="How many items there was nothing to take back of.")
    rejected: int = strawberry.field(description="How many items were refused.")


RetractPayload = Annotated[
    RetractResult | RequestError,
    strawberry.union("RetractPayload", description="What became of a retraction, or why it was refused whole."),
]


def _retract(
    input: Annotated[RetractInput, strawberry.argument(description="What is taken back.")],
) -> Any:
    raise NotImplementedError


@strawberry.type
class RetractionMutation:
    """The mutation that takes back."""

    retract: RetractPayload = strawberry.field(
        resolver=_retract,
        description="Takes back what a source said, in one transaction, with a result for each item. Nothing is "
        "deleted: it stays on record when it was taken back and by whom, and what nobody says any more and nothing "
        "touches goes with it. Sent again it changes nothing.",
        metadata=guarded(Permission.LINEAGE_RETRACT),
    )
