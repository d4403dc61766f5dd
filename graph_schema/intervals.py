"""What holds from one time to another, and cannot end before it begins."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from graph_schema.declare import Node, Relationship
from graph_schema.relationships import VALID_FROM, VALID_TO

_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - only what is printed of it, in UTC


@dataclass(frozen=True, slots=True)
class Interval:
    """Two properties that are one interval.

    Attributes:
        begins: the stored name of the time at which it begins.
        ends: the stored name of the time at which it ends.
        instant: whether it may end as it begins.
    """

    begins: str
    ends: str
    instant: bool

    def flaw(self, said: Mapping[str, Any]) -> str:
        """What is wrong with the two times, and what to do; empty where nothing is, or one of them is not said."""
        begin, end = said.get(self.begins), said.get(self.ends)
        if begin is None or end is None or end > begin or (self.instant and end == begin):
            return ""
        expected = f"{self.begins} or later" if self.instant else f"later than {self.begins}"
        return (
            f"expected {self.ends} to be {expected}, got {_told(end)} and {_told(begin)}: correct one of the two, or "
            f"leave {self.ends} out."
        )


def interval_of(declared: Node | Relationship) -> Interval | None:
    """When a thing is, or a relationship holds; None where the declaration knows no end."""
    if isinstance(declared, Node):
        return Interval(declared.begins, declared.ends, instant=True) if declared.ends else None
    return _VALIDITY if declared.bounded else None


_VALIDITY = Interval(VALID_FROM.stored_as, VALID_TO.stored_as, instant=False)


def _told(at: int) -> str:
    try:
        return f"{(_EPOCH + timedelta(microseconds=at)).isoformat()}Z"
    except OverflowError:  # outside the years 1 to 9999
        return f"{at:,} µs after 1970"
