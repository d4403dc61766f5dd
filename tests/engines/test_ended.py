"""Statements and tasks that are ended before they have an answer: late ones, and those whose client left."""

import asyncio
from socket import socket
from typing import Any

import pytest

from app.errors import TookTooLong
from app.graph.driver import Graph
from app.graph.transaction import Transaction
from tests.servers.engines import PATIENT

ENDLESS = "UNWIND range(1, 1000000) AS a UNWIND range(1, 1000000) AS b WITH a, b WHERE a * b = -1 RETURN count(*)"


async def _create(transaction: Transaction) -> None:
    await transaction.run("CREATE (:EndedThing {uid: 'one'})")


async def test_a_late_read_is_ended(graph: Graph) -> None:
    with pytest.raises(TookTooLong):
        await graph.read(ENDLESS, seconds=0.5)
    await _until(graph, 0)
    assert await graph.read("RETURN 1") == [[1]]


async def test_a_late_write_is_ended_and_stores_nothing(graph: Graph) -> None:
    async def late(transaction: Transaction) -> None:
        await _create(transaction)
        await transaction.run(ENDLESS)

    with pytest.raises(TookTooLong):
        await graph.write(late, seconds=0.5)
    assert await graph.read("MATCH (n:EndedThing) RETURN count(n)") == [[0]]


async def test_a_late_statement_of_a_reading_transaction_is_ended(graph: Graph) -> None:
    with pytest.raises(TookTooLong):
        async with graph.reading(seconds=0.5) as transaction:
            await transaction.run(ENDLESS)
    assert await graph.read("RETURN 1") == [[1]]


@pytest.mark.parametrize("after", (0.0, 0.001, 0.01, 0.1))
async def test_a_cancelled_task_leaves_the_graph_usable(graph: Graph, after: float) -> None:
    tasks = [asyncio.create_task(graph.read(ENDLESS)), asyncio.create_task(graph.write(_create))]
    await asyncio.sleep(after)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert tasks[0].cancelled()
    assert await asyncio.gather(*(graph.read("RETURN $i", {"i": i}) for i in range(20))) == [[[i]] for i in range(20)]


async def test_a_task_cancelled_while_it_connects_leaves_no_socket(
    graph: Graph, monkeypatch: pytest.MonkeyPatch
) -> None:
    loop = asyncio.get_running_loop()
    connects, begun, go_on = loop.sock_connect, asyncio.Event(), asyncio.Event()
    opened: list[socket] = []

    async def slowly(opening: socket, address: Any) -> None:
        opened.append(opening)
        begun.set()
        await go_on.wait()
        await connects(opening, address)

    monkeypatch.setattr(loop, "sock_connect", slowly)
    task = asyncio.create_task(_connected_again(graph))
    await begun.wait()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert task.cancelled()
    go_on.set()
    async with asyncio.timeout(60):
        while opened[0].fileno() != -1:  # noqa: ASYNC110 - a socket tells nobody
            await asyncio.sleep(0.01)


async def test_a_cancelled_statement_ends_on_the_server(graph: Graph) -> None:
    task = asyncio.create_task(graph.read(ENDLESS, seconds=600))
    await _until(graph, 1)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await _until(graph, 0)


async def _connected_again(graph: Graph) -> Graph:
    """Another connection to the same engine."""
    endpoint = graph.endpoint
    return await Graph.connect(endpoint.url, endpoint.user, endpoint.password, endpoint.database, limits=PATIENT)


async def _until(graph: Graph, expected: int) -> None:
    """Waits until so many of the endless statements run."""
    running = "SHOW TRANSACTIONS YIELD currentQuery RETURN currentQuery"
    async with asyncio.timeout(60):
        while sum(query == ENDLESS for (query,) in await graph.read(running)) != expected:  # noqa: ASYNC110 - polls a server
            await asyncio.sleep(0.05)
