"""What the fields of an assertion are in the graph."""

from dataclasses import dataclass
from typing import Any

from app.compiler.columns import Columns
from app.compiler.compiling import Compiler
from app.compiler.selection import Field
from app.compiler.shaping import Answer, Piece
from app.compiler.times import RETRACTED
from graph_schema.identity import to_id


@dataclass(frozen=True, slots=True)
class TypeName:
    """The type of a relationship."""

    def compile(self, compiler: Compiler, field: Field, variable: str, columns: Columns) -> Piece:  # noqa: ARG002 - every meaning is compiled so
        """Its name in the graph, whether it was retracted since or not."""
        return Piece(field, columns.add(f"type({variable})"), _live)


@dataclass(frozen=True, slots=True)
class AssertionId:
    """The opaque id of a relationship: of its type and its uid."""

    def compile(self, compiler: Compiler, field: Field, variable: str, columns: Columns) -> Piece:  # noqa: ARG002 - every meaning is compiled so
        """The id."""
        type_, uid = columns.add(f"type({variable})"), columns.add(f"{variable}.uid")

        def take(row: Any, _answer: Answer) -> str:
            return to_id(_live(row[type_]), row[uid])

        return Piece(field, shape=take)


def _live(type_: Any) -> str:
    return type_.removesuffix(RETRACTED)
