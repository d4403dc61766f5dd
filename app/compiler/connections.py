"""Connections: lists that are filtered, ordered and paged inside the one statement."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, cast

from app.compiler import cursors
from app.compiler.columns import Columns
from app.compiler.compiling import Compiler, Draft, Inputs, meaning_of
from app.compiler.facets import facet
from app.compiler.filters import check, condition, filter_type
from app.compiler.finder import Finder
from app.compiler.hubs import Reading, found_at
from app.compiler.meanings import Hop, Way, everything
from app.compiler.paging import MIXED, NATURAL, Order, Page, page_of
from app.compiler.related import Truth
from app.compiler.seeking import reading, sought
from app.compiler.selection import Field
from app.compiler.shaping import Answer, Piece, Shape, list_shape, object_shape
from app.compiler.times import AS_OF
from graph_schema.relationships import SCHEMA


@dataclass(frozen=True, slots=True)
class Connected:
    """The things that some hops lead to, or all of a label, as a connection.

    Attributes:
        hops: the way; empty for a list of everything of a label.
        label: that label, where there are no hops.
        finder: what finds the things instead of hops.
        conditions: by argument that is true or false, what it means; `{x}` is the thing, `{now}` the moment.
        holding: what must be true of the things in any case, written alike.
        as_of: the argument that names the world's time.
    """

    hops: tuple[Hop, ...] = ()
    label: str = ""
    finder: Finder | None = None
    conditions: Mapping[str, str] = field(default_factory=dict[str, str])
    holding: str = ""
    as_of: str = AS_OF

    @property
    def target(self) -> str:
        """The label of the things, or several of them, joined by `|`."""
        if self.finder is not None:
            return self.finder.target
        return self.hops[-1].label if self.hops else self.label

    @property
    def listed(self) -> bool:
        """Whether it is everything of a label."""
        return not self.hops and self.finder is None

    def way(self, compiler: Compiler, field: Field, variable: str) -> tuple[Way, Reading | None]:
        """How the things are found, and how they are read in order, where an index allows it."""
        if self.finder is not None:
            return self.finder.way(compiler, field, variable), None
        return (everything(compiler, self.label), None) if self.listed else found_at(compiler, variable, self.hops)

    def compile(self, compiler: Compiler, field: Field, variable: str, columns: Columns) -> Piece:
        """The connection, from columns of the row: the page's rows, the count, what else is asked for."""
        with compiler.times.of(field, as_of=self.as_of):
            return _Listing(self, compiler, field, variable, columns).piece()

    def draft(self, compiler: Compiler, field: Field) -> Draft:
        """The whole statement, where the list is a root field."""
        columns = Columns()
        with compiler.times.of(field):
            listing = _Listing(self, compiler, field, "", columns)
            if listing.read_in_order:
                return listing.draft_in_order()
            shape = cast("Shape", listing.piece().shape)
        return Draft(
            f"{columns.bound()}RETURN {columns.text()} AS answer, {compiler.top_expression} AS top",
            lambda records, answer: shape(records[0][0], answer),
            top=lambda records: records[0][1],
        )


