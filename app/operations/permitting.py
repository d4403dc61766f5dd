"""Which permissions an operation needs, read from its document before anything of it runs.

A field of the schema names the permission that it needs, and so may an argument, and a field of an input that asks of
what the field itself does not show: who may not read a property may not search by it either. What stands in a variable
is looked at with each request, and only where the caller has not all that could be needed.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLInputObjectType,
    GraphQLNamedType,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    ValueNode,
    get_named_type,
    is_abstract_type,
    value_from_ast_untyped,
)
from graphql import Node as SyntaxNode

from app.access.permissions import NEEDS, Permission, roles_with
from app.compiler.selection import variables_in
from app.errors import ErrorCode
from app.operations.conditions import Condition, Variables, conditions_of
from app.operations.limits import fragments_of

_DECLARED = "strawberry-definition"
_OF_THE_SCHEMA = frozenset({"__schema", "__type"})


def permission_of(element: Any) -> Permission | None:
    """The permission that the declaration of a field, an argument or a field of an input names."""
    declared = element.extensions.get(_DECLARED)
    return None if declared is None else declared.metadata.get(NEEDS)


@dataclass(frozen=True, slots=True)
class Need:
    """One permission, and what needs it.

    Attributes:
        permission: what is needed.
        name: of what needs it in the schema, as `Run.user`.
        node: where the document asks for it.
    """

    permission: Permission
    name: str
    node: SyntaxNode


@dataclass(frozen=True, slots=True)
class Given:
    """A value with variables in it, in which something may be asked that needs a permission.

    Attributes:
        value: where it stands in the document.
        type: the schema's for it, or for each of it.
        inputs: what the fields of inputs need.
        own: what the argument itself needs, whatever it is given, unless that is null.
    """

    value: ValueNode
    type: GraphQLNamedType
    inputs: "Inputs"
    own: tuple[Permission, str] | None = None

    @property
    def most(self) -> frozenset[Permission]:
        """What it may need with whatever variables."""
        found = self.inputs.below(self.type)
        return found if self.own is None else found | {self.own[0]}

    def found(self, variables: Variables) -> Iterator[Need]:
        """What it needs with these."""
        value = value_from_ast_untyped(self.value, dict(variables))
        if self.own is not None and value is not None:
            yield Need(*self.own, self.value)
        for permission, name in self.inputs.asked(self.type, value):
            yield Need(permission, name, self.value)


@dataclass(slots=True)
class Needs:
    """What a selection needs.

    Attributes:
        own: what it needs itself.
        parts: what else, each under its conditions.
    """

    own: list[Need | Given] = field(default_factory=list)
    parts: "list[tuple[tuple[Condition, ...], Needs]]" = field(default_factory=list)

    def most(self) -> frozenset[Permission]:
        """The permissions that it may need with whatever variables."""
        found: set[Permission] = set()
        for each in self._reached(None):
            found |= each.most if isinstance(each, Given) else {each.permission}
        return frozenset(found)

    def found(self, variables: Variables) -> dict[Permission, Need]:
        """The permissions that it needs with these, and what needs each, the first in the document."""
        found: dict[Permission, Need] = {}
        for each in self._reached(variables):
            for need in each.found(variables) if isinstance(each, Given) else (each,):
                found.setdefault(need.permission, need)
        return found

    def _reached(self, variables: Variables | None) -> Iterator[Need | Given]:
        """All that is asked for, in the order of the document, a fragment that is spread often only once."""
        seen: set[int] = set()
        left: list[Needs] = [self]
        while left:
            each = left.pop()
            if id(each) in seen:
                continue
            seen.add(id(each))
            yield from each.own
            asked = [
                part
                for conditions, part in each.parts
                if variables is None or all(condition.holds(variables) for condition in conditions)
            ]
            left.extend(reversed(asked))


class Inputs:
    """What the fields of a schema's inputs need, by the names of the inputs."""

    def __init__(self, schema: GraphQLSchema) -> None:
        inputs = [each for each in schema.type_map.values() if isinstance(each, GraphQLInputObjectType)]
        below: dict[str, frozenset[Permission]] = {}
        grown = True
        while grown:  # inputs refer to each other and to themselves
            grown = False
            for each in inputs:
                found = frozenset(_needed_within(each, below))
                grown = grown or found != below.get(each.name)
                below[each.name] = found
        self._below = below

    def below(self, type_: GraphQLNamedType) -> frozenset[Permission]:
        """All that a value of the type may need."""
        return self._below.get(type_.name, frozenset())

    def asked(self, type_: GraphQLNamedType, value: object) -> Iterator[tuple[Permission, str]]:
        """What a value of the type needs, and which field of an input that is.

        What does not fit the type is passed over: it is refused before it is used.
        """
        left: list[tuple[GraphQLNamedType, object]] = [(type_, value)]
        while left:
            of, given = left.pop()
            if isinstance(given, list):
                left.extend((of, each) for each in cast("list[object]", given))
            elif isinstance(given, Mapping) and isinstance(of, GraphQLInputObjectType) and self.below(of):
                for name, part in cast("Mapping[str, object]", given).items():
                    declared = of.fields.get(name)
                    if declared is None or part is None:
                        continue
                    permission = permission_of(declared)
                    if permission is not None:
                        yield permission, f"{of.name}.{name}"
                    left.append((cast("GraphQLNamedType", get_named_type(declared.type)), part))


