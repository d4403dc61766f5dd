"""Two sides, one clock: turn by turn in one run, so that what else the machine does falls on both."""

import gc
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import perf_counter


class Took(float):
    """The seconds that an act took by a clock of its own: that of another process, which is asked through a pipe."""


Action = Callable[[], object]
"""One measured act; what it returns is thrown away, unless it is what it took."""


@dataclass(frozen=True, slots=True)
class Spread:
    """The middle of many values and how far they lie apart, in the unit of the values.

    Attributes:
        median: half of them are below.
        low: a tenth of them are below.
        high: a tenth of them are above.
        count: how many there were.
    """

    median: float
    low: float
    high: float
    count: int

    @classmethod
    def of(cls, values: Sequence[float]) -> "Spread":
        """The spread of these values.

        Raises:
            statistics.StatisticsError: there are none.
        """
        ordered = sorted(values)
        return cls(statistics.median(ordered), _quantile(ordered, 0.1), _quantile(ordered, 0.9), len(ordered))


def _quantile(ordered: Sequence[float], share: float) -> float:
    """The value below which that share lies, between two neighbours in proportion."""
    position = share * (len(ordered) - 1)
    below = int(position)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (position - below)


@dataclass(frozen=True, slots=True)
class Pair:
    """The seconds that two sides took, turn by turn.

    Attributes:
        ours: Pedigree's.
        theirs: the other side's, of the same turns.
        first: what the asks took that settled each side in its turn, and did not count; of our side.
        beside: what the act beside ours took, of the same turns; none where there is none.
    """

    ours: tuple[float, ...]
    theirs: tuple[float, ...]
    first: tuple[float, ...] = ()
    beside: tuple[float, ...] = ()

    def slower(self) -> Spread:
        """How many times longer we took: the ratio of the medians, with the spread of the turns' own ratios."""
        return _ratio(self.ours, self.theirs)

    def faster(self) -> Spread:
        """How many times longer the other side took."""
        return _ratio(self.theirs, self.ours)


def _ratio(upper: Sequence[float], lower: Sequence[float]) -> Spread:
    turns = Spread.of([one / other for one, other in zip(upper, lower, strict=True)])
    return Spread(statistics.median(upper) / statistics.median(lower), turns.low, turns.high, turns.count)


@dataclass(frozen=True, slots=True)
class Effort:
    """How long a pair is measured.

    Attributes:
        turns: at most so many, each of both sides.
        seconds: no new turn after so many seconds.
        least: but so many in any case.
        warm_up: turns before the clock counts.
        asked: acts of our side alone before those turns, where the other's are too long to be repeated as often. The
            engines run on Java, which compiles what is asked often: what the embedded engine computes for one answer
            still falls by a third and more from the 400th to the 3,000th, and hardly after it.
    """

    turns: int = 400
    seconds: float = 20
    least: int = 7
    warm_up: int = 300
    asked: int = 3_000

    def quick(self) -> "Effort":
        """Enough to see that it works, and too little to say anything."""
        return Effort(turns=3, seconds=2, least=1, warm_up=1, asked=10)


def interleave(
    ours: Action, theirs: Action, effort: Effort, *, settle: bool = False, beside: Action | None = None
) -> Pair:
    """What both sides took in turn; who begins changes from turn to turn.

    The collector of garbage rests meanwhile: it would fall on whoever comes when it is due.

    Args:
        ours: one side's act.
        theirs: the other's.
        effort: how long.
        settle: whether each side acts once more before each time that counts: where one side's turn is so long that the
            other's processes have gone cold meanwhile.
        beside: what is timed at the end of each turn, the second time that it is done: what ours could be at best.
    """
    started = perf_counter()
    for turn in range(effort.warm_up):
        ours()
        theirs()
        if turn and perf_counter() - started > effort.seconds / 2:
            break
    taken: tuple[list[float], list[float]] = ([], [])
    first: tuple[list[float], list[float]] = ([], [])
    best: list[float] = []
    gc.collect()
    gc.disable()
    try:
        started = perf_counter()
        for turn in range(effort.turns):
            if turn >= effort.least and perf_counter() - started > effort.seconds:
                break
            for side in (0, 1) if turn % 2 else (1, 0):
                if settle:
                    first[side].append(_time((ours, theirs)[side]))
                taken[side].append(_time((ours, theirs)[side]))
            if beside is not None:
                beside()
                best.append(_time(beside))
    finally:
        gc.enable()
    return Pair(tuple(taken[0]), tuple(taken[1]), tuple(first[0]), tuple(best))


def _time(action: Action) -> float:
    before = perf_counter()
    told = action()
    taken = perf_counter() - before
    return float(told) if isinstance(told, Took) else taken
