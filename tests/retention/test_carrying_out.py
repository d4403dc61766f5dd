"""A plan from its making to the last byte: who decides, what is spared, what can be restored, what is freed."""

import pytest

from app.artifacts.sweeping import sweep
from app.retention.purging import Purged, purge
from tests.artifacts.world import World, caller, digest_of
from tests.retention.asking import (
    APPROVER,
    DAY,
    PLANNER,
    apply,
    approve,
    done,
    hold,
    items_of,
    key_of,
    outcomes_of,
    plan,
    shown,
)

ALL = {"stages": ["DEVELOPMENT"]}
SHARED, OLD, NEW = b"shared", b"only in the old", b"only in the new"


async def two_versions(world: World) -> None:
    await world.push({"a.bin": SHARED, "old.bin": OLD}, key_of("m", 1))
    await world.push({"a.bin": SHARED, "new.bin": NEW}, key_of("m", 2))


async def test_the_files_go_and_then_their_bytes(world: World) -> None:
    await two_versions(world)
    made = await plan(world, ALL)
    assert (made["state"], made["versionCount"], made["bytes"]) == ("PLANNED", 1, len(SHARED + OLD))
    assert made["freedBytes"] == len(OLD), "what another version has is not freed"
    assert items_of(made) == ["m/1"]
    assert made["kept"] == [{"reason": "NEWEST", "versions": 1}]
    approved = await approve(world, made)
    assert (approved["state"], approved["digest"]) == ("APPROVED", made["digest"])
    applied = await apply(world, made)
    assert (applied["state"], applied["removed"], applied["spared"]) == ("APPLIED", 1, 0)
    assert outcomes_of(applied) == {"m/1": "REMOVED"}

    version = await shown(world, key_of("m", 1))
    assert version["filesRemovedUnder"] == "tidy"
    assert version["filesRemovedAt"] < version["filesPurgeAt"]
    assert version["filesPurgedAt"] is None
    assert version["files"]["totalCount"] == 2, "what it was made of stays on record"
    gone, kept = await world.downloads(digest_of(OLD), digest_of(SHARED))
    assert gone["error"]["code"] == "NOT_FOUND"
    assert (await world.http.get(kept["url"])).content == SHARED

    assert await purge(world.graph, world.store, world.retention.now) == Purged(), "its days of grace are not over"
    world.ahead = 31 * DAY
    assert await purge(world.graph, world.store, world.retention.now) == Purged(1, 0, 1, len(OLD))
    assert await purge(world.graph, world.store, world.retention.now) == Purged()
    assert {each.content.sha256 for each in await world.store.held()} == {
        digest_of(each).removeprefix("sha256:") for each in (SHARED, NEW)
    }
    [download] = await world.downloads(digest_of(OLD))
    assert (download["error"]["code"], "retention policy" in download["error"]["message"]) == ("ARTIFACT_MISSING", True)
    read = """mutation { verifyArtifacts(input: {notSince: "2100-01-01T00:00:00Z"}) {
        ... on VerifyArtifactsResult { checked { digest state } } } }"""
    checked = (await world.ask(read))["verifyArtifacts"]["checked"]
    assert {each["digest"] for each in checked} == {digest_of(SHARED), digest_of(NEW)}, "what was removed is not missed"
    version = await shown(world, key_of("m", 1))
    assert version["bytesFreed"] == len(OLD)
    assert version["filesPurgedAt"] is not None
    states = {each["node"]["path"]: each["node"]["artifact"]["state"] for each in version["files"]["edges"]}
    assert states == {"a.bin": "STORED", "old.bin": "REMOVED"}


async def test_what_went_can_be_handed_over_again(world: World) -> None:
    await two_versions(world)
    await done(world, {**ALL, "graceDays": 0})
    assert (await shown(world, key_of("m", 1)))["bytesFreed"] == len(OLD), "no grace: at once"
    upload = await world.begin({"a.bin": SHARED, "old.bin": OLD}, key_of("m", 1))
    assert await world.send(upload["id"], {"a.bin": SHARED, "old.bin": OLD}) == ["old.bin"]
    assert (await world.complete(upload["id"]))["state"] == "COMPLETE"
    version = await shown(world, key_of("m", 1))
    assert (version["filesRemovedAt"], version["filesPurgedAt"], version["bytesFreed"]) == (None, None, None)
    assert {each["node"]["artifact"]["state"] for each in version["files"]["edges"]} == {"STORED"}
    [download] = await world.downloads(digest_of(OLD))
    assert (await world.http.get(download["url"])).content == OLD
    await sweep(world.graph, world.store, world.artifacts.now())
    assert items_of(await plan(world, ALL)) == ["m/1"], "and a policy may speak of it again"


