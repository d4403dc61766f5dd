"""What signed addresses lead to, asked in process: what is refused, with which status, and what is then kept."""

import asyncio
import os
from collections.abc import AsyncGenerator, AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest

from app.artifacts.content import Content, Upload, new_upload_id
from app.artifacts.failures import UrlRefused
from app.artifacts.folder import FolderStore, open_folder
from app.artifacts.folder_files import FolderFiles
from app.artifacts.signing import Grant
from app.http import artifacts
from app.http.artifacts import ArtifactsEndpoint
from tests.stores.asking import content_of, pieces, whole

DATA = os.urandom(200_000)
BASE = "http://127.0.0.1:8000/artifacts"


@pytest.fixture
async def store(tmp_path: Path) -> AsyncGenerator[FolderStore]:
    found = await open_folder(tmp_path, BASE)
    yield found
    await found.close()


@pytest.fixture
async def client(store: FolderStore) -> AsyncGenerator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(ArtifactsEndpoint((store,), "/artifacts"))
    async with httpx.AsyncClient(transport=transport) as found:
        yield found


@pytest.fixture
async def begun(store: FolderStore) -> Upload:
    return await store.begin(new_upload_id(), 0, content_of(DATA))


async def put(client: httpx.AsyncClient, url: str, data: Any, **headers: str) -> tuple[int, str]:
    answer = await client.put(url, content=data, headers=headers)
    code = answer.json()["errors"][0]["extensions"]["code"] if answer.content else ""
    return answer.status_code, code


async def test_a_part_is_taken_and_taken_again(store: FolderStore, client: httpx.AsyncClient, begun: Upload) -> None:
    url = await store.upload_url(begun, 1, 60)
    for _ in range(2):
        assert await put(client, url, DATA) == (200, "")
        assert await put(client, url, pieces(DATA)) == (200, "")  # its length is not announced
    assert [part.bytes for part in await store.arrived(begun)] == [len(DATA)]


@pytest.mark.parametrize("announced", (True, False))
async def test_other_numbers_of_bytes_are_refused(
    store: FolderStore, client: httpx.AsyncClient, begun: Upload, announced: bool
) -> None:
    url = await store.upload_url(begun, 1, 60)
    for data, status in ((DATA + b"!", 413), (DATA[:-1], 400), (b"", 400)):
        expected = (status if announced else 422, "UPLOAD_MISMATCH")
        assert await put(client, url, data if announced else pieces(data)) == expected
    assert await store.arrived(begun) == []
    assert [each.key for each in await store.unfinished()] == [begun.key]


async def test_other_bytes_are_refused_where_the_address_knows_them(
    store: FolderStore, client: httpx.AsyncClient, begun: Upload
) -> None:
    url = await store.upload_url(begun, 1, 60)
    assert await put(client, url, bytes(len(DATA))) == (422, "UPLOAD_MISMATCH")
    assert await store.arrived(begun) == []


async def test_what_is_compressed_is_refused(store: FolderStore, client: httpx.AsyncClient, begun: Upload) -> None:
    url = await store.upload_url(begun, 1, 60)
    assert await put(client, url, DATA, **{"content-encoding": "gzip"}) == (415, "BAD_CONTENT_TYPE")


async def test_of_an_endless_body_no_more_is_read_than_may_be(
    store: FolderStore, client: httpx.AsyncClient, begun: Upload, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(artifacts, "_DROPPED_BYTES", 10_000_000)
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while True:
            sent += 100_000
            yield bytes(100_000)
            await asyncio.sleep(0)

    url = await store.upload_url(begun, 1, 60)
    transport_gives_all = asyncio.create_task(put(client, url, endless()))
    assert await transport_gives_all == (422, "UPLOAD_MISMATCH")
    assert sent < 20_000_000
    assert [each.key for each in await store.unfinished()] == [begun.key]


async def test_a_client_that_leaves_leaves_nothing(store: FolderStore, begun: Upload) -> None:
    url = httpx.URL(await store.upload_url(begun, 1, 60))
    messages = [{"type": "http.request", "body": DATA[:1000], "more_body": True}, {"type": "http.disconnect"}]
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return messages.pop(0)

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "PUT", "path": url.path, "query_string": url.query, "headers": []}
    await ArtifactsEndpoint((store,), "/artifacts")(scope, receive, send)
    assert sent == []
    assert [each.key for each in await store.unfinished()] == [begun.key]


