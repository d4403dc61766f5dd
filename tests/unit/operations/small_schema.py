"""A schema with one field of each kind that matters here."""

from dataclasses import dataclass
from typing import Any

from graphql import GraphQLSchema, build_schema

from app.access.service import LOCAL, Caller
from app.errors import ErrorCode, PedigreeError

SCHEMA = """
type Query {
  hello(name: String = "you"): String!
  maybe: String
  fails(how: String!): String
  deep: Query!
  later: String
}
type Mutation {
  change(to: Int!): Int!
  registerLineage(rows: String!): Int!
}
"""


def answered(data: object, cost: int = 0) -> dict[str, object]:
    """The body of an answer without errors, under the usual limits."""
    return {"data": data, "extensions": {"cost": {"requested": cost, "limit": 100_000, "left": 100_000 - cost}}}


@dataclass(frozen=True)
class FakeContext:
    """What the room needs of a context."""

    correlation_id: str = "c0ffee"
    caller: Caller = LOCAL


class _Secret(Exception):
    """Something nobody foresaw, with words that must not be shown."""


def _fails(_root: object, _info: object, how: str) -> str:
    if how == "told":
        raise PedigreeError("There is no such thing.", code=ErrorCode.TIMEOUT, path="of[0]", remedy="Ask for another.")
    raise _Secret("the password is topsecret")


async def _later(_root: object, _info: object) -> str:
    return "done"


def small_schema() -> GraphQLSchema:
    """Return a new schema with its resolvers."""
    schema = build_schema(SCHEMA)
    resolvers: dict[str, Any] = {
        "hello": lambda _root, _info, name: f"hello {name}",
        "maybe": lambda _root, _info: None,
        "fails": _fails,
        "deep": lambda _root, _info: {},
        "later": _later,
    }
    for name, resolver in resolvers.items():
        schema.query_type.fields[name].resolve = resolver  # type: ignore[union-attr] - the schema above has both roots
    changes: dict[str, Any] = {
        "change": lambda _root, _info, to: to,
        "registerLineage": lambda _root, _info, rows: len(rows),
    }
    for name, resolver in changes.items():
        schema.mutation_type.fields[name].resolve = resolver  # type: ignore[union-attr] - the schema above has both roots
    return schema
