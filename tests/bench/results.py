"""What a measure found, and whether it is what must be reached."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, Self

from tests.bench.timing import Spread


@dataclass(frozen=True, slots=True)
class Goal:
    """What must be reached.

    Attributes:
        limit: the number.
        sense: whether the value may be at most or must be at least so much.
        unit: what is written after the number: `×`, ` ms`, or nothing.
    """

    limit: float
    sense: Literal["≤", "≥", "="]
    unit: str = ""

    def reached(self, value: float) -> bool:
        """Whether that value is good enough."""
        if self.sense == "=":
            return value == self.limit
        return value <= self.limit if self.sense == "≤" else value >= self.limit

    def __str__(self) -> str:
        return f"{self.sense} {self.limit:g}{self.unit}"


@dataclass(frozen=True, slots=True)
class Side:
    """What one side needed or did.

    Attributes:
        spread: in the unit.
        unit: what is written after a number: `ms`, `items/s`, `versions/s`, `MB`, or nothing.
    """

    spread: Spread
    unit: str = ""

    @classmethod
    def time(cls, seconds: Sequence[float]) -> Self:
        """How long each turn took."""
        return cls(Spread.of([each * 1e3 for each in seconds]), "ms")

    @classmethod
    def rate(cls, seconds: Sequence[float], number: int, what: str) -> Self:
        """How many of something each turn did in a second, where it did so many."""
        return cls(Spread.of([number / each for each in seconds]), f"{what}/s")

    @classmethod
    def of(cls, value: float, unit: str = "") -> Self:
        """A value that does not vary."""
        return cls(Spread.of([value]), unit)

    def __str__(self) -> str:
        """In words: `1.24 ms (1.10 to 1.61)`."""
        spread = self.spread
        told = f"{_counted(spread.median)} {self.unit}".strip()
        if spread.count == 1:
            return told
        return f"{told} ({_counted(spread.low)} to {_counted(spread.high)})"


@dataclass(frozen=True, slots=True)
class Finding:
    """One row of the table.

    Attributes:
        engine: on what it was measured.
        measure: what was measured, as `ours ÷ theirs` where it is a ratio.
        goal: what must be reached.
        value: the ratio of the medians, and the spread of the turns' ratios.
        sides: what each side needed or did, by its name; ours first, and what else is ours begins with its name.
        note: what else a reader must know, in a sentence.
        group: the measure that it is a row of, by the name that `--only` takes.
    """

    engine: str
    measure: str
    goal: Goal
    value: Spread
    sides: dict[str, Side] = field(default_factory=dict)
    note: str = ""
    group: str = ""

    @property
    def met(self) -> bool:
        """Whether the goal is reached, by the figure that the table shows."""
        return self.goal.reached(float(figure(self.value.median)))

    @property
    def verdict(self) -> str:
        """`met`, or `missed` with the figure."""
        return "met" if self.met else f"missed: {figure(self.value.median)}{self.goal.unit}"

    def as_json(self) -> dict[str, Any]:
        """The same for programs."""
        return {
            "group": self.group,
            "engine": self.engine,
            "measure": self.measure,
            "goal": str(self.goal),
            "value": asdict(self.value),
            "sides": {name: asdict(side) for name, side in self.sides.items()},
            "met": self.met,
            "note": self.note,
        }


def figure(value: float) -> str:
    """A number with as many digits as it is worth: three, and none after the point from a hundred on."""
    if value >= 100:
        return f"{value:.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def _counted(value: float) -> str:
    """A figure of a side: a count is written as one."""
    return f"{value:.0f}" if value == int(value) else figure(value)
