"""Walks as of a time, known at another, of some sources, types, confidences: as an independent reference has them.

On Neo4j each is one statement; on the embedded engine one for each hop, all in one transaction.
"""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from app.compiler.scalars import publish_time
from app.graph.driver import Graph
from graph_schema.identity import to_id, uid
from graph_schema.nodes import STAGES
from tests.engines.lineage_asking import Asking, ref
from tests.engines.lineage_checks import QUERY, check_impact, check_lineage, check_path
from tests.engines.lineage_worlds import make_said, make_thing, pour, worlds
from tests.reference.walks import NOW, TYPE_OF_ROLE, State, Walk, World

ARGUMENTS = (
    "asOf: $asOf, knownAt: $knownAt, minConfidence: $confidence, sources: $sources, assertedBy: $actors, "
    "relationshipTypes: $types, roles: $roles"
)
TIMED = QUERY.replace(
    "$stages: [Stage!]",
    "$stages: [Stage!], $asOf: DateTime, $knownAt: DateTime, $confidence: Float, $sources: [String!], $actors: [ID!], "
    "$types: [RelationshipType!]",
).replace("roles: $roles", ARGUMENTS)
TYPES = (
    None,
    None,
    None,
    {"HOSTS", "SERVES", "CALLS", "GENERATED_BY", "TRAINED_ON"},
    {"TRAINED_ON", "GENERATED_BY", "BUILT_FROM", "CALLS"},
)
"""The types that are named: few, since each is a text that Neo4j plans anew."""

LOOSE = settings(
    phases=[Phase.reuse, Phase.generate],
    max_examples=10,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)


@pytest.fixture
async def asking(migrated: Graph) -> Asking:
    return Asking(migrated)


@st.composite
def questions(draw: st.DrawFn) -> dict[str, Any]:
    """What is asked beside the starts: of few kinds, since each is a text of its own."""
    asked: dict[str, Any] = {"as_of": None, "known_at": None, "confidence": 0, "sources": None, "actors": None}
    kinds = (("as_of",), ("as_of",), ("known_at",), ("as_of", "known_at"), ("confidence", "sources", "actors"))
    for name in draw(st.sampled_from(kinds)):
        asked[name] = draw(_ASKED[name])
    return asked


_TIMES = st.integers(0, 6)
_ASKED: dict[str, st.SearchStrategy[Any]] = {
    "as_of": _TIMES,
    "known_at": _TIMES,
    "confidence": st.just(0.75),
    "sources": st.sampled_from((["s"], ["s", "t"])),
    "actors": st.just(["p"]),
}


@pytest.mark.timeout(1200)
@LOOSE
@given(data=st.data())
async def test_walks_under_conditions_answer_as_the_reference_does(
    migrated: Graph, asking: Asking, data: st.DataObject
) -> None:
    world = data.draw(worlds(timed=True))
    question = data.draw(questions())
    types = data.draw(st.sampled_from(TYPES))
    hops = data.draw(st.sampled_from((2, 100)))
    stages = data.draw(st.sampled_from((["PRODUCTION"], [])))
    roles = frozenset(TYPE_OF_ROLE)
    then = world.at(**question)
    known = [thing for thing in then.things if thing.label != "Deployment"]
    if not known:
        return
    starts = data.draw(st.lists(st.sampled_from(known), min_size=1, max_size=3, unique=True))
    end = data.draw(st.sampled_from(known))
    await migrated.wipe()
    await pour(migrated, world)
    answer = await asking(
        TIMED,
        of=[ref(each) for each in starts],
        **{"from": ref(starts[0]), "to": ref(end)},
        roles=sorted(roles),
        hops=hops,
        stages=stages,
        **_asked(question),
        types=None if types is None else sorted(types),
    )
    followed = None if types is None else frozenset(types)
    down = Walk(then, starts, roles, hops, types=followed)
    up = Walk(then, starts, roles, hops, upstream=True, types=followed)
    check_impact(answer["impact"], down, frozenset(stages or STAGES))
    check_lineage(answer["down"], down)
    check_lineage(answer["up"], up)
    source, target = (Walk(then, [thing], roles, hops, types=followed) for thing in (starts[0], end))
    check_path(answer["path"], source, target)


def _asked(question: dict[str, Any]) -> dict[str, Any]:
    """The variables of a question."""
    actors = question["actors"]
    return {
        "asOf": None if question["as_of"] is None else publish_time(question["as_of"]),
        "knownAt": None if question["known_at"] is None else publish_time(question["known_at"]),
        "confidence": question["confidence"] or None,
        "sources": question["sources"],
        "actors": actors and [to_id("Actor", uid("Actor", ("pedigree", each))) for each in actors],
    }


