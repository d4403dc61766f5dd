"""The published schema: every room's types in one."""

from typing import Any, cast

import strawberry
from graphql import GraphQLObjectType, GraphQLSchema, print_schema
from strawberry.schema.config import StrawberryConfig

from app.compiler.compiling import declared_meaning
from app.compiler.passthrough import Ready
from app.compiler.scalars import SCALARS
from app.compiler.selection import Info
from app.registry.types.query import InventoryQuery
from app.registry.types.things import THINGS


@strawberry.type(description="What can be asked.")
class Query(InventoryQuery):
    """What can be asked."""


def make_schema() -> GraphQLSchema:
    """The schema, to be executed by `PassThroughExecutor` with a context whose `services.inventory` reads the graph."""
    made = strawberry.Schema(query=Query, types=THINGS, config=StrawberryConfig(scalar_map=SCALARS))
    # Strawberry's own execution is not used: what is needed of it is what it makes for graphql-core.
    schema: GraphQLSchema = cast("Any", made)._schema  # noqa: SLF001
    _let_the_compiler_answer(schema)
    return schema


def sdl() -> str:
    """The published schema as text: what `graph_schema/schema.graphql` holds."""
    return print_schema(make_schema()) + "\n"


def _let_the_compiler_answer(schema: GraphQLSchema) -> None:
    """Gives the root fields whose declaration says what they are in the graph the one resolver that they need."""
    query = schema.query_type
    for field in query.fields.values() if isinstance(query, GraphQLObjectType) else ():
        if declared_meaning(field) is not None:
            field.resolve = _answer


async def _answer(_source: object, info: Info, **_arguments: Any) -> Ready:
    return await info.context.services.inventory.answer(info)
