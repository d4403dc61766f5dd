"""A source takes back what it said: its words about things, and that two things are related.

Nothing is deleted: a relationship moves to the retracted type, a word stays as a Statement or as the retracted node
itself, and both tell when and by whom. What nobody says any more and nothing touches goes with them.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from app.access.service import Caller
from app.errors import PedigreeError
from app.graph.driver import Graph
from app.graph.transaction import Transaction
from app.registry.batch import ItemResult, LinkKind, abort
from app.registry.idempotency import Key, packed, unpack
from app.registry.naming import named
from app.registry.recording import Recorder
from app.registry.request import Retraction
from app.registry.speaking import acted_before, introduce_actor
from app.registry.withdrawing import withdraw_words
from app.registry.words import Speaker
from app.registry.writing import sighted
from graph_schema.assertions import STATED
from graph_schema.canonical import shown
from graph_schema.identity import from_id
from graph_schema.nodes import DESCRIBED
from graph_schema.relationships import SCHEMA
from graph_schema.rows import Violation
from graph_schema.validation import Validator

_LABELS = frozenset(node.label for node in DESCRIBED)
_PUBLISHED = {"BAD_ID": "BAD_VALUE"}
"""What an item is refused for, where the look-up of a thing by its id has a code of its own."""


@dataclass(frozen=True, slots=True)
class _Ends:
    """Where a relationship lies: the uids of its ends."""

    start: str
    target: str


@dataclass(slots=True)
class _Taken:
    """A settled retraction; an item that repeats another stays in `items` alone, and changes nothing.

    Attributes:
        items: a result for each, in order; what makes no sense is refused already.
        nodes: by label, by uid.
        links: by type and labels of the ends, by uid.
    """

    items: list[ItemResult] = field(default_factory=list)
    nodes: dict[str, dict[str, ItemResult]] = field(default_factory=dict)
    links: dict[LinkKind, dict[str, tuple[ItemResult, _Ends]]] = field(default_factory=dict)

    @property
    def refused(self) -> bool:
        """Whether any item was refused."""
        return any(item.status == "REJECTED" for item in self.items)

    def touched(self) -> dict[str, set[str]]:
        """By label, in the order of locks, the uids of all that is named."""
        found = {node.label: set(self.nodes.get(node.label, ())) for node in DESCRIBED}
        for (_, start, target), links in self.links.items():
            for _, ends in links.values():
                found[start].add(ends.start)
                found[target].add(ends.target)
        return {label: uids for label, uids in found.items() if uids}

    def changed(self) -> set[str]:
        """The uids of the things about which something was taken: of a relationship, that at which it starts."""
        nodes = {uid for items in self.nodes.values() for uid, item in items.items() if item.status == "RETRACTED"}
        links = (each for of_kind in self.links.values() for each in of_kind.values())
        return nodes | {ends.start for item, ends in links if item.status == "RETRACTED"}


class _Aborted(Exception):
    """An item was refused, and it is all or nothing."""

    def __init__(self, items: list[ItemResult]) -> None:
        self.items = items


@dataclass(slots=True)
class _Work:
    """One retraction on its way: what stays the same over the attempts at its transaction."""

    asked: Retraction
    caller: Caller
    key: Key
    now: int
    token: str
    attempts: int = 0


async def take_back(
    graph: Graph, body: Mapping[str, Any], caller: Caller, clock: Callable[[], float]
) -> list[ItemResult]:
    """Takes back, in one transaction, all that makes sense of it; a result for each item.

    Args:
        graph: from which it is taken back.
        body: a `RetractInput` as GraphQL has coerced it.
        caller: who sends it.
        clock: gives seconds since 1970 UTC.

    Raises:
        RegistrationRefused: the whole of it makes no sense, and nothing was changed.
        GraphError: the graph does not answer; nothing was changed, or it can be sent again.
    """
    asked = Retraction.of(body)
    own = asked.idempotency_key is None
    key = Key(caller.uid, asked.idempotency_key or uuid4().hex, "" if own else asked.digest(), own)
    work = _Work(asked, caller, key, int(clock() * 1_000_000), uuid4().hex)
    try:
        return await graph.write(lambda transaction: _attempt(graph, transaction, work), repeatable=True)
    except _Aborted as aborted:
        abort(aborted.items)
        return aborted.items


async def _attempt(graph: Graph, transaction: Transaction, work: _Work) -> list[ItemResult]:
    work.attempts += 1
    asked = work.asked
    if asked.dry_run:
        transaction.rollback_at_end()
    taken = _settle(asked)
    kept = await work.key.kept(transaction, work.now, work.token, attempt=work.attempts, dry_run=asked.dry_run)
    if kept is not None:
        unpack(taken.items, kept)
        return taken.items
    speaker = Speaker(asked.source, work.caller.uid, work.now)
    recorder = Recorder(transaction, graph.engine, speaker, work.token)
    before = await acted_before(recorder, asked.source, work.caller)
    acted_in = await _carry_out(recorder, taken, work.caller.sight)
    if asked.atomic and taken.refused:
        raise _Aborted(taken.items)
    await introduce_actor(recorder, work.caller, before, acted_in)
    if not asked.dry_run:
        await work.key.keep(transaction, packed(taken.items), work.now)
    return taken.items


# ------------------------------------------------------------------------------------------------------------ settling


def _settle(asked: Retraction) -> _Taken:
    taken = _Taken()
    for index, ref in enumerate(asked.nodes):
        _settle_one(taken, f"nodes[{index}]", lambda item, ref=ref: _settle_node(taken, item, ref))
    validator = Validator(asked.source)
    for index, said in enumerate(asked.relationships):
        _settle_one(
            taken, f"relationships[{index}]", lambda item, said=said: _settle_link(taken, item, said, validator)
        )
    for index, ref in enumerate(asked.assertions):
        _settle_one(taken, f"assertions[{index}]", lambda item, ref=ref: _settle_assertion(taken, item, ref))
    return taken


def _settle_one(taken: _Taken, path: str, settle: Callable[[ItemResult], None]) -> None:
    item = ItemResult(path)
    taken.items.append(item)
    try:
        settle(item)
    except Violation as violation:
        item.reject(violation.code, violation.message, violation.path)


def _settle_node(taken: _Taken, item: ItemResult, ref: Mapping[str, Any]) -> None:
    label, uid = _thing(ref, item.path)
    taken.nodes.setdefault(label, {}).setdefault(uid, item)


def _settle_link(taken: _Taken, item: ItemResult, said: Mapping[str, Any], validator: Validator) -> None:
    link = validator.link(said, item.path)
    kind = (link.type, link.start.label, link.target.label)
    taken.links.setdefault(kind, {}).setdefault(link.uid, (item, _Ends(link.start.uid, link.target.uid)))


def _settle_assertion(taken: _Taken, item: ItemResult, ref: Mapping[str, str]) -> None:
    """A step goes as data flows, and the relationship the other way: it starts at the step's `to`."""
    try:
        type_, uid = from_id(ref["id"])
        declared = SCHEMA.relationship(type_)
    except (ValueError, KeyError) as error:
        text = f"expected the id of a relationship as a step shows it, got {shown(ref['id'])}."
        raise Violation("BAD_VALUE", f"{item.path}.id", text) from error
    if type_ not in STATED:
        text = f"{type_} is part of what describes a thing: name that thing among the nodes."
        raise Violation("BAD_VALUE", f"{item.path}.id", text)
    start, start_uid = _thing({"id": ref["to"]}, f"{item.path}.to")
    target, target_uid = _thing({"id": ref["from"]}, f"{item.path}.from")
    if (start, target) not in declared.ends:
        text = f"expected the ends of a {type_} as a step shows them, got data that flows from a {target} to a {start}."
        raise Violation("BAD_ENDS", item.path, text)
    taken.links.setdefault((type_, start, target), {}).setdefault(uid, (item, _Ends(start_uid, target_uid)))


