"""The root fields that walk, and the types of their answers."""

from collections.abc import Sequence
from enum import Enum
from typing import Annotated, Any, Generic, TypeVar, cast

import strawberry
from graphql import GraphQLObjectType, GraphQLSchema
from strawberry import UNSET

from app.access.permissions import Permission, guarded
from app.compiler.connections import Connected
from app.lineage.natural import FIELDS, HOPS, Reached
from app.lineage.walked import Walked
from app.lineage.witnesses import MOST, USUAL
from app.registry.types.asserted import Assertion
from app.registry.types.declaring import After, AsOf, First, KnownAt, arguments_of, means
from app.registry.types.enums import DataRole, Direction, Stage
from app.registry.types.keys import NodeRef
from app.registry.types.pages import Completeness, Edge, PageInfo
from app.registry.types.things import ModelVersion, Node
from graph_schema.relationships import SCHEMA


def _followed(type_: str) -> Any:
    return strawberry.enum_value(type_, description=SCHEMA.relationship(type_).description)


@strawberry.enum(
    description="A type of relationship that lineage can follow. Each points upstream, to where a thing came from."
)
class RelationshipType(Enum):
    """A type of relationship that lineage can follow."""

    DERIVED_FROM = _followed("DERIVED_FROM")
    TRAINED_ON = _followed("TRAINED_ON")
    VALIDATED_ON = _followed("VALIDATED_ON")
    TESTED_ON = _followed("TESTED_ON")
    REFERRED_TO = _followed("REFERRED_TO")
    CONSUMED = _followed("CONSUMED")
    GENERATED_BY = _followed("GENERATED_BY")
    BUILT_FROM = _followed("BUILT_FROM")
    BASED_ON = _followed("BASED_ON")
    CONTAINS = _followed("CONTAINS")
    SERVES = _followed("SERVES")
    HOSTS = _followed("HOSTS")
    CALLS = _followed("CALLS")


@strawberry.type(description="One step of data: from a thing to what was made of it or with it.")
class Step:
    """One step of data. The relationship itself points the other way, upstream."""

    from_: Node = strawberry.field(name="from", description="Where data flows from.")
    to: Node = strawberry.field(description="Where it flows to.")
    relationship: Assertion = strawberry.field(
        description="What says so: in a path the best of several assertions, the verified, the surest, the earliest."
    )


_DIFFERENT = (
    "The shortest stands first, and each further one leaves a start, or enters the answer, by a step that none before "
    "it does, and is a shortest of those that do; none leads through another start. Fewer than `first` are all such "
    "steps."
)


def _witnesses(
    first: Annotated[
        int | None, strawberry.argument(description=f"How many at most: 1 to {MOST}; null: {USUAL}.")
    ] = USUAL,
) -> Any:
    raise NotImplementedError


@strawberry.type(description="A way along which data flows, from a start to an answer.")
class Witness:
    """A way along which data flows, from a start to an answer."""

    hops: int = strawberry.field(description="How many steps it has.")
    steps: list[Step] = strawberry.field(description="Its steps, each beginning where the one before it ends.")


@strawberry.type(description="A version of a model that data flows into.")
class ImpactEdge:
    """A version of a model that data flows into."""

    cursor: str = strawberry.field(description="Where it stands: for `after`.")
    node: ModelVersion = strawberry.field(description="The version.")
    hops: int = strawberry.field(description="How many steps it is away from the nearest start.")
    witness: list[Step] = strawberry.field(description="One shortest way, from a start to the version.")
    witnesses: list[Witness] = strawberry.field(
        resolver=_witnesses, description=f"Several ways, from starts to the version. {_DIFFERENT}"
    )


@strawberry.type(description="The versions of models that data flows into, in the order of model key and version.")
class ImpactConnection:
    """The versions of models that data flows into."""

    edges: list[ImpactEdge] = strawberry.field(description="Those of the page.")
    page_info: PageInfo = strawberry.field(description="Where the page lies.")
    total_count: int = strawberry.field(description="How many there are in all; counted only if asked for.")
    completeness: Completeness = strawberry.field(description="How complete the answer is.")


@strawberry.type(description="A thing that a walk reached.")
class LineageNode:
    """A thing that a walk reached."""

    node: Node = strawberry.field(description="The thing.")
    hops: int = strawberry.field(description="How many steps it is away from the nearest start.")


@strawberry.type(name="Lineage", description="The part of the graph that a walk met.")
class LineageAnswer:
    """The part of the graph that a walk met."""

    nodes: list[LineageNode] = strawberry.field(
        description="What was reached, the nearest first; a start only where another start reaches it."
    )
    relationships: list[Step] = strawberry.field(
        description="Every assertion that was walked, each as data flows, with those that several sources make."
    )
    completeness: Completeness = strawberry.field(description="How complete the answer is.")


@strawberry.type(description="A way along which data flows.")
class PathResult:
    """A way along which data flows."""

    steps: list[Step] | None = strawberry.field(
        description="One shortest way; empty between a thing and itself; null: there is none within the limits."
    )
    witnesses: list[Witness] = strawberry.field(
        resolver=_witnesses, description=f"Several ways; none where there is none within the limits. {_DIFFERENT}"
    )
    completeness: Completeness = strawberry.field(description="How complete the answer is.")


