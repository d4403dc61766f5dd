"""A small inventory made from random numbers, in memory and in a graph."""

import random
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, LiteralString, cast

from app.graph.driver import Graph
from app.graph.transaction import Transaction
from app.registry.writing import placed
from graph_schema.canonical import canonical
from graph_schema.declare import Kind, Node, Property
from graph_schema.identity import relationship_uid, sort_key, uid
from graph_schema.nodes import DESCRIBED, FILE_KINDS, SOURCE
from graph_schema.relationships import SCHEMA
from graph_schema.repositories import normalise_repository
from graph_schema.search import search_text

WORDS = ("alpha", "Beta", "gamma ray", "ünïcode", "", 'delta\'s "quote"', "epsilon\nline", "O'Neill", "ζήτα", "🦆")
RENAMED = {("Run", "source"): "runSource"}
"""What is stored under another name than that of the API."""

TEAMS = ("default", "sales", "risk")
"""The namespaces of what has none in its key; and, where it is asked for, of what has."""

LIVES = ("DatasetVersion", "ModelVersion", "Run")

_CERTAIN: Mapping[str, tuple[tuple[str, str], ...]] = {
    "VERSION_OF": (("DatasetVersion", "Dataset"), ("ModelVersion", "Model")),
    "EVALUATES": (("Evaluation", "ModelVersion"),),
    "SERVES": (("Deployment", "ModelVersion"),),
    "HOSTS": (("Deployment", "Endpoint"),),
    "ABOUT": (),
    "SNAPSHOT_OF": (),
}
"""What leads from each thing of a label to one thing only; what is said of things is kept beside them."""


@dataclass(frozen=True, slots=True)
class Thing:
    """A node."""

    label: str
    uid: str
    stored: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Link:
    """A relationship."""

    type: str
    start: str
    end: str
    stored: Mapping[str, Any]


@dataclass(slots=True)
class Inventory:
    """Nodes and relationships, found by what tests ask for."""

    things: dict[str, Thing] = field(default_factory=dict)
    links: list[Link] = field(default_factory=list)
    statements: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))
    forward: dict[tuple[str, str], list[Link]] = field(default_factory=lambda: defaultdict(list))
    backward: dict[tuple[str, str], list[Link]] = field(default_factory=lambda: defaultdict(list))
    sight: frozenset[str] | None = None
    """The namespaces that who asks may see; None for all."""

    def add(self, thing: Thing) -> None:
        self.things[thing.uid] = thing

    def link(self, link: Link) -> None:
        self.links.append(link)
        self.forward[link.type, link.start].append(link)
        self.backward[link.type, link.end].append(link)

    def of(self, label: str) -> list[Thing]:
        return [thing for thing in self.things.values() if thing.label == label]

    def sees(self, thing: Thing) -> bool:
        """Whether who asks may see it: its own namespace, one of its list, and that of a version in its key."""
        if self.sight is None:
            return True
        keyed = {value for name, value in thing.stored.items() if name in {"namespace", "modelNamespace"}}
        listed = "namespace" in thing.stored or not self.sight.isdisjoint(thing.stored.get("namespaces", ()))
        return listed and keyed <= self.sight

    def sighted(self, sight: frozenset[str]) -> "Inventory":
        """The same for who sees these namespaces only; of others they do not even learn the names."""
        made = Inventory(statements=self.statements, sight=sight)
        for thing in self.things.values():
            named = thing.stored.get("namespaces")
            stored = {} if named is None else {"namespaces": [each for each in named if each in sight]}
            made.add(replace(thing, stored={**thing.stored, **stored}))
        for link in self.links:
            made.link(link)
        return made


def random_inventory(
    seed: int, size: int = 6, now: int = 1_760_000_000_000_000, teams: tuple[str, ...] = ()
) -> Inventory:
    """The same inventory for the same seed: about `size` things of each label, and relationships of every type.

    Without `teams`, the namespaces that keys have, each key has one of its own.
    """
    rng = random.Random(seed)
    made = Inventory()
    for node in (*DESCRIBED, SOURCE):
        for number in range(size):
            made.add(_thing(rng, made, node, number, now, teams))
    for type_, start, end in _pairs(rng, made, size):
        _relate(rng, made, Link(type_, start.uid, end.uid, {}), now)
    for node in DESCRIBED:
        for thing in made.of(node.label):
            _tell(rng, made, node, thing)
    return made


