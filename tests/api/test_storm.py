"""Whatever is sent, the answer is a 2xx or a 4xx that says what is wrong, and nothing that nobody foresaw."""

import json
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from app.errors import ErrorCode
from tests.api.storm import ANYTHING, Storm
from tests.published import PUBLISHED
from tests.serving import Serving

STORM = Storm(PUBLISHED)
CODES = frozenset(ErrorCode) - {ErrorCode.INTERNAL}
TYPES = (
    "application/json",
    "application/json; charset=utf-8",
    "application/json; charset=latin-1",
    "application/graphql",
    "text/plain",
    "multipart/form-data; boundary=x",
    "application/x-www-form-urlencoded",
    "*/*",
    "application/graphql-response+json;q=0",
    "application/graphql-response+json, text/html;q=0.1",
    ";",
    "",
)
TYPE = st.sampled_from(TYPES)
QUERY = "{ models { totalCount } }"
BODIES = (
    b"",
    b"null",
    b"[]",
    b"[[]]",
    b'{"query"',
    b'{"query": "{ __typename }", "query": 1}',
    b'{"query": "\xff"}',
    b'{"query": "{ \\ud800 }"}',
    b'{"query": 1e400}',
    b"[" * 100_000,
    b'{"query": "' + b"{a" * 5_000 + b'"}',
    json.dumps({"query": "{ " + "".join(f"a{i}: __typename " for i in range(10_000)) + "}"}).encode(),
    json.dumps({"query": "fragment F on Query { ...F } { ...F }"}).encode(),
    json.dumps({"query": QUERY, "variables": []}).encode(),
    json.dumps({"query": QUERY, "operationName": 1}).encode(),
    json.dumps({"query": QUERY, "extensions": "x"}).encode(),
    json.dumps({"query": "subscription { models { totalCount } }"}).encode(),
    json.dumps({"documentId": "sha256:0"}).encode(),
)
storm = settings(
    max_examples=250,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)


@pytest.fixture(autouse=True)
def _foreseen(serving: Serving) -> Any:
    """Nothing is logged as unforeseen while a storm lasts."""
    before = serving.log.count("unforeseen")
    yield
    assert serving.log.count("unforeseen") == before, serving.log[-5000:]


def _withstood(response: httpx.Response) -> None:
    assert 200 <= response.status_code < 500
    if not response.content or "html" in response.headers["content-type"]:
        return
    body = response.json()
    errors = body.get("errors", [])
    assert errors or body["data"] is not None
    for error in errors:
        assert error["message"]
        assert error["extensions"]["code"] in CODES


@storm
@given(body=STORM.operations())
def test_values_that_do_not_fit_are_told(client: httpx.Client, body: dict[str, Any]) -> None:
    sent = json.dumps(body).encode()  # which writes what is no JSON, as NaN, and lone surrogates too
    _withstood(client.post("/graphql", content=sent, headers={"content-type": "application/json"}))


@storm
@given(body=st.sampled_from(BODIES) | ANYTHING.map(lambda each: json.dumps(each).encode()) | st.binary(), type_=TYPE)
def test_bodies_of_every_kind_are_told(client: httpx.Client, body: bytes, type_: str) -> None:
    _withstood(client.post("/graphql", content=body, headers={"content-type": type_}))


@storm
@example(
    method="GET",
    accept="*/*",
    parameters={"query": 'mutation { registerLineage(input: {source: "s"}) { __typename } }'},
)
@given(
    method=st.sampled_from(("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE")),
    accept=TYPE,
    parameters=st.dictionaries(
        st.sampled_from(("query", "variables", "operationName", "extensions", "documentId")) | st.text(max_size=20),
        st.just(QUERY) | ANYTHING.map(json.dumps) | st.text(),
        max_size=3,
    ),
)
def test_addresses_of_every_kind_are_told(
    client: httpx.Client, method: str, accept: str, parameters: dict[str, str]
) -> None:
    _withstood(client.request(method, "/graphql", params=parameters, headers={"accept": accept}))


@pytest.mark.parametrize("cut", (1, 20, 60))
def test_half_a_body_harms_nobody(serving: Serving, client: httpx.Client, cut: int) -> None:
    body = json.dumps({"query": QUERY}).encode()

    def half() -> Any:
        yield body[:cut]
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        httpx.post(f"{serving.address}/graphql", content=half(), headers={"content-type": "application/json"})
    _withstood(client.post("/graphql", json={"query": QUERY}))
