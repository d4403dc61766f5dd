"""Loads that end and loads that fail: what a source no longer says is retracted, and nothing else."""

import asyncio
from typing import Any

import pytest

from app.errors import ErrorCode
from app.graph.driver import Graph
from app.graph.migrations import migrate
from app.registry.request import RegistrationRefused
from app.registry.service import RegisterResult, Registry
from tests.engines.registered import Clock, Item, made, one, register, rows, run, statuses, used, version

DAY = 24 * 60 * 60


@pytest.fixture
async def clock() -> Clock:
    return Clock()


@pytest.fixture
async def registry(graph: Graph, clock: Clock) -> Registry:
    await migrate(graph)
    return Registry(graph, clock)


async def ended(registry: Registry, load: str, *nodes: Item, source: str = "s", **body: Any) -> RegisterResult:
    """A complete load of these nodes that may retract everything."""
    return await register(registry, source, load=load, complete=True, nodes=nodes, **{"maxRetractedShare": 1.0, **body})


async def live(graph: Graph, label: str = "Run", name: str = "runId") -> list[str]:
    found = await rows(graph, f"MATCH (n:{label}) WHERE n.retractedAt IS NULL RETURN n.{name} ORDER BY n.{name}")
    return [value for (value,) in found]


async def test_a_complete_load_retracts_what_is_no_longer_said(registry: Registry, graph: Graph) -> None:
    assert (await ended(registry, "1", run(1), run(2), run(3))).retracted == 0
    result = await ended(registry, "2", run(1), run(3))
    assert (result.retracted, statuses(result)) == (1, ["UNCHANGED", "UNCHANGED"])
    assert await live(graph) == ["1", "3"]
    gone = await one(graph, "Run", runId="2")
    assert gone["retractedBy"]
    assert gone["retractedAt"] > gone["recordedAt"]
    source = await one(graph, "Source", name="s")
    assert source["lastCompleteLoadAt"] == gone["retractedAt"]


async def test_the_batches_of_a_load_belong_together(registry: Registry, graph: Graph) -> None:
    await ended(registry, "1", *(run(number) for number in range(6)))
    await asyncio.gather(*(register(registry, load="2", nodes=[run(number)]) for number in range(4)))
    assert (await ended(registry, "2", run(4))).retracted == 1
    assert await live(graph) == ["0", "1", "2", "3", "4"]


async def test_a_load_that_fails_retracts_nothing(registry: Registry, graph: Graph) -> None:
    await ended(registry, "1", run(1), run(2))
    await register(registry, load="2", nodes=[run(1)])
    assert await live(graph) == ["1", "2"]
    assert "lastCompleteLoadAt" in await one(graph, "Source", name="s")
    assert (await ended(registry, "3", run(2))).retracted == 1
    assert await live(graph) == ["2"]


async def test_a_source_and_a_scope_keep_to_themselves(registry: Registry, graph: Graph) -> None:
    await ended(registry, "1", run(1))
    await ended(registry, "1", run(2), scope="x")
    await ended(registry, "1", run(3), source="other")
    assert (await ended(registry, "2")).retracted == 1
    assert await live(graph) == ["2", "3"]


async def test_what_another_scope_says_too_stays(registry: Registry, graph: Graph) -> None:
    shared = [used(1, 1), made(1, 1)]
    for scope in ("x", "y"):
        await ended(registry, "1", run(1, name="n"), run(2), relationships=shared, scope=scope)
    await ended(registry, "1", run(1), source="other")
    described = "MATCH (n:Run {runId: '1'}) RETURN n.undescribed, n.name"
    links = "MATCH (:Run)-[r:TRAINED_ON]->() RETURN count(r) UNION ALL MATCH ()-[r:GENERATED_BY]->() RETURN count(r)"
    assert (await ended(registry, "2", scope="x", dryRun=True)).retracted == 0
    assert (await ended(registry, "2", scope="x")).retracted == 0
    assert await rows(graph, described) == [[False, "n"]]
    assert (await rows(graph, links), await live(graph)) == ([[1], [1]], ["1", "2"])
    assert (await ended(registry, "2", run(2), scope="y", dryRun=True)).retracted == 3
    assert (await ended(registry, "2", run(2), scope="y")).retracted == 3
    assert (await rows(graph, links), await live(graph)) == ([[0], [0]], ["1", "2"])
    assert await rows(graph, described) == [[False, None]], "the other source describes it still"
    assert (await ended(registry, "3", scope="y")).retracted == 1
    assert await live(graph) == ["1"]


