"""The store is compared with the record, and nothing goes of what is recorded, awaited or said to be a version's."""

import asyncio
from typing import Any

import pytest

from app.access.service import LOCAL, Caller
from app.artifacts import strays
from app.artifacts.announcing import UploadRefused
from app.artifacts.reconciling import Difference, Reconciling
from app.errors import ErrorCode
from app.registry.verifying import record_verified
from tests.artifacts.test_overtaken import is_there, sha, state
from tests.artifacts.test_watching import verify
from tests.artifacts.world import FILES, World, caller, digest_of
from tests.retention.asking import done, key_of
from tests.stores.asking import content_of, pieces, tamper

A, B, C = b"a" * 500, b"b" * 600, b"c" * 700
HOUR = 3_600

_LOOK = """
query ($after: Digest) {
  storeDifferences(after: $after) {
    compared next differences { digest kind storedBytes storedAt recordedBytes }
  }
}
"""
_REMOVE = """
mutation ($input: RemoveUnrecordedInput!) {
  removeUnrecorded(input: $input) {
    ... on RemoveUnrecordedResult { artifacts { digest bytes kept } }
    ... on RequestError { code message path }
  }
}
"""


async def look(world: World, by: Caller = LOCAL) -> dict[str, str]:
    """By digest, how store and record differ."""
    found = (await world.ask(_LOOK, by))["storeDifferences"]
    assert found["next"] is None
    return {each["digest"]: each["kind"] for each in found["differences"]}


async def remove(world: World, *data: bytes, by: Caller = LOCAL) -> dict[str, Any]:
    return (await world.ask(_REMOVE, by, input={"artifacts": [digest_of(each) for each in data]}))["removeUnrecorded"]


async def kept(world: World, *data: bytes) -> list[str | None]:
    """Why these were kept; None for what was removed."""
    return [each["kept"] for each in (await remove(world, *data))["artifacts"]]


async def stray(world: World, *data: bytes) -> None:
    """Has the store hold bytes that nobody recorded, for long."""
    for each in data:
        await world.store.put(content_of(each), pieces(each))
    world.ahead = 2 * HOUR


async def test_what_is_recorded_is_held_and_nothing_else(world: World) -> None:
    await world.push(FILES)
    world.ahead = 2 * HOUR
    assert await look(world) == {}


async def test_bytes_that_nobody_recorded_are_told_and_removed_when_named(world: World) -> None:
    await world.push({"a": A})
    await stray(world, B, C)
    assert await look(world) == {digest_of(B): "UNRECORDED", digest_of(C): "UNRECORDED"}
    assert await is_there(world, B), "it only looked"
    answer = await remove(world, B)
    assert answer == {"artifacts": [{"digest": digest_of(B), "bytes": len(B), "kept": None}]}
    assert [await is_there(world, each) for each in (A, B, C)] == [True, False, True]
    assert await look(world) == {digest_of(C): "UNRECORDED"}
    assert (await world.push({"b": B}, key_of("m", 2)))["state"] == "COMPLETE", "they can be handed over again"
    assert await is_there(world, B)


async def test_bytes_of_an_upload_that_goes_on_are_no_difference(world: World) -> None:
    upload = await world.begin({"a": A, "b": B})
    await world.send(upload["id"], {"a": A, "b": B}, only=["a"])
    assert (await world.complete(upload["id"]))["code"] == "UPLOAD_INCOMPLETE"
    assert await is_there(world, A), "it was verified"
    world.ahead = 2 * HOUR
    assert await look(world) == {}
    assert await kept(world, A) == ["An upload that has not ended names it."]
    assert await is_there(world, A)
    await world.send(upload["id"], {"a": A, "b": B})
    assert (await world.complete(upload["id"]))["state"] == "COMPLETE"


async def test_bytes_of_an_upload_that_was_forgotten_are_one(world: World) -> None:
    upload = await world.begin({"a": A, "b": B})
    await world.send(upload["id"], {"a": A, "b": B}, only=["a"])
    await world.complete(upload["id"])
    await world.graph.execute("MATCH (n:Upload|UploadFile) DELETE n")
    world.ahead = 2 * HOUR
    assert await look(world) == {digest_of(A): "UNRECORDED"}


async def test_what_came_just_now_is_left_alone(world: World) -> None:
    await world.store.put(content_of(A), pieces(A))
    assert await look(world) == {}
    [reason] = await kept(world, A)
    assert reason is not None
    assert "less than an hour ago" in reason
    assert await is_there(world, A)


async def test_what_is_recorded_or_said_to_be_a_versions_is_not_removed(world: World) -> None:
    await world.push({"a": A})
    await stray(world, B)
    contained = {
        "contains": {"modelVersion": key_of("other", 1), "artifact": digest_of(B), "path": "b", "kind": "OTHER"}
    }
    body = {"source": "s", "nodes": [{"modelVersion": key_of("other", 1)}], "relationships": [contained]}
    assert (await world.registry.register(body, LOCAL)).count("REJECTED") == 0
    assert await look(world) == {}
    assert None not in await kept(world, A, B)
    assert [await is_there(world, A), await is_there(world, B)] == [True, True]


async def test_bytes_that_came_back_after_a_policy_removed_them(world: World) -> None:
    await world.push({"a": A})
    await done(world, {"stages": ["DEVELOPMENT"], "graceDays": 0}, keepNewest=0)
    assert (await state(world, A), await is_there(world, A)) == ("REMOVED", False)
    assert await look(world) == {}
    await stray(world, A)
    assert await look(world) == {digest_of(A): "UNRECORDED"}
    assert await kept(world, A) == [None]
    assert not await is_there(world, A)