async def test_files_can_be_restored_until_their_bytes_go(world: World) -> None:
    await two_versions(world)
    await done(world, ALL)
    restore = """mutation ($key: ModelVersionKey!) { restoreFiles(input: {modelVersion: $key}) {
        ... on RestoreFilesResult { modelVersionId } ... on RequestError { code message path } } }"""
    for _ in range(2):
        assert "code" not in (await world.ask(restore, key=key_of("m", 1)))["restoreFiles"]
    assert (await shown(world, key_of("m", 1)))["filesRemovedAt"] is None
    [download] = await world.downloads(digest_of(OLD))
    assert (await world.http.get(download["url"])).content == OLD
    world.ahead = 31 * DAY
    assert await purge(world.graph, world.store, world.retention.now) == Purged()

    await done(world, {**ALL, "graceDays": 0})
    refused = (await world.ask(restore, key=key_of("m", 1)))["restoreFiles"]
    assert (refused["code"], "hand" in refused["message"].lower()) == ("BAD_VALUE", True)
    for stranger in (key_of("m", 9), key_of("m", 1)):
        refused = (await world.ask(restore, caller("x", "elsewhere"), key=stranger))["restoreFiles"]
        assert refused["code"] == "NOT_FOUND"


async def test_a_second_person_approves_what_was_looked_at(world: World) -> None:
    await two_versions(world)
    made = await plan(world, ALL)
    assert (await apply(world, made))["code"] == "BAD_VALUE", "nobody approved it"
    assert (await approve(world, made, PLANNER))["code"] == "FORBIDDEN"
    refused = await approve(world, {**made, "digest": digest_of(b"another")})
    assert (refused["code"], refused["path"]) == ("BAD_VALUE", "input.digest")
    assert (await approve(world, made))["state"] == "APPROVED"
    assert (await approve(world, made))["state"] == "APPROVED", "sent again it changes nothing"
    for strange in ("nonsense", made["id"][:-4] + "AAAA"):
        assert (await apply(world, {"id": strange}))["code"] == "NOT_FOUND"
    assert (await apply(world, made))["state"] == "APPLIED"
    again = await apply(world, made)
    assert (again["state"], again["removed"]) == ("APPLIED", 1)
    assert (await approve(world, made))["code"] == "BAD_VALUE"


async def test_an_approval_does_not_hold_for_ever(world: World) -> None:
    await two_versions(world)
    made = await plan(world, ALL)
    await approve(world, made)
    world.ahead = 31 * DAY
    refused = await apply(world, made)
    assert "30 days" in refused["message"]
    assert (await shown(world, key_of("m", 1)))["filesRemovedAt"] is None


async def test_items_that_were_changed_past_the_service_are_not_carried_out(world: World) -> None:
    await two_versions(world)
    made = await plan(world, ALL)
    await approve(world, made)
    await world.graph.execute("MATCH (i:RetentionItem) SET i.versionName = '2'")
    assert "not those that were approved" in (await apply(world, made))["message"]
    assert (await shown(world, key_of("m", 2)))["filesRemovedAt"] is None


@pytest.mark.parametrize("since", ("approval", "removal"))
@pytest.mark.parametrize("reason", ("HOLD", "PRODUCTION", "SERVED", "ANCESTOR"))
async def test_what_has_come_to_be_protected_keeps_its_files(world: World, reason: str, since: str) -> None:
    await two_versions(world)
    made = await plan(world, ALL)
    await approve(world, made)
    if since == "removal":
        await apply(world, made)
    await _protect(world, reason)
    if since == "approval":
        applied = await apply(world, made)
        assert (applied["removed"], applied["spared"]) == (0, 1)
        assert outcomes_of(applied) == {"m/1": reason}
    world.ahead = 31 * DAY
    purged = await purge(world.graph, world.store, world.retention.now)
    assert purged == Purged(restored=1 if since == "removal" else 0)
    assert (await shown(world, key_of("m", 1)))["filesRemovedAt"] is None
    [download] = await world.downloads(digest_of(OLD))
    assert (await world.http.get(download["url"])).content == OLD


async def _protect(world: World, reason: str) -> None:
    old, child = key_of("m", 1), key_of("child", 1)
    said = {
        "PRODUCTION": {"nodes": [{"modelVersion": {**old, "claimedStage": "PRODUCTION"}}]},
        "SERVED": {
            "nodes": [
                {"deployment": {"endpoint": {"environment": "p", "name": "e"}, "modelVersion": old, "startedAt": 5}}
            ]
        },
        "ANCESTOR": {
            "nodes": [{"modelVersion": {**child, "claimedStage": "PRODUCTION"}}],
            "relationships": [{"basedOn": {"modelVersion": child, "base": old}}],
        },
    }
    if reason == "HOLD":
        assert "code" not in await hold(world, "case 7", modelVersion=old)
        return
    result = await world.registry.register({"source": "s", **said[reason]}, APPROVER)
    assert all(item.error is None for item in result.items)
