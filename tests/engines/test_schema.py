"""Indexes and types, made by each engine's own means."""

import asyncio

import pytest

from app.errors import GraphBusy
from app.graph.driver import Graph
from app.graph.engines.schema import FullText, Index, RelationshipIndex, RelationshipType, UniqueUid, ValueKind
from app.graph.retrying import Limits, Patience
from app.graph.transaction import Transaction

THING = UniqueUid("DriverThing")


async def _create(transaction: Transaction) -> None:
    await transaction.run("CREATE (:DriverThing {uid: 'one'})")


async def test_the_schema_is_made_once_and_listed(graph: Graph) -> None:
    items = [
        THING,
        Index("DriverThing", "rank", ValueKind.INTEGER),
        Index("DriverThing", "order"),
        FullText("DriverThing", "words"),
        Index("DriverThing", "shade", within="order"),
        RelationshipIndex("DRIVER_KNOWS", "place"),
        RelationshipType("DRIVER_KNOWS"),
    ]
    untold = {items[-1]} if graph.engine.orders_relationships else {*items[-2:]}
    for _ in range(2):
        await graph.ensure_schema(items)
        listed = await graph.existing_schema()
        assert set(items) - listed <= untold  # a type is there, or an engine does not need to be told
    await graph.drop_schema(items[1:6])
    assert not set(items[1:6]) & await graph.existing_schema()
    await graph.drop_schema(items[1:6])
    assert THING in await graph.existing_schema()


async def test_a_unique_uid_is_unique(graph: Graph) -> None:
    await graph.ensure_schema([THING])
    here, impatience = graph.endpoint, Limits(read=60, patience=Patience(conflict=0))
    impatient = await Graph.connect(here.url, here.user, here.password, here.database, limits=impatience)
    try:
        await graph.write(_create)
        with pytest.raises(GraphBusy, match="Other writers"):
            await impatient.write(_create)
    finally:
        await impatient.close()
    assert await graph.read("MATCH (n:DriverThing) RETURN count(n)") == [[1]]


async def test_words_find_nodes(graph: Graph) -> None:
    await graph.ensure_schema([FullText("DriverThing", "words")])

    async def store(transaction: Transaction) -> None:
        await transaction.run(
            "CREATE (:DriverThing {uid: 'a', words: 'churn scorer'}), (:DriverThing {words: 'other'})"
        )

    await graph.write(store)
    query = "CALL db.index.fulltext.queryNodes($index, $words) YIELD node RETURN node.uid"
    parameters = {"index": graph.engine.full_text_index("DriverThing", "words"), "words": "SCORER"}
    async with asyncio.timeout(60):
        while await graph.read(query, parameters) != [["a"]]:  # noqa: ASYNC110 - some engines fill it a little later
            await asyncio.sleep(0.05)
