"""The files of a version come in, are verified by the service itself, and are recorded as such."""

import asyncio
from typing import Any

import pytest

from app.artifacts import graph as cypher
from app.artifacts import verifying
from app.artifacts.failures import ArtifactsError
from app.artifacts.manifest import File, Manifest
from app.errors import GraphBusy
from graph_schema.identity import from_id
from tests.artifacts.world import FILES, KEY, SAFETENSORS, World, caller, digest_of
from tests.stores.asking import content_of

MIB = 1024 * 1024


def paths(version: Any) -> list[str]:
    return [edge["node"]["path"] for edge in version["files"]["edges"]]


async def test_what_was_handed_over_is_recorded_as_verified(world: World) -> None:
    done = await world.push()
    manifest = Manifest.of(File.of(path, content_of(data)) for path, data in FILES.items())
    assert done["manifestDigest"] == manifest.digest
    version = await world.files()
    assert version["manifestDigest"] == manifest.digest
    assert paths(version) == sorted(FILES)
    for edge in version["files"]["edges"]:
        file, artifact = edge["node"], edge["node"]["artifact"]
        data = FILES[file["path"]]
        assert (artifact["digest"], artifact["bytes"]) == (digest_of(data), len(data))
        assert (file["source"], file["method"]) == ("pedigree", "VERIFIED")
        assert artifact["provenance"] == {"source": "pedigree", "method": "VERIFIED"}
        assert artifact["verifiedAt"] is not None
    told = {each["node"]["path"]: each["node"] for each in version["files"]["edges"]}
    assert {path: (each["kind"], each["artifact"]["format"]) for path, each in told.items()} == {
        "config.json": ("CONFIGURATION", "json"),
        "empty.txt": ("OTHER", "empty"),
        "model.safetensors": ("WEIGHTS", "safetensors"),
        "weights/old.pkl": ("WEIGHTS", "pickle"),
    }
    assert [path for path, each in told.items() if each["artifact"]["unsafe"]] == ["weights/old.pkl"]


async def test_nothing_is_recorded_before_all_of_it_has_arrived(world: World) -> None:
    upload = await world.begin()
    await world.send(upload["id"], only=["config.json"])
    refused = await world.complete(upload["id"])
    assert refused["code"] == "UPLOAD_INCOMPLETE"
    assert "'model.safetensors'" in refused["message"]
    assert await world.files() is None
    assert await world.send(upload["id"]) == ["model.safetensors", "weights/old.pkl"], "config.json has come"
    assert (await world.complete(upload["id"]))["state"] == "COMPLETE"


async def test_what_is_begun_again_is_gone_on_with(world: World) -> None:
    upload = await world.begin()
    await world.send(upload["id"], only=["config.json"])
    again = await world.begin(dict(reversed(FILES.items())))
    assert (again["id"], again["state"]) == (upload["id"], "ARRIVING")
    assert await world.send(again["id"]) == ["model.safetensors", "weights/old.pkl"]
    await world.complete(again["id"])
    assert (await world.begin())["state"] == "COMPLETE"
    assert await world.missing(upload["id"]) == []
    assert (await world.complete(upload["id"]))["state"] == "COMPLETE", "sent again it changes nothing"


async def test_of_a_large_file_the_missing_parts_are_told(world: World) -> None:
    large = {"model.bin": bytes(64 * MIB) + b"the rest"}
    upload = await world.begin(large)
    [file] = await world.missing(upload["id"])
    assert [int(part["bytes"]) for part in file["parts"]] == [64 * MIB, len(b"the rest")]
    await world.put(file, file["parts"][0], large["model.bin"])
    [file] = await world.missing(upload["id"])
    assert [part["number"] for part in file["parts"]] == [2]
    assert (await world.complete(upload["id"]))["code"] == "UPLOAD_INCOMPLETE"
    await world.put(file, file["parts"][0], large["model.bin"])
    assert await world.missing(upload["id"]) == []
    assert (await world.complete(upload["id"]))["verifiedBytes"] == len(large["model.bin"])


