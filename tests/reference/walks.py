"""What `impact`, `lineage` and `path` must answer: written from the contract alone, without the service's code.

A graph is a list of assertions, each pointing upstream. Walks go level by level with a visited set, from each start by
itself; nothing here knows how the engines are asked.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field, replace

UNBOUNDED = 10_000
NOW = 2**60
"""Later than every time of a world that ends."""

ENTRIES = frozenset({"BUILT_FROM", "CONTAINS"})
BOUNDED = frozenset({"CALLS"})
FLOW = frozenset({"GENERATED_BY", "DERIVED_FROM", "BASED_ON"})
TYPE_OF_ROLE = {
    "TRAINING": "TRAINED_ON",
    "VALIDATION": "VALIDATED_ON",
    "TEST": "TESTED_ON",
    "REFERENCE": "REFERRED_TO",
    "INPUT": "CONSUMED",
}


@dataclass(frozen=True)
class State:
    """What a node showed from one record on, until another."""

    recorded: int = 0
    until: int = NOW
    begins: int | None = None
    ends: int | None = None
    """Of a deployment, when it ended."""
    stages: tuple[tuple[int, str], ...] = ()
    """Its stages over time, each with the time from which it was in it."""


@dataclass(frozen=True)
class Thing:
    """A node: its label, its natural key, and the uid that both make."""

    label: str
    key: tuple[str, ...]
    uid: str
    stage: str = ""
    states: tuple[State, ...] = (State(),)
    """What it showed over time, the last of them now."""
    serves: bool = True
    """Of a deployment, whether it served at the time that is asked about."""

    @property
    def order(self) -> tuple[tuple[str, ...], str]:
        """Its natural order."""
        return self.key, self.uid


@dataclass(frozen=True)
class Said:
    """One source's assertion that `low` came from `high`."""

    uid: str
    type: str
    low: Thing
    high: Thing
    source: str
    verified: bool = False
    confidence: float = 1.0
    recorded: int = 0
    retracted: int | None = None
    since: int | None = None
    until: int | None = None
    actor: str = ""

    def holds(self, as_of: int | None, known_at: int | None) -> bool:
        """Whether it held in the world at one time, as it was known at another; None is now."""
        if known_at is None:
            known = self.retracted is None
        else:
            known = self.recorded <= known_at and (self.retracted is None or self.retracted > known_at)
        if as_of is None and self.type not in BOUNDED:
            return known
        at = NOW - 1 if as_of is None else as_of
        return known and (self.since is None or self.since <= at) and (self.until is None or self.until > at)

    @property
    def rank(self) -> tuple[object, ...]:
        """The verified, the surest, the earliest; then by source."""
        return (not self.verified, -self.confidence, self.recorded, self.source, self.uid)


@dataclass
class World:
    """A graph."""

    things: list[Thing]
    said: list[Said]
    versions: dict[str, list[Thing]]
    """By the uid of a dataset or model, its versions."""
    kept: list[Said] | None = None
    """What may be walked, where that is not all that holds."""
    held: list[Said] = field(init=False)
    live: list[Said] = field(init=False)

    def __post_init__(self) -> None:
        """Leaves out what was retracted, or does not hold now."""
        self.held = [each for each in self.said if each.holds(None, None)]
        self.live = self.held if self.kept is None else self.kept

    def family(self, thing: Thing) -> list[Thing]:
        """What a start stands for."""
        return self.versions.get(thing.uid, []) if thing.label in {"Dataset", "Model"} else [thing]

    def at(
        self,
        as_of: int | None,
        known_at: int | None,
        confidence: float = 0,
        sources: Collection[str] | None = None,
        actors: Collection[str] | None = None,
    ) -> "World":
        """The world as of a time, as it was known at another, of which only some may be walked."""
        then = {thing.uid: _at(thing, as_of, known_at) for thing in self.things}
        things = {uid: thing for uid, thing in then.items() if thing is not None}
        said = [
            replace(each, low=things[each.low.uid], high=things[each.high.uid], retracted=None, since=None, until=None)
            for each in self.said
            if each.holds(as_of, known_at) and each.low.uid in things and each.high.uid in things
        ]
        kept = [
            each
            for each in said
            if each.confidence >= confidence
            and (sources is None or each.source in sources)
            and (actors is None or each.actor in actors)
        ]
        versions = {
            family: [things[each.uid] for each in of if each.uid in things] for family, of in self.versions.items()
        }
        return World(list(things.values()), said, versions, kept)


