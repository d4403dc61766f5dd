"""Filters: an input object of the API becomes a condition; its operators mean the same on every property."""

from collections.abc import Callable, Mapping
from enum import Enum
from typing import Any, cast

from graphql import GraphQLInputObjectType

from app.compiler.compiling import Compiler, Inputs
from app.compiler.related import BRANCHES, JOINED, Related, Truth, asked_of, within
from app.compiler.seeking import hidden
from app.errors import ErrorCode, PedigreeError
from graph_schema.declare import Node
from graph_schema.relationships import SCHEMA
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

_LOOKED_UP = frozenset({"eq", "in"})
"""The operators that an index may serve."""

MOST = 100
"""How many conditions one filter may have: the text of the statement, and what its plan costs, grow with them."""


STEP = 5
"""As how many conditions a step to other things counts: Neo4j plans it so much longer."""

DEEPEST = 3
"""How many steps from thing to thing a filter may go: what is connected to what is connected to what is connected."""


def check(filter_: Mapping[str, Any], type_: GraphQLInputObjectType, of: str) -> None:
    """Refuses a filter that no statement should carry, before there is one.

    Args:
        filter_: as GraphQL has coerced it.
        type_: the filter's.
        of: the field whose argument it is, for messages.

    Raises:
        PedigreeError: it has too many conditions, goes too far, or has a text that is not Unicode.
    """
    found, left = 0, [(filter_, type_, 0)]
    while left and found <= MOST:
        one, of_type, steps = left.pop()
        if steps > DEEPEST:
            raise PedigreeError(
                f"`where` of {of} goes more than {DEEPEST} steps from thing to thing.",
                code=ErrorCode.BAD_VALUE,
                remedy="Ask from a list that is nearer to what you ask of.",
            )
        compared = _compared(one, of_type)
        _check_texts(compared, of)
        inners = list(within(of_type, one))
        found += 1 + len(compared) + sum(STEP - 1 for inner in inners if inner.related)
        left.extend((inner.given, inner.type, steps + inner.related) for inner in inners)
    if left or found > MOST:
        raise PedigreeError(
            f"`where` of {of} has more than {MOST} conditions; a step to other things counts as {STEP}.",
            code=ErrorCode.BAD_VALUE,
            remedy="Compare with many values by `in`, which is one condition, or ask in more than one request.",
        )


def _compared(filter_: Mapping[str, Any], type_: GraphQLInputObjectType) -> list[Any]:
    """What is compared with the properties of the thing itself."""
    operands: list[Any] = []
    for name, part in filter_.items():
        if part is not None and name not in JOINED and not isinstance(asked_of(type_, name), Related):
            operands.extend(cast("dict[str, Any]", part).values() if isinstance(part, dict) else [part])
    return operands


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


def condition(
    compiler: Compiler, node: Node, variable: str, filter_: Mapping[str, Any] | None, take: Take, *, sought: str = ""
) -> str:
    """The condition that a filter sets on a node, in Cypher; empty where it sets none.

    Args:
        compiler: of the statement.
        node: the declaration of the node's label.
        variable: what the node is bound to.
        filter_: the filter, for its shape.
        take: finds the filter again in the inputs of each execution.
        sought: the stored name of the property that is looked up; empty for none.
    """
    parts: list[str] = []
    for name, part in (filter_ or {}).items():
        if part is not None:
            inner = _inside(take, name)
            if sought and sought == _stored(node, name):
                parts.append(_property(compiler, compiler.times.property(variable, sought), part, inner, found="eq"))
            else:
                parts.append(_part(compiler, node, variable, name, part, inner))
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
    return _asked(compiler, node, variable, name, part, take)


def _asked(compiler: Compiler, node: Node, variable: str, name: str, part: Any, take: Take) -> str:
    """What is asked of a property, of a truth about the thing, or of what it is connected to."""
    asked = asked_of(filter_type(compiler, node), name)
    if isinstance(asked, Truth):
        return asked.condition(compiler, variable, wanted=part)
    if isinstance(asked, Related):
        return _related(compiler, asked, variable, part, take)
    return _property(compiler, compiler.times.property(variable, _stored(node, name)), part, take)


def filter_type(compiler: Compiler, node: Node) -> GraphQLInputObjectType:
    """The input type of the filters of things of a label."""
    return cast("GraphQLInputObjectType", compiler.inputs.request.schema.type_map[f"{node.label}Filter"])


def _related(compiler: Compiler, way: Related, variable: str, part: Mapping[str, Any], take: Take) -> str:
    """What is asked of the things that a way leads to: of the one, or of some of them and of none."""
    node = SCHEMA.node(way.label)
    if way.one:
        return way.condition(compiler, variable, lambda end: condition(compiler, node, end, part, take))
    asked: list[str] = []
    for branch in BRANCHES:
        inner = part.get(branch)
        if inner is not None:
            text = way.condition(compiler, variable, _condition_on(compiler, node, inner, _inside(take, branch)))
            asked.append(text if branch == "some" else f"NOT {text}")
    return " AND ".join(asked)


def _condition_on(compiler: Compiler, node: Node, filter_: Mapping[str, Any], take: Take) -> Callable[[str], str]:
    return lambda end: condition(compiler, node, end, filter_, take)


def _property(compiler: Compiler, value: str, operators: Mapping[str, Any], take: Take, *, found: str = "") -> str:
    """What is asked of a property; the operator by which it is found is the only one that an index may serve."""
    parts: list[str] = []
    for operator, operand in operators.items():
        if operand is None:
            continue
        if operator == "isNull":
            parts.append(f"{value} IS NULL" if operand else f"{value} IS NOT NULL")
        else:
            given = compiler.parameter(_plain(_inside(take, operator)))
            own = hidden(compiler, value) if operator in _LOOKED_UP and operator != found else value
            parts.append(_COMPARED[operator].format(value=own, given=given))
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
