"""Killed at any statement, two at once, bytes that come back while they go: nothing is lost, nothing is half done."""

import asyncio
from typing import Any

import pytest

from app.retention import applying, purging, removing
from app.retention.purging import Purged, purge
from tests.artifacts.world import World, digest_of
from tests.retention.asking import (
    DAY,
    PLANNER,
    Killed,
    apply,
    approve,
    done,
    give,
    key_of,
    killed_everywhere,
    outcomes_of,
    plan,
    shown,
)

ALL = {"stages": ["DEVELOPMENT"]}
WRITES = ("SET", "MERGE", "CREATE")


async def _what_is(world: World) -> Any:
    found = await world.graph.read(
        "MATCH (v:ModelVersion) RETURN v.version AS version, v.filesRemovedAt IS NOT NULL, v.filesRemovedUnder "
        "ORDER BY version"
    )
    plans = await world.graph.read("MATCH (p:RetentionPlan) RETURN p.state, p.removed, p.spared, p.next")
    return found, plans


async def test_what_was_killed_half_way_is_gone_on_with(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """At each writing statement in turn, until one run of it is not met by any."""
    monkeypatch.setattr(applying, "GROUP", 2)
    for number in range(5):
        await give(world, key_of("m", number), {"f": (f"c{number}", 10)})
    made = await plan(world, ALL)
    await approve(world, made)
    at, runs = 0, 0
    while True:
        at += 3
        seen = 0

        def kill(text: str, _: object, limit: int = at) -> None:
            nonlocal seen
            seen += any(word in text for word in WRITES)
            if seen > limit:
                raise Killed

        stop = world.graph.on_statement(kill)
        try:
            applied = await apply(world, made)
            break
        except Killed:
            runs += 1
        finally:
            stop()
        await world.graph.execute("MATCH (p:RetentionPlan) SET p.workerUntil = 0")  # its lease is over
    assert runs > 2
    assert (applied["state"], applied["removed"], applied["spared"]) == ("APPLIED", 4, 0)
    assert set(outcomes_of(applied).values()) == {"REMOVED"}
    versions, plans = await _what_is(world)
    assert [row[1] for row in versions] == [True] * 4 + [False]
    assert plans == [["APPLIED", 4, 0, 4]]


async def test_a_plan_that_was_not_made_to_its_end_is_none(world: World) -> None:
    await give(world, key_of("m", 1), {"f": ("c", 10)})

    def kill(text: str, _: object) -> None:
        if "filesRemovedAt IS NULL" in text:
            raise Killed

    stop = world.graph.on_statement(kill)
    try:
        with pytest.raises(Killed):
            await plan(world, ALL, keepNewest=0)
    finally:
        stop()
    query = "{ retentionPlans { edges { node { id state digest policy plannedBy } } } }"
    [edge] = (await world.ask(query))["retentionPlans"]["edges"]
    left = edge["node"]
    assert (left["state"], left["digest"], left["policy"]["name"]) == ("ABANDONED", None, "tidy")
    assert "planned anew" in (await approve(world, {"id": left["id"], "digest": digest_of(b"")}))["message"]
    actor = await world.ask("query ($id: ID!) { node(id: $id) { ... on Actor { subject } } }", id=left["plannedBy"])
    assert actor["node"] == {"subject": "planner"}
    assert (await plan(world, ALL, keepNewest=0))["state"] == "PLANNED"


async def test_two_at_once_do_it_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(applying, "GROUP", 1)
    for number in range(6):
        await give(world, key_of("m", number), {"f": (f"c{number}", 10)})
    made = await plan(world, ALL)
    await approve(world, made)
    other = type(world.retention)(world.graph, world.store, clock=world.later)
    await asyncio.gather(apply(world, made), other.apply(made["id"], PLANNER))
    await other.close()
    applied = await apply(world, made)
    assert (applied["state"], applied["removed"], applied["spared"]) == ("APPLIED", 5, 0)


async def test_a_purge_that_was_killed_is_ended_by_another_and_takes_nothing_that_came_back(world: World) -> None:
    await world.push({"a.bin": b"old"}, key_of("m", 1))
    await world.push({"a.bin": b"new"}, key_of("m", 2))
    await done(world, ALL)
    world.ahead = 31 * DAY

    async def lost(sha256: str) -> bool:
        raise Killed(sha256)

    real = world.store.delete
    world.store.delete = lost
    with pytest.raises(Killed):
        await purge(world.graph, world.store, world.retention.now)
    world.store.delete = real
    [[state, marked]] = await world.graph.read(
        "MATCH (a:Artifact {digest: $digest}) RETURN a.state, a.purging IS NOT NULL", {"digest": digest_of(b"old")}
    )
    assert (state, marked) == ("REMOVED", True)
    assert await world.store.stat(digest_of(b"old").removeprefix("sha256:")) is not None

    upload = await world.begin({"a.bin": b"old"}, key_of("m", 1))
    await world.send(upload["id"], {"a.bin": b"old"})
    refused = await world.complete(upload["id"])
    assert (refused["code"], "removed meanwhile" in refused["message"]) == ("UPLOAD_INCOMPLETE", True)

    assert await purge(world.graph, world.store, world.retention.now) == Purged()
    assert await world.store.stat(digest_of(b"old").removeprefix("sha256:")) is not None, "it may still be at it"
    world.ahead += 3_600
    await purge(world.graph, world.store, world.retention.now)
    assert await world.store.stat(digest_of(b"old").removeprefix("sha256:")) is None

    await world.send(upload["id"], {"a.bin": b"old"})  # where the store does not still have what had arrived
    assert (await world.complete(upload["id"]))["state"] == "COMPLETE"
    [download] = await world.downloads(digest_of(b"old"))
    assert (await world.http.get(download["url"])).content == b"old"
    assert (await shown(world, key_of("m", 1)))["filesRemovedAt"] is None


async def test_bytes_that_went_between_their_arrival_and_the_record_come_again(world: World) -> None:
    await world.push({"a.bin": b"old"}, key_of("m", 1))
    await world.push({"a.bin": b"new"}, key_of("m", 2))
    upload = await world.begin({"b.bin": b"old"}, key_of("other", 1))
    assert await world.missing(upload["id"]) == [], "the bytes are there"
    await done(world, {**ALL, "graceDays": 0})
    assert await world.store.stat(digest_of(b"old").removeprefix("sha256:")) is None
    refused = await world.complete(upload["id"])
    assert refused["code"] == "UPLOAD_INCOMPLETE"
    assert await world.files(key_of("other", 1)) is None, "nothing is recorded of bytes that are not there"
    assert await world.send(upload["id"], {"b.bin": b"old"}) == ["b.bin"]
    assert (await world.complete(upload["id"]))["state"] == "COMPLETE"
    [download] = await world.downloads(digest_of(b"old"))
    assert (await world.http.get(download["url"])).content == b"old"


async def test_where_the_store_fails_what_is_left_is_done_by_the_next(world: World) -> None:
    for number in range(4):
        await world.push({"a.bin": b"bytes %d" % number}, key_of("m", number))
    await done(world, ALL)
    world.ahead = 31 * DAY
    real, count = world.store.delete, 0

    async def failing(sha256: str) -> bool:
        nonlocal count
        count += 1
        if count == 2:
            raise Killed
        return await real(sha256)

    world.store.delete = failing
    with pytest.raises(Killed):
        await purge(world.graph, world.store, world.retention.now)
    world.store.delete = real
    world.ahead += 3_600
    await purge(world.graph, world.store, world.retention.now)
    assert len(list(await world.store.held())) == 1
    [[left]] = await world.graph.read("MATCH (a:Artifact) WHERE a.purging IS NOT NULL RETURN count(a)")
    assert left == 0


@pytest.mark.parametrize("how", ("restored", "pushed"))
async def test_a_purge_looks_again_at_what_it_saw(world: World, how: str) -> None:
    """Between its look and its change the files come back, by a restoring or after another service's purge."""
    await world.push({"a.bin": b"old"}, key_of("m", 1))
    await done(world, {**ALL, "graceDays": 1}, keepNewest=0)
    world.ahead = 2 * DAY
    due = await removing.due(world.graph, world.retention.now(), 10)
    if how == "restored":
        await world.keeping.restore(key_of("m", 1), PLANNER)
    else:
        await purge(world.graph, world.store, world.retention.now)
        await world.push({"a.bin": b"old"}, key_of("m", 1))
    assert await purging._purge_some(world.graph, world.store, due, world.retention.now) == Purged()
    version = await shown(world, key_of("m", 1))
    assert (version["filesRemovedAt"], version["filesPurgedAt"]) == (None, None)
    [download] = await world.downloads(digest_of(b"old"))
    assert (await world.http.get(download["url"])).content == b"old"


@pytest.mark.parametrize("change", ("policy", "age"))
async def test_what_was_approved_is_what_is_done(world: World, change: str) -> None:
    await give(world, key_of("m", 1), {"f": ("c", 10)})
    made = await plan(world, ALL, keepNewest=0)
    await approve(world, made)
    if change == "policy":
        [[stored]] = await world.graph.read("MATCH (p:RetentionPlan) RETURN p.policy")
        values = {"policy": stored.replace('"graceDays":30', '"graceDays":0')}
        await world.graph.execute("MATCH (p:RetentionPlan) SET p.policy = $policy", values)
    else:
        await world.graph.execute("MATCH (p:RetentionPlan) SET p.state = 'APPLYING'")  # begun, and then forgotten
        world.ahead = 400 * DAY
    assert (await apply(world, made))["code"] == "BAD_VALUE"
    assert (await shown(world, key_of("m", 1)))["filesRemovedAt"] is None


async def test_a_plan_leaves_no_marks_wherever_it_is_killed(world: World) -> None:
    for number in range(3):
        await give(world, key_of("m", number), {"f": ("c", 10), "g": (f"c{number}", 10)})
    all_there_is = "MATCH (n:ModelVersion|Model|Artifact) RETURN n.uid, properties(n) ORDER BY n.uid"
    before, times = await world.graph.read(all_there_is), list[int]()

    async def make() -> None:
        assert (await plan(world, ALL, keepNewest=0))["freedBytes"] == 40

    async for number in killed_everywhere(world, make):
        assert await world.graph.read(all_there_is) == before
        times.append(number)
    assert len(times) > 8
