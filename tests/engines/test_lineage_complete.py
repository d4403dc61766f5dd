"""How complete an answer is: each thing that makes it incomplete, by itself and named, on every engine."""

import time
from typing import Any

import pytest

from app.compiler import cursors
from app.errors import ErrorCode, PedigreeError
from app.graph.driver import Graph
from app.lineage.service import WalkLimits
from app.registry.service import Registry
from tests.engines.lineage_asking import Asking, ref
from tests.engines.lineage_checks import thing_id
from tests.engines.lineage_worlds import make_said, make_thing, pour
from tests.engines.registered import Clock, register, run
from tests.reference.walks import Said, Thing, World

DATASET = make_thing("Dataset", "n", "d")
DATA = [make_thing("DatasetVersion", "n", "d", str(number)) for number in range(4)]
RUNS = [make_thing("Run", "s", f"r{number}") for number in range(3)]
VERSIONS = [make_thing("ModelVersion", "n", "m", str(number), stage="PRODUCTION") for number in range(3)]
ORPHAN = make_thing("ModelVersion", "n", "orphan", "1", stage="STAGING")
CHILD = make_thing("ModelVersion", "n", "child", "1", stage="STAGING")
START = {"datasetVersion": {"namespace": "n", "name": "d", "version": "0"}}
WHOLE = {
    "complete": True,
    "truncatedBy": [],
    "unknownAncestry": 0,
    "hiddenCount": 0,
    "staleSources": [],
    "frontier": [],
}
COMPLETE = """fragment C on Completeness {
  complete truncatedBy unknownAncestry hiddenCount staleSources { name } frontier { id }
}"""


def _world() -> World:
    """A chain of data, a version made with each but the last, and a version of unknown ancestry with a child."""
    said: list[Said] = [make_said("DERIVED_FROM", DATA[number + 1], DATA[number]) for number in range(3)]
    for used, by, version in zip(DATA, RUNS, VERSIONS, strict=False):
        said += [make_said("TRAINED_ON", by, used), make_said("GENERATED_BY", version, by)]
    said.append(make_said("BASED_ON", CHILD, ORPHAN))
    return World([DATASET, *DATA, *RUNS, *VERSIONS, ORPHAN, CHILD], said, {DATASET.uid: DATA})


@pytest.fixture
async def asking(migrated: Graph) -> Asking:
    await pour(migrated, _world())
    return Asking(migrated)


def _ids(*things: Thing) -> list[dict[str, str]]:
    return [{"id": thing_id(each)} for each in things]


IMPACT = "impact(of: $it"
DOWN = "lineage(start: $it, direction: DOWNSTREAM"
UP = "lineage(start: $it, direction: UPSTREAM"
REASONS = (
    pytest.param(IMPACT, DATA[0], {}, id="impact: whole"),
    pytest.param(f"{IMPACT}, first: 1", DATA[0], {}, id="impact: a page is whole"),
    pytest.param(
        f"{IMPACT}, maxHops: 3",
        DATA[0],
        {"truncatedBy": ["HOPS"], "frontier": _ids(RUNS[2])},
        id="impact: hops",
    ),
    pytest.param(f"{IMPACT}, maxHops: 4", DATA[0], {}, id="impact: hops enough"),
    pytest.param(f"{IMPACT}, stages: [STAGING]", DATA[0], {"unknownAncestry": 2}, id="impact: unknown, and its child"),
    pytest.param(f"{IMPACT}, stages: [STAGING]", ORPHAN, {"unknownAncestry": 1}, id="impact: the start is unknown"),
    pytest.param(f"{DOWN}, maxHops: 4", DATA[0], {"unknownAncestry": 2}, id="lineage: unknown in any stage"),
    pytest.param(
        f"{DOWN}, maxHops: 1",
        DATA[0],
        {"truncatedBy": ["HOPS"], "unknownAncestry": 2, "frontier": _ids(DATA[1], RUNS[0])},
        id="lineage: hops, and unknown",
    ),
    pytest.param(UP, VERSIONS[2], {}, id="upstream: whole"),
    pytest.param(UP, CHILD, {"unknownAncestry": 1}, id="upstream: unknown above"),
    pytest.param(
        f"{UP}, maxHops: 2", VERSIONS[2], {"truncatedBy": ["HOPS"], "frontier": _ids(DATA[2])}, id="upstream: hops"
    ),
)


@pytest.mark.parametrize(("head", "start", "reasons"), REASONS)
async def test_an_answer_says_what_it_lacks(asking: Asking, head: str, start: Thing, reasons: dict[str, Any]) -> None:
    query = f"query Q($it: [NodeRef!]!) {{ it: {head}) {{ completeness {{ ...C }} }} }} {COMPLETE}"
    expected = {**WHOLE, **reasons, "complete": not reasons}
    assert (await asking(query, it=[ref(start)]))["it"]["completeness"] == expected
    assert len(asking.statements) == 2 + ("frontier" in reasons)
    query = f"query Q($it: [NodeRef!]!) {{ it: {head}) {{ completeness {{ complete }} }} }}"
    assert (await asking(query, it=[ref(start)]))["it"]["completeness"] == {"complete": not reasons}
    assert len(asking.statements) == 2 - ("frontier" in reasons)


@pytest.mark.parametrize(
    ("head", "limits"),
    (
        (IMPACT, ["NODES"]),
        (f"{IMPACT}, maxHops: 3", ["HOPS", "NODES"]),
        (DOWN, ["NODES"]),
        (f"{DOWN}, maxHops: 1", ["HOPS", "NODES"]),
    ),
)
async def test_too_many_answers_are_said(migrated: Graph, head: str, limits: list[str]) -> None:
    await pour(migrated, _world())
    asking = Asking(migrated, WalkLimits(nodes=1))
    query = f"query Q($it: [NodeRef!]!) {{ it: {head}) {{ completeness {{ complete truncatedBy }} }} }}"
    assert await asking(query, it=[START]) == {"it": {"completeness": {"complete": False, "truncatedBy": limits}}}


