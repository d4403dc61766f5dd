"""What is or ever was in production, deployed, or the ancestor of such, keeps its files whatever is said afterwards."""

from typing import Any

import pytest

from app.access.service import LOCAL, Caller, HeldToken
from tests.artifacts.world import World
from tests.engines.registered import rows
from tests.retention.asking import PLANNER, approve, give, key_of, plan

EVERYTHING = {"stages": ["DEVELOPMENT", "STAGING", "PRODUCTION", "RETIRED", "ARCHIVED"]}
DAY = 24 * 60 * 60 * 1_000_000


async def say(world: World, source: str, *nodes: dict[str, Any], links: Any = (), **others: Any) -> None:
    body = {"source": source, "nodes": list(nodes), "relationships": list(links), **others}
    result = await world.registry.register(body, LOCAL)
    assert [item.error for item in result.items if item.error] == []


async def reasons(world: World) -> dict[str, int]:
    made = await plan(world, EVERYTHING, keepNewest=0)
    return {each["reason"]: each["versions"] for each in made["kept"]} | {"": made["versionCount"]}


@pytest.mark.parametrize("source", ("a", "b"))
async def test_production_is_not_erased_by_a_later_claim_of_the_same_time(world: World, source: str) -> None:
    await give(world, key_of("m", 1), {"f": ("c", 1)})
    now = world.retention.now()
    world.clock.seconds = now / 1_000_000
    for by, stage in (("a", "PRODUCTION"), (source, "RETIRED")):
        claim = {**key_of("m", 1), "claimedStage": stage, "claimedStageSince": now - 10 * DAY}
        await say(world, by, {"modelVersion": claim})
    [[stages]] = await rows(world.graph, "MATCH (v:ModelVersion) RETURN v.stages")
    assert stages == ["RETIRED"], "so that there is something to be protected from"
    assert await reasons(world) == {"PRODUCTION": 1, "": 0}


async def test_a_deployment_that_is_told_of_no_more_still_was_one(world: World) -> None:
    await give(world, key_of("m", 1), {"f": ("c", 1)})
    world.clock.seconds = world.later()
    endpoint = {"environment": "p", "name": "e"}
    served = {"deployment": {"endpoint": endpoint, "modelVersion": key_of("m", 1), "startedAt": 1, "endedAt": 2}}
    complete = {"complete": True, "scope": "p", "maxRetractedShare": 1.0}
    await say(world, "scanner", served, **complete)
    assert await reasons(world) == {"SERVED": 1, "": 0}
    await say(world, "scanner", {"endpoint": {"environment": "p", "name": "another"}}, **complete)
    assert await reasons(world) == {"SERVED": 1, "": 0}


async def test_an_ancestor_is_protected_however_far_it_is(world: World) -> None:
    length = 130
    for number in (0, 1, length):
        await give(world, key_of("m", number), {"f": (f"c{number}", 1)})
    links = [
        {"basedOn": {"modelVersion": key_of("m", number + 1), "base": key_of("m", number)}} for number in range(length)
    ]
    await say(world, "s", {"modelVersion": {**key_of("m", length), "claimedStage": "PRODUCTION"}}, links=links)
    assert await reasons(world) == {"PRODUCTION": 1, "ANCESTOR": 2, "": 0}


async def test_nobody_approves_by_a_token_that_the_planner_made(world: World) -> None:
    await give(world, key_of("m", 1), {"f": ("c", 1)})
    made = await plan(world, EVERYTHING, keepNewest=0)
    for uid, maker, code in (("t1", PLANNER.uid, "FORBIDDEN"), ("t2", "another", None)):
        properties = {"uid": uid, "maker": maker}
        await world.graph.execute("CREATE (t:ApiToken {uid: $uid}) SET t.createdBy = $maker", properties)
        approver = Caller("people", "approver", token=HeldToken("robot", 0, uid))
        assert (await approve(world, made, approver)).get("code") == code
