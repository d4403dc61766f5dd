"""Walks of another time from each of many things, gone level by level for all of them together.

One statement a hop brings what is next to everything that was met; which of it each thing reaches, is then found here.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from app.compiler.ahead import Ask, Reached
from app.compiler.compiling import Compiler, Draft
from app.compiler.inputs import Inputs
from app.compiler.times import AS_OF, KNOWN_AT
from app.errors import ErrorCode, PedigreeError
from app.lineage.conditions import Conditions
from app.lineage.following import read_following
from app.lineage.question import Question
from app.lineage.starts import Starts
from app.lineage.stepping import Stepping

MOST = 100_000
"""How many things may be reached in all, each as often as it is: their uids are sent, and a message must stay small."""

_PARAMETERS = {AS_OF: "walkedAsOf", KNOWN_AT: "walkedKnownAt"}
"""The names of the values that hold the times."""


@dataclass(frozen=True, slots=True)
class FromEach:
    """The walk of a natural field.

    Attributes:
        start: the label of the things that it is gone from.
        labels: those of what counts.
        hops: how far at most.
        times: by argument, what finds the time that it names.
        upstream: whether it is gone upstream.
    """

    start: str
    labels: tuple[str, ...]
    hops: int
    times: Mapping[str, Any]
    upstream: bool

    def key(self, inputs: Inputs) -> tuple[object, ...]:
        """What is the same of walks that reach the same."""
        return (self.start, self.labels, self.upstream, *sorted(self._given(inputs).items()))

    async def go(self, ask: Ask, inputs: Inputs, uids: Collection[str]) -> Reached:
        """What is reached from each of these things.

        Raises:
            PedigreeError: it is too much to be given to the statement that shows it.
        """
        given = self._given(inputs)

        def within(compiler: Compiler) -> None:
            times = compiler.times
            times.as_of, times.known_at = (
                compiler.given(name) if name in given else "" for name in (_PARAMETERS[AS_OF], _PARAMETERS[KNOWN_AT])
            )

        async def run(build: Any, shape: tuple[object, ...], values: Mapping[str, Any]) -> list[list[Any]]:
            def built(compiler: Compiler) -> Draft:
                within(compiler)
                return build(compiler)

            return await ask(built, ("each", *sorted(given), *shape), {**question.given, **given, **values})

        question = self._question(uids)
        reached = await Stepping(run, question, upstream=self.upstream).reach_each(self.labels)
        if sum(len(of) for labelled in reached.values() for of in labelled.values()) > MOST:
            raise self._too_much()
        return {uid: reached.get(uid, {}) for uid in uids}

    def _question(self, uids: Collection[str]) -> Question:
        starts = Starts("walked", {(self.start, uid): "" for uid in uids})
        return Question(starts, read_following({}), Conditions(frozenset(self.times)), self.hops, stepped=True)

    def _given(self, inputs: Inputs) -> dict[str, Any]:
        return {_PARAMETERS[name]: take(inputs) for name, take in self.times.items()}

    def _too_much(self) -> PedigreeError:
        direction = "UPSTREAM" if self.upstream else "DOWNSTREAM"
        return PedigreeError(
            f"Of another time, things of the type {self.start} reach more than {MOST:,} things in all.",
            code=ErrorCode.NOT_IN_ONE_STATEMENT,
            remedy=f"Ask of fewer at once, or `lineage(start:, direction: {direction})` of each.",
        )
