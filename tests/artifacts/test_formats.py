"""What a file is: recorded and shown, and where it is certainly broken or made to do harm, refused."""

import gzip
import pickle
import zipfile
from typing import Any

import pytest

from graph_schema.identity import from_id
from tests.artifacts.test_watching import verify
from tests.artifacts.world import KEY, SAFETENSORS, World, caller, digest_of
from tests.stores.asking import tamper
from tests.unit.artifacts.files import archive, bomb, safetensors, tar

BOMB = bomb()
MASK = archive({"mask.bin": b"\0" * (101 * 1024 * 1024)}, zipfile.ZIP_DEFLATED)
SECOND, THIRD = {**KEY, "version": "2"}, {**KEY, "version": "3"}


def broken_size() -> bytes:
    """A tar archive with a size below zero."""
    data = bytearray(tar({"a.txt": b"x" * 5}))
    data[124:136] = b"-0000777777\0"
    return bytes(data)


async def told(world: World, key: Any = KEY) -> dict[str, Any]:
    """What is recorded of the version's files, by path."""
    version = await world.files(key)
    return {edge["node"]["path"]: edge["node"]["artifact"] for edge in version["files"]["edges"]}


async def unsafe(world: World, key: Any = KEY) -> set[str]:
    return {path for path, artifact in (await told(world, key)).items() if artifact["unsafe"]}


@pytest.mark.parametrize(
    ("path", "data", "reason"),
    (
        ("model.safetensors", safetensors()[:60], "ends before its header does: it is cut short"),
        ("model.safetensors", safetensors()[:-3], "ends 3 bytes before its last tensor does"),
        ("model.safetensors", safetensors({"w": ("F32", [2], 4)}), "not as large as, its header says"),
        ("model.zip", BOMB, "times its size: it is a bomb"),
        ("model.zip", archive({"../../etc/passwd": b"x"}), "put outside of its folder: '../../etc/passwd'"),
        ("model.tar.gz", gzip.compress(tar({"../passwd": b"x"})), "put outside of its folder: '../passwd'"),
    ),
    ids=["no header", "no end", "contradiction", "bomb", "zip", "tar"],
)
async def test_what_is_broken_or_does_harm_is_refused(world: World, path: str, data: bytes, reason: str) -> None:
    files = {"a.txt": b"fine", path: data}
    upload = await world.begin(files)
    await world.send(upload["id"], files)
    refused = await world.complete(upload["id"])
    assert (refused["code"], refused["path"]) == ("BAD_FILE", path)
    assert refused["message"].startswith(f"'{path}' is not taken, and what arrived of it was thrown away. It ")
    assert reason in refused["message"]
    assert "leave it out" in refused["message"]
    assert await world.store.stat(digest_of(data).removeprefix("sha256:")) is None
    assert await world.files() is None
    [[recorded]] = await world.graph.read("MATCH (a:Artifact) RETURN count(a)")
    assert recorded == 0
    _, node = from_id(upload["id"])
    [[done]] = await world.graph.read("MATCH (u:Upload {uid: $uid}) RETURN u.verifiedBytes", {"uid": node})
    assert done == len(b"fine")
    assert (await world.complete(upload["id"]))["code"] == "UPLOAD_INCOMPLETE", "it may come again"
    await world.send(upload["id"], files)
    assert (await world.complete(upload["id"]))["code"] == "BAD_FILE"
    assert (await world.push({"a.txt": b"fine"}))["state"] == "COMPLETE"


async def test_other_flaws_are_recorded_and_shown(world: World) -> None:
    files = {
        "a.json": b'{"a": ', "b.onnx": b"text", "c.tar": broken_size(), "d.gz": gzip.compress(b"x" * 999)[:-5],
        "e.zip": archive({"a.txt": b"x"}) + b"\0" * 70_000, "f.safetensors": SAFETENSORS,
        "g.zip": MASK, "h.tar": tar({"/a/b": b"x"}),
    }  # fmt: skip
    await world.push(files)
    assert {path: artifact["flaw"] for path, artifact in (await told(world)).items()} == {
        "a.json": "is no JSON, though it begins so",
        "b.onnx": None,
        "c.tar": "has a header that cannot be read",
        "d.gz": "ends before what is in it does: it is cut short",
        "e.zip": "has no directory at its end: it is cut short",
        "f.safetensors": None,
        "g.zip": "would have 105,906,176 bytes when unpacked, 1,027 times its size",
        "h.tar": "has an entry whose name begins with a slash: '/a/b'",
    }
    assert await unsafe(world) == {"c.tar", "d.gz", "e.zip"}
    found = await world.ask('{ artifacts(where: { flaw: { contains: "no JSON" } }) { edges { node { digest } } } }')
    assert [edge["node"]["digest"] for edge in found["artifacts"]["edges"]] == [digest_of(files["a.json"])]
    await world.push(files, SECOND, caller("other", "n"))
    assert (await told(world, SECOND))["a.json"]["flaw"] == "is no JSON, though it begins so"


@pytest.mark.parametrize("path", ("handler.py", "weights.pkl", "model.h5"))
@pytest.mark.parametrize("by", (caller("x", "n"), caller("y", "n", "o")), ids=["in sight", "wider"])
async def test_bytes_are_unsafe_by_each_of_their_names(world: World, path: str, by: Any) -> None:
    await world.push({"a.txt": b"text"})
    assert await unsafe(world) == set()
    await world.push({path: b"text"}, SECOND, by)
    assert await unsafe(world, SECOND) == {path}
    assert await unsafe(world) == {"a.txt"}
    await world.push({"b.txt": b"text"}, THIRD)
    assert await unsafe(world, THIRD) == {"b.txt"}, "no name makes them safe again"


async def test_bytes_of_two_names_in_one_version(world: World) -> None:
    await world.push({"a.txt": b"text", "b/handler.py": b"text", "c.txt": b"other", "d.txt": b"other"})
    assert await unsafe(world) == {"a.txt", "b/handler.py"}


async def test_bytes_that_another_team_has_are_marked_too(world: World) -> None:
    await world.push({"a.txt": b"text"})
    await world.push({"a.pkl": b"text"}, {**KEY, "namespace": "o"}, caller("y", "o"))
    assert await unsafe(world) == {"a.txt"}


async def test_bytes_that_come_back_are_as_unsafe_as_they_were(world: World) -> None:
    await world.push({"a.pkl": b"text"})
    sha256 = digest_of(b"text").removeprefix("sha256:")
    await tamper(world.store, sha256, b"else")
    await verify(world)
    await world.push({"a.txt": b"text"}, SECOND)
    [[state, marked]] = await world.graph.read("MATCH (a:Artifact) RETURN a.state, a.unsafe")
    assert (state, marked) == ("STORED", True)


async def test_a_name_that_says_nothing_new_is_no_news(world: World) -> None:
    await world.push({"a.pkl": pickle.dumps(1)})
    await world.push({"b.pkl": pickle.dumps(1)}, SECOND)
    history = "query ($d: Digest!) { artifact(key: $d) { history { totalCount } } }"
    assert (await world.ask(history, d=digest_of(pickle.dumps(1))))["artifact"]["history"]["totalCount"] == 1
