"""Stored bytes are read again, and what became of them is recorded where investigators look."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest
from structlog.testing import capture_logs

from app.access.service import LOCAL, SERVICE, Caller
from app.artifacts.content import Span
from app.artifacts.failures import ArtifactMissing, StoreUnreachable
from app.artifacts.service import Artifacts
from app.artifacts.watching import amiss
from graph_schema.identity import to_id
from tests.artifacts.world import FILES, KEY, SAFETENSORS, World, caller, digest_of
from tests.stores.asking import tamper

_VERIFY = """
mutation ($input: VerifyArtifactsInput!) {
  verifyArtifacts(input: $input) {
    ... on VerifyArtifactsResult { next checked { digest bytes state message } }
    ... on RequestError { code message path }
  }
}
"""
_STATES = "{ artifacts { edges { node { digest state checkedAt history { totalCount } } } } }"
_SAID = """
query ($d: Digest!) { artifact(key: $d) {
  provenance { source assertedBy } history { edges { node { assertedBy word } } }
} }
"""
_GAPS = """
{ gaps(kinds: [WHOLE_FILES, SAFE_FORMAT, STORED_FILES], stages: []) { edges { node { version } gaps } } }
"""
SHA = digest_of(SAFETENSORS).removeprefix("sha256:")
LATER = "2100-01-01T00:00:00Z"


async def verify(
    world: World, by: Caller = LOCAL, through: Artifacts | None = None, not_since: str = LATER, **which: Any
) -> dict[str, Any]:
    asked = {"notSince": not_since, **which}
    return (await world.ask(_VERIFY, by, through=through, input=asked))["verifyArtifacts"]


async def found(world: World, **which: Any) -> dict[str, str]:
    """By digest, what was found by one call that came to the end."""
    answer = await verify(world, **which)
    assert answer.get("next") is None, answer
    return {each["digest"]: each["state"] for each in answer["checked"]}


async def states(world: World) -> dict[str, tuple[str | None, bool, int]]:
    """By digest, the state that the inventory shows, whether it was looked at, and how often it changed."""
    edges = (await world.ask(_STATES))["artifacts"]["edges"]
    nodes = [edge["node"] for edge in edges]
    return {
        each["digest"]: (each["state"], each["checkedAt"] is not None, each["history"]["totalCount"]) for each in nodes
    }


def others(*besides: str) -> dict[str, str]:
    return {digest_of(data): "STORED" for data in FILES.values() if digest_of(data) not in besides}


async def test_what_is_as_it_was_is_said_to_be(world: World) -> None:
    await world.push()
    assert await found(world) == others()
    assert await states(world) == dict.fromkeys(others(), ("STORED", True, 1)), "no news, and no more history"


async def test_a_changed_byte_is_found(world: World) -> None:
    await world.push()
    await tamper(world.store, SHA, SAFETENSORS[:-1] + b"]")
    answer = await verify(world)
    [damaged] = [each for each in answer["checked"] if each["state"] != "STORED"]
    assert (damaged["digest"], damaged["state"]) == (digest_of(SAFETENSORS), "DAMAGED")
    assert "Use none of them" in damaged["message"]
    assert (await states(world))[digest_of(SAFETENSORS)] == ("DAMAGED", True, 2)
    assert await amiss(world.graph) == {"MISSING": 0, "DAMAGED": 1, "UNREADABLE": 0}
    [edge] = (await world.ask(_GAPS))["gaps"]["edges"]
    assert edge == {"node": {"version": "1"}, "gaps": ["WHOLE_FILES", "SAFE_FORMAT"]}


async def test_what_is_found_is_the_services_own_word(world: World) -> None:
    """Not that of whoever asked for it, who has read nothing: that is in the log."""
    team, auditor = caller("team", "n"), caller("auditor", "n")
    await world.push(by=team)
    await tamper(world.store, SHA, SAFETENSORS[:-1] + b"]")
    with capture_logs() as logged:
        await verify(world, auditor)
    artifact = (await world.ask(_SAID, d=digest_of(SAFETENSORS)))["artifact"]
    assert artifact["provenance"] == {"assertedBy": to_id("Actor", SERVICE.uid), "source": "pedigree"}
    said = {edge["node"]["word"]["state"]: edge["node"]["assertedBy"] for edge in artifact["history"]["edges"]}
    assert said == {"DAMAGED": to_id("Actor", SERVICE.uid), "STORED": to_id("Actor", team.uid)}
    [line] = [each for each in logged if each["event"] == "verified"]
    assert (line["caller"], line["read"]) == (auditor.uid, len(FILES))
    assert line["wrong"] == [f"{digest_of(SAFETENSORS)} DAMAGED"]


@pytest.mark.parametrize("damage", ("changed", "gone"))
async def test_what_was_damaged_is_handed_over_again(world: World, damage: str) -> None:
    await world.push()
    await (tamper(world.store, SHA, b"else") if damage == "changed" else world.store.delete(SHA))
    assert (await found(world))[digest_of(SAFETENSORS)] == ("DAMAGED" if damage == "changed" else "MISSING")
    upload = await world.begin()
    assert await world.send(upload["id"]) == ["model.safetensors"]
    assert (await world.complete(upload["id"]))["state"] == "COMPLETE"
    assert (await states(world))[digest_of(SAFETENSORS)][0] == "STORED"
    assert await found(world) == others()
    [download] = await world.downloads(digest_of(SAFETENSORS))
    assert (await world.http.get(download["url"])).content == SAFETENSORS


async def test_what_the_store_does_not_give_is_unreadable(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    await world.push()
    given = world.store.read

    def read(sha256: str, span: Span | None = None) -> Any:
        if sha256 == SHA:
            raise StoreUnreachable("The store does not give it.")
        return given(sha256, span)

    with monkeypatch.context() as broken:
        broken.setattr(world.store, "read", read)
        assert (await found(world))[digest_of(SAFETENSORS)] == "UNREADABLE"
    assert await found(world) == others(), "and it is well again when it is given again"


async def test_a_store_that_is_gone_says_nothing_of_its_bytes(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    await world.push()

    def gone(*_: Any, **__: Any) -> Any:
        raise StoreUnreachable("The store does not answer.")

    with monkeypatch.context() as broken:
        broken.setattr(world.store, "read", gone)
        broken.setattr(world.store, "check", gone)
        with pytest.raises(StoreUnreachable):
            await verify(world)
    assert {state for state, _, _ in (await states(world)).values()} == {"STORED"}


async def test_they_are_read_by_pages_and_by_what_is_due(world: World) -> None:
    await world.push()
    digests = sorted(others())
    seen: list[str] = []
    after = None
    while True:
        answer = await verify(world, first=3, after=after)
        seen += [each["digest"] for each in answer["checked"]]
        after = answer["next"]
        if after is None:
            break
    assert seen == digests
    assert await found(world, not_since="2000-01-01T00:00:00Z") == {}, "all were read since"
    assert list(await found(world, after=digests[0], to=digests[2])) == digests[1:3]
    assert list(await found(world, artifacts=[digests[3], digest_of(b"unknown")])) == [digests[3]]


async def test_large_bytes_are_read_on_while_nobody_waits(world: World) -> None:
    await world.push({"a.bin": bytes(8 * 1024 * 1024)})
    impatient = world.service(patience=0.0)
    answers = [await verify(world, through=impatient)]
    while not answers[-1]["checked"]:
        assert answers[-1]["next"] == f"sha256:{'0' * 64}", "it goes on where it was"
        answers.append(await verify(world, through=impatient))
    assert answers[-1]["checked"][0]["state"] == "STORED"
    await impatient.close()


async def test_what_was_read_while_nobody_waited_is_not_read_anew(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await world.push({"a.bin": b"bytes"})
    readings, real = list[str](), world.store.read

    def read(sha256: str, span: Span | None = None) -> Any:
        readings.append(sha256)
        return real(sha256, span)

    monkeypatch.setattr(world.store, "read", read)
    slow = world.service(patience=0.0)
    checked: list[dict[str, Any]] = []
    for _ in range(100):
        if checked := (await verify(world, through=slow))["checked"]:
            break
        await asyncio.sleep(0.3)  # it ends meanwhile
    assert [each["state"] for each in checked] == ["STORED"]
    assert len(readings) == 1
    await slow.close()


async def test_a_reading_does_not_outlast_what_was_handed_over_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It began while the bytes were gone, and ends when they are there again."""
    await world.push({"a.bin": b"bytes"})
    await world.store.delete(digest_of(b"bytes").removeprefix("sha256:"))
    await verify(world)
    real, began, there = world.store.read, asyncio.Event(), asyncio.Event()

    async def read(sha256: str, span: Span | None = None) -> Any:
        if not began.is_set():
            began.set()
            await there.wait()
            raise ArtifactMissing.of(sha256)
        async for chunk in real(sha256, span):
            yield chunk

    monkeypatch.setattr(world.store, "read", read)
    reading = asyncio.create_task(verify(world))
    await began.wait()
    await world.push({"a.bin": b"bytes"})
    there.set()
    await reading
    assert (await states(world))[digest_of(b"bytes")][0] == "STORED"


