"""Connections as Relay has them, and how complete an answer is."""

from collections.abc import Sequence
from enum import Enum
from typing import TYPE_CHECKING, Annotated, Any, Generic, TypeVar

import strawberry
from strawberry import UNSET

from app.compiler.paging import Page
from app.registry.lists import ListCompleteness
from app.registry.types.declaring import means
from app.registry.types.enums import FacetBy

if TYPE_CHECKING:
    from app.registry.types.things import Node, Source

T = TypeVar("T")


@strawberry.enum(description="A limit that cut an answer short.")
class Limit(Enum):
    """A limit that cut an answer short."""

    HOPS = strawberry.enum_value("HOPS", description="The walk was at its last hop.")
    NODES = strawberry.enum_value("NODES", description="The walk had met as many things as it may.")


def _frontier(first: Annotated[int | None, strawberry.argument(description="How many at most.")] = UNSET) -> Any:
    raise NotImplementedError


@strawberry.type(description="How complete an answer is: an empty one is evidence only where nothing is missing.")
class Completeness:
    """How complete an answer is."""

    complete: bool = strawberry.field(
        description="Nothing was cut or hidden, no ancestry is unknown, no source is stale. Paging does not count."
    )
    truncated_by: list[Limit] = strawberry.field(description="The limits that cut the answer short.")
    frontier: list[Annotated["Node", strawberry.lazy("app.registry.types.things")]] = strawberry.field(
        resolver=_frontier, description="Where the walk stopped."
    )
    hidden_count: int = strawberry.field(
        description="How many things the walk met that this caller may not see, before any filter."
    )
    unknown_ancestry: int = strawberry.field(
        description="How many versions of unknown ancestry could not be ruled out."
    )
    stale_sources: list[Annotated["Source", strawberry.lazy("app.registry.types.things")]] = strawberry.field(
        description="The sources whose last complete load is older than they are expected to be."
    )


@strawberry.type(description="Where a page lies in its list.")
class PageInfo:
    """Where a page lies in its list."""

    has_next_page: bool = strawberry.field(description="Whether more comes after it.")
    has_previous_page: bool = strawberry.field(description="Whether there is something before it.")
    start_cursor: str | None = strawberry.field(description="The cursor of its first thing.")
    end_cursor: str | None = strawberry.field(description="The cursor of its last thing.")


@strawberry.type(description="A thing in a list.")
class Edge(Generic[T]):
    """A thing in a list."""

    cursor: str = strawberry.field(description="Where it stands: for `after` and `before`.")
    node: T = strawberry.field(description="The thing.")


@strawberry.type(description="How many things of a list have one value of a property.")
class FacetValue:
    """How many things have one value."""

    value: str | None = strawberry.field(description="The value as a text; null: those that have none.")
    count: int = strawberry.field(description="How many things of the whole list have it.")


@strawberry.type(description="How the things of a list spread over the values of a property.")
class Facet:
    """How the things of a list spread over the values of a property."""

    values: list[FacetValue] = strawberry.field(description="The values, the commonest first, then by themselves.")
    has_more_values: bool = strawberry.field(description="Whether there are more values than these.")


def _facet(
    by: Annotated[FacetBy, strawberry.argument(description="The property.")],
    first: Annotated[int | None, strawberry.argument(description="How many values: 1 to 100; 10 if null.")] = UNSET,
) -> Any:
    raise NotImplementedError


@strawberry.type(description="A page of a list.")
class Connection(Generic[T]):
    """A page of a list."""

    edges: list[Edge[T]] = strawberry.field(description="The things of the page, in the order of the list.")
    page_info: PageInfo = strawberry.field(description="Where the page lies in the list.")
    total_count: int = strawberry.field(description="How many things are in the whole list; counted only if asked for.")
    facet: Facet = strawberry.field(
        resolver=_facet, description="How the whole list, filtered as it is, spreads over the values of a property."
    )
    completeness: Completeness = means("How complete the list is.", ListCompleteness())


def given_page(first: int | None, after: str | None) -> dict[str, Any]:
    """The arguments of a page that a resolver makes itself, as `page_of` takes them."""
    return {"first": None if first is UNSET else first, "after": None if after is UNSET else after}


def page_info(page: Page, cursors_of: Sequence[str], found: int) -> PageInfo:
    """Where a page lies, of which one more was looked for than it shows."""
    return PageInfo(
        has_next_page=found > page.size,
        has_previous_page=page.after is not None,
        start_cursor=cursors_of[0] if cursors_of else None,
        end_cursor=cursors_of[-1] if cursors_of else None,
    )
