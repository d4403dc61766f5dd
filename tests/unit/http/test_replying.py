"""What a caller's own cache may keep, and what is compressed on the way."""

import gzip

import httpx
import orjson
import pytest

from app.http.coding import SMALLEST, gzipped, takes_gzip
from tests.unit.operations.small_schema import answered

ADDRESS = "/graphql"
NEWER = "application/graphql-response+json"
LONG = "x" * SMALLEST
"""As a name to be greeted by, it makes an answer that is worth compressing."""
ASKED = {"query": "query($n: String) { hello(name: $n) }", "variables": '{"n": "me"}'}
POSTED = {"query": ASKED["query"], "variables": {"n": LONG}}


async def _get(client: httpx.AsyncClient, name: str = "me", **headers: str) -> httpx.Response:
    asked = ASKED | {"variables": f'{{"n": "{name}"}}'}
    return await client.get(ADDRESS, params=asked, headers={"accept-encoding": "identity"} | headers)


@pytest.mark.parametrize("method", ("GET", "HEAD"))
async def test_who_has_the_answer_gets_none(client: httpx.AsyncClient, method: str) -> None:
    first = await _get(client)
    assert first.headers["cache-control"] == "private, no-cache"
    tag = first.headers["etag"]
    assert tag.startswith('"')
    again = await client.request(
        method, ADDRESS, params=ASKED, headers={"if-none-match": tag, "accept-encoding": "identity"}
    )
    assert (again.status_code, again.content) == (304, b"")
    for name in ("etag", "cache-control", "vary"):
        assert again.headers[name] == first.headers[name]
    assert "content-type" not in again.headers
    assert "content-length" not in again.headers


@pytest.mark.parametrize(
    ("header", "status"),
    (
        ("*", 304),
        ("W/{tag}", 304),
        ('"other", W/"more" ,{tag}', 304),
        ('"other"', 200),
        ("{bare}", 200),
        ('"*"', 200),
        ("", 200),
        ('"', 200),
    ),
)
async def test_a_tag_is_found_among_those_that_the_caller_has(
    client: httpx.AsyncClient, header: str, status: int
) -> None:
    tag = (await _get(client)).headers["etag"]
    response = await _get(client, **{"if-none-match": header.format(tag=tag, bare=tag.strip('"'))})
    assert response.status_code == status


async def test_another_answer_has_another_tag(client: httpx.AsyncClient) -> None:
    mine, yours = await _get(client), await _get(client, "you")
    assert mine.headers["etag"] != yours.headers["etag"]
    assert (await _get(client, **{"if-none-match": yours.headers["etag"]})).json() == answered({"hello": "hello me"})


async def test_each_form_and_coding_has_its_own_tag(client: httpx.AsyncClient) -> None:
    answers = [
        await _get(client, LONG, **{"accept": accept, "accept-encoding": coding})
        for accept in (NEWER, "application/json")
        for coding in ("identity", "gzip")
    ]
    assert len({answer.json()["data"]["hello"] for answer in answers}) == 1
    assert len({answer.headers["etag"] for answer in answers}) == 4
    assert {answer.headers["vary"] for answer in answers} == {"accept, accept-encoding"}
    tag = answers[3].headers["etag"]
    again = await _get(client, LONG, **{"accept": "application/json", "accept-encoding": "gzip", "if-none-match": tag})
    assert again.status_code == 304


@pytest.mark.parametrize(
    ("query", "status"),
    (
        ('{ fails(how: "told") }', 200),
        ("{ nope }", 400),
        ("mutation { change(to: 1) }", 405),
    ),
)
async def test_an_error_is_never_kept(client: httpx.AsyncClient, query: str, status: int) -> None:
    headers = {"if-none-match": "*", "accept": NEWER}
    response = await client.get(ADDRESS, params={"query": query}, headers=headers)
    assert response.status_code == status
    assert "etag" not in response.headers
    assert response.headers["cache-control"] == "private, no-cache"


async def test_the_page_may_be_kept_too(client: httpx.AsyncClient) -> None:
    page = await client.get(ADDRESS, headers={"accept": "text/html"})
    again = await client.get(ADDRESS, headers={"accept": "text/html", "if-none-match": page.headers["etag"]})
    assert again.status_code == 304
    assert page.headers["vary"] == "accept, accept-encoding"


async def test_a_post_is_never_kept(client: httpx.AsyncClient) -> None:
    response = await client.post(ADDRESS, json=POSTED, headers={"if-none-match": "*", "accept-encoding": "identity"})
    assert response.status_code == 200
    assert not {"etag", "cache-control", "vary", "content-encoding"} & set(response.headers)


async def test_a_long_answer_is_compressed_for_those_who_take_it(client: httpx.AsyncClient) -> None:
    response = await client.post(ADDRESS, json=POSTED, headers={"accept-encoding": "br, gzip"})
    assert response.headers["content-encoding"] == "gzip"
    assert response.headers["vary"] == "accept-encoding"
    assert int(response.headers["content-length"]) < SMALLEST
    assert response.json() == answered({"hello": f"hello {LONG}"})


@pytest.mark.parametrize("size", (0, 1, 500_000))
async def test_what_is_compressed_can_be_read(size: int) -> None:
    assert gzip.decompress(await gzipped(b"x" * size)) == b"x" * size


@pytest.mark.parametrize("size", (-1, 0))
async def test_a_short_answer_is_not_compressed(client: httpx.AsyncClient, size: int) -> None:
    around = len(orjson.dumps(answered({"hello": "hello "})))
    posted = {"query": ASKED["query"], "variables": {"n": "x" * (SMALLEST - around + size)}}
    response = await client.post(ADDRESS, json=posted, headers={"accept-encoding": "gzip"})
    assert ("content-encoding" in response.headers) == (size == 0)


async def test_what_is_compressed_is_so_always_alike(client: httpx.AsyncClient) -> None:
    async with client.stream("POST", ADDRESS, json=POSTED, headers={"accept-encoding": "gzip"}) as response:
        raw = b"".join([part async for part in response.aiter_raw()])
    async with client.stream("POST", ADDRESS, json=POSTED, headers={"accept-encoding": "gzip"}) as response:
        assert raw == b"".join([part async for part in response.aiter_raw()])
    assert gzip.decompress(raw).startswith(b'{"data":')


@pytest.mark.parametrize(
    ("header", "taken"),
    (
        ("gzip", True),
        ("GZIP", True),
        ("x-gzip", True),
        ("*", True),
        ("br, zstd", False),
        ("gzip;q=0", False),
        ("gzip; q=0.000, *", False),
        ("*;q=0", False),
        ("identity, gzip;q=0.5", False),
        ("identity;q=0.5, gzip", True),
        ("identity;q=0, *;q=0.1", True),
        ("deflate, gzip ;q=0.8", True),
        ("gzip;q=x", False),
        ("gzip;x=1", False),
        ("gzip;q=nan", False),
        ("gzip;q=2", False),
        ("", False),
        (",;", False),
    ),
)
def test_who_takes_gzip(header: str, taken: bool) -> None:
    assert takes_gzip(header) is taken
