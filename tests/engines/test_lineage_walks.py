"""Impact, lineage and path answer as an independent reference does, on graphs of every shape, on every engine."""

import itertools
from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from app.graph.driver import Graph
from app.lineage import web
from app.lineage.service import WalkLimits
from graph_schema.identity import from_id, to_id
from graph_schema.nodes import STAGES
from tests.engines.lineage_asking import Asking, ref
from tests.engines.lineage_worlds import pour, worlds
from tests.reference.walks import TYPE_OF_ROLE, Thing, Walk

QUERY = """
query Walks(
  $of: [NodeRef!]!, $from: NodeRef!, $to: NodeRef!, $roles: [DataRole!], $hops: Int, $stages: [Stage!]
) {
  impact(of: $of, roles: $roles, maxHops: $hops, stages: $stages, first: 100) {
    totalCount
    edges { hops node { id } witness { ...Step } }
    completeness { ...Complete }
  }
  down: lineage(start: $of, direction: DOWNSTREAM, roles: $roles, maxHops: $hops) { ...Lineage }
  up: lineage(start: $of, direction: UPSTREAM, roles: $roles, maxHops: $hops) { ...Lineage }
  path(from: $from, to: $to, roles: $roles, maxHops: $hops) {
    steps { ...Step }
    completeness { ...Complete }
  }
}
fragment Step on Step { from { id } to { id } relationship { id } }
fragment Complete on Completeness { complete truncatedBy hiddenCount unknownAncestry frontier(first: 100) { id } }
fragment Lineage on Lineage {
  nodes { hops node { id } }
  relationships { ...Step }
  completeness { ...Complete }
}
"""
ROLES = ({"TRAINING", "INPUT"}, {"TRAINING", "INPUT"}, {"VALIDATION", "REFERENCE"}, set(TYPE_OF_ROLE))
"""The roles that are asked for: few, since each is a text that Neo4j plans anew."""

MOST = 3
"""A limit of answers that small graphs reach."""

LOOSE = settings(
    phases=[Phase.reuse, Phase.generate],
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)


@pytest.fixture
async def asking(migrated: Graph) -> Asking:
    return Asking(migrated)


def _id(thing: Thing) -> str:
    return to_id(thing.label, thing.uid)


def _ids(things: Iterable[Thing]) -> list[str]:
    return sorted(_id(thing) for thing in things)


def _got(nodes: list[dict[str, Any]]) -> list[str]:
    return sorted(node["id"] for node in nodes)


@pytest.mark.timeout(1200)
@LOOSE
@given(data=st.data())
async def test_walks_answer_as_the_reference_does(migrated: Graph, asking: Asking, data: st.DataObject) -> None:
    world = data.draw(worlds())
    starts = data.draw(st.lists(st.sampled_from(world.things), min_size=1, max_size=3))
    end = data.draw(st.sampled_from(world.things))
    roles = data.draw(st.sampled_from(ROLES))
    hops = data.draw(st.sampled_from((1, 2, 3, 100)))
    stages = data.draw(st.sampled_from((["PRODUCTION"], [], ["DEVELOPMENT", "STAGING"])))
    await migrated.wipe()
    await pour(migrated, world)
    answer = await asking(
        QUERY,
        of=[ref(each) for each in starts],
        **{"from": ref(starts[0]), "to": ref(end)},
        roles=sorted(roles),
        hops=hops,
        stages=stages,
    )
    down = Walk(world, list(dict.fromkeys(starts)), frozenset(roles), hops)
    up = Walk(world, down.starts, down.roles, hops, upstream=True)
    _check_impact(answer["impact"], down, frozenset(stages or STAGES))
    _check_lineage(answer["down"], down)
    _check_lineage(answer["up"], up)
    source, target = (Walk(world, [thing], down.roles, hops) for thing in (starts[0], end))
    _check_path(answer["path"], source, target)


@pytest.mark.timeout(1200)
@LOOSE
@given(data=st.data())
async def test_of_too_much_the_nearest_is_given(
    migrated: Graph, monkeypatch: pytest.MonkeyPatch, data: st.DataObject
) -> None:
    """Also where so much lies upstream of a page that only what lies between it and the starts is brought."""
    monkeypatch.setattr(web, "NARROW", 0)
    world = data.draw(worlds())
    start = data.draw(st.sampled_from([thing for thing in world.things if len(world.family(thing)) <= MOST]))
    hops = data.draw(st.sampled_from((1, 2, 100)))
    await migrated.wipe()
    await pour(migrated, world)
    asking = Asking(migrated, WalkLimits(nodes=MOST))
    end = data.draw(st.sampled_from(world.things))
    answer = await asking(QUERY, of=[ref(start)], **{"from": ref(start), "to": ref(end)}, hops=hops, stages=[])
    asking.stop()
    down = Walk(world, [start], frozenset({"TRAINING", "INPUT"}), hops)
    _check_first(answer["down"], down)
    _check_first(answer["up"], Walk(world, [start], down.roles, hops, upstream=True))
    reached = down.reached()
    versions = sorted((each for each in reached if each.label == "ModelVersion"), key=lambda each: each.order)
    assert [edge["node"]["id"] for edge in answer["impact"]["edges"]] == [_id(each) for each in versions[:MOST]]
    for edge, version in zip(answer["impact"]["edges"], versions, strict=False):
        assert len(edge["witness"]) == edge["hops"] == reached[version]
        _check_way(edge["witness"], down, edge["node"]["id"])
    _check_path(answer["path"], down, Walk(world, [end], down.roles, hops))
    assert answer["impact"]["totalCount"] == min(MOST, len(versions))
    assert ("NODES" in answer["impact"]["completeness"]["truncatedBy"]) == (len(versions) > MOST)


