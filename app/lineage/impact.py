"""Impact: the statement that finds which versions of models some things flow into, and the shaper of its answer."""

from dataclasses import dataclass, field
from functools import partial
from typing import Any

from app.compiler import cursors
from app.compiler.columns import Columns
from app.compiler.compiling import Compiler, Draft, Takes
from app.compiler.paging import Page
from app.compiler.selection import Field
from app.compiler.shaping import Answer, Shape, list_shape
from app.compiler.times import clause_of
from app.lineage.completeness import Asked, Complete, Completenesses
from app.lineage.question import Question
from app.lineage.veiling import count_hidden
from app.lineage.walking import FURTHER, Walking
from app.lineage.web import Step, Web, WebText, between
from app.lineage.witnesses import Witnesses, several

TARGET = ":ModelVersion"


@dataclass(slots=True)
class Impact:
    """One answer, before it is shaped.

    Attributes:
        edges: of the page: the uid, the sort value and the columns of the version, its hops and its witness.
        more: whether others come after the page.
        total: how many answers there are, where that was asked for.
        complete: how complete they are.
        page: which page was asked for.
        top: what the statement computes once for the whole answer.
        witnesses: what finds further ones.
    """

    edges: list[tuple[str, str, Any, int, list[Step]]]
    more: bool
    total: int
    complete: Complete
    page: Page
    top: list[Any]
    witnesses: Witnesses | None

    def several(self, uid: str, wanted: int) -> list[list[Step]]:
        """So many witnesses of one of the edges."""
        return [] if self.witnesses is None else self.witnesses.several((uid,), wanted)


@dataclass(frozen=True, slots=True)
class ImpactPlan:
    """The shaper of an `Impact`, which also tells what is asked.

    Attributes:
        asked: of its completeness.
        ways: whether hops or witnesses are wanted.
        shape: the shaper.
    """

    asked: Asked
    ways: bool
    shape: Shape

    def __call__(self, value: Impact, answer: Answer) -> Any:
        """The published answer."""
        return self.shape(value, answer)

    def read(self, record: list[Any], secret: bytes, page: Page, hops: int, most: int) -> tuple[list[str], Impact]:
        """The uids of the known starts, and the answer.

        Args:
            record: the one of the statement.
            secret: of the request.
            page: which page was asked for.
            hops: how far the walk may go.
            most: how many answers there may be.
        """
        known, total, rows, cut, hidden, stale, top, *web = record
        complete = Complete(hops=cut, nodes=total > most, hidden=hidden, stale=stale)
        witnesses = Witnesses(Web(*web, secret=secret), hops) if self.ways else None
        edges = _edges(rows[: page.size], witnesses)
        return known, Impact(edges, len(rows) > page.size, min(total, most), complete, page, top, witnesses)


def _edges(rows: list[Any], witnesses: Witnesses | None) -> list[tuple[str, str, Any, int, list[Step]]]:
    if witnesses is None:
        return [(uid, key, columns, 0, []) for uid, key, columns in rows]
    found = witnesses.hops
    # What another writer retracts while the statement runs may be missing from the web: it is no answer any more.
    return [(uid, key, columns, found[uid], witnesses.one(uid)) for uid, key, columns in rows if uid in found]


