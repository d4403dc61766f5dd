"""Connections that go away: what is done again, what is not, and that a graph that comes back is used again."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator
from urllib.parse import urlsplit

import pytest

from app.errors import GraphUnreachable, OutcomeUnknown
from app.graph.driver import Graph
from app.graph.engines.schema import UniqueUid
from app.graph.retrying import Limits, Patience
from app.graph.transaction import Transaction

COMMIT = bytes.fromhex("0002 b012 0000")
"""Bolt's message, in its frame."""


class Wire:
    """Stands between a graph and its engine, and can be cut."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.listening = 0
        self.cut_at: bytes | None = None
        self.forward_what_cuts = False
        self._mute = False
        self._answered = asyncio.Event()
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()

    async def up(self) -> None:
        self._server = await asyncio.start_server(self._connect, "127.0.0.1", self.listening)
        self.listening = self._server.sockets[0].getsockname()[1]

    async def down(self) -> None:
        assert self._server is not None
        self._server.close()
        self._cut()
        await self._server.wait_closed()

    def _cut(self) -> None:
        for writer in self._open:
            writer.close()
        self._open.clear()

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, onward = await asyncio.open_connection("127.0.0.1", self.port)
        self._open |= {writer, onward}
        await asyncio.gather(self._pump(reader, onward, watched=True), self._pump(there, writer, watched=False))

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, watched: bool) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(65536):
                if watched and self.cut_at is not None and self.cut_at in data:
                    await self._cut_by(data, writer)
                elif watched or not self._mute:
                    writer.write(data)
                    await writer.drain()
                else:
                    self._answered.set()
        writer.close()

    async def _cut_by(self, data: bytes, writer: asyncio.StreamWriter) -> None:
        """Cuts all connections; what caused it may be done first, but its answer does not arrive."""
        self.cut_at, self._mute = None, True
        if self.forward_what_cuts:
            writer.write(data)
            await writer.drain()
            await asyncio.wait_for(self._answered.wait(), 60)
        self._cut()
        self._mute = False


@pytest.fixture
async def wire(graph: Graph) -> AsyncGenerator[Wire]:
    between = Wire(urlsplit(graph.endpoint.url).port or 0)
    await between.up()
    yield between
    with contextlib.suppress(Exception):
        await between.down()


@contextlib.asynccontextmanager
async def _by_way_of(wire: Wire, graph: Graph, *, lost: float) -> AsyncGenerator[Graph]:
    await graph.ensure_schema([UniqueUid("Fact")])
    here = graph.endpoint
    limits = Limits(read=60, patience=Patience(lost=lost))
    url = f"bolt://127.0.0.1:{wire.listening}"
    connected = await Graph.connect(url, here.user, here.password, here.database, limits=limits)
    yield connected
    await connected.close()


@pytest.fixture
async def far(graph: Graph, wire: Wire) -> AsyncGenerator[Graph]:
    """The same graph, by way of the wire."""
    async with _by_way_of(wire, graph, lost=2) as found:
        yield found


@pytest.fixture
async def patient(graph: Graph, wire: Wire) -> AsyncGenerator[Graph]:
    """The same, which waits for longer while nothing answers."""
    async with _by_way_of(wire, graph, lost=60) as found:
        yield found


async def _store(transaction: Transaction) -> str:
    await transaction.run("MERGE (f:Fact {uid: 'one'}) ON CREATE SET f.times = 1 ON MATCH SET f.times = f.times + 1")
    return "stored"


async def _times(graph: Graph) -> int:
    rows = await graph.read("MATCH (f:Fact) RETURN f.times")
    return rows[0][0] if rows else 0


async def test_a_graph_that_comes_back_is_used_again(far: Graph, wire: Wire) -> None:
    assert await asyncio.gather(*(far.read("RETURN $n", {"n": n}) for n in range(8))) == [[[n]] for n in range(8)]
    await wire.down()
    with pytest.raises(GraphUnreachable, match="PEDIGREE_GRAPH_URL"):
        await far.read("RETURN 1")
    with pytest.raises(GraphUnreachable):
        await far.write(_store)
    with pytest.raises(GraphUnreachable):
        async with far.reading():
            pass
    await wire.up()
    assert await far.read("RETURN 1") == [[1]]
    assert await far.write(_store) == "stored"


async def test_who_waits_while_it_is_away_is_answered(patient: Graph, wire: Wire) -> None:
    await patient.read("RETURN 1")
    await wire.down()
    waiting = [asyncio.create_task(patient.read("RETURN 1")), asyncio.create_task(patient.write(_store))]
    await asyncio.sleep(0.3)
    await wire.up()
    assert await asyncio.gather(*waiting) == [[[1]], "stored"]
    assert await _times(patient) == 1


@pytest.mark.parametrize("arrives", (True, False), ids=("committed", "not committed"))
async def test_the_outcome_of_a_commit_without_an_answer_is_unknown(far: Graph, wire: Wire, arrives: bool) -> None:
    wire.cut_at, wire.forward_what_cuts = COMMIT, arrives
    with pytest.raises(OutcomeUnknown, match="idempotency key"):
        await far.write(_store)
    assert await _times(far) == (1 if arrives else 0)


@pytest.mark.parametrize(("arrives", "times"), ((True, 2), (False, 1)), ids=("committed", "not committed"))
async def test_work_that_looks_for_itself_is_done_again(far: Graph, wire: Wire, arrives: bool, times: int) -> None:
    wire.cut_at, wire.forward_what_cuts = COMMIT, arrives
    assert await far.write(_store, repeatable=True) == "stored"
    assert await _times(far) == times  # this work does not look for itself, which shows how often it was done


async def test_a_connection_lost_before_the_commit_loses_nothing(far: Graph, wire: Wire) -> None:
    wire.cut_at = b"MERGE (f:Fact"
    assert await far.write(_store) == "stored"
    assert await _times(far) == 1


async def test_a_connection_lost_inside_a_reading_transaction_is_told(far: Graph, wire: Wire) -> None:
    async def lose() -> None:
        async with far.reading() as transaction:
            wire.cut_at = b"RETURN 'cut'"
            await transaction.run("RETURN 'cut'")

    with pytest.raises(GraphUnreachable):
        await lose()
    assert await far.read("RETURN 1") == [[1]]
