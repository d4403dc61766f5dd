"""What the filters let through, on each engine; and which of several things stands where one is shown."""

from typing import TYPE_CHECKING, Any

import pytest
from graphql import ExecutionResult, GraphQLInputObjectType

from app.compiler import scalars
from app.errors import ErrorCode, PedigreeError
from graph_schema.identity import to_id
from tests.plain.asking import Asking
from tests.plain.filters import fulfils
from tests.plain.inventory import Inventory, Link, Thing, pour, random_inventory
from tests.published import PUBLISHED

if TYPE_CHECKING:
    from app.graph.driver import Graph

INVENTORY = random_inventory(5, size=12)
FILTERED = {
    "models": ("Model", ("riskTier", "owner", "undescribed")),
    "modelVersions": ("ModelVersion", ("description", "stage", "claimedStage", "manifestDigest", "registeredAt")),
    "datasets": ("Dataset", ("containsPersonalData",)),
}


@pytest.fixture
async def asking(graph: "Graph") -> Asking:
    await pour(graph, INVENTORY)
    return Asking(graph)


def _things(label: str) -> list[Thing]:
    return [thing for thing in INVENTORY.of(label) if "retractedAt" not in thing.stored]


async def _let_through(asking: Asking, field: str, label: str, where: dict[str, Any]) -> set[str]:
    asked = f"{field}(where: $where, first: 100) {{ totalCount edges {{ node {{ id }} }} }}"
    query = f"query Q($where: {label}Filter) {{ {asked} }}"
    found = (await asking.data(query, {"where": where}))[field]
    assert found["totalCount"] == len(found["edges"])
    return {edge["node"]["id"] for edge in found["edges"]}


def _expected(label: str, where: dict[str, Any]) -> set[str]:
    return {to_id(label, thing.uid) for thing in _things(label) if fulfils(INVENTORY, thing, where)}


def _operands(operator: str, values: list[Any]) -> list[Any]:
    """Values of things, the one in the middle above all, so that what is equal, less and greater is told apart."""
    middle = sorted(values)[len(values) // 2]
    match operator:
        case "isNull":
            return [True, False]
        case "in":
            return [[], values[:2]]
        case "contains":
            return [str(middle)[1:], ""]
        case "startsWith":
            return [str(middle)[:2]]
        case _:
            return [middle]


@pytest.mark.parametrize("joined", ("and", "or"))
async def test_a_filter_has_so_many_conditions_and_no_more(asking: Asking, joined: str) -> None:
    query = "query Q($where: ModelFilter) { models(where: $where) { totalCount } }"
    most = {joined: [{"name": {"contains": ""}}] * 49}
    assert (await asking.data(query, {"where": most}))["models"]["totalCount"] == len(_things("Model"))
    for much in ([{"name": {"ne": "x"}}] * 50, [{}] * 100, [{"not": {"not": {joined: [{}] * 98}}}]):
        result = await asking.ask(query, {"where": {joined: much}})
        assert asking.statements == []
        assert "more than 100 conditions" in str(result.errors)
        assert _code(result) is ErrorCode.BAD_VALUE


@pytest.mark.parametrize(
    "where", ({"name": {"eq": "\ud800"}}, {"name": {"in": ["a", "\ud800"]}}, {"search": "a\ud800"})
)
async def test_a_text_that_is_not_unicode_is_refused(asking: Asking, where: dict[str, Any]) -> None:
    query = "query Q($where: ModelFilter) { models(where: $where) { totalCount edges { cursor } } }"
    assert _code(await asking.ask(query, {"where": {"not": where}})) is ErrorCode.BAD_VALUE
    assert asking.statements == []


def _code(result: ExecutionResult) -> ErrorCode | None:
    assert result.errors is not None
    reason = result.errors[0].original_error
    return reason.code if isinstance(reason, PedigreeError) else None


@pytest.mark.parametrize("field", FILTERED)
async def test_every_operator_and_its_contrary(asking: Asking, field: str) -> None:
    label, names = FILTERED[field]
    type_ = PUBLISHED.type_map[f"{label}Filter"]
    assert isinstance(type_, GraphQLInputObjectType)
    for name in names:
        operators = type_.fields[name].type
        assert isinstance(operators, GraphQLInputObjectType)
        values = [thing.stored[name] for thing in _things(label) if name in thing.stored]
        for operator in operators.fields:
            for operand in _operands(operator, values):
                where = {name: {operator: operand}}
                asked = {name: {operator: _said(name, operand)}}
                assert await _let_through(asking, field, label, asked) == _expected(label, where), where
                expected = _expected(label, {"not": where})
                assert await _let_through(asking, field, label, {"not": asked}) == expected, where
                assert expected | _expected(label, where) == {to_id(label, thing.uid) for thing in _things(label)}


def _said(name: str, operand: Any) -> Any:
    """The operand as a client writes it."""
    if not name.endswith("At") or isinstance(operand, bool):
        return operand
    return (
        [scalars.publish_time(each) for each in operand] if isinstance(operand, list) else scalars.publish_time(operand)
    )


async def test_conditions_join(asking: Asking) -> None:
    one, other = {"stage": {"in": ["PRODUCTION", "STAGING", "CANARY"]}}, {"framework": {"contains": "a"}}
    for where in (
        {**one, **other},
        {"and": [one, other]},
        {"or": [one, other]},
        {"or": [{"not": one}, {"and": [one, other]}]},
        {"not": {"or": [one, {"not": other}]}},
        {"and": []},
        {"or": []},
        {"not": {}},
        {},
        {"not": {**one, "search": "a"}},
        {"not": {"or": [one, {"search": "a"}]}},
        {"not": {"search": "a", "version": {"eq": "none"}}},
        {"framework": {"contains": "a", "isNull": False, "eq": None}, "and": None},
    ):
        found = await _let_through(asking, "modelVersions", "ModelVersion", where)
        assert found == _expected("ModelVersion", where), where


@pytest.mark.parametrize(
    "words", ("ALPHA", "unicode 5", "duck", "\U0001f986", "", "  ", "beta alpha", "ζητα", "%", "'")
)
async def test_search_looks_into_names_and_texts_without_case_and_accents(asking: Asking, words: str) -> None:
    found = await _let_through(asking, "models", "Model", {"search": words})
    assert found == _expected("Model", {"search": words})


async def test_the_first_in_natural_order_stands_for_several(graph: "Graph") -> None:
    made = Inventory()
    run = Thing("Run", "a" * 64, {"uid": "a" * 64, "runSource": "s", "runId": "1", "sortKey": "s"})
    made.add(run)
    for place in (3, 1, 2):
        uid = f"{9 - place:064d}"
        made.add(Thing("CodeCommit", uid, {"uid": uid, "repository": "r", "sha": str(place), "sortKey": f"r{place}"}))
        made.link(Link("BUILT_FROM", run.uid, uid, {"source": "one"}))
    await pour(graph, made)
    asked = "commit { sha } commits { edges { node { sha } } }"
    found = await Asking(graph).data(f'{{ node(id: "{to_id("Run", run.uid)}") {{ ... on Run {{ {asked} }} }} }}')
    assert found["node"]["commit"] == {"sha": "1"}
    assert [edge["node"]["sha"] for edge in found["node"]["commits"]["edges"]] == ["1", "2", "3"]
