"""How far each thing is from the nearest start other than itself, by which way, and what a walk follows."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

Hops = dict[str, int]
_KEPT = 2


@dataclass(slots=True)
class Levels:
    """A walk over relationships that are at hand.

    Of each thing the two nearest starts are kept: a start is never its own answer, and the second is then the nearest
    of the others.

    Attributes:
        seeds: the uids of the things at hop 0.
        leaves: the uids of what a walk ends at, unless it starts there: artifacts.
        most: how many hops the walk may have.
    """

    seeds: frozenset[str]
    leaves: AbstractSet[str]
    most: int
    _next: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    _from: dict[str, dict[str, str]] = field(default_factory=dict)

    def add(self, near: str, far: str) -> None:
        """A relationship: the walk may go from `near` to `far`."""
        self._next[near].append(far)

    def begin(self) -> list[tuple[str, str]]:
        """Begins the walk: its first level, each thing with the start from which it is reached."""
        self._from = {seed: {seed: seed} for seed in self.seeds}
        return [(seed, seed) for seed in sorted(self.seeds)]

    def hops(self) -> tuple[Hops, bool]:
        """The hops of everything that a start other than itself reaches, and whether more lies a hop further."""
        level = self.begin()
        found: Hops = {}
        for hop in range(1, self.most + 2):
            level = self.further(level)
            new = {thing for thing, _ in level} - found.keys()
            if hop > self.most or not level:
                return found, bool(new)
            found.update(dict.fromkeys(new, hop))
        return found, False

    def way(self, thing: str) -> list[str]:
        """A shortest way to what was reached, from the nearest start other than itself on."""
        seed = next(each for each in self._from[thing] if each != thing)
        way = [thing]
        while thing != seed:
            thing = self._from[thing][seed]
            way.append(thing)
        return way[::-1]

    def leaving(self) -> dict[str, list[str]]:
        """By thing that the walk met, what it may go to from there by one step, each once and in order."""
        return {
            near: sorted(set(self._next.get(near, ())))
            for near in self._from
            if near not in self.leaves or near in self.seeds
        }

    def walked(self, near: str, hops: Mapping[str, int]) -> bool:
        """Whether the walk goes on from there."""
        if near in self.seeds:
            return True
        return near not in self.leaves and near in hops and hops[near] < self.most

    def further(self, level: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
        """The next level, from what was added of the things of this one."""
        following: list[tuple[str, str]] = []
        for thing, seed in level:
            if thing in self.leaves and thing != seed:
                continue
            for far in self._next.get(thing, ()):
                known = self._from.setdefault(far, {})
                if seed not in known and len(known) < _KEPT:
                    known[seed] = thing
                    following.append((far, seed))
        return following
