"""What one source says of two things, as an answer shows it."""

import strawberry

from app.access.permissions import Permission
from app.compiler.meanings import Identity
from app.compiler.scalars import DateTime, Digest
from app.registry.asserted import AssertionId, TypeName
from app.registry.types.declaring import means
from app.registry.types.enums import Method


@strawberry.type(
    description="What one source says: that two things are related. Where one of them is "
    "hidden from the caller it shows its type, how surely it is held and when, and its id is new in each answer."
)
class Assertion:
    """What one source says: that two things are related."""

    id: strawberry.ID = means("Opaque; it tells this assertion from every other, for ever.", AssertionId())
    type: str = means("The type of the relationship, as the graph names it.", TypeName())
    source: str | None = strawberry.field(
        description="The system that said so; null where one of the two things is hidden from the caller."
    )
    asserted_by: strawberry.ID | None = means(
        "The id of the actor who sent it.", Identity("Actor", "assertedBy"), needs=Permission.PEOPLE_READ
    )
    method: Method = strawberry.field(description="How it came to be held.")
    confidence: float = strawberry.field(description="How sure its source is, a ratio from 0 to 1.")
    evidence: Digest | None = strawberry.field(description="The sha256 of a stored document that shows it.")
    recorded_at: DateTime = strawberry.field(description="When it was recorded here.")
    valid_from: DateTime | None = strawberry.field(
        description="Since when it holds in the world; null: always, or since its run started."
    )
    valid_to: DateTime | None = strawberry.field(
        description="Until when it holds in the world; null: it still does, or what it says has no end."
    )
    how: str | None = strawberry.field(description="In which way, where its type tells: filter, fine-tune, ...")
    path: str | None = strawberry.field(description="Where in the version's folder, of an artifact that it holds.")
