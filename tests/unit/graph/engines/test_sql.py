"""ArcadeDB's own interface."""

from collections.abc import Callable

import httpx
import pytest

from app.errors import StatementFailed
from app.graph.endpoint import Endpoint
from app.graph.engines import sql
from app.graph.engines.sql import run_sql

HERE = Endpoint("bolt://127.0.0.1:1", "root", "hush", "pedigree", "http://127.0.0.1:2")
CONFLICT = "com.arcadedb.exception.ConcurrentModificationException"

Answer = Callable[[httpx.Request], httpx.Response]


@pytest.fixture
def answer(monkeypatch: pytest.MonkeyPatch) -> Callable[[Answer], None]:
    """Has requests answered without a server."""
    client = httpx.AsyncClient

    def use(handler: Answer) -> None:
        monkeypatch.setattr(
            httpx, "AsyncClient", lambda **options: client(transport=httpx.MockTransport(handler), **options)
        )
        monkeypatch.setattr(sql, "_PAUSE", 0)

    return use


async def test_rows_of_a_command(answer: Callable[[Answer], None]) -> None:
    asked: list[httpx.Request] = []

    def handler(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(200, json={"result": [{"name": "a"}]})

    answer(handler)
    assert await run_sql(HERE, "SELECT 1") == [{"name": "a"}]
    assert await run_sql(HERE, "SELECT 1;SELECT 2;") == [{"name": "a"}]
    assert [b'"sqlscript"' in each.content for each in asked] == [False, True]
    assert {str(each.url) for each in asked} == {"http://127.0.0.1:2/api/v1/command/pedigree"}


async def test_a_conflict_is_tried_again(answer: Callable[[Answer], None]) -> None:
    answers = [httpx.Response(503, json={"exception": CONFLICT}), httpx.Response(200, json={"result": []})]
    answer(lambda _: answers.pop(0))
    assert await run_sql(HERE, "SELECT 1") == []


@pytest.mark.parametrize(
    ("response", "names"),
    (
        (httpx.Response(400, json={"exception": "CommandSQLParsingException"}), "CommandSQLParsingException"),
        (httpx.Response(500, text="<html>"), "500"),
        (httpx.Response(503, json={"exception": CONFLICT}), "ConcurrentModificationException"),
    ),
)
async def test_a_refusal_is_told(answer: Callable[[Answer], None], response: httpx.Response, names: str) -> None:
    answer(lambda _: response)
    with pytest.raises(StatementFailed, match=names) as caught:
        await run_sql(HERE, "SELECT 1")
    assert "hush" not in caught.value.message


async def test_nobody_there(answer: Callable[[Answer], None]) -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused", request=request)

    answer(handler)
    with pytest.raises(ConnectionError):
        await run_sql(HERE, "SELECT 1")


async def test_an_engine_without_sql() -> None:
    with pytest.raises(StatementFailed, match="no SQL"):
        await run_sql(Endpoint("bolt://a", "neo4j", "x", "neo4j"), "SELECT 1")
