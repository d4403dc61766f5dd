"""What the fields of the API are in the graph: ids, parts, and the things that relationships lead to.

They stand as metadata on the Strawberry fields: `model: Model = strawberry.field(metadata=graph(One(...)))`.
"""

from dataclasses import dataclass
from typing import Any

from app.compiler.columns import Columns
from app.compiler.compiling import MEANING, Compiler, Meaning, RootMeaning, Stored
from app.compiler.selection import Field
from app.compiler.shaping import Answer, Piece
from graph_schema.identity import to_id
from graph_schema.relationships import SCHEMA

__all__ = [
    "Embedded",
    "Hop",
    "Identity",
    "Meaning",
    "One",
    "RootMeaning",
    "Stored",
    "against",
    "along",
    "graph",
    "pattern",
    "where",
]


def graph(meaning: Meaning | RootMeaning) -> dict[str, Meaning | RootMeaning]:
    """The metadata of a Strawberry field that means this."""
    return {MEANING: meaning}


@dataclass(frozen=True, slots=True)
class Hop:
    """One step along a relationship.

    Attributes:
        type: the relationship's type.
        label: the label at its far end; several are joined by `|`.
        forward: whether it is gone as the arrow points.
    """

    type: str
    label: str
    forward: bool

    @property
    def bounded(self) -> bool:
        """Whether it holds only for a time, so that it must be asked whether it holds now."""
        return SCHEMA.relationship(self.type).bounded


def along(type_: str, label: str) -> Hop:
    """The step from where the relationship starts to where it points: upstream."""
    return Hop(type_, label, forward=True)


def against(type_: str, label: str) -> Hop:
    """The step from where the relationship points to where it starts."""
    return Hop(type_, label, forward=False)


def pattern(compiler: Compiler, start: str, hops: tuple[Hop, ...]) -> tuple[str, str, list[str]]:
    """The pattern from a variable over these hops, the variable at its end, and what must hold of its relationships."""
    text, end, conditions = f"({start})", start, list[str]()
    for hop in hops:
        end = compiler.fresh()
        link = f":{hop.type}"
        if hop.bounded:
            relationship, now = compiler.fresh("r"), compiler.now()
            link = f"{relationship}:{hop.type}"
            conditions.append(
                f"({relationship}.validFrom IS NULL OR {relationship}.validFrom <= {now}) AND "
                f"({relationship}.validTo IS NULL OR {relationship}.validTo > {now})"
            )
        arrow = f"-[{link}]->" if hop.forward else f"<-[{link}]-"
        text = f"{text}{arrow}({end}:{hop.label})"
    return text, end, conditions


def where(conditions: list[str]) -> str:
    """The `WHERE` of these conditions, with a space before it; nothing where there are none."""
    return f" WHERE {' AND '.join(conditions)}" if conditions else ""


@dataclass(frozen=True, slots=True)
class Identity:
    """An opaque id, made of a stored uid.

    Attributes:
        label: the label that the id tells; empty where it is that of the field's own type.
        name: where the uid is stored.
    """

    label: str = ""
    name: str = "uid"

    def compile(self, compiler: Compiler, field: Field, variable: str, columns: Columns) -> Piece:  # noqa: ARG002 - every meaning is asked alike
        """The id of the uid."""
        label = self.label or field.parent

        def publish(uid: Any) -> str:
            return to_id(label, uid)

        return Piece(field, columns.add(f"{variable}.{self.name}"), publish)


@dataclass(frozen=True, slots=True)
class Embedded:
    """A part of the thing itself that the API shows as an object of its own: its provenance."""

    def compile(self, compiler: Compiler, field: Field, variable: str, columns: Columns) -> Piece:
        """The part, from the same row."""
        return Piece(field, shape=compiler.row(field.selection, variable, columns))


@dataclass(frozen=True, slots=True)
class One:
    """The one thing that some hops lead to.

    Attributes:
        hops: the way.
        certain: the way cannot lead to two; otherwise the first in natural order is shown.
    """

    hops: tuple[Hop, ...]
    certain: bool = False

    def compile(self, compiler: Compiler, field: Field, variable: str, columns: Columns) -> Piece:
        """The thing, or null."""
        way, end, conditions = pattern(compiler, variable, self.hops)
        compiled = compiler.compile_node(field.selection, end)
        order = "" if self.certain else f" ORDER BY {end}.sortKey, {end}.uid"
        column = columns.add(
            f"head(COLLECT {{ MATCH {way}{where(conditions)} WITH {end}{order} LIMIT 1 RETURN {compiled.expression} }})"
        )
        shape = compiled.shape

        def take(row: Any, answer: Answer) -> Any:
            return shape(row[column], answer)

        return Piece(field, shape=take)
