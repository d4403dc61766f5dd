"""What the fields of the API are in the graph: ids, parts, and the things that relationships lead to.

They stand as metadata on the Strawberry fields: `model: Model = strawberry.field(metadata=graph(One(...)))`.
"""

from dataclasses import dataclass
from functools import partial
from typing import Any

from app.compiler.columns import Columns
from app.compiler.compiling import MEANING, Compiler, Meaning, RootMeaning, Stored
from app.compiler.selection import Field
from app.compiler.shaping import Answer, Piece
from app.compiler.times import State, clause_of
from graph_schema.identity import to_id

__all__ = [
    "Embedded",
    "Hop",
    "Identity",
    "Meaning",
    "One",
    "RootMeaning",
    "Stored",
    "Way",
    "against",
    "along",
    "everything",
    "graph",
    "way",
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


def along(type_: str, label: str) -> Hop:
    """The step from where the relationship starts to where it points: upstream."""
    return Hop(type_, label, forward=True)


def against(type_: str, label: str) -> Hop:
    """The step from where the relationship points to where it starts."""
    return Hop(type_, label, forward=False)


@dataclass(frozen=True, slots=True)
class Way:
    """What finds the things at the end of some hops, at the times at which they are read.

    Attributes:
        pattern: of the `MATCH`.
        held: what must be true of its relationships, and of the things on the way.
        states: what binds the states of things behind the `MATCH`.
        end: the variable of the things found.
        kept: the variables that are carried on: the end, and its state.
        bound: these, and the states of the things on the way.
        conditions: what must be true of the things found, of which `states` may have to be bound first.
        link: the variable of the last relationship, where it was to have a name.
    """

    pattern: str
    held: list[str]
    states: str
    end: str
    kept: str
    bound: str
    conditions: list[str]
    link: str = ""

    def match(self, *conditions: str, carried: tuple[str, ...] = ()) -> str:
        """The clauses that find the things of which these conditions hold too, with variables that are carried on."""
        wanted = [*self.conditions, *conditions]
        if not self.states:
            return f"MATCH {self.pattern}{clause_of([*self.held, *wanted])}"
        kept = ", ".join((*carried, self.bound))
        return f"MATCH {self.pattern}{clause_of(self.held)}{self.states} WITH {kept}{clause_of(wanted)}"


def way(compiler: Compiler, start: str, hops: tuple[Hop, ...], *, named: bool = False) -> Way:
    """How the things at the end of some hops are found, from a variable; its relationships are `named` where asked."""
    times = compiler.times
    text, end, relationship, held = f"({start})", start, "", list[str]()
    states: list[State] = []
    for index, hop in enumerate(hops):
        end, types = compiler.fresh(), times.types(hop.type)
        link, relationship = f":{types}", compiler.fresh("r")
        conditions = times.held(hop.type, relationship)
        if conditions or named:
            link = f"{relationship}:{types}"
        held += conditions
        arrow = f"-[{link}]->" if hop.forward else f"<-[{link}]-"
        text = f"{text}{arrow}({end}:{hop.label})"
        states.append(times.state(end, hop.label, shown=index == len(hops) - 1))
    # What lies on the way may be hidden: it is passed, and nothing of it is shown.
    held += compiler.sight.seen(end, hops[-1].label)
    conditions = [condition for state in states for condition in state.conditions]
    clauses, bound = "".join(each.clause for each in states), ", ".join(each.kept for each in states)
    return Way(text, held, clauses, end, states[-1].kept, bound, conditions, relationship if named else "")


def everything(compiler: Compiler, label: str) -> Way:
    """How all things of a label are found."""
    end = compiler.fresh()
    state = compiler.times.state(end, label)
    pattern = f"({end}:{label})"
    held = [*compiler.times.live(end), *compiler.sight.seen(end, label)]
    return Way(pattern, held, state.clause, end, state.kept, state.kept, state.conditions)


@dataclass(frozen=True, slots=True)
class Identity:
    """An opaque id, made of a stored uid.

    Attributes:
        label: the label that the id tells; empty where it is that of the field's own type.
        name: where the uid is stored.
    """

    label: str = ""
    name: str = "uid"

    def compile(self, compiler: Compiler, field: Field, variable: str, columns: Columns) -> Piece:
        """The id of the uid."""
        label = self.label or field.parent
        return Piece(field, columns.add(compiler.times.property(variable, self.name)), partial(to_id, label))


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
        found = way(compiler, variable, self.hops)
        compiled = compiler.compile_node(field.selection, found.end)
        order = "" if self.certain else f" ORDER BY {found.end}.sortKey, {found.end}.uid"
        column = columns.add(
            f"head(COLLECT {{ {found.match()} WITH {found.kept}{order} LIMIT 1 RETURN {compiled.expression} }})"
        )
        shape = compiled.shape

        def take(row: Any, answer: Answer) -> Any:
            return shape(row[column], answer)

        return Piece(field, shape=take)