def _tell(rng: random.Random, made: Inventory, node: Node, thing: Thing) -> None:
    """What sources said of a thing: words that hold, were superseded or retracted; of some things nothing is kept."""
    told: list[dict[str, Any]] = []
    at = thing.stored["recordedAt"]
    for source in rng.sample(("mlflow", "manual", "airflow"), rng.choice((0, 0, 1, 2, 3))):
        for number in range(rng.choice((1, 1, 2, 3))):
            at -= rng.randrange(3) * 10**6
            said = {each.stored_as: _value(rng, each, at, None) for each in node.properties if rng.random() < 0.5}
            since = {name: at - 10**9 * rng.randrange(1, 4) for name in said if rng.random() < 0.3}
            ended = "" if not number else rng.choice(("supersededAt", "retractedAt"))
            told.append(
                {
                    "uid": uid("Statement", (thing.uid, source, at - number)),
                    "about": thing.uid,
                    "aboutLabel": node.label,
                    "source": source,
                    "assertedBy": uid("Actor", ("pedigree", source)),
                    "method": rng.choice(("CLAIMED", "CLAIMED", "VERIFIED")),
                    "confidence": rng.choice((1.0, 0.25)),
                    "recordedAt": at - number,
                    "word": canonical(said),
                    **({"since": canonical(since)} if since else {}),
                    **({ended: at + 10**6} if ended else {}),
                    **({"retractedBy": uid("Actor", ("pedigree", "local"))} if ended == "retractedAt" else {}),
                }
            )
    made.statements[thing.uid] = told
    held = sum("supersededAt" not in each and "retractedAt" not in each for each in told)
    made.add(replace(thing, stored={**thing.stored, "statements": 0 if thing.stored["undescribed"] else held}))


def _pairs(rng: random.Random, made: Inventory, size: int) -> Iterator[tuple[str, Thing, Thing]]:
    """What is related, by which type."""
    for relationship in SCHEMA.relationships:
        if relationship.type in _CERTAIN:
            continue
        for start, end in relationship.ends:
            for _ in range(size * 2):
                yield relationship.type, rng.choice(made.of(start)), rng.choice(made.of(end))
    for type_, ways in _CERTAIN.items():
        for label, end in ways:
            for thing in made.of(label):
                (implied,) = (each for each in SCHEMA.node(label).implied if each.type == type_)
                other = made.things[uid(end, [thing.stored[name] for name in implied.parts])]
                yield (type_, other, thing) if type_ == "HOSTS" else (type_, thing, other)


def _relate(rng: random.Random, made: Inventory, link: Link, now: int) -> None:
    # Two sources may say the same: a thing must then not be listed twice.
    for source in rng.sample(("mlflow", "manual", "airflow"), rng.choice((1, 1, 2))):
        stored: dict[str, Any] = {
            "uid": relationship_uid(link.type, link.start, link.end, source),
            "source": source,
            "method": "CLAIMED",
            "confidence": rng.choice((1.0, 0.5)),
            "recordedAt": now - rng.randrange(10**12),
        }
        if link.type == "CONTAINS":
            stored |= _file(stored["recordedAt"])
        if SCHEMA.relationship(link.type).bounded:
            for name in ("validFrom", "validTo"):
                if rng.random() < 0.6:
                    stored[name] = now + rng.choice((-1, 1)) * 10**15 * rng.randrange(1, 9)
        made.link(replace(link, stored=stored))


def _file(number: int) -> dict[str, Any]:
    """What is said of a file: few paths, so that several sources and artifacts meet at one."""
    method = "VERIFIED" if number % 4 == 0 else "CLAIMED"
    kind = (*FILE_KINDS, None)[number % (len(FILE_KINDS) + 1)]
    return {"path": f"folder/{number % 5}", "method": method, **({} if kind is None else {"kind": kind})}


def _thing(rng: random.Random, made: Inventory, node: Node, number: int, now: int, teams: tuple[str, ...]) -> Thing:
    key = _key(rng, made, node, number, now, teams)
    found = uid(node.label, key)
    stored: dict[str, Any] = dict(zip(node.key_names, key, strict=True))
    undescribed = node.label != "Source" and rng.random() < 0.2
    for each in () if undescribed else node.properties:
        if rng.random() < 0.7:
            stored[each.stored_as] = _value(rng, each, now, None)
    stored["uid"] = found
    if node.label != "Source":
        stored |= _said(rng, undescribed=undescribed, now=now)
        stored["sortKey"] = sort_key([stored[name] for name in node.sort], found)
        stored["searchText"] = search_text(node, stored)
        if not node.namespaced:
            stored["namespaces"] = sorted(rng.sample(TEAMS, rng.randrange(1, 3)))
    elif teams:
        stored["namespaces"] = sorted(rng.sample(teams, rng.randrange(1, 3)))
    if node.label == "ModelVersion":
        stored["stage"] = stored.get("claimedStage", "DEVELOPMENT")
    if number == 0 and node.label in LIVES:
        stored["retractedAt"] = now
    return Thing(node.label, found, stored)


