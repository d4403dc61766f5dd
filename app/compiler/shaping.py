"""Shapers: functions that turn the positional lists of an answer into the dicts that the query asked for.

They do what the executor no longer does: names and order, published scalars, and the specification's handling of a null
or a wrong value where the schema forbids it.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from graphql import FieldNode, GraphQLError, GraphQLScalarType

from app.compiler import scalars
from app.compiler.flaws import Flaw
from app.compiler.selection import Field

Publish = Callable[[Any], Any]
"""From a stored value that is not null to the published one; raises GraphQLError where there is none."""


@dataclass(slots=True)
class Answer:
    """One answer being shaped.

    Attributes:
        flaws: the places that were answered by null because of an error; their paths are as long as was climbed so far.
        inputs: what this execution was given.
        top: the values that the statement computes once for the whole answer.
        careful: whether what is wrong is found out; else whoever meets it raises, and the answer is shaped again.
    """

    inputs: Any
    top: Sequence[Any] = ()
    flaws: list[Flaw] = field(default_factory=list)
    careful: bool = False


Shape = Callable[[Any, Answer], Any]
"""From a value of the answer to what is published for it; raises Flaw where the schema allows no value."""

PUBLISHERS: dict[str, Publish] = {
    "DateTime": scalars.publish_time,
    "JSON": scalars.publish_json,
    "BigInt": scalars.publish_integer,
    "Int": scalars.publish_small_integer,
    "Float": scalars.publish_float,
}
"""By scalar, where the stored value is not published as it is."""


@dataclass(frozen=True, slots=True)
class Piece:
    """One field of an object: how it is taken from the object's row.

    Attributes:
        field: what was selected.
        column: which value of the row it is; None where `shape` reads the whole row.
        publish: what a leaf's value goes through; None where it is published as it is.
        shape: what anything else than a leaf goes through: it is given the row, and answers None for null.
    """

    field: Field
    column: int | None = None
    publish: Publish | None = None
    shape: Shape | None = None


def leaf(field: Field, column: int) -> Piece:
    """A stored value, published as the scalar or enum that the schema gives the field."""
    type_ = field.named_type
    publish = PUBLISHERS.get(type_.name) if isinstance(type_, GraphQLScalarType) else None
    return Piece(field, column, publish)


class Doubt(Exception):
    """Something of an answer is not as it should be: it is to be shaped again, with care."""


def object_shape(pieces: Sequence[Piece]) -> Shape:
    """The shaper of an object's row. A row that is None is null.

    It is a function written for this object: a dict display, which the interpreter makes several times faster than any
    loop over the pieces. Where something is wrong it only doubts; what is wrong, and where, the careful one finds out.
    """
    known: dict[str, Any] = {"careful": _careful(pieces), "Doubt": Doubt}
    values: list[str] = []
    for index, piece in enumerate(pieces):
        value = "row" if piece.column is None else f"row[{piece.column}]"
        if piece.shape is not None:
            known[f"shape{index}"] = piece.shape
            value = f"shape{index}({value}, answer)"
        elif piece.publish is not None:
            known[f"publish{index}"] = piece.publish
            value = f"None if (value := {value}) is None else publish{index}(value)"
        values.append(f"{piece.field.key!r}: {value}")
    missing = " or ".join(f"made[{piece.field.key!r}] is None" for piece in pieces if piece.field.required) or "False"
    text = f"""
def shape(row, answer):
    if row is None:
        return None
    if answer.careful:
        return careful(row, answer)
    made = {{{", ".join(values)}}}
    if {missing}:
        raise Doubt
    return made
