"""The three questions about lineage: what a thing has impact on, what is around it, and by which way data flows."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from app.compiler.compiling import Compiler, Draft
from app.compiler.paging import NATURAL, page_of
from app.compiler.passthrough import Ready
from app.compiler.plans import Execution, Plans
from app.compiler.selection import Field, Info, Request
from app.compiler.shaping import Answer
from app.errors import ErrorCode, PedigreeError
from app.graph.driver import Graph
from app.lineage.completeness import Asked, Complete, FrontierOf
from app.lineage.doubts import Frontier, unknown_outside, unknown_upstream
from app.lineage.impact import ImpactDraft, ImpactPlan
from app.lineage.paths import PathDraft, PathPlan
from app.lineage.question import Question, read_hops, read_roles, read_stages
from app.lineage.starts import read_start, read_starts
from app.lineage.subgraph import Met, Subgraph, SubgraphDraft, SubgraphPlan

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class WalkLimits:
    """How much a walk may do.

    Attributes:
        hops: how far it may go.
        nodes: how many distinct answers it may have.
    """

    hops: int = 100
    nodes: int = 10_000


@dataclass(frozen=True, slots=True)
class _Asking:
    """What one field asks of its completeness, and how: the direction, and whether only some stages count."""

    info: Info
    question: Question
    asked: Asked
    upstream: bool
    stages: list[str] | None = None


class Lineage:
    """Answers the root fields that walk: a statement each, and one more for each thing that is only asked for seldom.

    Such are the unknown ancestry (which `complete` needs too, unless the answer is known to be incomplete), and the
    frontier of a walk that was cut short. A sub-graph of more things than are brought at once costs some more.
    """

    def __init__(self, graph: Graph, plans: Plans, limits: WalkLimits | None = None) -> None:
        self._graph = graph
        self._plans = plans
        self._limits = limits or WalkLimits()

    async def answer(self, info: Info) -> Ready:
        """The answer to the root field that a resolver was called for.

        Raises:
            PedigreeError: an argument makes no sense, a start is unknown, or the graph does not answer in time.
        """
        request = Request.of(info)
        arguments = Field.of(info, request).arguments(request.variables)
        match info.field_name:
            case "impact":
                return await self._impact(info, arguments)
            case "lineage":
                return await self._lineage(info, arguments)
            case _:
                return await self._path(info, arguments)

    # ------------------------------------------------------------------------------------------------ the fields

    async def _impact(self, info: Info, arguments: Mapping[str, Any]) -> Ready:
        question = self._question(arguments, "of")
        stages = read_stages(arguments)
        page = page_of(arguments, "Query.impact", NATURAL)
        given: dict[str, Any] = {**question.starts.given, "size": page.size + 1, "cap": self._limits.nodes + 1}
        if stages:
            given["stages"] = stages
        if page.after is not None:
            given["after"] = page.after[0]
        staged, later = bool(stages), page.after is not None

        def build(compiler: Compiler, of: Field) -> Draft:
            return ImpactDraft(compiler, question, staged, later, self._limits.nodes).draft(of)

        execution = self._prepare(info, build, (question.shape, staged, later), given)
        plan = _plan(execution, ImpactPlan)
        known, impact = plan.read((await self._read(execution))[0], page, question.hops, self._limits.nodes)
        question.starts.check(known)
        asking = _Asking(info, question, plan.asked, upstream=False, stages=stages)
        await self._complete(asking, impact.complete)
        return execution.ready(impact)

    async def _lineage(self, info: Info, arguments: Mapping[str, Any]) -> Ready:
        question = self._question(arguments, "start")
        direction = arguments["direction"]
        upstream = getattr(direction, "value", direction) == "UPSTREAM"
        execution = self._subgraph(info, question, upstream=upstream)
        met = Met.of((await self._read(execution))[0])
        question.starts.check(met.known)
        if met.count > self._brought:
            execution, subgraph = await self._first_of_many(info, question, met, upstream=upstream)
        else:
            subgraph = met.subgraph(question.hops, self._limits.nodes, upstream=upstream)
        await self._complete(_Asking(info, question, _plan(execution, SubgraphPlan).asked, upstream), subgraph.complete)
        return execution.ready(subgraph)

    async def _first_of_many(
        self, info: Info, question: Question, met: Met, *, upstream: bool
    ) -> tuple[Execution, Subgraph]:
        """The nearest of more things than are brought.

        It costs as many statements as it takes to find how far they reach, and one that brings them. Each only counts,
        and they look near the start first: there walks are cheap, and around a hub that is far enough.
        """
        if met.starts > self._limits.nodes:
            raise PedigreeError(
                f"`start` stands for {met.starts} versions, and an answer has at most {self._limits.nodes} things.",
                code=ErrorCode.BAD_START,
                path="start",
                remedy="Name some of the versions.",
            )
        low, high = 0, question.hops
        while high - low > 1:
            middle = max(1, min(2 * low, (low + high) // 2))
            fits = await self._count(info, replace(question, hops=middle), upstream=upstream) <= self._brought
            low, high = (middle, high) if fits else (low, middle)
        execution = self._subgraph(info, replace(question, hops=low), upstream=upstream, further=True)
        nearest = Met.of((await self._read(execution))[0])
        subgraph = nearest.subgraph(question.hops, self._limits.nodes, upstream=upstream)
        subgraph.complete.hops = met.cut
        return execution, subgraph

    def _subgraph(self, info: Info, question: Question, *, upstream: bool, further: bool = False) -> Execution:
        def build(compiler: Compiler, of: Field) -> Draft:
            return SubgraphDraft(compiler, question, upstream, further).draft(of)

        given: dict[str, Any] = {**question.starts.given, "brought": self._brought}
        if further:
            given["room"] = self._brought
        return self._prepare(info, build, (question.shape, upstream, further), given)

    async def _count(self, info: Info, question: Question, *, upstream: bool) -> int:
        def build(compiler: Compiler, _of: Field) -> Draft:
            return SubgraphDraft(compiler, question, upstream).count()

        shape = ("count", question.shape, upstream)
        return (await self._read(self._prepare(info, build, shape, question.starts.given)))[0][0]

    @property
    def _brought(self) -> int:
        """How many things are brought from the graph at most: the starts, as many answers, and one more that shows."""
        return 2 * self._limits.nodes + 1

    async def _path(self, info: Info, arguments: Mapping[str, Any]) -> Ready:
        hops, roles = read_hops(arguments, self._limits.hops), read_roles(arguments)
        source = Question(read_start(arguments["from"], "from"), roles, hops)
        target = Question(read_start(arguments["to"], "to"), roles, hops)

        def build(compiler: Compiler, of: Field) -> Draft:
            return PathDraft(compiler, source, target).draft(of)

        given = {**source.starts.given, **target.starts.given}
        execution = self._prepare(info, build, (source.shape, target.shape), given)
        plan = _plan(execution, PathPlan)
        known, path = plan.read((await self._read(execution))[0], hops)
        source.starts.check(known)
        target.starts.check(known)
        await self._complete(_Asking(info, target, plan.asked, upstream=True), path.complete)
        return execution.ready(path)

    def _question(self, arguments: Mapping[str, Any], name: str) -> Question:
        starts = read_starts(arguments[name], name)
        return Question(starts, read_roles(arguments), read_hops(arguments, self._limits.hops))

    # ------------------------------------------------------------------------------------------------ completeness

    async def _complete(self, asking: _Asking, complete: Complete) -> None:
        """Finds out what costs a statement of its own."""
        if asking.asked.needs_unknown(complete):
            complete.unknown = await self._unknown(asking)
        if complete.hops and asking.asked.frontier:
            complete.frontier = await self._frontier(asking)

    async def _unknown(self, asking: _Asking) -> int:
        question, stages = asking.question, asking.stages
        given = {**question.starts.given, "stages": stages} if stages else question.starts.given

        def build(compiler: Compiler, _of: Field) -> Draft:
            if asking.upstream:
                return unknown_upstream(compiler, question)
            return unknown_outside(compiler, question, staged=bool(stages))

        shape = ("unknown", question.shape, asking.upstream, bool(stages))
        return (await self._read(self._prepare(asking.info, build, shape, given)))[0][0]

    async def _frontier(self, asking: _Asking) -> FrontierOf:
        question = asking.question
        frontier = Frontier(question, asking.asked.frontier, upstream=asking.upstream)
        shape = ("frontier", question.shape, asking.upstream)
        execution = self._prepare(asking.info, frontier.draft, shape, question.starts.given)
        records = await self._read(execution)

        def of(name: str, answer: Answer) -> Any:
            inner = Answer(execution.inputs, records[0][1], answer.flaws, answer.careful)
            return execution.plan.shape((name, records), inner)

        return of

    # ------------------------------------------------------------------------------------------------ statements

    def _prepare(self, info: Info, build: Any, shape: tuple[object, ...], given: Mapping[str, Any]) -> Execution:
        return self._plans.prepare(info, self._graph.engine, build, shape=(info.field_name, *shape), given=given)

    async def _read(self, execution: Execution) -> list[list[Any]]:
        return await self._graph.read(execution.statement, execution.parameters)


def _plan(execution: Execution, kind: type[T]) -> T:
    """The shaper of a plan, which a draft of ours made."""
    shape: Any = execution.plan.shape
    if not isinstance(shape, kind):
        raise TypeError(f"The plan is of another field than {kind.__name__} answers.")
    return shape
