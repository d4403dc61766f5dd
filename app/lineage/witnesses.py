"""The witnesses of answers: one shortest way for each, and further ways where these are asked for."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from app.compiler.compiling import Compiler, Takes
from app.compiler.inputs import Inputs
from app.compiler.selection import Field
from app.compiler.shaping import Answer, Shape, list_shape
from app.errors import ErrorCode, PedigreeError
from app.lineage.levels import Hops, Levels
from app.lineage.ways import Ways
from app.lineage.web import Step, Web, WebText

MOST = 10
"""How many witnesses one answer has at most."""

USUAL = 3
"""How many where the caller does not say."""


@dataclass(slots=True)
class Witnesses:
    """The ways of one walk, of what its statement brought.

    Attributes:
        web: that.
        most: how many hops the walk may have.
        hops: of everything that a start other than itself reaches.
    """

    web: Web
    most: int
    hops: Hops = field(init=False)
    _levels: Levels = field(init=False)
    _ways: Ways = field(init=False)
    _best: dict[tuple[str, str], Any] = field(init=False)

    def __post_init__(self) -> None:
        """Goes the walk."""
        self._levels, self._best = self.web.levels(self.most), self.web.best()
        self._ways = Ways(self._levels)
        self.hops, _ = self._levels.hops()

    def one(self, uid: str) -> list[Step]:
        """A shortest way to what is reached."""
        return self.web.steps(self._levels.way(uid), self._best)

    def nearest(self, uids: Iterable[str]) -> str | None:
        """What of these is reached first; None where nothing is."""
        found = min(((self.hops[uid], uid) for uid in uids if uid in self.hops), default=None)
        return None if found is None else found[1]

    def several(self, uids: Iterable[str], wanted: int) -> list[list[Step]]:
        """Ways to things that are all the same to the caller, the shortest first: see `Ways`.

        Raises:
            TookTooLong: there is too much to look at.
        """
        ends = frozenset(uids)
        nearest = self.nearest(ends)
        if nearest is None:
            return []
        ways = self._ways.to(ends, self._levels.way(nearest), wanted)
        return [self.web.steps(way, self._best) for way in ways]


def several(compiler: Compiler, of: Field, web: WebText) -> Shape:
    """The shaper of a field that asks for several witnesses, from what finds at most so many."""
    takes: Takes = {
        "hops": lambda _: lambda steps, _answer: len(steps),
        "steps": web.steps,
    }
    shape = list_shape(compiler.by_hand(of.selection, takes))

    def wanted(inputs: Inputs) -> int:
        return _wanted(inputs.arguments(of))

    def take(find: Callable[[int], list[list[Step]]], answer: Answer) -> Any:
        return shape(find(wanted(answer.inputs)), answer)

    compiler.check(wanted)
    return take


def _wanted(arguments: Mapping[str, Any]) -> int:
    first = arguments.get("first")
    if first is None:
        return USUAL
    if not 1 <= first <= MOST:
        raise PedigreeError(
            f"`first` of `witnesses` is {first}.",
            code=ErrorCode.BAD_PAGE,
            path="witnesses.first",
            remedy=f"Ask for 1 to {MOST}.",
        )
    return first
