"""How the types of the API are declared: by hand, a line a field, with the descriptions of the graph's declaration."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from inspect import Parameter, Signature, get_annotations
from typing import Annotated, Any, TypeVar

import strawberry
from strawberry import UNSET

from app.access.permissions import Permission, guarded
from app.compiler.connections import Connected
from app.compiler.meanings import Embedded, Hop, Meaning, One, RootMeaning, Stored, graph
from app.compiler.scalars import DateTime
from app.registry.types.filters import FILTERS, ORDERS
from graph_schema.declare import Property
from graph_schema.nodes import CHECKED_AT, NAMESPACES, NODE_BOOKKEEPING, PROVENANCE, STAGE
from graph_schema.relationships import SCHEMA

T = TypeVar("T")

SERVING = "{x}.startedAt <= {now} AND ({x}.endedAt IS NULL OR {x}.endedAt > {now})"
"""Whether a deployment serves."""

_COMMON = {each.name: each for each in (*PROVENANCE, *NODE_BOOKKEEPING, NAMESPACES, STAGE, CHECKED_AT)}

First = Annotated[
    int | None, strawberry.argument(description="How many from the beginning: 1 to 100; 25 if neither end is named.")
]
After = Annotated[str | None, strawberry.argument(description="Only what comes after the thing of this cursor.")]
Last = Annotated[int | None, strawberry.argument(description="How many from the end: 1 to 100.")]
Before = Annotated[str | None, strawberry.argument(description="Only what comes before the thing of this cursor.")]

AsOf = Annotated[
    DateTime | None,
    strawberry.argument(
        description="What held in the world at this time: relationships by when they held, things from their own "
        "earliest time on, versions in the stage of then. Null: as the field above it, else now, without any test."
    ),
]
KnownAt = Annotated[
    DateTime | None,
    strawberry.argument(
        description="What had been recorded here, and not retracted, by this time. Null: as the field above it, else "
        "now."
    ),
]


At = Annotated[DateTime, strawberry.argument(description="When in the world.")]
_PAGE: Mapping[str, Any] = {"first": First, "after": After, "last": Last, "before": Before}
_NEEDED = frozenset({"at", "endpoint"})
"""The arguments that may not be left out."""


@dataclass(frozen=True, slots=True)
class Flag:
    """An argument of a list that is true, false or null: only those of which it holds, only the others, or all.

    Attributes:
        condition: what it means; `{x}` is the thing, `{now}` the moment.
        description: for the schema.
    """

    condition: str
    description: str


def arguments_of(label: str, flags: Mapping[str, Flag]) -> Callable[..., Any]:
    """A function with the arguments of a list, for Strawberry to read; the compiler answers, and never calls it.

    Args:
        label: the label of the list's things; of several there are neither filters nor orders.
        flags: what it has beside them, by name.
    """
    found: dict[str, Any] = {}
    if label in FILTERS:
        found |= {"where": _where(label), "order_by": _order_by(label)}
    for name, flag in flags.items():
        found[name] = Annotated[bool | None, strawberry.argument(description=flag.description)]
    return _asked({**found, "as_of": AsOf, "known_at": KnownAt, **_PAGE})


def serving_arguments(**others: Any) -> Callable[..., Any]:
    """A function with the arguments of a list of what served at a time; others come first."""
    label = "Deployment"
    own = {"at": At, "known_at": KnownAt, "where": _where(label), "order_by": _order_by(label)}
    return _asked({**others, **own, **_PAGE})


def files_arguments() -> Callable[..., Any]:
    """A function with the arguments of a list of files."""
    verified = Annotated[
        bool | None,
        strawberry.argument(
            description="Only those of which the service itself has read the bytes; false: only the others; null: all."
        ),
    ]
    return _asked({"verified": verified, "as_of": AsOf, "known_at": KnownAt, "first": First, "after": After})


def _where(label: str) -> Any:
    return Annotated[FILTERS[label] | None, strawberry.argument(description="Only what fulfils this.")]


def _order_by(label: str) -> Any:
    return Annotated[
        ORDERS[label] | None, strawberry.argument(description="In which order; by key, where none is given.")
    ]


def _asked(found: Mapping[str, Any]) -> Callable[..., Any]:

    def answered_by_the_compiler() -> Any:
        raise NotImplementedError

    answered_by_the_compiler.__signature__ = Signature(
        [
            Parameter(name, Parameter.KEYWORD_ONLY, annotation=type_, default=Parameter.empty if needed else UNSET)
            for name, type_ in found.items()
            for needed in [name in _NEEDED]
        ],
        return_annotation=Any,
    )
    return answered_by_the_compiler


def means(
    description: str,
    meaning: Meaning | RootMeaning,
    arguments: Callable[..., Any] | None = None,
    *,
    needs: Permission | None = None,
) -> Any:
    """A field that the compiler answers.

    Args:
        description: for the schema.
        meaning: what the field is in the graph.
        arguments: a function with the field's arguments; it is never called.
        needs: the permission that it needs; None where what leads to it needs one that is enough.
    """
    metadata: dict[str, Any] = {**graph(meaning), **({} if needs is None else guarded(needs))}
    if arguments is None:
        return strawberry.field(description=description, metadata=metadata)
    return strawberry.field(resolver=arguments, description=description, metadata=metadata)


def one(description: str, *hops: Hop, certain: bool = False) -> Any:
    """The one thing that the hops lead to; `certain` where they cannot lead to two."""
    return means(description, One(hops, certain))


def many(description: str, *hops: Hop, **flags: Flag) -> Any:
    """The things that the hops lead to, as a connection."""
    conditions = {name: flag.condition for name, flag in flags.items()}
    return means(description, Connected(hops, conditions=conditions), arguments_of(hops[-1].label, flags))


def served(description: str, *hops: Hop) -> Any:
    """The deployments that the hops lead to, and that serve at the time that the argument `at` names."""
    return means(description, Connected(hops, holding=SERVING, as_of="at"), serving_arguments())


def listed(description: str, label: str, needs: Permission = Permission.INVENTORY_READ, **flags: Flag) -> Any:
    """Everything of a label, as a connection."""
    conditions = {name: flag.condition for name, flag in flags.items()}
    return means(description, Connected(label=label, conditions=conditions), arguments_of(label, flags), needs=needs)


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
    meaning = Stored(declared.stored_as, _ABSENT.get(declared.name, ""))
    return means(declared.description, meaning, needs=Permission.PEOPLE_READ if declared.personal else None)


_ABSENT = {"undescribed": "false", "namespaces": "[]"}
"""What stands for a missing value, where the API promises one."""


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)
