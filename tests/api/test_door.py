"""What stands at the door, as a user runs the service: clients that are slow or say too much, and pages of others."""

import json
import socket
import time
from collections.abc import Generator
from contextlib import closing

import httpx
import pytest

from tests.serving import PATIENTLY, Serving

PORTAL = "https://portal.example.org"
QUESTION = b'{"query": "{ __typename }"}'
HEAD = b"POST /graphql HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"


@pytest.fixture(scope="module")
def hasty(tmp_path_factory: pytest.TempPathFactory) -> Generator[Serving]:
    """A service that does not wait for long, and lets the pages of a portal ask."""
    folder = tmp_path_factory.mktemp("door")
    with Serving(folder / "home", limit_request_seconds="3", cors_origins=f"{PORTAL}, http://localhost:3000") as found:
        yield found


def _connected(serving: Serving) -> socket.socket:
    host, port = serving.address.removeprefix("http://").split(":")
    return socket.create_connection((host, int(port)), timeout=60)


def _rest(connection: socket.socket) -> bytes:
    """All that is still answered, until the other side closes."""
    found = b""
    try:
        while part := connection.recv(65_536):
            found += part
    except ConnectionResetError:
        pass
    return found


def _code(answer: bytes) -> str:
    return json.loads(answer.partition(b"\r\n\r\n")[2])["errors"][0]["extensions"]["code"]


# ------------------------------------------------------------------------------------------------ slow clients


def test_a_connection_on_which_nothing_comes_is_closed(hasty: Serving) -> None:
    with closing(_connected(hasty)) as connection:
        assert _rest(connection) == b""


@pytest.mark.parametrize("begun", (HEAD, HEAD[:10], HEAD + b"Content-Length: 1000\r\n\r\n{", HEAD + b"X-Slow: "))
def test_a_request_that_does_not_come_to_its_end_is_refused(hasty: Serving, begun: bytes) -> None:
    with closing(_connected(hasty)) as connection:
        connection.sendall(begun)
        answer = _rest(connection)
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert _code(answer) == "TOO_SLOW"


@pytest.mark.parametrize("begun", (HEAD, HEAD + b"Content-Length: 1000000\r\n\r\n", HEAD + b"X-Slow: "))
def test_a_letter_now_and_then_does_not_keep_it_waiting(hasty: Serving, begun: bytes) -> None:
    with closing(_connected(hasty)) as connection:
        connection.sendall(begun)
        with pytest.raises(OSError):  # noqa: PT012 - it is cut off at some time
            while True:
                connection.sendall(b"x")
                time.sleep(0.05)


def test_a_connection_that_is_used_again_has_its_time_anew(hasty: Serving) -> None:
    with httpx.Client(base_url=hasty.address, **PATIENTLY) as client:
        for _ in range(5):
            assert client.get("/graphql", params={"query": "{ __typename }"}).status_code == 200
            time.sleep(1)


# ------------------------------------------------------------------------------------------------ large heads


@pytest.mark.parametrize(
    "more",
    (
        b"X-Large: " + b"x" * 40_000 + b"\r\n\r\n",
        b"".join(b"X-%d: 1\r\n" % number for number in range(101)) + b"\r\n",
        b"Authorization: Bearer " + b"x" * 1_000_000 + b"\r\n\r\n",
        b"X-Endless: " + b"x" * 3_000_000,
    ),
)
def test_a_head_that_is_too_large_is_refused(hasty: Serving, more: bytes) -> None:
    with closing(_connected(hasty)) as connection:
        connection.sendall(HEAD + more)
        answer = _rest(connection)
    assert answer.startswith(b"HTTP/1.1 431 ")
    assert _code(answer) == "HEAD_TOO_LARGE"


def test_a_long_address_is_part_of_the_head(hasty: Serving) -> None:
    long = httpx.get(f"{hasty.address}/graphql", params={"query": "{ __typename } #" + "x" * 33_000}, **PATIENTLY)
    assert long.status_code == 431
    fits = httpx.get(f"{hasty.address}/graphql", params={"query": "{ __typename } #" + "x" * 20_000}, **PATIENTLY)
    assert fits.status_code == 200


