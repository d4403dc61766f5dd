"""What a monitoring system reads, in the words of Prometheus: `/metrics`."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from importlib import import_module

from app.access.login import Login
from app.access.permissions import Permission
from app.errors import ErrorCode, PedigreeError
from app.http.answers import Receive, Refused, Scope, Send, answer, answer_json, header
from app.http.counting import Counts
from app.http.entering import caller_of, enter
from app.http.health import Check

_ALLOWED = ((b"allow", b"GET, HEAD"),)
_UNCACHED = ((b"cache-control", b"no-store"),)
_KEPT = 300.0
"""Seconds for which what was counted in the graph is told again: it looks at every artifact there."""

Amiss = Callable[[], Awaitable[Mapping[str, int]]]
"""How many artifacts the graph has in each state that says that something is amiss with their bytes."""


class MetricsEndpoint:
    """Answers with what was counted since the process began, whether its checks pass, and what is amiss in the store.

    Args:
        counts: of this process.
        checks: by their names, as `/readyz` has them.
        amiss: counts artifacts whose bytes are not as they should be.
        login: tells who is calling.
        ticks: seconds that never go back.
    """

    def __init__(
        self,
        counts: Counts,
        checks: Mapping[str, Check],
        amiss: Amiss,
        login: Login,
        ticks: Callable[[], float] = time.monotonic,
    ) -> None:
        self._counts = counts
        self._checks = checks
        self._amiss = amiss
        self._login = login
        self._ticks = ticks
        self._counting = asyncio.Lock()
        self._found: Mapping[str, int] = {}
        self._at = float("-inf")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request."""
        del receive
        try:
            await self._check(scope)
        except Refused as refusal:
            await answer_json(send, refusal.status, refusal.body, headers=(*refusal.headers, *_UNCACHED))
            return
        passed = {name: await _passes(check) for name, check in self._checks.items()}
        # Loaded when somebody asks: it takes megabytes, and most processes are never asked.
        exposition = await asyncio.to_thread(import_module, "app.http.exposition")
        content_type, body = exposition.written(self._counts, passed, await self._counted(), header(scope, b"accept"))
        await answer(send, 200, content_type, body, _UNCACHED)  # of which the server leaves out the body for HEAD

    async def _check(self, scope: Scope) -> None:
        """Lets pass who may read counts of everything.

        Raises:
            Refused: anybody else.
        """
        if scope["method"] not in {"GET", "HEAD"}:
            raise Refused(405, "Ask by GET.", ErrorCode.BAD_METHOD, _ALLOWED)
        await enter(self._login, scope)
        caller = caller_of(scope)
        if Permission.METRICS_READ not in caller.permissions or caller.sight is not None:
            message = f"It takes the permission {Permission.METRICS_READ} and the sight of all namespaces."
            raise Refused(403, message, ErrorCode.FORBIDDEN)

    async def _counted(self) -> Mapping[str, int]:
        """What is amiss; nothing where the graph does not tell."""
        async with self._counting:
            if self._ticks() - self._at >= _KEPT:
                try:
                    self._found = await self._amiss()
                except PedigreeError:
                    return {}
                self._at = self._ticks()
            return self._found


async def _passes(check: Check) -> bool:
    try:
        await check()
    except PedigreeError:
        return False
    return True
