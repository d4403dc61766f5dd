"""For each thing of a schema that may need a permission, a document that asks for it, by a shortest way from the root.

It is found again here from the schema alone, and says itself which declared permissions lie on its way.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, cast

from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    is_composite_type,
    is_required_argument,
    is_required_input_field,
)

SAMPLES = {
    "String": '"x"', "ID": '"x"', "Int": "1", "Float": "0.5", "Boolean": "true", "BigInt": "1", "JSON": '"x"',
    "DateTime": '"2026-01-01T00:00:00Z"', "Digest": f'"sha256:{"0" * 64}"',
}  # fmt: skip


@dataclass(frozen=True)
class Asking:
    """A document.

    Attributes:
        name: what it asks for.
        text: the document.
        permissions: the names of all that is declared to be needed by what stands in it.
    """

    name: str
    text: str
    permissions: frozenset[str]


def declared(element: Any) -> str | None:
    """The permission that a declaration names."""
    found = element.extensions.get("strawberry-definition")
    return None if found is None else found.metadata.get("needs")


def askings(schema: GraphQLSchema) -> Iterator[Asking]:
    """A document for every field of every type, and every argument and every field of a filter at its first place."""
    seen: set[str] = set()
    for root in (schema.query_type, schema.mutation_type):
        assert isinstance(root, GraphQLObjectType)
        for type_, way in _ways(schema, root):
            for name, field in type_.fields.items():
                yield _asking(f"{type_.name}.{name}", root, [*way, (type_, name, field)], {})
                if root is schema.query_type:
                    yield from _with_arguments([*way, (type_, name, field)], seen)


Way = list[tuple[GraphQLObjectType, str, GraphQLField]]


def _ways(schema: GraphQLSchema, root: GraphQLObjectType) -> Iterator[tuple[GraphQLObjectType, Way]]:
    """Every object type that a root leads to, with the fields on the way."""
    left: deque[tuple[GraphQLObjectType, Way]] = deque([(root, [])])
    seen = {root.name}
    while left:
        type_, way = left.popleft()
        yield type_, way
        for name, field in type_.fields.items():
            named: Any = get_named_type(field.type)
            if is_composite_type(named):
                for each in [named] if isinstance(named, GraphQLObjectType) else schema.get_possible_types(named):
                    if each.name not in seen:
                        seen.add(each.name)
                        left.append((each, [*way, (type_, name, field)]))


def _with_arguments(way: Way, seen: set[str]) -> Iterator[Asking]:
    root, (type_, name, field) = way[0][0], way[-1]
    for key, argument in field.args.items():
        named: Any = get_named_type(argument.type)
        if type_ is root or declared(argument):
            given = {key: sample(argument.type)}
            yield _asking(f"{type_.name}.{name}({key}:)", root, way, given, argument)
        if named.name.endswith("Filter") and named.name not in seen:
            seen.add(named.name)
            for part, inner in named.fields.items():
                given = {key: f"{{ {part}: {sample(inner.type)} }}"}
                yield _asking(f"{named.name}.{part}", root, way, given, argument, inner)


def _asking(name: str, root: GraphQLObjectType, way: Way, given: dict[str, str], *elements: Any) -> Asking:
    text, below = "", ""
    for index, (type_, field_name, field) in reversed(list(enumerate(way))):
        last = index == len(way) - 1
        needed_here = {key: sample(each.type) for key, each in field.args.items() if is_required_argument(each)}
        arguments = needed_here | (given if last else {})
        told = ", ".join(f"{key}: {value}" for key, value in arguments.items())
        named = get_named_type(field.type)
        inner = below or ("{ __typename }" if is_composite_type(named) else "")
        text = f"... on {type_.name} {{ {field_name}{f'({told})' if told else ''} {inner} }}"
        below = f"{{ {text} }}"
    needed = {declared(each) for each in (*(field for _, _, field in way), *elements)} - {None}
    kind = "mutation" if root.name == "Mutation" else "query"
    return Asking(name, f"{kind} {below}", frozenset(cast("set[str]", needed)))


def sample(type_: Any) -> str:
    """A literal of an input type, as short as may be."""
    if isinstance(type_, GraphQLNonNull):
        return sample(type_.of_type)
    if isinstance(type_, GraphQLList):
        return f"[{sample(type_.of_type)}]" if isinstance(get_named_type(type_), GraphQLEnumType) else "[]"
    if isinstance(type_, GraphQLEnumType):
        return next(iter(type_.values))
    if not isinstance(type_, GraphQLInputObjectType):
        return SAMPLES[type_.name]
    fields = list(type_.fields.items())
    needed = fields[:1] if type_.is_one_of else [each for each in fields if is_required_input_field(each[1])]
    return f"{{ {', '.join(f'{key}: {sample(each.type)}' for key, each in needed)} }}"
