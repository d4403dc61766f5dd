"""What a caller may not ask, and what it may spend, as HTTP tells it."""

from types import SimpleNamespace
from typing import Any, cast

import httpx
import pytest

from app.access.login import NoLogin
from app.access.permissions import Permission, guarded
from app.access.roles import Role
from app.access.service import Caller
from app.access.spending import Rate, Spending
from app.errors import GraphUnreachable
from app.http.answers import HTML
from app.http.asking import BodyLimits
from app.http.endpoint import GraphQLEndpoint
from app.http.front import Front
from app.http.registered import Allowed
from app.http.replying import Reply
from app.operations.execution import Operations
from app.operations.limits import DocumentLimits
from app.operations.registered import RegisteredDocuments
from tests.unit.http.conftest import FakeGraph
from tests.unit.operations.small_schema import FakeContext, small_schema

ADDRESS = "/graphql"
NEWER = "application/graphql-response+json"
OLDER = "application/json"
SECOND = 1_000_000_000
DEEP = "{ deep { deep { deep { maybe } } } }"
"""It costs 3."""


@pytest.fixture
def batch() -> int:
    """Lists are taken."""
    return 4


@pytest.fixture
def clock() -> list[int]:
    """The nanoseconds that count as now."""
    return [0]


@pytest.fixture
def application(batch: int, documents: FakeGraph, clock: list[int]) -> Front:
    """The endpoint, for one caller that may spend ten at once, and six a minute; `later` is for engineers."""
    schema = small_schema()
    assert schema.query_type is not None
    declared = SimpleNamespace(metadata=guarded(Permission.LINEAGE_REGISTER))
    schema.query_type.fields["later"].extensions["strawberry-definition"] = declared
    operations = Operations(schema, DocumentLimits(cost=8), Spending(Rate(6, 10), lambda: clock[0]))
    caller = Caller("issuer", "somebody", frozenset({Role.VIEWER}))
    endpoint = GraphQLEndpoint(
        operations,
        lambda correlation_id, _caller: FakeContext(correlation_id, caller),
        BodyLimits(1_000, 5_000, frozenset({"registerLineage"}), batch),
        Allowed(RegisteredDocuments(cast("Any", documents)), only=False),
        Reply(200, HTML, b"<html>explorer</html>", lasting=True),
        NoLogin(),
    )
    return Front(endpoint, local_only=True)


async def _ask(client: httpx.AsyncClient, asked: Any, accept: str = NEWER) -> httpx.Response:
    body = {"query": asked} if isinstance(asked, str) else asked
    return await client.post(ADDRESS, json=body, headers={"accept": accept})


def _left(response: httpx.Response) -> str:
    return response.headers["ratelimit"]


@pytest.mark.parametrize(("accept", "status"), ((NEWER, 403), (OLDER, 200)))
async def test_what_a_caller_may_not_ask_is_forbidden(client: httpx.AsyncClient, accept: str, status: int) -> None:
    response = await _ask(client, "{ maybe later }", accept)
    assert response.status_code == status
    [error] = response.json()["errors"]
    assert (error["extensions"]["code"], error["extensions"]["field"]) == ("FORBIDDEN", "Query.later")
    assert "data" not in response.json()


async def test_an_answer_says_what_is_left(client: httpx.AsyncClient, clock: list[int]) -> None:
    response = await _ask(client, DEEP)
    told = {"requested": 3, "limit": 8, "left": 5, "budget": {"perMinute": 6, "burst": 10, "left": 7}}
    assert response.json()["extensions"] == {"cost": told}
    assert response.headers["ratelimit-policy"] == '"cost";q=10;w=100;qu="pedigree-cost"'
    assert _left(response) == '"cost";r=7;t=30'
    assert "retry-after" not in response.headers
    clock[0] += 15 * SECOND
    assert _left(await _ask(client, "{ maybe }")) == '"cost";r=7;t=25', "what costs nothing is read and answered too"


@pytest.mark.parametrize("accept", (NEWER, OLDER))
async def test_who_has_spent_all_is_told_when_to_come_back(
    client: httpx.AsyncClient, clock: list[int], accept: str
) -> None:
    for _ in range(3):
        await _ask(client, DEEP)
    refused = await _ask(client, DEEP, accept)
    assert refused.status_code == 429
    assert refused.headers["retry-after"] == "20"
    assert _left(refused) == '"cost";r=1;t=20'
    body = refused.json()
    assert "data" not in body
    assert body["errors"] == [
        {
            "message": "The request may cost 3, and you have 1 left to spend. Come back in 20 seconds: "
            "6 comes back in a minute.",
            "extensions": {"code": "RATE_LIMITED", "retryAfter": 20},
        }
    ]
    assert body["extensions"]["cost"]["budget"]["left"] == 1
    clock[0] += 20 * SECOND
    assert (await _ask(client, DEEP)).status_code == 200


@pytest.mark.parametrize(
    ("asked", "status"),
    (
        ("{ nope }", 400),
        ("{", 400),
        ("{ later deep { deep { maybe } } }", 403),
        ("query A { maybe } query B { maybe }", 400),
        ("{ " + "deep { maybe } " * 9 + "}", 400),
        ("{ maybe }", 200),
    ),
)
async def test_what_is_refused_for_another_reason_costs_one(client: httpx.AsyncClient, asked: str, status: int) -> None:
    response = await _ask(client, asked)
    assert response.status_code == status
    assert _left(response) == '"cost";r=9;t=10'


