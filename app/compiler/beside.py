"""What is read beside a thing, by statements of their own in the same text: the rows come from one `UNION ALL`."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.compiler.inputs import Inputs


@dataclass(frozen=True, slots=True)
class Named:
    """A thing that the statement finds by its natural key.

    Attributes:
        uid: how the text names its uid.
        order: its natural order.
    """

    uid: str
    order: "Callable[[Inputs], str]"


class Beside:
    """The lists that statements of their own read beside the one of the thing that they are at, in one text."""

    def __init__(self) -> None:
        self._texts: list[str] = []

    def add(self, found: str, row: str, order: str) -> int:
        """Where in `top` the list stands: its rows.

        Args:
            found: the clauses that find the things.
            row: what is brought of each.
            order: the order, and how many of them.
        """
        number = len(self._texts)
        self._texts.append(f"{found} RETURN {row} AS answer, {number} AS top {order} UNION ALL ")
        return -1 - number

    def statement(self, own: str) -> str:
        """The whole text; the thing's own statement comes last, and returns `answer` and `top`, a list."""
        return f"{''.join(self._texts)}{own}"

    def own(self, records: Any) -> list[Any]:
        """Of the records of the whole those of the thing's own statement."""
        return [record for record in records if isinstance(record[1], list)] if self._texts else records

    def top(self, records: Any) -> list[Any]:
        """The values of `Compiler.top_expression`, and behind them the lists."""
        own = self.own(records)
        values: list[Any] = own[0][1] if own else []
        return [*values, *([row for row, number in records if number == at] for at in self._numbers())]

    def _numbers(self) -> range:
        return range(len(self._texts) - 1, -1, -1)
