"""Loads: which facts a load named, and what its source no longer says when it is complete."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, LiteralString

from app.errors import ErrorCode
from app.registry.idempotency import DAY
from app.registry.recording import Recorder
from app.registry.request import Registration, RegistrationRefused
from app.registry.retracting import FOUND_PAGE, stated
from app.registry.withdrawing import withdraw_words
from app.registry.writing import starts
from graph_schema.assertions import STATED
from graph_schema.declare import Relationship
from graph_schema.identity import uid
from graph_schema.nodes import DESCRIBED

_BEGIN = """
MERGE (l:Load {uid: $uid}) SET l.lock = $lock
WITH l, l.token IS NOT NULL AND l.expiresAt > $now AND (l.endedAt IS NULL OR l.lastBatch = $digest) AS going
SET l.token = CASE WHEN going THEN l.token ELSE $token END,
    l.startedAt = CASE WHEN going THEN l.startedAt ELSE $now END,
    l.endedAt = CASE WHEN going THEN l.endedAt ELSE null END,
    l.expiresAt = $expiresAt
SET l += $key
RETURN l.token, l.startedAt
"""
_END = "MATCH (l:Load {uid: $load}) SET l.endedAt = $now, l.lastBatch = $digest"
_ALL_LOADED = "MATCH (s:Source {uid: $source}) SET s.lastCompleteLoadAt = $now"
_MENTION = """
UNWIND $rows AS row
MERGE (m:Mention {uid: $load + row[0]})
ON CREATE SET m.load = $load, m.fact = row[0], m.fresh = row[1], m.expiresAt = $expiresAt
"""
_MENTIONED = "UNWIND $uids AS uid MATCH (m:Mention {uid: $load + uid}) RETURN collect(m.fact)"
_FRESH = "MATCH (m:Mention) WHERE m.uid >= $load AND m.uid < $end AND m.fresh RETURN count(m)"
_FORGET = "MATCH (m:Mention) WHERE m.uid >= $load AND m.uid < $end SET m.expiresAt = $now"


LIFE = 30 * DAY
"""How long after its last batch a load can be gone on with. As long as a client keeps what it needs for that."""


def _life(*, dry: bool) -> int:
    """What a dry run named is kept for a day only: there may be much of it."""
    return DAY if dry else LIFE


@dataclass(frozen=True, slots=True)
class _Held:
    """Of one kind of fact: how many the source says in the scope.

    Attributes:
        held: all of them.
        stale: those that the load did not name.
        gone: those of these that the source says in no other scope.
    """

    held: int
    stale: int
    gone: int


@dataclass(frozen=True, slots=True)
class Begun:
    """What is known of a load when a batch of it comes.

    Attributes:
        token: its mark; empty where there is none yet.
        started_at: when it began.
        others: the marks of the source's loads that are under way.
        expires_at: when it is forgotten.
        ended: whether it was completed.
        last_batch: the digest of the batch that completed it.
    """

    token: str
    started_at: int
    expires_at: int
    ended: bool
    last_batch: str
    others: list[str]

    def goes_on(self, digest: str, now: int, *, dry: bool) -> bool:
        """Whether the batch belongs to it, and nothing needs to be written for that."""
        ended = self.ended and self.last_batch != digest
        return bool(self.token) and self.expires_at > now + _life(dry=dry) - DAY // 2 and not ended


def load_uid(registration: Registration, name: str) -> str:
    """The uid of the load's node."""
    kind = "dry" if registration.dry_run else "real"
    return uid("Load", (registration.source, registration.scope, name, kind))


async def begin(recorder: Recorder, registration: Registration, name: str, digest: str, token: str) -> tuple[str, int]:
    """The mark of the load, `token` or that of an earlier batch; and when it began.

    A name that is used again after its load was completed begins a new load, unless the very batch that completed it
    comes again.
    """
    now = recorder.speaker.now
    key = {
        "source": registration.source,
        "scope": registration.scope,
        "name": name,
        "dryRun": "dry" if registration.dry_run else "real",
    }
    [[found, began]] = await recorder.run_flat(
        _BEGIN, uid=load_uid(registration, name), lock=recorder.token, now=now, digest=digest, token=token,
        expiresAt=now + _life(dry=registration.dry_run), key=key,
    )  # fmt: skip
    return found, began


async def complete(recorder: Recorder, registration: Registration) -> int:
    """Retracts what the source held in the scope and the load did not name; how many facts that were.

    Raises:
        RegistrationRefused: they are too large a share of what the source holds there.
    """
    speaker = recorder.speaker
    dry = registration.dry_run
    counted = await recorder.run(
        recorder.retractions.count_held(dry=dry),
        source=speaker.source, scope=speaker.scope, load=speaker.load, began=speaker.began,
    )  # fmt: skip
    counts = {kind: _Held(held, stale or 0, gone or 0) for kind, held, stale, gone in counted}
    facts = [count for kind, count in counts.items() if _is_counted(kind)]
    held, stale = sum(each.held for each in facts), sum(each.stale for each in facts)
    if dry:
        [[fresh]] = await recorder.run_flat(_FRESH, load=speaker.load, end=f"{speaker.load}~")
        held += fresh
    if stale and stale > held * registration.max_retracted_share:
        raise RegistrationRefused(
            f"The load would retract {stale:,} of the {held:,} facts that {speaker.source} holds in this scope, "
            f"{stale / held:.1%}; {registration.max_retracted_share:.1%} are allowed. Nothing was changed.",
            code=ErrorCode.RETRACTION_TOO_LARGE,
            path="input.maxRetractedShare",
            remedy="See whether the load was whole; if it was, send the batch again with a larger share.",
        )
    if not dry:
        await _leave(recorder, {kind for kind, each in counts.items() if each.stale > each.gone})
        await _retract(recorder, {kind: each.gone for kind, each in counts.items() if each.gone})
    return sum(each.gone for each in facts)


