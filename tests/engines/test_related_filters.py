"""What filters ask of connected things, on each engine, held against the same asked of an inventory in memory."""

import random
import re
from time import time_ns
from typing import TYPE_CHECKING, Any

import pytest
from graphql import ExecutionResult
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.compiler.filters import DEEPEST
from app.compiler.scalars import publish_time
from app.errors import ErrorCode, PedigreeError
from graph_schema.identity import to_id
from tests.plain.asking import Asking
from tests.plain.filters import fulfils
from tests.plain.inventory import Inventory, Link, Thing, pour, random_inventory
from tests.plain.queries import Query
from tests.plain.ways import FIRST, LISTS, RELATED
from tests.plain.words import microseconds
from tests.published import PUBLISHED

if TYPE_CHECKING:
    from app.graph.driver import Graph

INVENTORY = random_inventory(21, size=8)
ROOTS = {label: name for name, label in LISTS.items()}
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT")


@pytest.fixture
async def asking(graph: "Graph") -> Asking:
    await pour(graph, INVENTORY)
    return Asking(graph)


async def _let_through(asking: Asking, label: str, where: dict[str, Any]) -> set[str]:
    root = ROOTS[label]
    asked = "totalCount edges { node { id } }"
    query = f"query Q($where: {label}Filter) {{ {root}(where: $where, first: 100) {{ {asked} }} }}"
    found = (await asking.data(query, {"where": where}))[root]
    assert found["totalCount"] == len(found["edges"])
    return {edge["node"]["id"] for edge in found["edges"]}


def _expected(label: str, where: dict[str, Any], inventory: Inventory = INVENTORY) -> set[str]:
    live = [thing for thing in inventory.of(label) if "retractedAt" not in thing.stored]
    return {to_id(label, thing.uid) for thing in live if fulfils(inventory, thing, _read(where))}


def _refused(result: ExecutionResult) -> PedigreeError:
    assert result.errors is not None
    reason = result.errors[0].original_error
    assert isinstance(reason, PedigreeError)
    return reason


