"""GraphQL over HTTP against the raw driver that runs the very statements which the service sends for it."""

from collections.abc import Callable, Iterator
from typing import Any, LiteralString, cast

from neo4j import Session

from tests.bench import questions
from tests.bench.inventory import ASKED, NAMESPACE, make
from tests.bench.registering import register
from tests.bench.results import Finding, Goal, Side
from tests.bench.subject import Sent, Subject
from tests.bench.timing import Effort, interleave

SIZE = 1_000
ABOUT_ASKED = {"of": [{"dataset": {"namespace": NAMESPACE, "name": ASKED}}]}
GOAL = Goal(1.5, "≤", " ×")

ROWS: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("headline question with witness, endpoints and hops", questions.HEADLINE, ABOUT_ASKED),
    ("the same with how complete it is (two statements)", questions.COMPLETE, ABOUT_ASKED),
    ("list of 100 × 5 fields", questions.LIST, {}),
    ("three-level nested list", questions.NESTED, {}),
)


def measure(fresh: Callable[[], Subject], effort: Effort, size: int = SIZE) -> Iterator[Finding]:
    """A row for each question, over an inventory of that many versions."""
    subject = fresh()
    register(subject.client, make(size).items())
    with subject.reading() as session:
        for name, query, variables in ROWS:
            yield _row(subject, session, name, query, variables, effort)


def _row(
    subject: Subject, session: Session, name: str, query: str, variables: dict[str, Any], effort: Effort
) -> Finding:
    data, sent = subject.sent_for(query, variables)
    assert subject.ask(query, variables) == data, f"{name}: over HTTP and in process the answers differ"
    assert size_of(data), f"{name}: nothing is answered, so that nothing is measured"
    request = subject.request(query, variables)
    pair = interleave(lambda: subject.client.send(request), lambda: run(session, sent), effort)
    return Finding(
        subject.engine,
        f"GraphQL over HTTP ÷ raw driver, same Cypher: {name}",
        GOAL,
        pair.slower(),
        {"Pedigree": Side.time(pair.ours), "driver": Side.time(pair.theirs)},
        f"{size_of(data)} rows at the top",
    )


def run(session: Session, sent: list[Sent]) -> list[list[list[Any]]]:
    """The records of each statement, in auto-commit transactions."""
    return [session.run(cast("LiteralString", each.text), each.parameters).values() for each in sent]


def size_of(data: dict[str, Any]) -> int:
    """How many edges the answer's one root field has."""
    (root,) = data.values()
    return len(root["edges"])
