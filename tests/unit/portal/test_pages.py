"""The explorer's files: which there are, what a browser is told of them, and that nothing else is read."""

from collections.abc import AsyncGenerator, MutableMapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import httpx
import pytest
from graphql import build_schema, parse, validate
from starlette.routing import Router

from app.portal.pages import EXAMPLE, Explorer, explorer

SCHEMA = Path(__file__).resolve().parents[3] / "graph_schema" / "schema.graphql"
SCRIPT = "explorer-ABCD1234.js"
LONG = "x" * 2_000
UNCOMPRESSED = {"accept-encoding": "identity"}


@pytest.fixture
def built(tmp_path: Path) -> Path:
    """A folder as a build leaves it, beside a file that is nobody's business."""
    folder = tmp_path / "built"
    folder.mkdir()
    (tmp_path / "secret.txt").write_text("secret")
    files = {"page.html": "<html>", SCRIPT: LONG, "explorer-ABCD1234.css": "a{}", "licenses.txt": "MIT", "x.map": "{}"}
    for name, text in files.items():
        (folder / name).write_text(text)
    return folder


@pytest.fixture
def found(built: Path) -> Explorer:
    """The explorer in that folder."""
    explored = explorer(built)
    assert explored is not None
    return explored


@pytest.fixture
async def client(found: Explorer) -> AsyncGenerator[httpx.AsyncClient]:
    """A client of its files."""
    transport = httpx.ASGITransport(Router([found.route]))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000", headers=UNCOMPRESSED) as asking:
        yield asking


async def _sent(found: Explorer, path: str, method: str = "GET") -> list[MutableMapping[str, Any]]:
    """What the files answer a server, which hands a path on as it came; a client would have made it tidy first."""
    sent: list[MutableMapping[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request"}

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message)

    scope = {"type": "http", "method": method, "path": path, "query_string": b"", "headers": []}
    await Router([found.route], redirect_slashes=False)(scope, receive, send)
    return sent


def test_what_was_not_built_is_not_there(tmp_path: Path) -> None:
    assert explorer(tmp_path) is None
    assert explorer(tmp_path / "nowhere") is None


def test_the_page_lets_nothing_in_from_elsewhere(found: Explorer) -> None:
    headers = dict(found.page.headers)
    policy = dict(part.split(" ", 1) for part in headers[b"content-security-policy"].decode().split("; "))
    assert (found.page.status, found.page.content_type) == (200, b"text/html; charset=utf-8")
    assert found.page.body == b"<html>"
    assert found.page.lasting
    assert not found.page.unchanging
    assert policy["default-src"] == "'none'"
    assert {policy[each] for each in ("script-src", "worker-src", "connect-src")} == {"'self'"}
    assert not [source for source in policy.values() if "http" in source or "*" in source or "eval" in source]
    assert headers[b"referrer-policy"] == b"no-referrer"


@pytest.mark.parametrize(
    ("name", "content_type", "kept"),
    (
        (SCRIPT, "text/javascript; charset=utf-8", "public, max-age=31536000, immutable"),
        ("explorer-ABCD1234.css", "text/css; charset=utf-8", "public, max-age=31536000, immutable"),
        ("licenses.txt", "text/plain; charset=utf-8", "private, no-cache"),
    ),
)
async def test_a_file_and_how_long_it_is_kept(
    client: httpx.AsyncClient, built: Path, name: str, content_type: str, kept: str
) -> None:
    response = await client.get(f"/explorer/{name}")
    assert response.status_code == 200
    assert response.text == (built / name).read_text()
    assert response.headers["content-type"] == content_type
    assert response.headers["cache-control"] == kept
    assert response.headers["x-content-type-options"] == "nosniff"
    assert "worker-src 'self'" in response.headers["content-security-policy"]  # a worker goes by its own file's policy


async def test_the_head_of_a_file_is_that_of_the_file(found: Explorer) -> None:
    head, whole = [await _sent(found, f"/explorer/{SCRIPT}", method=each) for each in ("HEAD", "GET")]
    assert head[0] == whole[0]
    assert (b"content-length", b"2000") in head[0]["headers"]
    assert [message["body"] for message in head[1:]] == [b""]
    assert [message["body"] for message in whole[1:]] == [LONG.encode()]


async def test_a_file_is_compressed_and_not_sent_again(client: httpx.AsyncClient) -> None:
    packed = await client.get(f"/explorer/{SCRIPT}", headers={"accept-encoding": "gzip"})
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.text == LONG
    again = await client.get(
        f"/explorer/{SCRIPT}", headers={"accept-encoding": "gzip", "if-none-match": packed.headers["etag"]}
    )
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["cache-control"] == packed.headers["cache-control"]


@pytest.mark.parametrize(
    "path",
    (
        "/explorer/../secret.txt",
        "/explorer/..%2fsecret.txt",
        "/explorer/%2e%2e%2fsecret.txt",
        "/explorer/..%5csecret.txt",
        "/explorer/..",
        "/explorer/.",
        "/explorer/",
        "/explorer/built/licenses.txt",
        "/explorer/{folder}/secret.txt",
        "/explorer/%2f..%2fsecret.txt",
        "/explorer/licenses.txt%00",
        "/explorer/LICENSES.txt",
        "/explorer/page.html",
        "/explorer/x.map",
    ),
)
async def test_nothing_else_is_read(found: Explorer, built: Path, path: str) -> None:
    start, *_ = await _sent(found, unquote(path.format(folder=built.parent)))
    assert start["status"] == 404


async def test_a_missing_file_says_what_to_do(client: httpx.AsyncClient) -> None:
    response = await client.get("/explorer/explorer-00000000.js")
    assert response.status_code == 404
    assert "Load /graphql anew" in response.json()["errors"][0]["message"]
    assert "immutable" not in response.headers.get("cache-control", "")


async def test_a_file_is_only_got(client: httpx.AsyncClient) -> None:
    response = await client.post(f"/explorer/{SCRIPT}", content=b"x")
    assert response.status_code == 405
    assert response.headers["allow"] == "GET, HEAD"
    assert response.json()["errors"][0]["extensions"]["code"] == "BAD_METHOD"


async def test_a_build_that_is_made_meanwhile_does_not_mix_with_the_one_that_is_served(
    client: httpx.AsyncClient, built: Path
) -> None:
    (built / SCRIPT).unlink()
    assert (await client.get(f"/explorer/{SCRIPT}")).text == LONG


def test_the_first_question_is_one_of_this_api() -> None:
    assert validate(build_schema(SCHEMA.read_text(encoding="utf-8")), parse(EXAMPLE)) == []