def _read(value: Any) -> Any:
    """A filter as a client writes it, with its times as they are stored."""
    if isinstance(value, dict):
        return {name: _read(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_read(each) for each in value]
    return microseconds(value) if isinstance(value, str) and MOMENT.match(value) else value


@pytest.mark.parametrize(("label", "name"), tuple(RELATED), ids=lambda each: each)
async def test_each_way_tells_what_is_there_from_what_is_not(asking: Asking, label: str, name: str) -> None:
    """Of what each way leads to: whether there is any, and whether one was recorded in the later half, or was not."""
    field, hops = RELATED[label, name]
    stored = sorted(thing.stored["recordedAt"] for thing in INVENTORY.of(hops[-1][2]))
    later = {"recordedAt": {"gte": publish_time(stored[len(stored) // 2])}}
    for inner in ({}, later, {"not": later}):
        for where in (inner,) if (label, field) in FIRST else ({"some": inner}, {"none": inner}):
            expected = _expected(label, {name: where})
            assert await _let_through(asking, label, {name: where}) == expected, where
            contrary = await _let_through(asking, label, {"not": {name: where}})
            assert contrary == _expected(label, {}) - expected, where


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32))
async def test_random_filters_let_through_what_they_say(asking: Asking, seed: int) -> None:
    rng = random.Random(seed)
    label = rng.choice(list(ROOTS))
    where = Query(PUBLISHED, INVENTORY, rng).related_filter(label, DEEPEST)
    assert await _let_through(asking, label, where) == _expected(label, where), where


async def test_a_list_of_a_thing_is_filtered_by_what_its_things_are_connected_to(asking: Asking) -> None:
    where = {"deployments": {"some": {"live": True}}}
    query = """query Q($where: ModelVersionFilter) { models(first: 100) { edges { node { id
        versions(where: $where, first: 100) { totalCount edges { node { id } } facet(by: STAGE) { values { count } } }
    } } } }"""
    found = await asking.data(query, {"where": where})
    expected = _expected("ModelVersion", where)
    shown: set[str] = set()
    for edge in found["models"]["edges"]:
        versions = edge["node"]["versions"]
        assert versions["totalCount"] == sum(each["count"] for each in versions["facet"]["values"])
        shown |= {each["node"]["id"] for each in versions["edges"]}
    assert expected
    assert shown & set(_expected("ModelVersion", {})) == expected


async def test_what_owns_or_calls_no_longer_or_not_yet_does_not_count(graph: "Graph") -> None:
    made = Inventory()
    now = time_ns() // 1000
    for number, interval in enumerate(
        ({}, {"validTo": now - 10**9}, {"validFrom": now + 10**12}, {"validTo": now + 10**12})
    ):
        model, actor = f"{number:064d}", f"{number + 10:064d}"
        made.add(Thing("Model", model, {"uid": model, "name": str(number), "namespace": "n", "sortKey": model}))
        made.add(Thing("Actor", actor, {"uid": actor, "issuer": "i", "subject": str(number), "sortKey": actor}))
        made.link(Link("OWNS", actor, model, {"source": "one", **interval}))
    await pour(graph, made)
    query = "query Q($where: ModelFilter) { models(where: $where) { edges { node { name } } } }"
    for branch, expected in (("some", ["0", "3"]), ("none", ["1", "2"])):
        found = await Asking(graph).data(query, {"where": {"owners": {branch: {}}}})
        assert [edge["node"]["name"] for edge in found["models"]["edges"]] == expected


STEPS = {"versions": {"some": {"model": {"versions": {"some": {}}}}}}


async def test_so_many_steps_and_no_more(asking: Asking) -> None:
    query = "query Q($where: ModelFilter) { models(where: $where) { totalCount } }"
    assert (await asking.data(query, {"where": STEPS}))["models"]["totalCount"] > 0
    one_more = "query Q($where: ModelVersionFilter) { modelVersions(where: $where) { totalCount } }"
    for where in ({"model": STEPS}, {"or": [{"not": {"model": STEPS}}]}):
        reason = _refused(await asking.ask(one_more, {"where": where}))
        assert reason.code is ErrorCode.BAD_VALUE
        assert "more than 3 steps" in str(reason)
        assert asking.statements == []


async def test_what_serves_is_a_condition_too(asking: Asking) -> None:
    everything, serving = _expected("Deployment", {}), _expected("Deployment", {"live": True})
    assert serving
    assert everything > serving
    assert await _let_through(asking, "Deployment", {"live": True}) == serving
    for where in ({"live": False}, {"not": {"live": True}}):
        assert await _let_through(asking, "Deployment", where) == everything - serving
    assert await _let_through(asking, "Deployment", {"live": None}) == everything


async def test_what_is_asked_of_others_counts_among_the_conditions(asking: Asking) -> None:
    query = "query Q($where: ModelFilter) { models(where: $where) { totalCount } }"
    one = {"versions": {"some": {}, "none": {"stage": {"eq": "SHADOW"}}}}
    assert (await asking.data(query, {"where": {"and": [one] * 8}}))["models"]["totalCount"] >= 0
    reason = _refused(await asking.ask(query, {"where": {"and": [one] * 9}}))
    assert reason.code is ErrorCode.BAD_VALUE
    assert "more than 100 conditions" in str(reason)
    assert asking.statements == []


async def test_a_text_that_is_not_unicode_is_refused_however_far_it_is(asking: Asking) -> None:
    query = "query Q($where: ModelFilter) { models(where: $where) { totalCount } }"
    for inner in ({"version": {"eq": "\ud800"}}, {"owners": {"none": {"search": "\ud800"}}}):
        reason = _refused(await asking.ask(query, {"where": {"not": {"versions": {"none": inner}}}}))
        assert reason.code is ErrorCode.BAD_VALUE
        assert "surrogate" in str(reason)
        assert asking.statements == []


async def test_a_cursor_is_good_for_its_filter_only(asking: Asking) -> None:
    asked = "runs(where: $where, first: 1, after: $after) { pageInfo { endCursor } }"
    query = f"query Q($where: RunFilter, $after: String) {{ {asked} }}"
    where = {"trainingData": {"some": {"undescribed": {"eq": False}}}}
    cursor = (await asking.data(query, {"where": where}))["runs"]["pageInfo"]["endCursor"]
    assert (await asking.data(query, {"where": where, "after": cursor}))["runs"]["pageInfo"]["endCursor"] != cursor
    other = {"trainingData": {"none": {"undescribed": {"eq": False}}}}
    assert _refused(await asking.ask(query, {"where": other, "after": cursor})).code is ErrorCode.BAD_CURSOR
