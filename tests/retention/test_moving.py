"""Files on their way to the colder store: cut off, or wanted where they are after all."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from app.artifacts.content import Content
from app.artifacts.failures import StoreUnreachable
from app.errors import TookTooLong
from app.retention import movable, moving
from app.retention.graph import Read
from app.retention.moving import Moved, move
from graph_schema.identity import uid
from tests.artifacts.world import PATIENCE, World, digest_of
from tests.retention.asking import APPROVER, apply, approve, done, hold, key_of, killed_everywhere, plan
from tests.retention.tiering import (
    DELETE,
    HALF_AN_HOUR,
    NEW,
    OLD,
    SHARED,
    TIER,
    away,
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


async def test_a_store_that_was_away_gets_them_later(tiered: World, monkeypatch: pytest.MonkeyPatch) -> None:
    await two_versions(tiered)
    made = await plan(tiered, TIER)
    await approve(tiered, made)
    store = tiers_of(tiered)
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
    store = tiers_of(tiered)
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
    store = tiers_of(tiered)
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
    assert (await seen(tiered, 1))["filesTieredAt"] is None, "something of it is here"
    await hold(tiered, "case 7", lift=True, modelVersion=key_of("m", 1))
    await done(tiered, TIER, keepNewest=0)
    assert await lying(tiered) == (set(), {SHARED, OLD, NEW})


async def test_a_version_that_is_too_much_for_the_graph_keeps_no_other_from_it(
    tiered: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await two_versions(tiered)
    files_of, heavy = movable.files_of, uid("ModelVersion", ("n", "m", "2"))

    async def too_late(read: Read, versions: Sequence[str]) -> list[movable.Movable]:
        if heavy in versions:
            raise TookTooLong("It took too long.")
        return await files_of(read, versions)

    monkeypatch.setattr(movable, "files_of", too_late)
    await done(tiered, TIER, keepNewest=0)
    assert await cold_files(tiered, 1) == {"a.bin", "old.bin"}
    assert [version for version, _ in await marked(tiered)] == ["2"]


async def test_one_that_cannot_be_let_go_keeps_no_other_from_it(tiered: World, monkeypatch: pytest.MonkeyPatch) -> None:
    await two_versions(tiered)
    store = tiers_of(tiered)
    delete, bad = store.hot.delete, digest_of(OLD).removeprefix("sha256:")

    async def delete_others(sha256: str) -> object:
        return await (away() if sha256 == bad else delete(sha256))

    monkeypatch.setattr(store.hot, "delete", delete_others)
    await done(tiered, TIER, keepNewest=0)
    assert await lying(tiered) == ({OLD}, {SHARED, OLD, NEW})
    assert await cold_files(tiered, 1) == {"a.bin", "old.bin"}, "that they lie there is known before"
    assert await cold_files(tiered, 2) == {"a.bin", "new.bin"}
    monkeypatch.undo()
    with pytest.raises(StoreUnreachable, match="Another service"):  # that removal may be under way still
        await move(tiered.graph, store, tiered.retention.now)
    tiered.ahead = HALF_AN_HOUR
    assert await move(tiered.graph, store, tiered.retention.now) == Moved()
    assert await lying(tiered) == (set(), {SHARED, OLD, NEW})


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


async def test_what_may_be_given_back_is_not_moved_for_one_that_is_gone(tiered: World) -> None:
    await two_versions(tiered)
    await done(tiered, TIER)
    await done(tiered, DELETE)
    await done(tiered, {"stages": ["DEVELOPMENT"]}, keepNewest=0)
    await tiered.ask('mutation { verifyArtifacts(input: {notSince: "2100-01-01T00:00:00Z"}) { __typename } }')
    assert await marked(tiered) == []
    await move(tiered.graph, tiered.store, tiered.retention.now)
    assert await lying(tiered) == ({SHARED, NEW}, set())


async def test_killed_anywhere_it_is_gone_on_with(tiered: World) -> None:
    await two_versions(tiered)
    made = await plan(tiered, TIER, keepNewest=0)
    await approve(tiered, made)

    async def carried_out() -> None:
        tiered.ahead += HALF_AN_HOUR
        await apply(tiered, made)
        await move(tiered.graph, tiered.store, tiered.retention.now)

    async for _ in killed_everywhere(tiered, carried_out):
        for data in (SHARED, OLD, NEW):
            assert await fetched(tiered, data) == data
    assert await lying(tiered) == (set(), {SHARED, OLD, NEW})
    assert await cold_files(tiered, 1) == {"a.bin", "old.bin"}
    assert await cold_files(tiered, 2) == {"a.bin", "new.bin"}


async def test_of_what_lies_there_already_nobody_is_asked_who_has_it(
    tiered: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A tokenizer may be that of a hundred thousand versions, and is met again with each of them."""
    await two_versions(tiered)
    await done(tiered, TIER, keepNewest=0)
    await tiered.push({"a.bin": SHARED, "b.bin": b"another"}, key_of("m", 3))
    asked: list[str] = []
    holders = movable.holders

    async def noted(read: Read, digests: Sequence[str]) -> list[tuple[str, str]]:
        asked.extend(digests)
        return await holders(read, digests)

    monkeypatch.setattr(movable, "holders", noted)
    await done(tiered, TIER, keepNewest=0)
    assert {*asked} == {digest_of(b"another")}
    assert await lying(tiered) == (set(), {SHARED, OLD, NEW})


