"""What a part of an operation costs: what no variable changes is added up when its document is read."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import cast

from graphql import GraphQLInputObjectType, ValueNode, value_from_ast_untyped

from app.compiler.paging import LARGEST
from app.compiler.related import related_filters
from app.compiler.selection import variables_in
from app.operations.conditions import Condition, Variables


def paged(value: object, usual: int) -> int:
    """How many rows a page of that size has; what makes no sense is refused later, and counts as the most."""
    if value is None:
        return usual
    return min(max(value, 0), LARGEST) if isinstance(value, int) else LARGEST


@dataclass(frozen=True, slots=True)
class Count:
    """How many rows a list has at most.

    Attributes:
        rows: the number where no variable says it.
        variable: the name of the variable that says it: a number, or a list of as many; empty for none.
    """

    rows: int
    variable: str = ""

    @property
    def fixed(self) -> bool:
        """Whether it is the same whatever the variables are."""
        return not self.variable

    def of(self, variables: Variables) -> int:
        """The number, with the values of a request; what makes no sense is refused later, and counts as the most."""
        if not self.variable:
            return self.rows
        value = variables.get(self.variable)
        if isinstance(value, list):
            return len(value)  # pyright: ignore[reportUnknownArgumentType] - of whatever
        return paged(value, self.rows)


@dataclass(frozen=True, slots=True)
class Steps(Count):
    """How many steps from thing to thing a filter takes.

    Attributes:
        type: the filter's.
        node: where it stands in the document.
    """

    type: GraphQLInputObjectType | None = None
    node: ValueNode | None = None

    @property
    def fixed(self) -> bool:
        """Whether no variable stands in the filter."""
        return not variables_in(self.node)

    def of(self, variables: Variables) -> int:
        """The number, with the values of a request."""
        if self.type is None or self.node is None:
            return self.rows
        return related_filters(self.type, value_from_ast_untyped(self.node, dict(variables)))


@dataclass(frozen=True, slots=True)
class Items(Count):
    """How many items an input holds, or has the service take.

    Attributes:
        names: its fields that are lists of them.
        node: where it stands in the document.
        page: its field that says how many are taken where it lists none; empty where none are.
    """

    names: tuple[str, ...] = ()
    node: ValueNode | None = None
    page: str = ""

    @property
    def fixed(self) -> bool:
        """Whether no variable stands in the input."""
        return not variables_in(self.node)

    def of(self, variables: Variables) -> int:
        """The number, with the values of a request; too many are refused later."""
        given = value_from_ast_untyped(self.node, dict(variables)) if self.node else None
        if not isinstance(given, Mapping):
            return self.rows
        fields = cast("Mapping[str, object]", given)
        lists = [fields.get(name) for name in self.names]
        listed = sum(len(cast("list[object]", each)) if isinstance(each, list) else each is not None for each in lists)
        return listed or (paged(fields.get(self.page), self.rows) if self.page else 0)


@dataclass(slots=True)
class Price:
    """What a selection costs for each row of which it is asked.

    Attributes:
        own: what it costs whatever the variables are.
        parts: what else: so many rows, under these conditions, at such a price.
    """

    own: int = 0
    parts: "list[tuple[Count, tuple[Condition, ...], Price]]" = field(default_factory=list)

    def add(self, count: Count, price: "Price", conditions: tuple[Condition, ...] = ()) -> "Price":
        """The same price, which has so much more to it; what no variable changes is added up at once."""
        if count.fixed and not conditions and not price.parts:
            self.own += count.of({}) * price.own
        else:
            self.parts.append((count, conditions, price))
        return self

    def of(self, variables: Variables, known: dict[int, int] | None = None) -> int:
        """The sum for one row. What is `known` of a fragment is not counted anew wherever it is spread."""
        known = {} if known is None else known
        found = known.get(id(self))
        if found is None:
            found = self.own
            for count, conditions, price in self.parts:
                if all(condition.holds(variables) for condition in conditions):
                    found += count.of(variables) * price.of(variables, known)
            known[id(self)] = found
        return found
