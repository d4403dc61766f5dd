"""What several sources say differently of a thing stands side by side, with what counts."""

from typing import Any

import pytest

from app.access.service import LOCAL
from app.compiler.scalars import publish_time
from app.graph.driver import Graph
from app.graph.migrations import migrate
from app.registry.service import Registry
from graph_schema.identity import to_id
from tests.engines.registered import Clock, register, version
from tests.plain.asking import Asking

KEY = {"namespace": "n", "name": "m", "version": "1"}
ASKED = """
query ($key: ModelVersionKey!, $knownAt: DateTime) {
  modelVersion(key: $key, knownAt: $knownAt) {
    description stage
    contradictions { property values { value source assertedBy method confidence saidAt counts } }
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


async def shown(asking: Asking, known_at: int | None = None) -> dict[str, Any]:
    given = {"key": KEY, "knownAt": None if known_at is None else publish_time(known_at)}
    return (await asking.data(ASKED, given))["modelVersion"]


def told(found: dict[str, Any]) -> dict[str, list[tuple[Any, str, bool]]]:
    return {
        each["property"]: [(value["value"], value["source"], value["counts"]) for value in each["values"]]
        for each in found["contradictions"]
    }


async def test_each_value_stands_with_its_source_and_what_counts(registry: Registry, asking: Asking) -> None:
    await register(registry, "a", nodes=[version(1, description="x", framework="f", metrics={"loss": 1.0})])
    assert told(await shown(asking)) == {}
    await register(registry, "b", nodes=[version(1, description="y", framework="f", metrics={"loss": 2})])
    await register(registry, "c", nodes=[version(1, description="x", uri="u")])
    found = await shown(asking)
    assert found["description"] == "x"
    assert told(found) == {
        "description": [("x", "c", True), ("x", "a", True), ("y", "b", False)],
        "metrics": [({"loss": 2}, "b", True), ({"loss": 1}, "a", False)],
    }
    assert found["contradictions"][0]["values"][0] == {
        "value": "x",
        "source": "c",
        "assertedBy": to_id("Actor", LOCAL.uid),
        "method": "CLAIMED",
        "confidence": 1.0,
        "saidAt": "1970-01-12T13:46:45Z",
        "counts": True,
    }


async def test_it_ends_when_the_sources_agree_or_one_takes_its_word_back(registry: Registry, asking: Asking) -> None:
    for source, text in (("a", "x"), ("b", "y"), ("b", "x")):
        await register(registry, source, nodes=[version(1, description=text)])
        assert bool(told(await shown(asking))) == (text == "y")
    await register(registry, "c", nodes=[version(1, description="z")])
    assert list(told(await shown(asking))) == ["description"]
    await registry.retract({"source": "c", "nodes": [{"modelVersion": KEY}]}, LOCAL)
    assert told(await shown(asking)) == {}


async def test_since_when_a_value_is_said_is_not_since_when_the_word_is(registry: Registry, asking: Asking) -> None:
    await register(registry, "a", nodes=[version(1, description="x")])
    first = (await shown(asking))["description"]
    await register(registry, "b", nodes=[version(1, description="y")])
    await register(registry, "a", nodes=[version(1, framework="f")])
    found = await shown(asking)
    assert (first, found["description"]) == ("x", "y")
    [values] = [each["values"] for each in found["contradictions"]]
    assert [value["source"] for value in values] == ["b", "a"]
    assert values[0]["saidAt"] > values[1]["saidAt"]


async def test_of_claimed_stages_the_later_in_the_world_counts(registry: Registry, asking: Asking) -> None:
    await register(registry, "a", nodes=[version(1, claimedStage="PRODUCTION", claimedStageSince=10**11)])
    await register(registry, "b", nodes=[version(1, claimedStage="STAGING", claimedStageSince=10**11 - 1)])
    found = await shown(asking)
    assert found["stage"] == "PRODUCTION"
    assert told(found) == {
        "claimedStage": [("PRODUCTION", "a", True), ("STAGING", "b", False)],
        "claimedStageSince": [
            ("1970-01-02T03:46:40Z", "a", True),
            ("1970-01-02T03:46:39.999999Z", "b", False),
        ],
    }


async def test_a_past_contradiction_stands_where_it_was_known(registry: Registry, asking: Asking) -> None:
    clock = Clock()
    registry = Registry(registry._graph, clock)
    await register(registry, "a", nodes=[version(1, description="x")])
    alone = int(clock.seconds * 1e6)
    await register(registry, "b", nodes=[version(1, description="y")])
    both = int(clock.seconds * 1e6)
    await register(registry, "b", nodes=[version(1, description="x")])
    await registry.retract({"source": "a", "nodes": [version(1)]}, LOCAL)
    assert told(await shown(asking)) == {}
    assert told(await shown(asking, both)) == {"description": [("y", "b", True), ("x", "a", False)]}
    assert told(await shown(asking, alone)) == {}
