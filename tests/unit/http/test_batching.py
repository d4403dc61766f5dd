"""Several requests in one body."""

from typing import Any

import httpx
import pytest
from structlog.testing import capture_logs

from tests.unit.http.conftest import BULK, PLAIN
from tests.unit.operations.small_schema import answered

ADDRESS = "/graphql"
NEWER = "application/graphql-response+json"
HELLO = "query($n: String) { hello(name: $n) }"


@pytest.fixture
def batch() -> int:
    """Lists are taken."""
    return 4


def _errors(response: httpx.Response) -> tuple[int, str]:
    return response.status_code, response.json()["errors"][0]["extensions"]["code"]


@pytest.mark.parametrize("accept", (NEWER, "application/json"))
async def test_each_is_answered_as_if_it_were_alone_and_in_order(client: httpx.AsyncClient, accept: str) -> None:
    asked: list[dict[str, Any]] = [
        {"query": HELLO, "variables": {"n": "a"}},
        {"query": "{ nope }"},
        {"qeury": "{ maybe }"},
        {"query": "query A { maybe } query B { later }", "operationName": "B"},
    ]
    headers = {"accept": accept, "x-correlation-id": "same"}
    alone = [await client.post(ADDRESS, json=each, headers=headers) for each in asked]
    response = await client.post(ADDRESS, json=asked, headers=headers)
    assert response.status_code == 200
    assert response.headers["content-type"] == f"{accept}; charset=utf-8"
    assert response.json() == [each.json() for each in alone]


async def test_where_one_changes_something_they_are_run_one_after_the_other(client: httpx.AsyncClient) -> None:
    asked = [{"query": "{ later }"}, {"query": "mutation { change(to: 2) }"}, {"query": "{ maybe }"}]
    response = await client.post(ADDRESS, json=asked)
    assert [each["data"] for each in response.json()] == [{"later": "done"}, {"change": 2}, {"maybe": None}]


async def test_a_list_of_one(client: httpx.AsyncClient) -> None:
    assert (await client.post(ADDRESS, json=[{"query": "{ maybe }"}])).json() == [answered({"maybe": None})]


@pytest.mark.parametrize(
    ("asked", "code"),
    (
        ([], "BAD_REQUEST"),
        (["{ maybe }"], "BAD_REQUEST"),
        ([{"query": "{ maybe }"}, None], "BAD_REQUEST"),
        ([[{"query": "{ maybe }"}]], "BAD_REQUEST"),
        ([{"query": "{ maybe }"}] * 5, "BATCH_TOO_LARGE"),
    ),
)
async def test_what_is_no_list_of_requests_is_refused_whole(
    client: httpx.AsyncClient, asked: list[object], code: str
) -> None:
    assert _errors(await client.post(ADDRESS, json=asked)) == (400, code)


async def test_documents_together_are_no_larger_than_one_may_be(client: httpx.AsyncClient) -> None:
    many = {"query": "{ " + " ".join(f"a{i}: maybe" for i in range(15)) + " }"}
    assert len((await client.post(ADDRESS, json=[many, many])).json()) == 2
    assert _errors(await client.post(ADDRESS, json=[many, many, {"query": "{ a: maybe }"}])) == (400, "BATCH_TOO_LARGE")
    long = {"query": "{ " + "maybe " * 90 + "}"}
    assert len((await client.post(ADDRESS, json=[long, long])).json()) == 2
    assert _errors(await client.post(ADDRESS, json=[long, long, long])) == (400, "BATCH_TOO_LARGE")


async def test_a_body_of_several_is_limited_as_one(client: httpx.AsyncClient) -> None:
    padding = {"query": HELLO, "variables": {"n": "x" * (PLAIN // 2)}}
    assert _errors(await client.post(ADDRESS, json=[padding, padding])) == (413, "BODY_TOO_LARGE")
    bulk = {"query": 'mutation { registerLineage(rows: "ab") }'}
    assert len((await client.post(ADDRESS, json=[padding, padding, bulk])).json()) == 3
    padding["variables"] = {"n": "x" * BULK}
    assert _errors(await client.post(ADDRESS, json=[padding, bulk])) == (413, "BODY_TOO_LARGE")


async def test_the_log_names_every_document_that_failed(client: httpx.AsyncClient) -> None:
    with capture_logs() as lines:
        await client.post(ADDRESS, json=[{"query": "{ topsecret }"}, {"query": "{ maybe }"}, {"query": "{"}])
    [line] = lines
    assert line["codes"] == ["GRAPHQL_PARSE_FAILED", "GRAPHQL_VALIDATION_FAILED"]
    assert len(line["document"].split()) == 3
    assert line["failed"].split() == [line["document"].split()[0], line["document"].split()[2]]
    assert "topsecret" not in str(lines)
