"""The history of a thing: what each source said of it and says, the newest first.

A word is kept as a Statement once a second source speaks or the word changes. Until then the thing itself is its only
word, and stands in its history as the Statement that it would become: with the same uid, so that a cursor stays good.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, cast

from app.compiler import cursors
from app.compiler.columns import Columns
from app.compiler.compiling import Compiler, Takes, meaning_of
from app.compiler.inputs import Inputs
from app.compiler.paging import Order, Page, page_of
from app.compiler.scalars import publish_time
from app.compiler.selection import Field
from app.compiler.shaping import Answer, Piece, Shape, list_shape, object_shape
from app.compiler.times import clause_of
from graph_schema.canonical import canonical
from graph_schema.declare import Kind, Node
from graph_schema.identity import to_id, uid
from graph_schema.nodes import STATEMENT
from graph_schema.relationships import SCHEMA

NEWEST = Order("NEWEST", "recordedAt", Kind.TIME, descending=True)
"""The order of a history."""

_COLUMNS = (
    "source", "assertedBy", "method", "confidence", "evidence", "recordedAt", "supersededAt", "retractedAt",
    "retractedBy", "uid",
)  # fmt: skip
"""What stands in the row of a word; the word itself comes last."""

_AT, _UID, _WORD = _COLUMNS.index("recordedAt"), _COLUMNS.index("uid"), len(_COLUMNS)
_ENDS = {"supersededAt": "supersededAt", "retractedAt": "retractedAt", "retractedBy": "retractedAt"}
"""By column that is null as long as a word holds, the property that says when it ended."""

_ACTORS = ("assertedBy", "retractedBy")
_PAGED = ("edges", "pageInfo")


def only_word(variable: str) -> str:
    """Whether a node, live or retracted, is the only word about itself."""
    return f"coalesce({variable}.statements, 0) = 0 AND NOT coalesce({variable}.undescribed, false)"


def published_word(node: Node, word: Mapping[str, Any]) -> str:
    """A word as canonical JSON text, its values as the API shows them: times as RFC 3339, JSON as itself."""
    shown: dict[str, Any] = {}
    for each in node.properties:
        value = word.get(each.stored_as)
        if value is not None:
            shown[each.name] = published_value(each.kind, value)
    return canonical(shown)


def published_value(kind: Kind, value: Any) -> Any:
    """A stored value as it stands in the JSON of a word."""
    if kind is Kind.TIME:
        return publish_time(value)
    return json.loads(value) if kind is Kind.JSON else value


@dataclass(frozen=True, slots=True)
class History:
    """What each source said of the thing, as a connection."""

    def compile(self, compiler: Compiler, field: Field, variable: str, columns: Columns) -> Piece:
        """The connection: Statements of the page from a subquery, the thing's own word from its own row."""
        return _Listing(compiler, field, variable, columns).piece()