def _thing(ref: Mapping[str, Any], path: str) -> tuple[str, str]:
    try:
        label, uid = named(ref)
    except PedigreeError as error:
        raise Violation(_PUBLISHED.get(error.code, error.code), path, error.message) from error
    if label not in _LABELS:
        raise Violation("BAD_ENDS", path, f"expected a thing that sources describe, got the id of a {label}.")
    return label, uid


# --------------------------------------------------------------------------------------------------------- carrying out


async def _carry_out(recorder: Recorder, taken: _Taken, sight: Sequence[str] | None) -> list[str]:
    """Takes relationships, then words: what nothing touches any more then goes. The namespaces in which it took any."""
    namespaces = await _lock(recorder, taken, sight)
    ends: set[tuple[str, str]] = set()
    for kind, links in taken.links.items():
        ends |= await _take_links(recorder, kind, links, sight)
    for label, items in taken.nodes.items():
        ends |= await _take_stated(recorder, label, items)
    await recorder.drop_ghosts(sorted(ends))
    for node in reversed(DESCRIBED):  # versions before what they are versions of
        items = taken.nodes.get(node.label, {})
        for uid in await withdraw_words(recorder, node.label, sorted(items)):
            items[uid].status = "RETRACTED"
    acted_in = {each for uid in taken.changed() for each in namespaces.get(uid, ())}
    return sorted(acted_in if sight is None else acted_in.intersection(sight))


