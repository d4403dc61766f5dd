"""The headline question, with an answer that stays the same, in a graph of 10⁴ nodes and in one of 10⁶."""

from collections.abc import Callable, Iterator
from math import log
from typing import Any

from tests.bench import questions
from tests.bench.inventory import ASKED, NAMESPACE, SOURCE
from tests.bench.past_service import Key, create_nodes, create_relationships, joined, node
from tests.bench.results import Finding, Goal, Side
from tests.bench.subject import Subject, subjects
from tests.bench.timing import Effort, Spread, interleave

SIZES = (10_000, 1_000_000)
GOAL = Goal(0.05, "≤")
ANSWERS = 20
_NODES_A_CELL = 3
"""A version, the run that made it, and the data that the run was trained on."""


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
                f"{sizes[1]:,} nodes": Side.time(pair.ours),
                f"{sizes[0]:,} nodes": Side.time(pair.theirs),
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
        create_nodes(subject, label, _nodes(label, cells))
    for type_, near, far in (
        ("VERSION_OF", "DatasetVersion", "Dataset"),
        ("VERSION_OF", "ModelVersion", "Model"),
        ("TRAINED_ON", "Run", "DatasetVersion"),
        ("GENERATED_BY", "ModelVersion", "Run"),
    ):
        rows = (joined(type_, (near, _key(near, cell)), (far, _key(far, cell))) for cell in range(cells))
        create_relationships(subject, type_, near, far, rows)
    found = subject.ask(questions.HEADLINE, _ABOUT)["impact"]["edges"]
    assert len(found) == ANSWERS, f"{len(found)} versions are found, and {ANSWERS} are there"
    return subject


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
        more: dict[str, Any] = {}
        if label == "ModelVersion":
            more["stage"] = "PRODUCTION" if cell < ANSWERS or cell % 20 == 0 else "DEVELOPMENT"
        yield node(label, names[: len(key)], key, **more)
