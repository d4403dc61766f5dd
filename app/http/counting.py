"""What this process has done since it began, counted while it answers: whole numbers and sums, and nothing else."""

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

BOUNDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Seconds up to which requests are counted together; one more count is of all that took longer."""

OTHER = "other"
"""The path under which requests for what is not there are counted: whoever makes paths up adds no series."""


@dataclass(slots=True)
class Took:
    """How long requests took.

    Attributes:
        counts: how many took up to each of the bounds and longer than the one before; the last is of all that is above.
        seconds: of all of them together.
    """

    counts: list[int] = field(default_factory=lambda: [0] * (len(BOUNDS) + 1))
    seconds: float = 0.0

    def add(self, seconds: float) -> None:
        """Counts one more."""
        self.counts[bisect_left(BOUNDS, seconds)] += 1
        self.seconds += seconds


class Counts:
    """Counts what was answered and what was sent to the graph.

    Args:
        paths: which are counted apart; all that begins with one, where that ends in a slash.

    Attributes:
        requests: by path and status.
        took: by path.
        errors: of GraphQL, by their codes.
        cost: of the operations that were asked for.
        statements: sent to the graph.
    """

    def __init__(self, paths: Iterable[str] = ()) -> None:
        self._paths = tuple(paths)
        self.requests: Counter[tuple[str, int]] = Counter()
        self.took: dict[str, Took] = defaultdict(Took)
        self.errors: Counter[str] = Counter()
        self.cost = 0
        self.statements = 0

    def answered(self, path: str, status: int, seconds: float, notes: Mapping[str, Any]) -> None:
        """Counts a request.

        Args:
            path: of its address.
            status: of its answer.
            seconds: from its beginning to its end.
            notes: what the log says of it.
        """
        place = self._place(path)
        self.requests[place, status] += 1
        self.took[place].add(seconds)
        self.cost += notes.get("cost", 0)
        self.errors.update(notes.get("codes", ()))

    def sent(self, _statement: str, _parameters: Mapping[str, Any]) -> None:
        """Counts a statement."""
        self.statements += 1

    def _place(self, path: str) -> str:
        for each in self._paths:
            if path == each or (each.endswith("/") and path.startswith(each)):
                return each
        return OTHER
