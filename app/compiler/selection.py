"""What a query selects below a field: merged, with fragments spread and `@skip` and `@include` decided.

The collecting is graphql-core's own, so that it is the specification's.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, cast

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLResolveInfo,
    GraphQLSchema,
    GraphQLUnionType,
    Node,
    OperationDefinitionNode,
    VariableNode,
    get_named_type,
)
from graphql.execution.collect_fields import (
    FieldDetails,
    FieldDetailsList,
    FragmentDetails,
    collect_subfields,
)
from graphql.execution.values import VariableValues, get_argument_values

Info = GraphQLResolveInfo[Any]
"""What graphql-core tells a resolver."""

ABSTRACT = (GraphQLInterfaceType, GraphQLUnionType)


@dataclass(frozen=True, slots=True)
class Request:
    """One operation being executed: its document, and the values of its variables."""

    schema: GraphQLSchema
    fragments: dict[str, FragmentDetails]
    operation: OperationDefinitionNode
    variables: VariableValues

    @classmethod
    def of(cls, info: Info) -> "Request":
        """The operation that a resolver is called for."""
        fragments = {name: FragmentDetails(node) for name, node in info.fragments.items()}
        return cls(info.schema, fragments, info.operation, info.variable_values)

    def narrowed(self, names: frozenset[str]) -> "Request":
        """The same with these variables only: what is kept for later must not hold on to a large input."""
        variables = self.variables
        return Request(
            self.schema,
            self.fragments,
            self.operation,
            VariableValues(
                {name: source for name, source in variables.sources.items() if name in names},
                {name: value for name, value in variables.coerced.items() if name in names},
            ),
        )


class Field:
    """One field of a selection: several nodes of a query that answer under one name.

    Attributes:
        key: the name under which it answers: its alias, else its name.
        name: its name in the schema.
        parent: the name of the type that it is selected on.
        definition: the schema's.
        details: the nodes.
        request: the operation, as it was when the plan was made.
    """

    __slots__ = ("_fixed", "definition", "details", "key", "name", "parent", "request")

    def __init__(
        self, key: str, parent: str, definition: GraphQLField, details: FieldDetailsList, request: Request
    ) -> None:
        self.key = key
        self.name = details[0].node.name.value
        self.parent = parent
        self.definition = definition
        self.details = details
        self.request = request
        self._fixed: dict[str, Any] | None = None

    @classmethod
    def of(cls, info: Info, request: Request) -> "Field":
        """The field that a resolver is called for."""
        definition = info.parent_type.fields[info.field_name]
        details = [FieldDetails(node, None, None) for node in info.field_nodes]
        return cls(str(info.path.key), info.parent_type.name, definition, details, request)

    @property
    def nodes(self) -> list[FieldNode]:
        """Where the query names it."""
        return [each.node for each in self.details]

    @property
    def named_type(self) -> GraphQLNamedType:
        """What it answers with, without list and non-null."""
        return cast("GraphQLNamedType", get_named_type(cast("Any", self.definition).type))

    @property
    def required(self) -> bool:
        """Whether the schema forbids it to be null."""
        return isinstance(cast("Any", self.definition).type, GraphQLNonNull)

    @property
    def selection(self) -> "Selection":
        """What is selected below it."""
        return Selection(self.named_type, self.details, self.request)

    def arguments(self, variables: VariableValues) -> dict[str, Any]:
        """Its arguments, coerced, with their defaults; those that are neither given nor have one are not in it.

        Raises:
            GraphQLError: a variable holds what the argument does not take.
        """
        if self._fixed is not None:
            return self._fixed
        node = self.details[0].node
        values = get_argument_values(self.definition, node, variables)
        if not any(variables_in(argument.value) for argument in node.arguments or ()):
            self._fixed = values
        return values


@dataclass(frozen=True, slots=True)
class Selection:
    """What is selected on one type, object, interface or union."""

    type: GraphQLNamedType
    details: FieldDetailsList
    request: Request

    @property
    def possible(self) -> tuple[GraphQLObjectType, ...]:
        """The object types that the answer may be of."""
        if isinstance(self.type, ABSTRACT):
            return tuple(self.request.schema.get_possible_types(self.type))
        return (cast("GraphQLObjectType", self.type),)

    def fields(self, type_name: str = "") -> tuple[Field, ...]:
        """What is selected where the answer is of that object type, in the order in which it is answered.

        Args:
            type_name: the object type; may be left out where only one is possible.

        `__typename` is among them, with the name `__typename`.
        """
        type_ = self._object(type_name)
        request = self.request
        grouped = collect_subfields(
            request.schema, request.fragments, request.variables, request.operation, type_, self.details
        ).grouped_field_set
        found: list[Field] = []
        for key, details in grouped.items():
            definition = request.schema.get_field(type_, details[0].node.name.value)
            if definition is not None:
                found.append(Field(key, type_.name, definition, details, request))
        return tuple(found)

    def asks(self, *names: str) -> bool:
        """Whether any of these fields is selected, under whatever alias, on an answer of any type."""
        return any(field.name in names for type_ in self.possible for field in self.fields(type_.name))

    def named(self, name: str) -> tuple[Field, ...]:
        """The selected fields of that name: one for each alias."""
        return tuple(field for field in self.fields() if field.name == name)

    def _object(self, type_name: str) -> GraphQLObjectType:
        for type_ in self.possible:
            if not type_name or type_.name == type_name:
                return type_
        raise LookupError(f"{self.type.name} is never a {type_name}.")


def variables_of(nodes: list[FieldNode], fragments: Mapping[str, FragmentDefinitionNode]) -> tuple[set[str], set[str]]:
    """The names of the variables in the fields' own arguments, and of those in everything below and in directives."""
    own: set[str] = set()
    below: set[str] = set()
    for node in nodes:
        for argument in node.arguments or ():
            own |= variables_in(argument.value)
        for directive in node.directives or ():
            below |= variables_in(directive)
        if node.selection_set is not None:
            below |= variables_in(node.selection_set)
    # Every fragment, spread here or not: that a variable too many tells plans apart costs only a plan.
    for fragment in fragments.values():
        below |= variables_in(fragment)
    return own, below


def variables_in(node: object) -> set[str]:
    """The names of the variables anywhere in a piece of a document."""
    return set(_walk(node))


def _walk(node: object) -> Iterator[str]:
    if isinstance(node, VariableNode):
        yield node.name.value
    elif isinstance(node, (list, tuple)):
        for each in cast("Iterable[object]", node):
            yield from _walk(each)
    elif isinstance(node, Node):
        for key in node.keys:
            yield from _walk(getattr(node, key, None))


def names_of(values: Sequence[Enum | str] | None, standard: Sequence[str]) -> list[str]:
    """What an argument names that takes a list of an enum's values: each once, in its order; the standard for null."""
    if values is None:
        return list(standard)
    return list(dict.fromkeys(str(each.value) if isinstance(each, Enum) else each for each in values))
