"""Writes a settled batch inside one transaction: nodes first, which locks them, then relationships."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, LiteralString, cast

from app.graph.engines.engine import Engine
from app.graph.transaction import Transaction
from app.registry.batch import Batch, ItemResult, LinkKind, Spoken, new_node
from app.registry.merging import revive, speak
from app.registry.retracting import Retractions
from app.registry.sizes import chunks
from app.registry.words import Change, Refusal, Speaker, Standing, Word
from app.registry.writing import LINKED, SPOKEN, STANDING, Statements, inherent, sighted
from graph_schema.declare import Kind, Node
from graph_schema.nodes import ARTIFACT, DESCRIBED
from graph_schema.relationships import SCHEMA
from graph_schema.sayable import said_of

Changes = dict[str, list[tuple[str, Change]]]
"""By label: the uid of a node, and what changes about it."""


class Recorder:
    """One batch, in one attempt at its transaction."""

    def __init__(self, transaction: Transaction, engine: Engine, speaker: Speaker, token: str) -> None:
        self.statements = Statements(engine)
        self.retractions = Retractions(engine)
        self.speaker = speaker
        self.token = token
        self._transaction = transaction
        self._engine = engine
        self._found: set[str] = set()

    async def run(self, statement: LiteralString, **values: Any) -> list[list[Any]]:
        """The records of a statement that names its values as the engine wants them named."""
        return await self._transaction.run(statement, self._engine.bind(values))

    async def run_flat(self, statement: LiteralString, **values: Any) -> list[list[Any]]:
        """The records of a constant statement."""
        return await self._transaction.run(statement, values)

    async def missing(self, batch: Batch, sight: Sequence[str] | None) -> set[tuple[str, str]]:
        """The labels and uids that are named by id, and are not there, or not in the caller's sight."""
        by_label: dict[str, list[str]] = {}
        for label, uid in batch.must_exist:
            by_label.setdefault(label, []).append(uid)
        missing: set[tuple[str, str]] = set()
        for label, uids in by_label.items():
            statement = self.statements.existing(label, limited=sight is not None)
            [[found]] = await self.run(statement, uids=sorted(uids), **sighted(sight))
            missing |= {(label, uid) for uid in set(uids) - set(found)}
        return missing

    async def record(self, batch: Batch, namespace: str) -> None:
        """Writes it, and gives every item its status."""
        changes: Changes = {}
        waiting: list[tuple[Spoken, Standing]] = []
        for node in DESCRIBED:
            if batch.nodes[node.label]:
                waiting.extend(await self._merge_nodes(node, batch.nodes[node.label], namespace))
        await self.add_words([standing for _, standing in waiting if standing.kept])
        for spoken, standing in waiting:
            self._change(spoken, standing, changes)
        await self.write(changes)
        for kind, links in batch.links.items():
            if links:
                await self._merge_links(kind, links)
        await self._keep_single(batch)

    async def write(self, changes: Changes) -> None:
        """Writes changes to nodes that are locked."""
        for label, of_label in changes.items():
            rows = [
                [uid, change.properties, change.statements, [change.snapshot] if change.snapshot else []]
                for uid, change in of_label
            ]
            for chunk in chunks(rows):
                await self.run(self.statements.change_nodes(label), rows=chunk)

    async def add_words(self, standings: Sequence[Standing]) -> None:
        """Adds to nodes of several words what is kept of them."""
        if not standings:
            return
        by_uid = {standing.uid: standing for standing in standings}
        [[rows]] = await self.run(self.statements.words(), uids=list(by_uid))
        for row in rows:
            values: dict[str, Any] = dict(zip(SPOKEN, row, strict=True))
            standing = by_uid[values.pop("about")]
            standing.words.append(kept_word(SCHEMA.node(standing.label), values))

    async def drop_ghosts(self, ends: Iterable[tuple[str, str]]) -> None:
        """Retracts what was only named by relationships that are gone."""
        by_label: dict[str, set[str]] = {}
        for label, uid in ends:
            by_label.setdefault(label, set()).add(uid)
        for label in (node.label for node in DESCRIBED if node.label in by_label):
            await self.run(
                self.retractions.drop_ghosts(label),
                uids=sorted(by_label[label]), token=self.token, now=self.speaker.now, actor=self.speaker.actor,
            )  # fmt: skip
            await self.end_inherent(label, sorted(by_label[label]))

    async def end_inherent(self, label: str, uids: Sequence[str]) -> None:
        """Retracts what lives as long as some nodes, where these are retracted, and what was named only by it."""
        for type_ in inherent(label):
            [[ends]] = await self.run(
                self.retractions.retract_inherent(type_, label),
                uids=uids, now=self.speaker.now, actor=self.speaker.actor,
            )  # fmt: skip
            await self.drop_ghosts((end, uid) for end, uid in ends)

    async def _merge_nodes(
        self, node: Node, named: Mapping[str, Spoken], namespace: str
    ) -> list[tuple[Spoken, Standing]]:
        """What stands of those that were there and must be looked at; the others are made, or stay."""
        speaker = self.speaker
        common: dict[str, Any] = {
            "source": speaker.source, "assertedBy": speaker.actor, "method": speaker.method, "confidence": 1.0,
            "recordedAt": speaker.now, "statements": 0,
        }  # fmt: skip
        if not node.namespaced:
            common["namespaces"] = [namespace]
        claiming = speaker.claiming(namespace) if node is ARTIFACT else {}
        common |= claiming and {**claiming, "unclaimed": claiming["heldIn"] is not None}
        rows = [[uid, bool(spoken.items), new_node(spoken, speaker)] for uid, spoken in sorted(named.items())]
        found: list[tuple[Spoken, Standing]] = []
        for chunk in chunks(rows):
            [[standing]] = await self.run(
                self.statements.merge_nodes(node.label),
                rows=chunk, common=common, token=self.token, seen=f"seen {self.token}", source=speaker.source,
                scope=speaker.scope, namespace=namespace, **claiming, **speaker.marking,
            )  # fmt: skip
            for row in standing:
                spoken = named[row[0]]
                found.append((spoken, standing_of(node, row, spoken.named.key if spoken.named else {})))
        there = {standing.uid for _, standing in found}
        self._found |= there
        for uid, spoken in named.items():
            if uid not in there:
                _created(spoken)
        return found

    def _change(self, spoken: Spoken, standing: Standing, changes: Changes) -> None:
        node = SCHEMA.node(standing.label)
        if not spoken.items:
            change = revive(node, standing, self.speaker)
        else:
            change = speak(node, standing, spoken.words, self.speaker)
            for item, status in zip(spoken.items, change.statuses, strict=True):
                if isinstance(status, Refusal):
                    item.reject(status.code, status.message, item.place(status.field))
                else:
                    item.status = cast("Any", status)
        if change.properties or change.statements:
            changes.setdefault(standing.label, []).append((standing.uid, change))

    async def _merge_links(self, kind: LinkKind, links: Mapping[str, Spoken]) -> None:
        speaker = self.speaker
        common = {
            "source": speaker.source, "assertedBy": speaker.actor, "recordedAt": speaker.now,
            "scopes": speaker.scopes(()), "loads": speaker.marks(()),
        }  # fmt: skip
        there: dict[str, list[Any]] = {}
        for chunk in chunks([_new_link(uid, spoken, speaker.method) for uid, spoken in sorted(links.items())]):
            [[found]] = await self.run(
                self.statements.merge_links(*kind),
                rows=chunk, common=common, token=self.token, seen=f"seen {self.token}", scope=speaker.scope,
                **speaker.marking,
            )  # fmt: skip
            there.update((row[0], row) for row in found)
        replaced = [
            self._replaced(kind[0], links[uid], row)
            for uid, row in there.items()
            if self._differs(kind[0], links[uid], row)
        ]
        for uid, spoken in links.items():
            if uid not in there:
                _created(spoken)
        for chunk in chunks(replaced):
            await self.run(self.statements.replace_links(*kind), rows=chunk, now=speaker.now, actor=speaker.actor)

    def _differs(self, type_: str, spoken: Spoken, row: Sequence[Any]) -> bool:
        """Whether the items say something else than what stands; each of them gets its status."""
        stands = dict(zip(said_of(type_), row[len(LINKED) :], strict=True))
        differs = False
        for item, word in zip(spoken.items, spoken.words, strict=False):
            changes = {name: value for name, value in word.items() if stands[name] != value}
            stands |= changes
            if changes:
                item.status = "UPDATED"
                differs = True
        return differs

    def _replaced(self, type_: str, spoken: Spoken, row: Sequence[Any]) -> list[Any]:
        before = dict(zip((*LINKED, *said_of(type_)), row, strict=True))
        speaker = self.speaker
        properties = {
            **before, **spoken.together, "source": speaker.source, "assertedBy": speaker.actor, "lock": self.token,
            "recordedAt": max(speaker.now, before["recordedAt"] + 1),
            "scopes": speaker.scopes(before["scopes"] or ()), "loads": speaker.marks(before["loads"] or ()),
        }  # fmt: skip
        kept = {name: value for name, value in properties.items() if value is not None}
        return [before["uid"], *_ends(spoken), kept]

    async def _keep_single(self, batch: Batch) -> None:
        """Takes back what was named before where there is only one, and another or none is named now."""
        rows: dict[tuple[str, str], list[list[str]]] = {}
        items: dict[str, list[ItemResult]] = {}
        for (type_, start, _), links in batch.links.items():
            for uid, spoken in links.items():
                link = spoken.link
                if link is not None and link.single and link.start.uid in self._found:
                    rows.setdefault((type_, start), []).append([link.start.uid, uid])
                    items.setdefault(link.start.uid, []).extend(spoken.items)
        for type_, emptied in batch.emptied.items():
            for uid, item in emptied.items():
                rows.setdefault((type_, item.label), []).append([uid, ""])
                items.setdefault(uid, []).append(item)
        for (type_, start), of_type in rows.items():
            [[changed, ends]] = await self.run(
                self.statements.keep_one_link(type_, start),
                rows=of_type, source=self.speaker.source, now=self.speaker.now, actor=self.speaker.actor,
            )  # fmt: skip
            for item in (item for uid in changed for item in items[uid]):
                _now_updated(item)
            await self.drop_ghosts((label, uid) for label, uid in ends)


