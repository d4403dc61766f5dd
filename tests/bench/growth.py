"""The headline question, with an answer that stays the same, in a graph of 10⁴ nodes and in one of 10⁶."""

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from math import log
from typing import Any

from neo4j import ManagedTransaction

from graph_schema.identity import relationship_uid, sort_key, uid
from tests.bench import questions
from tests.bench.bulk import statement
from tests.bench.inventory import ASKED, NAMESPACE, SOURCE
from tests.bench.results import Finding, Goal, milliseconds
from tests.bench.subject import Subject, subjects
from tests.bench.timing import Effort, Spread, interleave

SIZES = (10_000, 1_000_000)
GOAL = Goal(0.05, "≤")
ANSWERS = 20
_NODES_A_CELL = 3
"""A version, the run that made it, and the data that the run was trained on."""

_ROWS = 5_000
_SAID = {"source": SOURCE, "method": "CLAIMED", "confidence": 1.0, "recordedAt": 1_760_000_000_000_000}
Key = tuple[str, ...]


def measure(engine: str, effort: Effort, sizes: tuple[int, int] = SIZES) -> Iterator[Finding]:
    """One row: by which power of the number of nodes the time grows. Both graphs answer at the same time, in turn."""
    with subjects(engine) as fresh_small, subjects(engine) as fresh_large:
        small, large = _filled(fresh_small, sizes[0]), _filled(fresh_large, sizes[1])
        request = {name: subject.request(questions.HEADLINE, _ABOUT) for name, subject in _named(small, large)}
        pair = interleave(
            lambda: large.client.send(request["large"]), lambda: small.client.send(request["small"]), effort
        )
        ratio = pair.slower()
        power = log(sizes[1] / sizes[0])
        yield Finding(
            large.engine,
            f"headline question's growth from {sizes[0]:,} to {sizes[1]:,} nodes (exponent)",
            GOAL,
            Spread(log(ratio.median) / power, log(ratio.low) / power, log(ratio.high) / power, ratio.count),
            {
                f"{sizes[1]:,}": milliseconds(Spread.of(pair.ours)),
                f"{sizes[0]:,}": milliseconds(Spread.of(pair.theirs)),
            },
            f"{ANSWERS} answers in both, each with its witness; both graphs are loaded past the service",
        )


_ABOUT = {"of": [{"dataset": {"namespace": NAMESPACE, "name": ASKED}}]}


def _named(small: Subject, large: Subject) -> tuple[tuple[str, Subject], ...]:
    return ("small", small), ("large", large)


def _filled(fresh: Callable[[], Subject], size: int) -> Subject:
    """A subject with that many nodes, its answer checked."""
    subject = fresh()
    cells = size // _NODES_A_CELL
    for label in ("Dataset", "DatasetVersion", "Run", "Model", "ModelVersion"):
        text = statement(f"UNWIND $rows AS row CREATE (n:{label}) SET n = row")
        _write(subject, text, _nodes(label, cells))
    for type_, near, far in (
        ("VERSION_OF", "DatasetVersion", "Dataset"),
        ("VERSION_OF", "ModelVersion", "Model"),
        ("TRAINED_ON", "Run", "DatasetVersion"),
        ("GENERATED_BY", "ModelVersion", "Run"),
    ):
        text = statement(
            f"UNWIND $rows AS row MATCH (a:{near} {{uid: row.near}}) MATCH (b:{far} {{uid: row.far}}) "
            f"CREATE (a)-[r:{type_}]->(b) SET r = row.row"
        )
        _write(subject, text, _joined(type_, near, far, cells))
    found = subject.ask(questions.HEADLINE, _ABOUT)["impact"]["edges"]
    assert len(found) == ANSWERS, f"{len(found)} versions are found, and {ANSWERS} are there"
    return subject


def _write(subject: Subject, text: Any, rows: Iterable[dict[str, Any]]) -> None:
    rest = iter(rows)
    while taken := list(islice(rest, _ROWS)):

        def work(transaction: ManagedTransaction, taken: list[dict[str, Any]] = taken) -> None:
            transaction.run(text, rows=taken).consume()

        subject.write(work)


def _key(label: str, cell: int) -> Key:
    """The natural key of a cell's node; the first cells share the dataset that is asked for."""
    data = ASKED if cell < ANSWERS else f"data-{cell // 20}"
    model = f"model-{cell // 10:07d}"
    return {
        "Dataset": (NAMESPACE, data),
        "DatasetVersion": (NAMESPACE, data, str(cell)),
        "Run": (SOURCE, f"{cell:032x}"),
        "Model": (NAMESPACE, model),
        "ModelVersion": (NAMESPACE, model, str(cell % 10)),
    }[label]


def _nodes(label: str, cells: int) -> Iterator[dict[str, Any]]:
    names = ("runSource", "runId") if label == "Run" else ("namespace", "name", "version")
    before: Key | None = None
    for cell in range(cells):
        key = _key(label, cell)
        if key == before:
            continue
        before = key
        known = uid(label, key)
        row = dict(zip(names, key, strict=False)) | {
            "uid": known,
            "sortKey": sort_key(key, known),
            "undescribed": False,
        }
        if label == "ModelVersion":
            row |= {"stage": "PRODUCTION" if cell < ANSWERS or cell % 20 == 0 else "DEVELOPMENT"}
        yield row | _SAID


def _joined(type_: str, near: str, far: str, cells: int) -> Iterator[dict[str, Any]]:
    for cell in range(cells):
        start, end = uid(near, _key(near, cell)), uid(far, _key(far, cell))
        known = relationship_uid(type_, start, end, SOURCE)
        yield {"near": start, "far": end, "row": {"uid": known, **_SAID}}
