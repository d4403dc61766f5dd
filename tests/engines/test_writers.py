"""Many writers at once, and failures that pass, the same on every engine."""

import asyncio

import pytest
from neo4j import exceptions

from app.errors import OutcomeUnknown, StatementFailed
from app.graph.driver import Graph
from app.graph.engines.schema import UniqueUid
from app.graph.retrying import Limits, Patience
from app.graph.transaction import Transaction

WRITERS = 8


def _of_itself() -> exceptions.Neo4jError:
    """What an engine answers that met a fault of its own: ArcadeDB, when it reads what another transaction rewrites."""
    return exceptions.Neo4jError._hydrate_neo4j(code="Neo.DatabaseError.General.UnknownError", message="see the log")


async def test_writers_of_the_same_thing_do_not_undo_each_others_work(graph: Graph) -> None:
    await graph.ensure_schema([UniqueUid("WriterThing")])
    begun = 0

    async def work(transaction: Transaction) -> None:
        nonlocal begun
        begun += 1
        await transaction.run("MERGE (n:WriterThing {uid: 'one'}) SET n.lock = $token", {"token": str(begun)})
        await transaction.run("MATCH (n:WriterThing {uid: 'one'}) SET n.count = coalesce(n.count, 0) + 1")

    await graph.write(work)  # so that the writers meet at the thing, and not at its making
    await asyncio.gather(*(graph.write(work) for _ in range(WRITERS)))
    assert await graph.read("MATCH (n:WriterThing) RETURN n.count") == [[WRITERS + 1]]
    assert begun == WRITERS + 1


async def test_an_engines_own_fault_is_tried_again(graph: Graph) -> None:
    attempts = 0

    async def work(transaction: Transaction) -> str:
        nonlocal attempts
        attempts += 1
        await transaction.run("CREATE (:WriterThing {uid: 'one'})")
        if attempts == 1:
            raise _of_itself()
        return "made"

    assert await graph.write(work) == "made"
    assert await graph.read("MATCH (n:WriterThing) RETURN count(n)") == [[1]]


async def test_an_engines_lasting_fault_is_told(graph: Graph) -> None:
    async def work(_: Transaction) -> None:
        raise _of_itself()

    with pytest.raises(StatementFailed):
        await graph.write(work)


async def test_a_commit_that_nobody_saw_stays_unknown(graph: Graph, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(graph, "_limits", Limits(patience=Patience(lost=0)))
    errors = [exceptions.IncompleteCommit("gone"), *[exceptions.ServiceUnavailable("gone")] * 9]

    async def work(_: Transaction) -> None:
        raise errors.pop(0)

    with pytest.raises(OutcomeUnknown, match="may or may not be there"):
        await graph.write(work, repeatable=True)