async def test_what_is_recorded_and_not_held_is_put_on_record_by_a_verification(world: World) -> None:
    await world.push({"a": A, "b": B})
    world.ahead = 2 * HOUR
    await world.store.delete(sha(A))
    await tamper(world.store, sha(B), b"short")
    assert await look(world) == {digest_of(A): "ABSENT", digest_of(B): "OTHER_SIZE"}
    await verify(world)
    assert [await state(world, A), await state(world, B)] == ["MISSING", "DAMAGED"]
    assert await look(world) == {}
    await world.store.put(content_of(A), pieces(A))
    assert await look(world) == {digest_of(A): "FOUND"}
    await verify(world)
    assert await state(world, A) == "STORED"


async def test_every_difference_is_told_once_however_long_a_page_is(world: World) -> None:
    files = {f"{number}": f"{number}".encode() * 9 for number in range(12)}
    await world.push(files)
    lone = [f"lone {number}".encode() for number in range(9)]
    await stray(world, *lone)
    gone = list(files.values())[::3]
    for each in gone:
        await world.store.delete(sha(each))
    expected = {digest_of(each): Difference.UNRECORDED for each in lone}
    expected |= {digest_of(each): Difference.ABSENT for each in gone}
    reconciling = world.artifacts.reconciling
    for page in (1, 2, 3, 5, 100):
        told: dict[str, Difference] = {}
        after: str | None = ""
        compared = 0
        while after is not None:
            looked = await reconciling.look(after, LOCAL, page)
            assert not told.keys() & {each.digest for each in looked.differing}
            told |= {each.digest: each.difference for each in looked.differing}
            compared, after = compared + looked.digests, looked.next
        assert told == expected
        assert compared == len(files) + len(lone)


async def test_an_upload_that_begins_while_bytes_are_removed_sends_them_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It sees them in the store, has them verified, and may not record what is gone a moment later."""
    await stray(world, A)
    upload: dict[str, Any] = {}
    real = world.store.delete

    async def delete(sha256: str) -> bool:
        upload.update(await world.begin({"a": A}))
        await world.send(upload["id"], {"a": A})
        assert (await world.complete(upload["id"]))["code"] == "UPLOAD_INCOMPLETE"
        return await real(sha256)

    with monkeypatch.context() as slow:
        slow.setattr(world.store, "delete", delete)
        assert await kept(world, A) == [None]
    assert not await is_there(world, A)
    await world.send(upload["id"], {"a": A})
    assert (await world.complete(upload["id"]))["state"] == "COMPLETE"
    assert await is_there(world, A)


async def test_an_upload_that_begins_before_they_are_claimed_keeps_them(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await stray(world, A)
    real = strays.claim

    async def claim(*given: Any) -> frozenset[str]:
        upload = await world.begin({"a": A})
        await world.send(upload["id"], {"a": A})
        return await real(*given)

    with monkeypatch.context() as slow:
        slow.setattr(strays, "claim", claim)
        assert await kept(world, A) == ["An upload that has not ended names it."]
    assert (await world.push({"a": A}))["state"] == "COMPLETE"
    assert await is_there(world, A)


async def test_what_was_recorded_before_they_are_claimed_keeps_them(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await stray(world, A)
    real = strays.claim

    async def claim(*given: Any) -> frozenset[str]:
        await world.push({"a": A})
        return await real(*given)

    with monkeypatch.context() as slow:
        slow.setattr(strays, "claim", claim)
        assert None not in await kept(world, A)
    assert (await state(world, A), await is_there(world, A)) == ("STORED", True)


async def test_two_at_once_remove_the_same(world: World) -> None:
    await stray(world, A, B)
    other = Reconciling(world.graph, world.store, world.artifacts.now)
    digests = [digest_of(A), digest_of(B), digest_of(A)]
    results = await asyncio.gather(world.artifacts.reconciling.remove(digests, LOCAL), other.remove(digests, LOCAL))
    assert [len(each) for each in results] == [2, 2], "what is named twice is told once"
    assert sum(each.bytes for each in (*results[0], *results[1])) == len(A) + len(B)
    assert [await is_there(world, A), await is_there(world, B)] == [False, False]


async def test_who_sees_only_some_namespaces_is_refused(world: World) -> None:
    await stray(world, A)
    with pytest.raises(UploadRefused) as refused:
        await look(world, caller("somebody", "n"))
    assert refused.value.code is ErrorCode.FORBIDDEN
    assert (await remove(world, A, by=caller("somebody", "n")))["code"] == "FORBIDDEN"
    assert await is_there(world, A)


async def test_none_or_too_many_are_refused(world: World) -> None:
    assert (await remove(world))["code"] == "BAD_VALUE"
    assert (await remove(world, *[b"%d" % number for number in range(101)]))["code"] == "BAD_VALUE"
    [found] = (await remove(world, C))["artifacts"]
    assert found["kept"] == "The store holds nothing under this digest."


async def test_what_is_purged_meanwhile_is_left_to_the_purge(world: World) -> None:
    """Recorded as removed, and marked: it is being removed by somebody else."""
    await stray(world, A)

    async def record(transaction: Any) -> None:
        nodes = [{"artifact": {"digest": digest_of(A), "bytes": len(A), "state": "REMOVED"}}]
        await record_verified(
            transaction, world.graph.engine, nodes, (), namespace="n", caller=LOCAL, now=world.artifacts.now()
        )
        await transaction.run("MATCH (a:Artifact) SET a.purging = $now", {"now": world.artifacts.now()})

    await world.graph.write(record)
    assert await look(world) == {}
    assert None not in await kept(world, A)