MUTATION = {"query": "mutation { change(to: 1) }"}
WIDE = {"query": "{ " + "deep { maybe } " * 5 + "}"}
"""It costs 5."""

JSON = {"content-type": "application/json"}
UNREADABLE: dict[str, tuple[dict[str, Any], int, str]] = {
    "a mutation that is got": ({"method": "GET", "params": MUTATION}, 405, "BAD_METHOD"),
    "no document": ({"method": "GET", "params": {"operationName": "A"}}, 400, "BAD_REQUEST"),
    "a parameter twice": ({"method": "GET", "params": [("query", "{"), ("query", "{")]}, 400, "BAD_REQUEST"),
    "a body too large for what it asks": ({"json": {"query": "{ maybe }" + " " * 1_500}}, 413, "BODY_TOO_LARGE"),
    "a body too large for anything": ({"json": {"query": "{ maybe }" + " " * 9_000}}, 413, "BODY_TOO_LARGE"),
    "a list too large": ({"json": [{"query": "{ maybe }"}] * 5}, 400, "BATCH_TOO_LARGE"),
    "a list of documents too large": ({"json": [WIDE, WIDE]}, 400, "BATCH_TOO_LARGE"),
    "a list of nothing": ({"json": []}, 400, "BAD_REQUEST"),
    "no JSON": ({"content": b"{", "headers": JSON}, 400, "BAD_JSON"),
    "another content type": ({"content": b"{}", "headers": {"content-type": "text/plain"}}, 415, "BAD_CONTENT_TYPE"),
}
"""What is refused before it comes to a document that could run."""


@pytest.mark.parametrize("wrong", UNREADABLE)
async def test_what_comes_to_no_document_costs_one_too(client: httpx.AsyncClient, wrong: str) -> None:
    given, status, code = UNREADABLE[wrong]
    asked = {"method": "POST", "url": ADDRESS, **given}
    several = [await client.request(**asked) for _ in range(11)]
    for response, left in zip(several[:-1], range(9, -1, -1), strict=True):
        assert (response.status_code, response.json()["errors"][0]["extensions"]["code"]) == (status, code)
        assert _left(response) == f'"cost";r={left};t={100 - left * 10}'
    refused = several[-1]
    assert (refused.status_code, refused.headers["retry-after"], _left(refused)) == (429, "10", '"cost";r=0;t=10')
    assert refused.json()["errors"] == [
        {
            "message": "The request may cost 1, and you have 0 left to spend. Come back in 10 seconds: "
            "6 comes back in a minute.",
            "extensions": {"code": "RATE_LIMITED", "retryAfter": 10},
        }
    ]
    assert refused.headers.get("connection") == several[0].headers.get("connection")
    assert (await _ask(client, "{ maybe }")).status_code == 429


@pytest.mark.parametrize("batch", (0,))
async def test_a_list_where_none_is_taken_costs_one_too(client: httpx.AsyncClient) -> None:
    response = await _ask(client, [{"query": "{ maybe }"}])
    assert (response.status_code, response.json()["errors"][0]["extensions"]["code"]) == (400, "BATCHING_OFF")
    assert _left(response) == '"cost";r=9;t=10'


async def test_what_is_nobodys_fault_costs_nothing(client: httpx.AsyncClient, documents: FakeGraph) -> None:
    documents.failure = GraphUnreachable("No graph answers.")
    response = await _ask(client, {"documentId": "x-own:1"})
    assert response.status_code == 503
    assert "ratelimit" not in response.headers
    documents.failure = None
    assert _left(await _ask(client, "{ maybe }")) == '"cost";r=9;t=10'


async def test_the_requests_of_a_list_are_paid_together_or_none_is_run(client: httpx.AsyncClient) -> None:
    paid = await _ask(client, [{"query": DEEP}, {"query": "{ maybe }"}, {"query": "{ nope }"}])
    assert paid.status_code == 200
    assert _left(paid) == '"cost";r=5;t=50'
    refused = await _ask(client, [{"query": DEEP}, {"query": DEEP}])
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "10")
    assert [each["errors"][0]["extensions"]["code"] for each in refused.json()] == ["RATE_LIMITED"] * 2
    assert "may cost 6" in refused.json()[0]["errors"][0]["message"]
    assert _left(await _ask(client, DEEP)) == '"cost";r=2;t=80', "nothing was paid for what was refused"


async def test_an_answer_that_is_the_same_is_not_sent_again_though_less_is_left(client: httpx.AsyncClient) -> None:
    asked = {"query": "{ maybe }"}
    first = await client.get(ADDRESS, params=asked)
    tag = first.headers["etag"]
    assert tag.startswith('W/"')
    again = await client.get(ADDRESS, params=asked, headers={"if-none-match": tag})
    assert (again.status_code, again.headers["etag"], _left(again)) == (304, tag, '"cost";r=8;t=20')
    other = await client.get(ADDRESS, params={"query": "{ hello }"}, headers={"if-none-match": tag})
    assert other.status_code == 200