Roles = Annotated[
    Sequence[DataRole] | None,
    strawberry.argument(description="The roles in which data counts as used; null is the default, none is refused."),
]
MaxHops = Annotated[
    int | None, strawberry.argument(description="How many steps at most: 1 to 100, which is the default.")
]
RelationshipTypes = Annotated[
    list[RelationshipType] | None,
    strawberry.argument(
        description="Only these are followed, whatever `roles` says. Null: those along which data flows, with those of "
        "`roles`. SERVES, HOSTS and CALLS are followed only if they are named here. None is refused."
    ),
]
MinConfidence = Annotated[
    float | None,
    strawberry.argument(description="Only assertions of at least this confidence are followed: a ratio from 0 to 1."),
]
Sources = Annotated[
    list[str] | None,
    strawberry.argument(description="Only what these systems say is followed; null: what any says; none is refused."),
]
AssertedBy = Annotated[
    list[strawberry.ID] | None,
    strawberry.argument(
        description="Only what these actors sent is followed, by their ids; null: what any sent; none is refused.",
        metadata=guarded(Permission.PEOPLE_READ),
    ),
]
STANDARD_STAGES = (Stage.PRODUCTION,)
STANDARD_ROLES = (DataRole.TRAINING, DataRole.INPUT)


def _impact(
    of: Annotated[list[NodeRef], strawberry.argument(description="What flows: 1 to 100 things.")],
    stages: Annotated[
        Sequence[Stage] | None,
        strawberry.argument(description="The stages of the versions that count; null is the default, none means any."),
    ] = STANDARD_STAGES,
    *,
    roles: Roles = STANDARD_ROLES,
    relationship_types: RelationshipTypes = UNSET,
    min_confidence: MinConfidence = UNSET,
    sources: Sources = UNSET,
    asserted_by: AssertedBy = UNSET,
    max_hops: MaxHops = UNSET,
    as_of: AsOf = UNSET,
    known_at: KnownAt = UNSET,
    first: First = UNSET,
    after: After = UNSET,
) -> Any:
    raise NotImplementedError


def _lineage(
    start: Annotated[list[NodeRef], strawberry.argument(description="Where the walk starts: 1 to 100 things.")],
    direction: Annotated[Direction, strawberry.argument(description="Which way it goes.")],
    *,
    roles: Roles = STANDARD_ROLES,
    relationship_types: RelationshipTypes = UNSET,
    min_confidence: MinConfidence = UNSET,
    sources: Sources = UNSET,
    asserted_by: AssertedBy = UNSET,
    max_hops: MaxHops = UNSET,
    as_of: AsOf = UNSET,
    known_at: KnownAt = UNSET,
) -> Any:
    raise NotImplementedError


def _path(
    from_: Annotated[NodeRef, strawberry.argument(name="from", description="Where data flows from.")],
    to: Annotated[NodeRef, strawberry.argument(description="Where it flows to.")],
    *,
    roles: Roles = STANDARD_ROLES,
    relationship_types: RelationshipTypes = UNSET,
    min_confidence: MinConfidence = UNSET,
    sources: Sources = UNSET,
    asserted_by: AssertedBy = UNSET,
    max_hops: MaxHops = UNSET,
    as_of: AsOf = UNSET,
    known_at: KnownAt = UNSET,
) -> Any:
    raise NotImplementedError


@strawberry.type
class LineageQuery:
    """The root fields that walk."""

    impact: ImpactConnection | None = means(
        "The versions of models that the named things reach by data flow: the headline question. An unknown thing is "
        "an error, NOT_FOUND.",
        Walked(),
        _impact,
        needs=Permission.LINEAGE_READ,
    )
    lineage: LineageAnswer | None = means(
        "The part of the graph upstream or downstream of some things. An unknown thing is an error, NOT_FOUND.",
        Walked(),
        _lineage,
        needs=Permission.LINEAGE_READ,
    )
    path: PathResult | None = means(
        "One shortest way along which data flows from one thing to another. An unknown thing is an error, NOT_FOUND.",
        Walked(),
        _path,
        needs=Permission.LINEAGE_READ,
    )


T = TypeVar("T")


@strawberry.type(
    description="A page of what lineage reaches from a thing within the limit of hops. Whether more lies beyond it, "
    "and which ancestry is unknown, the `completeness` of `impact` and `lineage` tells."
)
class LineageConnection(Generic[T]):
    """A page of what lineage reaches from a thing."""

    edges: list[Edge[T]] = strawberry.field(description="The things of the page, in the order of the list.")
    page_info: PageInfo = strawberry.field(description="Where the page lies in the list.")
    total_count: int = strawberry.field(description="How many things are in the whole list; counted only if asked for.")


_ALIKE = "each once, by the relationships that `lineage` follows by default"


@strawberry.type
class Natural:
    """The natural fields of things, of which each gets its own: `natural.FIELDS` says which. It is not published."""

    production_models: LineageConnection[ModelVersion] = means(
        "The versions in production that its data flows into, at any distance: what `impact` answers by default.",
        Connected(finder=Reached("impact(of:)", target="ModelVersion", stage="PRODUCTION")),
        arguments_of("ModelVersion", {}),
        needs=Permission.LINEAGE_READ,
    )
    upstream: LineageConnection[Node] = means(
        f"What it came from, at any distance: {_ALIKE}.",
        Connected(finder=Reached("lineage(start:, direction: UPSTREAM)", upstream=True)),
        arguments_of("Node", {}),
        needs=Permission.LINEAGE_READ,
    )
    downstream: LineageConnection[Node] = means(
        f"What it flows into, at any distance: {_ALIKE}.",
        Connected(finder=Reached("lineage(start:, direction: DOWNSTREAM)")),
        arguments_of("Node", {}),
        needs=Permission.LINEAGE_READ,
    )


def let_flow(schema: GraphQLSchema, hops: int) -> None:
    """Gives the types of things, which are declared below this room, their natural fields, whose walks go so far."""
    schema.extensions[HOPS] = hops
    natural = cast("GraphQLObjectType", schema.type_map.pop("Natural")).fields
    for label, names in FIELDS.items():
        cast("GraphQLObjectType", schema.type_map[label]).fields.update({name: natural[name] for name in names})
