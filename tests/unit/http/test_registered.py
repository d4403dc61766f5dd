"""Documents that are named instead of sent."""

import asyncio

import httpx
import pytest
from structlog.testing import capture_logs

from app.errors import ErrorCode, GraphUnreachable, StatementFailed
from app.operations import registered
from app.operations.registered import identifier_of
from tests.unit.http.conftest import FakeGraph
from tests.unit.operations.small_schema import answered

ADDRESS = "/graphql"
NEWER = "application/graphql-response+json"
TEXT = "query Q($n: String) { hello(name: $n) } query R { maybe }"
CHANGE = "mutation { change(to: 1) }"


def _told(response: httpx.Response) -> tuple[int, str]:
    [error] = response.json()["errors"]
    return response.status_code, error["extensions"]["code"]


async def _post(client: httpx.AsyncClient, accept: str = NEWER, **asked: object) -> httpx.Response:
    return await client.post(ADDRESS, json=asked, headers={"accept": accept})


def test_the_identifier_is_that_of_the_specifications_appendix() -> None:
    text = "query ($id: ID!) {\n  user(id: $id) {\n    name\n  }\n}"
    assert identifier_of(text) == "sha256:7dba4bd717b41f10434822356a93c32b1fb4907b983e854300ad839f84cdcd6e"


@pytest.mark.parametrize("name", (identifier_of(TEXT), "x-mine:a:b", "0" * 32, "A-z_9.~"))
async def test_a_document_is_named(client: httpx.AsyncClient, documents: FakeGraph, name: str) -> None:
    documents.register(name, TEXT)
    asked = {"documentId": name, "operationName": "Q"}
    expected = answered({"hello": "hello me"})
    assert (await _post(client, **asked, variables={"n": "me"})).json() == expected
    got = await client.get(ADDRESS, params=asked | {"variables": '{"n":"me"}'})
    assert got.json() == expected
    again = await client.get(
        ADDRESS, params=asked | {"variables": '{"n":"me"}'}, headers={"if-none-match": got.headers["etag"]}
    )
    assert again.status_code == 304


async def test_it_is_looked_for_once(client: httpx.AsyncClient, documents: FakeGraph) -> None:
    name = documents.register(identifier_of(TEXT), TEXT)
    await asyncio.gather(*(_post(client, documentId=name, operationName="R") for _ in range(20)))
    await _post(client, documentId=name, operationName="R")
    assert documents.statements == 1


async def test_a_document_that_is_sent_costs_no_look_up(client: httpx.AsyncClient, documents: FakeGraph) -> None:
    assert (await _post(client, query="{ maybe }")).status_code == 200
    assert documents.statements == 0


@pytest.mark.parametrize(("accept", "status"), ((NEWER, 400), ("application/json", 200)))
async def test_an_unknown_one_is_told(
    client: httpx.AsyncClient, documents: FakeGraph, accept: str, status: int
) -> None:
    name = identifier_of(TEXT)
    assert _told(await _post(client, accept, documentId=name)) == (status, "DOCUMENT_UNKNOWN")
    documents.register(name, TEXT)
    assert (await _post(client, accept, documentId=name, operationName="R")).json() == answered({"maybe": None})


async def test_the_log_tells_unknown_ones_apart(client: httpx.AsyncClient) -> None:
    with capture_logs() as lines:
        for name in ("topsecret", "other", "other"):
            await _post(client, documentId=name)
    assert len({line["document"] for line in lines}) == 2
    assert "topsecret" not in str(lines)


@pytest.mark.parametrize("name", ("", ":", "a b", "é", "\ud800", "sha256:", ":a", "x" * 513, "a/b"))
async def test_what_is_no_identifier_is_not_looked_for(
    client: httpx.AsyncClient, documents: FakeGraph, name: str
) -> None:
    response = await client.post(
        ADDRESS,
        content=f'{{"documentId": "{name}"}}'.encode("utf-8", "surrogatepass").replace(b"\xed\xa0\x80", b"\\ud800"),
        headers={"content-type": "application/json", "accept": NEWER},
    )
    assert _told(response) == (400, "DOCUMENT_UNKNOWN")
    assert documents.statements == 0


async def test_a_get_changes_nothing_by_name_either(client: httpx.AsyncClient, documents: FakeGraph) -> None:
    name = documents.register(identifier_of(CHANGE), CHANGE)
    assert (await client.get(ADDRESS, params={"documentId": name})).status_code == 405
    assert (await _post(client, documentId=name)).json() == answered({"change": 1})


async def test_one_that_does_not_fit_any_more_is_told(client: httpx.AsyncClient, documents: FakeGraph) -> None:
    name = documents.register("old", "{ gone }")
    assert _told(await _post(client, documentId=name)) == (400, "GRAPHQL_VALIDATION_FAILED")


async def test_without_the_graph_it_is_told_so(client: httpx.AsyncClient, documents: FakeGraph) -> None:
    name = documents.register(identifier_of(TEXT), TEXT)
    documents.failure = GraphUnreachable("No graph answers.")
    assert _told(await _post(client, documentId=name)) == (503, "GRAPH_UNREACHABLE")
    documents.failure = StatementFailed("topsecret")
    response = await _post(client, documentId=name)
    assert _told(response) == (500, ErrorCode.INTERNAL)
    assert "topsecret" not in response.text
    documents.failure = None
    assert (await _post(client, documentId=name, operationName="R")).status_code == 200


async def test_only_those_asked_for_last_are_remembered(
    client: httpx.AsyncClient, documents: FakeGraph, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registered, "_KEPT", 2)
    for name in ("a", "b", "a", "c", "a", "b"):
        documents.register(name, "{ maybe }")
        await _post(client, documentId=name)
    assert documents.statements == 4


class TestOnlyRegisteredOnes:
    """A service that answers no others."""

    @pytest.fixture
    def only(self) -> bool:
        return True

    @pytest.fixture
    def batch(self) -> int:
        return 3

    @pytest.mark.parametrize(("accept", "status"), ((NEWER, 403), ("application/json", 200)))
    @pytest.mark.parametrize("query", ("{ maybe }", CHANGE, "", "{", "{ __schema { types { name } } }"))
    async def test_another_is_refused(self, client: httpx.AsyncClient, accept: str, status: int, query: str) -> None:
        assert _told(await _post(client, accept, query=query)) == (status, "DOCUMENT_NOT_REGISTERED")

    async def test_by_get_too(self, client: httpx.AsyncClient) -> None:
        response = await client.get(ADDRESS, params={"query": "{ maybe }"}, headers={"accept": NEWER})
        assert _told(response) == (403, "DOCUMENT_NOT_REGISTERED")

    async def test_a_registered_one_may_be_sent_or_named(self, client: httpx.AsyncClient, documents: FakeGraph) -> None:
        name = documents.register(identifier_of(TEXT), TEXT)
        for asked in ({"documentId": name}, {"query": TEXT}, {"documentId": name}):
            assert (await _post(client, **asked, operationName="R")).json() == answered({"maybe": None})
        assert documents.statements == 1

    async def test_in_a_list_each_is_judged_alone(self, client: httpx.AsyncClient, documents: FakeGraph) -> None:
        name = documents.register("r", "{ maybe }")
        response = await client.post(ADDRESS, json=[{"documentId": name}, {"query": CHANGE}, {"documentId": "s"}])
        first, second, third = response.json()
        assert first == answered({"maybe": None})
        assert second["errors"][0]["extensions"]["code"] == "DOCUMENT_NOT_REGISTERED"
        assert third["errors"][0]["extensions"]["code"] == "DOCUMENT_UNKNOWN"
