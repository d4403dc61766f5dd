"""What signed addresses give is read by threads, and whoever waits for it may be stopped."""

import asyncio
import threading
from collections.abc import AsyncGenerator, Callable

import pytest
import urllib3

from app.transfer import reading
from app.transfer.reading import Reading, Source
from app.transfer.trying import TryAgain, in_thread

PATIENCE = 60.0
"""Seconds; no test asserts a time."""

HEAD = b"HTTP/1.1 %s\r\nContent-Length: %d\r\nX-Said: so\r\n\r\n"


class Store:
    """A server that answers everything alike, and then says nothing more."""

    def __init__(self) -> None:
        self.answer = b""
        self.closes = False
        self.ended = asyncio.Event()
        self.url = ""

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answers one connection."""
        await reader.readuntil(b"\r\n\r\n")
        writer.write(self.answer)
        await writer.drain()
        if not self.closes:
            await reader.read()
        self.ended.set()
        writer.close()


@pytest.fixture
async def store() -> AsyncGenerator[Store]:
    made = Store()
    async with await asyncio.start_server(made, "127.0.0.1", 0) as server:
        host, port = server.sockets[0].getsockname()
        made.url = f"http://{host}:{port}/"
        yield made


def _reading(store: Store) -> Reading:
    return Reading(Source(1), store.url, {}, "the file")


async def _run(do: Callable[[], object]) -> object:
    async with asyncio.timeout(PATIENCE):
        return await asyncio.to_thread(do)


async def test_bytes_come_as_they_are_sent(store: Store) -> None:
    store.answer = HEAD % (b"206 Partial Content", 5) + b"bytes"

    def read() -> tuple[int, str, str, bytes]:
        with _reading(store) as answer:
            return answer.status, answer.header("x-said"), answer.header("x-none"), b"".join(answer.chunks())

    assert await _run(read) == (206, "so", "", b"bytes")


async def test_what_a_refusal_says(store: Store) -> None:
    said = b"<Error><Code>AccessDenied</Code><Message>Not yours.</Message></Error>"
    store.answer = HEAD % (b"403 Forbidden", len(said)) + said

    def read() -> str:
        with _reading(store) as answer:
            return answer.words()

    assert await _run(read) == "AccessDenied: Not yours"


@pytest.mark.parametrize("sent", (b"", HEAD % (b"200 OK", 10) + b"short"))
async def test_what_breaks_off_is_tried_again(store: Store, sent: bytes) -> None:
    store.answer, store.closes = sent, True

    def read() -> bytes:
        with _reading(store) as answer:
            return b"".join(answer.chunks())

    with pytest.raises(TryAgain, match="cannot be reached for the file"):
        await _run(read)


async def test_whoever_is_stopped_waits_for_nothing_more(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "_TIMEOUT", urllib3.Timeout(connect=10, read=3_600))
    store.answer = HEAD % (b"200 OK", 10) + b"some"
    answer, came = _reading(store), threading.Event()

    def read() -> None:
        with answer:
            for _ in answer.chunks():
                came.set()

    task = asyncio.create_task(in_thread(read, threading.Event(), answer.cut))
    async with asyncio.timeout(PATIENCE):
        await asyncio.to_thread(came.wait, PATIENCE)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await store.ended.wait()
