"""A version belongs to its model or dataset as long as it lives, whatever is retracted, and no longer."""

import pytest

from app.graph.driver import Graph
from app.graph.migrations import migrate
from app.registry.service import Registry
from graph_schema.identity import to_id
from tests.engines.registered import SHA, data_key, register, rows, version

BASED = {
    "basedOn": {
        "modelVersion": {"namespace": "n", "name": "m", "version": "2"},
        "base": {"namespace": "n", "name": "m", "version": "1"},
    }
}
LIVE = "MATCH (v:ModelVersion) WHERE v.retractedAt IS NULL RETURN v.version ORDER BY v.version"
HOMES = "MATCH (v)-[:VERSION_OF]->(m) WHERE m.retractedAt IS NULL RETURN DISTINCT v.version ORDER BY v.version"
DATA = "MATCH (d:{}) WHERE d.retractedAt IS NULL RETURN d.name ORDER BY d.name"


@pytest.fixture
async def registry(graph: Graph) -> Registry:
    await migrate(graph)
    return Registry(graph)


async def test_named_by_id_by_another_source(registry: Registry, graph: Graph) -> None:
    said = await register(registry, "a", nodes=[version(1)], complete=True)
    about = {"id": to_id("ModelVersion", said.items[0].uid)}
    await register(registry, "b", nodes=[{"document": {"about": about, "digest": SHA, "kind": "MODEL_CARD"}}])
    await register(registry, "a", complete=True, maxRetractedShare=1.0)
    assert await rows(graph, LIVE) == await rows(graph, HOMES) == [["1"]]


async def test_named_in_another_scope(registry: Registry, graph: Graph) -> None:
    await register(registry, "a", nodes=[version(1)], scope="x", complete=True)
    await register(registry, "a", relationships=[BASED], scope="y", complete=True)
    await register(registry, "a", scope="y", complete=True, maxRetractedShare=1.0)
    assert await rows(graph, LIVE) == await rows(graph, HOMES) == [["1"]]


async def test_the_last_version_takes_an_undescribed_model_with_it(registry: Registry, graph: Graph) -> None:
    await register(registry, "a", relationships=[BASED], complete=True)
    assert await rows(graph, LIVE) == await rows(graph, HOMES) == [["1"], ["2"]]
    await register(registry, "a", complete=True, maxRetractedShare=1.0)
    assert await rows(graph, LIVE) == await rows(graph, HOMES) == []
    [[retired]] = await rows(graph, "MATCH ()-[r:VERSION_OF_RETRACTED]->() RETURN count(r)")
    assert retired == 2
    assert await rows(graph, "MATCH (m:Model) WHERE m.retractedAt IS NULL RETURN m.name") == []


async def test_data_that_an_evaluation_no_longer_names(registry: Registry, graph: Graph) -> None:
    evaluation = {"modelVersion": version(1)["modelVersion"], "name": "e", "evaluatedAt": 1_000_000}
    for name in ("before", "after"):
        data = {**data_key(1), "name": name}
        await register(registry, "a", nodes=[{"evaluation": {**evaluation, "data": data}}])
    for label in ("DatasetVersion", "Dataset"):
        assert await rows(graph, DATA.format(label)) == [["after"]]