async def test_of_many_loads_at_once_each_keeps_what_it_named(registry: Registry, graph: Graph) -> None:
    await register(registry, load="0", nodes=[run(1), version(1)], relationships=[used(1, 1)])
    await register(registry, "t", nodes=[version(1)])  # so that its words are kept as Statements
    for number in range(1, 6):
        await register(registry, load=str(number), nodes=[run(1), version(1)], relationships=[used(1, 1)])
    assert (await ended(registry, "0")).retracted == 0
    assert await live(graph) == ["1"]
    for number in range(1, 6):
        assert (await ended(registry, str(number))).retracted == 0


async def test_marks_of_loads_that_ended_go(registry: Registry, graph: Graph, clock: Clock) -> None:
    for number in range(5):
        await ended(registry, str(number), run(1), version(1), relationships=[used(1, 1)])
        clock.seconds += 2 * 60 * 60
    for statement in ("MATCH (n:Run) RETURN n.loads", "MATCH ()-[r:TRAINED_ON]->() RETURN r.loads"):
        [[marks]] = await rows(graph, statement)
        assert len(marks) == 1


async def test_loads_that_overlap_do_not_undo_each_other(registry: Registry, graph: Graph) -> None:
    await register(registry, load="1", nodes=[run(1), run(2)])
    await register(registry, load="2", nodes=[run(1), run(2)])
    await ended(registry, "1")
    assert await live(graph) == ["1", "2"]


async def test_what_a_later_load_has_named_stays(registry: Registry, graph: Graph) -> None:
    known = [run(1), run(2)]
    links = [used(2, 2)]
    await ended(registry, "0", *known, relationships=links)
    await register(registry, "t", nodes=[run(2)])
    await register(registry, load="earlier", nodes=[run(1)])
    await register(registry, load="later", nodes=[*known, run(3)], relationships=[*links, used(3, 3)])
    assert (await ended(registry, "earlier")).retracted == 0
    assert await live(graph) == ["1", "2", "3"]
    assert (await ended(registry, "later")).retracted == 0
    assert await rows(graph, "MATCH (:Run)-[r:TRAINED_ON]->() RETURN count(r)") == [[2]]
    # A run, what s says of another one, two relationships.
    assert (await ended(registry, "last", run(1))).retracted == 4
    assert await live(graph) == ["1", "2"]


async def test_what_an_earlier_load_alone_has_named_goes(registry: Registry, graph: Graph) -> None:
    await ended(registry, "0", run(1), run(2))
    await register(registry, load="earlier", nodes=[run(1), run(2)])
    assert (await ended(registry, "later", run(1))).retracted == 1
    assert await live(graph) == ["1"]
    assert (await ended(registry, "earlier")).retracted == 0


async def test_what_is_first_said_while_a_load_goes_on_stays(registry: Registry, graph: Graph) -> None:
    await register(registry, load="1", nodes=[run(1)])
    await register(registry, nodes=[run(2)], relationships=[used(2, 2)])
    tried = await ended(registry, "2", run(1), dryRun=True)
    assert tried.retracted == 2
    assert (await ended(registry, "1")).retracted == 0
    assert await live(graph) == ["1", "2"]
    assert (await ended(registry, "2", run(1))).retracted == 2
    assert await live(graph) == ["1"]


async def test_what_is_registered_outside_of_a_load_does_not_hide_that_the_load_named_it(
    registry: Registry, graph: Graph
) -> None:
    await register(registry, load="1", nodes=[run(1)])
    await register(registry, nodes=[run(1, name="x")])
    await ended(registry, "1")
    assert await live(graph) == ["1"]


