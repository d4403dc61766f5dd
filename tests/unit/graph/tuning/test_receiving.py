"""Messages are received as the driver's own code receives them, however they come."""

import asyncio
from importlib import import_module
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from neo4j._async.io._bolt._common import AsyncInbox
from neo4j._codec.packstream._common import PackableBuffer
from neo4j._codec.packstream.v1 import Packer, Unpacker

from app.graph.tuning.receiving import receive_what_has_come

_CUT = 7
"""Bytes of a chunk at most, where a message is cut."""

values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**40), 2**40) | st.text(max_size=20) | st.binary(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


class _Socket:
    """What an inbox needs of the driver's socket, over what the test feeds."""

    def __init__(self) -> None:
        self._reader = asyncio.StreamReader()
        self.waited = 0

    def getsockname(self) -> tuple[str, int]:
        return "", 0

    async def recv_into(self, buffer: Any, size: int) -> int:
        self.waited += 1
        found = await self._reader.read(size)
        buffer[: len(found)] = found
        return len(found)

    def feed(self, data: bytes) -> None:
        self._reader.feed_data(data)

    def end(self) -> None:
        self._reader.feed_eof()


@pytest.fixture(scope="module")
def inbox() -> Any:
    """The class that the driver makes its inboxes of."""
    receive_what_has_come()
    return import_module("neo4j._async.io._bolt._base").AsyncInbox


async def _nothing(_error: BaseException) -> None: ...


def _message(value: object, *, cut: bool) -> bytes:
    buffer = PackableBuffer()
    Packer(buffer).pack_struct(b"\x71", [value])
    data = bytes(buffer.data)
    size = _CUT if cut else len(data)
    chunks = [data[place : place + size] for place in range(0, len(data), size)]
    return b"".join(len(chunk).to_bytes(2) + chunk for chunk in chunks) + b"\0\0"


async def _received(inbox: Any, pieces: list[bytes], count: int) -> list[Any]:
    socket = _Socket()
    box = inbox(socket, _nothing, Unpacker)

    async def feed() -> None:
        for piece in pieces:
            socket.feed(piece)
            await asyncio.sleep(0)

    feeding = asyncio.create_task(feed())
    found = [await box.pop(None) for _ in range(count)]
    await feeding
    return found


@given(st.lists(st.tuples(values, st.booleans(), st.integers(0, 3)), min_size=1, max_size=6), st.data())
def test_as_the_driver_does(inbox: Any, messages: list[tuple[Any, bool, int]], data: st.DataObject) -> None:
    """Whole, in chunks, after chunks that hold nothing and keep a connection alive, and split anywhere."""
    stream = b"".join(b"\0\0" * idle + _message(value, cut=cut) for value, cut, idle in messages)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=6)))
    pieces = [stream[low:high] for low, high in zip([0, *cuts], [*cuts, len(stream)], strict=True)]
    ours = asyncio.run(_received(inbox, pieces, len(messages)))
    assert ours == [(b"\x71", [value]) for value, _, _ in messages]
    assert ours == asyncio.run(_received(AsyncInbox, pieces, len(messages)))


async def test_what_has_come_is_not_waited_for(inbox: Any) -> None:
    socket = _Socket()
    box = inbox(socket, _nothing, Unpacker)
    socket.feed(_message("one", cut=False) + _message("two", cut=False))
    assert [await box.pop(None), await box.pop(None)] == [(b"\x71", ["one"]), (b"\x71", ["two"])]
    assert socket.waited == 0


async def test_half_a_message_is_an_end_of_the_connection(inbox: Any) -> None:
    socket = _Socket()
    box = inbox(socket, _nothing, Unpacker)
    socket.feed(_message("one", cut=False)[:-1])
    socket.end()
    with pytest.raises(OSError, match="No data"):
        await box.pop(None)


def test_it_is_done_once() -> None:
    made: Any = import_module("neo4j._async.io._bolt._base")
    receive_what_has_come()
    before = made.AsyncInbox
    assert before is not AsyncInbox
    receive_what_has_come()
    assert made.AsyncInbox is before
