"""Facets: how the things of a list spread over the values of a property, counted inside the one statement."""

from enum import Enum
from typing import Any

from app.compiler.compiling import Compiler, Takes
from app.compiler.inputs import Inputs
from app.compiler.paging import LARGEST
from app.compiler.selection import Field
from app.compiler.shaping import Answer, Shape, list_shape
from app.errors import ErrorCode, PedigreeError
from graph_schema.declare import Kind, Node
from graph_schema.nodes import NAMESPACES, STAGE
from graph_schema.relationships import SCHEMA

STANDARD = 10
"""How many values a facet has where the caller does not say."""

_EVERY = ("source", "undescribed")
"""What every node has beside its declaration; a run's key has a source too, which is another."""


class FacetEnum(Enum):
    """The base of the API's enum of facets: each value holds the names of the properties that it may mean."""


def facet(compiler: Compiler, field: Field, target: str, match: str, end: str, *, nested: bool) -> tuple[str, Shape]:
    """The expression of one facet, and the shaper of its value.

    Args:
        compiler: of the statement.
        field: the facet's.
        target: the label of the list's things; several are joined by `|`.
        match: finds each thing of the list once, bound to `end`.
        end: the variable.
        nested: the list is one of a thing's, and the expression stands within another.

    Raises:
        PedigreeError: the things of the list have no such property.
    """
    chosen: Enum = compiler.inputs.arguments(field)["by"]
    stored = _stored(chosen, target, field.parent)
    compiler.check(lambda inputs: _size(inputs, field))
    size = compiler.parameter(lambda inputs: _size(inputs, field) + 1)
    value, held = compiler.fresh("value"), compiler.fresh("held")
    own = compiler.times.property(end, stored)
    each = f"UNWIND {own} AS {value}" if stored == NAMESPACES.stored_as else f"WITH {own} AS {value}"
    counted = f"{match} {each} WITH {value}, count(*) AS {held}"
    if nested and compiler.dialect.kind == "neo4j":
        # Neo4j 5 refuses an aggregate within an expression, so each value's things are found again to be counted.
        same = compiler.fresh("value")
        again = each.removesuffix(value) + same
        counted = (
            f"{match} {each} WITH DISTINCT {value} WITH {value}, COUNT {{ {match} {again} WITH {same} "
            f"WHERE {same} = {value} OR {same} IS NULL AND {value} IS NULL RETURN 1 }} AS {held}"
        )
    expression = (
        f"COLLECT {{ {counted} ORDER BY {held} DESC, {value} IS NULL, {value} LIMIT {size} RETURN [{value}, {held}] }}"
    )
    return expression, _shape(compiler, field)


def _shape(compiler: Compiler, field: Field) -> Shape:
    of_value: Takes = {"value": lambda _: _text, "count": lambda _: lambda row, _answer: row[1]}

    def values(part: Field) -> Shape:
        rows = list_shape(compiler.by_hand(part.selection, of_value))
        return lambda found, answer: rows(found[: _size(answer.inputs, field)], answer)

    takes: Takes = {
        "values": values,
        "hasMoreValues": lambda _: lambda found, answer: len(found) > _size(answer.inputs, field),
    }
    return compiler.by_hand(field.selection, takes)


def _text(row: Any, _answer: Answer) -> str | None:
    value = row[0]
    return None if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def _size(inputs: Inputs, field: Field) -> int:
    size = inputs.arguments(field).get("first")
    if size is None:
        return STANDARD
    if not 1 <= size <= LARGEST:
        raise PedigreeError(
            f"`first` of `{field.name}` is {size}.", code=ErrorCode.BAD_PAGE, remedy=f"Ask for 1 to {LARGEST} values."
        )
    return size


def _stored(chosen: Enum, target: str, list_name: str) -> str:
    """The stored name of the property, which all labels of the list must have."""
    nodes = [SCHEMA.node(label) for label in target.split("|")]
    for name in chosen.value:
        found = {_of_node(node, name) for node in nodes}
        if len(found) == 1 and None not in found:
            return str(found.pop())
    raise PedigreeError(
        f"The things of {list_name} have no {chosen.name} to be counted by.",
        code=ErrorCode.BAD_FACET,
        remedy="Count by another property: SOURCE and UNDESCRIBED are on everything.",
    )


def _of_node(node: Node, name: str) -> str | None:
    if name in _EVERY:
        return name
    declared = {each.name: each for each in node.everything()}
    if name in declared and declared[name].kind not in {Kind.JSON, Kind.TEXTS}:
        return declared[name].stored_as
    if name == NAMESPACES.name and not node.namespaced:
        return NAMESPACES.stored_as
    if name == STAGE.name and node.label == "ModelVersion":
        return STAGE.stored_as
    return name if name in node.key_names else None
