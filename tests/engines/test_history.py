"""The history of a thing by source: every word that was said of it, the present ones too, the newest first."""

from typing import Any

import pytest

from app.access.service import LOCAL
from app.errors import ErrorCode, PedigreeError
from app.graph.driver import Graph
from app.graph.migrations import migrate
from app.registry.service import Registry
from graph_schema.identity import to_id
from tests.engines.registered import Clock, Item, register, run, used, version
from tests.plain.asking import Asking

ACTOR = to_id("Actor", LOCAL.uid)
RUN: Item = {"run": {"source": "r", "runId": "1"}}
HISTORY = """
query ($first: Int, $after: String, $last: Int, $before: String) {
  run(key: { source: "r", runId: "1" }) {
    history(first: $first, after: $after, last: $last, before: $before) {
      totalCount
      pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
      edges { cursor node { source assertedBy method confidence recordedAt supersededAt retractedAt retractedBy word } }
    }
  }
}
"""


@pytest.fixture
async def registry(graph: Graph) -> Registry:
    await migrate(graph)
    return Registry(graph, Clock())


@pytest.fixture
def asking(graph: Graph) -> Asking:
    return Asking(graph)


async def history(asking: Asking, **page: Any) -> dict[str, Any]:
    found = await asking.data(HISTORY, page)
    return found["run"]["history"]


def words(found: dict[str, Any]) -> list[tuple[str, Any]]:
    return [(edge["node"]["source"], edge["node"]["word"]) for edge in found["edges"]]


async def test_the_only_word_stands_in_the_history(registry: Registry, asking: Asking) -> None:
    await register(registry, nodes=[run(1, name="x", startedAt=5, parameters={"b": [1.0], "a": None})])
    found = await history(asking)
    assert found["totalCount"] == 1
    [edge] = found["edges"]
    assert edge["node"] == {
        "source": "s",
        "assertedBy": ACTOR,
        "method": "CLAIMED",
        "confidence": 1.0,
        "recordedAt": "1970-01-12T13:46:41Z",
        "supersededAt": None,
        "retractedAt": None,
        "retractedBy": None,
        "word": {"name": "x", "parameters": {"a": None, "b": [1]}, "startedAt": "1970-01-01T00:00:00.000005Z"},
    }


async def test_nobody_s_word_is_no_word(registry: Registry, asking: Asking) -> None:
    await register(registry, relationships=[used(1, 1)])
    found = await history(asking)
    assert (found["totalCount"], found["edges"]) == (0, [])
    assert found["pageInfo"] == {
        "hasNextPage": False,
        "hasPreviousPage": False,
        "startCursor": None,
        "endCursor": None,
    }


async def test_what_was_said_before_and_what_others_say_stand_beside_it(registry: Registry, asking: Asking) -> None:
    await register(registry, "a", nodes=[run(1, name="x")], relationships=[used(1, 1)])
    await register(registry, "a", nodes=[run(1, name="y")])
    found = await history(asking)
    assert words(found) == [("a", {"name": "y"}), ("a", {"name": "x"})]
    now, before = (edge["node"] for edge in found["edges"])
    assert (before["supersededAt"], now["supersededAt"]) == (now["recordedAt"], None)
    await register(registry, "b", nodes=[run(1, status="ok")])
    assert words(await history(asking)) == [("b", {"status": "ok"}), ("a", {"name": "y"}), ("a", {"name": "x"})]
    for source in "ab":
        await registry.retract({"source": source, "nodes": [RUN]}, LOCAL)
    found = await history(asking)
    assert words(found) == [("b", {"status": "ok"}), ("a", {"name": "y"}), ("a", {"name": "x"})]
    assert [edge["node"]["retractedBy"] for edge in found["edges"]] == [ACTOR, ACTOR, None]
    assert all(edge["node"]["retractedAt"] for edge in found["edges"][:2])
    await register(registry, "a", nodes=[run(1, name="z")])
    assert words(await history(asking))[0] == ("a", {"name": "z"})
    assert (await history(asking))["totalCount"] == 4


