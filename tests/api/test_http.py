"""The service over real sockets: what a client meets before GraphQL begins."""

import json
import re
import socket
from contextlib import closing
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urljoin, urlsplit

import httpx
import pytest
from graphql import get_introspection_query

from app.main import page_from_afar
from app.portal.pages import explorer
from tests.serving import Serving

MIB = 1024 * 1024
BULK = "mutation($input: RegisterLineageInput!) { registerLineage(input: $input) { __typename } }"


def _ask(client: httpx.Client, query: str, **variables: Any) -> httpx.Response:
    return client.post("/graphql", json={"query": query, "variables": variables})


def _raw(serving: Serving, sent: bytes) -> bytes:
    """What comes back for these very bytes."""
    parts = urlsplit(serving.address)
    with socket.create_connection((parts.hostname or "", parts.port or 0), timeout=60) as connection:
        connection.sendall(sent)
        connection.shutdown(socket.SHUT_WR)
        answer = b""
        while part := connection.recv(65536):
            answer += part
        return answer


def test_alive_and_ready(client: httpx.Client) -> None:
    assert client.get("/healthz").text == "alive\n"
    ready = client.get("/readyz")
    assert ready.status_code == 200
    assert ready.json() == {"ready": True, "checks": {"graph": "ok", "schema": "ok", "artifacts": "ok"}}


def test_a_question_and_its_answer(client: httpx.Client) -> None:
    response = _ask(client, "{ models { totalCount } }")
    assert response.status_code == 200
    assert response.json()["data"] == {"models": {"totalCount": 0}}
    assert response.json()["extensions"] == {"cost": {"requested": 20, "limit": 100_000, "left": 99_980}}
    assert response.headers["x-correlation-id"]


def test_a_connection_is_kept(serving: Serving) -> None:
    connection = HTTPConnection(urlsplit(serving.address).netloc, timeout=60)
    connection.connect()
    first = connection.sock
    for _ in range(3):
        connection.request("POST", "/graphql", '{"query": "{ __typename }"}', {"content-type": "application/json"})
        assert connection.getresponse().read().startswith(b'{"data":{"__typename":"Query"},')
        assert connection.sock is first
    connection.close()


def test_a_browser_gets_the_explorer_or_a_page_that_says_what_it_needs(client: httpx.Client) -> None:
    page = client.get("/", headers={"accept": "text/html"}, follow_redirects=True)
    built = explorer()
    assert page.headers["content-type"].startswith("text/html")
    assert page.text == (built.page.body.decode() if built else page_from_afar())


def test_every_file_that_the_page_names_is_there(client: httpx.Client) -> None:
    page = client.get("/graphql", headers={"accept": "text/html"})
    named = re.findall(r'"(explorer/[^"]+)"', page.text)
    assert [client.get(urljoin(str(page.url), each)).status_code for each in named] == [200] * len(named)
    assert len(named) == (2 if explorer() else 0)


def test_the_whole_schema_can_be_asked_for(client: httpx.Client) -> None:
    response = _ask(client, get_introspection_query(directive_is_repeatable=True, input_value_deprecation=True))
    assert "errors" not in response.json()
    assert response.json()["data"]["__schema"]["queryType"]["name"] == "Query"


@pytest.mark.parametrize(
    ("query", "code"),
    (
        ("{ models { edges { node { nope } } } }", "GRAPHQL_VALIDATION_FAILED"),
        ("{ models", "GRAPHQL_PARSE_FAILED"),
        ("{ " + " ".join(f"a{i}: __typename" for i in range(31)) + " }", "DOCUMENT_TOO_LARGE"),
        ("{ models { edges { node { " + "versions { edges { node { model { " * 4 + "name", "GRAPHQL_PARSE_FAILED"),
        ("{ " + "__typename " * 2_000 + "}", "DOCUMENT_TOO_LARGE"),
        ('{ node(id: "x") { id } }', "BAD_ID"),
        ("{ models(first: 101) { edges { cursor } } }", "BAD_PAGE"),
    ),
)
def test_a_bad_document_is_an_answer_and_no_failure(client: httpx.Client, query: str, code: str) -> None:
    response = _ask(client, query)
    assert response.status_code == 200
    assert code in {error["extensions"]["code"] for error in response.json()["errors"]}
    assert "Traceback" not in response.text


def test_depth_is_limited(client: httpx.Client) -> None:
    deep = (
        "{ models { edges { node { " + "versions { edges { node { model { " * 3 + "name" + " } } } }" * 3 + " } } } }"
    )
    response = _ask(client, deep)
    assert response.json()["errors"][0]["extensions"]["code"] == "DOCUMENT_TOO_LARGE"


