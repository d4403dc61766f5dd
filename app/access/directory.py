"""What this process knows of tokens and grants, so that no request has to ask the graph who is calling.

All live tokens and grants are held, and brought up to date by what changed since. So a wrong token, or ten thousand of
them, costs no memory, puts nothing out that is held, and asks the graph no more often than the bound below says.
"""

import asyncio
import hmac
import time
from collections.abc import Callable
from contextlib import suppress

from app.access.granted import Actor, Grant, Token, caller_with
from app.access.graph import News, news
from app.access.service import Caller
from app.errors import PedigreeError
from app.graph.driver import Graph

_SOON = 2.0
"""Seconds after which a request has the news fetched, without waiting for them."""

_AT_ONCE = 5.0
"""Seconds after which it waits for them: what another service took away does not count here for longer."""

_BETWEEN = 0.1
"""Seconds between two fetches, however many tokens come that nobody knows."""


class Directory:
    """The live tokens and the grants of a graph. For one event loop.

    Args:
        graph: where they are.
        clock: seconds since 1970.
        ticks: seconds that never go back.
    """

    def __init__(
        self, graph: Graph, clock: Callable[[], float] = time.time, ticks: Callable[[], float] = time.monotonic
    ) -> None:
        self._graph = graph
        self._clock = clock
        self._ticks = ticks
        self._changes = 0
        self._tokens: dict[str, Token] = {}
        self._grants: dict[Actor, Grant] = {}
        self._callers: dict[str, Caller] = {}
        self._begun = self._known_at = -_AT_ONCE
        self._wanted, self._aim, self._reached = 1, 0, 0
        self._turns = asyncio.Lock()
        self._next: asyncio.Task[None] | None = None
        self._current: asyncio.Task[None] | None = None

    async def caller_with(self, digest: str) -> Caller | None:
        """Whoever sends the token of that digest; None where no live token has it.

        What was made by another service before this was called is known.

        Raises:
            GraphError: the graph does not answer, and what is known is too old.
        """
        await self._up_to_date()
        token = self._tokens.get(digest)
        if token is None:
            await self._fetched()
            token = self._tokens.get(digest)
        # The digest of 256 random bits cannot be guessed letter by letter, but nothing is lost by this either.
        if token is None or not hmac.compare_digest(token.digest, digest):
            return None
        if not token.live(int(self._clock() * 1_000_000)):
            return None
        caller = self._callers.get(digest)
        if caller is None:
            caller = self._callers[digest] = caller_with(token, self._grants.get(token.actor))
        return caller

    async def grant_of(self, actor: Actor) -> Grant:
        """What that actor was granted.

        Raises:
            GraphError: the graph does not answer, and what is known is too old.
        """
        await self._up_to_date()
        return self._grants.get(actor) or Grant(*actor)

    def outdated(self) -> None:
        """Has the next request wait for the news: this service itself has changed something."""
        self._wanted += 1

    async def _up_to_date(self) -> None:
        age = self._ticks() - self._known_at
        if self._reached < self._wanted or age >= _AT_ONCE:
            if self._current is not None and self._aim >= self._wanted:
                await asyncio.shield(self._current)
            else:
                await self._fetched()
        elif age >= _SOON:
            self._fetch()

    async def _fetched(self) -> None:
        """Waits for a fetch that begins after this was called."""
        await asyncio.shield(self._fetch())

    def _fetch(self) -> "asyncio.Task[None]":
        """The next fetch; of many who want one while another is under way, all get the same."""
        if self._next is None:
            self._next = asyncio.create_task(self._take_turn())
            self._next.add_done_callback(_noticed)
        return self._next

    async def _take_turn(self) -> None:
        async with self._turns:
            await asyncio.sleep(max(0.0, self._begun + _BETWEEN - self._ticks()))
            self._current, self._next = self._next, None
            begun = self._begun = self._ticks()
            aim = self._aim = self._wanted
            try:
                await self._learn()
            finally:
                self._current = None
            self._known_at, self._reached = begun, aim

    async def _learn(self) -> None:
        now = int(self._clock() * 1_000_000)
        found = await news(self._graph, self._changes, now)
        if found.changes < self._changes:  # another graph stands in its place: a backup, or an empty one
            self._tokens, self._grants = {}, {}
            found = await news(self._graph, 0, now)
        if found.grants or found.tokens or found.changes != self._changes:
            self._apply(found, now)

    def _apply(self, found: News, now: int) -> None:
        self._changes = found.changes
        self._grants.update({grant.actor: grant for grant in found.grants})
        self._tokens.update({token.digest: token for token in found.tokens})
        self._tokens = {digest: token for digest, token in self._tokens.items() if token.live(now)}
        self._callers = {}


def _noticed(task: "asyncio.Task[None]") -> None:
    """A fetch that nobody waits for may fail: who needs it will ask again, and is told."""
    with suppress(asyncio.CancelledError, PedigreeError):
        task.result()
