"""The compiler: a selection on a variable of a statement becomes an expression and the shaper of its value.

What it emits holds no value and no alias of the query, only positions: `answer.shape(value, ...)` turns one value of
`answer.expression` into what is published. The docstring of `plans` shows the whole of a root field.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, cast

from graphql import GraphQLField, GraphQLObjectType

from app.compiler.ahead import Ahead
from app.compiler.beside import Beside, Named
from app.compiler.columns import Columns
from app.compiler.inputs import Inputs
from app.compiler.labels import VEILED, case_of
from app.compiler.selection import ABSTRACT, Field, Selection
from app.compiler.shaping import Answer, Piece, Shape, leaf, object_shape, published
from app.compiler.sight import HIDDEN, Sight
from app.compiler.times import Times
from app.graph.engines.engine import Engine

MEANING = "graph"
"""The key under which a Strawberry field's metadata holds what the field is in the graph."""

_STRAWBERRY = "strawberry-definition"


@dataclass(frozen=True, slots=True)
class Placed:
    """The shaper of what stands at one place of an object's value, which is a sequence: no leaf."""

    place: int
    shape: Shape


Takes = Mapping[str, Callable[[Field], Shape | Placed]]
"""By the name of a field, what makes the shaper that takes its value from the object's."""


@dataclass(frozen=True, slots=True)
class Compiled:
    """An expression of Cypher, and the shaper of its value.

    Attributes:
        expression: may stand wherever its variables do. It yields one value: a list, or null.
        shape: what is published for that value.
    """

    expression: str
    shape: Shape


class Meaning(Protocol):
    """What a field of the API is in the graph."""

    def compile(self, compiler: "Compiler", field: Field, variable: str, columns: Columns) -> Piece:
        """Adds to the row of `variable` what the field needs, and says how it is taken from there."""
        ...


class RootMeaning(Protocol):
    """What a root field of the API is."""

    def draft(self, compiler: "Compiler", field: Field) -> "Draft":
        """The whole statement of the field."""
        ...


@dataclass(frozen=True, slots=True)
class Draft:
    """What is made of a root field.

    Attributes:
        statement: the text.
        shape: the shaper of what it is given: the records of the statement, unless its room does otherwise.
        top: takes the value of `Compiler.top_expression` from the same, where that is used.
    """

    statement: str
    shape: Shape
    top: Callable[[Any], list[Any]] | None = None


