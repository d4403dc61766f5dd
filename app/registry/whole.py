"""Root fields that hold lists: the whole inventory at one moment, and what an endpoint served at another."""

from dataclasses import dataclass
from typing import Any

from app.compiler.columns import Columns
from app.compiler.compiling import Compiler, Draft
from app.compiler.connections import Connected
from app.compiler.scalars import publish_time
from app.compiler.selection import Field
from app.compiler.shaping import Answer, Piece
from app.compiler.times import KNOWN_AT, clause_of
from app.errors import ErrorCode, PedigreeError
from app.registry.naming import named, not_found


@dataclass(frozen=True, slots=True)
class Whole:
    """An object of lists, all of them as of the same time, and as known at the same."""

    def draft(self, compiler: Compiler, field: Field) -> Draft:
        """One record."""
        columns = Columns()
        with compiler.times.of(field):
            shape = compiler.row(field.selection, "", columns)
        return Draft(
            f"{columns.bound()}RETURN {columns.text()} AS answer, {compiler.top_expression} AS top",
            lambda records, answer: shape(records[0][0], answer),
            top=lambda records: records[0][1],
        )


@dataclass(frozen=True, slots=True)
class Given:
    """A time that the field above was asked for, shown again.

    Attributes:
        argument: the name of its argument.
    """

    argument: str

    def compile(self, compiler: Compiler, field: Field, variable: str, columns: Columns) -> Piece:  # noqa: ARG002 - every meaning is asked alike
        """The time, or null where none was named."""
        text = compiler.times.named(self.argument)
        if not text:
            return Piece(field, shape=lambda _row, _answer: None)
        place = compiler.top(text)
        return Piece(field, shape=lambda _row, answer: publish_time(answer.top[place]))


@dataclass(frozen=True, slots=True)
class ServedAt:
    """What the endpoint that the argument `endpoint` names served at the time that `at` names.

    Attributes:
        listed: the list, from an endpoint.
    """

    listed: Connected

    def draft(self, compiler: Compiler, field: Field) -> Draft:
        """One record, or none for an endpoint that did not exist."""
        columns = Columns()
        label = compiler.parameter(lambda inputs: _endpoint(inputs.arguments(field)["endpoint"])[0])
        uid = compiler.parameter(lambda inputs: _endpoint(inputs.arguments(field)["endpoint"])[1])
        thing, times = compiler.fresh(), compiler.times
        with times.of(field, as_of=self.listed.as_of):
            state = times.state(thing, "Endpoint")
            piece = self.listed.compile(compiler, field, thing, columns)
        seen = compiler.sight.seen(thing, "Endpoint")
        conditions = [*times.live(thing), *seen, *state.inside, f"labels({thing})[0] = {label}"]
        found = f"MATCH ({thing}:Endpoint {{uid: {uid}}}){clause_of(conditions)}{state.behind(thing)}"
        shape = piece.shape

        def first(records: Any, answer: Answer) -> Any:
            if not records:
                arguments = answer.inputs.arguments(field)
                raise not_found("endpoint", "Endpoint", [KNOWN_AT] if arguments.get(KNOWN_AT) is not None else [])
            return shape(records[0][0], answer) if shape else None

        return Draft(
            f"{found} RETURN {columns.text()} AS answer, {compiler.top_expression} AS top",
            first,
            top=lambda records: records[0][1] if records else [],
        )


def _endpoint(ref: Any) -> tuple[str, str]:
    try:
        label, uid = named(ref)
    except PedigreeError as error:
        error.path = "endpoint"
        raise
    if label != "Endpoint":
        raise PedigreeError(
            f"`endpoint` names a {label}.",
            code=ErrorCode.BAD_START,
            path="endpoint",
            remedy="Name an endpoint, by its key or its id.",
        )
    return label, uid
