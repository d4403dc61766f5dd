"""A body that is too large: refused at once, and then read to no end, so that its sender comes to read the answer."""

import asyncio
import itertools
from collections.abc import Iterable

from app.http.answers import Message
from app.http.front import Front
from app.http.request import drop_rest
from tests.unit.http.conftest import BULK

FULL: Message = {"type": "http.request", "body": b" " * BULK, "more_body": True}
LAST: Message = {"type": "http.request", "body": b" " * BULK, "more_body": False}
GONE: Message = {"type": "http.disconnect"}
ANSWERED = ["http.response.start", "http.response.body"]


async def _happens(application: Front, coming: Iterable[Message], *headers: tuple[bytes, bytes]) -> list[str]:
    """What happens in turn when these parts of a body come."""
    happened: list[str] = []
    parts = iter(coming)

    async def receive() -> Message:
        happened.append("read")
        return next(parts)

    async def send(message: Message) -> None:
        happened.append(message["type"])
        if message.get("more_body") is False:
            happened.append("end")

    given = [(b"host", b"localhost"), (b"content-type", b"application/json"), *headers]
    await application({"type": "http", "method": "POST", "path": "/graphql", "headers": given}, receive, send)
    return happened


async def test_it_is_answered_first_and_read_then(application: Front) -> None:
    announced = (b"content-length", str(3 * BULK).encode())
    happened = await _happens(application, [FULL, FULL, LAST], announced)
    assert happened == [*ANSWERED, "read", "read", "read", "http.response.body", "end"]


async def test_it_is_answered_when_it_is_seen_to_be_too_large(application: Front) -> None:
    happened = await _happens(application, [FULL, FULL, LAST])
    assert happened == ["read", "read", *ANSWERED, "read", "http.response.body", "end"]


async def test_what_has_ended_is_not_waited_for(application: Front) -> None:
    assert await _happens(application, [FULL, LAST]) == ["read", "read", *ANSWERED, "end"]


async def test_nobody_waits_for_a_client_that_is_gone(application: Front) -> None:
    happened = await _happens(application, [FULL, FULL, GONE])
    assert happened == ["read", "read", *ANSWERED, "read", "http.response.body", "end"]


async def test_of_a_body_without_end_so_much_is_read(application: Front) -> None:
    happened = await _happens(application, itertools.repeat(FULL))
    assert happened == ["read", "read", *ANSWERED, *["read"] * 4, "http.response.body", "end"]


async def test_a_body_that_does_not_come_is_not_waited_for_without_end() -> None:
    async def never() -> Message:
        await asyncio.Event().wait()
        raise AssertionError

    await drop_rest(never, BULK, 0)
