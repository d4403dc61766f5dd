"""The steps that bring what an older release stored to the declared version."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, LiteralString

import structlog

from app.graph.driver import Graph
from app.graph.engines.engine import Engine, Rows
from app.graph.migrations import Step
from app.graph.transaction import Transaction
from app.registry.past import Record, Said, State, Touch, states
from app.registry.placing import place_relationships
from app.registry.recording import kept_word
from app.registry.retracting import FOUND_PAGE
from app.registry.ripening import put_off
from app.registry.sizes import STATEMENT_BYTES, chunks
from app.registry.upgrading_artifacts import tell_for_whom_it_was_read
from app.registry.upgrading_sources import tell_where_sources_speak
from app.registry.words import Word
from app.registry.writing import SPOKEN, literal, touching
from graph_schema.declare import Node
from graph_schema.nodes import DESCRIBED, MODEL_VERSION, STAGES_CLAIMED
from graph_schema.relationships import SCHEMA

_GROUP = 500
"""Of how many nodes one statement tells what is on record, and how many Snapshots another writes."""

_PATIENCE = 600.0
"""Seconds for one statement: nobody is served before the last of them."""

_ENDS = ("supersededAt", "retractedAt", "retractedBy")
_WEIGHTS = "UNWIND {uids} AS uid MATCH (s:Statement {{about: uid}}) RETURN uid, sum(size(s.word))"
_SAID = (
    "UNWIND {uids} AS uid MATCH (s:Statement {{about: uid}}) "
    f"RETURN {', '.join(f's.{name}' for name in (*SPOKEN, *_ENDS))}"
)
_CLAIMING = "UNWIND {uids} AS uid MATCH (n:ModelVersion {{uid: uid}}) WHERE n.claimedStage IS NOT NULL RETURN uid"
_OWN = (
    "UNWIND {uids} AS uid MATCH (n:ModelVersion {{uid: uid}}) WHERE n.statements = 0 AND NOT n.undescribed "
    "RETURN uid, n.source, n.assertedBy, n.recordedAt, n.since, n.claimedStage, n.claimedStageSince"
)
_CLAIM = "UNWIND {rows} AS row MATCH (n:ModelVersion {{uid: row[0]}}) WHERE n.recordedAt = row[1] SET n += row[2]"


async def keep_the_past(graph: Graph, *, page: int = FOUND_PAGE, group: int = _GROUP) -> None:
    """Version 2: what nodes were before they changed becomes Snapshots, and versions tell what was claimed of stages.

    Done again it changes nothing. What a service of an older release writes meanwhile is not kept.

    Args:
        graph: with the indexes of the version.
        page: how many uids one look for nodes brings.
        group: of how many of these the record is held in memory at most, as long as it is not large.
    """
    log = structlog.get_logger("pedigree.upgrade")
    for node in DESCRIBED:
        keeping = _Keeping(graph, node)
        looked = await keeping.run(page, group)
        if looked:
            log.info("upgraded", label=node.label, nodes=looked, snapshots=keeping.snapshots)


async def keep_apart(graph: Graph) -> None:
    """Version 3: relationships are placed at hubs, sources tell of what they speak, and stages are due in time."""
    await place_relationships(graph)
    await tell_where_sources_speak(graph)
    await put_off(graph)


STEPS: Final[Mapping[int, Step]] = {2: keep_the_past, 3: keep_apart, 6: tell_for_whom_it_was_read}
"""The step to each version that needs more than new indexes, for `migrate`."""


@dataclass(slots=True)
class _Known:
    """What is known of a node but for its words.

    Attributes:
        record: what is on record of it; words are added.
        fixed: its properties that never change, as a Snapshot has them.
    """

    record: Record
    fixed: dict[str, Any]


@dataclass(slots=True)
class _Keeping:
    """The past of all nodes of one label.

    Attributes:
        snapshots: how many were kept, those that were there among them.
    """

    graph: Graph
    node: Node
    snapshots: int = 0
    _rows: list[list[Any]] = field(default_factory=list)
    _claims: list[list[Any]] = field(default_factory=list)

    async def run(self, page: int, group: int) -> int:
        """Keeps it; how many nodes there are."""
        looked, after = 0, ""
        while True:
            uids = [uid for (uid,) in await self._read(_uids, after=after, limit=page)]
            for start in range(0, len(uids), group):
                await self._keep(uids[start : start + group])
            looked += len(uids)
            if len(uids) < page:
                return looked
            after = uids[-1]

    async def _keep(self, uids: list[str]) -> None:
        """Looks which of these nodes have a past, and at no more of it at once than one answer holds."""
        touched: dict[str, list[Touch]] = {}
        for uid, until, (since, source, actor), by in await self._read(_touched, uids=uids):
            touched.setdefault(uid, []).append(Touch(since, until, source, actor, by))
        weights = dict.fromkeys(touched, 0)
        if self.node is MODEL_VERSION:
            weights |= {uid: 0 for (uid,) in await self._read(_CLAIMING, uids=uids)}
        for uid, weight in await self._read(_WEIGHTS, uids=uids):
            weights[uid] = weight
        for portion in _portions(weights):
            for known in (await self._known(portion, touched)).values():
                for state in states(known.record):
                    self._add(known, state)
                    if len(self._rows) >= _GROUP:
                        await self._write()
            await self._write()

    async def _known(self, uids: list[str], touched: Mapping[str, list[Touch]]) -> dict[str, _Known]:
        """All that is on record of some nodes, by uid."""
        found: dict[str, _Known] = {}
        names = self.node.key_names
        for uid, recorded_at, sort, namespaces, *key in await self._read(_nodes, uids=uids):
            by_name = dict(zip(names, key, strict=True))
            record = Record(self.node, uid, by_name, recorded_at, touched=touched.get(uid, []))
            found[uid] = _Known(record, {**by_name, "sortKey": sort, "namespaces": namespaces})
        for row in await self._read(_SAID, uids=uids):
            values: dict[str, Any] = dict(zip((*SPOKEN, *_ENDS), row, strict=True))
            superseded, retracted, by = (values.pop(name) for name in _ENDS)
            about, word = values.pop("about"), kept_word(self.node, values)
            found[about].record.said.append(Said(word, retracted if superseded is None else superseded, by))
        if self.node is MODEL_VERSION:
            for uid, *own in await self._read(_OWN, uids=uids):
                found[uid].record.said.append(Said(_own_word(*own)))
        return found

    def _add(self, known: _Known, state: State) -> None:
        uid = known.record.uid
        if state.until is not None:
            shown = {**known.fixed, **state.shown, "about": uid, "recordedUntil": state.until, "loads": None}
            self._rows.append(
                [uid, state.snapshot, {name: value for name, value in shown.items() if value is not None}]
            )
        elif state.shown.get("claims"):
            claims = {each.stored_as: state.shown[each.stored_as] for each in STAGES_CLAIMED}
            self._claims.append([uid, known.record.recorded_at, claims])

    async def _write(self) -> None:
        """Writes what has come together."""
        self.snapshots += len(self._rows)
        for text, rows in ((_snapshots(self.node), self._rows), (_CLAIM, self._claims)):
            for chunk in chunks(rows):
                await self._write_rows(literal(text, self.graph.engine, "rows"), chunk)
            rows.clear()

    async def _write_rows(self, statement: LiteralString, rows: list[list[Any]]) -> None:
        values = self.graph.engine.bind({"rows": rows})

        async def work(transaction: Transaction) -> None:
            await transaction.run(statement, values)

        await self.graph.write(work, repeatable=True, seconds=_PATIENCE)

    async def _read(self, text: str | Callable[[Node], str], **values: Any) -> Rows:
        engine: Engine = self.graph.engine
        statement = literal(text if isinstance(text, str) else text(self.node), engine, *values)
        return await self.graph.read(statement, engine.bind(values), seconds=_PATIENCE)


def _portions(weights: Mapping[str, int]) -> Iterator[list[str]]:
    """The uids in groups of which the words weigh no more than a statement, or of one node."""
    portion: list[str] = []
    size = 0
    for uid, weight in weights.items():
        if portion and size + weight > STATEMENT_BYTES:
            yield portion
            portion, size = [], 0
        portion.append(uid)
        size += weight
    if portion:
        yield portion


def _own_word(
    source: str, actor: str, recorded_at: int, since: str | None, stage: str | None, stage_since: int | None
) -> Word:
    """What a version says by itself of its stage: it is its own only word."""
    said = {"claimedStage": stage, "claimedStageSince": stage_since}
    properties = {name: value for name, value in said.items() if value is not None}
    return Word(source, actor, recorded_at, properties, json.loads(since) if since else {})


# ------------------------------------------------------------------------------------------------------ the statements


def _uids(node: Node) -> str:
    return f"MATCH (n:{node.label}) WHERE n.uid > {{after}} RETURN n.uid ORDER BY n.uid LIMIT {{limit}}"


def _touched(node: Node) -> str:
    """Of relationships that kept some nodes alive before these became what they are: uid, when, whose and by whom.

    Those that were retracted at the same time are one, which begins with the first of them.
    """
    live = touching(node.label).split("|")
    types = "|".join([*live, *(SCHEMA.relationship(each).retracted_type for each in live)])
    return (
        f"UNWIND {{uids}} AS uid MATCH (n:{node.label} {{{{uid: uid}}}})-[r:{types}]-() "
        "WHERE r.recordedAt < n.recordedAt "
        "RETURN uid, r.retractedAt, min([r.recordedAt, r.source, r.assertedBy]), max(r.retractedBy)"
    )


def _nodes(node: Node) -> str:
    read = ", ".join(f"n.{name}" for name in ("uid", "recordedAt", "sortKey", "namespaces", *node.key_names))
    return f"UNWIND {{uids}} AS uid MATCH (n:{node.label} {{{{uid: uid}}}}) RETURN {read}"


def _snapshots(node: Node) -> str:
    return (
        f"UNWIND {{rows}} AS row MATCH (n:{node.label} {{{{uid: row[0]}}}}) MERGE (p:Snapshot {{{{uid: row[1]}}}}) "
        "ON CREATE SET p += row[2] MERGE (p)-[:SNAPSHOT_OF]->(n)"
    )
