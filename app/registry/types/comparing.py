"""The root field that puts versions of models side by side, and the types of its answer."""

from typing import Annotated, Any, Generic, TypeVar

import strawberry
from strawberry import UNSET

from app.access.permissions import Permission
from app.compiler.scalars import Json
from app.registry.comparing import Comparing
from app.registry.types.declaring import After, AsOf, First, KnownAt, means
from app.registry.types.keys import NodeRef
from app.registry.types.pages import PageInfo
from app.registry.types.things import Artifact, CodeCommit, DatasetVersion, Evaluation, ModelVersion, Run

T = TypeVar("T")

Differing = Annotated[
    bool | None,
    strawberry.argument(description="Only what is not the same of all; false: only what is; null: both."),
]


@strawberry.type(description="What some versions have under one name.")
class ComparedValue:
    """What some versions have under one name."""

    name: str = strawberry.field(description="The name; empty for a value that is no object of named ones.")
    values: list[Json | None] = strawberry.field(
        description="The value of each, in the order in which they were named; null where it has none."
    )
    origins: list[strawberry.ID | None] = strawberry.field(
        description="The id of the thing whose value each is: the version's, or a run's; null where it has none."
    )
    same: bool = strawberry.field(description="Whether all have the same value; one that has none differs.")


@strawberry.type(description="A thing that some of the versions are connected to.")
class ComparedEdge(Generic[T]):
    """A thing that some of the versions are connected to."""

    cursor: str = strawberry.field(description="Where it stands: for `after`.")
    node: T = strawberry.field(description="The thing.")
    in_: list[bool] = strawberry.field(
        name="in", description="Of each version, in the order in which they were named, whether it is connected to it."
    )
    same: bool = strawberry.field(description="Whether all of them are.")


@strawberry.type(description="What the versions are connected to, each thing once, in natural order.")
class ComparedConnection(Generic[T]):
    """What the versions are connected to."""

    edges: list[ComparedEdge[T]] = strawberry.field(description="Those of the page.")
    page_info: PageInfo = strawberry.field(description="Where the page lies.")


def _values(differing: Differing = UNSET) -> Any:
    raise NotImplementedError


def _things(differing: Differing = UNSET, first: First = UNSET, after: After = UNSET) -> Any:
    raise NotImplementedError


def _named(what: str) -> str:
    return (
        f"Their {what}, by name: a version's own, else those of the runs that made it; where several name one, that of "
        "the run that started last."
    )


@strawberry.type(description="Versions of models side by side.")
class Comparison:
    """Versions of models side by side."""

    versions: list[ModelVersion] = strawberry.field(description="The versions, in the order in which they were named.")
    properties: list[ComparedValue] = strawberry.field(
        resolver=_values, description="What is said of the versions themselves, in the order of the declaration."
    )
    parameters: list[ComparedValue] = strawberry.field(resolver=_values, description=_named("parameters"))
    metrics: list[ComparedValue] = strawberry.field(resolver=_values, description=_named("metrics"))
    training_data: ComparedConnection[DatasetVersion] = strawberry.field(
        resolver=_things, description="The data that the runs which made them trained on, directly."
    )
    commits: ComparedConnection[CodeCommit] = strawberry.field(
        resolver=_things, description="The code that the runs which made them executed."
    )
    runs: ComparedConnection[Run] = strawberry.field(resolver=_things, description="The runs that made them.")
    artifacts: ComparedConnection[Artifact] = strawberry.field(
        resolver=_things, description="What their folders hold, by digest."
    )
    bases: ComparedConnection[ModelVersion] = strawberry.field(
        resolver=_things, description="The versions that they were made from directly."
    )
    evaluations: ComparedConnection[Evaluation] = strawberry.field(
        resolver=_things, description="The evaluations of them: each is of one version."
    )


def _compare(
    versions: Annotated[
        list[NodeRef], strawberry.argument(description="What is compared: 2 to 10 versions of models, each once.")
    ],
    as_of: AsOf = UNSET,
    known_at: KnownAt = UNSET,
) -> Any:
    raise NotImplementedError


@strawberry.type
class ComparingQuery:
    """The root field that puts versions of models side by side."""

    compare: Comparison | None = means(
        "Versions of models side by side: parameters, metrics, data, code. An unknown one is an error, NOT_FOUND; "
        "anything else than a version of a model is BAD_COMPARISON.",
        Comparing(),
        _compare,
        needs=Permission.INVENTORY_READ,
    )
