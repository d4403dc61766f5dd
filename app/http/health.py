"""Whether the service is alive, and whether it can do its work."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping

from app.errors import PedigreeError
from app.http.answers import TEXT, Receive, Scope, Send, answer, answer_json

Check = Callable[[], Awaitable[None]]
"""Something that must hold for the service to do its work; it raises a `PedigreeError` where it does not."""

_UNCACHED = ((b"cache-control", b"no-store"),)


class Healthz:
    """Answers 200: this process answers, whatever it depends on."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request."""
        del scope, receive
        await answer(send, 200, TEXT, b"alive\n", _UNCACHED)


_KEPT = 1.0
"""Seconds for which what was found is told to strangers again: they are not to decide how often the graph is asked."""


class Readyz:
    """Answers 200 while every check passes, else 503; either way with what each of them found.

    Args:
        checks: by their names.
        strangers: whether anybody may ask: then of what fails only the code is told, not the words, which name
            addresses, and the checks are not made for each request.
        ticks: seconds that never go back.
    """

    def __init__(
        self, checks: Mapping[str, Check], *, strangers: bool = False, ticks: Callable[[], float] = time.monotonic
    ) -> None:
        self._checks = checks
        self._strangers = strangers
        self._ticks = ticks
        self._checking = asyncio.Lock()
        self._found: dict[str, str] = {}
        self._at = float("-inf")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Runs the checks."""
        del scope, receive
        found = await self._told() if self._strangers else await self._check()
        ready = all(value == "ok" for value in found.values())
        await answer_json(send, 200 if ready else 503, {"ready": ready, "checks": found}, headers=_UNCACHED)

    async def _told(self) -> dict[str, str]:
        async with self._checking:
            if self._ticks() - self._at >= _KEPT:
                self._found = await self._check()
                self._at = self._ticks()
            return self._found

    async def _check(self) -> dict[str, str]:
        found: dict[str, str] = {}
        for name, check in self._checks.items():
            try:
                await check()
                found[name] = "ok"
            except PedigreeError as error:
                found[name] = error.code.value if self._strangers else error.message
        return found
