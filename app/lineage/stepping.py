"""A walk gone level by level: for an engine that would walk every path before it tests what lies on it.

One statement a hop, in one read transaction, with a visited set here: what is asked of relationships and things is
asked of each once. What was reached is then given to the statements that a walk of one piece would have stood in.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from app.compiler.compiling import Compiler, Draft
from app.compiler.times import clause_of
from app.lineage.conditions import MET
from app.lineage.levels import Levels
from app.lineage.question import Question
from app.lineage.web import ENTRY_OF, from_artifacts


@dataclass(slots=True)
class Reached:
    """What a walk reached.

    Attributes:
        seeds: what is at hop 0.
        hops: of everything that a start other than itself reaches, after how many hops, one more than asked included.
    """

    seeds: frozenset[str]
    hops: dict[str, int] = field(default_factory=dict[str, int])

    def within(self, hops: int) -> list[str]:
        """What is reached within so many hops."""
        return [uid for uid, hop in self.hops.items() if hop <= hops]

    def beyond(self, hops: int) -> list[str]:
        """What is first reached a hop later."""
        return [uid for uid, hop in self.hops.items() if hop == hops + 1]

    def given(self, question: Question) -> dict[str, Any]:
        """The values that a statement is given for the walk of a question."""
        return {
            question.reached("Within"): self.within(question.hops),
            question.reached("Beyond"): self.beyond(question.hops),
        }


class Stepping:
    """Goes one walk.

    Args:
        run: sends the statement of a draft, and returns its records.
        question: what is asked.
        upstream: whether the walk is upstream.
    """

    def __init__(self, run: "Run", question: Question, *, upstream: bool) -> None:
        self._run = run
        self._question = question
        self._upstream = upstream

    async def reach(self) -> Reached:
        """What is reached from the starts."""
        shape = ("seeds", self._question.shape)
        [[rows]] = await self._run(self._seeds, shape, {})
        return await self.reach_from(dict(rows))

    async def reach_from(self, seeds: dict[str, bool]) -> Reached:
        """What is reached from things: their uids, each with whether it is an artifact."""
        leaves = {uid for uid, leaf in seeds.items() if leaf}
        hops = self._question.hops
        levels = Levels(frozenset(seeds), leaves, hops)
        reached = Reached(levels.seeds)
        read: set[str] = set()
        level = levels.begin()
        for hop in range(1, hops + 2):
            leaving = {thing for thing, start in level if thing not in leaves or thing == start} - read
            read |= leaving
            for near, far, leaf in await self._next(leaving):
                levels.add(near, far)
                if leaf:
                    leaves.add(far)
            level = levels.further(level)
            for thing, _ in level:
                reached.hops.setdefault(thing, hop)
            if not level:
                break
        return reached

    async def _next(self, uids: Iterable[str]) -> list[tuple[str, str, bool]]:
        """The ways on from some things."""
        near = sorted(uids)
        if not near:
            return []
        shape = ("step", self._question.shape, self._upstream)
        [[rows]] = await self._run(self._step, shape, {"near": near})
        return [(one, other, leaf) for one, others in rows for other, leaf in others]

    def _seeds(self, compiler: Compiler) -> Draft:
        walking = replace(self._question, stepped=False).walking(compiler)
        statement = f"CALL () {{ {walking.seeds()} }} WITH DISTINCT found RETURN collect([found.uid, found:Artifact])"
        return Draft(statement, lambda records, _answer: records)

    def _step(self, compiler: Compiler) -> Draft:
        question, times = self._question, compiler.times
        labels, following = question.starts.labels, question.following
        types, held = following.with_entries(("BUILT_FROM", "CONTAINS")), list[str]()
        if not self._upstream:
            types = following.with_entries([type_ for type_, label in ENTRY_OF.items() if label in labels])
            if "Artifact" in labels:
                held = [from_artifacts(compiler, "near", compiler.given(question.starts.parameter("Artifact")))]
        arrow = "-[{}]->" if self._upstream else "<-[{}]-"
        link = arrow.format(f"said:{times.types(types)}")
        state = times.state("far", MET, shown=False)
        held = [*question.conditions.said(compiler, "said", types), *held, *state.inside]
        statement = (
            f"UNWIND {compiler.given('near')} AS wanted MATCH (near:{MET} {{uid: wanted}}) "
            f"MATCH (near){link}(far){clause_of(held)}{state.behind('wanted', 'far')} "
            f"WITH wanted, collect(DISTINCT [far.uid, far:Artifact]) AS others "
            "RETURN collect([wanted, others])"
        )
        return Draft(statement, lambda records, _answer: records)


Run = Callable[[Callable[[Compiler], Draft], tuple[object, ...], dict[str, Any]], Any]
"""Sends the statement of a draft, of a shape, with these values beside those of the question."""
