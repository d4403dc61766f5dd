"""Registering again, at once, and much: the same request is carried out once, and no writer harms another."""

import asyncio
import json
import random
from collections import Counter
from typing import Any

import pytest

from app.access.service import LOCAL
from app.errors import ErrorCode
from app.graph.driver import Graph
from app.graph.migrations import migrate
from app.registry.request import RegistrationRefused
from app.registry.service import Registry
from tests.engines.registered import Clock, made, register, rows, run, statuses, used, version


@pytest.fixture
async def registry(graph: Graph) -> Registry:
    await migrate(graph)
    return Registry(graph, Clock())


async def test_an_idempotency_key_gives_the_same_result(registry: Registry, graph: Graph) -> None:
    body: dict[str, Any] = {"idempotencyKey": "k", "nodes": [run(1), run("")], "relationships": [used(1, 1)]}
    first = await register(registry, **body)
    again = await register(registry, **body)
    assert again == first
    assert statuses(again) == ["CREATED", "REJECTED", "CREATED"]
    with pytest.raises(RegistrationRefused) as refused:
        await register(registry, **{**body, "nodes": [run(2)]})
    assert refused.value.code is ErrorCode.IDEMPOTENCY_CONFLICT
    assert await rows(graph, "MATCH (n:Run {runId: '2'}) RETURN n") == []
    kept = await rows(graph, "MATCH (k:IdempotencyKey {key: 'k'}) RETURN k.caller, k.expiresAt")
    assert kept[0][0] == LOCAL.uid


async def test_the_same_request_at_once_is_carried_out_once(registry: Registry) -> None:
    body: dict[str, Any] = {"idempotencyKey": "k", "nodes": [run(number) for number in range(20)]}
    results = await asyncio.gather(*(register(registry, **body) for _ in range(8)))
    assert {tuple(statuses(result)) for result in results} == {("CREATED",) * 20}


async def test_what_has_expired_is_forgotten(registry: Registry, graph: Graph) -> None:
    await register(registry, idempotencyKey="k", nodes=[run(1)])
    clock = Clock()
    clock.seconds += 8 * 24 * 60 * 60
    later = Registry(graph, clock)
    assert statuses(await register(later, nodes=[run(1)])) == ["UNCHANGED"]
    assert await rows(graph, "MATCH (k:IdempotencyKey {key: 'k'}) RETURN k") == []


async def test_too_many_items_are_refused(registry: Registry) -> None:
    with pytest.raises(RegistrationRefused) as refused:
        await register(registry, nodes=[run(number) for number in range(501)])
    assert refused.value.code is ErrorCode.TOO_MANY_ITEMS


async def test_large_values_are_split_over_statements(registry: Registry, graph: Graph) -> None:
    sent: list[str] = []
    stop = graph.on_statement(lambda text, _: sent.append(text))
    result = await register(registry, nodes=[run(number, parameters={"a": "ä" * 900_000}) for number in range(4)])
    stop()
    assert statuses(result) == ["CREATED"] * 4
    assert sum("MERGE (n:Run" in text for text in sent) == 4


async def test_one_statement_for_each_label_and_each_type(registry: Registry, graph: Graph) -> None:
    await register(registry, nodes=[run(0)], relationships=[used(0, 0)])  # of what it speaks is told then
    sent: list[str] = []
    stop = graph.on_statement(lambda text, _: sent.append(text))
    await register(
        registry,
        nodes=[run(number) for number in range(50)],
        relationships=[used(number, number % 5) for number in range(50)],
    )
    stop()
    assert len(sent) == 1 + 3 + 2 + 1  # who speaks; Dataset, DatasetVersion, Run; two types; the key


async def test_sixteen_writers_make_no_twin_and_lose_nothing(registry: Registry, graph: Graph) -> None:
    chance = random.Random(1)
    items = [run(number) for number in range(40)]
    items += [version(number % 8, name=f"m{number % 5}") for number in range(40)]
    links = [used(number % 40, number % 7) for number in range(60)]
    links += [made(number % 40, number % 8, name=f"m{number % 5}") for number in range(60)]
    created: Counter[str] = Counter()

    async def write(number: int) -> None:
        for step in range(3):
            nodes, relationships = chance.sample(items, 30), chance.sample(links, 40)
            nodes.append(run(100 + number, name=str(step)))
            result = await register(registry, nodes=nodes, relationships=relationships)
            assert "REJECTED" not in statuses(result)
            for item, status in zip([*nodes, *relationships], statuses(result), strict=True):
                created[json.dumps(item["run"]["runId"] if item.get("run", {}).get("name") else item)] += (
                    status == "CREATED"
                )

    await asyncio.gather(*(write(number) for number in range(16)))
    assert set(created.values()) == {1}
    twins = "MATCH (n) WHERE n.uid IS NOT NULL WITH labels(n) AS l, n.uid AS u, count(*) AS c WHERE c > 1 RETURN l, u"
    assert await rows(graph, twins) == []
    twins = (
        "MATCH ()-[r]->() WHERE r.uid IS NOT NULL WITH type(r) AS t, r.uid AS u, count(*) AS c WHERE c > 1 RETURN t, u"
    )
    assert await rows(graph, twins) == []
    [[links_there]] = await rows(graph, "MATCH ()-[r:TRAINED_ON|GENERATED_BY]->() RETURN count(r)")
    assert links_there == sum(1 for item in created if "used" in item or "produced" in item)
    names = await rows(graph, "MATCH (n:Run) WHERE n.name IS NOT NULL RETURN n.runId, n.name")
    assert sorted(names) == sorted([str(100 + number), "2"] for number in range(16))