class _Listing:
    """One connection while it is compiled."""

    def __init__(self, meaning: Connected, compiler: Compiler, field: Field, variable: str, columns: Columns) -> None:
        self.meaning = meaning
        self.compiler = compiler
        self.field = field
        self.columns = columns
        arguments = compiler.inputs.arguments(field)
        self.order = _order(arguments.get("orderBy"), meaning)
        self.name = f"{field.parent}.{field.name}"
        self.way, in_order = meaning.way(compiler, field, variable)
        self.end = self.way.end
        self.limits: list[str] = []
        self.listed = meaning.listed
        self.row = Columns()
        self.place = 0
        self.paged = False
        self.filtered = bool(arguments.get("where"))
        if self.filtered:
            type_ = filter_type(compiler, SCHEMA.node(meaning.target))
            check(arguments["where"], type_, self.name)
            compiler.check(lambda inputs: check(self._argument("where")(inputs), type_, self.name))
        compiler.check(self._page)
        self.limits += _flags(compiler, meaning, arguments, self.end)
        self.sought = ""
        if self.filtered:
            node = SCHEMA.node(meaning.target)
            self.sought = sought(node, arguments["where"]) if self.listed and self._natural else ""
            where = arguments["where"], self._argument("where")
            self.limits += filter(None, [condition(compiler, node, self.end, *where, sought=self.sought)])
        self.reading = self._reading(in_order)

    @property
    def _natural(self) -> bool:
        """Whether it is in natural order, and as it is now: what an index may hold."""
        return self.order.kind is None and self.compiler.times.present

    def _reading(self, in_order: Reading | None) -> Reading:
        """How a page is read: in the order of an index, where one is known; else sorted."""
        if self.sought:
            return reading(self.compiler, self.way, self.meaning.target, self.sought)
        if in_order and self._natural and not (self.filtered and in_order.apart):
            return in_order
        return Reading(self.way, self._sorted())

    def piece(self) -> Piece:
        """How the connection is taken from the row."""
        shape = self._shape()
        if self.paged and self.reading.apart:
            self.place = self.compiler.beside.add(*self._in_order())
        elif self.paged:
            self.place = self.columns.add(f"COLLECT {{ {self._page_text()} }}")
        return Piece(self.field, shape=shape)

    @property
    def read_in_order(self) -> bool:
        """Whether ArcadeDB reads it from the index: only where the statement itself ends with the order and the limit.

        Where a value is looked up it would make the rows of all that it finds before it sorts them.
        """
        return self.compiler.dialect.kind == "arcadedb" and self.listed and self._natural and not self.sought

    def draft_in_order(self) -> Draft:
        """A record for each row of the page; one more, behind them, holds the rest."""
        shape = self._shape()
        self.place = len(self.columns)
        rest = f"{self.columns.bound()}RETURN {self.columns.text()} AS answer, {self.compiler.top_expression} AS top"
        if not self.paged:
            statement = rest
        else:
            found, row, order = self._in_order()
            statement = f"{found} RETURN {row} AS answer, null AS top {order} UNION ALL {rest}"

        def taken(records: Any, answer: Answer) -> Any:
            *rows, (others, _) = records
            return shape([*others, [row for row, _ in rows]], answer)

        return Draft(statement, taken, top=lambda records: records[-1][1])

    def _shape(self) -> Shape:
        return object_shape([self._part(each) for each in self.field.selection.fields()])

    # ------------------------------------------------------------------------------------------------ the parts

    def _part(self, each: Field) -> Piece:
        match each.name:
            case "__typename":
                return Piece(each, shape=lambda _row, _answer: each.parent)
            case "totalCount":
                return Piece(each, self.columns.add(self._count()))
            case "edges":
                return Piece(each, shape=self._edges(each))
            case "facet":
                return self._facet(each)
            case "pageInfo":
                return Piece(each, shape=self._page_info(each))
            case _:
                return meaning_of(each).compile(self.compiler, each, "", self.columns)

    def _count(self) -> str:
        found = self.way.match(*self.limits)
        if self.listed:
            return f"COUNT {{ {found}{'' if self.compiler.times.present else f' RETURN {self.end}'} }}"
        return f"COUNT {{ {found} RETURN DISTINCT {self.end} }}"

    def _facet(self, each: Field) -> Piece:
        distinct = "" if self.listed else "DISTINCT "
        match = f"{self.way.match(*self.limits)} WITH {distinct}{self.way.kept}"
        expression, shape = facet(self.compiler, each, self.meaning.target, match, self.end, nested=not self.listed)
        place = (
            self.columns.bind(expression, self.compiler.fresh("facet")) if self.listed else self.columns.add(expression)
        )
        return Piece(each, shape=lambda values, answer: shape(values[place], answer))

    def _edges(self, each: Field) -> Shape:
        self.paged = True
        edge = list_shape(
            self.compiler.by_hand(
                each.selection,
                {
                    "cursor": lambda _: self._cursor(),
                    "node": lambda part: self.compiler.row(part.selection, self.end, self.row),
                },
            )
        )
        return lambda values, answer: edge(self._taken(values, answer)[0], answer)

    def _page_info(self, each: Field) -> Shape:
        self.paged = True
        takes: dict[str, Callable[[Field], Shape]] = {
            "hasNextPage": lambda _: lambda page, _answer: page[1],
            "hasPreviousPage": lambda _: lambda page, _answer: page[2],
            "startCursor": lambda _: _at(0, self._cursor()),
            "endCursor": lambda _: _at(-1, self._cursor()),
        }
        info = self.compiler.by_hand(each.selection, takes)
        return lambda values, answer: info(self._taken(values, answer), answer)

    def _cursor(self) -> Shape:
        value, uid = self.row.add(self._sorted()), self.row.add(f"{self.end}.uid")

        def shape(values: Any, answer: Answer) -> str:
            return cursors.encode(self._page(answer.inputs).list_tag, values[value], values[uid])

        return shape

    def _taken(self, values: Any, answer: Answer) -> tuple[list[Any], bool, bool]:
        """The page's rows, and whether others come after and before it."""
        page = self._page(answer.inputs)
        rows: list[Any] = (answer.top if self.reading.apart else values)[self.place]
        more = len(rows) > page.size
        if more:
            rows = rows[: page.size]
        if page.backward:
            return rows[::-1], page.before is not None, more
        return rows, more, page.after is not None

    def _page_text(self) -> str:
        found, row, order = self._in_order()
        distinct = "" if self.listed else "DISTINCT "
        return f"{found} WITH {distinct}{self.reading.kept} {order} RETURN {row}"

    def _in_order(self) -> tuple[str, str, str]:
        """What finds the things of the page, the row of each, and their order, with how many are read."""
        page = self._page(self.compiler.inputs)
        order = self.reading.clause(self.order, backward=page.backward)
        found = self.reading.way.match(*self.limits, *self._bounds(page))
        return found, self.row.text(), f"ORDER BY {order} LIMIT {self._size()}"

    def _sorted(self) -> str:
        """The expression that the list is sorted by."""
        return self.order.value(self.compiler.times.property(self.end, self.order.property))

    def _size(self) -> str:
        """One more than the page holds is read, so that it is known whether more follow."""
        return self.compiler.parameter(lambda inputs: self._page(inputs).size + 1)

    def _bounds(self, page: Page) -> list[str]:
        bounds: list[str] = []
        for name, given in (("after", page.after), ("before", page.before)):
            if given is not None:
                edges = (f"{self.reading.head}{self._edge(name, 0)}", self._edge(name, 1))
                bounds.append(self.order.beyond(self.reading.key, self.end, edges, later=name == "after"))
        if not bounds and self.listed and self.order.kind is None:
            # An index is read in order only where a range of it is named.
            bounds.append(f"{self._sorted()} >= ''")
        return bounds

    # ------------------------------------------------------------------------------------------------ the inputs

    def _page(self, inputs: Inputs) -> Page:
        return inputs.once(self.field, lambda given: page_of(given.arguments(self.field), self.name, self.order))

    def _edge(self, name: str, index: int) -> str:
        return self.compiler.parameter(lambda inputs: getattr(self._page(inputs), name)[index])

    def _argument(self, name: str) -> Callable[[Inputs], Any]:
        return lambda inputs: inputs.arguments(self.field)[name]


def _at(index: int, cursor: Shape) -> Shape:
    return lambda page, answer: cursor(page[0][index], answer) if page[0] else None


def _order(chosen: object, meaning: Connected) -> Order:
    if isinstance(chosen, Enum):
        return chosen.value
    return MIXED if "|" in meaning.target else NATURAL


def _flags(compiler: Compiler, meaning: Connected, arguments: Mapping[str, Any], end: str) -> list[str]:
    found = [Truth(meaning.holding).condition(compiler, end, wanted=True)] if meaning.holding else []
    for name, text in meaning.conditions.items():
        wanted = arguments.get(name)
        if wanted is not None:
            found.append(Truth(text).condition(compiler, end, wanted=wanted))
    return found
