"""The three questions about lineage: what a thing has impact on, what is around it, and by which way data flows."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from app.compiler.compiling import Compiler, Draft
from app.compiler.paging import NATURAL, page_of
from app.compiler.passthrough import Ready
from app.compiler.plans import Execution, Plans
from app.compiler.selection import Field, Info
from app.errors import ErrorCode, PedigreeError
from app.graph.driver import Graph
from app.lineage.asking import Asking
from app.lineage.impact import ImpactDraft, ImpactPlan
from app.lineage.paths import PathDraft, PathPlan
from app.lineage.question import Question, read_question, read_stages
from app.lineage.starts import Starts, read_start, read_starts
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


class Lineage:
    """Answers the root fields that walk: a statement each, and one more for each thing that is only asked for seldom.

    Such are the unknown ancestry (which `complete` needs too, unless the answer is known to be incomplete), and the
    frontier of a walk that was cut short. A sub-graph of more things than are brought at once costs some more. On the
    embedded engine a walk under conditions costs one for each hop.
    """

    def __init__(self, graph: Graph, plans: Plans, limits: WalkLimits | None = None) -> None:
        self._graph = graph
        self._plans = plans
        self._limits = limits or WalkLimits()

    async def answer(self, info: Info, arguments: Mapping[str, Any]) -> Ready:
        """The answer to the root field that a resolver was called for.

        Args:
            info: of the resolver.
            arguments: of the field, as GraphQL has coerced them.

        Raises:
            PedigreeError: an argument makes no sense, a start is unknown, or the graph does not answer in time.
        """
        match info.field_name:
            case "impact":
                return await self._impact(info, arguments)
            case "lineage":
                return await self._lineage(info, arguments)
            case _:
                return await self._path(info, arguments)

    # ------------------------------------------------------------------------------------------------ the fields

    async def _impact(self, info: Info, arguments: Mapping[str, Any]) -> Ready:
        question = self._question(arguments, read_starts(arguments["of"], "of"))
        stages = read_stages(arguments)
        page = page_of(arguments, "Query.impact", NATURAL)
        given: dict[str, Any] = {"size": page.size + 1, "cap": self._limits.nodes + 1}
        if stages:
            given["stages"] = stages
        if page.after is not None:
            given["after"] = page.after[0]
        staged, later = bool(stages), page.after is not None

        def build(compiler: Compiler, of: Field) -> Draft:
            return ImpactDraft(compiler, question, staged, later, self._limits.nodes).draft(of)

        async def turn() -> tuple[Execution, Ready]:
            execution = asking.shown(build, shape, given)
            plan = _plan(execution, ImpactPlan)
            record = (await asking.sent(execution))[0]
            known, impact = plan.read(record, execution.inputs.secret, page, question.hops, self._limits.nodes)
            question.starts.check(known, then=question.conditions.times)
            await asking.complete(impact.complete, plan.asked, upstream=False, stages=stages)
            return execution, execution.ready(impact)

        asking, shape = self._asking(info, question), (question.shape, staged, later)
        async with self._reading(asking, asking.shown(build, shape, given), question):
            given |= await asking.reached(question, upstream=False)
            return await asking.in_turns(turn)

    async def _lineage(self, info: Info, arguments: Mapping[str, Any]) -> Ready:
        question = self._question(arguments, read_starts(arguments["start"], "start"))
        direction = arguments["direction"]
        upstream = getattr(direction, "value", direction) == "UPSTREAM"
        asking = self._asking(info, question)

        async def turn() -> tuple[Execution, Ready]:
            execution = await self._subgraph(asking, question, upstream=upstream)
            met = Met.of((await asking.sent(execution))[0], execution.inputs.secret)
            question.starts.check(met.known, then=question.conditions.times)
            if met.count > self._brought:
                execution, subgraph = await self._first_of_many(asking, question, met, upstream=upstream)
            else:
                subgraph = met.subgraph(question.hops, self._limits.nodes, upstream=upstream)
            await asking.complete(subgraph.complete, _plan(execution, SubgraphPlan).asked, upstream=upstream)
            return execution, execution.ready(subgraph)

        async with self._reading(
            asking, _part(asking, question, {"brought": self._brought}, upstream=upstream), question
        ):
            return await asking.in_turns(turn)

    async def _first_of_many(
        self, asking: Asking, question: Question, met: Met, *, upstream: bool
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
            nearer = replace(question, hops=middle)
            fits = await self._count(asking, nearer, upstream=upstream) <= self._brought
            low, high = (middle, high) if fits else (low, middle)
        execution = await self._subgraph(asking, replace(question, hops=low), upstream=upstream, further=True)
        nearest = Met.of((await asking.sent(execution))[0], execution.inputs.secret)
        subgraph = nearest.subgraph(question.hops, self._limits.nodes, upstream=upstream)
        subgraph.complete.hops, subgraph.complete.hidden = met.cut, met.hidden
        return execution, subgraph

    async def _subgraph(
        self, asking: Asking, question: Question, *, upstream: bool, further: bool = False
    ) -> Execution:
        given: dict[str, Any] = {"brought": self._brought, **await asking.reached(question, upstream=upstream)}
        if further:
            given["room"] = self._brought
        return _part(asking, question, given, upstream=upstream, further=further)

    async def _count(self, asking: Asking, question: Question, *, upstream: bool) -> int:
        def build(compiler: Compiler, _of: Field) -> Draft:
            return SubgraphDraft(compiler, question, upstream).count()

        given = await asking.reached(question, upstream=upstream)
        return (await asking.sent(asking.prepare(build, ("count", question.shape, upstream), given)))[0][0]

    @property
    def _brought(self) -> int:
        """How many things are brought from the graph at most: the starts, as many answers, and one more that shows."""
        return 2 * self._limits.nodes + 1

    async def _path(self, info: Info, arguments: Mapping[str, Any]) -> Ready:
        source = self._question(arguments, read_start(arguments["from"], "from"))
        target = self._question(arguments, read_start(arguments["to"], "to"))

        def build(compiler: Compiler, of: Field) -> Draft:
            return PathDraft(compiler, source, target).draft(of)

        async def turn() -> tuple[Execution, Ready]:
            execution = asking.shown(build, shape, given)
            plan = _plan(execution, PathPlan)
            known, path = plan.read((await asking.sent(execution))[0], execution.inputs.secret, source.hops)
            for question in (source, target):
                question.starts.check(known, then=question.conditions.times)
            await asking.complete(path.complete, plan.asked, upstream=True)
            return execution, execution.ready(path)

        asking, shape = self._asking(info, target, source), (source.shape, target.shape)
        async with self._reading(asking, asking.shown(build, shape, {}), target, source):
            # Upstream of the target the way is narrow: what lies there holds every way from the source.
            given = await asking.reached(target, upstream=True, as_well=source)
            return await asking.in_turns(turn)

    def _question(self, arguments: Mapping[str, Any], starts: Starts) -> Question:
        steps = self._graph.engine.kind == "arcadedb"
        return read_question(arguments, starts, self._limits.hops, steps=steps)

    def _asking(self, info: Info, *questions: Question) -> Asking:
        return Asking(info, self._plans, self._graph.engine, self._graph.read, questions)

    @asynccontextmanager
    async def _reading(self, asking: Asking, first: Execution, *questions: Question) -> AsyncGenerator[None]:
        """Has the statements of a field go in one transaction where a walk is gone level by level; else each by itself.

        Args:
            asking: sends them.
            first: the one that shows the answer: made before anything walks, so that what is refused is so at once.
            questions: what the field asks.
        """
        if not first.plan.walks and not any(question.stepped for question in questions):
            yield
            return
        async with self._graph.reading() as transaction:
            asking.read = transaction.run
            yield


def _part(
    asking: Asking, question: Question, given: Mapping[str, Any], *, upstream: bool, further: bool = False
) -> Execution:
    """The statement that brings a part of the graph."""

    def build(compiler: Compiler, of: Field) -> Draft:
        return SubgraphDraft(compiler, question, upstream, further).draft(of)

    return asking.shown(build, (question.shape, upstream, further), given)


def _plan(execution: Execution, kind: type[T]) -> T:
    """The shaper of a plan, which a draft of ours made."""
    shape: Any = execution.plan.shape
    if not isinstance(shape, kind):
        raise TypeError(f"The plan is of another field than {kind.__name__} answers.")
    return shape
