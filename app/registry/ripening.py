"""Stages that were claimed of a time to come: they count when it has come.

A version keeps the stage that it is in, so that no walk has to work it out. What is claimed of tomorrow is written
today: the version notes when its stage is due, and whoever has the graph open looks every few seconds which are.
"""

import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Final
from uuid import uuid4

import structlog

from app.graph.driver import Graph
from app.graph.transaction import Transaction
from app.recurring import recurring
from app.registry.claims import UNCLAIMED
from app.registry.writing import literal

_EVERY: Final = 2.0
"""Seconds between two looks, each a read of an index that is nearly always empty."""

_PAGE: Final = 1_000
"""How many versions one transaction changes."""

_PATIENCE: Final = 600.0
"""Seconds for the step of an upgrade: nobody is served before."""

_DUE: Final = (
    "MATCH (v:ModelVersion) WHERE v.stageDue <= {now} WITH v.uid AS uid LIMIT {limit} "
    "WITH uid ORDER BY uid RETURN collect(uid)"
)
_DERIVE: Final = (
    f"SET v.stage = coalesce(last([i IN range(0, size(v.stageTimes) - 1) WHERE v.stageTimes[i] <= {{now}} | "
    f"v.stages[i]]), '{UNCLAIMED}'), v.stageDue = head([at IN v.stageTimes WHERE at > {{now}}])"
)
_RIPEN: Final = (
    "UNWIND {uids} AS uid MATCH (v:ModelVersion {{uid: uid}}) SET v.lock = {token} "
    f"WITH v WHERE v.stageDue <= {{now}} {_DERIVE} RETURN count(v)"
)
_PUT_OFF: Final = (
    f"MATCH (v:ModelVersion) WHERE v.stageDue IS NULL AND last(v.stageTimes) > {{now}} {_DERIVE} RETURN count(v)"
)


async def ripen(graph: Graph) -> int:
    """Has the stages count whose time has come; of how many versions.

    Raises:
        GraphError: the graph does not answer, or did not do it; it may be tried again.
    """
    ripened, more = 0, True
    while more:
        count, more = await _ripen_some(graph)
        ripened += count
    return ripened


async def _ripen_some(graph: Graph) -> tuple[int, bool]:
    """Of how many versions stages count now, and whether there may be more that are due."""
    now, engine = _now(), graph.engine
    [[uids]] = await graph.read(literal(_DUE, engine, "now", "limit"), engine.bind({"now": now, "limit": _PAGE}))
    if not uids:
        return 0, False
    values = engine.bind({"now": now, "uids": uids, "token": uuid4().hex})

    async def work(transaction: Transaction) -> int:
        return (await transaction.run(literal(_RIPEN, engine, "now", "uids", "token"), values))[0][0]

    return await graph.write(work, repeatable=True), len(uids) == _PAGE


async def put_off(graph: Graph) -> None:
    """Version 3: what was claimed of a time to come counts then, and not yet. Done again it changes nothing."""
    values = graph.engine.bind({"now": _now()})

    async def work(transaction: Transaction) -> None:
        await transaction.run(literal(_PUT_OFF, graph.engine, "now"), values)

    await graph.write(work, repeatable=True, seconds=_PATIENCE)


@asynccontextmanager
async def ripening(graph: Graph) -> AsyncGenerator[None]:
    """Has stages count as their times come: the first that have before it is entered, the others while it lasts.

    Raises:
        GraphError: the graph does not answer.
    """
    await _ripen_some(graph)

    async def turn() -> None:
        if ripened := await ripen(graph):
            structlog.get_logger("pedigree.stages").info("ripened", versions=ripened)

    async with recurring(turn, _EVERY, "stages"):
        yield


def _now() -> int:
    return int(time.time() * 1_000_000)
