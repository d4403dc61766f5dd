"""Pages by key: which part of a list is asked for, in which order, and where it begins and ends."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from app.compiler import cursors
from app.errors import ErrorCode, PedigreeError
from graph_schema.declare import Kind

LARGEST = 100
"""The most things on one page."""

STANDARD = 25
"""How many things are on a page where the caller does not say."""

_PAGE = frozenset({"first", "last", "after", "before", "orderBy"})

_FLOORS: Mapping[Kind, str] = {
    Kind.TEXT: "''",
    Kind.INTEGER: str(-(2**62)),
    Kind.FLOAT: "-1e308",
    Kind.TIME: str(-(2**62)),
}
"""What a missing value sorts as: before every other, in Cypher's text."""


@dataclass(frozen=True, slots=True)
class Order:
    """The order of a list.

    Attributes:
        name: of the enum's value, or `KEY`.
        property: the stored property that it goes by.
        kind: what that holds. None: no two things of the list have the same value, and none lacks one.
        descending: whether the greatest comes first.
    """

    name: str = "KEY"
    property: str = "sortKey"
    kind: Kind | None = None
    descending: bool = False

    def value(self, own: str) -> str:
        """The expression that it goes by, from that of the property; things of the same value go by their uid."""
        return own if self.kind is None else f"coalesce({own}, {_FLOORS[self.kind]})"

    def direction(self, *, backward: bool) -> str:
        """What stands behind each expression of the order."""
        return " DESC" if self.descending != backward else ""

    def clause(self, value: str, variable: str, *, backward: bool) -> str:
        """What stands behind `ORDER BY`: the expression that `value` gave, and the uid of the variable."""
        direction = self.direction(backward=backward)
        keys = (value,) if self.kind is None else (value, f"{variable}.uid")
        return ", ".join(f"{key}{direction}" for key in keys)

    def beyond(self, value: str, variable: str, bounds: tuple[str, str], *, later: bool) -> str:
        """The condition that a thing comes later, or earlier, than the sort value and the uid of a cursor."""
        sign = ">" if later != self.descending else "<"
        edge, uid = bounds
        if self.kind is None:
            return f"{value} {sign} {edge}"
        return f"{value} {sign}= {edge} AND ({value} {sign} {edge} OR {variable}.uid {sign} {uid})"


class OrderEnum(Enum):
    """The base of the API's order enums: each value is an `Order`."""


NATURAL = Order()
"""By the natural key."""

MIXED = Order(kind=Kind.TEXT)
"""By the natural key, where things of several labels may have the same."""


@dataclass(frozen=True, slots=True)
class Page:
    """The part of a list that an execution asks for.

    Attributes:
        size: how many things at most.
        backward: whether they are the last ones.
        after: the sort value and the uid that they come after.
        before: the sort value and the uid that they come before.
        list_tag: what the cursors of this list have in common.
    """

    size: int
    backward: bool
    after: tuple[Any, str] | None
    before: tuple[Any, str] | None
    list_tag: str


def page_of(arguments: Mapping[str, Any], field: str, order: Order) -> Page:
    """The page that these arguments ask for.

    Args:
        arguments: `first`, `after`, `last`, `before`, and whatever else decides what is in the list.
        field: the list's name: cursors are good for one list only.
        order: the list's.

    Raises:
        PedigreeError: the page is too large or too small, asked for from both ends, or a cursor is not this list's.
    """
    first, last = arguments.get("first"), arguments.get("last")
    if first is not None and last is not None:
        raise _refused(field, "`first` and `last` exclude each other.", "Ask from one end.")
    size = first if first is not None else last
    if size is None:
        size = STANDARD
    elif not 1 <= size <= LARGEST:
        end = "first" if first is not None else "last"
        raise _refused(field, f"`{end}` is {size}.", f"Ask for 1 to {LARGEST}, and page on with `after`.")
    rest = {name: value for name, value in arguments.items() if name not in _PAGE and value is not None}
    list_tag = cursors.tag(field, order.name, rest)
    after, before = (
        None if arguments.get(name) is None else cursors.decode(arguments[name], list_tag)
        for name in ("after", "before")
    )
    return Page(size, last is not None, after, before, list_tag)


def _refused(field: str, what: str, remedy: str) -> PedigreeError:
    return PedigreeError(f"The page of {field} makes no sense: {what}", code=ErrorCode.BAD_PAGE, remedy=remedy)
