"""Registering in bulk, against the raw statements that write the same rows."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any, LiteralString, cast

from neo4j import ManagedTransaction

from tests.bench.bulk_calls import calls
from tests.bench.registering import ITEMS_A_CALL, checked
from tests.bench.results import Finding, Goal, Side
from tests.bench.subject import Subject
from tests.bench.timing import Effort, Pair, interleave

GOAL = Goal(0.5, "≥", " ×")
_TOKEN = "MATCH (n:Run) WHERE NOT n.uid IN $known RETURN n.lock LIMIT 1"
"""What the call wrote on all that it made; what it found there bears the same after the word `seen`."""

_NODES = "MATCH (n) WHERE n.lock IN [$token, 'seen ' + $token] RETURN labels(n)[0], collect(properties(n))"
_RELATIONSHIPS = """
MATCH (a)-[r]->(b) WHERE r.lock IN [$token, 'seen ' + $token]
RETURN type(r), labels(a)[0], labels(b)[0], collect([a.uid, b.uid, properties(r)])
"""


@dataclass(frozen=True, slots=True)
class Stored:
    """What one call wrote, row by row, as the engine holds it: what it made, and what it named that was there.

    Attributes:
        nodes: the properties of the nodes of each label.
        relationships: for each type and the labels of its ends: the ends' uids and the properties.
        old: the uids of what was there before.
    """

    nodes: dict[str, list[dict[str, Any]]]
    relationships: dict[tuple[str, str, str], list[tuple[str, str, dict[str, Any]]]]
    old: frozenset[str] = frozenset()

    def renamed(self, mark: str) -> "Stored":
        """The same rows, what was new under other uids, so that it is new to the engine again."""

        def other(uid: str) -> str:
            return uid if uid in self.old else f"{mark}{uid}"

        def row(properties: dict[str, Any]) -> dict[str, Any]:
            return properties | {"uid": other(properties["uid"])}

        return Stored(
            {label: [row(each) for each in rows] for label, rows in self.nodes.items()},
            {
                ends: [(other(near), other(far), row(each)) for near, far, each in rows]
                for ends, rows in self.relationships.items()
            },
            self.old,
        )

    @property
    def rows(self) -> int:
        """How many there are."""
        return sum(map(len, self.nodes.values())) + sum(map(len, self.relationships.values()))


def measure(fresh: Callable[[], Subject], effort: Effort) -> Iterator[Finding]:
    """Items a second, ours as a share of the raw statements'."""
    subject = fresh()
    requests = calls(subject)
    for request in islice(requests, 3):  # what many batches share is there, as in any inventory that is used
        checked(subject.client.send(request))
    stored = _stored_by(subject, next(requests))
    pair = _interleaved(subject, requests, stored, effort)
    share = Pair(pair.theirs, pair.ours).slower()
    yield Finding(
        subject.engine,
        f"bulk registering over HTTP ({ITEMS_A_CALL} items a call) ÷ raw UNWIND of the same rows",
        GOAL,
        share,
        {
            "Pedigree": Side.rate(pair.ours, ITEMS_A_CALL, "items"),
            "driver": Side.rate(pair.theirs, ITEMS_A_CALL, "items"),
        },
        f"each call names {stored.rows} nodes and relationships, those included that are there already",
    )


def _interleaved(subject: Subject, requests: Iterator[bytes], stored: Stored, effort: Effort) -> Pair:
    """Both sides write rows that are new each time; they are made ready while no clock runs."""
    ready = list(islice(requests, effort.warm_up + effort.turns))
    ours = iter(ready)
    theirs = iter([stored.renamed(f"{number:06d}") for number in range(len(ready))])

    def theirs_once() -> None:
        rows = next(theirs)
        subject.write(lambda transaction: write_raw(transaction, rows))

    return interleave(lambda: checked(subject.client.send(next(ours))), theirs_once, effort)


def _stored_by(subject: Subject, call: bytes) -> Stored:
    """What one call writes."""
    with subject.reading() as session:
        old = [row[0] for row in session.run("MATCH (n) WHERE n.uid IS NOT NULL RETURN n.uid").values()]
        old += [row[0] for row in session.run("MATCH ()-[r]->() WHERE r.uid IS NOT NULL RETURN r.uid").values()]
        result = checked(subject.client.send(call))
        assert result["created"] == ITEMS_A_CALL, f"not all items are new: {result['created']}"
        [[token]] = session.run(_TOKEN, known=old).values()
        nodes = session.run(_NODES, token=token).values()
        joined = session.run(_RELATIONSHIPS, token=token).values()
    return Stored(
        {row[0]: row[1] for row in nodes},
        {(type_, near, far): [tuple(row) for row in rows] for type_, near, far, rows in joined},
        frozenset(old),
    )


def write_raw(transaction: ManagedTransaction, stored: Stored) -> None:
    """The rows by one statement for each label and one for each type and its ends, as the engine's manual shows it."""
    for label, rows in stored.nodes.items():
        transaction.run(
            statement(f"UNWIND $rows AS row MERGE (n:{label} {{uid: row.uid}}) SET n += row"), rows=rows
        ).consume()
    for (type_, near, far), edges in stored.relationships.items():
        rows = [{"near": start, "far": end, "uid": row["uid"], "row": row} for start, end, row in edges]
        transaction.run(
            statement(
                f"UNWIND $rows AS row MATCH (a:{near} {{uid: row.near}}) MATCH (b:{far} {{uid: row.far}}) "
                f"MERGE (a)-[r:{type_} {{uid: row.uid}}]->(b) SET r += row.row"
            ),
            rows=rows,
        ).consume()


def statement(text: str) -> LiteralString:
    """A text of our own making as the driver wants it typed."""
    return cast("LiteralString", text)
