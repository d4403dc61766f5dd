"""Variables come out of the functions made for their types exactly as graphql-core makes them, or not at all."""

import random
from collections.abc import Iterator
from typing import Any

import networkx as nx
import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    OperationDefinitionNode,
    build_schema,
    get_named_type,
    parse,
)
from graphql.execution.values import VariableValues, get_variable_values
from hypothesis import given, settings
from hypothesis import strategies as st

from app.operations.coercing import Coercer, Coercers
from tests.published import PUBLISHED

INPUTS = sorted(name for name, each in PUBLISHED.type_map.items() if isinstance(each, GraphQLInputObjectType))
LEAVES = ["String", "ID", "Int", "Float", "Boolean", "DateTime", "JSON", "Order"]
WRONG = ["", "x", 0, -1, 2**40, 0.5, True, None, [], {}, [None], {"no": 1}, "2026-01-31T12:00:00Z", ["x", "y"]]
RIGHT: dict[str, list[Any]] = {
    "String": ["", "a", "é"],
    "ID": ["id", 7],
    "Int": [0, 5, 3.0],
    "Float": [0, 0.25],
    "Boolean": [True, False],
    "DateTime": ["2026-01-31T12:00:00Z", "2026-01-31T13:00:00.5+01:00"],
}


def _endless() -> set[str]:
    """The input types that can hold themselves, or one that can: told by networkx."""
    graph: nx.DiGraph[str] = nx.DiGraph()
    for name in INPUTS:
        fields: Any = getattr(PUBLISHED.type_map[name], "fields")  # noqa: B009 - of an input type
        graph.add_edges_from((name, get_named_type(field.type).name) for field in fields.values())
    looping = {name for ring in nx.simple_cycles(graph) for name in ring}
    return {name for name in INPUTS if name in looping or looping & nx.descendants(graph, name)}


ENDLESS = _endless()


def _value(type_: Any, rng: random.Random, *, wrong: float) -> Any:
    """A value of that type, or, as often as `wrong` says, another."""
    if rng.random() < wrong:
        return rng.choice(WRONG)
    if isinstance(type_, GraphQLNonNull):
        return _value(type_.of_type, rng, wrong=wrong)
    return None if rng.random() < 0.1 else _there(type_, rng, wrong=wrong)


def _there(type_: Any, rng: random.Random, *, wrong: float) -> Any:
    if isinstance(type_, GraphQLList):
        alone = rng.random() < 0.2
        items = [_value(type_.of_type, rng, wrong=wrong) for _ in range(1 if alone else rng.randrange(4))]
        return items[0] if alone else items
    if isinstance(type_, GraphQLInputObjectType):
        return {name: _value(type_.fields[name].type, rng, wrong=wrong) for name in _some(type_, rng)}
    if isinstance(type_, GraphQLEnumType):
        return rng.choice(list(type_.values))
    return rng.choice(RIGHT.get(type_.name, ["text", 1, {"a": [1]}]))


def _some(type_: GraphQLInputObjectType, rng: random.Random) -> Iterator[str]:
    names = list(type_.fields)
    rng.shuffle(names)
    if type_.is_one_of and rng.random() < 0.95:
        names = names[:1]
    for name in names:
        if isinstance(type_.fields[name].type, GraphQLNonNull) or type_.is_one_of or rng.random() < 0.4:
            yield name


def _prepared(text: str, schema: Any = PUBLISHED) -> tuple[OperationDefinitionNode, Coercer | None]:
    document = parse(text)
    operation = document.definitions[0]
    assert isinstance(operation, OperationDefinitionNode)
    return operation, Coercers(schema).of(document, operation)


def _by_the_library(operation: OperationDefinitionNode, given: dict[str, Any], schema: Any = PUBLISHED) -> Any:
    return get_variable_values(schema, operation.variable_definitions or (), given)


@settings(max_examples=3_000, deadline=None)
@given(
    st.sampled_from(
        [name for name in INPUTS if name not in ENDLESS] + [name for name in LEAVES if name in PUBLISHED.type_map]
    ),
    st.sampled_from(["{}", "{}!", "[{}]", "[{}!]!", "[[{}]!]"]),
    st.sampled_from([0.0, 0.0, 0.05]),
    st.randoms(use_true_random=False),
)
def test_what_comes_out_is_what_the_library_makes(name: str, form: str, wrong: float, rng: random.Random) -> None:
    operation, coercer = _prepared(f"query ($v: {form.format(name)}) {{ __typename }}")
    assert coercer is not None
    signature, _ = coercer.signatures[0]
    values = {"v": _value(signature.type, rng, wrong=wrong)}
    expected = _by_the_library(operation, values)
    ours = coercer.values(values)
    if isinstance(expected, list):
        assert ours is None
    else:
        assert _told(ours) == _told(expected)


def _told(values: VariableValues | None) -> Any:
    """What resolvers see of them; types of lists are made anew each time, and equal none."""
    assert values is not None
    sources = {name: (str(each.signature.type), each.value) for name, each in values.sources.items()}
    return sources, _typed(values.coerced)


