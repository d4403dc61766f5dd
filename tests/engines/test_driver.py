"""The one way to the graph, the same on every engine."""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import replace
from typing import Any, LiteralString, cast

import pytest

from app.errors import (
    DatabaseUnknown,
    GraphUnreachable,
    GraphUnsupported,
    LoginRefused,
    StatementFailed,
)
from app.graph.driver import Graph
from app.graph.engines.schema import UniqueUid
from app.graph.transaction import Transaction
from tests.servers.engines import PATIENT

THING = UniqueUid("DriverThing")


async def _count(graph: Graph) -> int:
    return (await graph.read("MATCH (n:DriverThing) RETURN count(n)"))[0][0]


async def _create(transaction: Transaction) -> str:
    await transaction.run("CREATE (:DriverThing {uid: 'one'})")
    return "made"


async def test_records_come_as_lists_of_values(graph: Graph) -> None:
    assert await graph.read("UNWIND $xs AS x RETURN x, [x, null]", {"xs": [1, 2]}) == [[1, [1, None]], [2, [2, None]]]


async def test_a_statement_makes_no_task(graph: Graph) -> None:
    made: list[str] = []

    def factory(loop: asyncio.AbstractEventLoop, coroutine: Any, **named: Any) -> asyncio.Task[Any]:
        made.append(coroutine.__qualname__)
        return asyncio.Task(coroutine, loop=loop, **named)

    await graph.read("RETURN 1")  # connects
    asyncio.get_running_loop().set_task_factory(factory)
    try:
        assert await graph.read("UNWIND range(1, 10) AS x RETURN x") == [[x] for x in range(1, 11)]
    finally:
        asyncio.get_running_loop().set_task_factory(None)
    assert not made


async def test_numbers_and_lists_of_every_size_come_back(graph: Graph) -> None:
    """Also those of 16 bits, for which the driver's codec in Python has tables that are emptied."""
    numbers = [
        sign * (2**bits + off) for bits in (4, 7, 8, 15, 16, 31, 32, 62) for off in (-1, 0, 1) for sign in (1, -1)
    ]
    sent = {
        "numbers": numbers,
        "list": [1] * 300,
        "long": [2] * 70_000,
        "text": "x" * 300,
        "map": {f"k{n}": n for n in range(300)},
    }
    assert await graph.read("RETURN $numbers, $list, $long, $text, $map", sent) == [[*sent.values()]]


async def test_parameters_are_bound_as_the_engine_wants_them(graph: Graph) -> None:
    engine = graph.engine
    statement = f"RETURN {engine.parameter('a')} + {engine.parameter('b')}"
    assert await graph.read(cast("LiteralString", statement), engine.bind({"a": 1, "b": 2})) == [[3]]


async def test_the_engine_names_itself(graph: Graph, engine_name: str) -> None:
    expected = {"embedded": ("arcadedb", "26."), "neo4j-5.26": ("neo4j", "5.26."), "neo4j-calendar": ("neo4j", "2026.")}
    kind, version = expected[engine_name]
    assert (graph.engine.kind, graph.engine.version.startswith(version)) == (kind, True)


async def test_a_write_is_stored_and_its_result_returned(graph: Graph) -> None:
    assert await graph.write(_create) == "made"
    assert await _count(graph) == 1


async def test_a_dry_run_returns_its_result_and_stores_nothing(graph: Graph) -> None:
    async def dry(transaction: Transaction) -> str:
        transaction.rollback_at_end()
        return await _create(transaction)

    assert await graph.write(dry) == "made"
    assert await _count(graph) == 0


async def test_work_that_raises_stores_nothing(graph: Graph) -> None:
    async def failing(transaction: Transaction) -> None:
        await _create(transaction)
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        await graph.write(failing)
    assert await _count(graph) == 0


async def test_a_read_may_not_write(graph: Graph) -> None:
    if graph.engine.kind == "arcadedb":
        pytest.skip("this engine takes the access mode for advice")
    with pytest.raises(StatementFailed):
        await graph.read("CREATE (:DriverThing)")
    assert await _count(graph) == 0


async def test_what_cannot_be_planned_fails_as_what_cannot_be_run(graph: Graph) -> None:
    for _ in range(2):
        with pytest.raises(StatementFailed):
            await graph.read("MATCH (n RETURN n")


async def test_a_reading_transaction_takes_several_statements(graph: Graph) -> None:
    async with graph.reading() as transaction:
        assert await transaction.run("RETURN 1") == [[1]]
        assert await transaction.run("RETURN $x", {"x": "two"}) == [["two"]]


async def test_a_failure_inside_a_reading_transaction_is_told_as_elsewhere(graph: Graph) -> None:
    with pytest.raises(StatementFailed):
        async with graph.reading() as transaction:
            await transaction.run("RETURN unknown")
    assert await graph.read("RETURN 1") == [[1]]


