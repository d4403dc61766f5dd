"""Gaps: the versions of models that lack what an investigator asks for, and which of it each lacks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.compiler.columns import Columns
from app.compiler.compiling import Compiler, Draft, Takes
from app.compiler.filters import condition
from app.compiler.inputs import Inputs
from app.compiler.meanings import everything
from app.compiler.paging import NATURAL, Page, page_of
from app.compiler.selection import Field, names_of
from app.compiler.shaping import Answer, Shape
from app.compiler.times import AS_OF, KNOWN_AT
from app.errors import ErrorCode, PedigreeError
from app.registry.forward import Forward
from app.registry.lists import ListCompleteness
from graph_schema.identity import UNVERSIONED
from graph_schema.nodes import MODEL_VERSION, STAGES

GAPS: Mapping[str, Mapping[str, Any]] = {
    "DESCRIPTION": {"undescribed": {"eq": True}},
    "OWNER": {"owners": {"none": {"not": {"active": {"eq": False}}}}},
    "RUN": {"runs": {"none": {}}},
    "COMMIT": {"commits": {"none": {}}},
    "TRAINING_DATA": {"trainingData": {"none": {}}},
    "DATA_VERSION": {"trainingData": {"some": {"version": {"eq": UNVERSIONED}}}},
    "EVALUATION": {"evaluations": {"none": {}}},
    "ARTIFACT": {"artifacts": {"none": {}}},
    "STORED_FILES": {"artifacts": {"none": {"state": {"eq": "STORED"}}}},
    "WHOLE_FILES": {"artifacts": {"some": {"state": {"in": ["MISSING", "DAMAGED", "UNREADABLE"]}}}},
    "SAFE_FORMAT": {"artifacts": {"some": {"unsafe": {"eq": True}}}},
}
"""By kind of gap, the filter on versions of models that finds it: a client may ask for the same in a list."""

STANDARD_STAGES = ("PRODUCTION",)


@dataclass(frozen=True, slots=True)
class Gaps:
    """The versions of the asked stages that have a gap of the asked kinds."""

    def draft(self, compiler: Compiler, field: Field) -> Draft:
        """One record: of the page each version's row, and how many there are, where that is asked for."""
        with compiler.times.of(field):
            return _Gaps(compiler, field).draft()


class _Gaps:
    """One answer while it is compiled."""

    def __init__(self, compiler: Compiler, field: Field) -> None:
        self.compiler = compiler
        self.field = field
        self.way = everything(compiler, MODEL_VERSION.label)
        self.end = self.way.end
        self.list = Forward(compiler, self.end, self._page)
        self.columns = Columns()
        compiler.check(lambda inputs: _kinds(inputs.arguments(field)))
        self.gaps = {kind: self._gap(kind) for kind in GAPS}
        stages = compiler.parameter(lambda inputs: _stages(inputs.arguments(field)))
        stage = compiler.times.property(self.end, "stage")
        self.limits = [f"{stage} IN {stages}", f"({' OR '.join(self.gaps.values())})"]

    def draft(self) -> Draft:
        place = 0

        def rows(shape: Shape) -> Shape:
            return lambda values, answer: shape(values[place], answer)

        takes: Takes = {
            "edges": lambda of: rows(self.list.edges(of, {"gaps": lambda _: self._lacking()})),
            "pageInfo": lambda of: rows(self.list.page_info(of)),
            "totalCount": lambda _: self._count(),
            "completeness": self._completeness,
        }
        shape = self.compiler.by_hand(self.field.selection, takes)
        listed = "[]"
        if self.field.selection.asks("edges", "pageInfo"):
            found = self.way.match(*self.limits, *self.list.bounds())
            listed = f"COLLECT {{ {found} WITH {self.way.kept} {self.list.cut()} RETURN {self.list.row.text()} }}"
        others = self.columns.text()
        return Draft(
            f"RETURN {listed} AS listed, {others} AS others, {self.compiler.top_expression} AS top",
            lambda records, answer: shape(records[0], answer),
            top=lambda records: records[0][2],
        )

    def _gap(self, kind: str) -> str:
        """That this kind is asked for, and the version lacks it. Which are asked for is no part of the text."""
        asked = self.compiler.parameter(lambda inputs: kind in _kinds(inputs.arguments(self.field)))
        with self.compiler.sight.lifted():  # a version whose run is hidden does not lack one
            lacks = condition(self.compiler, MODEL_VERSION, self.end, GAPS[kind], lambda _: GAPS[kind])
        return f"({asked} AND {lacks})"

    def _lacking(self) -> Shape:
        places = {kind: self.list.row.add(text) for kind, text in self.gaps.items()}
        return lambda row, _answer: [kind for kind, place in places.items() if row[place]]

    def _count(self) -> Shape:
        place = self.columns.add(f"COUNT {{ {self.way.match(*self.limits)} RETURN {self.end} }}")
        return lambda values, _answer: values[1][place]

    def _completeness(self, of: Field) -> Shape:
        shape = ListCompleteness().compile(self.compiler, of, "", self.columns).shape

        def take(values: Any, answer: Answer) -> Any:
            return None if shape is None else shape(values, answer)

        return take

    def _page(self, inputs: Inputs) -> Page:
        def make(given: Inputs) -> Page:
            arguments = given.arguments(self.field)
            asked = {"kinds": sorted(_kinds(arguments)), "stages": sorted(_stages(arguments))}
            bounds = {name: arguments.get(name) for name in ("first", "after", AS_OF, KNOWN_AT)}
            return page_of({**asked, **bounds}, f"{self.field.parent}.{self.field.name}", NATURAL)

        return inputs.once(self.field, make)


def _kinds(arguments: Mapping[str, Any]) -> Sequence[str]:
    """The kinds that are asked for.

    Raises:
        PedigreeError: there are none.
    """
    kinds = names_of(arguments.get("kinds"), tuple(GAPS))
    if not kinds:
        raise PedigreeError(
            "`kinds` is empty, so that nothing would count as a gap.",
            code=ErrorCode.BAD_VALUE,
            path="kinds",
            remedy=f"Name some of {', '.join(GAPS)}, or leave it out for all.",
        )
    return kinds


def _stages(arguments: Mapping[str, Any]) -> list[str]:
    """The stages that versions must be in; none given means any."""
    return names_of(arguments.get("stages"), STANDARD_STAGES) or list(STAGES)
