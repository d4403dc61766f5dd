"""What an answer that took too long names: the field that was asked for, what is dear within it, and what to do."""

from collections.abc import Iterator, Mapping
from typing import Any, cast

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLInputObjectType,
    GraphQLNamedType,
    GraphQLResolveInfo,
    GraphQLSchema,
    SelectionSetNode,
    get_named_type,
    value_from_ast_untyped,
)

from app.compiler.related import related_filters
from app.errors import TookTooLong
from app.operations.cost import LOOKS

NAMED = 3
"""How many dear fields a message names at most."""

_WALKS = frozenset({"impact", "lineage", "path"})


def late(error: TookTooLong, info: "GraphQLResolveInfo[Any]") -> TookTooLong:
    """The error of a root field, from that of one of its statements."""
    if error.path is not None:
        return error
    less = "fewer hops or starts" if info.field_name in _WALKS else "a narrower filter"
    remedy = f"Ask for less of `{info.path.key}`: a smaller page, {less}."
    dear = list(dict.fromkeys(_Dear(info).below()))[:NAMED]
    if dear:
        remedy += f" Dearest within it: {', '.join(f'`{each}`' for each in dear)}; ask for that apart, of few things."
    return TookTooLong(error.what, path=str(info.path.key), remedy=remedy)


class _Dear:
    """Finds the places of the fields below a root field that look at much more than they show."""

    def __init__(self, info: "GraphQLResolveInfo[Any]") -> None:
        self._schema: GraphQLSchema = info.schema
        self._fragments: Mapping[str, FragmentDefinitionNode] = info.fragments
        self._variables: Mapping[str, Any] = info.variable_values.coerced
        self._root = info
        self._spread: set[str] = set()

    def below(self) -> Iterator[str]:
        for node in self._root.field_nodes:
            yield from self._field(node, self._root.parent_type, "")

    def _field(self, node: FieldNode, parent: GraphQLNamedType | None, place: str) -> Iterator[str]:
        key = node.alias.value if node.alias else node.name.value
        place = f"{place}.{key}" if place else key
        declared: Any = getattr(parent, "fields", {}).get(node.name.value)
        if declared is None:
            return
        if (f"{parent}.{node.name.value}" in LOOKS or node.name.value == "facet") and "." in place:
            yield place
        for given in node.arguments or ():
            type_ = cast("GraphQLNamedType", get_named_type(declared.args[given.name.value].type))
            if isinstance(type_, GraphQLInputObjectType) and given.name.value == "where":
                value = value_from_ast_untyped(given.value, dict(self._variables))
                if related_filters(type_, value):
                    yield f"{place}(where:)"
        yield from self._selected(node.selection_set, cast("GraphQLNamedType", get_named_type(declared.type)), place)

    def _selected(
        self, selections: SelectionSetNode | None, parent: GraphQLNamedType | None, place: str
    ) -> Iterator[str]:
        for node in selections.selections if selections else ():
            if isinstance(node, FieldNode):
                yield from self._field(node, parent, place)
                continue
            inner: Any = node
            if isinstance(node, FragmentSpreadNode):
                if node.name.value in self._spread:
                    continue  # told once, wherever it is spread: there may be more places than anybody can count
                self._spread.add(node.name.value)
                inner = self._fragments[node.name.value]
            named = inner.type_condition
            yield from self._selected(
                inner.selection_set, self._schema.get_type(named.name.value) if named else parent, place
            )
