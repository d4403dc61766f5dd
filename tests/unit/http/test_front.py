"""Whatever happens within, there is an answer without a trace of it, and a line in the log."""

import httpx
import pytest
from structlog.testing import capture_logs

from app.errors import ErrorCode, PedigreeError
from app.http.answers import Receive, Scope, Send
from app.http.front import Front
from app.http.health import Healthz, Readyz


async def _get(application: object) -> httpx.Response:
    transport = httpx.ASGITransport(Front(application, local_only=False))  # type: ignore[arg-type] - ASGI as its own types have it
    async with httpx.AsyncClient(transport=transport, base_url="http://pedigree") as client:
        return await client.get("/")


async def test_an_unforeseen_error_is_masked() -> None:
    async def breaks(scope: Scope, receive: Receive, send: Send) -> None:
        raise RuntimeError("topsecret")

    with capture_logs() as lines:
        response = await _get(breaks)
    assert response.status_code == 500
    assert "topsecret" not in response.text
    [error] = response.json()["errors"]
    assert error["extensions"]["correlationId"] == response.headers["x-correlation-id"]
    assert [line["event"] for line in lines] == ["unforeseen", "request"]


async def test_an_error_after_the_answer_began_is_logged() -> None:
    async def breaks(scope: Scope, receive: Receive, send: Send) -> None:
        await Healthz()(scope, receive, send)
        raise RuntimeError

    with capture_logs() as lines:
        response = await _get(breaks)
    assert response.status_code == 200
    assert [line["event"] for line in lines] == ["unforeseen", "request"]


async def test_a_client_that_went_away_is_no_error() -> None:
    async def gone(scope: Scope, receive: Receive, send: Send) -> None:
        raise ConnectionError

    with capture_logs() as lines, pytest.raises(AssertionError):
        await _get(gone)  # the transport misses an answer that nobody waits for
    assert [(line["event"], line["status"]) for line in lines] == [("request", 499)]


async def test_other_protocols_pass_through() -> None:
    seen: list[Scope] = []

    async def inner(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(scope)

    await Front(inner, local_only=True)({"type": "lifespan"}, None, None)  # type: ignore[arg-type] - ASGI as its own types have it
    assert seen == [{"type": "lifespan"}]


async def test_alive() -> None:
    response = await _get(Healthz())
    assert (response.status_code, response.text) == (200, "alive\n")


async def test_ready_when_every_check_passes() -> None:
    async def passes() -> None: ...

    async def fails() -> None:
        raise PedigreeError("No graph answers.", code=ErrorCode.GRAPH_UNREACHABLE)

    response = await _get(Readyz({"graph": passes}))
    assert (response.status_code, response.json()) == (200, {"ready": True, "checks": {"graph": "ok"}})
    response = await _get(Readyz({"graph": fails, "schema": passes}))
    assert response.status_code == 503
    assert response.json() == {"ready": False, "checks": {"graph": "No graph answers.", "schema": "ok"}}


async def test_strangers_are_told_less_and_do_not_decide_how_often() -> None:
    checks, seconds = 0, 1_000.0

    async def fails() -> None:
        nonlocal checks
        checks += 1
        raise PedigreeError("No graph answers at 10.0.0.7.", code=ErrorCode.GRAPH_UNREACHABLE)

    ready = Readyz({"graph": fails}, strangers=True, ticks=lambda: seconds)
    for _ in range(3):
        response = await _get(ready)
        assert response.status_code == 503
        assert response.json() == {"ready": False, "checks": {"graph": "GRAPH_UNREACHABLE"}}
    assert checks == 1
    seconds += 1
    await _get(ready)
    assert checks == 2
