"""The root field that tells what is missing, and the types of its answer."""

from collections.abc import Sequence
from enum import Enum
from typing import Annotated, Any

import strawberry
from strawberry import UNSET

from app.access.permissions import Permission
from app.registry.gaps import Gaps
from app.registry.lists import ListCompleteness
from app.registry.types.declaring import After, AsOf, First, KnownAt, means
from app.registry.types.enums import Stage
from app.registry.types.pages import Completeness, PageInfo
from app.registry.types.things import ModelVersion


@strawberry.enum(description="What a version of a model can lack.")
class GapKind(Enum):
    """What a version of a model can lack."""

    DESCRIPTION = strawberry.enum_value(
        "DESCRIPTION", description="Nobody has described it: it is known from what refers to it."
    )
    OWNER = strawberry.enum_value(
        "OWNER", description="Nobody answers for its model now, save actors that are said to be no longer active."
    )
    RUN = strawberry.enum_value("RUN", description="No run is known to have made it.")
    COMMIT = strawberry.enum_value("COMMIT", description="Of no run that made it the code is known.")
    TRAINING_DATA = strawberry.enum_value(
        "TRAINING_DATA", description="No run that made it names data that it trained on."
    )
    DATA_VERSION = strawberry.enum_value(
        "DATA_VERSION",
        description="A run that made it names data that it trained on without saying which version: `@unversioned`.",
    )
    EVALUATION = strawberry.enum_value("EVALUATION", description="No evaluation of it is known, of whatever result.")
    ARTIFACT = strawberry.enum_value("ARTIFACT", description="Nothing that its folder holds is known by its digest.")
    STORED_FILES = strawberry.enum_value(
        "STORED_FILES", description="None of its files is stored here, so that nobody can show which bytes it is."
    )
    WHOLE_FILES = strawberry.enum_value(
        "WHOLE_FILES", description="The bytes of a file went missing, were changed or cannot be read any more."
    )
    SAFE_FORMAT = strawberry.enum_value(
        "SAFE_FORMAT", description="A file of it is of a format that may execute what is in it when it is loaded."
    )


@strawberry.type(description="A version of a model that lacks something.")
class GapEdge:
    """A version of a model that lacks something."""

    cursor: str = strawberry.field(description="Where it stands: for `after`.")
    node: ModelVersion = strawberry.field(description="The version.")
    gaps: list[GapKind] = strawberry.field(description="What of that which was asked for it lacks.")


@strawberry.type(description="The versions of models that lack something, in the order of model key and version.")
class GapConnection:
    """The versions of models that lack something."""

    edges: list[GapEdge] = strawberry.field(description="Those of the page.")
    page_info: PageInfo = strawberry.field(description="Where the page lies.")
    total_count: int = strawberry.field(description="How many there are in all; counted only if asked for.")
    completeness: Completeness = means("How complete the answer is.", ListCompleteness())


def _gaps(
    kinds: Annotated[
        Sequence[GapKind] | None, strawberry.argument(description="What counts as a gap; null is all, none is refused.")
    ] = UNSET,
    stages: Annotated[
        Sequence[Stage] | None,
        strawberry.argument(description="The stages of the versions that count; null is the default, none means any."),
    ] = (Stage.PRODUCTION,),
    as_of: AsOf = UNSET,
    known_at: KnownAt = UNSET,
    first: First = UNSET,
    after: After = UNSET,
) -> Any:
    raise NotImplementedError


@strawberry.type
class GapsQuery:
    """The root field that tells what is missing."""

    gaps: GapConnection = means(
        "The versions of models that lack something that an investigator asks for, and what each lacks.",
        Gaps(),
        _gaps,
        needs=Permission.INVENTORY_READ,
    )