def _needed_within(type_: GraphQLInputObjectType, below: Mapping[str, frozenset[Permission]]) -> Iterator[Permission]:
    """What the fields of an input need, and what is known of those below."""
    for each in type_.fields.values():
        permission = permission_of(each)
        if permission is not None:
            yield permission
        named = cast("GraphQLNamedType", get_named_type(each.type))
        yield from below.get(named.name, ())


class Permitting:
    """Finds what the operations of one document, which is valid, need."""

    def __init__(self, schema: GraphQLSchema, inputs: Inputs, document: DocumentNode) -> None:
        self._schema = schema
        self._inputs = inputs
        self._fragments = fragments_of(document)
        self._known: dict[str, Needs] = {}

    def of(self, operation: OperationDefinitionNode) -> Needs:
        """What an operation of the document needs."""
        return self._selected(operation.selection_set, self._schema.get_root_type(operation.operation))

    def _selected(self, selections: SelectionSetNode | None, parent: GraphQLNamedType | None) -> Needs:
        needs = Needs()
        for node in selections.selections if selections else ():
            part = self._one(node, parent)
            if part.own or part.parts:
                needs.parts.append((tuple(conditions_of(node.directives or ())), part))
        return needs

    def _one(self, node: object, parent: GraphQLNamedType | None) -> Needs:
        if isinstance(node, FieldNode):
            return self._field(node, parent)
        if isinstance(node, FragmentSpreadNode):
            return self._fragment(node.name.value)
        if isinstance(node, InlineFragmentNode):
            named = node.type_condition
            return self._selected(node.selection_set, self._schema.get_type(named.name.value) if named else parent)
        return Needs()

    def _fragment(self, name: str) -> Needs:
        if name not in self._known:
            fragment = self._fragments[name]
            parent = self._schema.get_type(fragment.type_condition.name.value)
            self._known[name] = self._selected(fragment.selection_set, parent)
        return self._known[name]

    def _field(self, node: FieldNode, parent: GraphQLNamedType | None) -> Needs:
        name = node.name.value
        if name in _OF_THE_SCHEMA:
            return Needs([Need(Permission.SCHEMA_READ, f"{parent}.{name}", node)])
        needs, inner = Needs(), None
        for type_ in self._shown_by(parent):
            declared: Any = getattr(type_, "fields", {}).get(name)
            if declared is None:  # what every type has: `__typename`
                continue
            inner = cast("GraphQLNamedType", get_named_type(declared.type)) if type_ is parent else inner
            permission = permission_of(declared)
            if permission is not None:
                needs.own.append(Need(permission, f"{type_}.{name}", node))
            needs.own.extend(self._arguments(node, declared, f"{type_}.{name}"))
        if node.selection_set is not None:
            needs.parts.append(((), self._selected(node.selection_set, inner)))
        return needs

    def _shown_by(self, parent: GraphQLNamedType | None) -> Iterable[GraphQLNamedType]:
        """The type itself; of an interface the types too that its fields are answered by."""
        if parent is None:
            return ()
        return (parent, *self._schema.get_possible_types(parent)) if is_abstract_type(parent) else (parent,)

    def _arguments(self, node: FieldNode, declared: Any, name: str) -> Iterator[Need | Given]:
        for given in node.arguments or ():
            argument = declared.args[given.name.value]
            permission, type_ = permission_of(argument), cast("GraphQLNamedType", get_named_type(argument.type))
            if permission is None and not self._inputs.below(type_):
                continue
            own = None if permission is None else (permission, f"{name}({given.name.value}:)")
            found = Given(given.value, type_, self._inputs, own)
            if any(variables_in(given.value)):
                yield found
            else:
                yield from found.found({})


def forbidden(needs: Iterable[Need]) -> list[GraphQLError]:
    """The refusals of what needs permissions that its caller does not have."""
    return [_forbidden(need) for need in needs]


def _forbidden(need: Need) -> GraphQLError:
    roles = [str(role) for role in roles_with(need.permission)]
    return GraphQLError(
        f"{need.name} needs the permission {need.permission}, which you do not have. Leave it out, or ask an "
        f"administrator for a role that has it: {', '.join(roles)}.",
        need.node,
        extensions={
            "code": ErrorCode.FORBIDDEN.value,
            "permission": str(need.permission),
            "roles": roles,
            "field": need.name,
        },
    )
