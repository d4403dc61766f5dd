"""A batch, settled before anything is written: what each item says, and repeats and contradictions inside it."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, cast

from app.errors import ErrorCode
from app.registry.claims import claimed, stored_claims
from app.registry.words import Speaker, Word
from graph_schema.canonical import shown
from graph_schema.declare import Node, Relationship
from graph_schema.identity import sort_key
from graph_schema.intervals import interval_of
from graph_schema.nodes import DESCRIBED
from graph_schema.relationships import SCHEMA
from graph_schema.rows import Described, Link, Named, Violation
from graph_schema.search import search_text
from graph_schema.validation import Validator

Status = Literal["CREATED", "UPDATED", "UNCHANGED", "REJECTED", "RETRACTED"]
Permitted = Callable[[Described | Link, str], None]
LinkKind = tuple[str, str, str]
"""A relationship's type and the labels of its ends."""


@dataclass(frozen=True, slots=True)
class ItemError:
    """Why an item was refused."""

    code: ErrorCode
    message: str
    path: str


@dataclass(slots=True)
class ItemResult:
    """What became of an item.

    Attributes:
        path: the item, as `nodes[3]`.
        kind: the field of its input that it gives, as `run`.
        label: the label of its node; empty for a relationship.
        uid: the uid of its node; empty for a relationship and for what was refused.
    """

    path: str
    kind: str = ""
    label: str = ""
    uid: str = ""
    status: Status = "UNCHANGED"
    error: ItemError | None = None

    def place(self, field: str) -> str:
        """Where a field of it is, as `nodes[3].run.endedAt`."""
        return f"{self.path}.{self.kind}.{field}"

    def reject(self, code: str, message: str, path: str = "") -> None:
        """Marks the item as refused."""
        self.status, self.uid = "REJECTED", ""
        self.error = ItemError(ErrorCode(code), message, path or self.path)


@dataclass(slots=True)
class Spoken:
    """What the items of the batch say of one node or relationship, one after the other.

    Attributes:
        named: the node, for a node.
        link: the relationship, for a relationship.
        items: the results of the items that say it.
        words: what each of them says.
        together: all of it.
        only: the things of which there is one, by the field that names them.
        adds: for each of them, whether it says what none before it said.
    """

    named: Named | None = None
    link: Link | None = None
    items: list[ItemResult] = field(default_factory=list)
    words: list[dict[str, Any]] = field(default_factory=list)
    together: dict[str, Any] = field(default_factory=dict)
    only: dict[str, Any] = field(default_factory=dict)
    adds: list[bool] = field(default_factory=list)

    def take(
        self,
        item: ItemResult,
        declared: Node | Relationship,
        word: dict[str, Any],
        only: Mapping[str, Any] | None = None,
    ) -> bool:
        """Whether the item could be taken: it does not contradict an earlier one. Else it is refused."""
        told = self.together or self.only
        if told and (contradiction := self._contradiction(declared, {**word, **(only or {})})):
            name, message = contradiction
            item.reject("CONTRADICTION", message, item.place(name))
            return False
        self.only |= only or {}
        self.adds.append(bool(word.keys() - self.together.keys()))
        self.together.update(word)
        self.items.append(item)
        self.words.append(word)
        return True

    def _contradiction(self, declared: Node | Relationship, said: Mapping[str, Any]) -> tuple[str, str] | None:
        """What of it does not go together with what earlier items say, and why; None where all of it does."""
        before = {**self.together, **self.only}
        for name, value in said.items():
            if name in before and before[name] != value:
                return name, (
                    f"{name} is {_told(value)} here and was {_told(before[name])} in an earlier item: send one of the "
                    "two, or each in a batch of its own."
                )
        if (interval := interval_of(declared)) and (flaw := interval.flaw({**before, **said})):
            name = interval.ends if interval.ends in said else interval.begins
            return name, f"{flaw} The other time stands in an earlier item."
        return None