def _typed(value: Any) -> Any:
    """The value with the type of each part: 1, 1.0 and True are one to `==`."""
    if isinstance(value, dict):
        return {name: _typed(each) for name, each in value.items()}
    return [_typed(each) for each in value] if isinstance(value, list) else (type(value), value)


def test_the_random_values_are_right_and_wrong() -> None:
    rng, right, wrong = random.Random(1), 0, 0
    for name in INPUTS:
        if name not in ENDLESS:
            operation, coercer = _prepared(f"query ($v: {name}) {{ __typename }}")
            assert coercer is not None
            values = {"v": _value(PUBLISHED.type_map[name], rng, wrong=0.05)}
            fits = not isinstance(_by_the_library(operation, values), list)
            right, wrong = right + fits, wrong + (not fits)
    assert right > 10
    assert wrong > 2


@pytest.mark.parametrize("name", INPUTS)
def test_a_type_that_can_hold_itself_is_left_to_the_library(name: str) -> None:
    _, coercer = _prepared(f"query ($v: {name}) {{ __typename }}")
    assert (coercer is None) == (name in ENDLESS)


def test_the_input_that_is_sent_in_bulk_is_none_of_them() -> None:
    assert "RegisterLineageInput" not in ENDLESS
    assert "ModelVersionFilter" in ENDLESS


@pytest.mark.parametrize(
    ("text", "values", "taken"),
    (
        ("query ($a: String) { __typename }", {}, True),
        ("query ($a: String) { __typename }", {"a": None, "unknown": 1}, True),
        ("query ($a: String!) { __typename }", {}, False),
        ('query ($a: String = "x") { __typename }', {}, False),
        ('query ($a: String = "x") { __typename }', {"a": None}, True),
        ('query ($a: String! = "x") { __typename }', {"a": None}, False),
        ("query ($a: Int, $b: [Int!]) { __typename }", {"b": 3}, True),
        ("query ($b: [Int!]) { __typename }", {"b": (3,)}, False),
    ),
)
def test_what_is_left_out(text: str, values: dict[str, Any], taken: bool) -> None:
    operation, coercer = _prepared(text)
    assert coercer is not None
    ours = coercer.values(values)
    assert (ours is not None) == taken
    if ours is not None:
        assert _told(ours) == _told(_by_the_library(operation, values))


def test_defaults_of_fields() -> None:
    schema = build_schema("""
        input In { a: Int = 3, b: [Int!]! = [1], c: In2 = {d: "x"}, e: Int }
        input In2 { d: String! }
        type Query { q(in: In): Int }
    """)
    operation, coercer = _prepared("query ($v: In!) { q(in: $v) }", schema)
    assert coercer is not None
    for given_ in ({}, {"a": None}, {"b": 2}, {"c": None, "e": 5}, {"c": {"d": "y"}}):
        assert _told(coercer.values({"v": given_})) == _told(_by_the_library(operation, {"v": given_}, schema))
    assert coercer.values({"v": {"c": {}}}) is None


def test_exactly_one() -> None:
    schema = build_schema("input One @oneOf { a: Int, b: Int } type Query { q(one: One): Int }")
    operation, coercer = _prepared("query ($v: One!) { q(one: $v) }", schema)
    assert coercer is not None
    assert _told(coercer.values({"v": {"a": 1}})) == _told(_by_the_library(operation, {"v": {"a": 1}}, schema))
    for wrong in ({}, {"a": None}, {"a": 1, "b": 2}, {"a": 1, "b": None}):
        assert coercer.values({"v": wrong}) is None
        assert isinstance(_by_the_library(operation, {"v": wrong}, schema), list)


def test_names_that_resolvers_know() -> None:
    schema = build_schema("input In { aB: Int, cD: Int = 3 } type Query { q(in: In): Int }")
    fields: Any = getattr(schema.type_map["In"], "fields")  # noqa: B009 - of an input type
    fields["aB"].out_name, fields["cD"].out_name = "a_b", "c_d"
    operation, coercer = _prepared("query ($v: In!) { q(in: $v) }", schema)
    assert coercer is not None
    ours = coercer.values({"v": {"aB": 1}})
    assert _told(ours) == _told(_by_the_library(operation, {"v": {"aB": 1}}, schema))
    assert ours is not None
    assert ours.coerced == {"v": {"a_b": 1, "c_d": 3}}


def test_the_document_that_runs_keeps_its_places() -> None:
    text = "query A($v: Int) { __typename } query B { __typename }"
    document = parse(text)
    operation = document.definitions[0]
    assert isinstance(operation, OperationDefinitionNode)
    coercer = Coercers(PUBLISHED).of(document, operation)
    assert coercer is not None
    bare = coercer.bare.definitions[0]
    assert isinstance(bare, OperationDefinitionNode)
    assert not bare.variable_definitions
    assert bare.loc == operation.loc
    assert bare.selection_set is operation.selection_set
    assert coercer.bare.definitions[1] is document.definitions[1]
    assert operation.variable_definitions, "the document itself is as it was"


def test_what_knows_no_variables_needs_nothing() -> None:
    assert _prepared("{ __typename }")[1] is None