class Compiler:
    """Makes the text of one statement: its expressions, fresh variables and parameters.

    Args:
        dialect: the engine's.
        inputs: those of the execution for which the plan is made. Only what tells plans apart is read of them: the
            shape of the arguments, never a value.
        turn: how many levels of walks have gone first; None where none can.

    Attributes:
        times: at which it reads.
        named: by variable, the things that it finds by their natural keys.
        beside: what it reads by statements of their own.
    """

    def __init__(self, dialect: Engine, inputs: Inputs, turn: int | None = None) -> None:
        self.dialect = dialect
        self.inputs = inputs
        self.times = Times(self)
        self.sight = Sight(self)
        self.named: dict[str, Named] = {}
        self.beside = Beside()
        self.ahead = Ahead(turn)
        self._names = 0
        self._slots: dict[str, Callable[[Inputs], object]] = {}
        self._given: set[str] = set()
        self._checks: list[Callable[[Inputs], object]] = []
        self._top = Columns()

    # ------------------------------------------------------------------------------------------------ text

    def fresh(self, stem: str = "n") -> str:
        """A variable name that the statement does not use yet: `n0`, `n1`, …; other rooms take longer names."""
        self._names += 1
        return f"{stem}{self._names - 1}"

    def parameter(self, take: Callable[[Inputs], object]) -> str:
        """How the text names a value that `take` finds in the inputs of each execution."""
        name = f"p{len(self._slots)}"
        self._slots[name] = take
        return self.dialect.parameter(name)

    def given(self, name: str) -> str:
        """How the text names a value that the room gives with `Inputs.given`; the name is not `p` and a number."""
        self._given.add(name)
        return self.dialect.parameter(name)

    def taken(self, text: str) -> Callable[[Inputs], object]:
        """What finds the value that the text names so: what `parameter` was given."""
        return next(take for name, take in self._slots.items() if self.dialect.parameter(name) == text)

    def now(self) -> str:
        """How the text names the moment of the execution, in microseconds."""
        self._slots["now"] = lambda inputs: inputs.now
        return self.dialect.parameter("now")

    def namespaces(self) -> str:
        """How the text names the namespaces that the caller may see, where these are not all there are."""
        # No namespace is empty, which stands for a missing one in the text.
        self._slots["sight"] = lambda inputs: [each for each in inputs.sight or () if each]
        return self.dialect.parameter("sight")

    def check(self, check: Callable[[Inputs], object]) -> None:
        """Has each execution call this before anything is sent: it raises where an argument makes no sense."""
        self._checks.append(check)

    def top(self, expression: str) -> int:
        """The place in `Answer.top` of something that is computed once for the whole statement, not for each row."""
        return self._top.add(expression)

    @property
    def top_expression(self) -> str:
        """The list of what `top` was asked for: the value for `Answer.top`. Read it when all else is compiled."""
        return self._top.text()

    def binder(self) -> Callable[[Inputs], dict[str, Any]]:
        """What makes the parameters to send from the inputs of an execution."""
        slots, given, dialect = tuple(self._slots.items()), tuple(sorted(self._given)), self.dialect
        checks = tuple(self._checks)

        def bind(inputs: Inputs) -> dict[str, Any]:
            for check in checks:
                check(inputs)
            values = {name: take(inputs) for name, take in slots}
            values.update({name: inputs.given[name] for name in given})
            return dialect.bind(values)

        return bind

    # ------------------------------------------------------------------------------------------------ selections

    def compile_node(self, selection: Selection, variable: str) -> Compiled:
        """The selection on a variable that is bound to a node (or relationship) of the selection's type.

        Of an interface or a union the label of the node decides.
        """
        columns = Columns()
        shape = self.row(selection, variable, columns)
        return Compiled(columns.text(), shape)

    def row(self, selection: Selection, variable: str, columns: Columns, *, veiled: bool = False) -> Shape:
        """The same into columns that the caller makes the row of: the shaper is given that row.

        Args:
            selection: what is selected.
            variable: what it is selected on.
            columns: of the row.
            veiled: whether it may be something that who asks may not see, for which a `HiddenNode` stands then. Where
                that cannot be, the statement has found only what they may see.
        """
        if isinstance(selection.type, ABSTRACT):
            return self._by_label(selection, variable, columns, veiled=veiled and self.sight.limited)
        return self._object(selection, selection.possible[0], variable, columns)

    def by_hand(self, selection: Selection, takes: Takes, type_name: str = "") -> Shape:
        """The shaper of an object that no variable stands for: a connection, an edge, an answer about an answer.

        Args:
            selection: what is selected on it.
            takes: how each field is taken from the object's value, whatever that is. It is asked once for each alias,
                when the plan is made.
            type_name: which object type, where several are possible.

        `__typename`, leaves' published form, and nulls where none may be, are seen to.
        """
        pieces: list[Piece] = []
        for each in selection.fields(type_name):
            if each.name == "__typename":
                pieces.append(Piece(each, shape=_constant(each.parent)))
                continue
            take = takes[each.name](each)
            if isinstance(take, Placed):
                pieces.append(Piece(each, take.place, shape=take.shape))
            else:
                pieces.append(Piece(each, shape=published(each, take)))
        return object_shape(pieces)

    def _object(self, selection: Selection, type_: GraphQLObjectType, variable: str, columns: Columns) -> Shape:
        pieces: list[Piece] = []
        for each in selection.fields(type_.name):
            if each.name == "__typename":
                pieces.append(Piece(each, shape=_constant(type_.name)))
            else:
                pieces.append(meaning_of(each).compile(self, each, variable, columns))
        return object_shape(pieces)

    def _by_label(self, selection: Selection, variable: str, columns: Columns, *, veiled: bool) -> Shape:
        """One column with the label, one with the row of that label; labels whose rows are the same share a branch."""
        branches: dict[str, list[str]] = {}
        shapes: dict[str, Shape] = {}
        labels = [type_ for type_ in selection.possible if type_.name != HIDDEN]
        for type_ in labels:
            inner = Columns()
            shapes[type_.name] = self._object(selection, type_, variable, inner)
            branches.setdefault(inner.text(), []).append(type_.name)
        told, row = f"head(labels({variable}))", case_of(branches, variable)
        if veiled:
            hides = self.sight.hides(variable, "|".join(type_.name for type_ in labels))
            told, row = (
                f"CASE WHEN {hides} THEN '{HIDDEN}' ELSE {told} END",
                f"CASE WHEN {hides} THEN [{variable}.uid] ELSE {row} END",
            )
            shapes[HIDDEN] = self.by_hand(selection, VEILED, HIDDEN)
        label, value = columns.add(told), columns.add(row)

        def shape(row: Any, answer: Answer) -> Any:
            if row is None or row[label] is None:
                return None
            return shapes[row[label]](row[value], answer)

        return shape


def meaning_of(field: Field) -> Meaning:
    """What the field is in the graph: what its declaration says, else the stored property of its name."""
    return cast("Meaning | None", declared_meaning(field.definition)) or _SAME_NAME


def declared_meaning(definition: GraphQLField) -> Meaning | RootMeaning | None:
    """What the declaration of a field says that it is in the graph, if it says so."""
    declared = definition.extensions.get(_STRAWBERRY)
    return declared.metadata.get(MEANING) if declared is not None else None


@dataclass(frozen=True, slots=True)
class Stored:
    """A stored property, published as the scalar or enum that the schema gives the field.

    Attributes:
        name: its name in the graph; empty where it is the field's.
        absent: what stands for a missing value, as text of the statement; empty where that is null.
    """

    name: str = ""
    absent: str = ""

    def compile(self, compiler: Compiler, field: Field, variable: str, columns: Columns) -> Piece:
        """The property's value."""
        value = compiler.times.property(variable, self.name or field.name)
        return leaf(field, columns.add(f"coalesce({value}, {self.absent})" if self.absent else value))


_SAME_NAME = Stored()


def _constant(value: str) -> Shape:
    return lambda _row, _answer: value
