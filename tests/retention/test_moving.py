"""Files on their way to the colder store: cut off, overtaken, damaged, or wanted where they are after all."""

from typing import Any

import pytest

from app.artifacts.content import Content
from app.artifacts.failures import ArtifactMissing, PlaceUnknown, StoreUnreachable
from app.artifacts.opening import refuse_lost
from app.artifacts.recorded import any_cold
from app.artifacts.tiers import TieredStore
from app.retention import moving
from app.retention.moving import Moved, move
from tests.artifacts.world import World, digest_of
from tests.retention.asking import (
    APPROVER,
    apply,
    approve,
    done,
    hold,
    key_of,
    killed_everywhere,
    plan,
)
from tests.retention.tiering import (
    DELETE,
    NEW,
    OLD,
    SHARED,
    TIER,
    away,
    cold_files,
    fetched,
    lying,
    seen,
    source,
    two_versions,
)
from tests.stores.asking import tamper


async def test_a_store_that_was_away_gets_them_later(tiered: World, monkeypatch: pytest.MonkeyPatch) -> None:
    await two_versions(tiered)
    made = await plan(tiered, TIER)
    await approve(tiered, made)
    store = tiered.store
    assert isinstance(store, TieredStore)
    monkeypatch.setattr(store.cold, "put", away)
    assert (await apply(tiered, made))["state"] == "APPLIED", "it was decided, and is tried again"
    with pytest.raises(StoreUnreachable):
        await move(tiered.graph, store, tiered.retention.now)
    await done(tiered, {**DELETE, "riskTiers": [1]})
    assert await fetched(tiered, OLD) == OLD
    assert await cold_files(tiered, 1) == set()
    monkeypatch.undo()
    assert await move(tiered.graph, store, tiered.retention.now) == Moved(1, len(OLD))
    assert await move(tiered.graph, store, tiered.retention.now) == Moved()
    assert await cold_files(tiered, 1) == {"old.bin"}


async def test_one_that_cannot_be_moved_keeps_no_other_from_it(tiered: World, monkeypatch: pytest.MonkeyPatch) -> None:
    files = [b"%d" % number for number in range(4)]
    for number, data in enumerate(files):
        await tiered.push({"f": data}, key_of("m", number))
    store = tiered.store
    assert isinstance(store, TieredStore)
    bad = {digest_of(data).removeprefix("sha256:") for data in files[:2]}
    put = store.cold.put

    async def put_others(content: Content, source: Any, **how: Any) -> object:
        return await (away() if content.sha256 in bad else put(content, source, **how))

    monkeypatch.setattr(moving, "VERSIONS", 1)
    monkeypatch.setattr(store.cold, "put", put_others)
    await tamper(store.hot, digest_of(files[3]).removeprefix("sha256:"), b"?")
    await done(tiered, TIER, keepNewest=0)
    assert [await cold_files(tiered, number) for number in range(4)] == [set(), set(), {"f"}, set()]
    with pytest.raises(StoreUnreachable):
        await move(tiered.graph, store, tiered.retention.now)
    monkeypatch.undo()
    assert await move(tiered.graph, store, tiered.retention.now) == Moved(2, 2)
    assert [await cold_files(tiered, number) for number in range(4)] == [{"f"}, {"f"}, {"f"}, set()]
    assert await move(tiered.graph, store, tiered.retention.now) == Moved(), "the damaged one is not tried for ever"


