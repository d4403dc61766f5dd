"""Walks of who may not see everything answer as the reference does: the truth, in which hidden things have no names."""

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from app.access.service import LOCAL
from app.graph.driver import Graph
from graph_schema.identity import from_id
from graph_schema.nodes import STAGES
from tests.engines.lineage_asking import Asking, ref
from tests.engines.lineage_checks import thing_id
from tests.engines.lineage_worlds import Places, pour, worlds
from tests.reference import networks
from tests.reference.walks import Thing, Walk, World, is_unknown

SIGHT = "ours"
LOOSE = settings(
    phases=[Phase.reuse, Phase.generate],
    max_examples=8,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
QUERY = """
query Walks($of: [NodeRef!]!, $from: NodeRef!, $to: NodeRef!, $hops: Int, $stages: [Stage!], $known: DateTime) {
  impact(of: $of, maxHops: $hops, stages: $stages, first: 100, knownAt: $known) {
    totalCount
    edges { hops node { id } witness { ...Step } }
    completeness { ...Complete }
  }
  down: lineage(start: $of, direction: DOWNSTREAM, maxHops: $hops, knownAt: $known) { ...Lineage }
  up: lineage(start: $of, direction: UPSTREAM, maxHops: $hops, knownAt: $known) { ...Lineage }
  path(from: $from, to: $to, maxHops: $hops, knownAt: $known) { steps { ...Step } completeness { ...Complete } }
}
fragment Any on Node {
  __typename id
  ... on DatasetVersion { namespace name } ... on Run { runId namespaces } ... on ModelVersion { name model { name } }
}
fragment Step on Step {
  from { ...Any } to { ...Any }
  relationship { id type source method confidence recordedAt assertedBy evidence how path validFrom }
}
fragment Complete on Completeness {
  complete truncatedBy hiddenCount unknownAncestry frontier(first: 100) { ...Any }
}
fragment Lineage on Lineage { nodes { hops node { ...Any } } relationships { ...Step } completeness { ...Complete } }
"""


@st.composite
def _places(draw: st.DrawFn, world: World) -> Places:
    """The namespaces of everything: a version is in that of its family."""
    some = st.sampled_from(((SIGHT,), (SIGHT, "theirs"), ("theirs",)))
    places: dict[str, tuple[str, ...]] = {}
    for thing in world.things:
        if thing.label in {"Dataset", "Model"}:
            places[thing.uid] = draw(st.sampled_from(((SIGHT,), ("theirs",))))
            places.update({version.uid: places[thing.uid] for version in world.family(thing)})
    for thing in world.things:
        if thing.uid not in places:
            places[thing.uid] = draw(some)
    return places


@dataclass
class Seen:
    """What a caller sees of a world."""

    places: Places

    def __call__(self, thing: Thing) -> bool:
        return SIGHT in self.places[thing.uid]

    def ids(self, things: Iterable[Thing]) -> list[str]:
        """What is known of things: the ids of those that are seen, and a word for each other."""
        return sorted(thing_id(thing) if self(thing) else "hidden" for thing in things)

    def check_ways(self, steps: list[dict[str, Any]], walk: Walk, end: str | None) -> None:
        """That a real walk from a start fits them, whatever the hidden things on it are."""
        fit = [(seed, seed) for seed in walk.seeds if _fits(steps[0]["from"], seed, self)]
        for index, step in enumerate(steps):
            fit = [
                (seed, to)
                for seed, at in fit
                for said, to in walk.steps(at, seed)
                if _fits(step["to"], to, self) and step["relationship"]["type"] == said.type
            ]
            assert fit, f"step {index} is none"
            if index:
                assert steps[index - 1]["to"]["id"] == step["from"]["id"]
            _check_said(step)
        assert end in {None, steps[-1]["to"]["id"]}

    def check_complete(self, answer: dict[str, Any], walk: Walk, unknown: int, *, found: bool = False) -> None:
        """That it says how complete it is."""
        reached = networks.reached(walk)
        beyond = networks.reached(walk, walk.hops + 1).keys() - reached.keys()
        cut = bool(beyond) and not found
        hidden = sum(not self(thing) for thing in reached)
        assert answer["hiddenCount"] == hidden
        assert answer["truncatedBy"] == (["HOPS"] if cut else [])
        assert answer["unknownAncestry"] == unknown
        assert answer["complete"] == (not cut and not unknown and not hidden)
        assert _known(answer["frontier"]) == (self.ids(walk.frontier()) if cut else [])

    def check_lineage(self, answer: dict[str, Any], walk: Walk) -> None:
        """That everything that is reached is there, hidden things without a name."""
        reached = networks.reached(walk)
        assert sorted((_word(each["node"]), each["hops"]) for each in answer["nodes"]) == sorted(
            (thing_id(thing) if self(thing) else "hidden", hops) for thing, hops in reached.items()
        )
        assert len({each["node"]["id"] for each in answer["nodes"]}) == len(reached)
        hops = [(each["hops"], each["node"]["__typename"] == "HiddenNode") for each in answer["nodes"]]
        assert hops == sorted(hops), "what is hidden has no place among what is seen"
        steps = answer["relationships"]
        assert Counter((each["relationship"]["type"], _word(each["from"]), _word(each["to"])) for each in steps) == (
            Counter((said.type, *(self.ids([end])[0] for end in (said.high, said.low))) for said in walk.walked())
        )
        for step in steps:
            _check_said(step)
        unknown = walk.unknown_within() if walk.upstream else self.outside(walk, set(reached), frozenset(STAGES))
        self.check_complete(answer["completeness"], walk, unknown)

    def outside(self, walk: Walk, answer: set[Thing], stages: frozenset[str]) -> int:
        """How many versions that are seen could not be ruled out."""
        up = Walk(walk.world, [], walk.roles, walk.hops, upstream=True)
        return sum(
            any(is_unknown(walk.world, each) for each in up.distances(thing))
            for thing in walk.world.things
            if thing.label == "ModelVersion" and thing.stage in stages and thing not in answer and self(thing)
        )


def _fits(node: dict[str, Any], thing: Thing, seen: Seen) -> bool:
    return node["id"] == thing_id(thing) if seen(thing) else node["__typename"] == "HiddenNode"


def _word(node: dict[str, Any]) -> str:
    return "hidden" if node["__typename"] == "HiddenNode" else node["id"]


def _known(nodes: list[dict[str, Any]]) -> list[str]:
    return sorted(map(_word, nodes))


def _check_said(step: dict[str, Any]) -> None:
    """Of what is said of something hidden nothing shows that could name it."""
    said = step["relationship"]
    hidden = "hidden" in {_word(step["from"]), _word(step["to"])}
    assert (from_id(said["id"])[0] == "HiddenNode") == hidden
    assert (said["source"] is None) == hidden
    if hidden:
        assert [said[name] for name in ("assertedBy", "evidence", "how", "path")] == [None] * 4


@pytest.mark.timeout(1200)
@LOOSE
@given(data=st.data())
async def test_walks_pass_through_what_is_hidden(migrated: Graph, data: st.DataObject) -> None:
    world = data.draw(worlds())
    places = data.draw(_places(world))
    seen = Seen(places)
    visible = [thing for thing in world.things if seen(thing)]
    if not visible:
        return
    starts = list(dict.fromkeys(data.draw(st.lists(st.sampled_from(visible), min_size=1, max_size=3))))
    end = data.draw(st.sampled_from(visible))
    hops = data.draw(st.sampled_from((1, 2, 3, 100)))
    stages = data.draw(st.sampled_from((["PRODUCTION"], [])))
    known = data.draw(st.sampled_from((None, None, "2026-01-01T00:00:00Z")))
    await migrated.wipe()
    await pour(migrated, world, places)
    asking = Asking(migrated, caller=replace(LOCAL, sight=(SIGHT,)))
    ends = {"from": ref(starts[0]), "to": ref(end)}
    of = [ref(each) for each in starts]
    answer = await asking(QUERY, of=of, **ends, hops=hops, stages=stages, known=known)
    asking.stop()
    _check_no_word(answer, [thing for thing in world.things if not seen(thing)])
    down = Walk(world, starts, frozenset({"TRAINING", "INPUT"}), hops)
    _check_impact(answer["impact"], down, seen, frozenset(stages or STAGES))
    seen.check_lineage(answer["down"], down)
    up = Walk(world, starts, down.roles, hops, upstream=True)
    seen.check_lineage(answer["up"], up)
    source, target = (Walk(world, [thing], down.roles, hops) for thing in (starts[0], end))
    far, steps = networks.shortest(source, target.seeds), answer["path"]["steps"]
    assert (None if steps is None else len(steps)) == far
    if steps:
        seen.check_ways(steps, source, None)
    back = Walk(world, [end], down.roles, hops, upstream=True)
    seen.check_complete(answer["path"]["completeness"], back, back.unknown_within(), found=far is not None)


def _check_impact(answer: dict[str, Any], walk: Walk, seen: Seen, stages: frozenset[str]) -> None:
    reached = networks.reached(walk)
    wanted = [each for each in reached if each.label == "ModelVersion" and each.stage in stages and seen(each)]
    wanted.sort(key=lambda thing: thing.order)
    found = [(edge["node"]["id"], edge["hops"]) for edge in answer["edges"]]
    assert found == [(thing_id(each), reached[each]) for each in wanted]
    assert answer["totalCount"] == len(wanted)
    for edge in answer["edges"]:
        seen.check_ways(edge["witness"], walk, edge["node"]["id"])
        assert len(edge["witness"]) == edge["hops"]
    unknown = seen.outside(walk, set(wanted), stages)
    seen.check_complete(answer["completeness"], walk, unknown)


def _check_no_word(answer: dict[str, Any], hidden: list[Thing]) -> None:
    """Neither its id nor its uid stands anywhere in the answer, and no namespace but the caller's."""
    text = json.dumps(answer)
    assert "theirs" not in text
    assert not [thing for thing in hidden if thing_id(thing) in text or thing.uid in text]