async def test_a_name_used_again_is_another_load(registry: Registry, graph: Graph) -> None:
    await ended(registry, "nightly", run(1), run(2))
    assert (await ended(registry, "nightly", run(1))).retracted == 1
    assert await live(graph) == ["1"]


async def test_the_batch_that_ended_a_load_may_come_again(registry: Registry, graph: Graph) -> None:
    await register(registry, load="1", nodes=[run(1)])
    await ended(registry, "1", run(2))
    again = await ended(registry, "1", run(2))
    assert (again.retracted, statuses(again)) == (0, ["UNCHANGED"])
    assert await live(graph) == ["1", "2"]


@pytest.mark.parametrize(("days", "left"), ((29, ["1", "2"]), (31, ["2"])))
async def test_a_load_can_be_gone_on_with_for_thirty_days(
    registry: Registry, graph: Graph, clock: Clock, days: int, left: list[str]
) -> None:
    await register(registry, load="1", nodes=[run(1)])
    clock.seconds += days * DAY
    assert (await ended(registry, "1", run(2))).retracted == 2 - len(left)
    assert await live(graph) == left


async def test_a_complete_batch_needs_no_name(registry: Registry, graph: Graph) -> None:
    await register(registry, nodes=[run(1)])
    result = await register(registry, complete=True, maxRetractedShare=1.0, nodes=[run(2)])
    assert result.retracted == 1
    assert await live(graph) == ["2"]


async def test_too_large_a_share_stops_and_changes_nothing(registry: Registry, graph: Graph) -> None:
    await ended(registry, "1", *(run(number) for number in range(10)))
    with pytest.raises(RegistrationRefused, match="2 of the 11 facts") as refused:
        await register(registry, load="2", complete=True, nodes=[*(run(number) for number in range(8)), run(99)])
    assert refused.value.code is ErrorCode.RETRACTION_TOO_LARGE
    assert len(await live(graph)) == 10
    result = await ended(registry, "2", *(run(number) for number in range(8)), maxRetractedShare=0.2)
    assert result.retracted == 2


async def test_relationships_are_retracted_and_what_only_they_named_goes(registry: Registry, graph: Graph) -> None:
    await register(registry, load="1", nodes=[run(1)], relationships=[used(1, 1), used(1, 2), made(1, 1)])
    result = await ended(registry, "2", run(1), relationships=[used(1, 1)])
    assert result.retracted == 2
    assert await live(graph, "DatasetVersion", "version") == ["1"]
    assert await live(graph, "ModelVersion", "version") == await live(graph, "Model", "name") == []
    kept = await rows(graph, "MATCH ()-[r:TRAINED_ON_RETRACTED]->(d) RETURN d.version, r.retractedBy IS NOT NULL")
    assert kept == [["2", True]]


async def test_what_another_source_relates_to_stays_undescribed(registry: Registry, graph: Graph) -> None:
    await ended(registry, "1", run(1, name="x"))
    await register(registry, "other", relationships=[used(1, 1)])
    assert (await ended(registry, "2")).retracted == 1
    stored = await one(graph, "Run", runId="1")
    assert (stored["undescribed"], "name" in stored, "retractedAt" in stored) == (True, False, False)
    [[word]] = await rows(graph, "MATCH (s:Statement) WHERE s.retractedAt IS NOT NULL RETURN s.word")
    assert word == '{"name":"x"}'
    assert (await ended(registry, "1", source="other")).retracted == 1
    assert await live(graph) == await live(graph, "Dataset", "name") == []


async def test_a_thing_of_two_sources_loses_one_word(registry: Registry, graph: Graph) -> None:
    await ended(registry, "1", version(1, description="x", claimedStage="PRODUCTION"))
    await ended(registry, "1", version(1, description="y"), source="other")
    assert (await ended(registry, "2")).retracted == 1
    stored = await one(graph, "ModelVersion", version="1")
    assert (stored["description"], stored["stage"], stored["source"]) == ("y", "DEVELOPMENT", "other")
    assert (await ended(registry, "2", source="other")).retracted == 1
    assert await live(graph, "ModelVersion", "version") == []