async def test_nobody_waits_for_a_store_that_hangs(tiered: World, monkeypatch: pytest.MonkeyPatch) -> None:
    await two_versions(tiered)
    store = tiers_of(tiered)
    delete, hanging, goes_on = store.hot.delete, asyncio.Event(), asyncio.Event()

    async def hang(sha256: str) -> bool:
        hanging.set()
        await goes_on.wait()
        return await delete(sha256)

    monkeypatch.setattr(store.hot, "delete", hang)
    going = asyncio.create_task(done(tiered, TIER))
    async with asyncio.timeout(PATIENCE):
        await hanging.wait()
        assert await cold_files(tiered, 1) == {"old.bin"}
        await hold(tiered, "case 7", modelVersion=key_of("m", 1))
        await tiered.push({"a.bin": SHARED, "again.bin": OLD}, key_of("m", 3))
        assert not going.done()
        goes_on.set()
        await going
    assert await lying(tiered) == ({SHARED, NEW}, {OLD})
    assert await fetched(tiered, OLD) == OLD


async def test_what_another_service_lets_go_of_is_left_to_it_for_a_while(tiered: World) -> None:
    await two_versions(tiered)
    await done(tiered, TIER)
    store = tiers_of(tiered)
    await store.hot.put(content_of(OLD), source(OLD))
    claim = "MATCH (a:Artifact {digest: $it}) SET a.releasing = $now"
    await tiered.graph.execute(claim, {"it": digest_of(OLD), "now": tiered.retention.now()})
    await due_again(tiered)
    with pytest.raises(StoreUnreachable, match="Another service"):
        await move(tiered.graph, store, tiered.retention.now)
    assert await lying(tiered) == ({SHARED, OLD, NEW}, {OLD})
    tiered.ahead = HALF_AN_HOUR
    await move(tiered.graph, store, tiered.retention.now)
    assert await lying(tiered) == ({SHARED, NEW}, {OLD})
    assert await tiered.graph.read("MATCH (a:Artifact) WHERE a.releasing IS NOT NULL RETURN a.digest") == []
    assert await marked(tiered) == []


async def test_a_service_that_was_killed_after_the_last_of_it_leaves_no_mark_for_ever(tiered: World) -> None:
    await two_versions(tiered)
    await done(tiered, TIER)
    mark = "MATCH (a:Artifact {digest: $it}) SET a.releasing = 1, a.checkedAt = 1"
    await tiered.graph.execute(mark, {"it": digest_of(OLD)})
    await due_again(tiered)
    await move(tiered.graph, tiered.store, tiered.retention.now)
    assert len(await tiered.graph.read("MATCH (a:Artifact {checkedAt: 1}) RETURN a.digest")) == 1, "it was not read"
    assert await tiered.graph.read("MATCH (a:Artifact) WHERE a.releasing IS NOT NULL RETURN a.digest") == []
    assert await fetched(tiered, OLD) == OLD


async def test_a_turn_ends_where_the_store_itself_fails(tiered: World, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(4):
        await tiered.push({"f": b"%d" % number}, key_of("m", number))
    store = tiers_of(tiered)
    tried: list[str] = []

    async def put(content: Content, *_: object, **__: object) -> None:
        tried.append(content.sha256)
        await away()

    monkeypatch.setattr(moving, "VERSIONS", 1)
    monkeypatch.setattr(moving, "_MOST_FAILURES", 2)
    monkeypatch.setattr(store.cold, "put", put)
    await done(tiered, TIER, keepNewest=0)
    assert len(tried) == 2
    monkeypatch.setattr(store.cold, "check", away)
    with pytest.raises(StoreUnreachable):
        await move(tiered.graph, store, tiered.retention.now)
    assert len(tried) == 2, "one that is away is not asked to take anything"
    assert len(await marked(tiered)) == 4
    monkeypatch.undo()
    assert await move(tiered.graph, store, tiered.retention.now) == Moved(4, 4)
