"""What was seen of bytes does not hold for what became of them since: nothing is recorded, or removed, by it."""

import asyncio
from typing import Any

from app.artifacts.content import Span
from app.artifacts.failures import ArtifactDamaged
from app.artifacts.formats.format import safe
from tests.artifacts.test_watching import verify
from tests.artifacts.world import KEY, World, caller, digest_of
from tests.retention.asking import done, key_of, shown
from tests.stores.asking import tamper, whole

A, B, C = b"a" * 500, b"b" * 600, b"c" * 700
OTHER = {"namespace": "other", "name": "m", "version": "1"}
STRANGER = caller("stranger", "other")


def sha(data: bytes) -> str:
    return digest_of(data).removeprefix("sha256:")


async def state(world: World, data: bytes) -> str:
    values = {"digest": digest_of(data)}
    [[found]] = await world.graph.read("MATCH (a:Artifact {digest: $digest}) RETURN a.state", values)
    return found


async def is_there(world: World, data: bytes) -> bool:
    return await world.store.stat(sha(data)) is not None


async def test_what_was_damaged_since_an_upload_began_must_come(world: World) -> None:
    await world.push({"a": A})
    upload = await world.begin({"a": A, "b": B}, key_of("m", 2))
    await tamper(world.store, sha(A), b"x" * 500)
    await verify(world)
    assert await world.send(upload["id"], {"a": A, "b": B}) == ["b"]
    assert (await world.complete(upload["id"]))["code"] == "UPLOAD_INCOMPLETE"
    assert await state(world, A) == "DAMAGED", "nobody has read the right bytes"
    assert await world.send(upload["id"], {"a": A, "b": B}) == ["a"]
    assert (await world.complete(upload["id"]))["state"] == "COMPLETE"
    assert await state(world, A) == "STORED"
    assert await whole(world.store.read(sha(A))) == A


async def test_who_only_names_damaged_bytes_removes_nothing(world: World) -> None:
    await world.push({"a": A})
    await tamper(world.store, sha(A), b"x" * 500)
    await verify(world)
    honest = await world.begin({"a": A, "b": B}, key_of("m", 2))
    await world.send(honest["id"], {"a": A, "b": B}, only=["a"])
    assert (await world.complete(honest["id"]))["code"] == "UPLOAD_INCOMPLETE"
    assert await whole(world.store.read(sha(A))) == A, "the right bytes took their place"
    strange = await world.begin({"z": A}, OTHER, STRANGER)
    assert (await world.complete(strange["id"], STRANGER))["code"] == "UPLOAD_INCOMPLETE"
    assert await whole(world.store.read(sha(A))) == A
    await world.send(honest["id"], {"a": A, "b": B})
    assert (await world.complete(honest["id"]))["state"] == "COMPLETE"
    assert await whole(world.store.read(sha(A))) == A


async def test_what_was_purged_while_others_of_its_group_were_read_comes_again(world: World, monkeypatch: Any) -> None:
    await world.push({"a": A})
    files = {"q": A, "r": B, "s": C}
    upload = await world.begin(files, OTHER, STRANGER)
    await world.send(upload["id"], files, STRANGER, only=["q", "r"])
    real, finished = world.store.finish, asyncio.Event()

    async def finish(coming: Any, **others: Any) -> Any:
        if coming.content.sha256 == sha(B):
            await finished.wait()
            await done(world, {"stages": ["DEVELOPMENT"], "graceDays": 0}, keepNewest=0)
        found = await real(coming, **others)
        finished.set()
        return found

    with monkeypatch.context() as slow:
        slow.setattr(world.store, "finish", finish)
        assert (await world.complete(upload["id"], STRANGER))["code"] == "UPLOAD_INCOMPLETE"
    for _ in range(3):
        await world.send(upload["id"], files, STRANGER)
        if (await world.complete(upload["id"], STRANGER)).get("state") == "COMPLETE":
            break
    assert await state(world, A) == "STORED"
    assert await whole(world.store.read(sha(A))) == A


async def test_what_a_policy_took_away_is_back_when_it_is_pushed_again(world: World) -> None:
    """Also where another version kept the bytes, so that nothing need come."""
    await world.push({"a": A})
    await world.push({"a": A}, key_of("m", 2))
    await done(world, {"stages": ["DEVELOPMENT"]})
    assert (await shown(world, KEY))["filesRemovedAt"] is not None
    await world.push({"a": A})
    assert (await shown(world, KEY))["filesRemovedAt"] is None
    assert await is_there(world, A)


async def test_a_reading_does_not_outlast_right_bytes_of_another(world: World, monkeypatch: Any) -> None:
    """It finds bytes that have rotted, in the place of which a stranger hands over right ones meanwhile."""
    await world.push({"a": A})
    await tamper(world.store, sha(A), B[:500])
    began, there = asyncio.Event(), asyncio.Event()

    async def read(sha256: str, _span: Span | None = None) -> Any:
        began.set()
        await there.wait()
        raise ArtifactDamaged.of(sha256, sha(B))
        yield b""

    with monkeypatch.context() as slow:
        slow.setattr(world.store, "read", read)
        reading = asyncio.create_task(verify(world))
        await began.wait()
        await world.push({"a": A}, OTHER, by=STRANGER)
        there.set()
        await reading
    assert await whole(world.store.read(sha(A))) == A
    assert await state(world, A) == "STORED"


async def test_what_was_taken_once_comes_back_whatever_is_thought_of_it_now(world: World, monkeypatch: Any) -> None:
    broken = {"model.safetensors": b"\xff\0\0\0\0\0\0\0{}"}
    with monkeypatch.context() as lenient:
        lenient.setattr("app.artifacts.verifying.recognise", lambda *_: safe("safetensors", "is called so"))
        await world.push(broken)
    await world.store.delete(sha(broken["model.safetensors"]))
    await verify(world)
    assert (await world.push(broken))["state"] == "COMPLETE"
    assert await state(world, broken["model.safetensors"]) == "STORED"
    upload = await world.begin(broken, OTHER, STRANGER)
    await world.send(upload["id"], broken, STRANGER)
    refused = await world.complete(upload["id"], STRANGER)
    assert refused["code"] == "BAD_FILE", "and nobody else has it anew"
