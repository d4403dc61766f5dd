"""What a load names stays, also where what it says of it is refused: one bad value loses no lineage."""

from typing import Any

import pytest

from app.graph.driver import Graph
from app.graph.migrations import migrate
from app.registry.service import RegisterResult, Registry
from tests.engines.registered import SHA, Item, codes, data_key, register, rows, run, used, version

KEY = {"namespace": "n", "name": "m", "version": "1"}
WHEN = "2026-01-01T00:00:00Z"


@pytest.fixture
async def registry(graph: Graph) -> Registry:
    await migrate(graph)
    return Registry(graph)


def evaluation(**fields: object) -> Item:
    return {"evaluation": {"modelVersion": KEY, "name": "e", "evaluatedAt": 1, "data": data_key(1), **fields}}


def document(about: Item) -> Item:
    return {"document": {"about": about, "digest": SHA, "kind": "MODEL_CARD"}}


async def ended(registry: Registry, load: str, nodes: list[Item], links: list[Item], **body: Any) -> RegisterResult:
    share: Item = {"load": load, "complete": True, "maxRetractedShare": 1.0}
    return await register(registry, nodes=nodes, relationships=links, **share, **body)


async def shown(graph: Graph) -> list[list[object]]:
    """What lives: the nodes, with whether somebody describes them, and the relationships."""
    return [
        *await rows(graph, "MATCH (n) WHERE n.retractedAt IS NULL AND n.undescribed IS NOT NULL "
        "RETURN labels(n)[0] AS label, n.uid AS uid, n.undescribed ORDER BY label, uid"),
        *await rows(graph, "MATCH (n)-[r]->() WHERE n.undescribed IS NOT NULL AND NOT type(r) ENDS WITH '_RETRACTED' "
        "RETURN type(r) AS type, r.uid AS uid ORDER BY type, uid"),
    ]  # fmt: skip


@pytest.mark.parametrize("other", (False, True), ids=("one source", "two sources"))
async def test_what_is_refused_is_not_retracted(registry: Registry, graph: Graph, *, other: bool) -> None:
    said = [version(1, description="x"), version(2), run(1), evaluation(kind="BIAS")], [used(1, 1), used(2, 1)]
    await ended(registry, "1", *said)
    if other:
        await register(registry, "other", nodes=[version(1, framework="f"), run(1, status="ok")])
    before = await shown(graph)
    result = await ended(
        registry,
        "2",
        [version(1, description="\0"), version(2), run(1, startedAt=2**63), evaluation(kind="\0")],
        [used(1, 1, confidence=2), used(2, 1, method="VERIFIED")],
    )
    assert codes(result) == ["BAD_VALUE", None, "BAD_VALUE", "BAD_VALUE", "BAD_VALUE", "BAD_VALUE"]
    assert result.retracted == 0
    assert await shown(graph) == before


async def test_what_is_refused_in_an_earlier_batch_is_not_retracted(registry: Registry, graph: Graph) -> None:
    await ended(registry, "1", [version(1), version(2)], [used(1, 1)])
    before = await shown(graph)
    await register(registry, load="2", nodes=[version(1, uri="\0")], relationships=[used(1, 1, confidence=-1)])
    assert (await ended(registry, "2", [version(2)], [])).retracted == 0
    assert await shown(graph) == before


async def test_a_document_about_nothing_is_not_retracted(registry: Registry, graph: Graph) -> None:
    await ended(registry, "1", [document({"modelVersion": KEY})], [])
    before = await shown(graph)
    unknown = "TW9kZWw6" + "YWFh" * 21 + "YQ=="  # Model:aaaa…
    result = await ended(registry, "2", [document({"id": unknown})], [])
    assert (codes(result), result.retracted) == (["NOT_FOUND"], 0)
    assert await shown(graph) == before


async def test_what_a_contradiction_states_is_not_retracted(registry: Registry, graph: Graph) -> None:
    """A load with refused rows can be complete, so that none of them may cost what was known."""
    await ended(registry, "1", [document({"modelVersion": KEY})], [])
    before = await shown(graph)
    other = {"document": {**document({"dataset": {"namespace": "n", "name": "d"}})["document"], "title": "other"}}
    first = {"document": {**document({"dataset": {"namespace": "n", "name": "d"}})["document"], "title": "one"}}
    again = {"document": {**document({"modelVersion": KEY})["document"], "title": "two"}}
    result = await ended(registry, "2", [first, other, again], [])
    assert codes(result) == [None, "CONTRADICTION", "CONTRADICTION"]
    assert result.retracted == 0
    after = await shown(graph)
    assert [each for each in before if each not in after] == []


async def test_a_dry_run_says_the_same(registry: Registry) -> None:
    await ended(registry, "1", [version(1), version(2)], [used(1, 1)])
    links = [used(1, 1, confidence=-1)]
    await register(registry, load="2", dryRun=True, nodes=[version(1, uri="\0")], relationships=links)
    assert (await ended(registry, "2", [version(2)], [], dryRun=True)).retracted == 0
    assert (await ended(registry, "3", [version(2)], [], dryRun=True)).retracted == 2


async def test_a_refused_item_makes_nothing(registry: Registry, graph: Graph) -> None:
    links = [used(1, 1, confidence=-1)]
    await register(registry, load="1", nodes=[version(1, uri="\0")], relationships=links)
    assert await rows(graph, "MATCH (n:ModelVersion|Run|DatasetVersion) RETURN n.uid") == []