async def test_what_was_retracted_and_is_said_again_is_new(registry: Registry, graph: Graph) -> None:
    await register(registry, load="1", nodes=[run(1, name="x", status="y")], relationships=[used(1, 1)])
    await ended(registry, "2")
    result = await register(registry, nodes=[run(1, name="z")], relationships=[used(1, 1)])
    assert statuses(result) == ["CREATED", "CREATED"]
    stored = await one(graph, "Run", runId="1")
    assert (stored["name"], "status" in stored, "retractedAt" in stored) == ("z", False, False)
    [[word, retracted]] = await rows(graph, "MATCH (s:Statement) RETURN s.word, s.retractedAt IS NOT NULL")
    assert (word, retracted) == ('{"name":"x","status":"y"}', True)


async def test_a_retracted_thing_named_by_a_relationship_comes_back_undescribed(
    registry: Registry, graph: Graph
) -> None:
    await ended(registry, "1", run(1, name="x"))
    await ended(registry, "2")
    await register(registry, "other", relationships=[used(1, 1)])
    stored = await one(graph, "Run", runId="1")
    assert (stored["undescribed"], "name" in stored, stored["source"]) == (True, False, "other")


async def test_more_than_a_page_is_retracted(registry: Registry, graph: Graph) -> None:
    for start in range(0, 4_500, 500):
        numbers = range(start, start + 250)
        links = [used(number, 1) for number in numbers]
        await register(registry, load="1", nodes=[run(number) for number in numbers], relationships=links)
    assert (await ended(registry, "2", run(0), relationships=[used(0, 1)])).retracted == 2 * 2_250 - 2
    assert await live(graph) == ["0"]
    assert await rows(graph, "MATCH ()-[r:TRAINED_ON]->() RETURN count(r)") == [[1]]
    assert await rows(graph, "MATCH ()-[r:TRAINED_ON_RETRACTED]->() RETURN count(r)") == [[2_249]]


async def test_a_dry_run_says_what_would_change_and_changes_nothing(registry: Registry, graph: Graph) -> None:
    await ended(registry, "1", run(1, name="x"), run(2), run(3))
    before = await rows(graph, "MATCH (n:Run) RETURN n.runId, n.name, n.recordedAt ORDER BY n.runId")
    body: dict[str, Any] = {"load": "2", "dryRun": True, "maxRetractedShare": 1.0}
    first = await register(registry, nodes=[run(1, name="y"), run(4)], relationships=[used(4, 1)], **body)
    assert statuses(first) == ["UPDATED", "CREATED", "CREATED"]
    second = await register(registry, nodes=[run(4), run(5), run(2)], relationships=[used(4, 1)], **body)
    assert statuses(second) == ["UNCHANGED", "CREATED", "UNCHANGED", "UNCHANGED"]
    last = await register(registry, complete=True, **body)
    assert last.retracted == 1
    assert await rows(graph, "MATCH (n:Run) RETURN n.runId, n.name, n.recordedAt ORDER BY n.runId") == before
    assert await rows(graph, "MATCH ()-[r:TRAINED_ON]->() RETURN r") == []
    [[complete]] = await rows(graph, "MATCH (s:Source {name: 's'}) RETURN s.lastCompleteLoadAt")
    assert complete < (before[0][2] + 3_000_000)


async def test_a_dry_run_stops_where_the_load_would(registry: Registry) -> None:
    await ended(registry, "1", *(run(number) for number in range(10)))
    body: dict[str, Any] = {"load": "2", "dryRun": True}
    await register(registry, nodes=[run(number) for number in range(8)], **body)
    await register(registry, nodes=[run(99)], **body)
    with pytest.raises(RegistrationRefused, match="2 of the 11 facts"):
        await register(registry, complete=True, **body)


async def test_a_dry_run_of_no_load_keeps_nothing(registry: Registry, graph: Graph) -> None:
    assert statuses(await register(registry, dryRun=True, nodes=[run(1)])) == ["CREATED"]
    assert await rows(graph, "MATCH (n) WHERE NOT n:SchemaVersion RETURN labels(n)") == []
