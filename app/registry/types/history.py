"""What sources said and say of a thing, one beside the other."""

from typing import Any, TypeVar

import strawberry
from strawberry import UNSET

from app.access.permissions import Permission, guarded
from app.compiler.scalars import DateTime, Digest, Json
from app.registry.contradictions import Contradictions
from app.registry.history import History
from app.registry.lists import ListCompleteness
from app.registry.types.declaring import After, Before, First, Last, described, means
from app.registry.types.enums import Method
from app.registry.types.pages import Completeness, PageInfo

T = TypeVar("T")


@strawberry.type(description="What one source said of a thing: it holds until it is superseded or retracted.")
class Statement:
    """What one source said of a thing."""

    source: str = strawberry.field(description="The system that said so.")
    asserted_by: strawberry.ID | None = strawberry.field(
        description="The id of the actor who sent it.", metadata=guarded(Permission.PEOPLE_READ)
    )
    method: Method | None = strawberry.field(description="How it came to be held.")
    confidence: float | None = strawberry.field(description="How sure its source is, a ratio from 0 to 1.")
    evidence: Digest | None = strawberry.field(description="The sha256 of a stored document that shows it.")
    recorded_at: DateTime = strawberry.field(description="When it was recorded here.")
    superseded_at: DateTime | None = strawberry.field(
        description="When the same source said something else; null where it has not."
    )
    retracted_at: DateTime | None = strawberry.field(
        description="When the source took it back, or a complete load of it no longer said it; null where neither was."
    )
    retracted_by: strawberry.ID | None = strawberry.field(
        description="The id of the actor who retracted it.", metadata=guarded(Permission.PEOPLE_READ)
    )
    word: Json = strawberry.field(
        description="All that the source said, by the names of the thing's fields; what it did not say is not in it."
    )


@strawberry.type(description="A statement in a history.")
class StatementEdge:
    """A statement in a history."""

    cursor: str = strawberry.field(description="Where it stands: for `after` and `before`.")
    node: Statement = strawberry.field(description="The statement.")


@strawberry.type(description="A page of a history, the newest first.")
class StatementConnection:
    """A page of a history."""

    edges: list[StatementEdge] = strawberry.field(description="The statements of the page, the newest first.")
    page_info: PageInfo = strawberry.field(description="Where the page lies in the history.")
    total_count: int = strawberry.field(description="How many statements there are in all; counted only if asked for.")
    completeness: Completeness = means("How complete the history is.", ListCompleteness())


@strawberry.type(description="What one source says of a property that several say differently.")
class ContradictingValue:
    """What one source says of a property that several say differently."""

    value: Json = strawberry.field(description="The value.")
    source: str = strawberry.field(description="The system that says so.")
    asserted_by: strawberry.ID | None = strawberry.field(
        description="The id of the actor who sent it.", metadata=guarded(Permission.PEOPLE_READ)
    )
    method: Method | None = strawberry.field(description="How it came to be held.")
    confidence: float | None = strawberry.field(description="How sure its source is, a ratio from 0 to 1.")
    said_at: DateTime = strawberry.field(description="Since when the source says it.")
    counts: bool = strawberry.field(description="Whether it is the value that the thing shows.")


@strawberry.type(description="A property that several sources say differently now.")
class Contradiction:
    """A property that several sources say differently now."""

    property: str = strawberry.field(description="The name of the thing's field.")
    values: list[ContradictingValue] = strawberry.field(
        description="What each source says that says anything of it: what counts first, then the newest."
    )


def _page(first: First = UNSET, after: After = UNSET, last: Last = UNSET, before: Before = UNSET) -> Any:
    raise NotImplementedError


def told(cls: type[T]) -> type[T]:
    """A GraphQL type of which sources speak: beside what is declared of it, who said what."""
    cls.__annotations__["history"] = StatementConnection
    needs = Permission.HISTORY_READ
    history = means("What each source said of it and says, the newest first.", History(), _page, needs=needs)
    setattr(cls, "history", history)  # noqa: B010 - declared here for each such type
    cls.__annotations__["contradictions"] = list[Contradiction]
    contradictions = means(
        "What several sources say differently of it now, and what counts: verified before claimed, then the newest; of "
        "claimed stages the later one in the world.",
        Contradictions(),
        needs=needs,
    )
    setattr(cls, "contradictions", contradictions)  # noqa: B010 - as above
    return described(cls)