WAYS = (
    pytest.param(DATA[0], DATA[3], 3, DATA[1:], {}, id="within"),
    pytest.param(DATA[1], DATA[3], 2, DATA[2:], {}, id="found, whatever lies beyond"),
    pytest.param(
        DATA[0], DATA[3], 2, None, {"truncatedBy": ["HOPS"], "frontier": _ids(DATA[1])}, id="too far to be seen"
    ),
    pytest.param(
        DATA[3], VERSIONS[0], 1, None, {"truncatedBy": ["HOPS"], "frontier": _ids(RUNS[0])}, id="more lies beyond"
    ),
    pytest.param(DATA[3], VERSIONS[0], 2, None, {}, id="none"),
    pytest.param(DATASET, VERSIONS[2], None, [RUNS[2], VERSIONS[2]], {}, id="from the nearest version"),
    pytest.param(DATA[2], DATASET, 1, [], {}, id="one of those that are meant"),
    pytest.param(DATA[0], CHILD, None, None, {"unknownAncestry": 1}, id="unknown above the end"),
    pytest.param(ORPHAN, CHILD, None, [CHILD], {"unknownAncestry": 1}, id="found, and unknown"),
)


@pytest.mark.parametrize(("start", "end", "hops", "way", "reasons"), WAYS)
async def test_a_way_says_what_it_lacks(
    asking: Asking, start: Thing, end: Thing, hops: int | None, way: list[Thing] | None, reasons: dict[str, Any]
) -> None:
    query = f"""query Q($from: NodeRef!, $to: NodeRef!, $hops: Int) {{
      path(from: $from, to: $to, maxHops: $hops) {{ steps {{ to {{ id }} }} completeness {{ ...C }} }}
    }} {COMPLETE}"""
    found = (await asking(query, **{"from": ref(start)}, to=ref(end), hops=hops))["path"]
    assert found["steps"] == (None if way is None else [{"to": each} for each in _ids(*way)])
    assert found["completeness"] == {**WHOLE, **reasons, "complete": not reasons}
    assert len(asking.statements) == 2 + ("frontier" in reasons)


async def test_a_source_that_is_late_is_named_until_its_next_complete_load(asking: Asking) -> None:
    long_ago, now = Registry(asking.graph, Clock()), Registry(asking.graph, time.time)
    await register(long_ago, "late", expectedEvery=60, load="1", complete=True, nodes=[run(1)])
    await register(long_ago, "begun", expectedEvery=60, load="1", nodes=[run(2)])
    await register(long_ago, "calm", load="1", complete=True, nodes=[run(3)])
    await register(now, "early", expectedEvery=3600, load="1", complete=True, nodes=[run(4)])
    query = f"""query Q($it: NodeRef!) {{
      impact(of: [$it]) {{ completeness {{ ...C }} }}
      lineage(start: [$it], direction: UPSTREAM) {{ completeness {{ ...C }} }}
      path(from: $it, to: $it) {{ completeness {{ ...C }} }}
    }} {COMPLETE}"""

    async def stale() -> list[str]:
        answers = (await asking(query, it=START)).values()
        (names,) = {tuple(each["name"] for each in answer["completeness"]["staleSources"]) for answer in answers}
        for answer in answers:
            rest = {"complete": not names, "staleSources": [{"name": name} for name in names]}
            assert answer["completeness"] == {**WHOLE, **rest}
        return list(names)

    assert await stale() == ["begun", "late"]
    await register(now, "late", expectedEvery=60, load="2", nodes=[run(1)])
    assert await stale() == ["begun", "late"]
    await register(now, "late", expectedEvery=60, load="2", complete=True, nodes=[run(1)])
    assert await stale() == ["begun"]
    await register(now, "begun", expectedEvery=60, load="1", complete=True, nodes=[run(2)])
    assert await stale() == []


async def test_a_cursor_is_good_for_its_own_question_only(asking: Asking) -> None:
    query = "query Q($it: NodeRef!) { impact(of: [$it], first: 1) { pageInfo { endCursor } } }"
    of_impact = (await asking(query, it=START))["impact"]["pageInfo"]["endCursor"]
    of_list = cursors.encode(cursors.tag("Query.modelVersions", "KEY", {}), "n", VERSIONS[0].uid)
    for field, cursor in (
        ("impact(of: [$it], after: $after) { totalCount }", of_list),
        ("modelVersions(after: $after) { totalCount }", of_impact),
        ("impact(of: [$it, $it], after: $after) { totalCount }", of_impact),
        ("impact(of: [$it], stages: [], after: $after) { totalCount }", of_impact),
        ("impact(of: [$it], roles: [INPUT], after: $after) { totalCount }", of_impact),
        ("impact(of: [$it], maxHops: 3, after: $after) { totalCount }", of_impact),
    ):
        with pytest.raises(
            PedigreeError, match=r"belongs to another field, order, filter or time\..* `pageInfo`"
        ) as caught:
            await asking(
                f"query Q({'$it: NodeRef!, ' * ('$it' in field)}$after: String) {{ {field} }}", it=START, after=cursor
            )
        assert caught.value.code is ErrorCode.BAD_CURSOR
        assert asking.statements == []
    again = "query Q($it: NodeRef!, $after: String) { impact(of: [$it], first: 9, after: $after) { totalCount } }"
    assert await asking(again, it=START, after=of_impact) == {"impact": {"totalCount": 3}}
