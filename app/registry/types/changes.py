"""The root field that tells what changed between two times, and the types of its answer."""

from enum import Enum
from typing import Annotated, Any

import strawberry
from strawberry import UNSET

from app.access.permissions import Permission, guarded
from app.compiler.scalars import DateTime, Json
from app.registry.changes import Changes
from app.registry.lists import ListCompleteness
from app.registry.types.asserted import Assertion
from app.registry.types.declaring import After, First, means
from app.registry.types.enums import Direction
from app.registry.types.keys import NodeRef
from app.registry.types.pages import Completeness, PageInfo
from app.registry.types.things import Node


@strawberry.enum(description="By which of the two clocks a change is told.")
class Clock(Enum):
    """By which of the two clocks a change is told."""

    WORLD = strawberry.enum_value("WORLD", description="When it happened, by what is recorded of it now.")
    RECORD = strawberry.enum_value("RECORD", description="When it was recorded here.")


@strawberry.enum(description="What a change is; at one moment, what ends comes before what begins.")
class ChangeKind(Enum):
    """What a change is."""

    STAGE_CHANGED = strawberry.enum_value(
        "STAGE_CHANGED", description="World: the version came into another stage, by what is claimed."
    )
    DEPLOYMENT_ENDED = strawberry.enum_value(
        "DEPLOYMENT_ENDED", description="World: a deployment of the version, or on the endpoint, ended."
    )
    DEPLOYMENT_BEGAN = strawberry.enum_value(
        "DEPLOYMENT_BEGAN", description="World: a deployment of the version, or on the endpoint, started."
    )
    RELATIONSHIP_ENDED = strawberry.enum_value(
        "RELATIONSHIP_ENDED", description="World: a relationship ceased to hold: a call or an ownership."
    )
    RELATIONSHIP_BEGAN = strawberry.enum_value(
        "RELATIONSHIP_BEGAN", description="World: a relationship began to hold, where its source says when."
    )
    WORD_TAKEN_BACK = strawberry.enum_value(
        "WORD_TAKEN_BACK",
        description="Record: a source took back all that it said of the thing, or left it out of a complete load.",
    )
    RELATIONSHIP_RETRACTED = strawberry.enum_value(
        "RELATIONSHIP_RETRACTED",
        description="Record: a relationship was retracted; one that its source says differently is recorded anew.",
    )
    WORD_SAID = strawberry.enum_value(
        "WORD_SAID", description="Record: a source said something of the thing, for the first time or differently."
    )
    RELATIONSHIP_RECORDED = strawberry.enum_value(
        "RELATIONSHIP_RECORDED", description="Record: a source said that the thing and another are related."
    )


@strawberry.type(description="A property that a change changed.")
class ChangedProperty:
    """A property that a change changed."""

    property: str = strawberry.field(description="The name of the thing's field.")
    before: Json | None = strawberry.field(description="The value before; null where there was none.")
    after: Json | None = strawberry.field(description="The value after; null where there is none.")


@strawberry.type(description="One change of a thing.")
class Change:
    """One change of a thing."""

    at: DateTime = strawberry.field(description="When.")
    clock: Clock = strawberry.field(description="By which clock that is.")
    kind: ChangeKind = strawberry.field(description="What it is.")
    source: str | None = strawberry.field(
        description="The system whose word it is; of a deployment, the one whose word counts; of a stage, the one "
        "whose claim, or whose taking it back, changed it."
    )
    asserted_by: strawberry.ID | None = strawberry.field(
        description="The id of the actor who sent that word, or who took it back; null for a stage.",
        metadata=guarded(Permission.PEOPLE_READ),
    )
    properties: list[ChangedProperty] = strawberry.field(
        description="What it changed: of what the source says, or the stage of a version; else nothing."
    )
    relationship: Assertion | None = strawberry.field(
        description="The relationship that it is about, also where it is retracted; null where it is about none."
    )
    direction: Direction | None = strawberry.field(
        description="Where the other end of the relationship lies; null where it is about none."
    )
    other_id: strawberry.ID | None = strawberry.field(
        description="The id of the relationship's other end, or of the deployment; null where it is about none."
    )
    other: Node | None = strawberry.field(
        description="The same thing as it is now; null also where it is not there any more: then ask for the id as "
        "known at an earlier time."
    )


@strawberry.type(description="A change in a list.")
class ChangeEdge:
    """A change in a list."""

    cursor: str = strawberry.field(description="Where it stands: for `after`.")
    node: Change = strawberry.field(description="The change.")


@strawberry.type(description="What changed about a thing, the earliest first, both clocks together.")
class ChangeConnection:
    """What changed about a thing."""

    edges: list[ChangeEdge] = strawberry.field(description="The changes of the page.")
    page_info: PageInfo = strawberry.field(description="Where the page lies.")
    completeness: Completeness = means("How complete the answer is.", ListCompleteness())


def _changes(
    subject: Annotated[NodeRef, strawberry.argument(description="The thing; also one that is retracted.")],
    from_: Annotated[DateTime, strawberry.argument(name="from", description="Since when; that moment counts.")],
    to: Annotated[DateTime, strawberry.argument(description="Until when; that moment does not count.")],
    first: First = UNSET,
    after: After = UNSET,
) -> Any:
    raise NotImplementedError


@strawberry.type
class ChangesQuery:
    """The root field that tells what changed."""

    changes: ChangeConnection | None = means(
        "What changed about a thing between two times: what sources said of it and took back, its relationships, and "
        "in the world its stage, its deployments and what began and ceased to hold. An unknown thing is an error, "
        "NOT_FOUND.",
        Changes(),
        _changes,
        needs=Permission.HISTORY_READ,
    )
