"""Impact, lineage and path answer as an independent reference does, on graphs of every shape, on every engine."""

from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from app.graph.driver import Graph
from app.lineage import web
from app.lineage.service import WalkLimits
from graph_schema.nodes import STAGES
from tests.engines.lineage_asking import Asking, ref
from tests.engines.lineage_checks import (
    QUERY,
    check_impact,
    check_lineage,
    check_path,
    check_way,
    said_of,
    thing_id,
)
from tests.engines.lineage_worlds import pour, worlds
from tests.reference import networks
from tests.reference.walks import TYPE_OF_ROLE, Walk

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
    check_impact(answer["impact"], down, frozenset(stages or STAGES))
    check_lineage(answer["down"], down)
    check_lineage(answer["up"], up)
    source, target = (Walk(world, [thing], down.roles, hops) for thing in (starts[0], end))
    check_path(answer["path"], source, target)


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
    reached = networks.reached(down)
    versions = sorted((each for each in reached if each.label == "ModelVersion"), key=lambda each: each.order)
    assert [edge["node"]["id"] for edge in answer["impact"]["edges"]] == [thing_id(each) for each in versions[:MOST]]
    for edge, version in zip(answer["impact"]["edges"], versions, strict=False):
        assert len(edge["witness"]) == edge["hops"] == reached[version]
        check_way(edge["witness"], down, edge["node"]["id"])
    check_path(answer["path"], down, Walk(world, [end], down.roles, hops))
    assert answer["impact"]["totalCount"] == min(MOST, len(versions))
    assert ("NODES" in answer["impact"]["completeness"]["truncatedBy"]) == (len(versions) > MOST)


def _check_first(answer: dict[str, Any], walk: Walk) -> None:
    reached = networks.reached(walk)
    wanted = sorted(reached, key=lambda thing: (reached[thing], "\x01".join(thing.key), thing.uid))
    kept = {*wanted[:MOST], *walk.seeds}
    assert [(each["node"]["id"], each["hops"]) for each in answer["nodes"]] == [
        (thing_id(thing), reached[thing]) for thing in wanted[:MOST]
    ]
    assert sorted(map(said_of, answer["relationships"])) == sorted(
        (said.uid, thing_id(said.high), thing_id(said.low)) for said in walk.walked() if {said.high, said.low} <= kept
    )
    limits = ["HOPS"] * walk.cut() + ["NODES"] * (len(wanted) > MOST)
    assert answer["completeness"]["truncatedBy"] == limits
