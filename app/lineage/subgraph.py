"""Lineage: the statement that brings the part of the graph around some things, and the shaper of its answer."""

from dataclasses import dataclass, field
from typing import Any

from app.compiler.columns import Columns
from app.compiler.compiling import Compiler, Draft, Takes
from app.compiler.selection import Field
from app.compiler.shaping import Answer, Shape, list_shape
from app.lineage.completeness import Asked, Complete, Completenesses
from app.lineage.question import Question
from app.lineage.veiling import count_hidden, order_shown
from app.lineage.walking import FURTHER, Walking
from app.lineage.web import Step, Web, WebText


@dataclass(slots=True)
class Subgraph:
    """One answer, before it is shaped.

    Attributes:
        things: the columns of what was reached, each with its hops, in order.
        links: the relationships walked.
        complete: how complete the answer is.
        top: what the statement computes once for the whole answer.
    """

    things: list[tuple[Any, int]]
    links: list[Step]
    complete: Complete
    top: list[Any]


@dataclass(frozen=True, slots=True)
class SubgraphPlan:
    """The shaper of a `Subgraph`, which also tells what is asked of its completeness."""

    asked: Asked
    shape: Shape

    def __call__(self, value: Subgraph, answer: Answer) -> Any:
        """The published answer."""
        return self.shape(value, answer)


@dataclass(frozen=True, slots=True)
class Met:
    """What the statement returned.

    Attributes:
        known: the uids of the starts that the graph holds.
        count: how many things the walk met, those at hop 0 included.
        starts: how many are at hop 0.
        cut: whether more lies beyond, as far as the engine looked.
        hidden: how many of them are hidden from the caller.
        stale: the rows of the stale sources.
        top: what is computed once for the whole answer.
        web: what it met and the relationships between; empty where it met more than may be brought.
    """

    known: list[str]
    count: int
    starts: int
    cut: bool
    hidden: int
    stale: list[Any]
    top: list[Any]
    web: Web

    @classmethod
    def of(cls, record: list[Any], secret: bytes) -> "Met":
        """The one record of the statement, of a request that has this secret."""
        known, count, starts, cut, hidden, stale, top, *web = record
        return cls(known, count, starts, cut, hidden, stale, top, Web(*web, secret=secret))

    def subgraph(self, hops: int, most: int, *, upstream: bool) -> Subgraph:
        """The answer: what was reached and walked.

        Args:
            hops: how far the walk may go.
            most: how many answers there may be.
            upstream: whether the walk is upstream.
        """
        web = self.web
        levels = web.levels(hops, upstream=upstream)
        found, more = levels.hops()

        def place(uid: str) -> tuple[int, bool, str, str]:
            """Its hops, then its natural order; what is hidden has none, and comes behind by a uid of the request."""
            key: str | None = web.rows[uid][3][0]
            return found[uid], key is None, key or "", uid

        order = sorted(found.keys() & web.rows.keys(), key=place)[: most + 1]
        kept = {*order[:most], *levels.seeds}
        walked: list[tuple[int, str, Step]] = []
        for low, high, columns, rank in web.links:
            near = low if upstream else high
            if low in kept and high in kept and levels.walked(near, found):
                walked.append(
                    (found.get(near, 0) if near not in levels.seeds else 0, rank[-1], web.step(low, high, columns))
                )
        walked.sort(key=lambda each: each[:2])
        return Subgraph(
            things=[(web.rows[uid][3][1], found[uid]) for uid in order[:most]],
            links=[step for _, _, step in walked],
            complete=Complete(hops=more or self.cut, nodes=len(order) > most, hidden=self.hidden, stale=self.stale),
            top=self.top,
        )


