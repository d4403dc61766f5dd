"""The step that gives the relationships of an older release the keys by which hubs are read in order."""

from typing import Any, Final

import structlog

from app.graph.driver import Graph
from app.graph.transaction import Transaction
from app.registry.writing import literal, place, starts
from graph_schema.declare import Hub
from graph_schema.relationships import RELATIONSHIPS

_PAGE: Final = 2_000
"""The relationships of how many things one statement changes."""

_PATIENCE = 600.0
"""Seconds for one statement: nobody is served before the last of them."""


async def place_relationships(graph: Graph, *, page: int = _PAGE) -> None:
    """Version 3: relationships at hubs carry their keys, on an engine that reads them in order.

    Done again it changes nothing. What a service of an older release writes meanwhile has none.

    Args:
        graph: with the indexes of the version.
        page: at how many things one statement looks.
    """
    if not graph.engine.orders_relationships:
        return
    log = structlog.get_logger("pedigree.upgrade")
    for each in RELATIONSHIPS:
        for hub in each.hubs:
            for label in starts(each):
                if placed := await _place(graph, each.type, hub, label, page):
                    log.info("upgraded", type=each.type, start=label, placed=placed)


async def _place(graph: Graph, type_: str, hub: Hub, label: str, page: int) -> int:
    """Gives those that start at things of a label their key; how many had none."""
    engine = graph.engine
    statement = literal(
        f"MATCH (a:{label}) WHERE a.uid > {{after}} WITH a ORDER BY a.uid LIMIT {{limit}} "
        f"OPTIONAL MATCH (a)-[r:{type_}]->(b) WHERE r.{hub} IS NULL SET {place(hub)} "
        "RETURN max(a.uid), count(DISTINCT a), count(r)",
        engine, "after", "limit",
    )  # fmt: skip
    after, placed, looked = "", 0, page
    while looked == page:
        values = engine.bind({"after": after, "limit": page})

        async def work(transaction: Transaction, values: dict[str, Any] = values) -> list[list[Any]]:
            return await transaction.run(statement, values)

        [[last, looked, changed]] = await graph.write(work, repeatable=True, seconds=_PATIENCE)
        after = last or after
        placed += changed
    return placed