@pytest.mark.parametrize("size", (2 * MIB, 30 * MIB))
def test_a_body_over_the_limit_is_told_so(client: httpx.Client, size: int) -> None:
    response = client.post(
        "/graphql",
        content=json.dumps({"query": "{ __typename }", "variables": {"x": "x" * size}}),
        headers={"content-type": "application/json"},
    )
    assert response.status_code == 413
    assert response.json()["errors"][0]["extensions"]["code"] == "BODY_TOO_LARGE"
    assert _ask(client, "{ __typename }").status_code == 200


@pytest.mark.parametrize("field", ("registerLineage", "retract", "beginUpload"))
def test_a_field_that_takes_many_items_may_have_a_larger_body(client: httpx.Client, field: str) -> None:
    given = f"{field[0].upper()}{field[1:]}Input!"
    query = f"mutation ($input: {given}) {{ {field}(input: $input) {{ __typename }} }}"
    response = client.post("/graphql", json={"query": query, "variables": {"x": "x" * 2 * MIB}})
    assert response.status_code == 200
    assert response.json()["errors"][0]["extensions"]["code"] == "BAD_REQUEST"


@pytest.mark.parametrize("chunked", (False, True))
@pytest.mark.parametrize("size", (9 * MIB, 30 * MIB))
def test_who_sends_a_whole_body_over_the_limit_reads_why_it_is_refused(
    serving: Serving, size: int, chunked: bool
) -> None:
    parts = [b"x" * MIB] * (size // MIB)
    headers = {"content-type": "application/json"}
    with closing(HTTPConnection(urlsplit(serving.address).netloc, timeout=60)) as connection:
        if chunked:
            connection.request("POST", "/graphql", iter(parts), headers, encode_chunked=True)
        else:
            connection.request("POST", "/graphql", b"".join(parts), headers)
        response = connection.getresponse()
        assert response.status == 413
        [error] = json.loads(response.read())["errors"]
    assert error["extensions"]["code"] == "BODY_TOO_LARGE"
    assert "8 MiB" in error["message"]


def _posting(serving: Serving, header: str) -> socket.socket:
    """A connection on which a POST has begun."""
    parts = urlsplit(serving.address)
    connection = socket.create_connection((parts.hostname or "", parts.port or 0), timeout=60)
    head = f"POST /graphql HTTP/1.1\r\nHost: {parts.netloc}\r\nContent-Type: application/json\r\n{header}\r\n\r\n"
    connection.sendall(head.encode())
    return connection


def test_the_refusal_comes_before_the_body_is_read(serving: Serving) -> None:
    with _posting(serving, f"Content-Length: {9 * MIB}") as connection:
        assert connection.recv(65536).startswith(b"HTTP/1.1 413")


def _send_until_it_breaks(connection: socket.socket, most: int) -> int:
    for sent in range(0, most, MIB):
        try:
            connection.sendall(b"100000\r\n" + b"x" * MIB + b"\r\n")
        except ConnectionError:
            return sent
    return most


def test_what_never_ends_is_cut_off(client: httpx.Client, serving: Serving) -> None:
    with _posting(serving, "Transfer-Encoding: chunked") as connection:
        assert _send_until_it_breaks(connection, 1_000 * MIB) < 100 * MIB
    assert _ask(client, "{ __typename }").status_code == 200


@pytest.mark.parametrize(
    "body",
    (
        b"",
        b"{",
        b"\xff",
        b'{"query": "\\ud800"}',
        b"[]",
        b"null",
    ),
)
def test_what_is_no_request_is_told_so(client: httpx.Client, body: bytes) -> None:
    response = client.post("/graphql", content=body, headers={"content-type": "application/json"})
    assert response.status_code == 400
    assert response.json()["errors"][0]["message"]


@pytest.mark.parametrize("sent", (b"\x16\x03\x01\x02\x00\x01", b"GET\r\n\r\n", b"POST /graphql HTTP/1.1\r\n\r\n"))
def test_what_is_no_http_does_no_harm(client: httpx.Client, serving: Serving, sent: bytes) -> None:
    answer = _raw(serving, sent)
    assert b"500" not in answer.split(b"\r\n", 1)[0]
    assert b"Traceback" not in answer
    assert _ask(client, "{ __typename }").status_code == 200


def test_another_name_for_this_machine_is_not_answered(client: httpx.Client) -> None:
    assert client.get("/healthz", headers={"host": "evil.example"}).status_code == 421


def test_what_is_not_there(client: httpx.Client) -> None:
    assert client.get("/nope").status_code == 404


def test_a_failing_document_is_in_the_log_by_its_hash_only(client: httpx.Client, serving: Serving) -> None:
    _ask(client, "{ topsecret }")
    client.get("/healthz")
    lines = [json.loads(line) for line in serving.log.splitlines() if line.startswith("{")]
    [failing] = [line for line in lines if "GRAPHQL_VALIDATION_FAILED" in line.get("codes", ())][-1:]
    assert failing["event"] == "request"
    assert failing["status"] == 200
    assert "topsecret" not in serving.log
