"""On whose behalf a request comes: who is known, who is not, and when nobody can be."""

import httpx
import pytest
from structlog.testing import capture_logs

from app.access.login import Login, Unauthenticated
from app.access.service import LOCAL, Caller
from app.errors import GraphUnreachable, StatementFailed
from tests.unit.operations.small_schema import answered

ADDRESS = "/graphql"
QUESTION = {"query": "{ hello }"}
ADMINISTRATOR = Caller("people", "admin")


class FakeLogin:
    """Knows one caller, and whom it cannot know."""

    async def caller(self, authorization: str) -> Caller:
        match authorization:
            case "Bearer admin":
                return ADMINISTRATOR
            case "Bearer away":
                raise GraphUnreachable("No graph answers at bolt://10.0.0.7:7687.")
            case "Bearer fault":
                raise StatementFailed("A fault in this program.")
            case _:
                raise Unauthenticated("unknown")


@pytest.fixture
def login() -> Login:
    return FakeLogin()


async def _asked(client: httpx.AsyncClient, token: str | None, method: str = "POST") -> httpx.Response:
    headers = {} if token is None else {"authorization": f"Bearer {token}"}
    if method == "POST":
        return await client.post(ADDRESS, json=QUESTION, headers=headers)
    return await client.request(method, ADDRESS, params=QUESTION, headers=headers)


async def test_who_is_known_is_answered_and_logged(client: httpx.AsyncClient) -> None:
    with capture_logs() as lines:
        for method in ("POST", "GET"):
            assert (await _asked(client, "admin", method)).json() == answered({"hello": "hello you"})
    assert [line["caller"] for line in lines] == [ADMINISTRATOR.uid, ADMINISTRATOR.uid]


@pytest.mark.parametrize("method", ("POST", "GET", "HEAD"))
@pytest.mark.parametrize("token", (None, "x", ""))
async def test_who_is_not_known_is_refused(client: httpx.AsyncClient, method: str, token: str | None) -> None:
    with capture_logs() as lines:
        answer = await _asked(client, token, method)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == 'Bearer realm="pedigree"'
    if method != "HEAD":
        [error] = answer.json()["errors"]
        assert error["extensions"] == {"code": "UNAUTHENTICATED"}
    [line] = lines
    assert (line["refused"], line["why"]) == ("UNAUTHENTICATED", "unknown")
    assert "caller" not in line


async def test_nothing_of_the_document_is_looked_at_before(client: httpx.AsyncClient) -> None:
    answers = [
        await client.post(ADDRESS, content=body, headers={"content-type": "application/json"})
        for body in (b"", b"{", b"x" * 20_000, b'{"query": "{ nope }"}')
    ]
    assert {(each.status_code, each.content) for each in answers} == {(401, answers[0].content)}


async def test_a_graph_that_is_away_is_no_refusal_and_not_named(client: httpx.AsyncClient) -> None:
    with capture_logs() as lines:
        answer = await _asked(client, "away")
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "2"
    assert answer.json()["errors"][0]["extensions"] == {"code": "GRAPH_UNREACHABLE"}
    assert "10.0.0.7" not in answer.text
    assert any("10.0.0.7" in str(line.get("reason")) for line in lines)


async def test_a_fault_of_ours_is_masked(client: httpx.AsyncClient) -> None:
    answer = await _asked(client, "fault")
    assert answer.status_code == 500
    assert "A fault in this program" not in answer.text


async def test_a_page_needs_no_login(client: httpx.AsyncClient) -> None:
    page = await client.get(ADDRESS, headers={"accept": "text/html"})
    assert (page.status_code, page.text) == (200, "<html>explorer</html>")
    assert (await client.options(ADDRESS)).status_code == 204


def test_without_login_the_caller_is_the_local_one() -> None:
    assert LOCAL.token is None
