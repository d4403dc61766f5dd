"""The values of an operation's variables, brought into the forms of the schema by functions made once for each type.

graphql-core asks of every value anew what its type is, which takes longer than the whole statement where five hundred
items come at once. What is made here is what graphql-core makes, the fields of an object in the order in which they
came. Where a value does not fit, is left to its default, or is of a type that can hold itself, nothing is made:
graphql-core does it then, and says what is wrong.
The rules: GraphQL specification, October 2021, section 6.1.2.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from graphql import (
    DocumentNode,
    GraphQLInputObjectType,
    GraphQLLeafType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLSchema,
    GraphQLString,
    OperationDefinitionNode,
    VariableDefinitionNode,
)
from graphql.execution.get_variable_signature import GraphQLVariableSignature, get_variable_signature
from graphql.execution.values import VariableValues, VariableValueSource
from graphql.pyutils import Undefined
from graphql.type import is_required_input_field
from graphql.utilities.coerce_input_value import coerce_default_value

InputType = Any
"""A `GraphQLInputType`, whose lists are of what nobody can say."""

_OBJECT: Any = dict
_LIST: Any = list

Coerce = Callable[[Any], Any]
"""Makes of a value that is not null what its type makes of it."""


_LISTS = 8
"""Of how many lists within each other a variable may be; with those of its type graphql-core takes 200."""


class _Unfit(Exception):
    """A value does not fit its type, or is not of the shape that nearly all of them have."""


class _Endless(Exception):
    """A type can hold itself, or is a list of lists of so many: how deep its values may be is graphql-core's to say."""


@dataclass(frozen=True, slots=True)
class Coercer:
    """Brings the variables of one operation into their forms.

    Attributes:
        bare: the document, its operation without the variables, which are known when it runs: a resolver finds none
            declared in `info.operation`.
        signatures: of the variables, each with what brings its values into form.
    """

    bare: DocumentNode
    signatures: tuple[tuple[GraphQLVariableSignature, Coerce], ...]

    def values(self, given: Mapping[str, Any]) -> VariableValues | None:
        """The variables as resolvers want them; None where graphql-core is to look at them.

        Args:
            given: values of JSON, by the names of the variables.
        """
        sources: dict[str, VariableValueSource] = {}
        coerced: dict[str, Any] = {}
        try:
            for signature, coerce in self.signatures:
                name = signature.name
                if name in given:
                    sources[name] = VariableValueSource(signature, given[name])
                    coerced[name] = coerce(given[name])
                elif signature.default is not None or _non_null(_type(signature)):
                    return None
                else:
                    sources[name] = VariableValueSource(signature)
        except Exception:  # noqa: BLE001 - whatever a scalar says of a value, graphql-core says it with its place
            return None
        return VariableValues(sources, coerced)


class Coercers:
    """Makes them for a schema."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self._schema = schema
        self._objects: dict[str, Coerce | None] = {}

    def of(self, document: DocumentNode, operation: OperationDefinitionNode) -> Coercer | None:
        """What serves that operation of the document; None where it has no variables, or one of an endless type."""
        definitions = operation.variable_definitions or ()
        try:
            signatures = tuple(self._signature(each) for each in definitions)
        except _Endless:
            return None
        return Coercer(_bare(document, operation), signatures) if signatures else None

    def _signature(self, definition: VariableDefinitionNode) -> tuple[GraphQLVariableSignature, Coerce]:
        signature = get_variable_signature(self._schema, definition)
        if not isinstance(signature, GraphQLVariableSignature) or str(_type(signature)).count("[") > _LISTS:
            raise _Endless
        return signature, _or_null(_type(signature), self._coerce(_type(signature)))

    def _coerce(self, type_: InputType) -> Coerce:
        """What brings values of the type into form that are not null."""
        inner: InputType = getattr(type_, "of_type", None)
        if isinstance(type_, GraphQLNonNull):
            return self._coerce(inner)
        if isinstance(type_, GraphQLList):
            return _list(self._coerce(inner), needed=_non_null(inner))
        if isinstance(type_, GraphQLInputObjectType):
            return self._object(type_)
        return _leaf(type_)

    def _object(self, type_: GraphQLInputObjectType) -> Coerce:
        if type_.name not in self._objects:
            self._objects[type_.name] = None  # while it is being made, and for good where it holds itself
            fields = {name: self._coerce(_type(field)) for name, field in type_.fields.items()}
            self._objects[type_.name] = _object(type_, fields)
        found = self._objects[type_.name]
        if found is None:
            raise _Endless
        return found


def _bare(document: DocumentNode, operation: OperationDefinitionNode) -> DocumentNode:
    without = replace(operation, variable_definitions=())
    return replace(document, definitions=tuple(without if each is operation else each for each in document.definitions))


def _type(declared: Any) -> InputType:
    return declared.type


def _non_null(type_: InputType) -> bool:
    return isinstance(type_, GraphQLNonNull)


def _or_null(type_: InputType, coerce: Coerce) -> Coerce:
    """The same for values that may be null, or must not be."""
    needed = _non_null(type_)

    def made_of(value: object) -> Any:
        if value is not None:
            return coerce(value)
        if needed:
            raise _Unfit
        return None

    return made_of


def _leaf(type_: GraphQLLeafType) -> Coerce:
    coerce: Coerce = type_.coerce_input_value
    if type_ is not GraphQLString:
        return coerce

    def text(value: Any) -> Any:
        return value if type(value) is str else coerce(value)

    return text


def _list(coerce: Coerce, *, needed: bool) -> Coerce:
    def made_of(value: Any) -> list[Any]:
        if not isinstance(value, _LIST):
            if isinstance(value, Iterable) and not isinstance(value, str | Mapping):
                raise _Unfit
            return [coerce(value)]  # one alone is a list of one
        if None not in value:
            return [coerce(item) for item in value]
        if needed:
            raise _Unfit
        return [None if item is None else coerce(item) for item in value]

    return made_of


def _object(type_: GraphQLInputObjectType, coerces: Mapping[str, Coerce]) -> Coerce:
    fields = {
        name: (field.out_name or name, coerces[name], _non_null(_type(field))) for name, field in type_.fields.items()
    }
    required = {name for name, field in type_.fields.items() if is_required_input_field(field)}
    defaults = _defaults(type_)
    out_type = type_.out_type

    def made_of(value: Any) -> Any:
        if not isinstance(value, _OBJECT) or not required <= value.keys():
            raise _Unfit
        made = defaults.copy()
        for name, item in value.items():  # of each item of a batch: nothing here that can be spared
            out, coerce, needed = fields[name]
            if item is None and needed:
                raise _Unfit
            made[out] = None if item is None else coerce(item)
        return out_type(made)

    return _one_of(made_of) if type_.is_one_of else made_of


def _defaults(type_: GraphQLInputObjectType) -> dict[str, Any]:
    """What the fields are that are left out, by the names in the object that is made."""
    found = {
        field.out_name or name: coerce_default_value(field)
        for name, field in type_.fields.items()
        if not is_required_input_field(field)
    }
    return {name: value for name, value in found.items() if value is not Undefined}


def _one_of(coerce: Coerce) -> Coerce:
    """The same for objects of which exactly one field is given, and is not null."""

    def made_of(value: Any) -> Any:
        if not isinstance(value, _OBJECT) or len(value) != 1 or None in value.values():
            raise _Unfit
        return coerce(value)

    return made_of
