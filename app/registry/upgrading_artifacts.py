"""The step that tells of each artifact for whom the service read its bytes, and how it is claimed beside that."""

from collections.abc import Sequence
from typing import Any, Final

from app.graph.driver import Graph
from app.graph.engines.engine import Rows
from app.graph.transaction import Transaction
from app.registry.merging import as_claimed
from app.registry.recording import kept_word
from app.registry.retracting import FOUND_PAGE
from app.registry.words import CLAIMING, Word
from app.registry.writing import SPOKEN, literal
from graph_schema.nodes import ARTIFACT
from graph_schema.relationships import SCHEMA

_GROUP: Final = 500
"""Of how many artifacts one statement tells what is on record."""

_PATIENCE: Final = 600.0
"""Seconds for one statement: nobody is served before the last of them."""

_CONTAINS: Final = SCHEMA.relationship("CONTAINS")
_EVER: Final = f"{_CONTAINS.type}|{_CONTAINS.retracted_type}"
_OF: Final = "UNWIND {uids} AS uid MATCH (n:Artifact {{uid: uid}})"
_UIDS: Final = (
    "MATCH (n:Artifact) WHERE n.uid > {after} AND n.verifiedAt IS NOT NULL AND n.heldIn IS NULL "
    "RETURN n.uid ORDER BY n.uid LIMIT {limit}"
)
_READ_FOR: Final = (
    f"{_OF}<-[r:{_EVER}]-(v:ModelVersion) WHERE r.method = 'VERIFIED' RETURN uid, collect(DISTINCT v.namespace)"
)
_NAMED_BY: Final = (
    f"{_OF}<-[r:{_EVER}]-() WHERE r.method <> 'VERIFIED' "
    "RETURN uid, min([r.recordedAt, r.source, r.assertedBy, r.method])"
)
_CLAIMED: Final = (
    "UNWIND {uids} AS uid MATCH (s:Statement {{about: uid}}) "
    "WHERE s.method <> 'VERIFIED' AND s.supersededAt IS NULL AND s.retractedAt IS NULL "
    f"RETURN {', '.join(f's.{name}' for name in SPOKEN)}"
)
_TELL: Final = (
    "UNWIND {rows} AS row MATCH (n:Artifact {{uid: row[0]}}) WHERE n.heldIn IS NULL SET n.heldIn = row[1], n += row[2]"
)


async def tell_for_whom_it_was_read(graph: Graph, *, page: int = FOUND_PAGE) -> None:
    """Version 6: what the service found of bytes shows where it read them. Done again it changes nothing.

    Args:
        graph: with the indexes of the version.
        page: how many uids one look for artifacts brings.
    """
    after = ""
    while True:
        uids = [uid for (uid,) in await _read(graph, _UIDS, after=after, limit=page)]
        for start in range(0, len(uids), _GROUP):
            await _tell(graph, uids[start : start + _GROUP])
        if len(uids) < page:
            return
        after = uids[-1]


async def _tell(graph: Graph, uids: Sequence[str]) -> None:
    read_for = {uid: sorted(namespaces) for uid, namespaces in await _read(graph, _READ_FOR, uids=uids)}
    named_by = dict(await _read(graph, _NAMED_BY, uids=uids))
    claims: dict[str, list[Word]] = {uid: [] for uid in uids}
    for row in await _read(graph, _CLAIMED, uids=uids):
        values: dict[str, Any] = dict(zip(SPOKEN, row, strict=True))
        claims[values.pop("about")].append(kept_word(ARTIFACT, values))
    rows = [[uid, read_for.get(uid, []), _claimed(named_by.get(uid), claims[uid])] for uid in uids]

    async def tell(transaction: Transaction) -> None:
        await transaction.run(literal(_TELL, graph.engine, "rows"), graph.engine.bind({"rows": rows}))

    await graph.write(tell, repeatable=True, seconds=_PATIENCE)


def _claimed(named_by: Sequence[Any] | None, claims: Sequence[Word]) -> dict[str, Any]:
    """How an artifact is shown to others: as they describe it, else as the first of them named it."""
    if named_by is None:
        return as_claimed(ARTIFACT, claims)
    at, source, actor, method = named_by
    return dict(zip(CLAIMING[:-1], (source, actor, method, at), strict=True)) | as_claimed(ARTIFACT, claims)


async def _read(graph: Graph, text: str, **values: Any) -> Rows:
    return await graph.read(literal(text, graph.engine, *values), graph.engine.bind(values), seconds=_PATIENCE)
