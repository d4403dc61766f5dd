"""What a node was before it became what it is, from all that is on record of it. Pure.

Version 1 of the schema kept every word, with when it was said and when it ended, and every relationship, but not the
states that a node went through. What it showed is made of the words that held then, by the rules by which it is
written; while nothing was said of it, it lived as long as a relationship touched it.
"""

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from app.registry.merging import blank, described
from app.registry.words import Standing, Word, snapshot_uid
from graph_schema.declare import Node

_PROVENANCE = ("source", "assertedBy", "method", "confidence")
"""What stays on a node when the last word about it is taken back."""


@dataclass(frozen=True, slots=True)
class Said:
    """A word, and when it ended.

    Attributes:
        word: what a source said.
        until: when the source said something else, or nothing any more; None where it says so now.
        by: who took it back; None where nobody did.
    """

    word: Word
    until: int | None = None
    by: str | None = None


@dataclass(frozen=True, slots=True)
class Touch:
    """A time in which a relationship kept the node alive.

    Attributes:
        since: when it was recorded.
        until: when it was retracted; None while it lives.
        source: who said it.
        actor: who sent it.
        by: who retracted it.
    """

    since: int
    until: int | None
    source: str
    actor: str
    by: str | None = None


@dataclass(slots=True)
class Record:
    """All that is on record of a node.

    Attributes:
        node: the declaration.
        uid: the node's.
        key: the stored properties of its key.
        recorded_at: when it became what it is.
        said: every word about it, in any order.
        touched: when relationships kept it alive, in any order.
    """

    node: Node
    uid: str
    key: Mapping[str, Any]
    recorded_at: int
    said: list[Said] = field(default_factory=list)
    touched: list[Touch] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class State:
    """What a node was from one change to the next.

    Attributes:
        standing: the node as it stood; without a word where nobody described it.
        shown: the properties that it had, but those that never change.
        until: when it changed, or was retracted; None for what it became last.
    """

    standing: Standing
    shown: dict[str, Any]
    until: int | None = None

    @property
    def snapshot(self) -> str:
        """The uid of the Snapshot that keeps it."""
        return snapshot_uid(self.standing)


def states(record: Record) -> Iterator[State]:
    """What the node was, the oldest first. The last of them is what it is; in it only what was said is true."""
    begun: dict[int, list[Said]] = {}
    for each in record.said:
        begun.setdefault(each.word.recorded_at, []).append(each)
    periods = _periods(record.touched)
    held: dict[str, Said] = {}
    state: State | None = None
    for at in _moments(record, periods):
        ended = [each for each in held.values() if each.until is not None and each.until <= at]
        for each in ended:
            del held[each.word.source]
        held |= {each.word.source: each for each in begun.get(at, ())}
        words = [each.word for each in held.values()]
        after = _after(record, state, words, _period(periods, at), at)
        if after is not state and state is not None:
            yield _ended(state, at, ended, periods) if after is None else replace(state, until=at)
        state = after
    if state is not None:
        yield state


def _moments(record: Record, periods: Sequence[Touch]) -> list[int]:
    """When the node may have changed, until it became what it is."""
    found = {each.word.recorded_at for each in record.said} | {each.until for each in record.said}
    found |= {each.since for each in periods} | {each.until for each in periods}
    return [*sorted(at for at in found if at is not None and at < record.recorded_at), record.recorded_at]


def _after(record: Record, state: State | None, words: list[Word], period: Touch | None, at: int) -> State | None:
    """What the node is from that moment on: the same state where it did not change, None where it was not there."""
    node, changes = record.node, at == record.recorded_at
    before = state.standing if state else Standing(node.label, record.uid, record.key, [], kept=False, recorded_at=at)
    if words:
        if words == before.words and not changes:
            return state
        kept = before.kept or len(words) > 1
        shown = described(node, before, words, at, kept=kept)
        return State(replace(before, words=words, kept=kept, recorded_at=at, claims=shown.get("claims")), shown)
    if period is None and not changes:
        return None
    shown = {**blank(node, record.key), **_provenance(state, period), "recordedAt": at}
    return State(replace(before, words=[], kept=False, recorded_at=at, claims=None), shown)


def _provenance(state: State | None, period: Touch | None) -> dict[str, Any]:
    """Whose an undescribed node is: as before, where it was described until then, else of who named it."""
    if state is not None:
        return {name: state.shown[name] for name in _PROVENANCE}
    if period is None:
        return {}
    return dict(zip(_PROVENANCE, (period.source, period.actor, "CLAIMED", 1.0), strict=True))


def _ended(state: State, at: int, ended: Sequence[Said], periods: Sequence[Touch]) -> State:
    """The state of a node that was retracted then."""
    by = next((each.by for each in (*ended, *periods) if each.until == at and each.by), None)
    return replace(state, until=at, shown={**state.shown, "retractedAt": at, "retractedBy": by})


# ------------------------------------------------------------------------------------------------------ relationships


def _periods(touched: Sequence[Touch]) -> list[Touch]:
    """The times in which any of them touched the node, in order, each as if it were one relationship."""
    found: list[Touch] = []
    for each in sorted(touched, key=lambda touch: touch.since):
        last = found[-1] if found else None
        if last is None or (last.until is not None and last.until < each.since):
            found.append(each)
        elif last.until is not None and (each.until is None or each.until > last.until):
            found[-1] = replace(last, until=each.until, by=each.by)
    return found


def _period(periods: Sequence[Touch], at: int) -> Touch | None:
    """The one in which that moment lies."""
    index = bisect_right(periods, at, key=lambda period: period.since) - 1
    if index < 0 or ((until := periods[index].until) is not None and until <= at):
        return None
    return periods[index]
