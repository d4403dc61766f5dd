"""Fills a graph past the service, by the engine's own statements, many times as fast as the service would."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, LiteralString

from neo4j import ManagedTransaction

from app.registry.writing import placed
from graph_schema.identity import relationship_uid, sort_key, uid
from tests.bench.bulk import statement
from tests.bench.inventory import SOURCE
from tests.bench.subject import Subject

_ROWS = 5_000
SAID = {"source": SOURCE, "method": "CLAIMED", "confidence": 1.0, "recordedAt": 1_760_000_000_000_000}
"""What is stored of who said something."""

Key = tuple[str, ...]
"""The parts of a natural key, in their order."""


def node(label: str, names: tuple[str, ...], key: Key, **more: Any) -> dict[str, Any]:
    """The stored properties of a node.

    Args:
        label: its label.
        names: of the parts of its key, as they are stored.
        key: the parts.
        more: other properties.
    """
    known = uid(label, key)
    told = dict(zip(names, key, strict=True))
    return told | {"uid": known, "sortKey": sort_key(key, known), "undescribed": False} | more | SAID


def joined(type_: str, near: tuple[str, Key], far: tuple[str, Key]) -> dict[str, Any]:
    """A relationship: the uids of its ends, each given by label and key, and its stored properties."""
    start, end = uid(*near), uid(*far)
    return {"near": start, "far": end, "row": {"uid": relationship_uid(type_, start, end, SOURCE), **SAID}}


def create_nodes(subject: Subject, label: str, rows: Iterable[dict[str, Any]]) -> None:
    """Creates nodes of that label."""
    _write(subject, statement(f"UNWIND $rows AS row CREATE (n:{label}) SET n = row"), rows)


def create_relationships(subject: Subject, type_: str, near: str, far: str, rows: Iterable[dict[str, Any]]) -> None:
    """Creates relationships of that type between nodes of those labels."""
    text = statement(
        f"UNWIND $rows AS row MATCH (a:{near} {{uid: row.near}}) MATCH (b:{far} {{uid: row.far}}) "
        f"CREATE (a)-[r:{type_}]->(b) SET r = row.row{placed(subject.dialect, type_)}"
    )
    _write(subject, text, rows)


def _write(subject: Subject, text: LiteralString, rows: Iterable[dict[str, Any]]) -> None:
    for taken in _slices(rows):

        def work(transaction: ManagedTransaction, taken: list[dict[str, Any]] = taken) -> None:
            transaction.run(text, rows=taken).consume()

        subject.write(work)


def _slices(rows: Iterable[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    rest = iter(rows)
    while taken := list(islice(rest, _ROWS)):
        yield taken
