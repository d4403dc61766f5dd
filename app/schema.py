"""The published schema: every room's types in one."""

from collections.abc import Awaitable, Callable
from typing import Any, cast

import strawberry
from graphql import GraphQLInputObjectType, GraphQLObjectType, GraphQLSchema, print_schema
from strawberry.schema.config import StrawberryConfig

from app.access.types.asking import AccessQuery
from app.access.types.changing import AccessMutation
from app.artifacts.types.fetching import DownloadMutation
from app.artifacts.types.reconciling import ReconcilingMutation, ReconcilingQuery
from app.artifacts.types.uploading import UploadMutation, UploadQuery
from app.artifacts.types.watching import WatchMutation
from app.compiler.compiling import declared_meaning
from app.compiler.passthrough import Ready
from app.compiler.scalars import SCALARS
from app.compiler.selection import Info
from app.errors import TookTooLong
from app.lineage.natural import MOST_HOPS
from app.lineage.types import LineageQuery, Natural, let_flow
from app.operations.late import late
from app.registry.types.changes import ChangesQuery
from app.registry.types.comparing import ComparingQuery
from app.registry.types.gaps import GapsQuery
from app.registry.types.query import InventoryQuery
from app.registry.types.registering import RegistryMutation
from app.registry.types.relating import relate
from app.registry.types.retracting import RetractionMutation
from app.registry.types.things import THINGS
from app.retention.types.holding import HoldingMutation, HoldingQuery
from app.retention.types.planning import PlanningMutation, PlanningQuery
from app.retention.types.reporting import ReportingQuery


@strawberry.type(description="What can be asked.")
class Query(
    LineageQuery,
    InventoryQuery,
    GapsQuery,
    ComparingQuery,
    ChangesQuery,
    UploadQuery,
    ReconcilingQuery,
    PlanningQuery,
    HoldingQuery,
    ReportingQuery,
    AccessQuery,
):
    """What can be asked."""


@strawberry.type(description="What can be changed.")
class Mutation(
    RegistryMutation,
    RetractionMutation,
    UploadMutation,
    DownloadMutation,
    WatchMutation,
    ReconcilingMutation,
    PlanningMutation,
    HoldingMutation,
    AccessMutation,
):
    """What can be changed."""


def make_schema(hops: int = MOST_HOPS) -> GraphQLSchema:
    """The schema, to be executed by `PassThroughExecutor` with a context whose `services` read the graph.

    Args:
        hops: how far lists of what lineage reaches walk.
    """
    types = (*THINGS, Natural)
    made = strawberry.Schema(query=Query, mutation=Mutation, types=types, config=StrawberryConfig(scalar_map=SCALARS))
    # Strawberry's own execution is not used: what is needed of it is what it makes for graphql-core.
    schema: GraphQLSchema = cast("Any", made)._schema  # noqa: SLF001 - no other door leads to it
    relate(schema)
    let_flow(schema, hops)
    _declare_one_of(schema)
    _let_the_compiler_answer(schema)
    _let_the_registrar_answer(schema)
    return schema


def sdl() -> str:
    """The published schema as text: what `graph_schema/schema.graphql` holds."""
    return print_schema(make_schema()) + "\n"


def _declare_one_of(schema: GraphQLSchema) -> None:
    """Says of inputs of which exactly one field is given that they are so; Strawberry only checks it."""
    for type_ in schema.type_map.values():
        if isinstance(type_, GraphQLInputObjectType):
            type_.is_one_of = bool(getattr(type_.extensions.get("strawberry-definition"), "is_one_of", False))


def _let_the_compiler_answer(schema: GraphQLSchema) -> None:
    """Gives the root fields whose declaration says what they are in the graph the one resolver that they need."""
    query = schema.query_type
    for field in query.fields.values() if isinstance(query, GraphQLObjectType) else ():
        meaning = declared_meaning(field)
        if meaning is not None:
            field.resolve = _answering(getattr(meaning, "room", "inventory"))


def _let_the_registrar_answer(schema: GraphQLSchema) -> None:
    """Gives the mutations their input as GraphQL coerced it: made into objects first, it would cost as much again."""
    mutation = schema.mutation_type
    if isinstance(mutation, GraphQLObjectType):
        mutation.fields["registerLineage"].resolve = _register
        mutation.fields["retract"].resolve = _retract


async def _register(_source: object, info: Info, input: dict[str, Any]) -> Ready:  # noqa: A002 - the published name
    return await info.context.services.registrar.answer(info, input, info.context.caller)


async def _retract(_source: object, info: Info, input: dict[str, Any]) -> Ready:  # noqa: A002 - the published name
    return await info.context.services.registrar.answer_retraction(info, input, info.context.caller)


def _answering(room: str) -> Callable[..., Awaitable[Ready]]:
    """The resolver of fields that a service answers: the one of that name among the context's."""

    async def resolve(_source: object, info: Info, **arguments: Any) -> Ready:
        try:
            return await getattr(info.context.services, room).answer(info, arguments)
        except TookTooLong as error:
            raise late(error, info) from error

    return resolve