async def test_what_was_retracted_and_said_again_has_its_past(registry: Registry, asking: Asking) -> None:
    await register(registry, nodes=[run(1, name="x")])
    await registry.retract({"source": "s", "nodes": [RUN]}, LOCAL)
    assert (await asking.data(HISTORY))["run"] is None, "what is retracted is not looked up"
    await register(registry, nodes=[run(1, name="x")])
    found = await history(asking)
    assert words(found) == [("s", {"name": "x"})] * 2
    assert [edge["node"]["retractedAt"] is None for edge in found["edges"]] == [True, False]


@pytest.mark.parametrize("size", (1, 2, 3, 7))
async def test_it_is_paged_from_both_ends(registry: Registry, asking: Asking, size: int) -> None:
    for number in range(7):
        await register(registry, nodes=[run(1, name=str(number))])
    whole = [edge["cursor"] for edge in (await history(asking))["edges"]]
    assert len(whole) == len(set(whole)) == 7
    for end, beside, more, cursor in (
        ("first", "after", "hasNextPage", "endCursor"),
        ("last", "before", "hasPreviousPage", "startCursor"),
    ):
        pages: list[list[str]] = []
        page: dict[str, Any] = {end: size}
        while True:
            found = await history(asking, **page)
            pages.append([edge["cursor"] for edge in found["edges"]])
            assert found["totalCount"] == 7
            if not found["pageInfo"][more]:
                break
            page[beside] = found["pageInfo"][cursor]
        assert [each for part in (pages if end == "first" else pages[::-1]) for each in part] == whole
        assert len(pages) == -(-7 // size)


async def test_a_cursor_stays_good_when_the_word_becomes_a_statement(registry: Registry, asking: Asking) -> None:
    await register(registry, "a", nodes=[run(1, name="x")])
    await register(registry, "a", nodes=[run(1, name="y")])
    cursor = (await history(asking, first=1))["edges"][0]["cursor"]
    await register(registry, "b", nodes=[run(1, name="z")])
    assert words(await history(asking, after=cursor)) == [("a", {"name": "x"})]
    assert words(await history(asking, before=cursor)) == [("b", {"name": "z"})]
    assert (await history(asking, before=cursor, last=1))["edges"][0]["node"]["source"] == "b"


async def test_a_page_that_makes_no_sense_is_refused(registry: Registry, asking: Asking) -> None:
    await register(registry, nodes=[run(1)])
    models = await asking.data("{ runs { edges { cursor } } }")
    other = models["runs"]["edges"][0]["cursor"]
    for page, code in (
        ({"first": 101}, ErrorCode.BAD_PAGE),
        ({"first": 1, "last": 1}, ErrorCode.BAD_PAGE),
        ({"after": "x"}, ErrorCode.BAD_CURSOR),
        ({"after": other}, ErrorCode.BAD_CURSOR),
    ):
        result = await asking.ask(HISTORY, page)
        [error] = result.errors or [None]
        assert error is not None
        assert isinstance(error.original_error, PedigreeError)
        assert error.original_error.code is code
        assert asking.statements == []


async def test_many_histories_are_one_statement(registry: Registry, asking: Asking) -> None:
    await register(registry, "a", nodes=[version(number, description="x") for number in range(5)])
    await register(registry, "b", nodes=[version(number, description="y") for number in range(3)])
    found = await asking.data(
        "{ models { edges { node { history { totalCount } versions { edges { node { version "
        "history(first: 1) { totalCount edges { node { source word } } completeness { complete } } } } } } } } }"
    )
    [model] = (edge["node"] for edge in found["models"]["edges"])
    assert model["history"] == {"totalCount": 0}
    shown = [edge["node"]["history"] for edge in model["versions"]["edges"]]
    assert [each["totalCount"] for each in shown] == [2, 2, 2, 1, 1]
    assert [each["edges"][0]["node"]["source"] for each in shown] == ["b", "b", "b", "a", "a"]
    assert all(each["completeness"]["complete"] for each in shown)
