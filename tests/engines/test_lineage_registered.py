"""What two sources register is walked as networkx walks it: without what they took back, and where they contradict."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from app.graph.driver import Graph
from app.registry.service import Registry
from graph_schema.nodes import STAGES
from tests.engines.lineage_asking import Asking, ref
from tests.engines.lineage_checks import QUERY, check_impact, check_lineage, check_path
from tests.engines.lineage_worlds import worlds
from tests.engines.registered import Clock, Item, register, statuses
from tests.reference.walks import TYPE_OF_ROLE, Said, Thing, Walk, World

ROLE_OF = {type_: role for role, type_ in TYPE_OF_ROLE.items()}
NAMES = {
    "Dataset": ("dataset", ("namespace", "name")),
    "DatasetVersion": ("datasetVersion", ("namespace", "name", "version")),
    "CodeCommit": ("commit", ("repository", "sha")),
    "Run": ("run", ("source", "runId")),
    "Model": ("model", ("namespace", "name")),
    "ModelVersion": ("modelVersion", ("namespace", "name", "version")),
    "Artifact": ("artifact", ("digest",)),
    "Endpoint": ("endpoint", ("environment", "name")),
}
PAGE = """query Page($of: [NodeRef!]!, $roles: [DataRole!], $hops: Int, $stages: [Stage!], $after: String) {
  impact(of: $of, roles: $roles, maxHops: $hops, stages: $stages, first: 3, after: $after) {
    edges { hops node { id } witness { from { id } to { id } relationship { id } } }
    pageInfo { hasNextPage endCursor }
  }
}"""


def _key(thing: Thing) -> Any:
    return dict(zip(NAMES[thing.label][1], thing.key, strict=True)) if thing.label != "Artifact" else thing.key[0]


def _node(thing: Thing, stage: str) -> Item:
    key = {"digest": thing.key[0]} if thing.label == "Artifact" else _key(thing)
    return {NAMES[thing.label][0]: {**key, "claimedStage": stage} if stage else key}


def _item(said: Said) -> Item:
    low, high = {NAMES[said.low.label][0]: _key(said.low)}, {NAMES[said.high.label][0]: _key(said.high)}
    sure = {"confidence": said.confidence}
    items = {
        "GENERATED_BY": {"produced": {**high, **_data(low), **sure}},
        "BUILT_FROM": {"builtFrom": {**low, **high, **sure}},
        "PART_OF": {"partOf": {**low, "parent": _key(said.high), **sure}},
        "DERIVED_FROM": {"derivedFrom": {**_data(low), "from": _key(said.high), **sure}},
        "BASED_ON": {"basedOn": {**low, "base": _key(said.high), **sure}},
        "CONTAINS": {"contains": {**low, **high, "path": "file", **sure}},
    }
    return items.get(said.type) or {"used": {**low, **_data(high), "role": ROLE_OF[said.type], **sure}}


def _data(end: Item) -> Item:
    return {"data": end["datasetVersion"]} if "datasetVersion" in end else end


async def _tell(registry: Registry, world: World) -> None:
    """Each source says it in two complete loads, of which the second leaves out what it takes back.

    The source `t` comes first, and claims another stage for each version than `s` then does.
    """
    for source in ("t", "s"):
        stages = {
            thing: thing.stage if source == "s" else STAGES[STAGES.index(thing.stage) - 1]
            for thing in world.things
            if thing.stage
        }
        nodes = [_node(thing, stages.get(thing, "")) for thing in world.things]
        for load in ("first", "second"):
            told = [said for said in world.said if said.source == source and not (load == "second" and said.retracted)]
            result = await register(
                registry,
                source,
                load=load,
                complete=True,
                maxRetractedShare=1.0,
                nodes=nodes,
                relationships=[_item(said) for said in told],
            )
            assert "REJECTED" not in statuses(result)
        assert result.retracted == sum(said.source == source and said.retracted is not None for said in world.said)


def _sayable(world: World) -> World:
    """What of a world clients may say: nothing comes from itself, and they verify nothing."""
    order = {"t": 0, "s": 1}
    said = [replace(said, verified=False, recorded=order[said.source]) for said in world.said if said.low != said.high]
    return World(world.things, said, world.versions)


@pytest.mark.timeout(1200)
@settings(
    phases=[Phase.reuse, Phase.generate],
    max_examples=8,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(data=st.data())
async def test_what_was_registered_is_walked(migrated: Graph, data: st.DataObject) -> None:
    world = _sayable(data.draw(worlds()))
    starts = data.draw(st.lists(st.sampled_from(world.things), min_size=1, max_size=2, unique=True))
    end = data.draw(st.sampled_from(world.things))
    roles = data.draw(st.sampled_from((["TRAINING", "INPUT"], sorted(TYPE_OF_ROLE))))
    hops = data.draw(st.sampled_from((2, 100)))
    stages = data.draw(st.sampled_from((["PRODUCTION"], [])))
    await migrated.wipe()
    await _tell(Registry(migrated, Clock()), world)
    asking = Asking(migrated)
    asked = {"of": [ref(each) for each in starts], "roles": roles, "hops": hops, "stages": stages}
    answer = await asking(QUERY, **asked, **{"from": ref(starts[0]), "to": ref(end)})
    down = Walk(world, starts, frozenset(roles), hops)
    check_impact(answer["impact"], down, frozenset(stages or STAGES))
    check_lineage(answer["down"], down)
    check_lineage(answer["up"], replace(down, upstream=True))
    check_path(answer["path"], *(Walk(world, [thing], down.roles, hops) for thing in (starts[0], end)))
    seen, after = [], None
    while after is not None or not seen:
        page = (await asking(PAGE, **asked, after=after))["impact"]
        seen += page["edges"]
        after = page["pageInfo"]["endCursor"]
        assert page["pageInfo"]["hasNextPage"] == (len(seen) < answer["impact"]["totalCount"])
        if not page["pageInfo"]["hasNextPage"]:
            break
    asking.stop()
    shown = [{name: edge[name] for name in ("hops", "node", "witness")} for edge in answer["impact"]["edges"]]
    assert seen == shown
