"""A command whose request came too early waits as it is told, and sends it again."""

import httpx
import orjson
import pytest

from app.commands import api
from app.commands.api import _ServerApi

REFUSED = {"errors": [{"message": "Come back.", "extensions": {"code": "RATE_LIMITED"}}]}
ANSWERED = {"data": {"models": None}}


async def _ask(answers: list[httpx.Response], monkeypatch: pytest.MonkeyPatch) -> tuple[dict[str, object], list[float]]:
    """The answer, and for how long was waited before it."""
    waited: list[float] = []

    async def sleep(seconds: float) -> None:
        waited.append(seconds)

    monkeypatch.setattr(api.asyncio, "sleep", sleep)
    left = iter(answers)
    transport = httpx.MockTransport(lambda _request: next(left))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as client:
        return await _ServerApi(client, known=False).ask("{ models { totalCount } }"), waited


def _response(status: int, body: object, wait: str = "") -> httpx.Response:
    headers = {"retry-after": wait} if wait else {}
    return httpx.Response(status, content=orjson.dumps(body), headers=headers)


async def test_it_waits_as_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = [_response(429, REFUSED, "7"), _response(429, REFUSED, "1"), _response(200, ANSWERED)]
    assert await _ask(answers, monkeypatch) == (ANSWERED, [7, 1])


@pytest.mark.parametrize("wait", ("", "3600", "soon", "Sat, 28 Nov 2026 16:00:00 GMT"))
async def test_it_does_not_wait_for_ever(monkeypatch: pytest.MonkeyPatch, wait: str) -> None:
    assert await _ask([_response(429, REFUSED, wait)], monkeypatch) == (REFUSED, [])


async def test_it_gives_up_in_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    answer, waited = await _ask([_response(429, REFUSED, "1")] * 11, monkeypatch)
    assert (answer, waited) == (REFUSED, [1] * 10)


async def test_another_refusal_is_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    assert await _ask([_response(503, REFUSED, "1")], monkeypatch) == (REFUSED, [])
