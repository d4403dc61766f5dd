"""The inputs of the API, held against the declaration of the graph."""

from typing import Any, cast

import pytest
from graphql import GraphQLEnumType, GraphQLInputObjectType, GraphQLSchema, get_named_type

from app.errors import ErrorCode
from graph_schema.assertions import ASSERTIONS
from graph_schema.declare import Kind, Node, Property
from graph_schema.nodes import DESCRIBED
from graph_schema.relationships import ROLES, SCHEMA
from graph_schema.sayable import said_of
from tests.published import PUBLISHED

SCALARS = {
    Kind.TEXT: {"String"},
    Kind.INTEGER: {"Int", "BigInt"},
    Kind.FLOAT: {"Float"},
    Kind.BOOLEAN: {"Boolean"},
    Kind.TIME: {"DateTime"},
    Kind.JSON: {"JSON"},
    Kind.DIGEST: {"Digest"},
    Kind.TEXTS: {"String"},
}


@pytest.fixture(scope="module")
def schema() -> GraphQLSchema:
    return PUBLISHED


def _input(schema: GraphQLSchema, name: str) -> GraphQLInputObjectType:
    return cast("GraphQLInputObjectType", schema.type_map[name])


def _of(schema: GraphQLSchema, outer: str, field: str) -> GraphQLInputObjectType:
    return cast("GraphQLInputObjectType", get_named_type(_input(schema, outer).fields[field].type))


@pytest.mark.parametrize("node", DESCRIBED, ids=lambda node: node.label)
def test_an_input_has_what_is_declared(schema: GraphQLSchema, node: Node) -> None:
    fields = _of(schema, "NodeInput", node.input_name).fields
    named = {implied.field for implied in node.implied if implied.field}
    sayable = [each for each in node.properties if not each.checked]
    assert set(fields) == {part.name for part in (*node.key, *sayable)} | named
    for each in (*(part for part in node.key if isinstance(part, Property)), *sayable):
        field = fields[each.name]
        assert str(field.type).endswith("!") == each.required
        assert field.description == each.description
        _fits(each, get_named_type(field.type))
    assert all(str(fields[part.name].type).endswith("!") for part in node.key)


def _fits(declared: Property, type_: Any) -> None:
    if declared.choices:
        assert isinstance(type_, GraphQLEnumType)
        assert set(type_.values) == set(declared.choices)
    else:
        assert type_.name in SCALARS[declared.kind]


@pytest.mark.parametrize("assertion", ASSERTIONS, ids=lambda assertion: assertion.name)
def test_a_relationship_input_has_what_is_declared(schema: GraphQLSchema, assertion: Any) -> None:
    fields = _of(schema, "RelationshipInput", assertion.name).fields
    ends = {end.field for end in (*assertion.start, *assertion.target)}
    said = {name for type_ in assertion.types for name in said_of(type_)}
    assert set(fields) == ends | said | ({"role"} if len(assertion.types) > 1 else set())
    for side in (assertion.start, assertion.target):
        assert all(str(fields[end.field].type).endswith("!") == (len(side) == 1) for end in side)
    assert (fields["confidence"].default_value, str(fields["method"].type)) == (1.0, "Method!")


def test_every_kind_has_its_input(schema: GraphQLSchema) -> None:
    assert set(_input(schema, "NodeInput").fields) == {node.input_name for node in SCHEMA.nodes if node.input_name}
    assert set(_input(schema, "RelationshipInput").fields) == {assertion.name for assertion in ASSERTIONS}
    assert set(cast("GraphQLEnumType", schema.type_map["DataRole"]).values) == set(ROLES)
    assert all(_input(schema, name).is_one_of for name in ("NodeInput", "RelationshipInput"))


def test_the_codes_are_those_of_the_errors(schema: GraphQLSchema) -> None:
    assert set(cast("GraphQLEnumType", schema.type_map["ErrorCode"]).values) <= set(ErrorCode.__members__)