@pytest.mark.parametrize(("damage", "code"), (("changed", "ARTIFACT_DAMAGED"), ("gone", "ARTIFACT_MISSING")))
async def test_who_would_fetch_them_is_told_what_became_of_them(world: World, damage: str, code: str) -> None:
    await world.push(by=caller("team", "n"))
    await (tamper(world.store, SHA, b"else") if damage == "changed" else world.store.delete(SHA))
    await verify(world)
    [download] = await world.downloads(digest_of(SAFETENSORS))
    assert (download["error"]["code"], download["url"]) == (code, None)
    assert "Hand the files" in download["error"]["message"]
    [download] = await world.downloads(digest_of(SAFETENSORS), by=caller("others", "o"))
    assert download["error"]["code"] == "NOT_FOUND", "who sees no version that has them learns nothing"


async def test_nobody_has_read_what_they_may_not_see(world: World) -> None:
    await world.push(by=caller("team", "n"))
    assert (await verify(world, caller("others", "o")))["checked"] == []
    claim = {"contains": {"modelVersion": {**KEY, "namespace": "o"}, "artifact": digest_of(SAFETENSORS), "path": "x"}}
    await world.registry.register({"source": "s", "namespace": "o", "relationships": [claim]}, caller("others", "o"))
    assert (await verify(world, caller("others", "o")))["checked"] == [], "nor what they only claim"
    namespaces = "query ($d: Digest!) { artifact(key: $d) { namespaces } }"
    before = await world.ask(namespaces, d=digest_of(SAFETENSORS))
    assert len((await verify(world, caller("team", "n")))["checked"]) == len(FILES)
    assert await world.ask(namespaces, d=digest_of(SAFETENSORS)) == before


@pytest.mark.parametrize(
    ("which", "code"),
    (({"first": 0}, "BAD_PAGE"), ({"first": 101}, "BAD_PAGE"), ({"artifacts": []}, "BAD_VALUE")),
)
async def test_what_makes_no_sense_is_refused(world: World, which: dict[str, Any], code: str) -> None:
    assert (await verify(world, **which))["code"] == code


async def test_files_of_an_unsafe_format_are_a_gap(world: World) -> None:
    async def gaps() -> Sequence[Any]:
        return [(edge["node"]["version"], edge["gaps"]) for edge in (await world.ask(_GAPS))["gaps"]["edges"]]

    node = {"modelVersion": {**KEY, "version": "0"}}
    await world.registry.register({"source": "s", "nodes": [node]}, LOCAL)
    await world.push()
    await world.push({"a.json": b"{}"}, {**KEY, "version": "2"})
    assert await gaps() == [("0", ["STORED_FILES"]), ("1", ["SAFE_FORMAT"])]
