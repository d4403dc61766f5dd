"""What is waited for comes, or the limit does; and who is cancelled meanwhile is."""

import asyncio
import inspect
from importlib import import_module

import pytest

from app.graph.tuning.waiting import wait_for, wait_without_tasks


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


async def test_what_is_there_at_once_sets_no_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asyncio, "timeout", None)
    there: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    there.set_result("here")
    assert await wait_for(there, 5.0) == "here"


async def test_its_error_is_told_whenever_it_comes() -> None:
    async def failing(after: int) -> None:
        for _ in range(after):
            await asyncio.sleep(0)
        raise OSError("gone")

    for after in range(3):
        with pytest.raises(OSError, match="gone"):
            await wait_for(failing(after), 5.0)


async def test_who_is_cancelled_within_may_wait_again() -> None:
    """A cancellation comes to where it is waited, and what is waited for after it comes, too."""
    begun = asyncio.Event()

    async def stubborn() -> str:
        begun.set()
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            await asyncio.sleep(0)
            return "tidied"
        return "late"

    waiting = asyncio.create_task(wait_for(stubborn(), 60.0))
    await begun.wait()
    waiting.cancel()
    assert await waiting == "tidied"


def test_where_the_driver_waits_is_found() -> None:
    """A release of the driver that waits elsewhere is noticed here."""
    wait_without_tasks()
    assert vars(import_module("neo4j._async_compat.network._bolt_socket"))["wait_for"] is wait_for
    assert "await wait_for(" in inspect.getsource(import_module("neo4j._async_compat.network._bolt_socket"))
