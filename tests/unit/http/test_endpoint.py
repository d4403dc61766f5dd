"""GraphQL over HTTP: forms, statuses, refusals."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import orjson
import pytest
from structlog.testing import capture_logs

from tests.unit.http.conftest import BULK, PLAIN
from tests.unit.operations.small_schema import answered

ADDRESS = "/graphql"
NEWER = "application/graphql-response+json"
JSON_HEADERS = {"content-type": "application/json"}
ALLOWED = "GET, HEAD, POST, OPTIONS"


async def _post(client: httpx.AsyncClient, content: bytes | str, **headers: str) -> httpx.Response:
    return await client.post(ADDRESS, content=content, headers=JSON_HEADERS | headers)


def _code(response: httpx.Response) -> str:
    return response.json()["errors"][0]["extensions"]["code"]


async def test_a_question_by_post(client: httpx.AsyncClient) -> None:
    response = await client.post(
        ADDRESS, json={"query": "query($n: String) { hello(name: $n) }", "variables": {"n": "me"}}
    )
    assert response.status_code == 200
    assert response.json() == answered({"hello": "hello me"})


async def test_a_lone_surrogate_in_a_variable_is_the_resolvers_to_judge(client: httpx.AsyncClient) -> None:
    response = await _post(client, b'{"query": "query($n: String) { hello(name: $n) }", "variables": {"n": "\\ud800"}}')
    assert response.status_code == 200
    assert response.json() == answered({"hello": "hello \ud800"})


@pytest.mark.parametrize("number", (b"NaN", b"1e400", b"-Infinity"))
async def test_what_is_no_number_is_told_by_its_place(client: httpx.AsyncClient, number: bytes) -> None:
    query = b'{"query": "query($n: String) { hello(name: $n) }", "variables": {"n": %s}}'
    response = await _post(client, query % number)
    assert "'$n'" in response.json()["errors"][0]["message"]


async def test_a_long_integer_arrives_as_it_was_sent(client: httpx.AsyncClient) -> None:
    response = await _post(
        client, b'{"query": "query($n: String) { hello(name: $n) }", "variables": {"n": 18446744073709551617}}'
    )
    assert "18446744073709551617" in response.json()["errors"][0]["message"]


async def test_a_question_by_get(client: httpx.AsyncClient) -> None:
    asked = {"query": "query A($n: String) { hello(name: $n) } query B { maybe }", "variables": '{"n":"é"}'}
    response = await client.get(ADDRESS, params=asked | {"operationName": "A"})
    assert response.json() == answered({"hello": "hello é"})


@pytest.mark.parametrize(
    ("asked", "newer"),
    (
        ({"query": "{ maybe"}, 400),
        ({"query": ""}, 400),
        ({"query": "  "}, 400),
        ({"query": "{ nope }"}, 400),
        ({"query": "mutation($to: Int!) { change(to: $to) }", "variables": {"to": "x"}}, 400),
        ({"query": "{ maybe }", "operationName": "B"}, 400),
        ({"query": '{ fails(how: "told") }'}, 200),
        ({"query": "subscription { maybe }"}, 400),
    ),
)
async def test_the_newer_form_tells_by_its_status_whether_anything_was_run(
    client: httpx.AsyncClient, asked: dict[str, Any], newer: int
) -> None:
    response = await client.post(ADDRESS, json=asked, headers={"accept": NEWER})
    assert response.status_code == newer
    assert ("data" in response.json()) == (newer == 200)
    response = await client.post(ADDRESS, json=asked, headers={"accept": "application/json"})
    assert response.status_code == 200
    assert response.json()["errors"]


@pytest.mark.parametrize(
    ("body", "code"),
    (
        (b"", "BAD_JSON"),
        (b"{", "BAD_JSON"),
        (b"\xff\xfe", "BAD_JSON"),
        (b'{"query": "\xff"}', "BAD_JSON"),
        (b'{"query": "{ hello(name: \\"\\ud800\\") }"}', "BAD_JSON"),
        (b"[" * 5_000, "BAD_JSON"),
        (b'[{"query": "{ maybe }"}]', "BATCHING_OFF"),
        (b"[]", "BATCHING_OFF"),
        (b"[1]", "BATCHING_OFF"),
        (b'"{ maybe }"', "BAD_REQUEST"),
        (b"{}", "BAD_REQUEST"),
        (b'{"query": 1}', "BAD_REQUEST"),
        (b'{"query": null}', "BAD_REQUEST"),
        (b'{"qeury": "{ maybe }"}', "BAD_REQUEST"),
        (b'{"documentId": 1}', "BAD_REQUEST"),
        (b'{"documentId": null}', "BAD_REQUEST"),
        (b'{"documentId": "abc", "query": "{ maybe }"}', "BAD_REQUEST"),
        (b'{"documentId": "abc", "variables": []}', "BAD_REQUEST"),
        (b'{"query": "{ maybe }", "operationName": 1}', "BAD_REQUEST"),
        (b'{"query": "{ maybe }", "variables": []}', "BAD_REQUEST"),
        (b'{"query": "{ maybe }", "extensions": "x"}', "BAD_REQUEST"),
    ),
)
async def test_what_is_no_request_is_refused_with_its_reason(client: httpx.AsyncClient, body: bytes, code: str) -> None:
    response = await _post(client, body)
    assert response.status_code == 400
    assert _code(response) == code
    message = response.json()["errors"][0]["message"]
    assert message.endswith(".")
    assert not any(word in message for word in ("recursion", "codec", "unicode string"))


@pytest.mark.parametrize("query_string", ("", "query=%ff", "query={maybe}&variables={", "variables={}"))
async def test_a_get_that_is_no_request_is_refused(client: httpx.AsyncClient, query_string: str) -> None:
    assert (await client.get(f"{ADDRESS}?{query_string}")).status_code == 400


async def test_nulls_are_as_good_as_nothing(client: httpx.AsyncClient) -> None:
    asked = {"query": "{ maybe }", "operationName": None, "variables": None, "extensions": None}
    assert (await client.post(ADDRESS, json=asked)).json() == answered({"maybe": None})


@pytest.mark.parametrize(
    "headers",
    (
        {"content-type": "text/plain"},
        {"content-type": "application/x-www-form-urlencoded"},
        {"content-type": "application/json; charset=utf-16"},
        {"content-type": ""},
        {"content-type": "application/json", "content-encoding": "gzip"},
    ),
)
async def test_another_content_type_is_refused(client: httpx.AsyncClient, headers: dict[str, str]) -> None:
    response = await client.post(ADDRESS, content=b'{"query": "{ maybe }"}', headers=headers)
    assert response.status_code == 415


async def test_a_get_changes_nothing(client: httpx.AsyncClient) -> None:
    response = await client.get(ADDRESS, params={"query": "mutation { change(to: 1) }"})
    assert response.status_code == 405
    assert response.headers["allow"] == "POST"
    both = "query A { maybe } mutation B { change(to: 1) }"
    assert (await client.get(ADDRESS, params={"query": both, "operationName": "A"})).status_code == 200
    assert (await client.get(ADDRESS, params={"query": both, "operationName": "B"})).status_code == 405


@pytest.mark.parametrize("method", ("PUT", "DELETE", "PATCH", "TRACE", "NONSENSE"))
async def test_other_methods_are_refused(client: httpx.AsyncClient, method: str) -> None:
    response = await client.request(method, ADDRESS)
    assert response.status_code == 405
    assert response.headers["allow"] == ALLOWED
    assert _code(response) == "BAD_METHOD"


async def test_options_say_what_may_be_done_and_give_no_other_origin_leave(client: httpx.AsyncClient) -> None:
    asked = {"origin": "https://evil.example", "access-control-request-method": "POST", "accept": "text/plain"}
    response = await client.options(ADDRESS, headers=asked)
    assert (response.status_code, response.content) == (204, b"")
    assert response.headers["allow"] == ALLOWED
    assert "content-length" not in response.headers
    assert not [name for name in response.headers if name.startswith("access-control")]


@pytest.mark.parametrize("asked", ({"query": "{ maybe }"}, {"query": "{ nope }"}, {}))
async def test_a_head_is_a_get_without_its_body(client: httpx.AsyncClient, asked: dict[str, str]) -> None:
    headers = {"accept": NEWER, "x-correlation-id": "same"}
    head = await client.head(ADDRESS, params=asked, headers=headers)
    get = await client.get(ADDRESS, params=asked, headers=headers)
    assert head.content == b""
    assert head.status_code == get.status_code
    assert head.headers == get.headers


async def test_a_head_changes_nothing(client: httpx.AsyncClient) -> None:
    assert (await client.head(ADDRESS, params={"query": "mutation { change(to: 1) }"})).status_code == 405


def _body(field: str, size: int) -> bytes:
    start = orjson.dumps({"query": f"mutation {{ {field} }}", "variables": {"x": ""}})[:-3]
    return start + b"x" * (size - len(start) - 3) + b'"}}'


async def test_a_body_is_read_to_its_limit(client: httpx.AsyncClient) -> None:
    assert (await _post(client, _body("change(to: 1)", PLAIN))).json() == answered({"change": 1})
    response = await _post(client, _body("change(to: 1)", PLAIN + 1))
    assert (response.status_code, _code(response)) == (413, "BODY_TOO_LARGE")
    assert "registerLineage" in response.json()["errors"][0]["message"]


async def test_a_bulk_field_may_come_with_more(client: httpx.AsyncClient) -> None:
    assert (await _post(client, _body('registerLineage(rows: "ab")', BULK))).json() == answered({"registerLineage": 2})
    response = await _post(client, _body('registerLineage(rows: "ab")', BULK + 1))
    assert (response.status_code, _code(response)) == (413, "BODY_TOO_LARGE")


async def test_a_body_of_unknown_length_is_limited_too(client: httpx.AsyncClient) -> None:
    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield b" " * 1_000

    response = await client.post(ADDRESS, content=endless(), headers=JSON_HEADERS)
    assert response.status_code == 413


async def test_each_answer_has_a_correlation_id(client: httpx.AsyncClient) -> None:
    first, second = [await client.post(ADDRESS, json={"query": "{ maybe }"}) for _ in range(2)]
    assert first.headers["x-correlation-id"] != second.headers["x-correlation-id"]
    mine = await client.post(ADDRESS, json={"query": "{ maybe }"}, headers={"x-correlation-id": "mine-1"})
    assert mine.headers["x-correlation-id"] == "mine-1"
    strange = await client.post(ADDRESS, json={"query": "{ maybe }"}, headers={"x-correlation-id": "a b\tc"})
    assert strange.headers["x-correlation-id"] != "a b\tc"


async def test_a_request_is_one_line_of_the_log(client: httpx.AsyncClient) -> None:
    with capture_logs() as lines:
        response = await client.post(ADDRESS, json={"query": "{ maybe }"})
    [line] = lines
    assert (line["event"], line["method"], line["path"], line["status"]) == ("request", "POST", ADDRESS, 200)
    assert line["correlation_id"] == response.headers["x-correlation-id"]


async def test_a_failing_document_is_logged_by_its_hash_only(client: httpx.AsyncClient) -> None:
    with capture_logs() as lines:
        await client.post(ADDRESS, json={"query": "{ topsecret }"})
        await client.post(ADDRESS, json={"query": '{ fails(how: "told") }', "variables": {"x": "topsecret"}})
    assert [line["codes"] for line in lines] == [["GRAPHQL_VALIDATION_FAILED"], ["TIMEOUT"]]
    assert all(len(line["document"]) == 16 for line in lines)
    assert "topsecret" not in str(lines)


@pytest.mark.parametrize("host", ("localhost:8000", "127.0.0.1", "[::1]:8000", "LOCALHOST"))
async def test_without_login_this_machine_is_answered(client: httpx.AsyncClient, host: str) -> None:
    assert (await client.post(ADDRESS, json={"query": "{ maybe }"}, headers={"host": host})).status_code == 200


@pytest.mark.parametrize("host", ("evil.example", "127.0.0.1.evil.example", ""))
async def test_without_login_no_other_name_is_answered(client: httpx.AsyncClient, host: str) -> None:
    response = await client.post(ADDRESS, json={"query": "{ maybe }"}, headers={"host": host})
    assert (response.status_code, _code(response)) == (421, "BAD_HOST")
