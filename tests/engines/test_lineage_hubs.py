"""Walks from hubs: what tens of thousands were made from is answered by the page, exactly, on every engine."""

from base64 import urlsafe_b64decode
from typing import Any

import orjson

from app.compiler import cursors
from app.graph.driver import Graph
from app.lineage.service import WalkLimits
from graph_schema.identity import relationship_uid, sort_key, to_id
from tests.engines.lineage_asking import Asking, ref
from tests.engines.lineage_checks import thing_id
from tests.engines.lineage_worlds import make_said, make_thing, pour, pour_hub
from tests.reference.walks import Thing, World

HUB = 20_000
"""How many runs used the hub: twice as many as an answer may hold."""

DATA = make_thing("DatasetVersion", "n", "hub", "1")
IMPACT = """query Q($of: [NodeRef!]!, $stages: [Stage!], $hops: Int, $after: String) {
  impact(of: $of, stages: $stages, maxHops: $hops, first: 100, after: $after) {
    edges { cursor hops node { version } witness { from { id } to { id } relationship { id type } } }
    pageInfo { hasNextPage hasPreviousPage }
    totalCount
    completeness { truncatedBy }
  }
}"""
COMPLETE = """query Q($of: [NodeRef!]!, $stages: [Stage!], $hops: Int) {
  impact(of: $of, stages: $stages, maxHops: $hops, first: 1) {
    totalCount completeness { complete truncatedBy unknownAncestry frontier(first: 3) { id } }
  }
}"""
LINEAGE = """query Q($of: [NodeRef!]!, $direction: Direction!) {
  lineage(start: $of, direction: $direction) {
    nodes { hops node { id } } relationships { from { id } to { id } }
    completeness { complete truncatedBy frontier { id } }
  }
}"""
PATH = """query Q($from: NodeRef!, $to: NodeRef!, $hops: Int) {
  path(from: $from, to: $to, maxHops: $hops) {
    steps { to { id } } completeness { complete truncatedBy frontier { id } }
  }
}"""


def _run(number: int) -> Thing:
    return make_thing("Run", "s", f"r{number:05}")


def _version(number: int) -> Thing:
    """Half of them are in production: as many as an answer may hold."""
    return make_thing("ModelVersion", "n", "m", f"{number:05}", stage="STAGING" if number % 2 else "PRODUCTION")


def _edge(number: int) -> dict[str, Any]:
    """What `impact` must say of a version, but for its cursor."""
    run, version = _run(number), _version(number)
    used = relationship_uid("TRAINED_ON", run.uid, DATA.uid, "s")
    made = relationship_uid("GENERATED_BY", version.uid, run.uid, "s")
    return {
        "hops": 2,
        "node": {"version": version.key[2]},
        "witness": [
            {
                "from": {"id": thing_id(DATA)},
                "to": {"id": thing_id(run)},
                "relationship": {"id": to_id("TRAINED_ON", used), "type": "TRAINED_ON"},
            },
            {
                "from": {"id": thing_id(run)},
                "to": {"id": thing_id(version)},
                "relationship": {"id": to_id("GENERATED_BY", made), "type": "GENERATED_BY"},
            },
        ],
    }


async def _page(asking: Asking, **variables: Any) -> tuple[dict[str, Any], list[str]]:
    """A page, without its cursors; and these."""
    found = (await asking(IMPACT, **{"of": [ref(DATA)], **variables}))["impact"]
    assert len(asking.statements) == 1
    return found, [edge.pop("cursor") for edge in found["edges"]]


def _behind(cursor: str, number: int) -> str:
    """The cursor of another version, in the list of this one."""
    list_tag = orjson.loads(urlsafe_b64decode(cursor))[1]
    version = _version(number)
    return cursors.encode(list_tag, sort_key(version.key, version.uid), version.uid)


async def test_a_hub_is_answered_by_the_page(migrated: Graph) -> None:
    """One test, since the hub takes longer to store than to ask."""
    await pour_hub(migrated, DATA, [(_run(number), _version(number)) for number in range(HUB)])
    asking = Asking(migrated)
    await _pages(asking)
    await _limits(asking)
    await _around(asking)
    await _ways(asking)


