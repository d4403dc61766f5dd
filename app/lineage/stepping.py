"""A walk gone level by level: for an engine that would walk every path before it tests what lies on it.

One statement a hop, in one read transaction, with a visited set here: what is asked of relationships and things is
asked of each once. What was reached is then given to the statements that a walk of one piece would have stood in.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from app.compiler.compiling import Compiler, Draft
from app.compiler.looking_up import by_label, looked_up
from app.compiler.times import clause_of
from app.lineage.conditions import WALKED
from app.lineage.levels import Levels
from app.lineage.question import Question
from app.lineage.web import ENTRY_OF, from_artifacts


@dataclass(slots=True)
class Reached:
    """What a walk reached.

    Attributes:
        seeds: what is at hop 0.
        labels: of everything that was met, its label.
        hops: of everything that a start other than itself reaches, after how many hops, one more than asked included.
    """

    seeds: frozenset[str]
    labels: dict[str, str]
    hops: dict[str, int] = field(default_factory=dict)

    def within(self, hops: int) -> list[str]:
        """What is reached within so many hops."""
        return [uid for uid, hop in self.hops.items() if hop <= hops]

    def given(self, question: Question) -> dict[str, Any]:
        """The values that a statement is given for the walk of a question."""
        beyond = [uid for uid, hop in self.hops.items() if hop == question.hops + 1]
        return given_reached(question, self.labelled(self.within(question.hops)), self.labelled(beyond))

    def labelled(self, uids: Iterable[str]) -> dict[str, list[str]]:
        """Things by their label."""
        return by_label(WALKED, ((self.labels[uid], uid) for uid in uids))


def given_reached(
    question: Question, within: Mapping[str, Sequence[str]], beyond: Mapping[str, Sequence[str]]
) -> dict[str, Any]:
    """The values that a statement is given for a walk: by label, what is reached, and what is first reached later."""
    named = (("Within", within), ("Beyond", beyond))
    return {question.reached(name, label): uids for name, of in named for label, uids in of.items()}


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

    async def reach_from(self, seeds: Mapping[str, str]) -> Reached:
        """What is reached from things: their uids, each with its label."""
        leaves = {uid for uid, label in seeds.items() if label == _LEAF}
        hops = self._question.hops
        levels = Levels(frozenset(seeds), leaves, hops)
        reached = Reached(levels.seeds, dict(seeds))
        read: set[str] = set()
        level = levels.begin()
        for hop in range(1, hops + 2):
            leaving = {thing for thing, start in level if thing not in leaves or thing == start} - read
            read |= leaving
            for near, far, label in await self._next(reached.labelled(leaving)):
                levels.add(near, far)
                reached.labels[far] = label
                if label == _LEAF:
                    leaves.add(far)
            level = levels.further(level)
            for thing, _ in level:
                reached.hops.setdefault(thing, hop)
            if not level:
                break
        return reached

    async def reach_each(self, wanted: Collection[str]) -> dict[str, dict[str, list[str]]]:
        """By start, and by those labels, what it reaches; a dataset or model starts at all its versions.

        Everything is met once for all of them: nothing of it can be further from the nearest than from another.
        """
        shape = ("each", self._question.shape)
        [[rows]] = await self._run(self._each, shape, {})
        labels: dict[str, str] = {seed: label for _, seed, label in rows}
        next_: dict[str, list[str]] = defaultdict(list)
        level = set(labels)
        for _ in range(self._question.hops):
            new: set[str] = set()
            for near, far, label in await self._next(by_label(WALKED, ((labels[uid], uid) for uid in sorted(level)))):
                next_[near].append(far)
                if far not in labels:
                    labels[far] = label
                    # What was made of an artifact is reached by those only that start from it.
                    new |= {far} if label != _LEAF else set()
            level = new
        leaves = {uid for uid, label in labels.items() if label == _LEAF}
        seeds: dict[str, set[str]] = defaultdict(set)
        for start, seed, _ in rows:
            seeds[start].add(seed)
        return {
            start: self._labelled(Levels(frozenset(of), leaves, self._question.hops, next_), labels, wanted)
            for start, of in seeds.items()
        }

    def _labelled(self, levels: Levels, labels: Mapping[str, str], wanted: Collection[str]) -> dict[str, list[str]]:
        found, _ = levels.hops()
        return by_label(list(wanted), ((labels[uid], uid) for uid in sorted(found)))

    def _each(self, compiler: Compiler) -> Draft:
        walking = replace(self._question, stepped=False).walking(compiler)
        found = walking.seeds("RETURN start, found")
        row = "[start.uid, found.uid, labels(found)[0]]"
        statement = f"CALL () {{ {found} }} WITH DISTINCT start, found RETURN collect({row})"
        return Draft(statement, lambda records, _answer: records)

    async def _next(self, leaving: Mapping[str, list[str]]) -> list[tuple[str, str, str]]:
        """The ways on from some things: from where to where, and the label of that."""
        if not any(leaving.values()):
            return []
        shape = ("step", self._question.shape, self._upstream)
        given = {f"{_NEAR}{label}": sorted(uids) for label, uids in leaving.items()}
        [[rows]] = await self._run(self._step, shape, given)
        return [(near, far, label) for near, others in rows for far, label in others]

    def _seeds(self, compiler: Compiler) -> Draft:
        walking = replace(self._question, stepped=False).walking(compiler)
        statement = f"CALL () {{ {walking.seeds()} }} WITH DISTINCT found RETURN collect([found.uid, labels(found)[0]])"
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
        state = question.conditions.state(compiler, "far")
        held = [*question.conditions.said(compiler, "said", types), *held, *state.inside]
        near = looked_up("near", WALKED, lambda label: compiler.given(f"{_NEAR}{label}"))
        statement = (
            f"{near} MATCH (near){link}(far){clause_of(held)}{state.behind('near', 'far')} "
            "WITH near, collect(DISTINCT [far.uid, labels(far)[0]]) AS others RETURN collect([near.uid, others])"
        )
        return Draft(statement, lambda records, _answer: records)


_LEAF = "Artifact"
_NEAR = "near"

Run = Callable[[Callable[[Compiler], Draft], tuple[object, ...], dict[str, Any]], Any]
"""Sends the statement of a draft, of a shape, with these values beside those of the question."""
