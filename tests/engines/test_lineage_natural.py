"""The natural fields: what lineage reaches from a thing, within the one statement of the list that found the thing."""

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from app.errors import ErrorCode, PedigreeError
from app.graph.driver import Graph
from app.lineage.natural import FIELDS
from app.lineage.service import WalkLimits
from graph_schema.identity import to_id
from tests.engines.lineage_asking import Asking, ref
from tests.engines.lineage_checks import thing_id
from tests.engines.lineage_worlds import make_said, make_thing, pour, pour_hub, worlds
from tests.engines.natural_worlds import DATA, DATASET, NATURAL, RUNS, VERSIONS, check, expected, small
from tests.reference.walks import World

LOOSE = settings(
    phases=[Phase.reuse, Phase.generate],
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)


@pytest.fixture
async def asking(migrated: Graph) -> Asking:
    return Asking(migrated)


@pytest.mark.timeout(1200)
@LOOSE
@given(data=st.data())
async def test_they_answer_as_the_reference_does(migrated: Graph, asking: Asking, data: st.DataObject) -> None:
    world = data.draw(worlds())
    await migrated.wipe()
    await pour(migrated, world)
    things = [thing for thing in world.things if thing.label in FIELDS][:100]
    query = f"query Q($ids: [ID!]!) {{ nodes(ids: $ids) {{ {NATURAL} }} }}"
    answer = await asking(query, ids=[thing_id(thing) for thing in things])
    assert len(asking.statements) == 1
    for thing, found in zip(things, answer["nodes"], strict=True):
        check(world, thing, found)


async def _edges(asking: Asking, arguments: str, **variables: Any) -> dict[str, Any]:
    declared = "($first: Int, $last: Int, $after: String, $before: String)" if "$" in arguments else ""
    query = """query Q%s {
      dataset(key: { namespace: "n", name: "d" }) { productionModels(%s) {
        totalCount edges { cursor node { version } }
        pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
      } }
    }"""
    return (await asking(query % (declared, arguments), **variables))["dataset"]["productionModels"]


def _versions(found: dict[str, Any]) -> list[str]:
    return [edge["node"]["version"] for edge in found["edges"]]


async def test_they_are_what_the_root_fields_answer(migrated: Graph, asking: Asking) -> None:
    await pour(migrated, small())
    answer = await asking(
        """query Q($of: [NodeRef!]!, $start: [NodeRef!]!, $id: ID!) {
          impact(of: $of) { totalCount edges { node { version } } }
          up: lineage(start: $start, direction: UPSTREAM) { nodes { node { id } } }
          down: lineage(start: $start, direction: DOWNSTREAM) { nodes { node { id } } }
          dataset(key: { namespace: "n", name: "d" }) { productionModels { totalCount edges { node { version } } } }
          node(id: $id) { ... on ModelVersion {
            upstream { edges { node { id } } } downstream { edges { node { id } } }
          } }
        }""",
        of=[ref(DATASET)],
        start=[ref(VERSIONS[2])],
        id=thing_id(VERSIONS[2]),
    )
    assert len(asking.statements) == 5
    found = answer["dataset"]["productionModels"]
    assert found == answer["impact"]
    assert _versions(found) == ["0", "1", "2"]
    for name, field in (("up", "upstream"), ("down", "downstream")):
        wanted = {each["node"]["id"] for each in answer[name]["nodes"]}
        assert len(wanted) == {"up": 3, "down": 1}[name]
        assert {edge["node"]["id"] for edge in answer["node"][field]["edges"]} == wanted


async def test_they_are_paged_filtered_and_ordered_as_other_lists(migrated: Graph, asking: Asking) -> None:
    await pour(migrated, small())
    page = "first: $first, last: $last, after: $after, before: $before"
    one = await _edges(asking, page, first=2)
    assert (one["totalCount"], _versions(one)) == (3, ["0", "1"])
    assert (one["pageInfo"]["hasNextPage"], one["pageInfo"]["hasPreviousPage"]) == (True, False)
    other = await _edges(asking, page, first=2, after=one["pageInfo"]["endCursor"])
    assert (other["totalCount"], _versions(other)) == (3, ["2"])
    assert (other["pageInfo"]["hasNextPage"], other["pageInfo"]["hasPreviousPage"]) == (False, True)
    back = await _edges(asking, page, last=1, before=other["pageInfo"]["startCursor"])
    assert _versions(back) == ["1"]
    filtered = await _edges(asking, 'where: { version: { in: ["1", "2"] } }, orderBy: KEY_DESC')
    assert (filtered["totalCount"], _versions(filtered)) == (2, ["2", "1"])
    related = await _edges(asking, 'where: { bases: { some: { version: { eq: "1" } } } }')
    assert (related["totalCount"], _versions(related)) == (1, ["2"])
    assert len(asking.statements) == 1
    with pytest.raises(PedigreeError) as caught:
        await _edges(asking, page, first=101)
    assert caught.value.code == ErrorCode.BAD_PAGE