class _Listing:
    """One history while it is compiled."""

    def __init__(self, compiler: Compiler, field: Field, variable: str, columns: Columns) -> None:
        self.compiler = compiler
        self.field = field
        self.variable = variable
        self.columns = columns
        self.node = SCHEMA.node(field.parent)
        self.name = f"{field.parent}.{field.name}"
        self.said = compiler.fresh("said")
        self.way = f"({variable})<-[:ABOUT]-({self.said}:{STATEMENT.label})"
        self.places = (0, 0)
        compiler.check(self._page)

    def piece(self) -> Piece:
        selection = self.field.selection
        if selection.asks(*_PAGED):
            self.places = (self.columns.add(self._kept()), self.columns.add(self._own()))
        return Piece(self.field, shape=object_shape([self._part(each) for each in selection.fields()]))

    # ------------------------------------------------------------------------------------------------ the statement

    def _kept(self) -> str:
        """The rows of the page's Statements, and one more, so that it is known whether more follow."""
        page = self._page(self.compiler.inputs)
        bounds = self._known(self.said)
        for name, given in (("after", page.after), ("before", page.before)):
            if given is not None:
                edges = (self._edge(name, 0), self._edge(name, 1))
                bounds.append(NEWEST.beyond(self._at, self.said, edges, later=name == "after"))
        size = self.compiler.parameter(lambda inputs: self._page(inputs).size + 1)
        row = ", ".join(self._value(self.said, name) for name in (*_COLUMNS, "word"))
        return (
            f"COLLECT {{ MATCH {self.way}{clause_of(bounds)} WITH {self.said} "
            f"ORDER BY {NEWEST.clause(self._at, self.said, backward=page.backward)} LIMIT {size} RETURN [{row}] }}"
        )

    def _own(self) -> str:
        """The thing's own row, where it is its only word; the word is the list of its properties."""
        named = ["null" if name == "supersededAt" else self._value(self.variable, name) for name in _COLUMNS]
        word = ", ".join(f"{self.variable}.{each.stored_as}" for each in self.node.properties)
        return f"CASE WHEN {self._only} THEN [{', '.join(named)}, [{word}]] END"

    def _count(self) -> str:
        kept = f"COUNT {{ MATCH {self.way}{clause_of(self._known(self.said))} RETURN {self.said} }}"
        return f"{kept} + CASE WHEN {self._only} THEN 1 ELSE 0 END"

    @property
    def _at(self) -> str:
        return f"{self.said}.{NEWEST.property}"

    @property
    def _only(self) -> str:
        """Whether the node itself is its only word; what it was in a Snapshot is kept as a Statement too."""
        return " AND ".join([only_word(self.variable), *self._known(self.variable)])

    def _known(self, variable: str) -> list[str]:
        known, told = self.compiler.times.known_at, self.compiler.sight.said(variable, self.variable, self.node.label)
        return [*([f"{variable}.recordedAt <= {known}"] if known else []), *told]

    def _value(self, variable: str, name: str) -> str:
        """A column; at a time in the past no word has ended that ended later."""
        value, known = f"{variable}.{name}", self.compiler.times.known_at
        if not known or name not in _ENDS:
            return value
        return f"CASE WHEN {variable}.{_ENDS[name]} <= {known} THEN {value} END"

    # ------------------------------------------------------------------------------------------------ the parts

    def _part(self, each: Field) -> Piece:
        match each.name:
            case "__typename":
                return Piece(each, shape=lambda _row, _answer: each.parent)
            case "totalCount":
                return Piece(each, self.columns.add(self._count()))
            case "edges":
                return Piece(each, shape=self._edges(each))
            case "pageInfo":
                return Piece(each, shape=self._page_info(each))
            case _:
                return meaning_of(each).compile(self.compiler, each, "", self.columns)

    def _edges(self, each: Field) -> Shape:
        takes: Takes = {"cursor": lambda _: self._cursor, "node": self._statement}
        edge = list_shape(self.compiler.by_hand(each.selection, takes))
        return lambda values, answer: edge(self._taken(values, answer)[0], answer)

    def _statement(self, part: Field) -> Shape:
        takes: Takes = {name: _column(index) for index, name in enumerate(_COLUMNS)}
        actors: Takes = {name: _actor(_COLUMNS.index(name)) for name in _ACTORS}
        return self.compiler.by_hand(part.selection, {**takes, **actors, "word": lambda _: self._word})

    def _page_info(self, each: Field) -> Shape:
        takes: Takes = {
            "hasNextPage": lambda _: lambda taken, _answer: taken[1],
            "hasPreviousPage": lambda _: lambda taken, _answer: taken[2],
            "startCursor": lambda _: self._cursor_at(0),
            "endCursor": lambda _: self._cursor_at(-1),
        }
        info = self.compiler.by_hand(each.selection, takes)
        return lambda values, answer: info(self._taken(values, answer), answer)

    # ------------------------------------------------------------------------------------------------ the rows

    def _taken(self, values: Any, answer: Answer) -> tuple[list[list[Any]], bool, bool]:
        """The page's rows, and whether others come after and before it."""
        page = self._page(answer.inputs)
        rows: list[list[Any]] = list(values[self.places[0]])
        own: list[Any] | None = values[self.places[1]]
        if own is not None:
            about = own[_UID]
            own = [*own[:_UID], uid(STATEMENT.label, (about, own[0], own[_AT])), own[_WORD]]
            rows += [own] if _lies_in(own, page) else []
        rows.sort(key=_rank, reverse=not page.backward)
        more = len(rows) > page.size
        rows = rows[: page.size]
        if page.backward:
            return rows[::-1], page.before is not None, more
        return rows, more, page.after is not None

    def _word(self, row: Any, _answer: Answer) -> str:
        word = row[_WORD]
        if isinstance(word, list):
            names = (each.stored_as for each in self.node.properties)
            return published_word(self.node, dict(zip(names, cast("list[Any]", word), strict=True)))
        return published_word(self.node, json.loads(word))

    def _cursor(self, row: Any, answer: Answer) -> str:
        return cursors.encode(self._page(answer.inputs).list_tag, row[_AT], row[_UID])

    def _cursor_at(self, index: int) -> Shape:
        return lambda taken, answer: self._cursor(taken[0][index], answer) if taken[0] else None

    # ------------------------------------------------------------------------------------------------ the inputs

    def _page(self, inputs: Inputs) -> Page:
        return inputs.once(self.field, lambda given: page_of(given.arguments(self.field), self.name, NEWEST))

    def _edge(self, name: str, index: int) -> str:
        return self.compiler.parameter(lambda inputs: getattr(self._page(inputs), name)[index])


def _rank(row: list[Any]) -> tuple[int, str]:
    return row[_AT], row[_UID]


def _lies_in(row: list[Any], page: Page) -> bool:
    """Whether the page's cursors let the row in; the newest comes first."""
    rank = _rank(row)
    return (page.after is None or rank < page.after) and (page.before is None or rank > page.before)


def _column(index: int) -> Callable[[Field], Shape]:
    return lambda _part: lambda row, _answer: row[index]


def _actor(index: int) -> Callable[[Field], Shape]:
    return lambda _part: lambda row, _answer: None if row[index] is None else to_id("Actor", row[index])
