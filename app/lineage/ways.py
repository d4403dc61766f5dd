"""Several ways to one thing, of relationships that are at hand: the witnesses beside the shortest one.

There may be more ways than anybody can count. So what is shown of them is counted by its ends: by which step data
leaves a start, and by which it enters the thing. Of each such step one shortest way is found by a search in breadth
that goes through a thing at most once for each of the steps that it tells apart: from the starts on, for all answers
together, or, where such a way may lead through the answer itself, from the answer back.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from itertools import groupby
from typing import NamedTuple

from app.errors import TookTooLong
from app.lineage.levels import Levels

Way = list[str]
"""The uids of the things on a way, from a start on."""

_Pair = tuple[str, str]

EFFORT = 2_000_000
"""How many relationships are looked at for one answer: about as many as take a second."""


class _Near(NamedTuple):
    """How a thing is reached from the starts by ways that begin with one step."""

    hops: int
    before: str


class _Found(NamedTuple):
    """A way to an answer: how long it is, by which steps it begins and ends, and what gives it."""

    hops: int
    first: _Pair
    last: _Pair
    way: Callable[[], Way]


_Nearest = Mapping[str, dict[_Pair, _Near]]
"""By thing, and by the step that begins the way to it, the nearest first."""


@dataclass(slots=True)
class Ways:
    """Finds the ways of one walk, whose hops were found already.

    Attributes:
        levels: the walk.
    """

    levels: Levels
    _leaving: dict[str, list[str]] = field(default_factory=dict)
    _leading: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    _nearest: dict[int, _Nearest] = field(default_factory=dict)
    _looked: int = 0

    def to(self, ends: frozenset[str], shortest: Way, wanted: int) -> list[Way]:
        """The ways to some things that are all the same to the caller, the shortest first.

        None passes one of the ends or a start, and each begins or ends with a step that none before it begins or ends
        with: it is the shortest of those that do. Fewer than are wanted show all such steps.

        Args:
            ends: the things; none is a start, unless it is the only one.
            shortest: the way that stands first.
            wanted: how many at most.

        Raises:
            TookTooLong: there is too much to look at.
        """
        if not self._leaving:
            self._leaving = self.levels.leaving()
            for near, others in self._leaving.items():
                for far in others:
                    self._leading[far].append(near)
        (end, *others) = ends
        alone = not others and end not in self.levels.seeds
        onward = self._onward(end, wanted) if alone else None
        return _told_apart(self._back(ends, wanted) if onward is None else onward, shortest, wanted)

    def _look(self, count: int) -> None:
        self._looked += count
        if self._looked > EFFORT:
            raise TookTooLong(
                "There are too many relationships between the starts and the answers to find several witnesses.",
                path="witnesses",
                remedy="Ask for `witness` alone, for a smaller page, or for fewer hops.",
            )

    # ------------------------------------------------------------------------------------------------ from the starts

    def _onward(self, end: str, wanted: int) -> Iterator[list[_Found]] | None:
        """By the number of their hops, the ways to a thing; None where a shortest to what leads to it passes it."""
        nearest = self._reached(wanted)
        own = min((each.hops for each in nearest.get(end, {}).values()), default=0)
        found: list[_Found] = []
        for near in self._leading[end]:
            last = (near, end)
            if near in self.levels.seeds:
                found.append(_Found(1, last, last, partial(list, last)))
                continue
            for place, (first, (hops, _)) in enumerate(nearest.get(near, {}).items()):
                # Another than the nearest may pass it too: what it shows, its shorter part has shown by then.
                if not place and hops > own and end in _way(near, first, nearest):
                    return None
                if hops < self.levels.most:
                    found.append(_Found(hops + 1, first, last, partial(_way, near, first, nearest, end)))
        self._look(len(found))
        found.sort(key=lambda each: each.hops)
        return (list(of) for _, of in groupby(found, key=lambda each: each.hops))

    def _reached(self, wanted: int) -> _Nearest:
        """How things are reached by ways that lead through no other start, as far as that many ways are told apart."""
        if wanted in self._nearest:
            return self._nearest[wanted]
        seeds = self.levels.seeds
        nearest: dict[str, dict[_Pair, _Near]] = {}
        level = [(seed, far, (seed, far)) for seed in sorted(seeds) for far in self._leaving.get(seed, ())]
        for hops in range(1, self.levels.most + 1):
            self._look(len(level))
            entered: list[tuple[str, _Pair]] = []
            for before, thing, first in level:
                ways = nearest.setdefault(thing, {})
                if thing not in seeds and len(ways) < wanted and first not in ways:
                    ways[first] = _Near(hops, before)
                    entered.append((thing, first))
            level = [(thing, far, first) for thing, first in entered for far in self._leaving.get(thing, ())]
        self._nearest[wanted] = nearest
        return nearest

    # ------------------------------------------------------------------------------------------------ from the answer

    def _back(self, ends: frozenset[str], wanted: int) -> Iterator[list[_Found]]:
        """By the number of their hops, the ways to some things, with so many of their last steps told apart."""
        known: dict[str, dict[_Pair, str]] = {}
        level = [(near, (near, end), end) for end in sorted(ends) for near in self._leading[end] if near not in ends]
        for hops in range(1, self.levels.most + 1):
            self._look(len(level))
            entered: list[tuple[str, _Pair]] = []
            found: list[_Found] = []
            for thing, last, following in level:
                if thing in self.levels.seeds:
                    way = partial(_way_on, thing, following, last, known)
                    found.append(_Found(hops, (thing, following), last, way))
                elif len(onward := known.setdefault(thing, {})) < wanted and last not in onward:
                    onward[last] = following
                    entered.append((thing, last))
            yield found
            level = [
                (near, last, thing) for thing, last in entered for near in self._leading[thing] if near not in ends
            ]


def _told_apart(ways: Iterable[list[_Found]], shortest: Way, wanted: int) -> list[Way]:
    """The shortest, and as many of those that begin or end by a step that none before does as are wanted."""
    chosen, firsts, lasts = [shortest], {(shortest[0], shortest[1])}, {(shortest[-2], shortest[-1])}
    for of_a_length in ways:
        # Of the same length those come first whose both ends are new: fewer show the same.
        for both in (True, False):
            for each in of_a_length:
                new = (each.first not in firsts) + (each.last not in lasts)
                if len(chosen) < wanted and new > both:
                    chosen.append(each.way())
                    firsts.add(each.first)
                    lasts.add(each.last)
        if len(chosen) == wanted:
            break
    return chosen


def _way(thing: str, first: _Pair, nearest: _Nearest, *end: str) -> Way:
    """The way to a thing that begins with that step, and then to the end."""
    way = [*end, thing]
    while thing != first[1]:
        thing = nearest[thing][first].before
        way.append(thing)
    return [*way, first[0]][::-1]


def _way_on(start: str, thing: str, last: _Pair, known: Mapping[str, Mapping[_Pair, str]]) -> Way:
    """The way from a start by a thing on, that ends with that step."""
    way = [start, thing]
    while thing != last[1]:
        thing = known[thing][last]
        way.append(thing)
    return way
