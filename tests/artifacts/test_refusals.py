"""What cannot be handed over is refused before anything of it comes, with its place."""

from typing import Any

import pytest

from app.registry.request import RegistrationRefused
from graph_schema.identity import uid
from tests.artifacts.world import FILES, KEY, World, announced, caller, digest_of


@pytest.mark.parametrize(
    ("files", "code", "path"),
    (
        ([], "BAD_MANIFEST", "input.files"),
        (announced({"../x": b""}), "BAD_MANIFEST", "input.files[0].path"),
        (announced({"a": b"", "/etc/passwd": b""}), "BAD_MANIFEST", "input.files[1].path"),
        (announced({"a": b"", "x\0y": b""}), "BAD_MANIFEST", "input.files[1].path"),
        (announced({"a": b"", "x" * 4_000: b""}), "BAD_MANIFEST", "input.files[1].path"),
        (announced({"Model.bin": b"", "model.bin": b""}), "BAD_MANIFEST", "input.files[1].path"),
        ([*announced({"a": b""}), *announced({"a": b"1"})], "BAD_MANIFEST", "input.files[0].path"),
        ([{"path": "a", "digest": digest_of(b""), "bytes": -1}], "BAD_VALUE", "input.files[0].bytes"),
        ([{"path": "a", "digest": digest_of(b""), "bytes": 2**62}], "BAD_VALUE", "input.files[0].bytes"),
        (
            [*announced({"a": b"x"}), {"path": "b", "digest": digest_of(b"x"), "bytes": 2}],
            "BAD_VALUE",
            "input.files[1].bytes",
        ),
        (announced({f"{number}": b"" for number in range(10_001)}), "BAD_MANIFEST", "input.files"),
    ),
    ids=["none", "up", "absolute", "nul", "long", "case", "twice", "negative", "huge", "two sizes", "too many"],
)
async def test_files_that_cannot_be_are_refused(world: World, files: list[Any], code: str, path: str) -> None:
    refused = await world.begin_with(files)
    assert (refused.get("code"), refused.get("path")) == (code, path), refused
    [[left]] = await world.graph.read("MATCH (u:Upload) RETURN count(u)")
    assert left == 0


@pytest.mark.parametrize(
    ("key", "path"),
    (
        ({**KEY, "name": ""}, "input.modelVersion.name"),
        ({**KEY, "version": "x" * 10_000}, "input.modelVersion.version"),
        ({**KEY, "namespace": "a\0b"}, "input.modelVersion.namespace"),
    ),
)
async def test_a_version_that_cannot_be_is_refused(world: World, key: dict[str, str], path: str) -> None:
    refused = await world.begin(key=key)
    assert (refused["code"], refused["path"]) == ("BAD_KEY", path)


async def test_a_client_does_not_speak_in_the_name_of_the_service(world: World) -> None:
    await world.push()
    item = {"modelVersion": KEY, "artifact": digest_of(b"another"), "path": "another"}
    with pytest.raises(RegistrationRefused, match="pedigree is the name in which the service itself"):
        await world.registry.register({"source": "pedigree", "relationships": [{"contains": item}]}, caller("x"))
    with pytest.raises(RegistrationRefused, match="pedigree is the name in which the service itself"):
        await world.registry.retract({"source": "pedigree", "nodes": [{"modelVersion": KEY}]}, caller("x"))
    assert (await world.files())["files"]["totalCount"] == len(FILES)
    assert uid("Artifact", (digest_of(b"another"),)) not in str(await world.files())
