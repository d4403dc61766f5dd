"""How complete a list is: complete, unless a source is stale."""

from dataclasses import dataclass
from typing import Any

from app.compiler.columns import Columns
from app.compiler.compiling import Compiler, Takes
from app.compiler.selection import Field
from app.compiler.shaping import Answer, Piece, list_shape


def stale_sources(compiler: Compiler, variable: str) -> str:
    """The pattern and the condition of the stale sources: no complete load for longer than one is expected."""
    last = f"coalesce({variable}.lastCompleteLoadAt, {variable}.firstLoadAt)"
    # Divided, since a multiplied number of seconds may need more than 64 bits.
    stale = f"({compiler.now()} - {last}) / 1000000 > {variable}.expectedEvery"
    return f"({variable}:Source) WHERE {' AND '.join([stale, *compiler.sight.seen(variable, 'Source')])}"


@dataclass(frozen=True, slots=True)
class ListCompleteness:
    """The completeness of a list: nothing is cut, hidden or walked, so only a stale source makes it incomplete."""

    def compile(self, compiler: Compiler, field: Field, variable: str, columns: Columns) -> Piece:  # noqa: ARG002 - every meaning is asked alike
        """The completeness, computed once for the whole answer."""
        found = compiler.fresh("source")
        row = Columns()
        takes: Takes = {
            "complete": lambda _: lambda rows, _answer: not rows,
            "truncatedBy": lambda _: lambda _rows, _answer: [],
            "frontier": lambda _: lambda _rows, _answer: [],
            "hiddenCount": lambda _: lambda _rows, _answer: 0,
            "unknownAncestry": lambda _: lambda _rows, _answer: 0,
            "staleSources": lambda part: list_shape(compiler.row(part.selection, found, row)),
        }
        shape = compiler.by_hand(field.selection, takes)
        if not field.selection.asks("complete", "staleSources"):
            return Piece(field, shape=lambda _row, answer: shape([], answer))
        place = compiler.top(
            f"COLLECT {{ MATCH {stale_sources(compiler, found)} WITH {found} ORDER BY {found}.name "
            f"RETURN {row.text()} }}"
        )

        def take(_row: Any, answer: Answer) -> Any:
            return shape(answer.top[place], answer)

        return Piece(field, shape=take)