async def test_a_full_disk_is_said_to_be(
    store: FolderStore, client: httpx.AsyncClient, begun: Upload, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    url = await store.upload_url(begun, 1, 60)
    monkeypatch.setattr(FolderFiles, "open_new", full)
    assert await put(client, url, DATA) == (507, "ARTIFACTS_FULL")


async def test_a_file_is_given_whole_and_without_its_body(store: FolderStore, client: httpx.AsyncClient) -> None:
    content = content_of(DATA)
    await store.put(content, pieces(DATA))
    url = await store.download_url(content, 60, "w.bin")
    got, head = await client.get(url), await client.head(url)
    assert (got.content, head.content) == (DATA, b"")
    assert head.headers == got.headers
    assert got.headers["etag"] == f'"{content.sha256}"'
    assert got.headers["content-length"] == str(len(DATA))
    assert got.headers["content-type"] == "application/octet-stream"
    part = await client.get(url, headers={"range": "bytes=1-2", "if-range": got.headers["etag"]})
    assert (part.status_code, part.content) == (206, DATA[1:3])
    changed = await client.get(url, headers={"range": "bytes=1-2", "if-range": '"other"'})
    assert (changed.status_code, changed.content) == (200, DATA)


@pytest.mark.parametrize("method", ("POST", "DELETE"))
async def test_other_methods_are_not_taken(store: FolderStore, client: httpx.AsyncClient, method: str) -> None:
    answer = await client.request(method, await store.download_url(content_of(DATA), 60))
    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET, HEAD, PUT, OPTIONS"


PORTAL = "https://portal.example.org"


async def test_no_page_of_another_origin_may_use_an_address_unless_it_is_named(
    store: FolderStore, client: httpx.AsyncClient, begun: Upload
) -> None:
    url = await store.upload_url(begun, 1, 60)
    asked = await client.options(url, headers={"origin": PORTAL, "access-control-request-method": "PUT"})
    assert (asked.status_code, asked.headers["allow"]) == (204, "GET, HEAD, PUT, OPTIONS")
    told = await client.put(url, content=DATA, headers={"origin": PORTAL})
    assert [name for name in {**asked.headers, **told.headers} if name.startswith("access-control")] == []


async def test_a_page_of_a_named_origin_may_send_and_get(store: FolderStore, begun: Upload) -> None:
    transport = httpx.ASGITransport(ArtifactsEndpoint((store,), "/artifacts", (PORTAL,)))
    async with httpx.AsyncClient(transport=transport, headers={"origin": PORTAL}) as page:
        up, down = await store.upload_url(begun, 1, 60), await store.download_url(begun.content, 60)
        asked = await page.options(up, headers={"access-control-request-method": "PUT"})
        assert asked.headers["access-control-allow-methods"] == "GET, HEAD, PUT"
        assert {"content-type", "range"} <= set(asked.headers["access-control-allow-headers"].split(", "))
        sent = await page.put(up, content=DATA)
        await store.finish(begun)
        got = await page.get(down, headers={"range": "bytes=0-9"})
        refused = await page.get(f"{down}0")
        other = await page.get(down, headers={"origin": "https://evil.example"})
    assert [each.status_code for each in (sent, got, refused, other)] == [200, 206, 403, 200]
    for answer in (asked, sent, got, refused):
        assert answer.headers["access-control-allow-origin"] == PORTAL
        assert "origin" in answer.headers["vary"]
    assert {"etag", "content-range"} <= set(got.headers["access-control-expose-headers"].split(", "))
    assert "access-control-allow-origin" not in other.headers


async def test_refusals_have_the_form_and_the_codes_of_the_api(store: FolderStore, client: httpx.AsyncClient) -> None:
    url = await store.download_url(Content("0" * 64, 1), 60)
    for asked, status, code in (
        (url, 404, "ARTIFACT_MISSING"),
        (f"{url}0", 403, "URL_REFUSED"),
        (BASE, 403, "URL_REFUSED"),
    ):
        answer = await client.get(asked)
        assert answer.status_code == status
        assert orjson.loads(answer.content)["errors"][0]["extensions"]["code"] == code
        head = await client.head(asked)
        assert (head.status_code, head.content) == (status, b"")


@pytest.mark.parametrize(
    "key", ("staging/../../x/1", "sha256/aa/bb/cc", "staging/" + "a" * 32 + "/0/../1", "/etc/x", "probe")
)
async def test_even_a_signed_address_leads_to_places_of_parts_only(
    store: FolderStore, client: httpx.AsyncClient, key: str
) -> None:
    url = store.signer.url(Grant("PUT", key, 2_000_000_000, 1))
    with pytest.raises(UrlRefused):
        await store.receive(Grant("PUT", key, 2_000_000_000, 1), pieces(b"x"))
    assert (await put(client, url, b"x"))[0] == 403


async def test_what_was_uploaded_by_an_address_is_finished(
    store: FolderStore, client: httpx.AsyncClient, begun: Upload
) -> None:
    assert await put(client, await store.upload_url(begun, 1, 60), DATA) == (200, "")
    await store.finish(begun)
    assert await whole(store.read(begun.content.sha256)) == DATA


async def test_what_is_moved_at_the_moment_it_is_asked_for_comes_from_where_it_is(
    store: FolderStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cold = FolderStore(tmp_path / "cold", store.signer)
    await cold.make()
    content = content_of(DATA)
    await store.put(content, pieces(DATA))
    stat, moved = store.stat, False

    async def overtaken(sha256: str) -> object:
        nonlocal moved
        found = await stat(sha256)
        if not moved:
            moved = True
            await cold.put(content, pieces(DATA))
            await store.delete(sha256)
        return found

    monkeypatch.setattr(store, "stat", overtaken)
    transport = httpx.ASGITransport(ArtifactsEndpoint((store, cold), "/artifacts"))
    url = await store.download_url(content, 60)
    async with httpx.AsyncClient(transport=transport) as client:
        for _ in range(2):
            answer = await client.get(url)
            assert (answer.status_code, answer.content) == (200, DATA)
        await cold.delete(content.sha256)
        assert (await client.get(url)).status_code == 404
    await cold.close()


async def test_what_else_goes_wrong_is_not_taken_for_a_move(
    store: FolderStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = content_of(DATA)
    await store.put(content, pieces(DATA))

    async def fail(*_: object) -> None:
        raise RuntimeError("something else")

    monkeypatch.setattr(artifacts._LargeFile, "__call__", fail)
    transport = httpx.ASGITransport(ArtifactsEndpoint((store,), "/artifacts"))
    async with httpx.AsyncClient(transport=transport) as client:
        with pytest.raises(RuntimeError, match="something else"):
            await client.get(await store.download_url(content, 60))
