"""How often things are tried, and how many are done at once."""

import asyncio
import threading

import pytest

from app.errors import ErrorCode, PedigreeError
from app.transfer.trying import Attempts, Patience, TryAgain, in_parallel, in_thread, patiently

QUICK = Patience(attempts=3, seconds=0)


async def test_attempts_end_after_so_many_that_bore_nothing() -> None:
    attempts = Attempts(QUICK)
    await attempts.again(TryAgain("1"))
    await attempts.again(TryAgain("2"))
    await attempts.again(TryAgain("3"), fruitful=True)
    await attempts.again(TryAgain("4"))
    await attempts.again(TryAgain("5"))
    with pytest.raises(TryAgain, match="6"):
        await attempts.again(TryAgain("6"))


@pytest.mark.parametrize(
    ("code", "times"), ((ErrorCode.SERVER_UNREACHABLE, 3), (ErrorCode.TIMEOUT, 3), (ErrorCode.FORBIDDEN, 1))
)
async def test_what_passes_is_asked_again(code: ErrorCode, times: int) -> None:
    asked = 0

    async def ask() -> None:
        nonlocal asked
        asked += 1
        raise PedigreeError("no", code=code)

    with pytest.raises(PedigreeError, match="no"):
        await patiently(QUICK, ask)
    assert asked == times


async def test_pauses_grow_and_end_at_half_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []

    async def slept(seconds: float) -> None:
        pauses.append(seconds)

    monkeypatch.setattr(asyncio, "sleep", slept)
    for fruitless in (1, 2, 3, 10):
        await Patience().pause(fruitless)
    assert pauses == [1, 2, 4, 30]


async def test_so_many_at_once_and_the_first_error_ends_all() -> None:
    under_way: set[int] = set()
    most = 0
    begun: list[int] = []

    async def do(number: int) -> None:
        nonlocal most
        begun.append(number)
        under_way.add(number)
        most = max(most, len(under_way))
        try:
            await asyncio.sleep(0)
            if number == 7:
                raise ValueError(number)
        finally:
            under_way.discard(number)

    with pytest.raises(ValueError, match="7"):
        await in_parallel(do, range(1000), 3)
    assert most == 3
    assert under_way == set()
    assert len(begun) < 15


async def test_who_is_cancelled_waits_for_its_thread() -> None:
    begun, stopped = threading.Event(), threading.Event()
    ended: list[bool] = []

    def do() -> None:
        begun.set()
        ended.append(stopped.wait(30))
        raise ValueError

    waiting = asyncio.create_task(in_thread(do, stopped))
    await asyncio.to_thread(begun.wait, 30)
    waiting.cancel()
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert ended == [True]


async def test_what_a_thread_returns_and_raises() -> None:
    stopped = threading.Event()
    assert await in_thread(lambda: 1, stopped) == 1
    with pytest.raises(ZeroDivisionError):
        await in_thread(lambda: 1 // 0, stopped)
    assert not stopped.is_set()