@dataclass(slots=True)
class SubgraphDraft:
    """Makes the statement of one shape of question.

    Attributes:
        compiler: the statement's.
        question: what is asked; only its shape is read.
        upstream: whether the walk is upstream.
        further: whether some of what lies a hop further is wanted too: as many as the parameter `room` says.
    """

    compiler: Compiler
    question: Question
    upstream: bool
    further: bool = False
    _node: Columns = field(default_factory=Columns)

    def draft(self, of: Field) -> Draft:
        """The statement, of one record that `Met` reads, and the shaper of a `Subgraph`."""
        asked = Asked.of(of.selection)
        walking = self.question.walking(self.compiler)
        web = WebText(self.compiler, walking, self.upstream)
        completeness = Completenesses(self.compiler, asked)
        inner = completeness.shape
        takes: Takes = {
            "nodes": self._nodes,
            "relationships": lambda each: _links(web.steps(each)),
            "completeness": lambda each: _of_complete(inner(each)),
        }
        shape = self.compiler.by_hand(of.selection, takes)
        cut = asked.cut and not self.further
        counting, hidden = count_hidden(
            self.compiler, self._within(walking, walking.hops), asked=asked.hidden and not self.further
        )
        order = order_shown(self.compiler, "shown")
        brought = f"CASE WHEN size(met) > {self.compiler.given('brought')} THEN [] ELSE met END"
        statement = [
            self._cut(walking) if cut else "",
            counting,
            f"CALL () {{ CALL () {{ {walking.seeds()} }} RETURN count(DISTINCT found) AS starts }}",
            self._met(walking),
            web.text("met", brought, lambda: f"[{order}, {self._node.text()}]"),
            f"RETURN {walking.known()} AS known, size(met) AS count, starts, {FURTHER if cut else 'false'} AS cut,",
            f"{hidden} AS hidden, {completeness.stale_text()} AS stale, {self.compiler.top_expression} AS top,",
            "things, uppers, lowers, links",
        ]
        return Draft(" ".join(filter(None, statement)), SubgraphPlan(asked, shape), top=lambda value: value.top)

    # ------------------------------------------------------------------------------------------------ the statement

    def count(self) -> Draft:
        """The statement that only counts what the walk meets."""
        walking = self.question.walking(self.compiler)
        within = self._within(walking, walking.hops)
        return Draft(f"CALL () {{ {within} }} RETURN count(DISTINCT found)", lambda records, _answer: records[0][0])

    def _within(self, walking: Walking, hops: int) -> str:
        """What is at hop 0 or within so many hops, as `found`; more than once where several starts reach it."""
        if hops == 0:
            return walking.seeds()
        walk = walking.up(hops) if self.upstream else walking.down(hops, own=False)
        return f"CALL () {{ {walking.seeds()} }} RETURN found UNION ALL CALL () {{ {walk} }} RETURN found"

    def _met(self, walking: Walking) -> str:
        """Binds `met`: what is at hop 0, what is reached, and some of what lies a hop further where that is wanted."""
        near = self._within(walking, walking.hops)
        if not self.further:
            return f"CALL () {{ CALL () {{ {near} }} RETURN collect(DISTINCT found) AS met }}"
        far = self._within(walking, walking.hops + 1)
        return (
            f"CALL () {{ CALL () {{ CALL () {{ {near} }} RETURN found, 0 AS late "
            f"UNION ALL CALL () {{ {far} }} RETURN found, 1 AS late }} "
            f"WITH found, min(late) AS late ORDER BY late, {order_shown(self.compiler, 'found')}, found.uid "
            f"LIMIT {self.compiler.given('room')} RETURN collect(found) AS met }}"
        )

    def _cut(self, walking: Walking) -> str:
        """Binds `near` and `far`: how much is met, and how much a hop later.

        The second is looked for only where it can be more, and where what is brought does not tell: upstream, it does.
        """
        count = "RETURN count(DISTINCT found)"
        skip = f"near <= {self.compiler.given('brought')}" if self.upstream else f"near < {walking.hops}"
        return (
            f"CALL () {{ CALL () {{ {self._within(walking, walking.hops)} }} {count} AS near }} "
            f"CALL (near) {{ UNWIND CASE WHEN {skip} THEN [] ELSE [true] END AS look "
            f"CALL () {{ {self._within(walking, walking.hops + 1)} }} {count} AS far }}"
        )

    # ------------------------------------------------------------------------------------------------ the answer

    def _nodes(self, of: Field) -> Shape:
        takes: Takes = {
            "node": lambda part: _of_node(self.compiler.row(part.selection, "shown", self._node, veiled=True)),
            "hops": lambda _: lambda value, _answer: value[1],
        }
        rows = list_shape(self.compiler.by_hand(of.selection, takes))
        return lambda value, answer: rows(value.things, answer)


def _of_node(shape: Shape) -> Shape:
    return lambda value, answer: shape(value[0], answer)


def _links(shape: Shape) -> Shape:
    return lambda value, answer: shape(value.links, answer)


def _of_complete(shape: Shape) -> Shape:
    return lambda value, answer: shape(value.complete, answer)
