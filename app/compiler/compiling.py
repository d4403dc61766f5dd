"""The compiler: a selection on a variable of a statement becomes an expression and the shaper of its value.

A room that writes the head of a statement itself embeds what the compiler makes of the selections below it:

    answer = compiler.compile_node(node_field.selection, "v")    # one object type: by its declaration
    start = compiler.compile_node(from_field.selection, "a")     # an interface: by label
    text = f"MATCH (s) ... RETURN v.uid, {answer.expression}, COLLECT {{ ... RETURN {start.expression} }}"

What it emits holds no value and no alias of the query, only positions: `answer.shape(value, ...)` turns one value of
`answer.expression` into what is published. The docstring of `plans` shows the whole of a root field.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, cast

from graphql import GraphQLField, GraphQLObjectType

from app.compiler.ahead import Ahead
from app.compiler.columns import Columns
from app.compiler.selection import ABSTRACT, Field, Request, Selection
from app.compiler.shaping import Answer, Piece, Shape, leaf, object_shape, published
from app.compiler.times import Times
from app.graph.engines.engine import Engine

MEANING = "graph"
"""The key under which a Strawberry field's metadata holds what the field is in the graph."""

_STRAWBERRY = "strawberry-definition"


@dataclass(slots=True)
class Inputs:
    """What one execution was given: the arguments of every field, and the moment that counts as now.

    Attributes:
        request: the operation.
        now: microseconds since 1970 UTC.
        given: values that the room found itself, by the name under which the statement has them.
        met: by the name of a walk that goes first, the uids of the things that it is asked of; filled while shaping.
    """

    request: Request
    now: int
    given: Mapping[str, Any] = field(default_factory=dict[str, Any])
    met: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    _kept: dict[int, Any] = field(default_factory=dict[int, Any])

    def arguments(self, of: Field) -> dict[str, Any]:
        """The field's arguments, coerced, with defaults."""
        return of.arguments(self.request.variables)

    def once(self, of: Field, make: Callable[["Inputs"], Any]) -> Any:
        """What `make` gives for the field, made once for each execution."""
        if id(of) not in self._kept:
            self._kept[id(of)] = make(self)
        return self._kept[id(of)]


Takes = Mapping[str, Callable[[Field], Shape]]
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
    """

    def __init__(self, dialect: Engine, inputs: Inputs, turn: int | None = None) -> None:
        self.dialect = dialect
        self.inputs = inputs
        self.times = Times(self)
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

    def row(self, selection: Selection, variable: str, columns: Columns) -> Shape:
        """The same into columns that the caller makes the row of: the shaper is given that row."""
        if isinstance(selection.type, ABSTRACT):
            return self._by_label(selection, variable, columns)
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
            else:
                pieces.append(Piece(each, shape=published(each, takes[each.name](each))))
        return object_shape(pieces)

    def _object(self, selection: Selection, type_: GraphQLObjectType, variable: str, columns: Columns) -> Shape:
        pieces: list[Piece] = []
        for each in selection.fields(type_.name):
            if each.name == "__typename":
                pieces.append(Piece(each, shape=_constant(type_.name)))
            else:
                pieces.append(meaning_of(each).compile(self, each, variable, columns))
        return object_shape(pieces)

    def _by_label(self, selection: Selection, variable: str, columns: Columns) -> Shape:
        """One column with the label, one with the row of that label; labels whose rows are the same share a branch."""
        branches: dict[str, list[str]] = {}
        shapes: dict[str, Shape] = {}
        for type_ in selection.possible:
            inner = Columns()
            shapes[type_.name] = self._object(selection, type_, variable, inner)
            branches.setdefault(inner.text(), []).append(type_.name)
        label = columns.add(f"head(labels({variable}))")
        value = columns.add(_case(branches, variable))

        def shape(row: Any, answer: Answer) -> Any:
            if row is None or row[label] is None:
                return None
            return shapes[row[label]](row[value], answer)

        return shape


def _case(branches: Mapping[str, Sequence[str]], variable: str) -> str:
    """The largest group of labels is the `ELSE`, so that the text is short where they do not differ."""
    ordered = sorted(branches.items(), key=lambda branch: len(branch[1]))
    *others, (rest, _) = ordered
    if not others:
        return rest
    whens = " ".join(
        f"WHEN {' OR '.join(f'{variable}:{label}' for label in labels)} THEN {row}" for row, labels in others
    )
    return f"CASE {whens} ELSE {rest} END"


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