"""
    exec(text, known)  # noqa: S102 - of what is not ours it holds names of GraphQL alone, as literals
    return known["shape"]


def _careful(pieces: Sequence[Piece]) -> Shape:
    """The same, field by field: it tells what is wrong, and where."""
    keys = tuple(piece.field.key for piece in pieces)
    columns = tuple((piece.field.key, piece.column) for piece in pieces if piece.column is not None)
    steps = tuple(_steps(pieces))

    def shape(row: Any, answer: Answer) -> Any:
        out: dict[str, Any] = dict.fromkeys(keys)
        for key, column in columns:
            out[key] = row[column]
        for step in steps:
            step(row, out, answer)
        return out

    return shape


def list_shape(each: Shape) -> Shape:
    """The shaper of a list whose items must not be null."""

    def shape(rows: Any, answer: Answer) -> Any:
        if rows is None:
            return None
        if answer.careful:
            return _located(each, rows, answer)
        return [each(row, answer) for row in rows]

    return shape


def _located(each: Shape, rows: Any, answer: Answer) -> list[Any]:
    out: list[Any] = []
    for index, row in enumerate(rows):
        mark = len(answer.flaws)
        try:
            out.append(each(row, answer))
        except Flaw as flaw:
            flaw.path.append(index)
            raise
        finally:
            _climb(answer, mark, index)
    return out


def _climb(answer: Answer, mark: int, key: str | int) -> None:
    for flaw in answer.flaws[mark:]:
        flaw.path.append(key)


Step = Callable[[Any, dict[str, Any], Answer], None]


def _steps(pieces: Sequence[Piece]) -> Iterator[Step]:
    """What is left to do once a row is a dict, in the order of the fields: the first null that is forbidden tells."""
    required: list[Field] = []
    for piece in pieces:
        if piece.shape is None and piece.publish is None:
            required += [piece.field] if piece.field.required else []
            continue
        if required:
            yield _required_step(required)
            required = []
        yield _composite_step(piece, piece.shape) if piece.shape is not None else _published_step(piece)
    if required:
        yield _required_step(required)


def _composite_step(piece: Piece, shape: Shape) -> Step:
    field = piece.field
    key, required, column = field.key, field.required, piece.column

    def step(row: Any, out: dict[str, Any], answer: Answer) -> None:
        mark = len(answer.flaws)
        try:
            value = shape(row if column is None else row[column], answer)
            if value is None and required:
                raise _forbidden(field)
            out[key] = value
        except Flaw as flaw:
            _refused(flaw, key, out, answer, required=required)
        finally:
            if len(answer.flaws) != mark:
                _climb(answer, mark, key)

    return step


def _published_step(piece: Piece) -> Step:
    field, publish = piece.field, cast("Publish", piece.publish)
    key, required, nodes = field.key, field.required, field.nodes

    def step(_row: Any, out: dict[str, Any], answer: Answer) -> None:
        value = out[key]
        if value is None:
            if required:
                _refused(_forbidden(field), key, out, answer, required=True)
            return
        try:
            out[key] = publish(value)
        except GraphQLError as error:
            flaw = _caused(error, nodes)
            _refused(flaw, key, out, answer, required=required)
            flaw.path.append(key)

    return step


def _required_step(fields: Sequence[Field]) -> Step:
    required = tuple((each.key, each) for each in fields)

    def step(_row: Any, out: dict[str, Any], answer: Answer) -> None:
        for key, of in required:
            if out[key] is None:
                _refused(_forbidden(of), key, out, answer, required=True)

    return step


def _refused(flaw: Flaw, key: str, out: dict[str, Any], answer: Answer, *, required: bool) -> None:
    if required:
        flaw.path.append(key)
        raise flaw
    out[key] = None
    answer.flaws.append(flaw)


def _caused(error: GraphQLError, nodes: list[FieldNode]) -> Flaw:
    flaw = Flaw(error.message, nodes)
    flaw.__cause__ = error
    return flaw


def _forbidden(field: Field) -> Flaw:
    message = f"Cannot return null for non-nullable field {field.parent}.{field.name}."
    flaw = Flaw(message, field.nodes)
    # As the executor has it: an error that nobody foresaw, to be masked and logged.
    flaw.__cause__ = TypeError(message)
    return flaw


def published(field: Field, take: Shape) -> Shape:
    """What `take` takes, published where the field is a leaf."""
    publish, nodes = leaf(field, 0).publish, field.nodes
    if publish is None:
        return take

    def shape(value: Any, answer: Answer) -> Any:
        taken = take(value, answer)
        if taken is None:
            return None
        try:
            return publish(taken)
        except GraphQLError as error:
            raise _caused(error, nodes) from error

    return shape
