"""How many Bolt statements a root field costs."""

from collections.abc import Callable, Iterator

from tests.bench import questions
from tests.bench.driver_side import ABOUT_ASKED
from tests.bench.inventory import make
from tests.bench.registering import register
from tests.bench.results import Finding, Goal, Side
from tests.bench.subject import Subject
from tests.bench.timing import Spread

GOAL = Goal(1, "=")


def measure(fresh: Callable[[], Subject], size: int = 100) -> Iterator[Finding]:
    """The most that any of the measured questions costs."""
    subject = fresh()
    register(subject.client, make(size).items())
    start = {"start": ABOUT_ASKED["of"]}
    asked = {
        "impact": (questions.HEADLINE, ABOUT_ASKED),
        "lineage": (questions.REACH, start),
        "modelVersions": (questions.LIST, {}),
        "models": (questions.NESTED, {}),
    }
    counts = {name: len(subject.sent_for(query, variables)[1]) for name, (query, variables) in asked.items()}
    yield Finding(
        subject.engine,
        "Bolt statements for a root field",
        GOAL,
        Spread.of([float(count) for count in counts.values()]) if len({*counts.values()}) == 1 else _most(counts),
        {name: Side.of(count) for name, count in counts.items()},
    )


def _most(counts: dict[str, int]) -> Spread:
    return Spread(float(max(counts.values())), float(min(counts.values())), float(max(counts.values())), len(counts))
