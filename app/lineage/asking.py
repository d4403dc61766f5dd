"""The statements that one field costs: what it reached, its answer, and what that lacks."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from app.compiler.ahead import Turns
from app.compiler.compiling import Compiler, Draft
from app.compiler.passthrough import Ready
from app.compiler.plans import Execution, Plans
from app.compiler.selection import Field, Info
from app.compiler.shaping import Answer
from app.graph.engines.engine import Engine
from app.lineage.completeness import Asked, Complete, FrontierOf
from app.lineage.doubts import Frontier, in_stages, unknown_outside, unknown_upstream, unknown_versions
from app.lineage.question import Question
from app.lineage.stepping import Reached, Stepping, given_reached

Build = Callable[[Compiler, Field], Draft]
Read = Callable[[Any, Mapping[str, Any]], Awaitable[list[list[Any]]]]
"""Sends a statement with its parameters, and returns its records."""


class Asking:
    """One field, asked once.

    Args:
        info: of its resolver.
        plans: the service's.
        engine: the engine's dialect.
        read: sends a statement.
        questions: what the field asks; the first is the one whose answer may be incomplete.

    Attributes:
        read: sends a statement with its parameters, and returns its records.
    """

    def __init__(self, info: Info, plans: Plans, engine: Engine, read: Read, questions: tuple[Question, ...]) -> None:
        self._info = info
        self._plans = plans
        self._engine = engine
        self.read = read
        self._turn = 0
        self._gave: Mapping[str, Any] = {}
        self._questions = questions
        self._walks: dict[tuple[str, bool], Reached] = {}
        self._shown: tuple[object, Execution] | None = None

    async def in_turns(self, turn: Callable[[], Awaitable[tuple[Execution, Ready]]]) -> Ready:
        """The answer, of one turn, or of more where walks within what is shown go first.

        Args:
            turn: asks for it, by statements that show it.
        """

        async def gone(levels: int, gave: Mapping[str, Any]) -> tuple[Execution, Ready]:
            self._turn, self._gave = levels, gave
            return await turn()

        async def ask(
            build: Callable[[Compiler], Draft], shape: tuple[object, ...], given: Mapping[str, Any]
        ) -> list[list[Any]]:
            walk = self._plans.prepare(
                self._info, self._engine, lambda compiler, _: build(compiler), shape=shape, given=given
            )
            return await self.sent(walk)

        return await Turns(gone, ask).ready()

    def shown(self, build: Build, shape: tuple[object, ...], given: Mapping[str, Any]) -> Execution:
        """The statement that shows the answer, and what walks within that have given for it: asked again, the same."""
        values = {**given, **self._gave}
        wanted = (shape, self._turn, values)
        if self._shown is None or self._shown[0] != wanted:
            self._shown = (wanted, self.prepare(build, shape, values, turn=self._turn))
        return self._shown[1]

    def prepare(
        self, build: Build, shape: tuple[object, ...], given: Mapping[str, Any], *, turn: int | None = None
    ) -> Execution:
        """A statement of the field, compiled within the times that the field names."""

        def within(compiler: Compiler, of: Field) -> Draft:
            with compiler.times.of(of, self._questions[0].conditions.times):
                return build(compiler, of)

        values = {name: value for question in self._questions for name, value in question.given.items()} | dict(given)
        name = (self._info.field_name, self._questions[0].conditions.shape, *shape)
        return self._plans.prepare(self._info, self._engine, within, shape=name, given=values, turn=turn)

    async def sent(self, execution: Execution) -> list[list[Any]]:
        """The records of a statement."""
        return await self.read(execution.statement, execution.parameters)

    async def reached(self, question: Question, *, upstream: bool, as_well: Question | None = None) -> dict[str, Any]:
        """What a statement is given of a walk that is gone level by level; nothing of another.

        Args:
            question: whose walk.
            upstream: whether it is upstream.
            as_well: another question whose statement is given the same things, with those at hop 0.
        """
        if not question.stepped:
            return {}
        walk = await self._walk(question, upstream=upstream)
        given = walk.given(question)
        if as_well is not None:
            met = walk.labelled({*walk.seeds, *walk.within(question.hops)})
            given |= given_reached(as_well, met, walk.labelled(()))
        return given

    async def _walk(self, question: Question, *, upstream: bool) -> Reached:
        """The walk of a question: gone once, also where nearer things alone are asked for."""
        place = (question.starts.argument, upstream)
        if place not in self._walks:
            self._walks[place] = await Stepping(self._run, question, upstream=upstream).reach()
        return self._walks[place]

    async def _run(
        self, build: Callable[[Compiler], Draft], shape: tuple[object, ...], given: Mapping[str, Any]
    ) -> list[list[Any]]:
        return await self.sent(self.prepare(lambda compiler, _of: build(compiler), shape, given))

    # ------------------------------------------------------------------------------------------------ completeness

    async def complete(
        self, complete: Complete, asked: Asked, *, upstream: bool, stages: list[str] | None = None
    ) -> None:
        """Finds out what costs a statement of its own.

        Args:
            complete: what is known of it.
            asked: what is asked of it.
            upstream: whether the walk is upstream.
            stages: the stages of which versions count; None for any.
        """
        question = self._questions[0]
        if asked.needs_unknown(complete):
            complete.unknown = await self._unknown(question, stages, upstream=upstream)
        if complete.hops and asked.frontier:
            complete.frontier = await self._frontier(question, asked, upstream=upstream)

    async def _unknown(self, question: Question, stages: list[str] | None, *, upstream: bool) -> int:
        given: dict[str, Any] = {"stages": stages} if stages else {}
        if question.stepped and not upstream:
            return await self._unknown_stepped(question, given)

        def build(compiler: Compiler, _of: Field) -> Draft:
            if upstream:
                return unknown_upstream(compiler, question)
            return unknown_outside(compiler, question, staged=bool(stages))

        given |= await self.reached(question, upstream=upstream)
        return (await self.sent(self.prepare(build, ("unknown", question.shape, upstream, bool(stages)), given)))[0][0]

    async def _unknown_stepped(self, question: Question, given: dict[str, Any]) -> int:
        """The versions that lie downstream of one of unknown ancestry, and that the walk did not reach."""
        [[uids]] = await self._run(unknown_versions, ("unsure",), {})
        stepping = Stepping(self._run, question, upstream=False)
        unsure = await stepping.reach_from(dict.fromkeys(uids, "ModelVersion"))
        reached = (await self._walk(question, upstream=False)).within(question.hops)
        doubtful = unsure.labelled({*uids, *unsure.within(question.hops)} - set(reached))
        given["doubtful"] = sorted(doubtful["ModelVersion"])
        staged = "stages" in given
        return (await self._run(lambda compiler: in_stages(compiler, staged=staged), ("doubtful", staged), given))[0][0]

    async def _frontier(self, question: Question, asked: Asked, *, upstream: bool) -> FrontierOf:
        frontier = Frontier(question, asked.frontier, upstream=upstream)
        given = await self.reached(question, upstream=upstream)
        execution = self.prepare(frontier.draft, ("frontier", question.shape, upstream), given)
        records = await self.sent(execution)

        def of(name: str, answer: Answer) -> Any:
            inner = Answer(execution.inputs, records[0][1], answer.flaws, answer.careful)
            return execution.plan.shape((name, records), inner)

        return of