async def test_a_walk_does_not_pass_through_what_did_not_exist_yet(migrated: Graph, asking: Asking) -> None:
    data, run = make_thing("DatasetVersion", "n", "d0", "0"), make_thing("Run", "s", "r0")
    later = replace(make_thing("ModelVersion", "n", "m0", "0", stage="DEVELOPMENT"), states=(State(begins=5),))
    child = make_thing("ModelVersion", "n", "m1", "0", stage="DEVELOPMENT")
    ends = (("TRAINED_ON", run, data), ("GENERATED_BY", later, run), ("BASED_ON", child, later))
    world = World([data, run, later, child], [make_said(*each) for each in ends], {})
    await migrated.wipe()
    await pour(migrated, world)
    for as_of, found in ((4, []), (5, [later, child])):
        question = {"as_of": as_of, "known_at": None, "confidence": 0, "sources": None, "actors": None}
        asked = {**_asked(question), "roles": ["TRAINING"], "hops": 100, "stages": []}
        answer = await asking(TIMED, of=[ref(data)], **{"from": ref(data), "to": ref(data)}, **asked)
        assert [edge["node"]["id"] for edge in answer["impact"]["edges"]] == [ref(each)["id"] for each in found]
        assert answer["impact"]["totalCount"] == len(found)
        assert len(answer["down"]["nodes"]) == 1 + len(found)


async def test_a_walk_passes_through_a_deployment_only_while_it_serves(migrated: Graph, asking: Asking) -> None:
    """It ended at 5, which was recorded at 7; nobody names a relationship that leads to it by default."""
    version = make_thing("ModelVersion", "n", "m0", "0", stage="PRODUCTION")
    endpoint = make_thing("Endpoint", "prod", "e")
    states = (State(0, 7, begins=2), State(7, begins=2, ends=5))
    served = replace(make_thing("Deployment", "prod", "e", "n", "m0", "0", "2"), states=states)
    planned = replace(
        make_thing("Deployment", "prod", "e", "n", "m0", "0", str(NOW - 1)), states=(State(begins=NOW - 1),)
    )
    said = [make_said("SERVES", served, version), make_said("HOSTS", endpoint, served)]
    said += [make_said("SERVES", planned, version), make_said("HOSTS", endpoint, planned)]
    await migrated.wipe()
    await pour(migrated, World([version, endpoint, served, planned], said, {}))
    query = """query Q($from: NodeRef!, $to: NodeRef!, $asOf: DateTime, $knownAt: DateTime) {
      path(from: $from, to: $to, relationshipTypes: [SERVES, HOSTS], asOf: $asOf, knownAt: $knownAt) {
        steps { to { id } }
      }
      lineage(start: [$to], direction: UPSTREAM, relationshipTypes: [SERVES, HOSTS], asOf: $asOf, knownAt: $knownAt) {
        nodes { node { id } } relationships { from { id } }
      }
      near: lineage(
        start: [$from], direction: DOWNSTREAM, maxHops: 1, relationshipTypes: [SERVES, HOSTS],
        asOf: $asOf, knownAt: $knownAt
      ) { nodes { node { id } } completeness { truncatedBy } }
    }"""
    way = [ref(served), ref(endpoint)]
    for as_of, known_at, serves in (
        (None, None, False),
        (1, None, False),
        (2, None, True),
        (4, None, True),
        (5, None, False),
        (5, 6, True),
        (5, 7, False),
        (1, 6, False),
        (None, 6, True),
        (None, 7, False),
    ):
        told = {"asOf": as_of and publish_time(as_of), "knownAt": known_at and publish_time(known_at)}
        answer = await asking(query, **{"from": ref(version)}, to=ref(endpoint), **told)
        steps = answer["path"]["steps"]
        assert (steps and [step["to"] for step in steps]) == (way if serves else None), (as_of, known_at)
        found = [each["node"] for each in answer["lineage"]["nodes"]]
        assert found == ([ref(served), ref(version)] if serves else [])
        assert len(answer["lineage"]["relationships"]) == len(found)
        assert [each["node"] for each in answer["near"]["nodes"]] == ([ref(served)] if serves else [])
        assert answer["near"]["completeness"]["truncatedBy"] == (["HOPS"] if serves else [])
