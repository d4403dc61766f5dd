"""Walks that are long, wide or cut short, on every engine."""

from itertools import pairwise

from app.graph.driver import Graph
from app.lineage.service import WalkLimits
from tests.engines.lineage_asking import Asking, ref
from tests.engines.lineage_worlds import make_said, make_thing, pour
from tests.reference.walks import World


def _chain(length: int) -> World:
    versions = [make_thing("DatasetVersion", "n", "chain", f"{number:04}") for number in range(length)]
    said = [make_said("DERIVED_FROM", after, before) for before, after in pairwise(versions)]
    return World(versions, said, {})


async def test_diamonds_and_a_cycle_end(migrated: Graph) -> None:
    """40 layers hold 2^40 ways, and the last leads back to the first."""
    layers = [
        [make_thing("ModelVersion", "n", "v", f"{layer:02}{side}", stage="PRODUCTION") for side in "ab"]
        for layer in range(40)
    ]
    said = [
        make_said("BASED_ON", after, before) for one, other in pairwise(layers) for after in other for before in one
    ]
    said.append(make_said("BASED_ON", layers[0][0], layers[-1][0]))
    await pour(migrated, World([thing for layer in layers for thing in layer], said, {}))
    asking = Asking(migrated)
    query = """query Q($of: [NodeRef!]!) {
      impact(of: $of, first: 100) { totalCount edges { hops node { version } witness { to { id } } }
        completeness { complete } }
      lineage(start: $of, direction: DOWNSTREAM) { nodes { hops } }
    }"""
    answer = await asking(query, of=[ref(layers[0][0])])
    hops = {edge["node"]["version"]: edge["hops"] for edge in answer["impact"]["edges"]}
    expected = {layers[layer][side].key[2]: layer for layer in range(1, 40) for side in range(2)}
    assert hops == expected
    assert [len(edge["witness"]) for edge in answer["impact"]["edges"]] == [
        each["hops"] for each in answer["impact"]["edges"]
    ]
    assert len(answer["lineage"]["nodes"]) == len(expected)


async def test_of_2_40_ways_as_many_are_shown_as_differ_at_their_ends(migrated: Graph) -> None:
    layers = [
        [make_thing("ModelVersion", "n", "v", f"{layer:02}{side}", stage="PRODUCTION") for side in "ab"]
        for layer in range(41)
    ]
    layers[40].pop()
    said = [
        make_said("BASED_ON", after, before) for one, other in pairwise(layers) for after in other for before in one
    ]
    await pour(migrated, World([thing for layer in layers for thing in layer], said, {}))
    asking = Asking(migrated)
    ways = "witnesses(first: 10) { hops steps { from { id } to { id } relationship { type } } }"
    query = f"""query Q($from: [NodeRef!]!, $one: NodeRef!, $other: NodeRef!) {{
      impact(of: $from, first: 100) {{ edges {{ hops {ways} }} }} path(from: $one, to: $other) {{ {ways} }}
    }}"""
    starts = [ref(each) for each in layers[0]]
    answer = await asking(query, **{"from": starts}, one=starts[0], other=ref(layers[40][0]))
    assert len(asking.statements) == 2
    for edge in answer["impact"]["edges"]:
        assert {each["hops"] for each in edge["witnesses"]} == {edge["hops"]}
        # From two starts into two versions of the first layer, and from two of the last but one.
        assert len(edge["witnesses"]) == (2 if edge["hops"] == 1 else 4)
    assert len({each["steps"][0]["to"]["id"] for each in answer["path"]["witnesses"]}) == 2
    assert len({each["steps"][-1]["from"]["id"] for each in answer["path"]["witnesses"]}) == 2
    assert [each["hops"] for each in answer["path"]["witnesses"]] == [40, 40]


async def test_a_walk_of_a_hundred_hops_is_cut_there(migrated: Graph) -> None:
    world = _chain(102)
    await pour(migrated, world)
    query = """query Q($of: [NodeRef!]!, $most: Int) {
      lineage(start: $of, direction: DOWNSTREAM, maxHops: $most) {
        nodes { hops } completeness { truncatedBy frontier { ... on DatasetVersion { version } } } }
    }"""
    asking = Asking(migrated)
    for start, expected, limits in ((0, 100, ["HOPS"]), (1, 100, [])):
        found = (await asking(query, of=[ref(world.things[start])]))["lineage"]
        assert [each["hops"] for each in found["nodes"]] == list(range(1, expected + 1))
        frontier = [{"version": "0100"}] if limits else []
        assert found["completeness"] == {"truncatedBy": limits, "frontier": frontier}


async def test_no_frontier_where_only_a_start_lies_behind(migrated: Graph) -> None:
    """The walk from the first is cut short before the last, which is a start itself: nothing unknown lies there."""
    world = _chain(3)
    await pour(migrated, world)
    query = """query Q($of: [NodeRef!]!) {
      lineage(start: $of, direction: DOWNSTREAM, maxHops: 1) { completeness { frontier { id } } }
    }"""
    found = await Asking(migrated)(query, of=[ref(world.things[0]), ref(world.things[2])])
    assert found["lineage"]["completeness"]["frontier"] == []


async def test_of_too_much_what_relates_the_nearest_to_each_other_is_given(migrated: Graph) -> None:
    """Also between those that are furthest away: the walk went on from them."""
    data = [make_thing("DatasetVersion", "n", "d", str(number)) for number in range(7)]
    said = [make_said("DERIVED_FROM", each, data[0]) for each in data[1:]]
    said.append(make_said("DERIVED_FROM", data[2], data[1]))
    await pour(migrated, World(data, said, {}))
    query = """query Q($of: [NodeRef!]!) {
      lineage(start: $of, direction: DOWNSTREAM) {
        nodes { node { ... on DatasetVersion { version } } hops }
        relationships { from { ... on DatasetVersion { version } } to { ... on DatasetVersion { version } } }
      }
    }"""
    found = (await Asking(migrated, WalkLimits(nodes=2))(query, of=[ref(data[0])]))["lineage"]
    assert [(each["node"]["version"], each["hops"]) for each in found["nodes"]] == [("1", 1), ("2", 1)]
    steps = sorted((step["from"]["version"], step["to"]["version"]) for step in found["relationships"])
    assert steps == [("0", "1"), ("0", "2"), ("1", "2")]
