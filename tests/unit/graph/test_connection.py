"""Addresses of graphs."""

import asyncio

import pytest
from neo4j.exceptions import ConfigurationError, IncompleteCommit

from app.graph import connection
from app.graph.connection import commit, open_connection
from app.graph.endpoint import Endpoint, FixedPlace


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
