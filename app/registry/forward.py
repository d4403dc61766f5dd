"""Lists that are paged forward, with edges that tell more than their thing."""

from collections.abc import Callable
from typing import Any

from app.compiler import cursors
from app.compiler.columns import Columns
from app.compiler.compiling import Compiler, Takes
from app.compiler.inputs import Inputs
from app.compiler.paging import NATURAL, Order, Page
from app.compiler.selection import Field
from app.compiler.shaping import Answer, Shape, list_shape


class Forward:
    """One such list while it is compiled; its shapers are given the rows of the page, and one more where others follow.

    Args:
        compiler: of the statement.
        end: the variable that each thing of the list is bound to.
        page: which page an execution asks for.
        order: the list's.

    Attributes:
        row: what the statement brings of each thing.
    """

    def __init__(self, compiler: Compiler, end: str, page: Callable[[Inputs], Page], order: Order = NATURAL) -> None:
        self.row = Columns()
        self._compiler = compiler
        self._end = end
        self._page = page
        self._order = order
        self._sorted = order.value(f"{end}.{order.property}")
        compiler.check(page)

    def bounds(self) -> list[str]:
        """The conditions that a thing is not before the page."""
        if self._page(self._compiler.inputs).after is None:
            return []
        value = self._compiler.parameter(lambda inputs: self._after(inputs, 0))
        uid = "" if self._order.kind is None else self._compiler.parameter(lambda inputs: self._after(inputs, 1))
        return [self._order.beyond(self._sorted, self._end, (value, uid), later=True)]

    def cut(self) -> str:
        """The order and the limit: one more than the page holds is read, so that it is known whether more follow."""
        size = self._compiler.parameter(lambda inputs: self._page(inputs).size + 1)
        return f"ORDER BY {self._order.clause(self._sorted, self._end, backward=False)} LIMIT {size}"

    def edges(self, of: Field, more: Takes) -> Shape:
        """The shaper of the edges; `more` is what they tell beside their thing, taken from its row."""
        takes: Takes = {
            "cursor": lambda _: self._cursor(),
            "node": lambda part: self._compiler.row(part.selection, self._end, self.row),
            **more,
        }
        edge = list_shape(self._compiler.by_hand(of.selection, takes))
        return lambda rows, answer: edge(self._shown(rows, answer), answer)

    def page_info(self, of: Field) -> Shape:
        """The shaper of `pageInfo`."""
        takes: Takes = {
            "hasNextPage": lambda _: lambda rows, answer: len(rows) > self._page(answer.inputs).size,
            "hasPreviousPage": lambda _: lambda _rows, answer: self._page(answer.inputs).after is not None,
            "startCursor": lambda _: self._at(0),
            "endCursor": lambda _: self._at(-1),
        }
        return self._compiler.by_hand(of.selection, takes)

    def _shown(self, rows: list[Any], answer: Answer) -> list[Any]:
        return rows[: self._page(answer.inputs).size]

    def _after(self, inputs: Inputs, index: int) -> Any:
        after = self._page(inputs).after
        return None if after is None else after[index]

    def _at(self, index: int) -> Shape:
        cursor = self._cursor()

        def shape(rows: Any, answer: Answer) -> str | None:
            shown = self._shown(rows, answer)
            return cursor(shown[index], answer) if shown else None

        return shape

    def _cursor(self) -> Shape:
        value, uid = self.row.add(self._sorted), self.row.add(f"{self._end}.uid")

        def shape(row: Any, answer: Answer) -> str:
            return cursors.encode(self._page(answer.inputs).list_tag, row[value], row[uid])

        return shape
