"""Holds what `impact`, `lineage` and `path` answer against what they must."""

import itertools
from collections.abc import Iterable
from typing import Any

from graph_schema.identity import from_id, to_id
from graph_schema.nodes import STAGES
from tests.reference import networks
from tests.reference.several import check_ways
from tests.reference.walks import Thing, Walk

QUERY = """
query Walks(
  $of: [NodeRef!]!, $from: NodeRef!, $to: NodeRef!, $roles: [DataRole!], $hops: Int, $stages: [Stage!]
) {
  impact(of: $of, roles: $roles, maxHops: $hops, stages: $stages, first: 100) {
    totalCount
    edges { hops node { id } witness { ...Step } few: witnesses { ...Way } witnesses(first: 10) { ...Way } }
    completeness { ...Complete }
  }
  down: lineage(start: $of, direction: DOWNSTREAM, roles: $roles, maxHops: $hops) { ...Lineage }
  up: lineage(start: $of, direction: UPSTREAM, roles: $roles, maxHops: $hops) { ...Lineage }
  path(from: $from, to: $to, roles: $roles, maxHops: $hops) {
    steps { ...Step }
    few: witnesses(first: 2) { ...Way }
    witnesses(first: 10) { ...Way }
    completeness { ...Complete }
  }
}
fragment Way on Witness { hops steps { ...Step } }
fragment Step on Step { from { id } to { id } relationship { id } }
fragment Complete on Completeness { complete truncatedBy hiddenCount unknownAncestry frontier(first: 100) { id } }
fragment Lineage on Lineage {
  nodes { hops node { id } }
  relationships { ...Step }
  completeness { ...Complete }
}
"""


def thing_id(thing: Thing) -> str:
    """What the API calls it."""
    return to_id(thing.label, thing.uid)


def said_of(step: dict[str, Any]) -> tuple[str, str, str]:
    """The uid of the assertion of a step, and the ids of its ends as data flows."""
    return from_id(step["relationship"]["id"])[1], step["from"]["id"], step["to"]["id"]


def _ids(things: Iterable[Thing]) -> list[str]:
    return sorted(thing_id(thing) for thing in things)


def _got(nodes: list[dict[str, Any]]) -> list[str]:
    return sorted(node["id"] for node in nodes)


def check_impact(answer: dict[str, Any], walk: Walk, stages: frozenset[str]) -> None:
    """It gives every version of those stages that is reached, each with a shortest way."""
    reached = networks.reached(walk)
    wanted = [thing for thing in reached if thing.label == "ModelVersion" and thing.stage in stages]
    wanted.sort(key=lambda thing: thing.order)
    edges = answer["edges"]
    assert [(edge["node"]["id"], edge["hops"]) for edge in edges] == [
        (thing_id(each), reached[each]) for each in wanted
    ]
    assert answer["totalCount"] == len(wanted)
    for edge in edges:
        check_way(edge["witness"], walk, edge["node"]["id"])
        assert len(edge["witness"]) == edge["hops"]
        assert edge["witnesses"][0]["steps"] == edge["witness"]
        end = next(thing for thing in wanted if thing_id(thing) == edge["node"]["id"])
        check_witnesses(edge["witnesses"], walk, [end], 10)
        check_witnesses(edge["few"], walk, [end], 3)
    check_complete(answer["completeness"], walk, walk.unknown_outside(wanted, stages))


def check_lineage(answer: dict[str, Any], walk: Walk) -> None:
    """It gives all that is reached, and every assertion that was walked."""
    reached = networks.reached(walk)
    wanted = sorted(reached, key=lambda thing: (reached[thing], "\x01".join(thing.key), thing.uid))
    assert [(each["node"]["id"], each["hops"]) for each in answer["nodes"]] == [
        (thing_id(thing), reached[thing]) for thing in wanted
    ]
    assert sorted(map(said_of, answer["relationships"])) == sorted(
        (said.uid, thing_id(said.high), thing_id(said.low)) for said in walk.walked()
    )
    unknown = walk.unknown_within() if walk.upstream else walk.unknown_outside(reached, frozenset(STAGES))
    check_complete(answer["completeness"], walk, unknown)


def check_path(answer: dict[str, Any], source: Walk, target: Walk) -> None:
    """It gives a shortest way, where there is one."""
    ends = set(target.seeds)
    far = networks.shortest(source, target.seeds)
    steps = answer["steps"]
    up = Walk(target.world, target.starts, target.roles, target.hops, upstream=True, types=target.types)
    if far is None:
        assert steps is None
        assert answer["witnesses"] == []
        check_complete(answer["completeness"], up, up.unknown_within())
        return
    assert len(steps) == far
    if steps:
        check_way(steps, source, steps[-1]["to"]["id"])
        assert steps[-1]["to"]["id"] in _ids(ends)
        check_witnesses(answer["witnesses"], source, target.seeds, 10)
        check_witnesses(answer["few"], source, target.seeds, 2)
    assert answer["witnesses"][0] == {"hops": far, "steps": steps}
    check_complete(answer["completeness"], up, up.unknown_within(), found=True)


def check_way(steps: list[dict[str, Any]], walk: Walk, end: str) -> None:
    """It is a walk from a start to the end, of the best assertions."""
    seeds = _ids(walk.seeds)
    assert steps[0]["from"]["id"] in seeds
    assert steps[0]["from"]["id"] != end
    assert steps[-1]["to"]["id"] == end
    assert all(one["to"]["id"] == other["from"]["id"] for one, other in itertools.pairwise(steps))
    (seed,) = (each for each in walk.seeds if thing_id(each) == steps[0]["from"]["id"])
    at = seed
    for step in steps:
        parallel = [(said, to) for said, to in walk.steps(at, seed) if thing_id(to) == step["to"]["id"]]
        assert parallel
        best = min((said for said, _ in parallel), key=lambda said: said.rank)
        assert from_id(step["relationship"]["id"]) == (best.type, best.uid)
        at = parallel[0][1]


def check_witnesses(witnesses: list[dict[str, Any]], walk: Walk, ends: list[Thing], most: int) -> None:
    """They are ways that the walk may go, of the best assertions, and those that were asked for."""
    for witness in witnesses:
        check_way(witness["steps"], walk, witness["steps"][-1]["to"]["id"])
        assert witness["hops"] == len(witness["steps"])
    ways = [[each["steps"][0]["from"]["id"], *(step["to"]["id"] for step in each["steps"])] for each in witnesses]
    check_ways(ways, walk, ends, most, thing_id)


def check_complete(answer: dict[str, Any], walk: Walk, unknown: int, *, found: bool = False) -> None:
    """It says how complete it is. A way that was found is not cut short."""
    beyond = networks.reached(walk, walk.hops + 1).keys() - networks.reached(walk).keys()
    cut = bool(beyond) and not found
    assert answer["truncatedBy"] == (["HOPS"] if cut else [])
    assert answer["unknownAncestry"] == unknown
    assert answer["complete"] == (not cut and not unknown)
    assert answer["hiddenCount"] == 0
    assert _got(answer["frontier"]) == (_ids(walk.frontier()) if cut else [])
