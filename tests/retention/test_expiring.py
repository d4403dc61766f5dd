"""Plans that nobody approves lose their items after a time; what was approved stays on record."""

import asyncio
from typing import Any

import pytest

from app.retention import expiring, purging
from app.retention.expiring import expire
from tests.artifacts.world import World
from tests.retention.asking import DAY, apply, approve, give, items_of, key_of, killed_everywhere, plan

ALL = {"stages": ["DEVELOPMENT"]}
_LEFT = "MATCH (i:RetentionItem) RETURN i.plan AS plan, count(i) ORDER BY plan"
_SHOWN = (
    "query ($id: ID!) { retentionPlan(id: $id) { state digest versionCount items { totalCount edges { cursor } } } }"
)


async def _filled(world: World) -> dict[str, Any]:
    for number in range(5):
        await give(world, key_of("m", number), {"f": (f"c{number}", 10)})
    return await plan(world, ALL, keepNewest=0)


async def test_what_nobody_approved_expires_and_nothing_else(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(expiring, "_ITEMS", 2)
    waiting, approved = await _filled(world), await plan(world, ALL, keepNewest=3)
    await approve(world, approved)
    world.ahead = 80 * DAY
    young = await plan(world, ALL, keepNewest=4)
    assert await expire(world.graph, world.retention.now) == 0
    world.ahead = 91 * DAY
    await expiring._expire(world.graph, await expiring._due(world.graph, world.retention.now()), world.retention.now())
    shown = (await world.ask(_SHOWN, id=waiting["id"]))["retentionPlan"]
    none = {"totalCount": 0, "edges": []}
    assert shown == {"state": "EXPIRED", "digest": waiting["digest"], "versionCount": 5, "items": none}
    assert sorted(count for _, count in await world.graph.read(_LEFT)) == [1, 2, 5], "they are still to go"
    assert await expire(world.graph, world.retention.now) == 1
    assert await expire(world.graph, world.retention.now) == 0
    assert sorted(count for _, count in await world.graph.read(_LEFT)) == [1, 2]
    for refused in (await approve(world, waiting), await apply(world, waiting)):
        assert "EXPIRED" in refused["message"]
    assert (await approve(world, young))["state"] == "APPROVED"
    assert len(items_of(young)) == 1


async def test_items_of_a_plan_that_was_not_made_to_its_end_go_too(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Deleted by services of which each is killed a statement later than the one before."""
    monkeypatch.setattr(expiring, "_ITEMS", 2)
    await _filled(world)
    await world.graph.execute("MATCH (p:RetentionPlan) SET p.state = 'PLANNING', p.versions = null, p.digest = null")
    world.ahead = 91 * DAY
    times = [number async for number in killed_everywhere(world, lambda: expire(world.graph, world.retention.now))]
    assert len(times) > 5
    assert await world.graph.read(_LEFT) == []
    assert await world.graph.read("MATCH (p:RetentionPlan) RETURN p.state, p.next") == [["EXPIRED", None]]


async def test_one_that_is_being_made_does_not_expire(world: World) -> None:
    await _filled(world)
    now = world.retention.now() + 91 * DAY * 1_000_000
    being_made = "MATCH (p:RetentionPlan) SET p.state = 'PLANNING', p.workerUntil = $until"
    await world.graph.execute(being_made, {"until": now + 1})
    assert await expire(world.graph, lambda: now) == 0
    assert await expire(world.graph, lambda: now + 2) == 1


async def test_one_that_is_approved_at_the_last_moment_does_not_expire(world: World) -> None:
    made = await _filled(world)
    world.ahead = 91 * DAY
    now = world.retention.now()
    due = await expiring._due(world.graph, now)
    await approve(world, made)
    await expiring._expire(world.graph, due, now)
    assert (await apply(world, made))["removed"] == 5


async def test_a_service_has_them_expire_now_and_then(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(purging, "_FIRST", 0.0)
    await _filled(world)
    await world.graph.execute("MATCH (p:RetentionPlan) SET p.plannedAt = 0")
    async with asyncio.timeout(60), purging.purging(world.graph, world.store):
        while await world.graph.read(_LEFT):  # noqa: ASYNC110 - what is waited for is in the graph
            await asyncio.sleep(0.05)
