"""What a measure found, and whether it is what must be reached."""

from dataclasses import asdict, dataclass, field
from typing import Any, Literal

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
class Finding:
    """One row of the table.

    Attributes:
        engine: on what it was measured.
        measure: what was measured, as `ours ÷ theirs` where it is a ratio.
        goal: what must be reached.
        value: the ratio of the medians, and the spread of the turns' ratios.
        sides: the median of each side, in words with its unit.
        note: what else a reader must know, in a sentence.
    """

    engine: str
    measure: str
    goal: Goal
    value: Spread
    sides: dict[str, str] = field(default_factory=dict)
    note: str = ""

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
            "engine": self.engine,
            "measure": self.measure,
            "goal": str(self.goal),
            "value": asdict(self.value),
            "sides": self.sides,
            "met": self.met,
            "note": self.note,
        }


def figure(value: float) -> str:
    """A number with as many digits as it is worth: three, and none after the point from a hundred on."""
    if value >= 100:
        return f"{value:.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def milliseconds(seconds: Spread) -> str:
    """A spread of seconds in words: `1.24 ms (1.10 to 1.61)`."""
    return f"{figure(seconds.median * 1e3)} ms ({figure(seconds.low * 1e3)} to {figure(seconds.high * 1e3)})"