def _key(rng: random.Random, made: Inventory, node: Node, number: int, now: int, teams: tuple[str, ...]) -> list[Any]:
    """A key of its own; what belongs to a thing begins with the key of that."""
    key = [
        rng.choice(teams) if teams and part.name == "namespace" else _value(rng, part, now, number)
        for part in _flat(node)
    ]
    for implied in node.implied:
        if implied.parts:
            owner = rng.choice(made.of(implied.label)).stored
            for name, part in zip(implied.parts, SCHEMA.node(implied.label).key_names, strict=True):
                key[node.key_names.index(name)] = owner[part]
    return key


def _said(rng: random.Random, *, undescribed: bool, now: int) -> dict[str, Any]:
    said: dict[str, Any] = {"undescribed": undescribed, "recordedAt": now - rng.randrange(4) * 10**9}
    if not undescribed:
        said |= {
            "source": rng.choice(("mlflow", "manual")),
            "assertedBy": uid("Actor", ("pedigree", "local")),
            "method": "CLAIMED",
            "confidence": rng.choice((1.0, 0.25)),
        }
    return said


def _flat(node: Node) -> list[Property]:
    parts: list[Property] = []
    for part in node.key:
        parts += [part] if isinstance(part, Property) else _flat(SCHEMA.node(part.label))
    return parts


def _value(rng: random.Random, declared: Property, now: int, number: int | None) -> Any:
    """Some value of the property; one of its own for each number."""
    if declared.choices:
        return rng.choice(declared.choices)
    if number is None:
        return _MADE[declared.kind](rng, declared, now)
    return now + number * 1_000_001 if declared.kind is Kind.TIME else _keyed(rng, declared, number)


def _keyed(rng: random.Random, declared: Property, number: int) -> str:
    if declared.kind is Kind.DIGEST:
        return _digest(rng)
    text = f"{rng.choice(WORDS)} {number}"
    return normalise_repository(text) if declared.name == "repository" else text


def _digest(rng: random.Random) -> str:
    return f"sha256:{rng.randrange(16**64):064x}"


_MADE: Mapping[Kind, Callable[[random.Random, Property, int], Any]] = {
    Kind.TEXT: lambda rng, _, __: rng.choice(WORDS),
    Kind.INTEGER: lambda rng, declared, _: rng.choice((1, 2, 9) if declared.maximum else (0, 7, 2**53 + 1, 2**62)),
    Kind.FLOAT: lambda rng, _, __: rng.choice((0.0, 0.25, 1.0)),
    Kind.BOOLEAN: lambda rng, _, __: rng.random() < 0.5,
    Kind.TIME: lambda rng, _, now: now + rng.choice((-1, 1, 0)) * rng.randrange(10**15),
    Kind.JSON: lambda rng, _, __: canonical(rng.choice(({}, {"b": [1, None, "ü"], "a": 0.5}, [1, 2], "text", 7))),
    Kind.DIGEST: lambda rng, _, __: _digest(rng),
    Kind.TEXTS: lambda rng, _, __: rng.sample(WORDS, 2),
}


async def pour(graph: Graph, inventory: Inventory) -> None:
    """Stores it in a graph that is empty."""

    async def work(transaction: Transaction) -> None:
        by_label: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for thing in inventory.things.values():
            by_label[thing.label].append(dict(thing.stored))
        for label, rows in by_label.items():
            await transaction.run(_constant(f"UNWIND $rows AS row CREATE (n:{label}) SET n = row"), {"rows": rows})
        told = [each for of_thing in inventory.statements.values() for each in of_thing]
        for label in {each["aboutLabel"] for each in told}:
            await transaction.run(
                _constant(
                    f"UNWIND $rows AS row MATCH (n:{label} {{uid: row.about}}) "
                    "CREATE (s:Statement)-[:ABOUT]->(n) SET s = row"
                ),
                {"rows": [each for each in told if each["aboutLabel"] == label]},
            )
        by_type: dict[tuple[str, str, str], list[dict[str, Any]]] = defaultdict(list)
        for link in inventory.links:
            ends = inventory.things[link.start].label, inventory.things[link.end].label
            by_type[link.type, *ends].append({"start": link.start, "end": link.end, "stored": dict(link.stored)})
        for (type_, start, end), rows in by_type.items():
            await transaction.run(
                _constant(
                    f"UNWIND $rows AS row MATCH (a:{start} {{uid: row.start}}) MATCH (b:{end} {{uid: row.end}}) "
                    f"CREATE (a)-[r:{type_}]->(b) SET r = row.stored{placed(graph.engine, type_)}"
                ),
                {"rows": rows},
            )

    await graph.write(work)


def _constant(text: str) -> LiteralString:
    return cast("LiteralString", text)