async def _lock(recorder: Recorder, taken: _Taken, sight: Sequence[str] | None) -> dict[str, list[str]]:
    """By uid the namespaces of all that is named, in sight and was ever there, and locked. Other nodes are refused."""
    namespaces: dict[str, list[str]] = {}
    for label, uids in taken.touched().items():
        statement = recorder.retractions.lock_nodes(label, limited=sight is not None)
        [[rows]] = await recorder.run(statement, uids=sorted(uids), token=recorder.token, **sighted(sight))
        found = dict[str, list[str]](rows)
        namespaces |= found
        nodes = taken.nodes.get(label, {})
        for uid in set(nodes).difference(found):
            nodes.pop(uid).reject("NOT_FOUND", f"No {label} was ever registered under this key or id.")
    return namespaces


async def _take_links(
    recorder: Recorder, kind: LinkKind, links: Mapping[str, tuple[ItemResult, _Ends]], sight: Sequence[str] | None
) -> set[tuple[str, str]]:
    """Takes relationships of one kind; the labels and uids of the ends of those that it took."""
    speaker = recorder.speaker
    rows = [[uid, ends.start, ends.target] for uid, (_, ends) in sorted(links.items())]
    [[taken]] = await recorder.run(
        recorder.retractions.take_links(*kind), rows=rows, source=speaker.source, now=speaker.now, actor=speaker.actor
    )
    touched: set[tuple[str, str]] = set()
    for uid in taken:
        item, ends = links[uid]
        item.status = "RETRACTED"
        touched |= {(kind[1], ends.start), (kind[2], ends.target)}
    left = [row for row in rows if row[0] not in set(taken)]
    if left:
        statement = recorder.retractions.known_links(*kind, limited=sight is not None)
        [[known]] = await recorder.run(statement, rows=left, **sighted(sight))
        _tell_apart({row[0]: links[row[0]][0] for row in left}, dict(known), speaker.source)
    return touched


def _tell_apart(items: Mapping[str, ItemResult], known: Mapping[str, str], source: str) -> None:
    """Of what was not there to be taken: it was taken before, another source said it, or nobody ever did."""
    for uid, item in items.items():
        if uid not in known:
            item.reject("NOT_FOUND", "This source never said so of these ends.")
        elif known[uid] != source:
            item.reject(
                "OTHER_SOURCE",
                f"{shown(known[uid])} said so, and {shown(source)} cannot take it back: name the source that did.",
            )


async def _take_stated(recorder: Recorder, label: str, items: Mapping[str, ItemResult]) -> set[tuple[str, str]]:
    """Takes what the source states by describing nodes; the labels and uids of the other ends."""
    speaker = recorder.speaker
    touched: set[tuple[str, str]] = set()
    for implied in SCHEMA.node(label).implied:
        if not items or SCHEMA.relationship(implied.type).inherent:
            continue
        [[taken, ends]] = await recorder.run(
            recorder.retractions.take_stated(label, implied.type, outgoing=implied.outgoing),
            uids=sorted(items), source=speaker.source, now=speaker.now, actor=speaker.actor,
        )  # fmt: skip
        for uid in taken:
            items[uid].status = "RETRACTED"
        touched |= {(end, uid) for end, uid in ends}
    return touched
