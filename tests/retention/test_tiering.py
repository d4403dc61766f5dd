"""Rules that move files to the colder store: decided like the others, done once, and given out as before."""

import pytest

from app.artifacts.failures import PlaceUnknown
from app.artifacts.moved import any_cold
from app.artifacts.opening import refuse_lost
from app.artifacts.sweeping import sweep
from app.artifacts.tiers import TieredStore
from app.retention.moving import Moved, move
from app.retention.purging import purge
from app.retention.service import Retention
from tests.artifacts.world import World
from tests.retention.asking import (
    APPROVER,
    DAY,
    apply,
    approve,
    done,
    hold,
    items_of,
    key_of,
    outcomes_of,
    plan,
)
from tests.retention.tiering import (
    DELETE,
    NEW,
    OLD,
    SHARED,
    TIER,
    cold_files,
    fetched,
    lying,
    seen,
    tiers_of,
    two_versions,
)


async def test_the_files_are_moved_and_given_out_as_before(tiered: World) -> None:
    await two_versions(tiered)
    made = await plan(tiered, TIER)
    assert (made["versionCount"], made["tierVersionCount"], made["freedBytes"]) == (1, 1, 0)
    assert made["bytes"] == made["tierBytes"] == len(SHARED + OLD)
    await approve(tiered, made)
    assert await lying(tiered) == ({SHARED, OLD, NEW}, set()), "a plan moves nothing"
    applied = await apply(tiered, made)
    assert (applied["state"], applied["tiered"], applied["removed"], applied["spared"]) == ("APPLIED", 1, 0, 0)
    assert outcomes_of(applied) == {"m/1": "TIERED"}
    assert await lying(tiered) == ({SHARED, NEW}, {OLD}), "what another version needs stays"
    version = await seen(tiered, 1)
    assert (version["filesTieredUnder"], version["filesRemovedAt"]) == ("tidy", None)
    assert version["filesTieredAt"] is not None
    assert await cold_files(tiered, 1) == {"old.bin"}
    assert {each["node"]["artifact"]["provenance"]["source"] for each in version["files"]["edges"]} == {"pedigree"}
    for data in (SHARED, OLD, NEW):
        assert await fetched(tiered, data) == data
    upload = await tiered.begin({"a.bin": SHARED, "old.bin": OLD, "empty": b""}, key_of("m", 1))
    assert await tiered.send(upload["id"], {}) == [], "nothing needs to be sent again"
    await sweep(tiered.graph, tiered.store, tiered.artifacts.now())
    assert await fetched(tiered, OLD) == OLD


async def test_it_is_done_once_and_another_rule_may_follow(tiered: World) -> None:
    await two_versions(tiered)
    await done(tiered, TIER)
    assert (await plan(tiered, TIER))["versionCount"] == 0
    both = await plan(tiered, TIER, DELETE)
    assert [each["node"]["rule"] for each in both["items"]["edges"]] == [1]
    assert (both["tierVersionCount"], both["freedBytes"]) == (0, len(OLD))
    await done(tiered, TIER, DELETE)
    assert await lying(tiered) == ({SHARED, NEW}, set())
    assert await cold_files(tiered, 1) == set()
    files = {"a.bin": SHARED, "old.bin": OLD, "empty": b""}
    await tiered.push(files, key_of("m", 1))
    assert await lying(tiered) == ({SHARED, OLD, NEW}, set())
    assert (await seen(tiered, 1))["filesTieredAt"] is None
    assert items_of(await plan(tiered, TIER)) == ["m/1"], "what came again may be moved again"


async def test_what_two_versions_share_is_moved_with_the_second(tiered: World) -> None:
    await two_versions(tiered)
    await done(tiered, TIER, keepNewest=0)
    assert await lying(tiered) == (set(), {SHARED, OLD, NEW})
    assert await cold_files(tiered, 2) == {"a.bin", "new.bin"}
    await tiered.push({"a.bin": SHARED}, key_of("m", 3))
    assert await fetched(tiered, SHARED) == SHARED, "a version that comes later has it where it lies"


