"""What is waited for comes, or the limit does; and who is cancelled meanwhile is."""

import asyncio

import pytest

from app.graph.waiting import wait_for


async def _told(word: str, after: float = 0) -> str:
    await asyncio.sleep(after)
    return word


@pytest.mark.parametrize("seconds", (None, 5.0))
async def test_what_comes_in_time_is_given(seconds: float | None) -> None:
    assert await wait_for(_told("here"), seconds) == "here"


@pytest.mark.parametrize("seconds", (0.01, 0, -1.0))
async def test_what_does_not_is_not_waited_for(seconds: float) -> None:
    with pytest.raises(TimeoutError):
        await wait_for(_told("late", after=60), seconds)


async def test_what_is_there_at_once_is_given_without_waiting() -> None:
    there = asyncio.get_running_loop().create_future()
    there.set_result("here")
    assert await wait_for(there, 0) == "here"


@pytest.mark.parametrize("seconds", (None, 60.0))
async def test_no_cancellation_is_lost(seconds: float | None) -> None:
    """Not even one that comes with what is waited for."""
    there: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    waiting = asyncio.create_task(wait_for(there, seconds))
    await asyncio.sleep(0)
    there.set_result("here")
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
