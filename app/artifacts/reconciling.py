"""Compares the store with what is recorded, says how they differ, and removes bytes that nobody recorded.

Nothing is touched that was not told of before: who has bytes removed names them. Each is claimed in the graph by who
removes it, looked at once more, and only then removed: uploads that begin after the claim see it, and those that began
before are seen. So what is handed over meanwhile is kept, or must come again (`app.artifacts.verifying`).
"""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from uuid import uuid4

from app.access.service import Caller
from app.artifacts import strays
from app.artifacts.announcing import UploadRefused
from app.artifacts.content import Held
from app.artifacts.failures import ArtifactsError, PlaceUnknown, StoreLoginRefused, StoreReadOnly
from app.artifacts.recorded import ABANDONED, LAST, TAKING
from app.artifacts.store import ArtifactStore
from app.artifacts.strays import Recorded
from app.errors import ErrorCode
from app.graph.driver import Graph

MOST = 100
"""How many artifacts are named at once."""

PAGE: Final = 1_000
"""How many things of the store, and how many recorded artifacts, are looked at for one answer."""

SETTLED: Final = 3_600_000_000
"""Microseconds for which bytes in the store are nobody's concern here: they may be on their way to the record."""

_REFUSALS = (PlaceUnknown, StoreLoginRefused, StoreReadOnly)
"""What a store says that did not even begin."""

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
        check_sight(caller)
        held = await self._store.held(after.removeprefix("sha256:"), page)
        to = _digest(held[-1]) if len(held) == page else LAST
        known = await strays.recorded(self._graph, after, to, page)
        if len(known) == page:
            to = known[-1].digest
        there = {_digest(each): each for each in held if _digest(each) <= to}
        recorded = {each.digest: each for each in known}
        both, now = sorted(there.keys() | recorded.keys()), self._clock()
        found = (_differing(digest, there.get(digest), recorded.get(digest), now) for digest in both)
        differing = await self._still([each for each in found if each is not None])
        return Looked(differing, len(both), None if to == LAST else to)

    async def remove(self, digests: Sequence[str], caller: Caller) -> list[Removed]:
        """Removes bytes that nobody recorded from the store; what became of each, once, in their order.

        Args:
            digests: `sha256:…`, as `look` told of them.
            caller: on whose behalf.

        Raises:
            UploadRefused: the caller does not see all namespaces, or names none or too many.
            PedigreeError: the graph or the store does not answer; what was begun by then is gone on with by a sweep.
        """
        check_sight(caller)
        if not 1 <= len(digests) <= MOST:
            raise UploadRefused(f"Name 1 to {MOST} artifacts, and not {len(digests)}.", path="input.artifacts")
        named = dict.fromkeys(digests)
        absent, kept = await self._looked_at(named)
        kept |= dict.fromkeys(absent, "The store holds nothing under this digest.")
        removed, stayed = await self._take(named.keys() - kept.keys())
        kept |= stayed
        return [Removed(digest, removed.get(digest, 0), kept.get(digest)) for digest in named]

    async def go_on(self) -> None:
        """Goes on with what somebody began to remove and did not, and forgets what was removed long ago.

        Raises:
            PedigreeError: the graph does not do it; the next time it is gone on.
        """
        while abandoned := await strays.claimed(self._graph, self._clock() - ABANDONED, MOST):
            await self._take(abandoned)
        await strays.forget(self._graph, self._clock())

    async def _looked_at(self, digests: Iterable[str]) -> tuple[frozenset[str], dict[str, str]]:
        """Of which of these there are no bytes, and why those of others must stay."""
        held = await self._stat(digests)
        settled = self._clock() - SETTLED
        absent = frozenset(digest for digest, each in held.items() if each is None)
        young = (digest for digest, each in held.items() if each is not None and each.stored_at > settled)
        kept = dict.fromkeys(young, "It came less than an hour ago, and may be recorded any moment.")
        return absent, kept | await self._reasons(held.keys() - kept.keys() - absent)

    async def _take(self, digests: Iterable[str]) -> tuple[dict[str, int], dict[str, str]]:
        """Claims and removes these bytes: how many went of each, and why others stayed."""
        asked, remover, since = frozenset(digests), uuid4().hex, self._clock()
        if not asked:
            return {}, {}
        ours = await strays.claim(self._graph, asked, remover, since, since - ABANDONED)
        kept = dict.fromkeys(asked - ours, "Somebody else is removing it at this moment.")
        # Who began before the claim is seen now, and who begins later sees it. What is gone already is noted as
        # removed, whoever awaits it: who claimed it before may have been cut off just then.
        _, stays = await self._looked_at(ours)
        await strays.let_go(self._graph, stays, remover)
        kept |= stays
        removed: dict[str, int] = {}
        left = sorted(ours - stays.keys())
        for first in range(0, len(left), _AT_ONCE):
            if self._clock() > since + TAKING:
                return removed, kept | dict.fromkeys(left[first:], "There was no time left; it goes within the hour.")
            went, failed = await self._delete(left[first : first + _AT_ONCE])
            await strays.note_removed(self._graph, went, remover, self._clock())
            # Where the store refused it nothing happens any more; else it is not known, and tried again later.
            refused = {digest for digest, error in failed.items() if isinstance(error, _REFUSALS)}
            await strays.let_go(self._graph, refused, remover)
            removed |= went
            kept |= {digest: error.message for digest, error in failed.items()}
        return removed, kept

    async def _delete(self, digests: Sequence[str]) -> tuple[dict[str, int], dict[str, ArtifactsError]]:
        """How many bytes went of each of these; and of those of which it is not known, what the store said."""

        async def one(digest: str) -> int | ArtifactsError:
            sha256 = digest.removeprefix("sha256:")
            try:
                held = await self._store.stat(sha256)
                return held.content.bytes if await self._store.delete(sha256) and held is not None else 0
            except ArtifactsError as error:
                return error

        results = dict(zip(digests, await asyncio.gather(*map(one, digests)), strict=True))
        failed = {digest: each for digest, each in results.items() if isinstance(each, ArtifactsError)}
        return {digest: each for digest, each in results.items() if isinstance(each, int)}, failed

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
        """Those of which the store and the uploads say the same when they are asked once more, after the record."""
        kept = await self._reasons(each.digest for each in differing if each.difference is Difference.UNRECORDED)
        held = await self._stat(each.digest for each in differing if each.digest not in kept)
        return [each for each in differing if each.digest in held and _as_before(each, held[each.digest])]

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


def _as_before(told: Differing, held: Held | None) -> bool:
    if held is None or told.held is None:
        return held is told.held
    return told.difference is not Difference.OTHER_SIZE or held.content.bytes != told.recorded_bytes


def _digest(held: Held) -> str:
    return f"sha256:{held.content.sha256}"


def check_sight(caller: Caller) -> None:
    """Lets pass who sees all namespaces.

    Raises:
        UploadRefused: FORBIDDEN.
    """
    if caller.sight is not None:
        raise UploadRefused(
            "The store holds the bytes of all namespaces, and you see some of them.",
            code=ErrorCode.FORBIDDEN,
            remedy="Ask somebody who sees all of them.",
        )