def test_what_comes_after_a_body_is_not_kept(hasty: Serving) -> None:
    body = b"%x\r\n%b\r\n0\r\n" % (len(QUESTION), QUESTION)
    with closing(_connected(hasty)) as connection:
        connection.sendall(HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + body + b"Authorization: Bearer x\r\n\r\n")
        assert connection.recv(65_536).startswith(b"HTTP/1.1 200 ")


# ------------------------------------------------------------------------------------------------ pages of others


def _preflight(serving: Serving, origin: str, **headers: str) -> httpx.Response:
    asked = {"origin": origin, "access-control-request-method": "POST", **headers}
    return httpx.options(f"{serving.address}/graphql", headers=asked, **PATIENTLY)


def _cors(answer: httpx.Response) -> dict[str, str]:
    return {name: value for name, value in answer.headers.items() if name.startswith("access-control-")}


def test_a_page_that_is_named_may_ask(hasty: Serving) -> None:
    for origin in (PORTAL, "http://localhost:3000"):
        answer = _preflight(hasty, origin)
        assert answer.status_code == 204
        assert answer.headers["access-control-allow-origin"] == origin
        assert "authorization" in answer.headers["access-control-allow-headers"]
        assert "POST" in answer.headers["access-control-allow-methods"]
        asked = httpx.post(
            f"{hasty.address}/graphql", content=QUESTION, **PATIENTLY,
            headers={"origin": origin, "content-type": "application/json"},
        )  # fmt: skip
        assert asked.json()["data"] == {"__typename": "Query"}
        assert asked.headers["access-control-allow-origin"] == origin
        assert "origin" in asked.headers["vary"]
        assert "access-control-allow-credentials" not in {*answer.headers, *asked.headers}


@pytest.mark.parametrize(
    "origin", ("https://evil.example", "null", "*", f"{PORTAL}.evil.example", f"{PORTAL}/", PORTAL.upper(), "")
)
def test_no_other_page_may(hasty: Serving, origin: str) -> None:
    assert _cors(_preflight(hasty, origin)) == {}
    asked = httpx.get(
        f"{hasty.address}/graphql",
        params={"query": "{ __typename }"},
        headers={"origin": origin},
        **PATIENTLY,
    )
    assert _cors(asked) == {}
    assert "origin" in ", ".join(asked.headers.get_list("vary"))


def test_a_refusal_is_told_to_a_page_that_may_ask(hasty: Serving) -> None:
    asked = httpx.post(f"{hasty.address}/graphql", content=b"[", headers={"origin": PORTAL}, **PATIENTLY)
    assert asked.status_code == 415
    assert asked.headers["access-control-allow-origin"] == PORTAL


def test_as_it_comes_no_page_may_ask(serving: Serving) -> None:
    answer = _preflight(serving, PORTAL)
    assert (answer.status_code, _cors(answer)) == (204, {})
    asked = httpx.post(
        f"{serving.address}/graphql", content=QUESTION, **PATIENTLY,
        headers={"origin": PORTAL, "content-type": "application/json"},
    )  # fmt: skip
    assert _cors(asked) == {}


@pytest.mark.parametrize(
    "content_type", ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data", None)
)
def test_what_a_browser_sends_without_asking_changes_nothing(hasty: Serving, content_type: str | None) -> None:
    headers = {"origin": PORTAL} | ({"content-type": content_type} if content_type else {})
    asked = httpx.post(f"{hasty.address}/graphql", content=QUESTION, headers=headers, **PATIENTLY)
    assert asked.status_code == 415
    got = httpx.get(f"{hasty.address}/graphql", params={"query": "mutation { __typename }"}, **PATIENTLY)
    assert got.status_code == 405


def test_pages_and_answers_are_what_they_say(hasty: Serving) -> None:
    page = httpx.get(f"{hasty.address}/graphql", headers={"accept": "text/html"}, **PATIENTLY)
    assert "frame-ancestors 'none'" in page.headers["content-security-policy"]
    assert page.headers["referrer-policy"] == "no-referrer"
    for path in ("/graphql", "/healthz", "/readyz", "/graphql?query={__typename}"):
        assert httpx.get(hasty.address + path, **PATIENTLY).headers["x-content-type-options"] == "nosniff"
