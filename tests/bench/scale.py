"""Where values lie on an axis."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor, log10
from typing import Self

_WIDE = 15
"""When the largest value is more than so many times the smallest, the axis goes by powers of ten."""


@dataclass(frozen=True, slots=True)
class Scale:
    """An axis from left to right.

    Attributes:
        left: the pixel of the low end.
        right: the pixel of the high end.
        low: the value there.
        high: the value there.
        powers: whether equal steps are equal ratios; otherwise the axis begins at zero.
    """

    left: float
    right: float
    low: float
    high: float
    powers: bool

    @classmethod
    def over(cls, values: Sequence[float], left: float, right: float) -> Self:
        """An axis on which all of these fit, which are more than zero."""
        low, high = min(values), max(values)
        if high / low <= _WIDE:
            return cls(left, right, 0.0, _rounded_up(high), powers=False)
        return cls(left, right, 10.0 ** floor(log10(low)), 10.0 ** ceil(log10(high)), powers=True)

    def at(self, value: float) -> float:
        """The pixel of a value; of one beyond an end, that end's."""
        inside = min(max(value, self.low), self.high)
        if self.powers:
            share = log10(inside / self.low) / log10(self.high / self.low)
        else:
            share = (inside - self.low) / (self.high - self.low)
        return self.left + share * (self.right - self.left)

    def marks(self) -> list[float]:
        """The values at which the axis is marked."""
        if self.powers:
            return [10.0**power for power in range(round(log10(self.low)), round(log10(self.high)) + 1)]
        return [self.high * step / 4 for step in range(5)]


def _rounded_up(value: float) -> float:
    """The next number that four steps lead to without a long fraction."""
    power = 10.0 ** floor(log10(value))
    return next(step * power for step in (1, 1.2, 1.6, 2, 2.4, 3.2, 4, 6, 8, 10) if step * power >= value)