async def test_other_bytes_than_were_announced_are_thrown_away(world: World) -> None:
    files = {"a.txt": b"right", "b.txt": b"fine"}
    upload = await world.begin(files)
    for file in await world.missing(upload["id"]):
        # A folder refuses them at once, a bucket takes whatever has the address.
        await world.http.put(file["parts"][0]["url"], content=b"wrong" if file["path"] == "a.txt" else b"fine")
    refused = await world.complete(upload["id"])
    assert refused["code"] in {"UPLOAD_MISMATCH", "UPLOAD_INCOMPLETE"}
    assert "'a.txt'" in refused["message"]
    assert await world.store.stat(digest_of(b"wrong").removeprefix("sha256:")) is None
    assert await world.files() is None
    assert await world.send(upload["id"], files) == ["a.txt"]
    assert (await world.complete(upload["id"]))["state"] == "COMPLETE"


async def test_equal_bytes_come_once(world: World) -> None:
    files = {"a/model.bin": b"same", "b/model.bin": b"same", "c.txt": b"other"}
    upload = await world.begin(files)
    assert upload["verifiedBytes"] == 4
    assert await world.send(upload["id"], files) == ["a/model.bin", "c.txt"]
    await world.complete(upload["id"])
    version = await world.files()
    assert paths(version) == sorted(files)
    assert {edge["node"]["artifact"]["format"] for edge in version["files"]["edges"]} == {"text"}


async def test_a_version_of_the_same_bytes_needs_none_of_them(world: World) -> None:
    await world.push()
    other = {**KEY, "version": "2"}
    upload = await world.begin(key=other)
    assert await world.missing(upload["id"]) == []
    assert (await world.complete(upload["id"]))["state"] == "COMPLETE"
    asked = "query ($d: Digest!) { artifact(key: $d) { modelVersions { edges { node { version } } } } }"
    artifact = (await world.ask(asked, d=digest_of(SAFETENSORS)))["artifact"]
    assert [edge["node"]["version"] for edge in artifact["modelVersions"]["edges"]] == ["1", "2"]
    history = "query ($d: Digest!) { artifact(key: $d) { history { totalCount } } }"
    assert (await world.ask(history, d=digest_of(SAFETENSORS)))["artifact"]["history"]["totalCount"] == 1


async def test_the_files_of_a_version_never_change(world: World) -> None:
    await world.push()
    refused = await world.begin({**FILES, "config.json": b"[]", "more.txt": b"more"})
    assert (refused["code"], refused["path"]) == ("MANIFEST_DIFFERS", "input.modelVersion")
    assert "1 added (more.txt), 1 changed (config.json)" in refused["message"]
    assert (await world.begin(by=caller("other", "n")))["state"] == "ARRIVING", "another may say the same"


async def test_a_manifest_that_a_source_claims_stays_too(world: World) -> None:
    claimed = digest_of(b"their own way to count")
    node = {"modelVersion": {**KEY, "manifestDigest": claimed}}
    await world.registry.register({"source": "s", "nodes": [node]}, caller("s", "n", "default"))
    refused = await world.begin()
    assert refused["code"] == "MANIFEST_DIFFERS"
    assert claimed in refused["message"]


async def test_of_two_manifests_that_come_at_once_one_is_recorded(world: World) -> None:
    other = {**FILES, "config.json": b"[]"}
    uploads = [await world.begin(), await world.begin(other)]
    await world.send(uploads[0]["id"])
    await world.send(uploads[1]["id"], other)
    answers = await asyncio.gather(*(world.complete(each["id"]) for each in uploads))
    [refused] = [each for each in answers if "code" in each]
    assert refused["code"] == "FIXED_VALUE"
    version = await world.files()
    assert len(paths(version)) == len(FILES)
    [done] = [each for each in answers if "code" not in each]
    assert version["manifestDigest"] == done["manifestDigest"]


async def test_two_services_that_complete_at_once_record_it_once(world: World) -> None:
    upload = await world.begin()
    await world.send(upload["id"])
    others = [world.service() for _ in range(3)]
    answers = await asyncio.gather(*(world.complete(upload["id"], through=each) for each in others))
    assert [each.get("state") for each in answers] == ["COMPLETE"] * 3
    assert len(paths(await world.files())) == len(FILES)
    [[links]] = await world.graph.read("MATCH (:ModelVersion)-[r:CONTAINS]->(:Artifact) RETURN count(r)")
    assert links == len(FILES)


