"""Bytes are fetched by those who may see a version that holds them, and by nobody who only names them."""

from typing import Any

import pytest

from app.errors import ErrorCode
from tests.artifacts.world import FILES, KEY, SAFETENSORS, World, caller, digest_of

TEAM, OTHERS = caller("team", "n", "default"), caller("others", "o", "default")


async def test_an_address_gives_the_bytes(world: World) -> None:
    await world.push()
    digests = [digest_of(data) for data in FILES.values()]
    for download, data in zip(await world.downloads(*digests), FILES.values(), strict=True):
        assert (download["digest"], download["bytes"], download["error"]) == (digest_of(data), len(data), None)
        answer = await world.http.get(download["url"])
        assert (answer.status_code, answer.content) == (200, data)
    [weights] = await world.downloads(digest_of(SAFETENSORS))
    part = await world.http.get(weights["url"], headers={"range": "bytes=8-9"})
    assert (part.status_code, part.content) == (206, SAFETENSORS[8:])


async def test_a_version_that_is_hidden_gives_nothing(world: World) -> None:
    await world.push(by=TEAM)
    [known] = await world.downloads(digest_of(SAFETENSORS), by=TEAM)
    assert known["url"] is not None
    [hidden] = await world.downloads(digest_of(SAFETENSORS), by=OTHERS)
    [unknown] = await world.downloads(digest_of(b"nothing"), by=OTHERS)
    assert (hidden["url"], hidden["bytes"], hidden["error"]["code"]) == (None, None, "NOT_FOUND")
    assert hidden["error"]["message"].replace(digest_of(SAFETENSORS), "") == unknown["error"]["message"].replace(
        digest_of(b"nothing"), ""
    ), "it is not told apart from what is not there"
    assert await world.files(by=OTHERS) is None


async def test_who_only_claims_bytes_does_not_get_them(world: World) -> None:
    await world.push(by=TEAM)
    theirs = {"namespace": "o", "name": "m", "version": "1"}
    claim = {"contains": {"modelVersion": theirs, "artifact": digest_of(SAFETENSORS), "path": "stolen.bin"}}
    await world.registry.register({"source": "s", "namespace": "o", "relationships": [claim]}, OTHERS)
    [refused] = await world.downloads(digest_of(SAFETENSORS), by=OTHERS)
    assert refused["error"]["code"] == "NOT_FOUND"
    files = {"stolen.bin": SAFETENSORS}
    upload = await world.begin(files, theirs, OTHERS)
    assert await world.send(upload["id"], files, OTHERS, only=[]) == []
    assert [each["path"] for each in await world.missing(upload["id"], OTHERS)] == ["stolen.bin"], "it must be sent"
    assert (await world.complete(upload["id"], OTHERS))["code"] == "UPLOAD_INCOMPLETE"
    await world.send(upload["id"], files, OTHERS)
    await world.complete(upload["id"], OTHERS)
    [granted] = await world.downloads(digest_of(SAFETENSORS), by=OTHERS)
    assert granted["url"] is not None, "whoever has the bytes may have them"


async def test_files_are_handed_over_where_one_may_register(world: World) -> None:
    refused = await world.begin(by=OTHERS)
    assert (refused["code"], refused["path"]) == ("FORBIDDEN", "input.modelVersion.namespace")


async def test_bytes_that_went_missing_are_said_to_be(world: World) -> None:
    await world.push()
    await world.store.delete(digest_of(SAFETENSORS).removeprefix("sha256:"))
    gone, there = await world.downloads(digest_of(SAFETENSORS), digest_of(b"{}"))
    assert (gone["url"], gone["error"]["code"]) == (None, "ARTIFACT_MISSING")
    assert there["url"] is not None, "one does not fail the others"


@pytest.mark.parametrize("seconds", (0, -1, 86_401))
async def test_a_life_that_no_address_has_is_refused(world: World, seconds: int) -> None:
    refused = await world.downloads(digest_of(b""), seconds=seconds)
    assert (refused["code"], refused["path"]) == ("BAD_VALUE", "input.seconds")


@pytest.mark.parametrize("count", (0, 101))
async def test_too_many_or_no_artifacts_are_refused(world: World, count: int) -> None:
    refused = await world.downloads(*[digest_of(str(number).encode()) for number in range(count)])
    assert (refused["code"], refused["path"]) == ("BAD_VALUE", "input.artifacts")


async def test_what_sources_claim_stands_beside_what_was_verified(world: World) -> None:
    claim = {"contains": {"modelVersion": KEY, "artifact": digest_of(b"claimed"), "path": "claimed.bin"}}
    same = {"contains": {"modelVersion": KEY, "artifact": digest_of(SAFETENSORS), "path": "model.safetensors"}}
    await world.registry.register({"source": "s", "relationships": [claim, same]}, TEAM)
    await world.push()

    async def told(**which: Any) -> list[tuple[str, str]]:
        edges = (await world.files(**which))["files"]["edges"]
        return [(edge["node"]["path"], edge["node"]["method"]) for edge in edges]

    verified = [(path, "VERIFIED") for path in sorted(FILES)]
    claimed = [("claimed.bin", "CLAIMED"), ("model.safetensors", "CLAIMED")]
    assert await told(verified=True) == verified
    assert await told(verified=False) == claimed
    assert sorted(await told()) == sorted(verified + claimed)
    [first] = await world.downloads(digest_of(b"claimed"))
    assert first["error"]["code"] == ErrorCode.NOT_FOUND.value
