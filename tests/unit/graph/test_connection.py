"""Addresses of graphs."""

import asyncio

import pytest
from neo4j import AsyncGraphDatabase
from neo4j.exceptions import ConfigurationError, IncompleteCommit

from app.graph import connection
from app.graph.connection import Connection, commit, open_connection
from app.graph.endpoint import Endpoint, FixedPlace
from app.graph.engines.arcadedb import ArcadeDB
from app.graph.engines.neo4j import Neo4j


@pytest.mark.parametrize(
    "url",
    (
        "bolt://localhost",
        "bolt://127.0.0.1:7687",
        "bolt://[::1]:7687",
        "bolt+s://graph.example:7687/",
        "neo4j://a.example",
        "neo4j+ssc://a.example:1?policy=eu",
    ),
)
def test_addresses_of_graphs(url: str) -> None:
    assert connection._ADDRESS.fullmatch(url)


@pytest.mark.parametrize(
    "url",
    ("", "localhost:7687", "http://localhost:7474", "bolt://", "bolt://a:port", "bolt://user:word@a", "bolt://a b"),
)
async def test_what_is_none_is_refused_before_anything_is_opened(url: str) -> None:
    with pytest.raises(ConfigurationError):
        await open_connection(Endpoint(url, "neo4j", "x", "neo4j"))


async def test_a_plan_is_asked_for_once_where_it_takes_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "_PLANNED", 2)
    driver = AsyncGraphDatabase.driver("bolt://127.0.0.1:1")
    place = Endpoint("bolt://127.0.0.1:1", "neo4j", "x", "neo4j")
    neo4j, arcadedb = (Connection(place, driver, engine("1"), None) for engine in (Neo4j, ArcadeDB))
    assert [neo4j.must_plan(each) for each in ("a", "a", "b", "a")] == [True, False, True, False]
    assert [neo4j.must_plan(each) for each in ("c", "c", "a")] == [True, False, True], "what is remembered is bounded"
    assert not arcadedb.must_plan("a")
    await driver.close()


async def test_a_fixed_place_stays(recwarn: pytest.WarningsRecorder) -> None:
    place = FixedPlace(Endpoint("bolt://a", "neo4j", "x", "neo4j"))
    await place.leave()
    assert (await place.find()).url == "bolt://a"


async def test_a_commit_that_is_never_answered_has_an_unknown_outcome(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "_LONGEST_COMMIT", 0.01)

    async def silent() -> None:
        await asyncio.sleep(60)

    with pytest.raises(IncompleteCommit):
        await commit(silent())
