"""What a service does while the graph is slow or away."""

import asyncio
from typing import TYPE_CHECKING, Any, cast

import pytest

from app.access.directory import Directory
from app.access.tokens import digest_of, new_token
from app.errors import GraphUnreachable

if TYPE_CHECKING:
    from app.graph.driver import Graph

SECRET = new_token()
DIGEST = digest_of(SECRET) or ""
TOKEN = ["u", DIGEST, "ci", "people", "admin", ["VIEWER", "NEWER"], None, 1, "by", 10**18, None, None]


class FakeGraph:
    """A graph that holds one token.

    Attributes:
        reads: how often it was read.
        away: whether it answers.
        gate: what a reading waits for.
    """

    def __init__(self) -> None:
        self.reads = 0
        self.away = False
        self.gate = asyncio.Event()
        self.gate.set()

    async def read(self, _statement: str, parameters: dict[str, Any]) -> list[list[Any]]:
        self.reads += 1
        await self.gate.wait()
        if self.away:
            raise GraphUnreachable("No graph answers.")
        changes = [["changes", [2]]]
        news = [["grant", ["people", "admin", ["VIEWER"], None, 1]], ["token", TOKEN]]
        return changes + (news if parameters["since"] < 2 else [])


class Clock:
    """A clock that moves when it is told to."""

    def __init__(self) -> None:
        self.seconds = 1_000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def graph() -> FakeGraph:
    return FakeGraph()


@pytest.fixture
def ticks() -> Clock:
    return Clock()


@pytest.fixture
def directory(graph: FakeGraph, ticks: Clock) -> Directory:
    return Directory(cast("Graph", graph), lambda: 1_000.0, ticks)


async def test_a_graph_that_is_away_is_told_apart_from_a_wrong_token(directory: Directory, graph: FakeGraph) -> None:
    graph.away = True
    with pytest.raises(GraphUnreachable):
        await directory.caller_with(DIGEST)
    graph.away = False
    assert await directory.caller_with(DIGEST) is not None
    graph.away = True
    with pytest.raises(GraphUnreachable):
        await directory.caller_with(digest_of(new_token()) or "")


async def test_who_is_known_stays_so_for_a_while_without_the_graph(
    directory: Directory, graph: FakeGraph, ticks: Clock
) -> None:
    assert await directory.caller_with(DIGEST) is not None
    graph.away = True
    ticks.seconds += 4.9
    assert await directory.caller_with(DIGEST) is not None
    await asyncio.sleep(0)
    ticks.seconds += 0.1
    with pytest.raises(GraphUnreachable):
        await directory.caller_with(DIGEST)
    graph.away = False
    ticks.seconds += 1
    assert await directory.caller_with(DIGEST) is not None


async def test_news_are_fetched_beside_a_request_before_they_are_needed(
    directory: Directory, graph: FakeGraph, ticks: Clock
) -> None:
    await directory.caller_with(DIGEST)
    ticks.seconds += 1.9
    await directory.caller_with(DIGEST)
    assert graph.reads == 1
    ticks.seconds += 0.1
    graph.gate.clear()
    assert await directory.caller_with(DIGEST) is not None  # though the graph does not answer
    await asyncio.sleep(0.01)
    assert graph.reads == 2
    graph.gate.set()


async def test_many_at_once_cost_one_reading(directory: Directory, graph: FakeGraph, ticks: Clock) -> None:
    graph.gate.clear()
    asking = [asyncio.create_task(directory.caller_with(DIGEST)) for _ in range(100)]
    await asyncio.sleep(0.01)
    asking += [asyncio.create_task(directory.caller_with(DIGEST)) for _ in range(100)]  # while it is under way
    await asyncio.sleep(0.01)
    graph.gate.set()
    assert all(await asyncio.gather(*asking))
    assert graph.reads == 1


async def test_what_was_changed_here_is_not_taken_from_a_reading_under_way(
    directory: Directory, graph: FakeGraph, ticks: Clock
) -> None:
    await directory.caller_with(DIGEST)
    graph.gate.clear()
    ticks.seconds += 2
    await directory.caller_with(DIGEST)  # has the news fetched, and does not wait
    await asyncio.sleep(0.01)
    directory.outdated()
    waiting = asyncio.create_task(directory.caller_with(DIGEST))
    await asyncio.sleep(0.01)
    assert not waiting.done()
    graph.gate.set()
    ticks.seconds += 1
    assert await waiting is not None
    assert graph.reads == 3


async def test_a_role_of_a_newer_release_does_not_count(directory: Directory) -> None:
    found = await directory.caller_with(DIGEST)
    assert found is not None
    assert {each.value for each in found.roles} == {"VIEWER"}


async def test_what_an_actor_was_granted(directory: Directory) -> None:
    assert {each.value for each in (await directory.grant_of(("people", "admin"))).roles} == {"VIEWER"}
    assert (await directory.grant_of(("people", "engineer"))).sight == ()
