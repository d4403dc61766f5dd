"""What HTTP itself does with an answer, over real sockets: kept, compressed, left out."""

import gzip
import json
from http.client import HTTPConnection, HTTPResponse
from urllib.parse import urlencode, urlsplit

import pytest

from tests.serving import Serving

SCHEMA = "/graphql?" + urlencode({"query": "{ __schema { types { name description } } }"})
"""A long answer that stays."""


def _sent(serving: Serving, method: str, path: str, **headers: str) -> tuple[HTTPResponse, bytes]:
    """An answer, on a connection on which the next one is found where the first ended."""
    connection = HTTPConnection(urlsplit(serving.address).netloc, timeout=60)
    try:
        connection.request(method, path, headers={name.replace("_", "-"): value for name, value in headers.items()})
        response = connection.getresponse()
        body = response.read()
        connection.request("GET", "/healthz")
        assert connection.getresponse().read() == b"alive\n", "an answer ended elsewhere than it said"
        return response, body
    finally:
        connection.close()


def test_an_answer_is_sent_once(serving: Serving) -> None:
    response, body = _sent(serving, "GET", SCHEMA)
    assert response.status == 200
    assert response.headers["content-type"] == "application/graphql-response+json; charset=utf-8"
    again, nothing = _sent(serving, "GET", SCHEMA, if_none_match=response.headers["etag"])
    assert (again.status, nothing) == (304, b"")
    assert len(body) > 10_000


def test_an_answer_is_sent_smaller(serving: Serving) -> None:
    _, plain = _sent(serving, "GET", SCHEMA)
    response, packed = _sent(serving, "GET", SCHEMA, accept_encoding="gzip, deflate, br")
    assert response.headers["content-encoding"] == "gzip"
    assert int(response.headers["content-length"]) == len(packed) < len(plain) / 2
    assert gzip.decompress(packed) == plain
    again, nothing = _sent(serving, "GET", SCHEMA, accept_encoding="gzip", if_none_match=response.headers["etag"])
    assert (again.status, nothing) == (304, b"")


@pytest.mark.parametrize("coding", ("identity", "gzip"))
def test_a_head_has_the_headers_only(serving: Serving, coding: str) -> None:
    get, body = _sent(serving, "GET", SCHEMA, accept_encoding=coding)
    head, nothing = _sent(serving, "HEAD", SCHEMA, accept_encoding=coding)
    assert (head.status, nothing) == (200, b"")
    assert int(head.headers["content-length"]) == len(body)
    assert head.headers["etag"] == get.headers["etag"]


def test_options(serving: Serving) -> None:
    response, body = _sent(serving, "OPTIONS", "/graphql", origin="https://evil.example")
    assert (response.status, body) == (204, b"")
    assert response.headers["allow"] == "GET, HEAD, POST, OPTIONS"
    response, body = _sent(serving, "DELETE", "/graphql")
    assert response.status == 405
    assert json.loads(body)["errors"][0]["extensions"]["code"] == "BAD_METHOD"
