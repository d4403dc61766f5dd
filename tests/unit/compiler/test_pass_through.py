"""Null where none may be, and values that cannot be published: answered as the ordinary executor does."""

import math
from typing import Any

import orjson
from graphql import GraphQLObjectType, GraphQLSchema, build_schema, execute_sync, get_named_type, parse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.compiler.compiling import Compiler, Takes
from app.compiler.inputs import Inputs
from app.compiler.passthrough import PassThroughExecutor, Ready
from app.compiler.plans import Execution, Plan
from app.compiler.selection import Field, Info, Request, Selection
from app.compiler.shaping import Shape, list_shape
from tests.unit.compiler.asking import NEO4J, Answering

SDL = """
type Query { a: A  must: A! }
type A { x: Float  y: Float!  n: Int  m: Int!  t: String!  b: A  c: A!  list: [A!]  all: [A!]! }
"""
PLAIN = build_schema(SDL)
COMPILED = build_schema(SDL)
QUERY = """{
  a { x y b { y n } c { m t list { y x all { t } } } z: list { b { x } c { t } } all { __typename y } }
  must { t b { all { m } c { list { n } } } }
}"""


def _shape(compiler: Compiler, selection: Selection) -> Shape:
    takes: Takes = {name: _take(compiler, name) for name in ("x", "y", "n", "m", "t", "b", "c", "list", "all")}
    shaped = compiler.by_hand(selection, takes)
    return lambda value, answer: None if value is None else shaped(value, answer)


def _take(compiler: Compiler, name: str) -> Any:
    def made(field: Field) -> Shape:
        if not isinstance(get_named_type(field.definition.type), GraphQLObjectType):
            return lambda value, _answer: value.get(name)
        inner = _shape(compiler, field.selection)
        each = list_shape(inner) if name in {"list", "all"} else inner
        return lambda value, answer: each(value.get(name), answer)

    return made


def _resolve(source: Any, info: Info) -> Any:
    request = Request.of(info)
    inputs = Inputs(request, 0)
    compiler = Compiler(NEO4J, inputs)
    shape = _shape(compiler, Field.of(info, request).selection)
    return Execution(Plan("RETURN 1", shape, None, compiler.binder()), inputs).ready(source[info.field_name])


assert COMPILED.query_type is not None
for _field in COMPILED.query_type.fields.values():
    _field.resolve = _resolve


def _values(depth: int) -> st.SearchStrategy[dict[str, Any]]:
    number = st.sampled_from((0.5, None, math.nan, math.inf, 1.0))
    integer = st.sampled_from((1, None, 2**31, -5))
    part = _values(depth - 1) if depth else st.none()
    often = st.one_of(part, part, part, st.none())
    parts = st.one_of(st.none(), st.lists(part, max_size=2)) if depth else st.none()
    return st.fixed_dictionaries(
        {
            "x": number,
            "y": st.one_of(st.just(0.5), st.just(0.25), number),
            "n": integer,
            "m": st.one_of(st.just(1), integer),
            "t": st.sampled_from(("t", "t", "t", None)),
            "b": often,
            "c": often,
            "list": parts,
            "all": parts,
        }
    )


def _plain(schema: GraphQLSchema, source: Any, **options: Any) -> bytes:
    result = execute_sync(schema, parse(QUERY), source, **options)
    return orjson.dumps(result.formatted)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.fixed_dictionaries({"a": _values(3), "must": _values(3)}))
def test_nulls_and_wrong_values_spread_as_the_specification_says(source: dict[str, Any]) -> None:
    assert _plain(COMPILED, source, executor_class=PassThroughExecutor) == _plain(PLAIN, source)


def test_what_is_not_ready_is_completed_as_ever() -> None:
    source = {"a": {"x": 1.0, "y": 2.0}, "must": {"t": "t"}}
    query = parse("{ a { x y } must { t } }")
    assert execute_sync(PLAIN, query, source, executor_class=PassThroughExecutor).data == source


def test_a_ready_null_is_refused_where_the_schema_forbids_it() -> None:
    schema = build_schema("type Query { must: Float! }")
    result = execute_sync(schema, parse("{ must }"), {"must": Ready(None)}, executor_class=PassThroughExecutor)
    assert result.data is None
    assert [error.message for error in result.errors or ()] == ["Cannot return null for non-nullable field Query.must."]


async def test_a_number_that_json_has_not_is_an_error_with_its_path() -> None:
    answering = Answering([["a", math.nan], []])
    result = await answering.ask('{ model(key: {namespace: "", name: ""}) { name provenance { confidence } } }')
    assert result.data == {"model": {"name": "a", "provenance": {"confidence": None}}}
    (error,) = result.errors or []
    assert error.path == ["model", "provenance", "confidence"]
    assert error.locations is not None


async def test_a_missing_key_is_an_error_and_no_answer() -> None:
    answering = Answering([["ok", None], []])
    result = await answering.ask('{ model(key: {namespace: "", name: ""}) { owner name } }')
    assert result.data == {"model": None}
    (error,) = result.errors or []
    assert error.path == ["model", "name"]
    assert isinstance(error.original_error, TypeError), "nobody could foresee it: it is masked and logged"


async def test_stored_forms_are_published() -> None:
    answering = Answering([[1_700_000_000_000_001, '{"a":[1,null]}', 2**62, None, "PRODUCTION", ["x"]], []])
    result = await answering.ask(
        '{ datasetVersion(key: {namespace: "", name: "", version: ""}) { createdAt schema bytes rows uri addresses } }'
    )
    assert result.data == {
        "datasetVersion": {
            "createdAt": "2023-11-14T22:13:20.000001Z",
            "schema": {"a": [1, None]},
            "bytes": 2**62,
            "rows": None,
            "uri": "PRODUCTION",
            "addresses": ["x"],
        }
    }
