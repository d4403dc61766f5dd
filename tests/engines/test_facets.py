"""How lists spread over the values of a property, on each engine: whole lists and those of one thing, null included."""

from typing import TYPE_CHECKING, Any

import pytest

from app.errors import ErrorCode, PedigreeError
from graph_schema.identity import to_id
from tests.plain.asking import Asking
from tests.plain.inventory import Inventory, pour, random_inventory
from tests.plain.resolvers import facet_of

if TYPE_CHECKING:
    from app.graph.driver import Graph

INVENTORY: Inventory = random_inventory(1, size=12)
FACETS = "stages: facet(by: STAGE) { ...f } two: facet(by: STAGE, first: 2) { ...f } from: facet(by: SOURCE) { ...f }"
ALL = "fragment f on Facet { values { value count } hasMoreValues }"


@pytest.fixture
async def asking(graph: "Graph") -> Asking:
    await pour(graph, INVENTORY)
    return Asking(graph)


def _expected(ids: list[str]) -> dict[str, Any]:
    things = [thing for thing in INVENTORY.of("ModelVersion") if to_id(thing.label, thing.uid) in ids]
    return {
        "stages": facet_of(things, "STAGE", 10),
        "two": facet_of(things, "STAGE", 2),
        "from": facet_of(things, "SOURCE", 10),
    }


async def test_the_whole_list(asking: Asking) -> None:
    found = (await asking.data(f"{{ modelVersions {{ {FACETS} }} }} {ALL}"))["modelVersions"]
    lives = [
        to_id(thing.label, thing.uid) for thing in INVENTORY.of("ModelVersion") if "retractedAt" not in thing.stored
    ]
    assert found == _expected(lives)
    assert len(found["stages"]["values"]) > 2
    assert (found["stages"]["hasMoreValues"], found["two"]["hasMoreValues"]) == (False, True)
    assert None in [each["value"] for each in found["from"]["values"]]


async def test_the_list_of_each_thing(asking: Asking) -> None:
    versions = f"versions(first: 100) {{ {FACETS} edges {{ node {{ id }} }} }}"
    found = await asking.data(f"{{ models(first: 100) {{ edges {{ node {{ {versions} }} }} }} }} {ALL}")
    lists = [edge["node"]["versions"] for edge in found["models"]["edges"]]
    assert sum(len(each["edges"]) for each in lists) > 5
    for each in lists:
        ids = [edge["node"]["id"] for edge in each.pop("edges")]
        assert each == _expected(ids)


async def test_whose_word_counts(asking: Asking) -> None:
    """SOURCE is that of the word which counts, of runs too, whose keys have a source of their own, and of all kinds."""
    lists = "facet(by: SOURCE) { ...f } edges { node { id } }"
    query = (
        f"{{ runs(first: 100) {{ {lists} }} documents(first: 100) {{ edges {{ node {{ about {{ {lists} }} }} }} }} }}"
    )
    result = await asking.ask(f"{query} {ALL}")
    assert result.errors is None, result.errors
    assert result.data is not None
    abouts = [edge["node"]["about"] for edge in result.data["documents"]["edges"]]
    by_id = {to_id(thing.label, thing.uid): thing for thing in INVENTORY.things.values()}
    for found in (result.data["runs"], *abouts):
        things = [by_id[edge["node"]["id"]] for edge in found["edges"]]
        assert found["facet"] == facet_of(things, "SOURCE", 10)
    assert any("runSource" in by_id[edge["node"]["id"]].stored for about in abouts for edge in about["edges"])
    assert any(run["runSource"] != run.get("source") for run in (each.stored for each in INVENTORY.of("Run")))


async def test_what_the_things_have_not_cannot_be_counted_by(asking: Asking) -> None:
    refused = await asking.ask("{ models { facet(by: CLASSIFICATION) { hasMoreValues } } }")
    assert refused.errors is not None
    reason = refused.errors[0].original_error
    assert isinstance(reason, PedigreeError)
    assert reason.code is ErrorCode.BAD_FACET
    assert asking.statements == []
