"""Who begins an upload and then sees its namespace no more, goes on with it no more either."""

import asyncio
from typing import Any

import pytest

from app.access.roles import Role
from app.access.service import Caller
from app.artifacts.content import Upload
from graph_schema.identity import to_id, uid
from tests.artifacts.world import FILES, World
from tests.engines.access import Service

TEAM = ("people", "team")
NO_UPLOAD = to_id("Upload", uid("Upload", ("none",)))
_UPLOAD = "query ($id: ID!) { upload(id: $id) { state missing { parts { url } } } }"


async def _given(access: Service, *sight: str, namespaces: list[str] | None = None) -> Caller:
    """The team, by a new token, after it was granted these namespaces."""
    await access.grant(TEAM, Role.ENGINEER, sight=sight)
    return await _known(access, await access.token(TEAM, Role.ENGINEER, namespaces=namespaces))


async def _known(access: Service, secret: str) -> Caller:
    found = await access.known(secret)
    assert found is not None
    return found


async def _refused_as_unknown(world: World, upload: str, by: Caller) -> None:
    assert await world.ask(_UPLOAD, by, id=upload) == {"upload": None}
    refused = await world.complete(upload, by)
    assert refused == await world.complete(NO_UPLOAD, by), "nothing tells it from an id that never was"
    assert (refused["code"], refused["path"]) == ("NOT_FOUND", "input.id")


async def test_a_namespace_is_taken_away_between_begin_and_complete(world: World) -> None:
    access = Service(world.graph)
    await access.grant(TEAM, Role.ENGINEER, sight=("n", "o"))
    secret = await access.token(TEAM, Role.ENGINEER)
    upload = (await world.begin(by=await _known(access, secret)))["id"]
    await world.send(upload, by=await _known(access, secret))

    await access.grant(TEAM, Role.ENGINEER, sight=("o",))
    await _refused_as_unknown(world, upload, await _known(access, secret))
    assert await world.files() is None, "nothing was recorded"

    await access.grant(TEAM, Role.ENGINEER, sight=("n",))
    assert (await world.complete(upload, await _known(access, secret)))["state"] == "COMPLETE", "and nothing was lost"
    await access.grant(TEAM, Role.ENGINEER, sight=())
    await _refused_as_unknown(world, upload, await _known(access, secret))


async def test_a_token_of_the_same_actor_is_limited_to_other_namespaces(world: World) -> None:
    access = Service(world.graph)
    wide = await _given(access, "n", "o")
    narrow = await _given(access, "n", "o", namespaces=["o"])
    assert (wide.uid, narrow.sight) == (narrow.uid, ("o",))
    upload = (await world.begin(by=wide))["id"]
    await world.send(upload, by=wide)
    await _refused_as_unknown(world, upload, narrow)
    assert await world.files() is None
    assert (await world.complete(upload, wide))["state"] == "COMPLETE"


async def test_a_verification_under_way_ends_as_it_began(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    access = Service(world.graph)
    before = await _given(access, "n")
    upload = (await world.begin(by=before))["id"]
    await world.send(upload, by=before)
    began, on, real = asyncio.Event(), asyncio.Event(), world.store.finish

    async def finish(arrived: Upload, **others: Any) -> Any:
        began.set()
        await on.wait()
        return await real(arrived, **others)

    monkeypatch.setattr(world.store, "finish", finish)
    completing = asyncio.create_task(world.complete(upload, before))
    await began.wait()
    after = await _given(access, "o")
    await _refused_as_unknown(world, upload, after)
    on.set()
    assert (await completing)["state"] == "COMPLETE"
    assert (await world.files())["files"]["totalCount"] == len(FILES)
