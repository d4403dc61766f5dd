"""Whatever happens while strays are removed, no version is recorded whose bytes are gone, and the rest goes on."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from app.access.service import LOCAL
from app.artifacts import strays
from app.artifacts.failures import StoreReadOnly, StoreUnreachable
from app.artifacts.reconciling import Reconciling
from app.artifacts.sweeping import sweep
from app.artifacts.uploads import LIFE
from tests.artifacts.test_overtaken import is_there, sha
from tests.artifacts.test_reconciling import HOUR, A, B, C, kept, look, remove, stray
from tests.artifacts.world import World, digest_of
from tests.stores.asking import content_of, pieces, tamper

DAY = 24 * HOUR
Patched = pytest.MonkeyPatch


class Slow:
    """Has the first deletion of a store wait until it is let go."""

    def __init__(self, world: World, patched: Patched) -> None:
        self._real, self._calls = world.store.delete, 0
        self.waiting, self.go = asyncio.Event(), asyncio.Event()
        patched.setattr(world.store, "delete", self._delete)

    async def _delete(self, sha256: str) -> bool:
        self._calls += 1
        if self._calls == 1:
            self.waiting.set()
            await self.go.wait()
        return await self._real(sha256)


async def intact(world: World, data: bytes) -> bool:
    """Whether it is not recorded as stored, or there."""
    rows = await world.graph.read("MATCH (a:Artifact {digest: $digest}) RETURN a.state", {"digest": digest_of(data)})
    return rows != [["STORED"]] or await is_there(world, data)


async def refused(world: World) -> bool:
    """Whether an upload of bytes that are being removed must bring them again."""
    upload = await world.begin({"a": A})
    await world.send(upload["id"], {"a": A})
    return (await world.complete(upload["id"])).get("code") == "UPLOAD_INCOMPLETE"


async def cut_off(world: World, patched: pytest.MonkeyPatch, *data: bytes) -> None:
    """Begins to remove bytes, and is stopped before anything of them went."""
    begun = asyncio.Event()

    async def stalled(_sha256: str) -> bool:
        begun.set()
        return await asyncio.Event().wait()

    with patched.context() as cut:
        cut.setattr(world.store, "delete", stalled)
        removing = asyncio.create_task(remove(world, *data))
        await begun.wait()
        removing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await removing


def meanwhile(world: World, patched: Patched, does: Callable[[], Awaitable[None]]) -> None:
    """Has something happen just before bytes are deleted."""
    real = world.store.delete

    async def delete(sha256: str) -> bool:
        await does()
        return await real(sha256)

    patched.setattr(world.store, "delete", delete)


async def test_only_one_removes_while_another_is_slow(world: World, monkeypatch: Patched) -> None:
    await stray(world, A)
    slow = Slow(world, monkeypatch)
    first = asyncio.create_task(world.artifacts.reconciling.remove([digest_of(A)], LOCAL))
    await slow.waiting.wait()
    [second] = await Reconciling(world.graph, world.store, world.artifacts.now).remove([digest_of(A)], LOCAL)
    assert second.kept == "Somebody else is removing it at this moment."
    assert await refused(world)
    slow.go.set()
    assert [each.kept for each in await first] == [None]
    assert await intact(world, A)
    assert (await world.push({"a": A}))["state"] == "COMPLETE"
    assert await intact(world, A)


async def test_of_two_that_go_on_one_does(world: World, monkeypatch: Patched) -> None:
    await stray(world, A)
    await cut_off(world, monkeypatch, A)
    world.ahead += HOUR
    slow, gate, looked = Slow(world, monkeypatch), asyncio.Event(), 0
    real = strays.claimed

    async def claimed(*given: Any) -> list[str]:
        nonlocal looked
        found = await real(*given)
        looked += 1
        if looked == 2:
            gate.set()
        await gate.wait()
        return found

    monkeypatch.setattr(strays, "claimed", claimed)
    both = [world.artifacts.reconciling, Reconciling(world.graph, world.store, world.artifacts.now)]
    tasks = {asyncio.create_task(each.go_on()) for each in both}
    await slow.waiting.wait()
    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    assert await refused(world)
    slow.go.set()
    await asyncio.gather(*tasks)
    assert await intact(world, A)


async def test_clocks_that_differ_lose_nothing(world: World, monkeypatch: Patched) -> None:
    """The service that verifies is some seconds ahead of the one that removes."""
    await stray(world, A)
    ahead, files, upload = world.service(clock=lambda: world.later() + 5), {"a": A, "b": B}, dict[str, Any]()

    async def begin() -> None:
        upload.update(await world.begin(files, through=ahead))
        await world.send(upload["id"], files, only=["a"])
        assert (await world.complete(upload["id"], through=ahead))["code"] == "UPLOAD_INCOMPLETE"

    with monkeypatch.context() as slow:
        meanwhile(world, slow, begin)
        assert await kept(world, A) == [None]
    await world.send(upload["id"], files)
    assert (await world.complete(upload["id"], through=ahead))["code"] == "UPLOAD_INCOMPLETE"
    await world.send(upload["id"], files)
    assert (await world.complete(upload["id"], through=ahead))["state"] == "COMPLETE"
    assert await is_there(world, A)
    await ahead.close()


async def test_what_an_upload_saw_is_not_forgotten_while_it_is_begun_again(world: World, monkeypatch: Patched) -> None:
    await stray(world, A)
    files, upload = {"a": A, "b": B}, dict[str, Any]()

    async def begin() -> None:
        upload.update(await world.begin(files))
        await world.send(upload["id"], files, only=["a"])
        assert (await world.complete(upload["id"]))["code"] == "UPLOAD_INCOMPLETE"

    with monkeypatch.context() as slow:
        meanwhile(world, slow, begin)
        assert await kept(world, A) == [None]
    world.ahead += 6 * DAY
    assert (await world.begin(files))["id"] == upload["id"]
    world.ahead += 2 * DAY
    await world.artifacts.reconciling.go_on()
    await sweep(world.graph, world.store, world.artifacts.now())
    await world.send(upload["id"], files)
    assert (await world.complete(upload["id"]))["code"] == "UPLOAD_INCOMPLETE"
    assert await intact(world, A)


async def test_what_was_gone_when_its_remover_was_killed_counts_as_removed(world: World, monkeypatch: Patched) -> None:
    await stray(world, A)
    files, upload = {"a": A, "b": B}, dict[str, Any]()
    real = world.store.delete

    async def delete(sha256: str) -> bool:
        upload.update(await world.begin(files))
        await world.send(upload["id"], files, only=["a"])
        await world.complete(upload["id"])
        await real(sha256)
        raise asyncio.CancelledError

    with monkeypatch.context() as cut:
        cut.setattr(world.store, "delete", delete)
        with pytest.raises(asyncio.CancelledError):
            await remove(world, A)
    world.ahead += HOUR
    await world.artifacts.reconciling.go_on()
    await world.send(upload["id"], files)
    assert (await world.complete(upload["id"]))["code"] == "UPLOAD_INCOMPLETE", "its bytes went after it saw them"
    await world.send(upload["id"], files)
    assert (await world.complete(upload["id"]))["state"] == "COMPLETE"
    assert await is_there(world, A)


@pytest.mark.parametrize(("error", "claimed"), ((StoreReadOnly("locked"), 0), (StoreUnreachable("gone"), 1)))
async def test_one_that_cannot_be_removed_stops_no_other(
    world: World, monkeypatch: Patched, error: Exception, claimed: int
) -> None:
    many = [b"%d" % number * 30 for number in range(20)]
    await stray(world, *many)
    bad, real = sorted(sha(each) for each in many)[3], world.store.delete

    async def delete(sha256: str) -> bool:
        if sha256 == bad:
            raise error
        return await real(sha256)

    monkeypatch.setattr(world.store, "delete", delete)
    answers = (await remove(world, *many))["artifacts"]
    assert [each["digest"] for each in answers if each["kept"] is not None] == [f"sha256:{bad}"]
    assert sum(each["bytes"] for each in answers) == sum(len(each) for each in many if sha(each) != bad)
    counted = "MATCH (s:Stray) WHERE s.removingSince IS NOT NULL RETURN count(s)"
    assert await world.graph.read(counted) == [[claimed]], "what may still happen is nobody else's to begin"
    world.ahead += HOUR
    await world.artifacts.reconciling.go_on()
    assert [sha(each) for each in many if await is_there(world, each)] == [bad]


async def test_what_came_anew_after_a_removal_was_cut_off_stays(world: World, monkeypatch: Patched) -> None:
    await stray(world, A)
    await cut_off(world, monkeypatch, A)
    world.ahead = 0
    await world.store.delete(sha(A))
    await world.store.put(content_of(A), pieces(A))
    await world.graph.execute("MATCH (s:Stray) SET s.removingSince = 1")
    await world.artifacts.reconciling.go_on()
    assert await is_there(world, A)


async def test_an_expired_upload_is_not_forgotten_while_it_is_verified(world: World, monkeypatch: Patched) -> None:
    """What was seen to be over may be begun again, or be verified, when it is forgotten."""
    upload = await world.begin({"a": A})
    await world.send(upload["id"], {"a": A})
    world.ahead = 2 * LIFE / 1_000_000
    started, go, real = asyncio.Event(), asyncio.Event(), world.store.finish

    async def finish(*given: Any, **others: Any) -> Any:
        started.set()
        await go.wait()
        return await real(*given, **others)

    seen = [[row[0], row[1]] for row in await world.graph.read("MATCH (u:Upload) RETURN u.uid, u.files")]
    monkeypatch.setattr(world.store, "finish", finish)
    completing = asyncio.create_task(world.complete(upload["id"]))
    await started.wait()
    first = True

    async def expired(*_: Any) -> list[Any]:
        nonlocal first
        found, first = (seen if first else []), False
        return found

    monkeypatch.setattr("app.artifacts.graph.expired_uploads", expired)
    await sweep(world.graph, world.store, world.artifacts.now())
    go.set()
    assert (await completing)["state"] == "COMPLETE"
    assert await intact(world, A)


async def test_what_is_mended_while_it_is_compared_is_no_difference(world: World, monkeypatch: Patched) -> None:
    await world.push({"a": A})
    world.ahead = 2 * HOUR
    await tamper(world.store, sha(A), b"short")
    real = strays.recorded

    async def recorded(*given: Any) -> Any:
        found = await real(*given)
        await world.store.delete(sha(A))
        await world.store.put(content_of(A), pieces(A))
        return found

    monkeypatch.setattr(strays, "recorded", recorded)
    assert await look(world) == {}


async def test_files_of_an_upload_that_ended_await_nothing(world: World, monkeypatch: Patched) -> None:
    """What arrived could not be thrown away, so that its files are still known."""

    async def discard(*_: Any) -> None:
        raise StoreUnreachable("gone")

    with monkeypatch.context() as broken:
        broken.setattr(world.store, "discard", discard)
        await world.push({"c": C})
    await world.graph.execute("MATCH (a:Artifact) SET a.state = 'REMOVED' REMOVE a.purging")
    await world.graph.execute("MATCH (v:ModelVersion) SET v.filesPurgedAt = 1")
    await stray(world)
    assert await look(world) == {digest_of(C): "UNRECORDED"}


async def test_what_was_begun_and_cut_off_is_gone_on_with(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    await stray(world, A, B)
    await cut_off(world, monkeypatch, A, B)
    await world.artifacts.reconciling.go_on()
    assert await is_there(world, A), "somebody may still be at it"
    upload = await world.begin({"b": B})
    world.ahead += HOUR
    await world.artifacts.reconciling.go_on()
    assert [await is_there(world, A), await is_there(world, B)] == [False, True]
    await world.send(upload["id"], {"b": B})
    assert (await world.complete(upload["id"]))["state"] == "COMPLETE", "nothing is marked any more"
    world.ahead += 2 * LIFE / 1_000_000
    await world.artifacts.reconciling.go_on()
    assert await world.graph.read("MATCH (s:Stray) RETURN s.digest") == []