async def _pages(asking: Asking) -> None:
    """As many as an answer may hold are not too many; of more, the first are given, and no page leads beyond them."""
    for stages, step, limits in ((None, 2, []), ([], 1, ["NODES"])):
        first, cursor = await _page(asking, stages=stages)
        shared = {"totalCount": 10_000, "completeness": {"truncatedBy": limits}}
        assert first == {
            "edges": [_edge(step * place) for place in range(100)],
            "pageInfo": {"hasNextPage": True, "hasPreviousPage": False},
            **shared,
        }
        assert cursor[5] == _behind(cursor[0], 5 * step)
        for after, size, more in ((99, 100, True), (9_899, 100, False), (9_950, 49, False), (9_999, 0, False)):
            page, _ = await _page(asking, stages=stages, after=_behind(cursor[0], after * step))
            assert page == {
                "edges": [_edge(step * place) for place in range(after + 1, after + 1 + size)],
                "pageInfo": {"hasNextPage": more, "hasPreviousPage": True},
                **shared,
            }


async def _limits(asking: Asking) -> None:
    frontier = [{"id": thing_id(_run(number))} for number in range(3)]
    for variables, total, limits, stopped, statements in (
        ({}, 10_000, [], [], 2),
        ({"stages": []}, 10_000, ["NODES"], [], 2),
        ({"hops": 1}, 0, ["HOPS"], frontier, 3),
    ):
        assert await asking(COMPLETE, of=[ref(DATA)], **variables) == {
            "impact": {
                "totalCount": total,
                "completeness": {
                    "complete": not limits,
                    "truncatedBy": limits,
                    "unknownAncestry": 0,
                    "frontier": stopped,
                },
            }
        }
        assert len(asking.statements) == statements
    patient = Asking(asking.graph, WalkLimits(nodes=HUB))
    found = (await patient(COMPLETE, of=[ref(DATA)], stages=[]))["impact"]
    patient.stop()
    assert (found["totalCount"], found["completeness"]["complete"]) == (HUB, True)


async def _around(asking: Asking) -> None:
    """Of the sub-graph, the nearest. Each statement but the last only counts."""
    found = (await asking(LINEAGE, of=[ref(DATA)], direction="DOWNSTREAM"))["lineage"]
    runs = [{"id": thing_id(_run(number))} for number in range(10_000)]
    assert found["nodes"] == [{"hops": 1, "node": run} for run in runs]
    said = sorted(step["to"]["id"] for step in found["relationships"])
    assert said == sorted(run["id"] for run in runs)
    assert {step["from"]["id"] for step in found["relationships"]} == {thing_id(DATA)}
    assert found["completeness"] == {"complete": False, "truncatedBy": ["NODES"], "frontier": []}
    assert len(asking.statements) == 4
    last = _version(HUB - 1)
    found = (await asking(LINEAGE, of=[ref(last)], direction="UPSTREAM"))["lineage"]
    assert found == {
        "nodes": [{"hops": 1, "node": {"id": thing_id(_run(HUB - 1))}}, {"hops": 2, "node": {"id": thing_id(DATA)}}],
        "relationships": [
            {"from": {"id": thing_id(_run(HUB - 1))}, "to": {"id": thing_id(last)}},
            {"from": {"id": thing_id(DATA)}, "to": {"id": thing_id(_run(HUB - 1))}},
        ],
        "completeness": {"complete": True, "truncatedBy": [], "frontier": []},
    }
    assert len(asking.statements) == 2


async def _ways(asking: Asking) -> None:
    run, version = _run(HUB - 1), _version(HUB - 1)
    way = [{"to": {"id": thing_id(each)}} for each in (run, version)]
    whole = {"complete": True, "truncatedBy": [], "frontier": []}
    cut = {"complete": False, "truncatedBy": ["HOPS"], "frontier": [{"id": thing_id(run)}]}
    for start, end, hops, steps, completeness, statements in (
        (DATA, version, None, way, whole, 2),
        (version, DATA, None, None, whole, 2),
        (DATA, version, 1, None, cut, 2),
    ):
        found = await asking(PATH, **{"from": ref(start)}, to=ref(end), hops=hops)
        assert found["path"] == {"steps": steps, "completeness": completeness}
        assert len(asking.statements) == statements