def _at(thing: Thing, as_of: int | None, known_at: int | None) -> Thing | None:
    """The thing as it was; None where it did not exist."""
    states = [each for each in thing.states if known_at is None or each.recorded <= known_at < each.until]
    if not states:
        return None
    state = states[-1]
    if as_of is None:
        stage = state.stages[-1][1] if state.stages else thing.stage
    else:
        stage = next((stage for since, stage in reversed(state.stages) if since <= as_of), "DEVELOPMENT")
        if state.begins is not None and state.begins > as_of:
            return None
    at = NOW - 1 if as_of is None else as_of
    serves = thing.label != "Deployment" or state.ends is None or state.ends > at
    return replace(thing, stage=stage if thing.stage else "", states=(), serves=serves)


@dataclass
class Walk:
    """One question about one world."""

    world: World
    starts: list[Thing]
    roles: frozenset[str]
    hops: int
    upstream: bool = False
    types: frozenset[str] | None = None
    """The types that are followed; None for those of data flow and of the roles."""

    @property
    def followed(self) -> frozenset[str]:
        """The types that are followed at every step."""
        if self.types is None:
            return FLOW | {TYPE_OF_ROLE[role] for role in self.roles}
        return self.types - ENTRIES

    @property
    def entries(self) -> frozenset[str]:
        """The types that are followed from a start, or to a leaf."""
        return ENTRIES if self.types is None else self.types & ENTRIES

    @property
    def seeds(self) -> list[Thing]:
        """The things at hop 0, each once."""
        return list(dict.fromkeys(seed for start in self.starts for seed in self.world.family(start)))

    def steps(self, thing: Thing, seed: Thing) -> Iterator[tuple[Said, Thing]]:
        """What a walk from `seed` follows from `thing`, and where it leads."""
        types = self.followed
        first = thing == seed
        for said in self.world.live:
            near, far = (said.low, said.high) if self.upstream else (said.high, said.low)
            if near != thing or not far.serves:
                continue
            if said.type in types:
                allowed = first or thing.label != "Artifact"
            elif said.type in self.entries:
                allowed = thing.label != "Artifact" if self.upstream else first
            else:
                allowed = False
            if allowed:
                yield said, far

    def distances(self, seed: Thing, hops: int | None = None) -> dict[Thing, int]:
        """How far everything is that a walk from `seed` meets, itself at 0."""
        far, level = {seed: 0}, [seed]
        for hop in range(1, (self.hops if hops is None else hops) + 1):
            level = list(dict.fromkeys(to for at in level for _, to in self.steps(at, seed) if to not in far))
            far.update(dict.fromkeys(level, hop))
        return far

    def reached(self, hops: int | None = None) -> dict[Thing, int]:
        """Everything that a start other than itself reaches, with its hops from the nearest."""
        found: dict[Thing, int] = {}
        for seed in self.seeds:
            for thing, hop in self.distances(seed, hops).items():
                if thing != seed:
                    found[thing] = min(hop, found.get(thing, hop))
        return found

    def cut(self) -> bool:
        """Whether something lies a hop beyond the last."""
        return self.reached(self.hops + 1).keys() != self.reached().keys()

    def frontier(self) -> set[Thing]:
        """What was reached and has something next to it that is no start and is reached a hop later only."""
        reached = self.reached()
        beyond = self.reached(self.hops + 1).keys() - reached.keys() - set(self.seeds)
        return {
            thing
            for seed in self.seeds
            for thing, hop in self.distances(seed).items()
            if hop == self.hops and thing in reached and any(to in beyond for _, to in self.steps(thing, seed))
        }

    def walked(self) -> set[Said]:
        """Every assertion whose nearer end is a start, or was reached before the last hop."""
        return {
            said
            for seed in self.seeds
            for thing, hop in self.distances(seed).items()
            if hop < self.hops
            for said, _ in self.steps(thing, seed)
        }

    # ------------------------------------------------------------------------------------------------ ancestry

    def unknown_outside(self, answer: Iterable[Thing], stages: frozenset[str]) -> int:
        """The versions outside the answer that are of unknown ancestry, or reach such a one."""
        answered = set(answer)
        up = Walk(self.world, [], self.roles, self.hops, upstream=True, types=self.types)
        return sum(
            any(is_unknown(self.world, each) for each in up.distances(thing))
            for thing in self.world.things
            if thing.label == "ModelVersion" and thing.stage in stages and thing not in answered
        )

    def unknown_within(self) -> int:
        """The versions of unknown ancestry among the starts and what they reach."""
        return sum(is_unknown(self.world, thing) for thing in {*self.seeds, *self.reached()})


def is_unknown(world: World, thing: Thing) -> bool:
    """Whether it is a version of a model with neither a base nor a run that names training data or input."""
    if thing.label != "ModelVersion":
        return False
    made = [said for said in world.held if said.low == thing]
    runs = {said.high for said in made if said.type == "GENERATED_BY"}
    used = (said for said in world.held if said.low in runs and said.type in {"TRAINED_ON", "CONSUMED"})
    return not any(said.type == "BASED_ON" for said in made) and not any(True for _ in used)
