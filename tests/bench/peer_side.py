"""A question that a peer answers, too, over HTTP: Pedigree, the peer, and what the engine alone takes for it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.bench.driver_side import run
from tests.bench.results import Finding, Goal, Side, figure
from tests.bench.subject import Subject
from tests.bench.timing import Effort, interleave


@dataclass(frozen=True, slots=True)
class Row:
    """What is measured.

    Attributes:
        measure: as the table has it, `theirs ÷ ours`.
        goal: what must be reached.
        query: the document that Pedigree is asked.
        variables: of the document.
        note: what else a reader must know.
    """

    measure: str
    goal: Goal
    query: str
    variables: dict[str, Any]
    note: str = ""


def measured(subject: Subject, row: Row, peer: str, theirs: Callable[[], object], effort: Effort) -> Finding:
    """How many times longer the peer of that name takes; both answers were held against each other before.

    Each side is asked once more before each time that counts: while one answers, what the other needs goes out of the
    processor's caches, which falls on who answers faster, and on nobody who has one of the two.
    """
    request = subject.request(row.query, row.variables)
    _, sent = subject.sent_for(row.query, row.variables)
    with subject.reading() as session:
        pair = interleave(
            lambda: subject.client.send(request), theirs, effort, settle=True, beside=lambda: run(session, sent)
        )
    bare = Side.time(pair.beside)
    sides = {
        "Pedigree": Side.time(pair.ours),
        "Pedigree cold": Side.time(pair.first),
        peer: Side.time(pair.theirs),
        "driver": bare,
    }
    most = sides[peer].spread.median / bare.spread.median
    notes = (row.note, f"{peer} ÷ the raw driver, same Cypher, which is the most that can be: {figure(most)} ×")
    return Finding(subject.engine, row.measure, row.goal, pair.faster(), sides, ". ".join(filter(None, notes)))
