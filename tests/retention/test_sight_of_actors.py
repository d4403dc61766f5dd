"""Who holds, lifts or hands over is seen where the version is; who plans or has files read again, nowhere by that."""

from typing import Any

from app.access.service import SERVICE, Caller
from tests.artifacts.test_watching import verify
from tests.artifacts.world import World, caller
from tests.engines.registered import one, rows
from tests.retention.asking import approve, give, hold, key_of, plan

ALL = Caller("people", "all")
SOME = caller("some", "churn", "fraud")
RULE = {"stages": ["DEVELOPMENT"]}


async def namespaces_of(world: World, actor: Caller) -> list[str]:
    found: dict[str, Any] = await one(world.graph, "Actor", uid=actor.uid)
    return found["namespaces"]


async def test_who_holds_and_lifts_is_seen_where_the_version_is(world: World) -> None:
    for namespace in ("churn", "fraud"):
        key = key_of("m", 1, namespace)
        await give(world, key, {"f": ("c", 1)})
        await hold(world, "case", SOME if namespace == "churn" else ALL, modelVersion=key)
        await hold(world, "case", ALL if namespace == "churn" else SOME, lift=True, modelVersion=key)
        if namespace == "churn":
            assert await namespaces_of(world, SOME) == await namespaces_of(world, ALL) == ["churn"]
    assert await namespaces_of(world, SOME) == await namespaces_of(world, ALL) == ["churn", "fraud"]


async def test_who_plans_and_approves_is_seen_nowhere_by_that(world: World) -> None:
    await give(world, key_of("m", 1, "fraud"), {"f": ("c", 1)})
    made = await plan(world, RULE, by=ALL)
    await approve(world, made, by=SOME)
    assert await namespaces_of(world, ALL) == []
    await hold(world, "case", ALL, modelVersion=key_of("m", 1, "fraud"))
    await plan(world, RULE, by=ALL)
    assert await namespaces_of(world, ALL) == ["fraud"]


async def test_who_hands_over_is_seen_where_the_version_is_and_so_is_the_service_that_reads_again(world: World) -> None:
    await world.push(key=key_of("m", 1, "fraud"), by=SOME)
    assert await namespaces_of(world, SOME) == ["fraud"]
    assert (await verify(world, ALL))["checked"]
    assert await namespaces_of(world, SERVICE) == ["fraud"]
    assert not await rows(world.graph, "MATCH (a:Actor {subject: 'all'}) RETURN a.uid"), "it said nothing"
    await world.graph.execute("MATCH (a:Actor) SET a.lock = 'untouched'")
    await world.push({"more": b"more"}, key=key_of("m", 2, "fraud"), by=SOME)
    assert (await one(world.graph, "Actor", uid=SOME.uid))["lock"] == "untouched"