WIDE = 1_000
"""How many versions a dataset has."""


def _wide() -> tuple[Thing, World]:
    """A dataset: each version trained a model's, every tenth was made of the one before, and a last run used all."""
    dataset = make_thing("Dataset", "n", "wide")
    data = [make_thing("DatasetVersion", "n", "wide", f"{number:04}") for number in range(WIDE)]
    runs, versions = [_run(number) for number in range(WIDE)], [_version(2 * number) for number in range(WIDE)]
    said = [make_said("TRAINED_ON", run, used) for run, used in zip(runs, data, strict=True)]
    said += [make_said("GENERATED_BY", version, run) for run, version in zip(runs, versions, strict=True)]
    said += [make_said("DERIVED_FROM", data[number], data[number - 1]) for number in range(10, WIDE, 10)]
    run, version = _run(HUB), _version(HUB)
    said += [make_said("TRAINED_ON", run, used) for used in data]
    said.append(make_said("GENERATED_BY", version, run))
    return dataset, World([dataset, *data, *runs, run, *versions, version], said, {dataset.uid: data})


async def test_a_dataset_of_a_thousand_versions_is_as_many_starts(migrated: Graph) -> None:
    dataset, world = _wide()
    await pour(migrated, world)
    asking = Asking(migrated)
    await _narrow(asking, world.versions[dataset.uid])
    versions = [thing for thing in world.things if thing.label == "ModelVersion"]
    seen, after = [], None
    while after is not None or not seen:
        found = (await asking(IMPACT, of=[ref(dataset)], after=after))["impact"]
        assert (found["totalCount"], found["completeness"], len(asking.statements)) == (
            WIDE + 1,
            {"truncatedBy": []},
            1,
        )
        seen += found["edges"]
        after = found["edges"][-1]["cursor"] if found["pageInfo"]["hasNextPage"] else None
    assert [edge["node"]["version"] for edge in seen] == [version.key[2] for version in versions]
    assert {edge["hops"] for edge in seen} == {2}
    data = [thing_id(each) for each in world.versions[dataset.uid]]
    assert [edge["witness"][0]["from"]["id"] for edge in seen[:WIDE]] == data
    assert seen[WIDE]["witness"][0]["from"]["id"] in data
    assert [[step["to"]["id"] for step in edge["witness"]] for edge in seen[:WIDE]] == [
        [thing_id(_run(number)), thing_id(_version(2 * number))] for number in range(WIDE)
    ]
    found = (await asking(LINEAGE, of=[ref(dataset)], direction="DOWNSTREAM"))["lineage"]
    assert len(asking.statements) == 2
    again = [data[number] for number in range(10, WIDE, 10)]
    near = {*again, *(thing_id(_run(number)) for number in (*range(WIDE), HUB))}
    assert {each["node"]["id"] for each in found["nodes"] if each["hops"] == 1} == near
    assert sorted(each["node"]["id"] for each in found["nodes"]) == sorted([*near, *map(thing_id, versions)])
    assert sorted((step["from"]["id"], step["to"]["id"]) for step in found["relationships"]) == sorted(
        (thing_id(said.high), thing_id(said.low)) for said in world.said
    )
    assert found["completeness"] == {"complete": True, "truncatedBy": [], "frontier": []}


async def _narrow(asking: Asking, data: list[Thing]) -> None:
    """A witness is found also behind a run that used a thousand versions, of which few lie behind the start."""
    found, _ = await _page(asking, of=[ref(data[509])])
    ways = {
        509: [_run(509), _version(2 * 509)],
        510: [data[510], _run(510), _version(2 * 510)],
        HUB // 2: [_run(HUB), _version(HUB)],
    }
    assert [[step["to"]["id"] for step in edge["witness"]] for edge in found["edges"]] == [
        [thing_id(each) for each in way] for way in ways.values()
    ]
    assert [edge["node"]["version"] for edge in found["edges"]] == [_version(2 * number).key[2] for number in ways]
    assert [edge["witness"][0]["from"]["id"] for edge in found["edges"]] == [thing_id(data[509])] * 3
    assert [edge["hops"] for edge in found["edges"]] == [2, 3, 2]
