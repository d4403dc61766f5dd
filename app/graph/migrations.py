"""Brings a graph to the declared schema: once, whoever starts at the same time, and never backwards."""

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from types import MappingProxyType
from uuid import uuid4

from app.errors import ErrorCode, PedigreeError, StatementFailed
from app.graph.driver import Graph
from app.graph.engines.schema import (
    FullText,
    Index,
    RelationshipIndex,
    RelationshipType,
    SchemaItem,
    UniqueUid,
    ValueKind,
)
from app.graph.transaction import Transaction
from graph_schema.constraints import Demand, Ordered, OrderedLinks, RelationshipName, Unique, Words, demands
from graph_schema.declare import Schema
from graph_schema.identity import uid
from graph_schema.relationships import SCHEMA

Step = Callable[[Graph], Awaitable[None]]
"""Changes what is stored so that it fits a version. It may be cut off and begun anew, so it must do no harm twice."""

_UID = uid("SchemaVersion", ("pedigree",))
_LEASE = 15_000_000
"""Microseconds for which a claim holds unless it is renewed: so long do others wait for one that was killed."""

_READ = "MATCH (v:SchemaVersion {uid: $uid}) RETURN v.version"
_CLAIM = """
MERGE (v:SchemaVersion {uid: $uid})
ON CREATE SET v.name = 'pedigree', v.version = 0
SET v.claimedBy = CASE
      WHEN v.version < $version AND (v.claimedBy IS NULL OR v.claimedBy = $service OR v.claimedUntil < $now)
      THEN $service ELSE v.claimedBy END
SET v.claimedUntil = CASE WHEN v.claimedBy = $service THEN $until ELSE v.claimedUntil END
RETURN v.version, coalesce(v.claimedBy, '') = $service
"""
_REACH = """
MATCH (v:SchemaVersion {uid: $uid}) WHERE v.claimedBy = $service
SET v.version = $version, v.migratedAt = $now, v.claimedBy = null, v.claimedUntil = null
"""
_RELEASE = """
MATCH (v:SchemaVersion {uid: $uid}) WHERE v.claimedBy = $service
SET v.claimedBy = null, v.claimedUntil = null
"""


class SchemaTooNew(PedigreeError):
    """The graph was migrated by a newer release."""

    standard_code = ErrorCode.SCHEMA_TOO_NEW


async def schema_version(graph: Graph) -> int:
    """The version to which the graph was migrated; 0 where it never was."""
    rows = await graph.read(_READ, {"uid": _UID})
    return rows[0][0] if rows else 0


async def migrate(graph: Graph, schema: Schema = SCHEMA, steps: Mapping[int, Step] = MappingProxyType({})) -> bool:
    """Brings the graph to the version of the declaration; True where this call did it.

    Of several services that start at once one does it, and the others return when it is done.

    Args:
        graph: empty, or of any version.
        schema: the declaration.
        steps: the step to each version that needs more than new indexes; an empty graph needs none of them.

    Raises:
        SchemaTooNew: the graph has a version that this release does not know.
        GraphError: the graph does not answer, or refuses a step; what was done so far stays, and is gone on from.
    """
    found = await schema_version(graph)
    if found == schema.version:
        return False
    _refuse_newer(graph, found, schema.version)
    await _ensure_one_version(graph)
    service = uuid4().hex
    while True:
        found, ours = await _claim(graph, service, schema.version)
        _refuse_newer(graph, found, schema.version)
        if found == schema.version:
            return False
        if ours:
            await _upgrade(graph, service, found, schema, steps)
            return True
        await asyncio.sleep(0.1)


async def _ensure_one_version(graph: Graph) -> None:
    """Makes two claims be claims on one node.

    Nothing can be claimed before, so services may meet here, and an engine may refuse one of two that make the same.
    """
    for attempt in range(1, 6):
        try:
            return await graph.ensure_schema([UniqueUid("SchemaVersion")])
        except StatementFailed:
            if attempt == 5:  # noqa: PLR2004 - then it is no meeting
                raise
            await asyncio.sleep(0.1 * attempt)
    return None  # pragma: no cover - the last attempt returns or raises


async def _upgrade(graph: Graph, service: str, found: int, schema: Schema, steps: Mapping[int, Step]) -> None:
    async with _claimed(graph, service, schema.version):
        await graph.ensure_schema(_item(each) for each in demands(schema))
        for version in range(found + 1, schema.version + 1):
            if step := steps.get(version):
                await step(graph)
    await graph.execute(_REACH, {"uid": _UID, "service": service, "version": schema.version, "now": _now()})


@asynccontextmanager
async def _claimed(graph: Graph, service: str, version: int) -> AsyncGenerator[None]:
    """Renews the claim while the work goes on, and gives it up where the work fails."""

    async def renew() -> None:
        while True:
            await asyncio.sleep(_LEASE / 3_000_000)
            await _claim(graph, service, version)

    renewing = asyncio.create_task(renew())
    try:
        yield
    except BaseException:
        await graph.execute(_RELEASE, {"uid": _UID, "service": service})
        raise
    finally:
        renewing.cancel()


async def _claim(graph: Graph, service: str, version: int) -> tuple[int, bool]:
    """The version that the graph has now, and whether it is ours to change."""

    async def work(transaction: Transaction) -> tuple[int, bool]:
        now = _now()
        values = {"uid": _UID, "version": version, "service": service, "now": now, "until": now + _LEASE}
        [[found, ours]] = await transaction.run(_CLAIM, values)
        return found, ours

    return await graph.write(work, repeatable=True)


def _refuse_newer(graph: Graph, found: int, known: int) -> None:
    if found > known:
        raise SchemaTooNew(
            f"The graph {graph.endpoint.place} has version {found} of the schema, and this release of Pedigree knows "
            f"version {known}.",
            remedy="Start the newer release that changed it, or name another graph: PEDIGREE_GRAPH_URL, PEDIGREE_HOME.",
        )


def _item(demand: Demand) -> SchemaItem:
    match demand:
        case Unique(label):
            return UniqueUid(label)
        case Ordered(label, name, integer, within):
            return Index(label, name, ValueKind.INTEGER if integer else ValueKind.TEXT, within)
        case OrderedLinks(type_, name):
            return RelationshipIndex(type_, name)
        case Words(label, name):
            return FullText(label, name)
        case RelationshipName(type_):
            return RelationshipType(type_)


def _now() -> int:
    return int(time.time() * 1_000_000)
