"""What filters ask of connected things: made from what the fields of the API mean, so that no way is written twice."""

from collections.abc import Iterator, Mapping
from typing import cast

from graphql import (
    GraphQLBoolean,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLSchema,
)

from app.compiler.compiling import declared_meaning
from app.compiler.connections import Connected
from app.compiler.meanings import One
from app.compiler.related import ASKED, Related, Truth
from app.registry.types.filters import NOUNS

_OTHER_NAMES: Mapping[tuple[str, str], str] = {
    ("Deployment", "modelVersion"): "version",
    ("Evaluation", "modelVersion"): "version",
}
"""What filters call a field whose name is that of a part of the key, which they compare."""

_LAST = ("and", "or", "not")


def relate(schema: GraphQLSchema) -> None:
    """Gives each filter the fields that ask of connected things: those of its type that lead to things with filters.

    It is done to the schema that Strawberry made, since a filter is declared before the type whose fields it takes.
    """
    lists = {label: _list_filter(schema, label) for label in NOUNS}
    for label in NOUNS:
        fields = _filter(schema, label).fields
        last = {name: fields.pop(name) for name in _LAST}
        for name, field in _asked(schema, label, lists):
            if name in fields:
                raise ValueError(f"{label}Filter has two fields called {name}: give one of them another name.")
            fields[name] = field
        fields.update(last)
    used = {type_.name: type_ for type_ in _list_types(schema)}
    schema.type_map.update(used)


def _asked(
    schema: GraphQLSchema, label: str, lists: Mapping[str, GraphQLInputObjectType]
) -> Iterator[tuple[str, GraphQLInputField]]:
    """The fields of the filter of a label, with their names."""
    for name, field in cast("GraphQLObjectType", schema.type_map[label]).fields.items():
        meaning, description = declared_meaning(field), field.description
        if isinstance(meaning, Connected) and meaning.target in lists and not meaning.holding:
            yield name, _field(lists[meaning.target], description, Related(meaning.hops))
        elif isinstance(meaning, One) and meaning.hops[-1].label in lists:
            way = Related(meaning.hops, one=True, certain=meaning.certain)
            yield _OTHER_NAMES.get((label, name), name), _field(_filter(schema, way.label), description, way)
    for field in cast("GraphQLObjectType", schema.query_type).fields.values():
        meaning = declared_meaning(field)
        if isinstance(meaning, Connected) and meaning.target == label:
            for name, text in meaning.conditions.items():
                yield name, _field(GraphQLBoolean, field.args[name].description, Truth(text))


def _field(
    type_: GraphQLInputObjectType | GraphQLScalarType, description: str | None, asked: Truth | Related
) -> GraphQLInputField:
    return GraphQLInputField(type_, description=description, extensions={ASKED: asked})


def _filter(schema: GraphQLSchema, label: str) -> GraphQLInputObjectType:
    return cast("GraphQLInputObjectType", schema.type_map[f"{label}Filter"])


def _list_filter(schema: GraphQLSchema, label: str) -> GraphQLInputObjectType:
    """The input type with the conditions on a list of things of a label."""
    of = _filter(schema, label)
    return GraphQLInputObjectType(
        f"{label}ListFilter",
        description=f"Conditions on a list of which each is {NOUNS[label]}; both hold, where both are named.",
        fields={
            "some": GraphQLInputField(of, description="At least one fulfils this; `{}`: there is one."),
            "none": GraphQLInputField(of, description="None fulfils this; `{}`: there is none."),
        },
    )


def _list_types(schema: GraphQLSchema) -> Iterator[GraphQLInputObjectType]:
    """The types of the fields of all filters that ask of a list."""
    for label in NOUNS:
        for field in _filter(schema, label).fields.values():
            asked = field.extensions.get(ASKED)
            if isinstance(asked, Related) and not asked.one:
                yield cast("GraphQLInputObjectType", field.type)