@dataclass(slots=True)
class Batch:
    """A settled batch.

    Attributes:
        items: a result for each item, in order; what was refused is refused already.
        nodes: by label, by uid: what is named, with what is said of it.
        links: by type and ends, by uid: what is asserted.
        must_exist: the labels and uids of the nodes that were named by id.
        emptied: by type, the uids of the nodes whose only link of that type is taken back, with the item.
        refused_nodes: what refused items describe, where their keys made sense: a load that names a thing keeps it.
        refused_links: what refused items state, likewise.
    """

    items: list[ItemResult] = field(default_factory=list)
    nodes: dict[str, dict[str, Spoken]] = field(
        default_factory=lambda: {node.label: dict[str, Spoken]() for node in DESCRIBED}
    )
    links: dict[LinkKind, dict[str, Spoken]] = field(default_factory=dict)
    must_exist: set[tuple[str, str]] = field(default_factory=set)
    emptied: dict[str, dict[str, ItemResult]] = field(default_factory=dict)
    refused_nodes: list[Named] = field(default_factory=list)
    refused_links: list[Link] = field(default_factory=list)

    @property
    def refused(self) -> bool:
        """Whether any item was refused."""
        return any(item.status == "REJECTED" for item in self.items)

    def refuse(self, item: ItemResult, violation: Violation) -> None:
        """Refuses an item; what it names is remembered."""
        item.reject(violation.code, violation.message, violation.path)
        if violation.named is not None:
            self.refused_nodes.append(violation.named)
        if violation.link is not None:
            self.refused_links.append(violation.link)

    def take_node(self, item: ItemResult, described: Described) -> None:
        """Takes what a node item says."""
        named = described.named
        item.label, item.uid = named.label, named.uid
        spoken = self.name(named)
        only = {link.field: tuple(link.target.key.values()) for link in described.links if link.single}
        emptied = dict.fromkeys(described.emptied)
        if not spoken.take(item, SCHEMA.node(named.label), described.word, {**only, **emptied}):
            self.refused_nodes.append(named)  # what else it states is as little taken back as said
            return
        for link in described.links:
            self._assert(link, item)
            if link.target.by_id:
                self.must_exist.add((link.target.label, link.target.uid))
        for type_ in described.emptied.values():
            self.emptied.setdefault(type_, {})[named.uid] = item

    def take_link(self, item: ItemResult, link: Link) -> None:
        """Takes what a relationship item says."""
        kind = (link.type, link.start.label, link.target.label)
        spoken = self.links.setdefault(kind, {}).get(link.uid)
        if spoken is None:
            spoken = self._assert(link)
        spoken.take(item, SCHEMA.relationship(link.type), link.word)

    def name(self, named: Named) -> Spoken:
        """What is said of a node, which is named; with it come the things that it brings."""
        spoken = self.nodes[named.label].get(named.uid)
        if spoken is None:
            spoken = self.nodes[named.label][named.uid] = Spoken(named=named)
            for link in named.brings:
                self._assert(link)
        elif spoken.named is not None and spoken.named.by_id and not named.by_id:
            spoken.named = named
            for link in named.brings:
                self._assert(link)
        return spoken

    def _assert(self, link: Link, item: ItemResult | None = None) -> Spoken:
        kind = (link.type, link.start.label, link.target.label)
        spoken = self.links.setdefault(kind, {}).get(link.uid)
        if spoken is None:
            self.name(link.start)
            self.name(link.target)
            spoken = self.links[kind].setdefault(link.uid, Spoken(link=link))
        if item is not None:
            spoken.items.append(item)
        return spoken


def settle(
    source: str,
    nodes: Sequence[Mapping[str, Any]],
    relationships: Sequence[Mapping[str, Any]],
    missing: Collection[tuple[str, str]] = (),
    permitted: Permitted = lambda _said, _path: None,
    method: str = "CLAIMED",
) -> Batch:
    """The batch that these items make; what is wrong with an item is its own result and no other's.

    Args:
        source: who says it.
        nodes: as `NodeInput`.
        relationships: as `RelationshipInput`.
        missing: labels and uids that an item must not name by id, since nothing has them.
        permitted: raises a Violation where the caller may not say what an item says.
        method: how a relationship came to be held where its item does not say it.
    """
    batch, validator = Batch(), Validator(source, method)
    for index, item in enumerate(nodes):
        result = ItemResult(f"nodes[{index}]")
        batch.items.append(result)
        try:
            described = validator.node(item, result.path)
            result.kind = _kind(item)
            _refuse_missing(described, missing, result)
            permitted(described, result.path)
            batch.take_node(result, described)
        except Violation as violation:
            batch.refuse(result, violation)
    for index, item in enumerate(relationships):
        result = ItemResult(f"relationships[{index}]")
        batch.items.append(result)
        try:
            link = validator.link(item, result.path)
            result.kind = _kind(item)
            permitted(link, result.path)
            batch.take_link(result, link)
        except Violation as violation:
            batch.refuse(result, violation)
    return batch


def _kind(item: Mapping[str, Any]) -> str:
    return next(name for name, value in item.items() if value is not None)


def _told(value: object) -> str:
    """A value in a client's terms: null, and a key as its parts."""
    if isinstance(value, tuple):
        return "/".join(shown(part) for part in cast("tuple[object, ...]", value))
    return "null" if value is None else shown(value)


def _refuse_missing(described: Described, missing: Collection[tuple[str, str]], item: ItemResult) -> None:
    for link in described.links:
        if link.target.by_id and (link.target.label, link.target.uid) in missing:
            violation = Violation(
                "NOT_FOUND",
                f"{item.place(link.field)}.id",
                f"no {link.target.label} has the id in {link.field}: take it from an answer, or name the key.",
            )
            violation.named = described.named
            raise violation


def abort(items: Iterable[ItemResult]) -> None:
    """Refuses what nothing is wrong with, since it was all or nothing and another item was refused."""
    for item in items:
        if item.status != "REJECTED":
            item.reject(
                "BATCH_ABORTED",
                "Nothing is wrong with this item, but the batch is atomic and another was refused: mend that one.",
            )


def new_node(spoken: Spoken, speaker: Speaker) -> dict[str, Any]:
    """The properties of a node where it is new."""
    named = spoken.named
    assert named is not None  # noqa: S101 - what is said of a node names it
    node = SCHEMA.node(named.label)
    if named.by_id:
        return {"uid": named.uid}  # it was found
    properties: dict[str, Any] = {"uid": named.uid, **named.key, "undescribed": not spoken.items}
    if spoken.items:
        said = {name: value for name, value in spoken.together.items() if value is not None}
        properties |= {**said, "scopes": speaker.scopes(()), "loads": speaker.marks(())}
    properties["sortKey"] = sort_key([named.key[name] for name in node.sort], named.uid)
    properties["searchText"] = search_text(node, properties)
    if named.label == "ModelVersion":
        word = Word(speaker.source, speaker.actor, speaker.now, spoken.together)
        claims = stored_claims(claimed({}, [word], speaker.now), speaker.now)
        properties |= {name: value for name, value in claims.items() if value is not None}
    return properties
