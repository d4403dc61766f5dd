"""Signed addresses, used as any HTTP client uses them: for one thing, for a while, unchanged."""

import asyncio
import os
import re
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import httpx
import pytest

from app.artifacts.content import MIB, content_key
from app.artifacts.store import ArtifactStore
from tests.stores.asking import S3_SMALLEST_PART, begin, content_of, pieces, send, whole

DATA = os.urandom(3 * MIB + 17)
CONTENT = content_of(DATA)


def edited(url: str, name: str, value: str | None) -> str:
    """The address with another value of a field; None leaves it out."""
    parts = urlsplit(url)
    fields = dict(parse_qsl(parts.query, keep_blank_values=True))
    assert name in fields
    if value is None:
        del fields[name]
    else:
        fields[name] = value
    return urlunsplit(parts._replace(query=urlencode(fields)))


async def download(store: ArtifactStore, name: str = "") -> str:
    """An address of bytes that are held."""
    await store.put(CONTENT, pieces(DATA))
    return await store.download_url(CONTENT, 60, name)


async def test_it_gives_the_bytes_to_be_saved_under_a_name(store: ArtifactStore, http: httpx.AsyncClient) -> None:
    answer = await http.get(await download(store, 'wéights "1".bin'))
    assert answer.status_code == 200
    assert answer.content == DATA
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"] == "attachment; filename*=UTF-8''w%C3%A9ights%20%221%22.bin"
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    ("asked", "first", "end"),
    (
        ("bytes=0-0", 0, 1),
        ("bytes=5-9", 5, 10),
        (f"bytes={3 * MIB}-", 3 * MIB, len(DATA)),
        ("bytes=-7", len(DATA) - 7, len(DATA)),
        (f"bytes=100-{9 * MIB}", 100, len(DATA)),
    ),
)
async def test_it_gives_a_range(
    store: ArtifactStore, http: httpx.AsyncClient, asked: str, first: int, end: int
) -> None:
    answer = await http.get(await download(store), headers={"range": asked})
    assert (answer.status_code, answer.content) == (206, DATA[first:end])
    assert answer.headers["content-range"] == f"bytes {first}-{end - 1}/{len(DATA)}"


async def test_a_download_goes_on_after_a_break(store: ArtifactStore, http: httpx.AsyncClient) -> None:
    url = await download(store)
    async with http.stream("GET", url) as answer:
        got = b""
        async for chunk in answer.aiter_bytes():
            got += chunk
            if len(got) > MIB:
                break
    entity = answer.headers["etag"]
    rest = await http.get(url, headers={"range": f"bytes={len(got)}-", "if-match": entity})
    assert got + rest.content == DATA


async def test_a_range_past_the_end_is_refused(store: ArtifactStore, http: httpx.AsyncClient) -> None:
    assert (await http.get(await download(store), headers={"range": f"bytes={4 * MIB}-"})).status_code == 416


async def test_what_is_not_there_is_not_found(store: ArtifactStore, http: httpx.AsyncClient) -> None:
    assert (await http.get(await store.download_url(CONTENT, 60))).status_code == 404


@pytest.mark.parametrize("method", ("POST", "PUT", "DELETE", "PATCH"))
async def test_a_download_is_for_nothing_else(store: ArtifactStore, http: httpx.AsyncClient, method: str) -> None:
    url = await download(store)
    answer = await http.request(method, url, content=b"" if method == "DELETE" else b"other")
    assert answer.status_code in {400, 403, 405}
    assert await whole(store.read(CONTENT.sha256)) == DATA


async def test_an_upload_is_for_nothing_else(store: ArtifactStore, http: httpx.AsyncClient) -> None:
    begun = await begin(store, CONTENT)
    url = await store.upload_url(begun, 1, 60)
    await send(store, begun, DATA, http)
    for method in ("GET", "DELETE", "POST"):
        assert (await http.request(method, url)).status_code in {400, 403, 405}
    assert len(await store.arrived(begun)) == 1


async def test_an_address_ends(store: ArtifactStore, http: httpx.AsyncClient) -> None:
    begun = await begin(store, CONTENT)
    await store.put(CONTENT, pieces(DATA))
    up, down = await store.upload_url(begun, 1, 1), await store.download_url(CONTENT, 1)
    await asyncio.sleep(2.1)  # whole seconds are counted
    for answer in (await http.put(up, content=DATA), await http.get(down)):
        assert answer.status_code == 403
        assert re.search("expired|time of this address is over", answer.text)
    assert await store.arrived(begun) == []


async def test_an_edited_address_is_refused(store: ArtifactStore, http: httpx.AsyncClient) -> None:
    begun = await begin(store, CONTENT)
    await store.put(CONTENT, pieces(DATA))
    up, down = await store.upload_url(begun, 1, 60), await store.download_url(CONTENT, 60, "a.bin")
    other = content_of(b"x")
    await store.put(other, pieces(b"x"))
    for url in (up, down):
        fields = dict(parse_qsl(urlsplit(url).query, keep_blank_values=True))
        method = "PUT" if url is up else "GET"
        for name, value in fields.items():
            for wrong in (f"{value}0", value[:-1] or "2", None):
                edit = edited(url, name, wrong)
                answer = await http.request(method, edit, content=DATA if url is up else None)
                assert answer.status_code in {400, 403, 404}, (name, wrong)
    moved = down.replace(content_key(CONTENT.sha256), content_key(other.sha256))
    assert (await http.get(moved)).status_code == 403
    moved = up.replace(begun.key, content_key(other.sha256))
    assert (await http.put(moved, content=DATA)).status_code in {403, 404}
    assert await store.arrived(begun) == []
    assert await whole(store.read(other.sha256)) == b"x"


async def test_an_address_is_not_made_for_ever(store: ArtifactStore) -> None:
    begun = await begin(store, CONTENT)
    for seconds in (0, -1, 8 * 24 * 3600):
        with pytest.raises(ValueError, match=r"7 days|604,800"):
            await store.download_url(CONTENT, seconds)
        with pytest.raises(ValueError, match=r"7 days|604,800"):
            await store.upload_url(begun, 1, seconds)


async def test_parts_arrive_side_by_side_and_again(store: ArtifactStore, http: httpx.AsyncClient) -> None:
    data = os.urandom(22 * MIB)
    begun = await begin(store, content_of(data), part_bytes=S3_SMALLEST_PART)
    await asyncio.gather(*(send(store, begun, data, http, part) for part in (1, 2, 3, 4, 5, 2, 4)))
    assert (await store.finish(begun)).new
    url = await store.download_url(begun.content, 60)
    assert (await http.get(url)).content == data