@pytest.mark.parametrize("reason", ("HOLD", "PRODUCTION"))
async def test_what_is_protected_is_not_moved(tiered: World, reason: str) -> None:
    await two_versions(tiered)
    made = await plan(tiered, TIER)
    await approve(tiered, made)
    if reason == "HOLD":
        await hold(tiered, "case 7", modelVersion=key_of("m", 1))
    else:
        claim = {"modelVersion": {**key_of("m", 1), "claimedStage": "PRODUCTION"}}
        await tiered.registry.register({"source": "s", "nodes": [claim]}, APPROVER)
    assert outcomes_of(await apply(tiered, made)) == {"m/1": reason}
    assert await lying(tiered) == ({SHARED, OLD, NEW}, set())
    assert (await seen(tiered, 1))["filesTieredAt"] is None


async def test_without_a_colder_store_nothing_is_planned(world: World) -> None:
    refused = await plan(world, DELETE, TIER)
    assert (refused["code"], refused["path"]) == ("BAD_VALUE", "input.policy.rules[1].action")
    assert "PEDIGREE_ARTIFACTS_COLD_URL" in refused["message"]
    assert await move(world.graph, world.store, world.retention.now) == Moved()


async def test_a_store_that_was_taken_away_is_told_before_a_plan_is_carried_out(tiered: World) -> None:
    await two_versions(tiered)
    made = await plan(tiered, TIER)
    await approve(tiered, made)
    assert isinstance(tiered.store, TieredStore)
    tiered.retention = Retention(tiered.graph, tiered.store.hot, clock=tiered.later)
    refused = await apply(tiered, made)
    assert (refused["code"], refused["path"]) == ("BAD_VALUE", "input.id")
    assert (await seen(tiered, 1))["filesTieredAt"] is None


async def test_the_report_tells_what_lies_there_and_what_it_costs(tiered: World) -> None:
    await two_versions(tiered)
    await done(tiered, TIER)
    query = """query { storageReport(pricePerGibMonth: 107374182.4, coldPricePerGibMonth: 10737418.24) {
        bytes coldBytes monthlyCost forecast { monthlyCost } groups { name bytes coldBytes monthlyCost } } }"""
    report = (await tiered.ask(query))["storageReport"]
    whole = len(SHARED + OLD + NEW)
    cost = pytest.approx(len(SHARED + NEW) / 10 + len(OLD) / 100)
    assert (report["bytes"], report["coldBytes"], report["monthlyCost"]) == (whole, len(OLD), cost)
    assert report["groups"] == [{"name": "n/m", "bytes": whole, "coldBytes": len(OLD), "monthlyCost": cost}]
    assert report["forecast"][0]["monthlyCost"] == pytest.approx((2 * whole - 0.9 * len(OLD)) / 10)


async def test_days_of_grace_of_other_rules_go_on(tiered: World) -> None:
    await two_versions(tiered)
    await done(tiered, TIER, keepNewest=0)
    await done(tiered, {"stages": ["DEVELOPMENT"]})
    tiered.ahead = 31 * DAY
    await purge(tiered.graph, tiered.store, tiered.retention.now)
    assert await lying(tiered) == (set(), {SHARED, NEW})


async def test_it_is_known_that_something_lies_there(tiered: World) -> None:
    await two_versions(tiered)
    assert not await any_cold(tiered.graph)
    store = tiers_of(tiered)
    for lost in (store.hot, store):
        with pytest.raises(PlaceUnknown, match="PEDIGREE_ARTIFACTS_COLD_URL"):
            await refuse_lost(lost)
    await done(tiered, TIER)
    assert await any_cold(tiered.graph)
    await refuse_lost(store)
    await tiered.graph.execute("MATCH (a:Artifact) SET a.state = 'MISSING'")
    assert not await any_cold(tiered.graph), "what is lost is looked for by a service that runs"
