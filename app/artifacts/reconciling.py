"""Compares the store with what is recorded, says how they differ, and removes bytes that nobody recorded.

Nothing is touched that was not told of before: who has bytes removed names them. Each is looked at anew then, marked in
the graph, looked at once more, and only then removed: uploads that begin after the mark see it, and those that began
before are seen. So what is handed over meanwhile is kept, or must come again (`app.artifacts.verifying`).
"""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from app.access.service import Caller
from app.artifacts import strays
from app.artifacts.announcing import UploadRefused
from app.artifacts.content import Held
from app.artifacts.store import ArtifactStore
from app.artifacts.strays import Recorded
from app.artifacts.uploads import LIFE
from app.errors import ErrorCode
from app.graph.driver import Graph

MOST = 100
"""How many artifacts are named at once."""

PAGE: Final = 1_000
"""How many things of the store, and how many recorded artifacts, are looked at for one answer."""

SETTLED: Final = 3_600_000_000
"""Microseconds for which bytes in the store are nobody's concern here: they may be on their way to the record."""

_ABANDONED: Final = 1_200_000_000
"""Microseconds after which a mark is an abandoned one, and a sweep goes on with it."""

_TAKING: Final = 600_000_000
"""Microseconds for which who set a mark removes bytes: well before another takes over."""

_AT_ONCE = 16
"""How many things the store is asked at a time."""


class Difference(StrEnum):
    """How the store and the record differ about the bytes of a digest."""

    UNRECORDED = "UNRECORDED"
    """The store holds them, and nobody recorded them: of an upload that was never completed, or handed over late."""

    ABSENT = "ABSENT"
    """They are recorded as held, and the store has nothing under their digest."""

    OTHER_SIZE = "OTHER_SIZE"
    """The store holds another number of bytes than is recorded."""

    FOUND = "FOUND"
    """They are recorded as missing, and the store holds them."""


@dataclass(frozen=True, slots=True)
class Differing:
    """One difference.

    Attributes:
        digest: `sha256:…`.
        difference: which.
        held: what the store holds; None for nothing.
        recorded_bytes: how many bytes are recorded; None where none are.
    """

    digest: str
    difference: Difference
    held: Held | None
    recorded_bytes: int | None


@dataclass(frozen=True, slots=True)
class Looked:
    """A page of the comparison.

    Attributes:
        differing: what differs, by digest.
        digests: how many were compared.
        next: the digest after which to go on; None at the end.
    """

    differing: Sequence[Differing]
    digests: int
    next: str | None


@dataclass(frozen=True, slots=True)
class Removed:
    """What became of bytes that were to be removed.

    Attributes:
        digest: `sha256:…`.
        bytes: how many were removed.
        kept: why none were; None where they were removed.
    """

    digest: str
    bytes: int
    kept: str | None = None


