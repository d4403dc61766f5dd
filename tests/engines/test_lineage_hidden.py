"""What walks show of hidden things, by hand: nothing that a guess of a key could be held against."""

from dataclasses import replace

import pytest

from app.access.service import LOCAL
from app.errors import ErrorCode, PedigreeError
from app.graph.driver import Graph
from app.lineage.service import WalkLimits
from tests.engines.lineage_asking import Asking, ref
from tests.engines.lineage_checks import thing_id
from tests.engines.lineage_worlds import Places, make_said, make_thing, pour
from tests.reference.walks import Said, Thing, World

SIGHT = "ours"
WHOSE = (SIGHT, "theirs")
WORD = {"sources": "String", "assertedBy": "ID"}


async def test_a_hidden_start_is_none_that_there_is(migrated: Graph) -> None:
    """It is told apart neither from what never was, nor by how long the message is."""
    theirs = make_thing("DatasetVersion", "n", "d", "1")
    await pour(migrated, World([theirs], [], {}), {theirs.uid: ("theirs",)})
    asking = Asking(migrated, caller=replace(LOCAL, sight=(SIGHT,)))
    messages: list[str] = []
    for thing in (theirs, make_thing("DatasetVersion", "n", "d", "2")):
        with pytest.raises(PedigreeError) as refused:
            await asking("query Q($of: [NodeRef!]!) { impact(of: $of) { totalCount } }", of=[ref(thing)])
        assert refused.value.code is ErrorCode.NOT_FOUND
        messages.append(refused.value.message)
    assert messages[0] == messages[1]


async def test_the_ids_of_what_is_hidden_are_new_in_each_answer(migrated: Graph) -> None:
    data, run = make_thing("DatasetVersion", "n", "d", "1"), make_thing("Run", "s", "r")
    version = make_thing("ModelVersion", "n", "m", "1", stage="PRODUCTION")
    said = [make_said("TRAINED_ON", run, data), make_said("GENERATED_BY", version, run)]
    places = {data.uid: (SIGHT,), run.uid: ("theirs",), version.uid: (SIGHT,)}
    await pour(migrated, World([data, run, version], said, {}), places)
    asking = Asking(migrated, WalkLimits(), replace(LOCAL, sight=(SIGHT,)))
    query = """query Q($of: [NodeRef!]!) {
      impact(of: $of) { edges { witness { from { id } to { id __typename } relationship { id } } } }
      lineage(start: $of, direction: DOWNSTREAM) { nodes { node { id } } }
    }"""
    shown: list[tuple[str, str]] = []
    for _ in range(2):
        answer = await asking(query, of=[ref(data)])
        first, second = answer["impact"]["edges"][0]["witness"]
        assert first["to"]["__typename"] == "HiddenNode"
        assert first["to"]["id"] == second["from"]["id"] == answer["lineage"]["nodes"][0]["node"]["id"]
        shown.append((first["to"]["id"], first["relationship"]["id"]))
    assert set(shown[0]).isdisjoint(shown[1])


def _hub() -> tuple[Thing, list[Thing], list[Said], Places]:
    """Data that many runs used, every other one hidden, and what is said of it: how surely tells each apart."""
    data, runs = make_thing("DatasetVersion", "n", "d", "1"), [make_thing("Run", "s", f"r{i}") for i in range(16)]
    said = [make_said("TRAINED_ON", run, data, confidence=i / 16) for i, run in enumerate(runs)]
    return data, runs, said, {data.uid: (SIGHT,), **{run.uid: (WHOSE[i % 2],) for i, run in enumerate(runs)}}


