"""The natural fields of another time: as the reference has them, wherever the time is named.

On Neo4j each is part of the one statement; on the embedded engine the walks go before it, in the same transaction.
"""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from app.compiler.scalars import publish_time
from app.errors import ErrorCode, PedigreeError
from app.graph.driver import Graph
from app.lineage import each as walks
from app.lineage.natural import FIELDS
from tests.engines.lineage_asking import Asking, ref
from tests.engines.lineage_checks import thing_id
from tests.engines.lineage_worlds import pour, worlds
from tests.engines.natural_worlds import DATA, DATASET, NATURAL, VERSIONS, check, expected, small
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
async def test_of_another_time_they_answer_as_the_reference_does(
    migrated: Graph, asking: Asking, data: st.DataObject
) -> None:
    world = data.draw(worlds(timed=True))
    times = st.integers(0, 6)
    as_of, known_at = data.draw(
        st.one_of(st.tuples(times, st.none()), st.tuples(st.none(), times), st.tuples(times, times))
    )
    then = world.at(as_of, known_at)
    things = [thing for thing in then.things if thing.label in FIELDS][:100]
    query = f"""query Q($ids: [ID!]!, $asOf: DateTime, $knownAt: DateTime) {{
      nodes(ids: $ids, asOf: $asOf, knownAt: $knownAt) {{ {NATURAL} }}
    }}"""
    told = {name: publish_time(time) for name, time in (("asOf", as_of), ("knownAt", known_at)) if time is not None}
    ids = [thing_id(thing) for thing in things]
    await migrated.wipe()
    await pour(migrated, world)
    answer = await asking(query, ids=ids, **told)
    assert (len(asking.statements) == 1) == (migrated.engine.kind != "arcadedb" or not things)
    for thing, found in zip(things, answer["nodes"], strict=True):
        check(then, thing, found)


async def test_another_time_is_answered_wherever_it_is_named(migrated: Graph, asking: Asking) -> None:
    """At the field, above it, or at a root field that walks itself: all of this world was known long before."""
    await pour(migrated, small())
    listed = "totalCount edges { node { id } }"
    up = f"upstream {{ {listed} }}"
    then = f"{up[:8]}(knownAt: $at) {up[8:]}"
    now = f"down: downstream {{ {listed} }}"
    root, natural = 'dataset(key: { namespace: "n", name: "d" }', "productionModels"
    of, down = "impact(of: $of", "lineage(start: $of, direction: DOWNSTREAM"
    steps = f"path(from: $from, to: $to, knownAt: $at) {{ steps {{ to {{ ... on ModelVersion {{ {up} }} }} }} }}"
    queries = (
        f"{root}) {{ {natural}(knownAt: $at) {{ {listed} }} }}",
        f"{root}, knownAt: $at) {{ {natural} {{ edges {{ node {{ id {up} }} }} }} }}",
        f"{of}, knownAt: $at) {{ edges {{ hops node {{ {up} }} }} completeness {{ complete }} }}",
        f"{of}) {{ edges {{ hops node {{ {then} }} }} }}",
        f"{down}, knownAt: $at) {{ nodes {{ node {{ ... on ModelVersion {{ {up} }} }} }} }}",
        f"{down}) {{ nodes {{ node {{ ... on ModelVersion {{ {then} }} ... on Run {{ {now} }} }} }} }}",
        steps,
        f"datasets {{ edges {{ node {{ {natural}(knownAt: $at) {{ edges {{ node {{ {up} }} }} }} }} }} }}",
    )
    variables = {"of": [ref(DATASET)], "from": ref(DATA[0]), "to": ref(VERSIONS[1])}
    types = {"of": "[NodeRef!]!", "from": "NodeRef!", "to": "NodeRef!", "at": "DateTime"}
    for query in queries:
        head = ", ".join(f"${name}: {type_}" for name, type_ in types.items() if f"${name}" in query)
        found = await asking(f"query Q({head}) {{ {query} }}", **variables, at=None)
        before = await asking(f"query Q({head}) {{ {query} }}", **variables, at="2020-01-01T00:00:00Z")
        assert before == found
        assert "'totalCount': 0" not in str(found) or "down" in query


async def test_each_row_has_its_own_of_another_time_and_lists_nest(migrated: Graph, asking: Asking) -> None:
    """What was retracted is there as it was known; a turn more for each list within another, however many rows."""
    world = small()
    late = [replace(said, retracted=5) if said.type == "BASED_ON" else said for said in world.said]
    world = World(world.things, late, world.versions)
    await pour(migrated, world)
    query = """query Q($knownAt: DateTime, $later: DateTime) { datasetVersions(knownAt: $knownAt) { edges { node {
      id productionModels { totalCount edges { node {
        id upstream { totalCount edges { node { id ... on Run { downstream(first: 1) { edges { node { id } } } } } } }
        again: upstream { totalCount } later: upstream(knownAt: $later) { totalCount }
      } } }
    } } } }"""
    for known_at in (3, 7):
        then = world.at(None, known_at)
        answer = await asking(query, knownAt=publish_time(known_at), later=publish_time(9))
        things = {thing_id(thing): thing for thing in then.things}
        for row in (edge["node"] for edge in answer["datasetVersions"]["edges"]):
            versions = [edge["node"] for edge in row["productionModels"]["edges"]]
            assert [each["id"] for each in versions] == expected(then, things[row["id"]], "productionModels")
            for version in versions:
                above = [edge["node"] for edge in version["upstream"]["edges"]]
                assert [each["id"] for each in above] == expected(then, things[version["id"]], "upstream")
                lately = expected(world.at(None, 9), things[version["id"]], "upstream")
                assert version["later"]["totalCount"] == len(lately)
                assert version["again"]["totalCount"] == version["upstream"]["totalCount"] == len(above)
                for each in above:
                    if things[each["id"]].label == "Run":
                        found = [edge["node"]["id"] for edge in each["downstream"]["edges"]]
                        assert found == expected(then, things[each["id"]], "downstream")[:1]


async def test_too_much_of_another_time_is_refused(
    migrated: Graph, asking: Asking, monkeypatch: pytest.MonkeyPatch
) -> None:
    await pour(migrated, small())
    monkeypatch.setattr(walks, "MOST", 2)
    query = 'query Q($id: ID!) { node(id: $id) { ... on DatasetVersion { downstream(asOf: "2020-01-01T00:00:00Z") '
    query += "{ totalCount } } } }"
    if migrated.engine.kind == "arcadedb":
        with pytest.raises(PedigreeError, match="direction: DOWNSTREAM") as caught:
            await asking(query, id=thing_id(DATA[0]))
        assert caught.value.code == ErrorCode.NOT_IN_ONE_STATEMENT
    else:
        assert (await asking(query, id=thing_id(DATA[0])))["node"]["downstream"]["totalCount"] > 2


async def test_at_the_frontier_another_time_is_refused_by_an_engine_that_goes_level_by_level(
    migrated: Graph, asking: Asking
) -> None:
    await pour(migrated, small())
    query = """query Q($of: [NodeRef!]!) { impact(of: $of, maxHops: 1, asOf: "2020-01-01T00:00:00Z") {
      completeness { frontier { ... on Run { upstream { totalCount } } } }
    } }"""
    if migrated.engine.kind == "arcadedb":
        with pytest.raises(PedigreeError, match="Ask for it below a list") as caught:
            await asking(query, of=[ref(DATASET)])
        assert caught.value.code == ErrorCode.NOT_IN_ONE_STATEMENT
    else:
        await asking(query, of=[ref(DATASET)])