async def test_a_refused_statement_names_its_code_and_no_value(graph: Graph) -> None:
    with pytest.raises(StatementFailed, match=r"Neo\.ClientError") as caught:
        await graph.read("RETURN $secret / 0", {"secret": 4711})
    assert "4711" not in caught.value.message


async def test_every_statement_is_told_to_the_hook(graph: Graph) -> None:
    told: list[tuple[str, dict[str, object]]] = []
    stop = graph.on_statement(lambda text, parameters: told.append((text, dict(parameters))))
    await graph.read("RETURN $x", {"x": 1})
    await graph.write(_create)
    async with graph.reading() as transaction:
        await transaction.run("RETURN 2")
    stop()
    await graph.read("RETURN 3")
    assert told == [("RETURN $x", {"x": 1}), ("CREATE (:DriverThing {uid: 'one'})", {}), ("RETURN 2", {})]


async def test_writers_of_the_same_new_keys_make_no_twin(graph: Graph) -> None:
    await graph.ensure_schema([THING])
    keys = [f"k{n:03}" for n in range(60)]

    def work(start: int) -> Callable[[Transaction], Awaitable[int]]:
        async def merge(transaction: Transaction) -> int:
            rows = await transaction.run(
                "UNWIND $keys AS key MERGE (n:DriverThing {uid: key})"
                " ON CREATE SET n.made = 1 ON MATCH SET n.made = n.made + 1 RETURN count(n)",
                {"keys": sorted(keys[start:] + keys[:start])},
            )
            return rows[0][0]

        return merge

    assert await asyncio.gather(*(graph.write(work(3 * n)) for n in range(16))) == [60] * 16
    assert await graph.read("MATCH (n:DriverThing) RETURN count(n), count(DISTINCT n.uid), sum(n.made)") == [
        [60, 60, 16 * 60]
    ]


async def test_a_message_of_many_megabytes_is_answered(graph: Graph) -> None:
    text = "x" * (24 * 1024 * 1024)
    assert await graph.read("RETURN size($text)", {"text": text}, seconds=60) == [[len(text)]]


async def test_wiping_leaves_nothing(graph: Graph) -> None:
    await graph.execute("UNWIND range(1, 6000) AS n CREATE (:DriverThing {uid: toString(n)})-[:DRIVER_KNOWS]->(:Other)")
    await graph.ensure_schema([THING])
    await graph.wipe()
    assert await graph.read("MATCH (n) RETURN count(n)") == [[0]]
    assert THING in await graph.existing_schema()


async def test_a_closed_graph_says_so(graph: Graph) -> None:
    other = await _again(graph)
    await other.close()
    await other.close()
    with pytest.raises(RuntimeError, match="closed"):
        await other.read("RETURN 1")


async def test_a_wrong_password_is_told(graph: Graph) -> None:
    with pytest.raises(LoginRefused, match="PEDIGREE_GRAPH_PASSWORD") as caught:
        await _again(graph, password="not it")
    assert "not it" not in caught.value.message


async def test_an_unknown_database_is_told(graph: Graph) -> None:
    with pytest.raises(DatabaseUnknown, match="PEDIGREE_GRAPH_DATABASE"):
        await _again(graph, database="nothere")


async def _again(graph: Graph, **changes: str) -> Graph:
    """Another connection to the same engine."""
    endpoint = replace(graph.endpoint, **changes)
    return await Graph.connect(endpoint.url, endpoint.user, endpoint.password, endpoint.database, limits=PATIENT)


class TestWithoutAnEngine:
    """What can be said before an engine answers."""

    @pytest.mark.parametrize("url", ("bolt://127.0.0.1:1", "neo4j://127.0.0.1:1", "bolt://nowhere.invalid:7687"))
    async def test_nobody_there(self, url: str) -> None:
        with pytest.raises(GraphUnreachable, match=r"PEDIGREE_GRAPH_URL"):
            await Graph.connect(url, "neo4j", "secret", "neo4j")

    @pytest.mark.parametrize("url", ("http://127.0.0.1:1", "nonsense", "bolt://127.0.0.1:port", ""))
    async def test_no_such_address(self, url: str) -> None:
        with pytest.raises(GraphUnsupported, match=r"PEDIGREE_GRAPH_URL"):
            await Graph.connect(url, "neo4j", "secret", "neo4j")

    async def test_another_kind_of_server(self, web_server: str) -> None:
        with pytest.raises(GraphUnreachable):
            await Graph.connect(web_server, "neo4j", "secret", "neo4j")


@pytest.fixture
async def web_server() -> AsyncGenerator[str]:
    """Something that listens, and speaks no Bolt."""

    async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        yield f"bolt://127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def test_the_tasks_of_a_loop_share_one_graph(graph: Graph) -> None:
    answers = await asyncio.gather(*(graph.read("RETURN $n", {"n": n % 7}) for n in range(300)))
    assert Counter(answer[0][0] for answer in answers) == Counter(n % 7 for n in range(300))