async def end(recorder: Recorder, registration: Registration, name: str, digest: str) -> None:
    """Notes that the load is complete."""
    now = recorder.speaker.now
    await recorder.run_flat(_END, load=load_uid(registration, name), now=now, digest=digest)
    if not registration.dry_run:
        await recorder.run_flat(_ALL_LOADED, source=uid("Source", (registration.source,)), now=now)


async def mentioned(recorder: Recorder, uids: list[str]) -> set[str]:
    """Which of these facts an earlier batch of the dry run named."""
    [[found]] = await recorder.run_flat(_MENTIONED, uids=uids, load=recorder.speaker.load)
    return set(found)


async def mention(recorder: Recorder, rows: list[list[Any]]) -> None:
    """Keeps what a batch of a dry run named: uids, and whether the load would create each."""
    expires_at = recorder.speaker.now + DAY
    await recorder.run_flat(_MENTION, rows=sorted(rows), load=recorder.speaker.load, expiresAt=expires_at)


async def forget_mentions(recorder: Recorder) -> None:
    """Lets what a dry run kept go with the next cleaning."""
    load = recorder.speaker.load
    await recorder.run_flat(_FORGET, load=load, end=f"{load}~", now=recorder.speaker.now)


def _is_counted(kind: str) -> bool:
    """Whether what is so called is a fact of its own: a label, the Statements, or a type that clients state."""
    type_, _, start = kind.partition(":")
    return not start or type_ in STATED


async def _leave(recorder: Recorder, kinds: set[str]) -> None:
    """Ends in the scope what the source says in others too."""
    speaker, retractions = recorder.speaker, recorder.retractions
    statements: list[LiteralString] = [
        *(retractions.leave_links(each.type, start) for each, start in _links() if f"{each.type}:{start}" in kinds),
        *(retractions.leave_nodes(node.label) for node in DESCRIBED if node.label in kinds),
        *([retractions.leave_words()] if "Statement" in kinds else []),
    ]
    for statement in statements:
        await recorder.run(
            statement,
            source=speaker.source, scope=speaker.scope, load=speaker.load, began=speaker.began, token=recorder.token,
        )  # fmt: skip


async def _retract(recorder: Recorder, gone: Mapping[str, int]) -> None:
    for each, start in _links():
        if count := gone.get(f"{each.type}:{start}"):
            await _retract_links(recorder, each.type, start, count)
    for node in reversed(DESCRIBED):  # versions before what they are versions of
        if node.label in gone:
            await _retract_nodes(recorder, node.label)
    if "Statement" in gone:
        await _retract_words(recorder)


def _links() -> Iterator[tuple[Relationship, str]]:
    return ((each, start) for each in stated() for start in starts(each))


async def _retract_links(recorder: Recorder, type_: str, start: str, count: int) -> None:
    speaker = recorder.speaker
    while count > 0:
        [[retracted, starts_, targets]] = await recorder.run(
            recorder.retractions.retract_links(type_, start),
            source=speaker.source, scope=speaker.scope, load=speaker.load, began=speaker.began, token=recorder.token,
            now=speaker.now, actor=speaker.actor,
        )  # fmt: skip
        await recorder.drop_ghosts((label, uid) for label, uid in [*starts_, *targets])
        count = count - retracted if retracted else 0  # fewer, where others named some meanwhile


async def _retract_nodes(recorder: Recorder, label: str) -> None:
    speaker = recorder.speaker
    after = ""
    while True:
        rows = await recorder.run(
            recorder.retractions.stale_nodes(label),
            after=after, source=speaker.source, scope=speaker.scope, load=speaker.load, began=speaker.began,
        )  # fmt: skip
        await withdraw_words(recorder, label, [uid for (uid,) in rows], speaker.no_longer_says)
        if len(rows) < FOUND_PAGE:
            return
        after = rows[-1][0]


async def _retract_words(recorder: Recorder) -> None:
    speaker = recorder.speaker
    after = ""
    while True:
        rows = await recorder.run(
            recorder.retractions.stale_words(),
            after=after, source=speaker.source, scope=speaker.scope, load=speaker.load, began=speaker.began,
        )  # fmt: skip
        by_label: dict[str, list[str]] = {}
        for _, label, about in rows:
            by_label.setdefault(label, []).append(about)
        for label, uids in by_label.items():
            await withdraw_words(recorder, label, sorted(uids), speaker.no_longer_says)
        if len(rows) < FOUND_PAGE:
            return
        after = rows[-1][0]
