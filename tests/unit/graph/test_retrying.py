"""When to try again."""

import asyncio

import pytest

from app.graph import retrying
from app.graph.failures import Chance
from app.graph.retrying import Attempts, Patience


class Clock:
    """Time that passes only while somebody sleeps."""

    def __init__(self) -> None:
        self.now = 0.0
        self.slept: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(retrying, "monotonic", lambda: clock.now)
    monkeypatch.setattr(asyncio, "sleep", clock.sleep)
    monkeypatch.setattr("random.uniform", lambda _, longest: longest)
    return clock


async def _exhaust(attempts: Attempts, chance: Chance) -> int:
    count = 0
    while await attempts.another(chance):
        count += 1
    return count


async def test_waits_double_up_to_a_second(clock: Clock) -> None:
    await _exhaust(Attempts(Patience(conflict=6)), Chance.CONFLICT)
    assert clock.slept[:9] == [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1, 1]


@pytest.mark.parametrize(("chance", "seconds"), ((Chance.CONFLICT, 3), (Chance.LOST, 7)))
async def test_patience_ends(clock: Clock, chance: Chance, seconds: float) -> None:
    await _exhaust(Attempts(Patience(conflict=3, lost=7)), chance)
    assert seconds <= clock.now <= seconds + 1


@pytest.mark.parametrize("chance", (Chance.NONE, Chance.UNKNOWN))
async def test_what_is_hopeless_is_not_tried_again(clock: Clock, chance: Chance) -> None:
    assert await _exhaust(Attempts(Patience()), chance) == 0
    assert clock.slept == []


async def test_there_is_a_second_attempt_however_long_the_first_took(clock: Clock) -> None:
    attempts = Attempts(Patience(lost=1))
    clock.now = 1000
    assert await attempts.another(Chance.LOST)


async def test_finding_what_was_lost_begins_the_time_anew_but_not_for_ever(clock: Clock) -> None:
    attempts = Attempts(Patience(lost=1))
    found = 0
    while await attempts.another(Chance.LOST):
        clock.now += 10  # it takes long to bring it to life
        attempts.renewed()
        found += 1
        assert found < 100
    assert found > 1