@dataclass(slots=True)
class ImpactDraft:
    """Makes the statement of one shape of question.

    Attributes:
        compiler: the statement's.
        question: what is asked; only its shape is read.
        staged: whether only versions in some stages count: they are the parameter `stages`.
        later: whether the page begins after a cursor: its sort value is the parameter `after`.
        most: how many answers there may be.
    """

    compiler: Compiler
    question: Question
    staged: bool
    later: bool
    most: int
    _row: Columns = field(default_factory=Columns)

    def draft(self, of: Field) -> Draft:
        """The statement, of one record, and the shaper of an `Impact`."""
        asked = Asked.of(of.selection)
        walking = self.question.walking(self.compiler)
        web = WebText(self.compiler, walking)
        shown = web.states["shown"]
        completeness = Completenesses(self.compiler, asked)
        inner = completeness.shape
        takes: Takes = {
            "edges": lambda each: self._edges(each, web),
            "pageInfo": self._page_info,
            "totalCount": lambda _: lambda value, _answer: value.total,
            "completeness": lambda each: _of_complete(inner(each)),
        }
        shape = self.compiler.by_hand(of.selection, takes)
        counted = asked.cut or self.later or of.selection.asks("totalCount")
        ways = any(each.selection.asks("hops", "witness", "witnesses") for each in of.selection.named("edges"))
        row = f"[shown.uid, shown.sortKey, {self._row.text()}]"
        counting, hidden = count_hidden(self.compiler, walking.down(walking.hops), asked=asked.hidden)
        statement = [
            _cut(walking) if asked.cut else "",
            counting,
            self._page(walking, counted=counted),
            f"CALL (page) {{ UNWIND page AS shown{shown.clause} RETURN collect({row}) AS rows }}",
            f"{between(walking, 'page')} {web.text('between')}" if ways else "",
            f"RETURN {walking.known()} AS known, total, rows, {FURTHER if asked.cut else 'false'} AS cut,",
            f"{hidden} AS hidden, {completeness.stale_text()} AS stale, {self.compiler.top_expression} AS top",
            ", things, uppers, lowers, links" if ways else "",
        ]
        return Draft(" ".join(filter(None, statement)), ImpactPlan(asked, ways, shape), top=lambda value: value.top)

    def _page(self, walking: Walking, *, counted: bool) -> str:
        """Binds `page`, the versions of the page and one more, and `total`: how many there are, or as many as are read.

        Nothing is sorted while a list is in scope: Neo4j counts the list for each row that it sorts.
        """
        stages, later = self._stages()
        size = self.compiler.given("size")
        most = self.compiler.given("cap") if counted else size
        page = f"answers[..{self.most}]"
        if self.later:
            page = f"[each IN {page} WHERE each.sortKey > {self.compiler.given('after')}]"
        return (
            f"CALL () {{ CALL () {{ {walking.down(walking.hops, TARGET, stages)} }} "
            f"WITH DISTINCT found{later} ORDER BY found.sortKey LIMIT {most} WITH collect(found) AS answers "
            f"RETURN size(answers) AS total, {page}[..{size}] AS page }}"
        )

    def _stages(self) -> tuple[str, str]:
        """What asks for the stages and the sight: while it is walked, or, of another time, of what was reached."""
        times = self.compiler.times
        wanted = self.compiler.sight.seen("found", TARGET[1:])
        if not self.staged and not times.known_at and not wanted:
            return "", ""
        state = times.state("found", TARGET[1:])
        if self.staged:
            wanted = [f"{times.property('found', 'stage')} IN {self.compiler.given('stages')}", *wanted]
        if times.present:
            return f" AND {' AND '.join(wanted)}", ""
        return "", f"{state.clause} WITH {state.kept}{clause_of(wanted)} WITH found"

    # ------------------------------------------------------------------------------------------------ the answer

    def _edges(self, of: Field, web: WebText) -> Shape:
        takes: Takes = {
            "cursor": lambda _: lambda edge, _answer: _cursor(edge[1].page, edge[0]),
            "node": lambda part: _nth(2, self.compiler.row(part.selection, "shown", self._row)),
            "hops": lambda _: lambda edge, _answer: edge[0][3],
            "witness": lambda part: _nth(4, web.steps(part)),
            "witnesses": lambda part: _of_witnesses(several(self.compiler, part, web)),
        }
        edge = list_shape(self.compiler.by_hand(of.selection, takes))
        return lambda value, answer: edge([(each, value) for each in value.edges], answer)

    def _page_info(self, of: Field) -> Shape:
        takes: Takes = {
            "hasNextPage": lambda _: lambda value, _answer: value.more,
            "hasPreviousPage": lambda _: lambda value, _answer: value.page.after is not None,
            "startCursor": lambda _: lambda value, _answer: _at(value, 0),
            "endCursor": lambda _: lambda value, _answer: _at(value, -1),
        }
        return self.compiler.by_hand(of.selection, takes)


def _cut(walking: Walking) -> str:
    """Binds `near` and `far`: how much is reached, and how much a hop later.

    The second is not looked for where it cannot be more: where fewer things than hops were reached.
    """
    return (
        f"CALL () {{ CALL () {{ {walking.down(walking.hops)} }} RETURN count(DISTINCT found) AS near }} "
        f"CALL (near) {{ UNWIND CASE WHEN near < {walking.hops} THEN [] ELSE [true] END AS look "
        f"CALL () {{ {walking.down(walking.hops + 1)} }} RETURN count(DISTINCT found) AS far }}"
    )


def _cursor(page: Page, edge: tuple[str, str, Any, int, list[Step]]) -> str:
    return cursors.encode(page.list_tag, edge[1], edge[0])


def _at(value: Impact, index: int) -> str | None:
    return _cursor(value.page, value.edges[index]) if value.edges else None


def _nth(index: int, shape: Shape) -> Shape:
    return lambda row, answer: shape(row[0][index], answer)


def _of_witnesses(shape: Shape) -> Shape:
    return lambda row, answer: shape(partial(row[1].several, row[0][0]), answer)


def _of_complete(shape: Shape) -> Shape:
    return lambda value, answer: shape(value.complete, answer)