async def test_while_another_service_verifies_it_is_waited_for(world: World) -> None:
    upload = await world.begin()
    await world.send(upload["id"])
    found = await world.artifacts.upload(upload["id"], caller("nobody", "n"))
    assert found is None, "an upload is of whoever began it"
    _, node = from_id(upload["id"])
    now = 2**60
    assert await cypher.claim(world.graph, node, "another", 0, now)
    impatient = world.service(patience=0.0)
    assert (await world.complete(upload["id"], through=impatient))["state"] == "VERIFYING"
    await cypher.release(world.graph, node, "another")
    assert (await world.complete(upload["id"]))["state"] == "COMPLETE"


async def test_what_a_failure_cut_off_is_gone_on_with(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    upload = await world.begin()
    await world.send(upload["id"])

    async def busy(*_: Any, **__: Any) -> None:
        raise GraphBusy("Others were in the way.")

    with monkeypatch.context() as broken:
        broken.setattr(verifying, "record_verified", busy)
        with pytest.raises(GraphBusy):
            await world.complete(upload["id"])
    assert await world.files() is None
    assert (await world.complete(upload["id"]))["state"] == "COMPLETE"
    assert paths(await world.files()) == sorted(FILES)


async def test_what_arrived_is_thrown_away_when_it_is_recorded(world: World) -> None:
    await world.push()
    assert list(await world.store.unfinished()) == []
    [[left]] = await world.graph.read("MATCH (f:UploadFile) RETURN count(f)")
    assert left == 0


async def test_bytes_that_went_missing_are_handed_over_again(world: World) -> None:
    upload = await world.push()
    sha256 = digest_of(SAFETENSORS).removeprefix("sha256:")
    await world.store.delete(sha256)
    again = await world.begin()
    assert (again["id"], again["state"]) == (upload["id"], "ARRIVING")
    assert await world.send(again["id"]) == ["model.safetensors"]
    assert (await world.complete(again["id"]))["state"] == "COMPLETE"
    assert await world.store.stat(sha256) is not None


async def test_what_the_store_forgot_is_begun_anew(world: World) -> None:
    files = {"a.txt": b"a"}
    upload = await world.begin(files)
    await world.missing(upload["id"])
    for left in await world.store.unfinished():
        await world.store.drop(left)
    await world.begin(files)
    assert await world.send(upload["id"], files) == ["a.txt"]
    assert (await world.complete(upload["id"]))["state"] == "COMPLETE"


async def test_a_store_that_is_gone_says_so(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    async def gone(*_: Any, **__: Any) -> None:
        raise ArtifactsError("The store does not answer.")

    upload = await world.begin()
    with monkeypatch.context() as broken:
        broken.setattr(world.store, "finish", gone)
        broken.setattr(world.store, "begin", gone)
        with pytest.raises(ArtifactsError):
            await world.missing(upload["id"])
    await world.send(upload["id"])
    with monkeypatch.context() as broken:
        broken.setattr(world.store, "finish", gone)
        with pytest.raises(ArtifactsError):
            await world.complete(upload["id"])
    assert (await world.complete(upload["id"]))["state"] == "COMPLETE"


async def test_many_files_are_told_by_pages(world: World) -> None:
    files = {f"{number:03}.txt": str(number).encode() for number in range(130)}
    upload = await world.begin(files)
    first = await world.missing(upload["id"], first=100)
    rest = await world.missing(upload["id"], first=100, after=first[-1]["number"])
    assert [each["path"] for each in (*first, *rest)] == sorted(files)
    for file in (*first, *rest):
        await world.put(file, file["parts"][0], files[file["path"]])
    await world.complete(upload["id"])
    shown: list[str] = []
    page: dict[str, Any] = {"first": 60}
    while True:
        version = await world.files(verified=True, **page)
        assert version["files"]["totalCount"] == 130
        shown += paths(version)
        if not version["files"]["pageInfo"]["hasNextPage"]:
            break
        page["after"] = version["files"]["pageInfo"]["endCursor"]
    assert shown == sorted(files)


async def test_too_many_bytes_are_refused_before_any_come(world: World) -> None:
    refused = await world.begin({"a": b"123", "b": b"4567"}, through=world.service(most_bytes=6))
    assert (refused["code"], refused["path"]) == ("BAD_VALUE", "input.files")
    assert "7 bytes together, and may have 6" in refused["message"]


async def test_an_unknown_upload_is_not_completed(world: World) -> None:
    upload = await world.begin()
    other = await world.complete(upload["id"], by=caller("other", "n"))
    assert (other["code"], other["path"]) == ("NOT_FOUND", "input.id")
    assert (await world.complete("bogus"))["code"] == "NOT_FOUND"