async def test_no_order_tells_what_is_hidden(migrated: Graph) -> None:
    """What hangs on the uid of a hidden thing confirms a guess of its key."""
    data, runs, said, places = _hub()
    await pour(migrated, World([data, *runs], said, {}), places)
    asking = Asking(migrated, WalkLimits(), replace(LOCAL, sight=(SIGHT,)))
    query = """query Q($of: [NodeRef!]!) { lineage(start: $of, direction: DOWNSTREAM) {
      nodes { node { id } } relationships { to { id __typename } relationship { confidence } }
    } }"""
    orders: list[list[int]] = []
    for _ in range(2):
        answer = (await asking(query, of=[ref(data)]))["lineage"]
        steps = answer["relationships"]
        assert [step["to"]["__typename"] == "HiddenNode" for step in steps] == [False] * 8 + [True] * 8
        order = [round(step["relationship"]["confidence"] * 16) for step in steps]
        assert order[:8] == sorted(order[:8], key=lambda i: said[i].uid)
        orders.append(order[8:])
        places_of = {step["to"]["id"]: step for step in steps}
        shown = [places_of[each["node"]["id"]] for each in answer["nodes"][8:]]
        orders.append([round(step["relationship"]["confidence"] * 16) for step in shown])
    assert [sorted(order) for order in orders] == [list(range(1, 16, 2))] * 4
    assert orders[0] != orders[2], "of relationships"
    assert orders[1] != orders[3], "of things"


async def test_of_equal_ways_the_one_that_is_seen_is_shown(migrated: Graph) -> None:
    data, runs, said, places = _hub()
    low = min(range(1, 16, 2), key=lambda i: runs[i].uid)
    high = max(range(0, 16, 2), key=lambda i: runs[i].uid)
    assert runs[low].uid < runs[high].uid
    version = make_thing("ModelVersion", "n", "m", "1", stage="PRODUCTION")
    said = [said[low], said[high], *(make_said("GENERATED_BY", version, runs[i]) for i in (low, high))]
    things = [data, runs[low], runs[high], version]
    await pour(migrated, World(things, said, {}), {**places, version.uid: (SIGHT,)})
    asking = Asking(migrated, WalkLimits(), replace(LOCAL, sight=(SIGHT,)))
    query = """query Q($of: [NodeRef!]!, $from: NodeRef!, $to: NodeRef!) {
      impact(of: $of) { edges { witness { to { id } } } } path(from: $from, to: $to) { steps { to { id } } }
    }"""
    answer = await asking(query, **{"of": [ref(data)], "from": ref(data), "to": ref(version)})
    way = [{"to": {"id": thing_id(thing)}} for thing in (runs[high], version)]
    assert answer["impact"]["edges"][0]["witness"] == way
    assert answer["path"]["steps"] == way


@pytest.mark.parametrize("argument", ("sources", "assertedBy"))
async def test_who_said_something_of_what_is_hidden_cannot_be_found_out(migrated: Graph, argument: str) -> None:
    data, run = make_thing("DatasetVersion", "n", "d", "1"), make_thing("Run", "s", "r")
    version = make_thing("ModelVersion", "n", "m", "1", stage="PRODUCTION")
    actors = [make_thing("Actor", "pedigree", name) for name in ("one", "two")]
    said = [
        make_said("TRAINED_ON", run, data, "one", actor="one"),
        make_said("GENERATED_BY", version, run, "one", actor="one"),
    ]
    places = {data.uid: (SIGHT,), run.uid: ("theirs",), version.uid: (SIGHT,)}
    await pour(migrated, World([data, run, version], said, {}), places)
    words = [[thing_id(actor)] for actor in actors] if argument == "assertedBy" else [["one"], ["two"]]
    query = f"""query Q($of: [NodeRef!]!, $from: NodeRef!, $to: NodeRef!, $who: [{WORD[argument]}!]) {{
      impact(of: $of, {argument}: $who) {{ totalCount completeness {{ complete hiddenCount }} }}
      lineage(start: $of, {argument}: $who, direction: DOWNSTREAM) {{ nodes {{ hops }} relationships {{ __typename }} }}
      path(from: $from, to: $to, {argument}: $who) {{ steps {{ __typename }} }}
    }}"""
    values = {"of": [ref(data)], "from": ref(data), "to": ref(version)}
    limited = Asking(migrated, WalkLimits(), replace(LOCAL, sight=(SIGHT,)))
    answers = [await limited(query, **values, who=who) for who in words]
    assert answers[0] == answers[1]
    limited.stop()
    told = [await Asking(migrated)(query, **values, who=who) for who in words]
    assert [answer["impact"]["totalCount"] for answer in told] == [1, 0]
