"""Filters: an input object of the API becomes a condition; its operators mean the same on every property."""

from collections.abc import Callable, Mapping
from enum import Enum
from typing import Any, cast

from app.compiler.compiling import Compiler, Inputs
from app.errors import ErrorCode, PedigreeError
from graph_schema.declare import Node
from graph_schema.search import fold

Take = Callable[[Inputs], Any]
"""Finds a part of the filter in the inputs of an execution."""

_COMPARED: Mapping[str, str] = {
    "eq": "{value} = {given}",
    "ne": "{value} <> {given}",
    "in": "{value} IN {given}",
    "contains": "{value} CONTAINS {given}",
    "startsWith": "{value} STARTS WITH {given}",
    "gt": "{value} > {given}",
    "gte": "{value} >= {given}",
    "lt": "{value} < {given}",
    "lte": "{value} <= {given}",
    "has": "{given} IN {value}",
}
"""By operator, what it says of a stored value; of a missing one, each of them is false."""


MOST = 100
"""How many conditions one filter may have: the text of the statement, and what its plan costs, grow with them."""


def check(filter_: Mapping[str, Any], of: str) -> None:
    """Refuses a filter that no statement should carry, before there is one.

    Args:
        filter_: as GraphQL has coerced it.
        of: the field whose argument it is, for messages.

    Raises:
        PedigreeError: it has too many conditions, or a text that is not Unicode.
    """
    found, left = 0, [filter_]
    while left and found <= MOST:
        one = left.pop()
        found += 1
        for name, part in one.items():
            if part is None:
                continue
            if name in {"and", "or"}:
                left.extend(part)
            elif name == "not":
                left.append(part)
            else:
                operands = [part] if name == "search" else list(part.values())
                found += len(operands)
                _check_texts(operands, of)
    if left or found > MOST:
        raise PedigreeError(
            f"`where` of {of} has more than {MOST} conditions.",
            code=ErrorCode.BAD_VALUE,
            remedy="Compare with many values by `in`, which is one condition, or ask in more than one request.",
        )


def _check_texts(operands: list[Any], of: str) -> None:
    for operand in operands:
        for text in cast("list[Any]", operand) if isinstance(operand, list) else [operand]:
            try:
                if type(text) is str:
                    text.encode()
            except UnicodeEncodeError:
                raise PedigreeError(
                    f"A text in `where` of {of} is not Unicode: it holds a lone surrogate.",
                    code=ErrorCode.BAD_VALUE,
                    remedy="Take that out.",
                ) from None


def condition(compiler: Compiler, node: Node, variable: str, filter_: Mapping[str, Any] | None, take: Take) -> str:
    """The condition that a filter sets on a node, in Cypher; empty where it sets none.

    Args:
        compiler: of the statement.
        node: the declaration of the node's label.
        variable: what the node is bound to.
        filter_: the filter, for its shape.
        take: finds the filter again in the inputs of each execution.
    """
    parts: list[str] = []
    for name, part in (filter_ or {}).items():
        if part is not None:
            parts.append(_part(compiler, node, variable, name, part, _inside(take, name)))
    return " AND ".join(f"({part})" for part in parts if part)


def _part(compiler: Compiler, node: Node, variable: str, name: str, part: Any, take: Take) -> str:
    if name in {"and", "or"}:
        each = [
            condition(compiler, node, variable, one, _inside(take, index)) or "true" for index, one in enumerate(part)
        ]
        if not each:
            # Nothing is all of nothing; nothing is any of nothing.
            return "true" if name == "and" else "false"
        return f" {name.upper()} ".join(f"({one})" for one in each)
    if name == "search":
        given = compiler.parameter(lambda inputs: fold(take(inputs)).split())
        # Not `all(…)`: within a `coalesce` in a `WHERE`, ArcadeDB forgets what stands beside it.
        text = compiler.times.property(variable, "searchText")
        return f"size([word IN {given} WHERE {text} CONTAINS word]) = size({given})"
    if name == "not":
        # A comparison with a missing value is null in Cypher, as is its contrary; here it is false, its contrary true.
        inner = condition(compiler, node, variable, part, take) or "true"
        return f"NOT coalesce({inner}, false)"
    return _property(compiler, compiler.times.property(variable, _stored(node, name)), part, take)


def _property(compiler: Compiler, value: str, operators: Mapping[str, Any], take: Take) -> str:
    parts: list[str] = []
    for operator, operand in operators.items():
        if operand is None:
            continue
        if operator == "isNull":
            parts.append(f"{value} IS NULL" if operand else f"{value} IS NOT NULL")
        else:
            given = compiler.parameter(_plain(_inside(take, operator)))
            parts.append(_COMPARED[operator].format(value=value, given=given))
    return " AND ".join(parts)


def _stored(node: Node, name: str) -> str:
    try:
        return node.property(name).stored_as
    except KeyError:
        return name  # what every node has beside its declaration: `undescribed`, `stage`, provenance


def _inside(take: Take, name: str | int) -> Take:
    return lambda inputs: take(inputs)[name]


def _plain(take: Take) -> Take:
    """The stored text of an enum, or of a list of them."""

    def plain(inputs: Inputs) -> Any:
        value = take(inputs)
        if isinstance(value, Enum):
            return value.value
        if isinstance(value, list):
            return [each.value if isinstance(each, Enum) else each for each in cast("list[Any]", value)]
        return value

    return plain