async def test_each_row_of_a_list_has_its_own_and_lists_nest(migrated: Graph, asking: Asking) -> None:
    """The rows are found by ranges over an index, from which a walk must not begin."""
    world = small()
    await pour(migrated, world)
    answer = await asking(
        """{ datasetVersions(where: { namespace: { eq: "n" } }) { edges { node {
          id productionModels { totalCount edges { node {
            id upstream { totalCount edges { node {
              id ... on Run { downstream(first: 1) { edges { node { id } } } }
            } } }
          } } }
        } } } }"""
    )
    assert len(asking.statements) == 1
    things = {thing_id(thing): thing for thing in world.things}
    rows = [edge["node"] for edge in answer["datasetVersions"]["edges"]]
    assert [row["id"] for row in rows] == [thing_id(each) for each in DATA]
    for row in rows:
        versions = [edge["node"] for edge in row["productionModels"]["edges"]]
        assert [each["id"] for each in versions] == expected(world, things[row["id"]], "productionModels")
        for version in versions:
            above = [edge["node"] for edge in version["upstream"]["edges"]]
            assert [each["id"] for each in above] == expected(world, things[version["id"]], "upstream")
            for each in above:
                if things[each["id"]].label == "Run":
                    found = [edge["node"]["id"] for edge in each["downstream"]["edges"]]
                    assert found == expected(world, things[each["id"]], "downstream")[:1]


async def test_diamonds_and_a_cycle_end(migrated: Graph, asking: Asking) -> None:
    """40 layers hold 2^40 ways, and the last leads back to the first; a filter and a count may fail for all of them."""
    layers = [
        [make_thing("ModelVersion", "n", "v", f"{layer:02}{side}", stage="PRODUCTION") for side in "ab"]
        for layer in range(40)
    ]
    said = [
        make_said("BASED_ON", after, before) for one, other in pairwise(layers) for after in other for before in one
    ]
    said += [
        make_said("BASED_ON", layers[0][0], layers[-1][0]),
        make_said("TRAINED_ON", RUNS[0], DATA[0]),
        make_said("GENERATED_BY", layers[0][0], RUNS[0]),
    ]
    things = [DATASET, DATA[0], RUNS[0], *(thing for layer in layers for thing in layer)]
    await pour(migrated, World(things, said, {DATASET.uid: [DATA[0]]}))
    answer = await asking(
        """{
          datasets { edges { node { productionModels(first: 100) { totalCount edges { node { version } } }
            none: productionModels(where: { version: { eq: "none" } }) { totalCount edges { node { version } } }
          } } }
          modelVersions(first: 2) { edges { node { upstream { totalCount } downstream { totalCount }
            few: upstream(last: 1) { edges { node { id } } } } } }
        }"""
    )
    assert len(asking.statements) == 2
    then = await asking(
        """{ datasets { edges { node { productionModels(first: 100, knownAt: "2020-01-01T00:00:00Z") {
          totalCount edges { node { version } } } } } } }"""
    )
    (before,) = (edge["node"]["productionModels"] for edge in then["datasets"]["edges"])
    (dataset,) = (edge["node"] for edge in answer["datasets"]["edges"])
    reached = sorted(thing.key[2] for layer in layers for thing in layer if thing is not layers[0][1])
    assert dataset["productionModels"]["totalCount"] == len(reached)
    assert _versions(dataset["productionModels"]) == reached
    assert before == dataset["productionModels"]
    assert dataset["none"] == {"totalCount": 0, "edges": []}
    for edge in answer["modelVersions"]["edges"]:
        first = edge["node"]["downstream"]["totalCount"]
        assert (first, edge["node"]["upstream"]["totalCount"]) in {(78, 80), (79, 0)}


async def test_a_hub_is_answered_by_the_page(migrated: Graph) -> None:
    """More than a root field's answer may hold are counted exactly; the page holds what stands first."""
    asking = Asking(migrated, WalkLimits(nodes=10))
    many = 2_000
    runs = [make_thing("Run", "s", f"r{number:05}") for number in range(many)]
    made = [make_thing("ModelVersion", "n", "m", f"{number:05}", stage="PRODUCTION") for number in range(many)]
    await pour_hub(migrated, DATA[0], list(zip(runs, made, strict=True)))
    query = """query Q($id: ID!) { node(id: $id) { ... on DatasetVersion {
      productionModels(first: 2) { totalCount edges { node { version } } }
      downstream(last: 1) { totalCount edges { node { ... on Run { runId } } } }
    } } }"""
    found = (await asking(query, id=to_id("DatasetVersion", DATA[0].uid)))["node"]
    assert len(asking.statements) == 1
    assert found["productionModels"]["totalCount"] == many
    assert _versions(found["productionModels"]) == ["00000", "00001"]
    assert found["downstream"]["totalCount"] == 2 * many
    assert [edge["node"] for edge in found["downstream"]["edges"]] == [{"runId": runs[-1].key[1]}]
