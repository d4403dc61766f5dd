"""Files on their way to the colder store, which others remove, damage, mend or hand over meanwhile."""

import pytest

from app.artifacts.content import Content
from app.retention.moving import Moved, move
from tests.artifacts.world import World, digest_of
from tests.retention.asking import done, hold, items_of, key_of, plan
from tests.retention.tiering import (
    DELETE,
    HALF_AN_HOUR,
    NEW,
    OLD,
    SHARED,
    TIER,
    cold_files,
    due_again,
    fetched,
    lying,
    marked,
    seen,
    source,
    tiers_of,
    two_versions,
)
from tests.stores.asking import content_of, tamper


async def test_what_is_held_while_it_is_copied_stays(tiered: World, monkeypatch: pytest.MonkeyPatch) -> None:
    await two_versions(tiered)
    store = tiers_of(tiered)
    copy = store.copy

    async def overtaken(content: Content) -> bool:
        await hold(tiered, "case 7", modelVersion=key_of("m", 1))
        return await copy(content)

    monkeypatch.setattr(store, "copy", overtaken)
    await done(tiered, TIER)
    assert (await lying(tiered))[0] == {SHARED, OLD, NEW}
    assert await cold_files(tiered, 1) == set()
    version = await seen(tiered, 1)
    assert (version["filesTieredAt"], version["filesTieredUnder"]) == (None, None)
    await hold(tiered, "case 7", lift=True, modelVersion=key_of("m", 1))
    assert items_of(await plan(tiered, TIER)) == ["m/1"], "once it is held no more it may be moved"