def standing_of(node: Node, row: Sequence[Any], key: Mapping[str, Any]) -> Standing:
    """A node as it stands, from what is read of it; the words of one that several speak of are added later."""
    head: dict[str, Any] = dict(zip(STANDING, row, strict=False))
    names = [each.stored_as for each in node.properties]
    properties = dict(zip(names, row[len(STANDING) :], strict=False))
    standing = Standing(
        node.label, head["uid"], key, [], bool(head["statements"]), head["recordedAt"],
        retracted_at=head["retractedAt"], retracted_by=head["retractedBy"], claims=head["claims"],
    )  # fmt: skip
    if head["retractedAt"] is not None:
        standing.kept = False
    if head["undescribed"] or head["statements"]:
        return standing
    word = _word(node, head, {name: value for name, value in properties.items() if value is not None})
    if head["retractedAt"] is None:
        standing.words.append(word)
    else:
        standing.retired = word
    return standing


def _word(node: Node, head: Mapping[str, Any], properties: dict[str, Any]) -> Word:
    for each in node.properties:
        if each.kind is Kind.FLOAT and each.stored_as in properties:
            properties[each.stored_as] = float(properties[each.stored_as])
    return Word(
        head["source"],
        head["assertedBy"],
        head["recordedAt"],
        properties,
        json.loads(head["since"]) if head["since"] else {},
        head["method"],
        head["confidence"],
        head["evidence"],
        head["scopes"] or (),
        head["loads"] or (),
    )


def kept_word(node: Node, values: Mapping[str, Any]) -> Word:
    """The word that a Statement keeps, from what `SPOKEN` names of it."""
    return _word(node, values, json.loads(values["word"]))


def _created(spoken: Spoken) -> None:
    if not spoken.words:  # implied by items that describe a node: those have changed more than the node itself
        for item in spoken.items:
            _now_updated(item)
    for index, item in enumerate(spoken.items[: len(spoken.words)]):
        item.status = "CREATED" if index == 0 else "UPDATED" if spoken.adds[index] else "UNCHANGED"


def _now_updated(item: ItemResult) -> None:
    if item.status == "UNCHANGED":
        item.status = "UPDATED"


def _new_link(uid: str, spoken: Spoken, method: str) -> list[Any]:
    said = {name: value for name, value in spoken.together.items() if value is not None}
    return [uid, *_ends(spoken), {"uid": uid, "method": method, "confidence": 1.0, **said}]


def _ends(spoken: Spoken) -> tuple[str, str]:
    link = spoken.link
    assert link is not None  # noqa: S101 - what is said of a relationship names it
    return link.start.uid, link.target.uid
