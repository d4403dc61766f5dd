"""What readiness is told of a store that answers, fails, hangs, and comes back."""

import asyncio
from typing import TYPE_CHECKING, cast

import pytest

from app.artifacts.checking import StoreCheck
from app.artifacts.failures import StoreFull, StoreUnreachable

if TYPE_CHECKING:
    from app.artifacts.store import ArtifactStore


class FakeStore:
    """A store of which only `check` is asked.

    Attributes:
        checks: how often.
        failure: raised by it.
        answering: whether it answers at all.
    """

    def __init__(self) -> None:
        self.checks = 0
        self.failure: Exception | None = None
        self.answering = asyncio.Event()
        self.answering.set()

    async def check(self) -> None:
        self.checks += 1
        await self.answering.wait()
        if self.failure is not None:
            raise self.failure


class Ticking:
    """A clock that is set.

    Attributes:
        now: what it shows, in seconds.
    """

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def store() -> FakeStore:
    return FakeStore()


@pytest.fixture
def ticks() -> Ticking:
    return Ticking()


@pytest.fixture
def answers(store: FakeStore, ticks: Ticking) -> StoreCheck:
    return StoreCheck(cast("ArtifactStore", store), 0.05, ticks)


async def test_a_good_answer_is_good_for_some_seconds(store: FakeStore, ticks: Ticking, answers: StoreCheck) -> None:
    for _ in range(5):
        await answers()
    assert store.checks == 1
    ticks.now += 9.9
    await answers()
    assert store.checks == 1
    ticks.now += 0.2
    await answers()
    assert store.checks == 2


async def test_a_failure_is_told_and_not_remembered(store: FakeStore, answers: StoreCheck) -> None:
    store.failure = StoreFull("It is full.")
    for _ in range(3):
        with pytest.raises(StoreFull, match="It is full"):
            await answers()
    assert store.checks == 3
    store.failure = None
    await answers()


async def test_a_failure_after_a_good_answer_is_told_when_that_is_old(
    store: FakeStore, ticks: Ticking, answers: StoreCheck
) -> None:
    await answers()
    store.failure = StoreFull("It is full.")
    await answers()
    ticks.now += 10.1
    with pytest.raises(StoreFull):
        await answers()


async def test_all_who_ask_at_once_are_told_what_one_check_found(store: FakeStore, answers: StoreCheck) -> None:
    store.answering.clear()
    asking = [asyncio.create_task(answers()) for _ in range(20)]
    await asyncio.sleep(0)
    store.answering.set()
    await asyncio.gather(*asking)
    assert store.checks == 1


async def test_a_store_that_hangs_is_said_to_and_is_not_asked_again_meanwhile(
    store: FakeStore, ticks: Ticking, answers: StoreCheck
) -> None:
    store.answering.clear()
    async with asyncio.timeout(60):
        with pytest.raises(StoreUnreachable, match=r"has not answered for 0\.05 seconds"):
            await answers()
        ticks.now += 100
        for _ in range(20):
            with pytest.raises(StoreUnreachable):
                await answers()
    assert store.checks == 1
    store.answering.set()
    await asyncio.sleep(0.01)
    await answers()
    assert store.checks == 1  # it was the one that hung that found it good, only now


async def test_a_check_that_fails_when_nobody_waits_any_more_is_no_stray_error(
    store: FakeStore, answers: StoreCheck
) -> None:
    said: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _loop, context: said.append(context))
    store.answering.clear()
    with pytest.raises(StoreUnreachable):
        await answers()
    store.failure = StoreFull("It is full.")
    store.answering.set()
    await asyncio.sleep(0.01)
    store.failure = None
    await answers()
    asyncio.get_running_loop().set_exception_handler(None)
    assert said == []
    assert store.checks == 2


async def test_closing_waits_for_nothing(store: FakeStore, answers: StoreCheck) -> None:
    await answers.close()
    store.answering.clear()
    with pytest.raises(StoreUnreachable):
        await answers()
    async with asyncio.timeout(60):
        await answers.close()
    assert store.checks == 1


async def test_who_stops_asking_stops_nobody_else(store: FakeStore) -> None:
    answers = StoreCheck(cast("ArtifactStore", store), 60)
    store.answering.clear()
    first, second = asyncio.create_task(answers()), asyncio.create_task(answers())
    await asyncio.sleep(0)
    first.cancel()
    await asyncio.sleep(0)
    store.answering.set()
    await second
    assert store.checks == 1