class Reconciling:
    """One service's comparisons.

    Args:
        graph: where bytes are recorded.
        store: what is compared with it.
        clock: microseconds since 1970 UTC.
    """

    def __init__(self, graph: Graph, store: ArtifactStore, clock: Callable[[], int]) -> None:
        self._graph = graph
        self._store = store
        self._clock = clock

    async def look(self, after: str, caller: Caller, page: int = PAGE) -> Looked:
        """How the store and the record differ about the next digests. It changes nothing.

        Args:
            after: only digests that sort after this one; empty for the first.
            caller: on whose behalf.
            page: how many are looked at on either side.

        Raises:
            UploadRefused: the caller does not see all namespaces.
            PedigreeError: the graph or the store does not answer.
        """
        _check_sight(caller)
        held = await self._store.held(after.removeprefix("sha256:"), page)
        to = _digest(held[-1]) if len(held) == page else strays.LAST
        known = await strays.recorded(self._graph, after, to, page)
        if len(known) == page:
            to = known[-1].digest
        there = {_digest(each): each for each in held if _digest(each) <= to}
        recorded = {each.digest: each for each in known}
        both, now = sorted(there.keys() | recorded.keys()), self._clock()
        found = (_differing(digest, there.get(digest), recorded.get(digest), now) for digest in both)
        differing = await self._still([each for each in found if each is not None])
        return Looked(differing, len(both), None if to == strays.LAST else to)

    async def remove(self, digests: Sequence[str], caller: Caller) -> list[Removed]:
        """Removes bytes that nobody recorded from the store; what became of each, in their order.

        Args:
            digests: `sha256:…`, as `look` told of them.
            caller: on whose behalf.

        Raises:
            UploadRefused: the caller does not see all namespaces, or names none or too many.
            PedigreeError: the graph or the store does not do it; what is marked by then is gone on with by a sweep.
        """
        _check_sight(caller)
        if not 1 <= len(digests) <= MOST:
            raise UploadRefused(f"Name 1 to {MOST} artifacts, and not {len(digests)}.", path="input.artifacts")
        held = await self._stat(dict.fromkeys(digests))
        settled = self._clock() - SETTLED
        kept = {digest: "The store holds nothing under this digest." for digest, each in held.items() if each is None}
        young = (digest for digest, each in held.items() if each is not None and each.stored_at > settled)
        kept |= dict.fromkeys(young, "It came less than an hour ago, and may be recorded any moment.")
        kept |= await self._reasons(held.keys() - kept.keys())
        kept |= await self._take(held.keys() - kept.keys())
        sizes = {digest: each.content.bytes for digest, each in held.items() if each is not None and digest not in kept}
        return [Removed(digest, sizes.get(digest, 0), kept.get(digest)) for digest in digests]

    async def go_on(self) -> None:
        """Goes on with what somebody began to remove and did not, and forgets what was removed long ago.

        Raises:
            PedigreeError: the graph or the store does not do it; the next sweep goes on.
        """
        while abandoned := await strays.marked(self._graph, self._clock() - _ABANDONED, MOST):
            await self._take(abandoned)
        await strays.forget(self._graph, self._clock())

    async def _take(self, digests: Iterable[str]) -> dict[str, str]:
        """Marks and removes these bytes; of those that stay after all, why."""
        going = frozenset(digests)
        if not going:
            return {}
        since = self._clock()
        await strays.mark(self._graph, going, since, since + LIFE)
        kept = await self._reasons(going)  # who began before the mark is seen now, and who begins later sees it
        await strays.unmark(self._graph, kept, since)
        left = sorted(going - kept.keys())
        for first in range(0, len(left), _AT_ONCE):
            if self._clock() > since + _TAKING:
                return kept | dict.fromkeys(left[first:], "There was no time left; it goes within the next hours.")
            group = left[first : first + _AT_ONCE]
            await asyncio.gather(*(self._store.delete(each.removeprefix("sha256:")) for each in group))
            await strays.gone(self._graph, group, self._clock())
        return kept

    async def _reasons(self, digests: Iterable[str]) -> dict[str, str]:
        """Why some of these bytes must stay. Uploads first: one is forgotten only after it was recorded."""
        asked = frozenset(digests)
        if not asked:
            return {}
        awaited = await strays.awaited(self._graph, asked)
        needed = await strays.needed(self._graph, asked)
        reasons = dict.fromkeys(needed, "A version is made of it or said to be, or a purge is removing it.")
        return reasons | dict.fromkeys(awaited, "An upload that has not ended names it.")

    async def _still(self, differing: Sequence[Differing]) -> list[Differing]:
        """Those that are so still: between the look at the store and that at the record something may have changed."""
        kept = await self._reasons(each.digest for each in differing if each.difference is Difference.UNRECORDED)
        held = await self._stat(each.digest for each in differing if each.digest not in kept)
        return [
            each
            for each in differing
            if each.digest in held and (held[each.digest] is None) == (each.difference is Difference.ABSENT)
        ]

    async def _stat(self, digests: Iterable[str]) -> dict[str, Held | None]:
        turns = asyncio.Semaphore(_AT_ONCE)

        async def one(digest: str) -> tuple[str, Held | None]:
            async with turns:
                return digest, await self._store.stat(digest.removeprefix("sha256:"))

        return dict(await asyncio.gather(*map(one, digests)))


def _differing(digest: str, held: Held | None, recorded: Recorded | None, now: int) -> Differing | None:
    if held is None:
        lost = recorded is not None and recorded.state not in {"MISSING", "REMOVED"}
        return Differing(digest, Difference.ABSENT, None, recorded.bytes) if recorded and lost else None
    if recorded is None or recorded.state == "REMOVED":
        if held.stored_at > now - SETTLED:
            return None
        return Differing(digest, Difference.UNRECORDED, held, None)
    if recorded.state == "MISSING":
        return Differing(digest, Difference.FOUND, held, recorded.bytes)
    other = held.content.bytes != recorded.bytes and recorded.state != "DAMAGED"
    return Differing(digest, Difference.OTHER_SIZE, held, recorded.bytes) if other else None


def _digest(held: Held) -> str:
    return f"sha256:{held.content.sha256}"


def _check_sight(caller: Caller) -> None:
    if caller.sight is not None:
        raise UploadRefused(
            "The store holds the bytes of all namespaces, and you see some of them.",
            code=ErrorCode.FORBIDDEN,
            remedy="Ask somebody who sees all of them.",
        )
