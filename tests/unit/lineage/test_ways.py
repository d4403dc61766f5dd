"""Several ways between things are those that the reference names, on random graphs of every shape."""

from itertools import pairwise, permutations
from operator import attrgetter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.errors import ErrorCode, PedigreeError
from app.lineage import ways
from app.lineage.levels import Levels
from app.lineage.ways import Ways
from tests.engines.lineage_worlds import make_said, make_thing
from tests.reference.several import check_ways
from tests.reference.walks import Walk, World

VERSIONS = [make_thing("ModelVersion", "n", "m", str(number), stage="PRODUCTION") for number in range(9)]
ARTIFACT = make_thing("Artifact", "sha256:" + "0" * 64)
THINGS = [*VERSIONS, ARTIFACT]
PAIRS = list(permutations(range(10), 2))


def _levels(walk: Walk) -> Levels:
    seeds = frozenset(seed.uid for seed in walk.seeds)
    levels = Levels(seeds, {ARTIFACT.uid}, walk.hops)
    for said in sorted(walk.world.live, key=attrgetter("uid")):
        levels.add(said.high.uid, said.low.uid)
    return levels


@settings(max_examples=200, deadline=None)
@given(
    pairs=st.sets(st.sampled_from(PAIRS), min_size=4, max_size=40),
    starts=st.sets(st.integers(0, 9), min_size=1, max_size=3),
    hops=st.sampled_from((2, 3, 4, 100)),
    wanted=st.integers(1, 10),
)
def test_they_are_those_that_the_reference_names(
    pairs: set[tuple[int, int]], starts: set[int], hops: int, wanted: int
) -> None:
    world = World(THINGS, [make_said("BASED_ON", THINGS[low], THINGS[high]) for low, high in sorted(pairs)], {})
    walk = Walk(world, [THINGS[start] for start in sorted(starts)], frozenset(), hops)
    levels = _levels(walk)
    found, _ = levels.hops()
    others = [thing for thing in THINGS if thing not in walk.seeds]
    for ends in [*([thing] for thing in THINGS), *(list(two) for two in pairwise(others))]:
        reached = [(found[end.uid], end.uid) for end in ends if end.uid in found]
        if reached:
            shortest = levels.way(min(reached)[1])
            several = Ways(levels).to(frozenset(end.uid for end in ends), shortest, wanted)
            assert several[0] == shortest
            check_ways(several, walk, ends, wanted, attrgetter("uid"))


def _diamonds(layers: int, wide: int) -> Levels:
    levels = Levels(frozenset({"0:0"}), frozenset(), 100)
    for layer in range(1, layers):
        for low in range(wide):
            for high in range(wide if layer > 1 else 1):
                levels.add(f"{layer - 1}:{high}", f"{layer}:{low}")
    return levels


def test_diamonds_are_gone_through_once_for_each_end() -> None:
    levels = _diamonds(80, 3)
    levels.hops()
    finder = Ways(levels)
    found = finder.to(frozenset({"79:0"}), levels.way("79:0"), 10)
    assert [len(way) for way in found] == [80] * 3
    assert {way[1] for way in found} == {"1:0", "1:1", "1:2"}
    assert {way[-2] for way in found} == {"78:0", "78:1", "78:2"}
    for way in found:
        assert [int(each.partition(":")[0]) for each in way] == list(range(80))
        assert len(set(pairwise(way))) == 79


def test_too_much_to_look_at_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    levels = _diamonds(20, 3)
    levels.hops()
    monkeypatch.setattr(ways, "EFFORT", 300)
    finder = Ways(levels)
    finder.to(frozenset({"9:0"}), levels.way("9:0"), 1)
    with pytest.raises(PedigreeError, match="smaller page") as caught:
        finder.to(frozenset({"19:0"}), levels.way("19:0"), 10)
    assert (caught.value.code, caught.value.path) == (ErrorCode.TIMEOUT, "witnesses")
