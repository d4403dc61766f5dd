"""Path: the statement that finds one shortest way along which data flows, and the shaper of its answer."""

from dataclasses import dataclass
from typing import Any

from app.compiler.compiling import Compiler, Draft, Takes
from app.compiler.selection import Field
from app.compiler.shaping import Answer, Shape
from app.lineage.completeness import Asked, Complete, Completenesses
from app.lineage.question import Question
from app.lineage.veiling import count_hidden
from app.lineage.walking import FURTHER, Walking
from app.lineage.web import Step, Web, WebText, between
from app.lineage.witnesses import Witnesses, several


@dataclass(slots=True)
class Path:
    """One answer, before it is shaped.

    Attributes:
        steps: None where there is no way.
        complete: how complete the answer is.
        top: what the statement computes once for the whole answer.
        witnesses: what finds further ways.
        ends: the uids of the things that data flows to.
    """

    steps: list[Step] | None
    complete: Complete
    top: list[Any]
    witnesses: Witnesses
    ends: list[str]

    def several(self, wanted: int) -> list[list[Step]]:
        """So many ways; between a thing and itself one without a step."""
        return [[]] if self.steps == [] else self.witnesses.several(self.ends, wanted)


@dataclass(frozen=True, slots=True)
class PathPlan:
    """The shaper of a `Path`, which also tells what is asked of its completeness."""

    asked: Asked
    shape: Shape

    def __call__(self, value: Path, answer: Answer) -> Any:
        """The published answer."""
        return self.shape(value, answer)

    def read(self, record: list[Any], secret: bytes, hops: int) -> tuple[list[str], Path]:
        """The uids of the known ends, and the answer.

        Args:
            record: the one of the statement.
            secret: of the request.
            hops: how far the walk may go.
        """
        known, ends, further, hidden, stale, top, *web = record
        witnesses = Witnesses(Web(*web, secret=secret), hops)
        steps = _steps(witnesses, ends)
        return known, Path(
            steps, Complete(hops=steps is None and further, hidden=hidden, stale=stale), top, witnesses, ends
        )


def _steps(witnesses: Witnesses, ends: list[str]) -> list[Step] | None:
    """The steps of a shortest way to the nearest of the ends; none where one of them is where the way starts."""
    if not witnesses.web.seeds.isdisjoint(ends):
        return []
    nearest = witnesses.nearest(ends)
    return None if nearest is None else witnesses.one(nearest)


@dataclass(frozen=True, slots=True)
class PathDraft:
    """Makes the statement of one shape of question.

    Attributes:
        compiler: the statement's.
        source: what data flows from; only its shape is read.
        target: what it flows to; only its shape is read.
    """

    compiler: Compiler
    source: Question
    target: Question

    def draft(self, of: Field) -> Draft:
        """The statement, of one record, and the shaper of a `Path`."""
        asked = Asked.of(of.selection)
        source, target = self.source.walking(self.compiler), self.target.walking(self.compiler)
        web = WebText(self.compiler, source)
        completeness = Completenesses(self.compiler, asked)
        inner = completeness.shape
        takes: Takes = {
            "steps": lambda each: _of_steps(web.steps(each)),
            "witnesses": lambda each: _of_witnesses(several(self.compiler, each, web)),
            "completeness": lambda each: _of_complete(inner(each)),
        }
        shape = self.compiler.by_hand(of.selection, takes)
        counting, hidden = count_hidden(self.compiler, target.up(target.hops), asked=asked.hidden)
        statement = [
            _further(target) if asked.cut else "",
            counting,
            f"CALL () {{ CALL () {{ {target.seeds()} }} RETURN collect(DISTINCT found) AS ends }}",
            between(source, "ends"),
            web.text("between"),
            f"RETURN {source.known()} + {target.known()} AS known, [end IN ends | end.uid] AS ends,",
            f"{FURTHER if asked.cut else 'false'} AS further, {hidden} AS hidden,",
            f"{completeness.stale_text()} AS stale, {self.compiler.top_expression} AS top,",
            "things, uppers, lowers, links",
        ]
        return Draft(" ".join(filter(None, statement)), PathPlan(asked, shape), top=lambda value: value.top)


def _further(target: Walking) -> str:
    """Binds `near` and `far`: how much lies upstream of the end, and how much a hop further."""
    near, far = (
        f"CALL () {{ CALL () {{ {target.up(hops)} }} RETURN count(DISTINCT found) AS {name} }}"
        for hops, name in ((target.hops, "near"), (target.hops + 1, "far"))
    )
    return f"{near} {far}"


def _of_steps(shape: Shape) -> Shape:
    return lambda value, answer: None if value.steps is None else shape(value.steps, answer)


def _of_witnesses(shape: Shape) -> Shape:
    return lambda value, answer: shape(value.several, answer)


def _of_complete(shape: Shape) -> Shape:
    return lambda value, answer: shape(value.complete, answer)