def _check_first(answer: dict[str, Any], walk: Walk) -> None:
    reached = walk.reached()
    wanted = sorted(reached, key=lambda thing: (reached[thing], "\x01".join(thing.key), thing.uid))
    kept = {*wanted[:MOST], *walk.seeds}
    assert [(each["node"]["id"], each["hops"]) for each in answer["nodes"]] == [
        (_id(thing), reached[thing]) for thing in wanted[:MOST]
    ]
    assert sorted(map(_said, answer["relationships"])) == sorted(
        (said.uid, _id(said.high), _id(said.low)) for said in walk.walked() if {said.high, said.low} <= kept
    )
    limits = ["HOPS"] * walk.cut() + ["NODES"] * (len(wanted) > MOST)
    assert answer["completeness"]["truncatedBy"] == limits


def _check_impact(answer: dict[str, Any], walk: Walk, stages: frozenset[str]) -> None:
    reached = walk.reached()
    wanted = [thing for thing in reached if thing.label == "ModelVersion" and thing.stage in stages]
    wanted.sort(key=lambda thing: thing.order)
    edges = answer["edges"]
    assert [(edge["node"]["id"], edge["hops"]) for edge in edges] == [(_id(each), reached[each]) for each in wanted]
    assert answer["totalCount"] == len(wanted)
    for edge in edges:
        _check_way(edge["witness"], walk, edge["node"]["id"])
        assert len(edge["witness"]) == edge["hops"]
    _check_complete(answer["completeness"], walk, walk.unknown_outside(wanted, stages))


def _check_lineage(answer: dict[str, Any], walk: Walk) -> None:
    reached = walk.reached()
    wanted = sorted(reached, key=lambda thing: (reached[thing], "\x01".join(thing.key), thing.uid))
    assert [(each["node"]["id"], each["hops"]) for each in answer["nodes"]] == [
        (_id(thing), reached[thing]) for thing in wanted
    ]
    assert sorted(map(_said, answer["relationships"])) == sorted(
        (said.uid, _id(said.high), _id(said.low)) for said in walk.walked()
    )
    unknown = walk.unknown_within() if walk.upstream else walk.unknown_outside(reached, frozenset(STAGES))
    _check_complete(answer["completeness"], walk, unknown)


def _check_path(answer: dict[str, Any], source: Walk, target: Walk) -> None:
    ends = set(target.seeds)
    far = [hop for seed in source.seeds for thing, hop in source.distances(seed).items() if thing in ends]
    steps = answer["steps"]
    up = Walk(target.world, target.starts, target.roles, target.hops, upstream=True)
    if not far:
        assert steps is None
        _check_complete(answer["completeness"], up, up.unknown_within())
        return
    assert len(steps) == min(far)
    if steps:
        _check_way(steps, source, steps[-1]["to"]["id"])
        assert steps[-1]["to"]["id"] in _ids(ends)
    _check_complete(answer["completeness"], up, up.unknown_within(), found=True)


def _check_way(steps: list[dict[str, Any]], walk: Walk, end: str) -> None:
    """It is a walk from a start to the end, of the best assertions."""
    seeds = _ids(walk.seeds)
    assert steps[0]["from"]["id"] in seeds
    assert steps[0]["from"]["id"] != end
    assert steps[-1]["to"]["id"] == end
    assert all(one["to"]["id"] == other["from"]["id"] for one, other in itertools.pairwise(steps))
    (seed,) = (each for each in walk.seeds if _id(each) == steps[0]["from"]["id"])
    at = seed
    for step in steps:
        parallel = [(said, to) for said, to in walk.steps(at, seed) if _id(to) == step["to"]["id"]]
        assert parallel
        best = min((said for said, _ in parallel), key=lambda said: said.rank)
        assert from_id(step["relationship"]["id"]) == (best.type, best.uid)
        at = parallel[0][1]


def _check_complete(answer: dict[str, Any], walk: Walk, unknown: int, *, found: bool = False) -> None:
    cut = not found and walk.cut()
    assert answer["truncatedBy"] == (["HOPS"] if cut else [])
    assert answer["unknownAncestry"] == unknown
    assert answer["complete"] == (not cut and not unknown)
    assert answer["hiddenCount"] == 0
    assert _got(answer["frontier"]) == (_ids(walk.frontier()) if cut else [])


def _said(step: dict[str, Any]) -> tuple[str, str, str]:
    return from_id(step["relationship"]["id"])[1], step["from"]["id"], step["to"]["id"]
