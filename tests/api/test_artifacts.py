"""Addresses of artifacts in a folder, as a user runs the service: parts that come slowly, pages of others, the log."""

import asyncio
import hashlib
import os
import socket
import time
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from app.artifacts.content import MIB, Content, Upload, new_upload_id
from app.artifacts.folder import FolderStore, open_folder
from app.artifacts.signing import Signer, secret_of
from tests.serving import Serving

PORTAL = "https://portal.example.org"
ASKED = {"query": "{ __typename }"}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("artifacts") / "home"


@pytest.fixture(scope="module")
def hasty(home: Path) -> Generator[Serving]:
    """A service that wants a login, takes small bodies only (8 MiB are cut off), and does not wait for long."""
    bounds = {"limit_body_bytes": "1000", "limit_bulk_body_bytes": str(MIB), "limit_request_seconds": "3"}
    with Serving(home, auth="tokens", cors_origins=PORTAL, **bounds) as found:
        yield found


@pytest.fixture
async def store(hasty: Serving, home: Path) -> AsyncGenerator[FolderStore]:
    """The same folder, as the API has it sign addresses."""
    found = await open_folder(home, f"{hasty.address}/artifacts")
    yield found
    await found.close()


@pytest.fixture
async def http() -> AsyncGenerator[httpx.AsyncClient]:
    """A client without a token."""
    async with httpx.AsyncClient(timeout=60, trust_env=False) as found:
        yield found


def _content(data: bytes) -> Content:
    return Content(hashlib.sha256(data).hexdigest(), len(data))


async def _begun(store: FolderStore, data: bytes) -> tuple[Upload, str]:
    """An upload of one part, and its address."""
    upload = await store.begin(new_upload_id(), 0, _content(data))
    return upload, await store.upload_url(upload, 1, 60)


def _put(url: str, size: int, more: Callable[[socket.socket], None]) -> bytes:
    """The answer to a PUT whose body is sent by hand."""
    parts = urlsplit(url)
    with closing(socket.create_connection((parts.hostname, parts.port), timeout=60)) as connection:
        head = f"PUT {parts.path}?{parts.query} HTTP/1.1\r\nHost: {parts.netloc}\r\nContent-Length: {size}\r\n\r\n"
        connection.sendall(head.encode())
        found = b""
        try:
            more(connection)
            while b"\r\n\r\n" not in found and (part := connection.recv(65_536)):
                found += part
        except OSError:
            pass
        return found


async def test_a_part_larger_than_any_other_body_arrives_and_is_got(
    store: FolderStore, http: httpx.AsyncClient
) -> None:
    data = os.urandom(20 * MIB)
    upload, url = await _begun(store, data)
    assert (await http.put(url, content=data)).status_code == 200
    assert (await store.finish(upload)).content == _content(data)
    got = await store.download_url(upload.content, 60, "weights.bin")
    whole = await http.get(got)
    assert (whole.status_code, whole.content) == (200, data)
    part = await http.get(got, headers={"range": f"bytes={MIB}-{MIB + 9}"})
    assert (part.status_code, part.content) == (206, data[MIB : MIB + 10])
    assert (await http.head(got)).headers["content-length"] == str(len(data))


async def test_who_sends_slowly_is_waited_for_as_long_as_it_goes_on(store: FolderStore) -> None:
    data = os.urandom(16 * 24_000)

    def slowly(connection: socket.socket) -> None:
        for at in range(0, len(data), 8_000):
            connection.sendall(data[at : at + 8_000])
            time.sleep(0.1)  # five seconds for all of it, where a request has three

    upload, url = await _begun(store, data)
    assert _put(url, len(data), slowly).startswith(b"HTTP/1.1 200 ")
    assert (await store.finish(upload)).new


@pytest.mark.parametrize("piece", (b"", b"x"))
async def test_who_all_but_stops_is_not(store: FolderStore, piece: bytes) -> None:
    def stopping(connection: socket.socket) -> None:
        connection.sendall(bytes(1000))
        while piece:  # until it is cut off
            connection.sendall(piece)
            time.sleep(0.05)

    upload, url = await _begun(store, bytes(100_000))
    answer = _put(url, 100_000, stopping)
    assert answer == b"" or answer.startswith(b"HTTP/1.1 408 ")
    assert await store.arrived(upload) == []


def test_other_requests_are_bounded_as_before(hasty: Serving) -> None:
    sent = 0

    def much(connection: socket.socket) -> None:
        nonlocal sent
        for _ in range(60):
            connection.sendall(bytes(MIB))
            sent += 1

    _put(f"{hasty.address}/graphql", 60 * MIB, much)
    assert sent < 60  # it was cut off


async def test_what_no_address_allows_is_refused_and_not_read_for_long(
    hasty: Serving, store: FolderStore, http: httpx.AsyncClient
) -> None:
    _, url = await _begun(store, bytes(1000))
    refused = await http.put(f"{url}0", content=bytes(9 * MIB))
    assert (refused.status_code, refused.json()["errors"][0]["extensions"]["code"]) == (403, "URL_REFUSED")
    assert (await http.put(url, content=bytes(9 * MIB))).status_code == 413
    assert (await http.get(f"{hasty.address}/artifacts/probe")).status_code == 403
    assert (await http.post(f"{hasty.address}/graphql", json=ASKED)).status_code == 401  # whatever addresses allow


async def test_an_address_that_has_ended_is_refused(hasty: Serving, home: Path, http: httpx.AsyncClient) -> None:
    signer = Signer(secret_of(home), f"{hasty.address}/artifacts")
    earlier = FolderStore(home / "artifacts", signer, lambda: time.time() - 3600)
    upload, up = await _begun(earlier, b"x")
    down = await earlier.download_url(upload.content, 60)
    for answer in (await http.put(up, content=b"x"), await http.get(down)):
        assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (403, "URL_EXPIRED")
    await earlier.close()


async def test_a_page_of_a_named_origin_may_use_them(store: FolderStore, http: httpx.AsyncClient) -> None:
    _, url = await _begun(store, b"page")
    asked = await http.options(url, headers={"origin": PORTAL, "access-control-request-method": "PUT"})
    assert (asked.status_code, asked.headers["access-control-allow-origin"]) == (204, PORTAL)
    assert "PUT" in asked.headers["access-control-allow-methods"]
    sent = await http.put(url, content=b"page", headers={"origin": PORTAL})
    assert (sent.status_code, sent.headers["access-control-allow-origin"]) == (200, PORTAL)


async def test_the_log_has_the_path_and_no_signature(
    hasty: Serving, store: FolderStore, http: httpx.AsyncClient
) -> None:
    upload, url = await _begun(store, b"logged")
    signature = url.rpartition("signature=")[2]
    await http.put(f"{url}0", content=b"logged")
    await http.put(url, content=b"logged")
    await http.get(f"{hasty.address}/healthz")
    line = f'"path":"/artifacts/{upload.key}/1"'
    async with asyncio.timeout(60):
        while hasty.log.count(line) < 2:  # noqa: ASYNC110 - another process writes it
            await asyncio.sleep(0.05)
    assert hasty.log.count(line) == 2
    assert signature not in hasty.log
    assert "expires=" not in hasty.log
