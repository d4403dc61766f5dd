"""Migrations: a graph is brought to the declared schema once, and never backwards."""

import asyncio
from dataclasses import replace

import pytest

from app.errors import ErrorCode
from app.graph.driver import Graph
from app.graph.engines.schema import Index, UniqueUid
from app.graph.migrations import SchemaTooNew, migrate, schema_version
from graph_schema.relationships import SCHEMA

LONG = 600_000_000
"""A lease that does not end on a machine that is busy: in microseconds."""

NEXT = replace(SCHEMA, version=SCHEMA.version + 1)


async def test_an_empty_graph_is_brought_to_the_declared_version(graph: Graph) -> None:
    assert await schema_version(graph) == 0
    assert await migrate(graph)
    assert await schema_version(graph) == SCHEMA.version
    made = await graph.existing_schema()
    assert {UniqueUid("ModelVersion"), UniqueUid("Statement"), Index("ModelVersion", "sortKey")} <= made


async def test_a_second_time_does_nothing(graph: Graph) -> None:
    await migrate(graph)
    sent: list[str] = []
    stop = graph.on_statement(lambda text, _: sent.append(text))
    try:
        assert not await migrate(graph)
    finally:
        stop()
    assert len(sent) == 1


async def test_services_that_start_at_once_do_it_once(graph: Graph, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.graph.migrations._LEASE", LONG)
    done: list[str] = []

    async def step(_: Graph) -> None:
        done.append("step")
        await asyncio.sleep(0.2)

    answers = await asyncio.gather(*(migrate(graph, steps={1: step}) for _ in range(4)))
    assert sorted(answers) == [False, False, False, True]
    assert done == ["step"]


async def test_an_older_graph_is_upgraded(graph: Graph) -> None:
    await migrate(graph)
    done: list[int] = []

    async def step(_: Graph) -> None:
        done.append(NEXT.version)

    assert await migrate(graph, NEXT, {NEXT.version: step})
    assert done == [NEXT.version]
    assert await schema_version(graph) == NEXT.version


async def test_a_newer_graph_is_refused_with_both_versions_and_the_remedy(graph: Graph) -> None:
    await migrate(graph, NEXT)
    with pytest.raises(SchemaTooNew, match=rf"version {NEXT.version} .* version {SCHEMA.version}\. Start") as refused:
        await migrate(graph)
    assert refused.value.code is ErrorCode.SCHEMA_TOO_NEW
    if graph.engine.kind == "arcadedb":  # of which nobody knows the address
        assert "The graph in /" in refused.value.message
        assert "bolt:" not in refused.value.message


async def test_a_step_that_fails_is_begun_anew(graph: Graph) -> None:
    async def fails(_: Graph) -> None:
        raise RuntimeError("as if the service were killed")

    with pytest.raises(RuntimeError):
        await migrate(graph, steps={1: fails})
    assert await schema_version(graph) == 0
    assert await migrate(graph)