@pytest.mark.parametrize("at_once", (1, 10))
async def test_what_has_come_to_be_protected_before_it_was_moved_stays(
    tiered: World, at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    await two_versions(tiered)
    store = tiered.store
    assert isinstance(store, TieredStore)
    monkeypatch.setattr(store.cold, "put", away)
    await done(tiered, TIER, keepNewest=0)
    monkeypatch.undo()
    monkeypatch.setattr(moving, "VERSIONS", at_once)
    await hold(tiered, "case 7", modelVersion=key_of("m", 1))
    assert await move(tiered.graph, store, tiered.retention.now) == Moved(1, len(NEW))
    assert await lying(tiered) == ({SHARED, OLD}, {NEW})
    version = await seen(tiered, 1)
    assert (version["filesTieredAt"], version["filesTieredUnder"]) == (None, None)
    assert await move(tiered.graph, store, tiered.retention.now) == Moved()


async def test_what_a_held_version_shares_stays_also_where_it_was_moved_before(tiered: World) -> None:
    await two_versions(tiered)
    await done(tiered, TIER)
    await hold(tiered, "case 7", modelVersion=key_of("m", 1))
    await done(tiered, TIER, keepNewest=0)
    assert await lying(tiered) == ({SHARED}, {OLD, NEW})


async def test_what_is_held_while_it_is_copied_stays(tiered: World, monkeypatch: pytest.MonkeyPatch) -> None:
    await two_versions(tiered)
    store = tiered.store
    assert isinstance(store, TieredStore)
    copy = store.copy

    async def overtaken(content: Content) -> bool:
        await hold(tiered, "case 7", modelVersion=key_of("m", 1))
        return await copy(content)

    monkeypatch.setattr(store, "copy", overtaken)
    await done(tiered, TIER)
    assert (await lying(tiered))[0] == {SHARED, OLD, NEW}
    assert await cold_files(tiered, 1) == set()


async def test_one_that_cannot_be_let_go_keeps_no_other_from_it(tiered: World, monkeypatch: pytest.MonkeyPatch) -> None:
    await two_versions(tiered)
    store = tiered.store
    assert isinstance(store, TieredStore)
    delete, bad = store.hot.delete, digest_of(OLD).removeprefix("sha256:")

    async def delete_others(sha256: str) -> object:
        return await (away() if sha256 == bad else delete(sha256))

    monkeypatch.setattr(store.hot, "delete", delete_others)
    await done(tiered, TIER, keepNewest=0)
    assert await lying(tiered) == ({OLD}, {SHARED, OLD, NEW})
    assert await cold_files(tiered, 2) == {"a.bin", "new.bin"}
    monkeypatch.undo()
    assert await move(tiered.graph, store, tiered.retention.now) == Moved(1, len(OLD))
    assert await lying(tiered) == (set(), {SHARED, OLD, NEW})


async def test_what_is_mended_after_it_was_looked_for_here_is_not_let_go(
    tiered: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await two_versions(tiered)
    await done(tiered, TIER)
    store = tiered.store
    assert isinstance(store, TieredStore)
    copy, sha256 = store.copy, digest_of(OLD).removeprefix("sha256:")
    await tamper(store.cold, sha256, b"?" * len(OLD))
    await tiered.graph.execute("MATCH (v:ModelVersion {version: '1'}) SET v.filesMoving = 1")

    async def overtaken(content: Content) -> bool:
        here = await copy(content)
        if content.sha256 == sha256:
            await tiered.ask('mutation { verifyArtifacts(input: {notSince: "2100-01-01T00:00:00Z"}) { __typename } }')
            await tiered.push({"a.bin": SHARED, "old.bin": OLD, "empty": b""}, key_of("m", 1))
        return here

    monkeypatch.setattr(store, "copy", overtaken)
    with pytest.raises(ArtifactMissing):
        await move(tiered.graph, store, tiered.retention.now)
    assert await fetched(tiered, OLD) == OLD
    monkeypatch.undo()
    assert await move(tiered.graph, store, tiered.retention.now) == Moved(1, len(OLD))
    assert await fetched(tiered, OLD) == OLD
    assert await lying(tiered) == ({SHARED, NEW}, {OLD})


async def test_a_copy_that_was_left_of_what_is_gone_goes_too(tiered: World) -> None:
    """As where a service was killed while it copied what a purge removed."""
    await two_versions(tiered)
    await done(tiered, DELETE)
    store = tiered.store
    assert isinstance(store, TieredStore)
    await store.cold.put(Content(digest_of(OLD).removeprefix("sha256:"), len(OLD)), source(OLD))
    await tiered.graph.execute("MATCH (v:ModelVersion {version: '1'}) SET v.filesMoving = 1")
    assert await move(tiered.graph, store, tiered.retention.now) == Moved()
    assert await lying(tiered) == ({SHARED, NEW}, set())


async def test_what_was_shared_with_one_that_is_gone_is_moved_then(tiered: World) -> None:
    await two_versions(tiered)
    await done(tiered, TIER)
    assert await lying(tiered) == ({SHARED, NEW}, {OLD})
    claim = {"contains": {"modelVersion": key_of("other", 1), "artifact": digest_of(SHARED), "path": "x"}}
    await tiered.registry.register({"source": "s", "relationships": [claim]}, APPROVER)
    await hold(tiered, "case", modelVersion=key_of("m", 1))
    await done(tiered, DELETE, keepNewest=0)
    await hold(tiered, "case", lift=True, modelVersion=key_of("m", 1))
    assert await move(tiered.graph, tiered.store, tiered.retention.now) == Moved(1, len(SHARED))
    assert await lying(tiered) == (set(), {SHARED, OLD})


async def test_killed_anywhere_it_is_gone_on_with(tiered: World) -> None:
    await two_versions(tiered)
    made = await plan(tiered, TIER, keepNewest=0)
    await approve(tiered, made)

    async def carried_out() -> None:
        await apply(tiered, made)
        await move(tiered.graph, tiered.store, tiered.retention.now)

    async for _ in killed_everywhere(tiered, carried_out):
        for data in (SHARED, OLD, NEW):
            assert await fetched(tiered, data) == data
    assert await lying(tiered) == (set(), {SHARED, OLD, NEW})
    assert await cold_files(tiered, 1) == {"a.bin", "old.bin"}
    assert await cold_files(tiered, 2) == {"a.bin", "new.bin"}


@pytest.mark.parametrize("again", (False, True), ids=("gone", "and come again"))
async def test_bytes_that_went_while_they_were_copied(
    tiered: World, again: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    await two_versions(tiered)
    store = tiered.store
    assert isinstance(store, TieredStore)
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
    store = tiered.store
    assert isinstance(store, TieredStore)
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
    store = tiered.store
    assert isinstance(store, TieredStore)
    await store.hot.put(Content(digest_of(OLD).removeprefix("sha256:"), len(OLD)), source(OLD))
    await tiered.graph.execute("MATCH (v:ModelVersion {version: '1'}) SET v.filesMoving = 1")
    assert await move(tiered.graph, store, tiered.retention.now) == Moved(), "it was counted before"
    assert await lying(tiered) == ({SHARED, NEW}, {OLD})


async def test_it_is_known_that_something_lies_there(tiered: World) -> None:
    await two_versions(tiered)
    assert not await any_cold(tiered.graph)
    store = tiered.store
    assert isinstance(store, TieredStore)
    for lost in (store.hot, store):
        with pytest.raises(PlaceUnknown, match="PEDIGREE_ARTIFACTS_COLD_URL"):
            await refuse_lost(lost)
    await done(tiered, TIER)
    assert await any_cold(tiered.graph)
    await refuse_lost(store)