async def test_what_another_version_comes_to_need_while_it_is_copied_stays(
    tiered: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await two_versions(tiered)
    store = tiers_of(tiered)
    copy = store.copy

    async def overtaken(content: Content) -> bool:
        await tiered.push({"x": OLD}, key_of("other", 1))
        return await copy(content)

    monkeypatch.setattr(store, "copy", overtaken)
    await done(tiered, TIER)
    assert (await lying(tiered))[0] == {SHARED, OLD, NEW}
    assert await cold_files(tiered, 1) == set()


async def test_what_was_mended_since_another_moved_it_is_not_let_go(
    tiered: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await two_versions(tiered)
    store = tiers_of(tiered)
    copy = store.copy

    async def overtaken(content: Content) -> bool:
        here = await copy(content)
        monkeypatch.setattr(store, "copy", copy)
        assert await move(tiered.graph, store, tiered.retention.now) == Moved(1, len(OLD))
        await tamper(store.cold, content.sha256, b"?" * len(OLD))
        await tiered.ask('mutation { verifyArtifacts(input: {notSince: "2100-01-01T00:00:00Z"}) { __typename } }')
        await tiered.push({"a.bin": SHARED, "old.bin": OLD, "empty": b""}, key_of("m", 1))
        return here

    monkeypatch.setattr(store, "copy", overtaken)
    await done(tiered, TIER)
    assert await fetched(tiered, OLD) == OLD
    assert await cold_files(tiered, 1) == set()
    assert await move(tiered.graph, store, tiered.retention.now) == Moved(1, len(OLD))
    assert await lying(tiered) == ({SHARED, NEW}, {OLD})
    assert await fetched(tiered, OLD) == OLD


async def test_what_is_marked_anew_while_it_is_moved_is_looked_at_again(
    tiered: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By a service whose clock is behind."""
    await two_versions(tiered)
    store = tiers_of(tiered)
    copy, copied = store.copy, list[str]()

    async def overtaken(content: Content) -> bool:
        if not copied:
            await tiered.graph.execute("MATCH (v:ModelVersion {version: '1'}) SET v.filesMoving = 7")
        copied.append(content.sha256)
        return await copy(content)

    monkeypatch.setattr(store, "copy", overtaken)
    await done(tiered, TIER)
    assert len(copied) == 2
    assert await marked(tiered) == []


@pytest.mark.parametrize("recorded", (False, True), ids=("killed before it was recorded", "recorded"))
async def test_what_is_mended_after_it_was_looked_for_here_is_not_let_go(
    tiered: World, recorded: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    await two_versions(tiered)
    await done(tiered, TIER)
    store = tiers_of(tiered)
    copy, sha256 = store.copy, digest_of(OLD).removeprefix("sha256:")
    await tamper(store.cold, sha256, b"?" * len(OLD))
    await due_again(tiered)
    if not recorded:
        await tiered.graph.execute("MATCH (a:Artifact) SET a.coldSince = null")

    async def overtaken(content: Content) -> bool:
        here = await copy(content)
        if content.sha256 == sha256:
            await tiered.ask('mutation { verifyArtifacts(input: {notSince: "2100-01-01T00:00:00Z"}) { __typename } }')
            await tiered.push({"a.bin": SHARED, "old.bin": OLD, "empty": b""}, key_of("m", 1))
        return here

    monkeypatch.setattr(store, "copy", overtaken)
    assert await move(tiered.graph, store, tiered.retention.now) == Moved()
    assert await cold_files(tiered, 1) == set()
    assert await fetched(tiered, OLD) == OLD
    monkeypatch.undo()
    assert await move(tiered.graph, store, tiered.retention.now) == Moved(1, len(OLD))
    assert await fetched(tiered, OLD) == OLD
    assert await lying(tiered) == ({SHARED, NEW}, {OLD})


async def test_a_copy_that_was_left_of_what_is_gone_goes_too(tiered: World) -> None:
    """As where a service was killed while it copied what a purge removed."""
    await two_versions(tiered)
    await done(tiered, DELETE)
    store = tiers_of(tiered)
    await store.cold.put(content_of(OLD), source(OLD))
    await due_again(tiered)
    assert await move(tiered.graph, store, tiered.retention.now) == Moved()
    assert await lying(tiered) == ({SHARED, NEW}, set())


@pytest.mark.parametrize("again", (False, True), ids=("gone", "and come again"))
async def test_bytes_that_went_while_they_were_copied(
    tiered: World, again: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    await two_versions(tiered)
    store = tiers_of(tiered)
    copy = store.copy

    async def overtaken(content: Content) -> bool:
        here = await copy(content)
        monkeypatch.setattr(store, "copy", copy)
        await done(tiered, DELETE)
        if again:
            await tiered.push({"a.bin": SHARED, "old.bin": OLD, "empty": b""}, key_of("m", 1))
        else:
            await store.cold.put(content, source(OLD))  # as if it had been written after they were removed
        return here

    monkeypatch.setattr(store, "copy", overtaken)
    await done(tiered, TIER)
    assert await lying(tiered) == ({SHARED, NEW} | ({OLD} if again else set()), set())
    edges = (await seen(tiered, 1))["files"]["edges"]
    [old] = [each["node"]["artifact"] for each in edges if each["node"]["path"] == "old.bin"]
    assert (old["state"], old["coldSince"]) == ("STORED" if again else "REMOVED", None)
    if again:
        assert await fetched(tiered, OLD) == OLD


async def test_what_is_found_amiss_there_is_mended_in_the_usual_store_and_moved_again(tiered: World) -> None:
    await two_versions(tiered)
    await done(tiered, TIER)
    store = tiers_of(tiered)
    await store.cold.delete(digest_of(OLD).removeprefix("sha256:"))
    read = """mutation { verifyArtifacts(input: {notSince: "2100-01-01T00:00:00Z"}) {
        ... on VerifyArtifactsResult { checked { digest state } } } }"""
    checked = {each["digest"]: each["state"] for each in (await tiered.ask(read))["verifyArtifacts"]["checked"]}
    assert checked[digest_of(OLD)] == "MISSING"
    await tiered.push({"a.bin": SHARED, "old.bin": OLD, "empty": b""}, key_of("m", 1))
    assert await lying(tiered) == ({SHARED, OLD, NEW}, set())
    assert await cold_files(tiered, 1) == set()
    assert await move(tiered.graph, store, tiered.retention.now) == Moved(1, len(OLD))
    assert await lying(tiered) == ({SHARED, NEW}, {OLD})


async def test_what_came_again_meanwhile_does_not_lie_twice_for_ever(tiered: World) -> None:
    await two_versions(tiered)
    await done(tiered, TIER)
    store = tiers_of(tiered)
    await store.hot.put(content_of(OLD), source(OLD))
    await due_again(tiered)
    assert await move(tiered.graph, store, tiered.retention.now) == Moved(), "it was counted before"
    assert await lying(tiered) == ({SHARED, NEW}, {OLD})


@pytest.mark.parametrize(("name", "value"), (("state", "DAMAGED"), ("purging", 1)))
async def test_what_is_found_amiss_or_purged_before_it_is_let_go_of_stays(
    tiered: World, name: str, value: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    await two_versions(tiered)
    await done(tiered, TIER)
    store = tiers_of(tiered)
    await store.hot.put(content_of(OLD), source(OLD))
    await due_again(tiered)
    copy, digest = store.copy, digest_of(OLD)

    async def overtaken(content: Content) -> bool:
        here = await copy(content)
        await tiered.graph.execute("MATCH (a:Artifact {digest: $it}) SET a += $is", {"it": digest, "is": {name: value}})
        return here

    monkeypatch.setattr(store, "copy", overtaken)
    await move(tiered.graph, store, tiered.retention.now)
    assert await lying(tiered) == ({SHARED, OLD, NEW}, {OLD})


async def test_what_is_read_again_is_marked_only_where_it_may_be_moved(tiered: World) -> None:
    """The empty file is of all versions there are, and a tokenizer that one version needs is of many."""
    await two_versions(tiered)
    await done(tiered, TIER)
    read = 'mutation { verifyArtifacts(input: {notSince: "2100-01-01T00:00:00Z"}) { __typename } }'
    await tiered.ask(read)
    assert await marked(tiered) == []
    await done(tiered, TIER, keepNewest=0)
    await tiered.ask(read)
    assert await marked(tiered) == []
    await tiered.graph.execute("MATCH (a:Artifact {digest: $it}) SET a.coldSince = null", {"it": digest_of(SHARED)})
    await tiered.ask(read)
    assert len(await marked(tiered)) == 1, "one of the two that have it is enough"
    assert await move(tiered.graph, tiered.store, tiered.retention.now) == Moved(1, len(SHARED))


async def test_a_version_that_was_moved_whole_before_it_was_held_is_said_to_be(tiered: World) -> None:
    await two_versions(tiered)
    await done(tiered, TIER, keepNewest=0)
    await hold(tiered, "case 7", modelVersion=key_of("m", 1))
    await due_again(tiered)
    await move(tiered.graph, tiered.store, tiered.retention.now)
    assert (await seen(tiered, 1))["filesTieredAt"] is not None
    assert await marked(tiered) == []


async def test_what_comes_again_for_a_version_lies_twice_no_longer_though_one_that_has_it_is_held(
    tiered: World,
) -> None:
    await two_versions(tiered)
    await done(tiered, TIER, keepNewest=0)
    for number in (1, 2):
        await hold(tiered, "case 7", modelVersion=key_of("m", number))
    await tiered.push({"a.bin": SHARED}, key_of("m", 3))  # which was not moved, and has it from there
    store = tiers_of(tiered)
    await store.hot.put(content_of(SHARED), source(SHARED))
    await due_again(tiered)
    await move(tiered.graph, store, tiered.retention.now)
    assert await lying(tiered) == (set(), {SHARED, OLD, NEW})
    assert (await seen(tiered, 1))["filesTieredAt"] is not None
    assert await marked(tiered) == []


@pytest.mark.parametrize("state", ("STORED", "DAMAGED", "REMOVED"))
async def test_what_comes_again_while_it_is_let_go_of_is_taken_in_anew(tiered: World, state: str) -> None:
    await two_versions(tiered)
    await done(tiered, TIER)
    said = {"it": digest_of(OLD), "state": state, "now": tiered.retention.now()}
    await tiered.graph.execute("MATCH (a:Artifact {digest: $it}) SET a.releasing = $now, a.state = $state", said)
    files = {"old.bin": OLD}
    upload = await tiered.begin(files, key_of("m", 3))
    await tiered.send(upload["id"], files)
    told = await tiered.complete(upload["id"])
    if state == "STORED":
        assert told["state"] == "COMPLETE", "it lies in the colder store"
        return
    assert told["code"] == "UPLOAD_INCOMPLETE"
    assert "being removed now" in told["message"]
    tiered.ahead = 2 * HALF_AN_HOUR
    await tiered.send(upload["id"], files)
    assert (await tiered.complete(upload["id"]))["state"] == "COMPLETE", "who does so does it no more"
    assert await fetched(tiered, OLD) == OLD
