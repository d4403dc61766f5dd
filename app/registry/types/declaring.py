"""How the types of the API are declared: by hand, a line a field, with the descriptions of the graph's declaration."""

from collections.abc import Callable
from inspect import get_annotations
from typing import Annotated, Any, TypeVar

import strawberry
from strawberry import UNSET

from app.compiler.connections import Connected
from app.compiler.meanings import Embedded, Hop, Meaning, One, RootMeaning, Stored, graph
from graph_schema.declare import Property
from graph_schema.nodes import NAMESPACES, NODE_BOOKKEEPING, PROVENANCE, STAGE
from graph_schema.relationships import SCHEMA

T = TypeVar("T")

_COMMON = {each.name: each for each in (*PROVENANCE, *NODE_BOOKKEEPING, NAMESPACES, STAGE)}

First = Annotated[
    int | None, strawberry.argument(description="How many from the beginning: 1 to 100; 25 if neither end is named.")
]
After = Annotated[str | None, strawberry.argument(description="Only what comes after the thing of this cursor.")]
Last = Annotated[int | None, strawberry.argument(description="How many from the end: 1 to 100.")]
Before = Annotated[str | None, strawberry.argument(description="Only what comes before the thing of this cursor.")]


def page(first: First = UNSET, after: After = UNSET, last: Last = UNSET, before: Before = UNSET) -> Any:
    """Tells Strawberry the arguments of a page; the compiler answers."""
    raise NotImplementedError


def means(description: str, meaning: Meaning | RootMeaning, arguments: Callable[..., Any] | None = None) -> Any:
    """A field that the compiler answers.

    Args:
        description: for the schema.
        meaning: what the field is in the graph.
        arguments: a function with the field's arguments; it is never called.
    """
    metadata = graph(meaning)
    if arguments is None:
        return strawberry.field(description=description, metadata=metadata)
    return strawberry.field(resolver=arguments, description=description, metadata=metadata)


def one(description: str, *hops: Hop, certain: bool = False) -> Any:
    """The one thing that the hops lead to; `certain` where they cannot lead to two."""
    return means(description, One(hops, certain))


def many(description: str, *hops: Hop, arguments: Callable[..., Any] = page, **conditions: str) -> Any:
    """The things that the hops lead to, as a connection."""
    return means(description, Connected(hops, conditions=conditions), arguments)


def listed(description: str, label: str, arguments: Callable[..., Any]) -> Any:
    """Everything of a label, as a connection."""
    return means(description, Connected(label=label), arguments)


def part(description: str) -> Any:
    """A part of the thing that is an object of its own."""
    return means(description, Embedded())


def described(cls: type[T]) -> type[T]:
    """A GraphQL type named as the label that it shows; its plain fields are the declared properties of that name."""
    node = SCHEMA.node(cls.__name__)
    declared = {each.name: each for each in node.everything()}
    for name in get_annotations(cls):
        if name not in cls.__dict__:
            setattr(cls, name, _plain({**_COMMON, **declared}[_camel(name)]))
    return strawberry.type(cls, description=node.description)


def _plain(declared: Property) -> Any:
    return means(declared.description, Stored(declared.stored_as, _ABSENT.get(declared.name, "")))


_ABSENT = {"undescribed": "false", "namespaces": "[]"}
"""What stands for a missing value, where the API promises one."""


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)
